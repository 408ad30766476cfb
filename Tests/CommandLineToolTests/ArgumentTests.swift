import Testing

@testable import CommandLineTool

@Suite("Arguments")
struct ArgumentTests {
    private func normal(_ arguments: String...) throws(Failure) -> ArgumentNormaliser.Outcome {
        try ArgumentNormaliser.normalise(arguments, subcommands: ["run", "debug", "disasm"])
    }

    @Test func oneDashAndTwoAreTheSame() throws {
        #expect(try normal("-hda", "a.img") == .parse(["run", "--hda=a.img"]))
        #expect(try normal("--hda", "a.img") == .parse(["run", "--hda=a.img"]))
        #expect(try normal("--hda=a.img") == .parse(["run", "--hda=a.img"]))
        #expect(try normal("-report=x", "-S") == .parse(["run", "--report=x", "--S"]))
    }

    @Test func aValueMayBeginWithADash() throws {
        #expect(try normal("--report", "-", "--keys", "-x") == .parse(["run", "--report=-", "--keys=-x"]))
    }

    @Test func theBareImageMayStandAnywhere() throws {
        #expect(try normal("a.img", "-m", "64") == .parse(["run", "--m=64", "--", "a.img"]))
        #expect(try normal("debug", "-m", "64", "a.img") == .parse(["debug", "--m=64", "--", "a.img"]))
        #expect(try normal("--", "-odd.img") == .parse(["run", "--", "-odd.img"]))
    }

    @Test func subcommandsWithOptionsOfTheirOwnAreHandedOn() throws {
        #expect(try normal("disasm", "f", "--mode", "16") == .parse(["disasm", "f", "--mode", "16"]))
        #expect(try normal("help", "disasm") == .parse(["disasm", "--help"]))
    }

    @Test(arguments: ["-help", "--help", "-h", "help"]) func helpIsAsked(argument: String) throws {
        #expect(try normal(argument) == .help(of: "run"))
    }

    @Test func helpOfASubcommandIsItsOwn() throws {
        #expect(try normal("debug", "-help") == .help(of: "debug"))
        #expect(try normal("help", "debug") == .help(of: "debug"))
        #expect(try normal("run", "--help") == .help(of: "run"))
    }

    @Test(arguments: [
        (["-hdaa", "x"], "-hda"), (["--bugdet", "1"], "--budget"), (["-nographics"], "-nographic"),
        (["--fail_on", "x"], "--fail-on"), (["-drvie", "x"], "-drive"),
    ])
    func anUnknownOptionGetsASuggestion(arguments: [String], suggestion: String) {
        #expect { try ArgumentNormaliser.normalise(arguments, subcommands: ["run"]) } throws: { error in
            let failure = error as? Failure
            return failure?.code == .usage && failure?.description.contains("did you mean \(suggestion)?") == true
        }
    }

    @Test(arguments: [["-hda"], ["-m", ""], ["a", "b"], ["-snapshot=on"], ["-sdcard", "x"], ["-zzzzzz"]])
    func whatCannotBeMeantIsRefused(arguments: [String]) {
        #expect { try ArgumentNormaliser.normalise(arguments, subcommands: ["run"]) } throws: {
            ($0 as? Failure)?.code == .usage
        }
    }

    /// Values that the option takes, where a plain word will not do.
    private static let samples = ["budget": "1", "seed": "1"]

    @Test(arguments: OptionRow.all.map(\.name)) func eachRowOfTheTableIsAnOptionOfTheParser(name: String) throws {
        let row = try #require(OptionRow.all.first { $0.name == name })
        let argument = row.value == nil ? "--" + name : "--\(name)=" + (Self.samples[name] ?? "x")
        _ = try RunOptions.parse([argument])
    }

    @Test func eachOptionHasALineOfHelpThatBeginsWithIt() {
        let lines = HelpText.text(subcommands: []).split(separator: "\n")
        for row in OptionRow.all {
            #expect(
                lines.contains {
                    $0 == "-\(row.name)" || $0 == "--\(row.name)" || $0.hasPrefix("-\(row.name) ")
                        || $0.hasPrefix("--\(row.name) ")
                }, "\(row.name)")
        }
        #expect(lines.allSatisfy { $0.count <= 110 })
    }

    @Test func distancesCountEditsAndSwaps() {
        func distance(_ a: String, _ b: String) -> Int { Suggestion.distance(Array(a), Array(b)) }
        #expect(distance("", "abc") == 3)
        #expect(distance("kitten", "sitting") == 3)
        #expect(distance("hda", "had") == 1)
        #expect(distance("same", "same") == 0)
    }
}
