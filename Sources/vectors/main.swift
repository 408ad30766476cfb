import Conformance
import Foundation
import Machine

// vectors DIRECTORY --cpu 8086|80286 [--on MODEL]: runs all *.jsonl.gz of a directory, made by one chip, on a CPU of ours.
let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count == 3 || arguments.count == 5 && arguments[3] == "--on", arguments[1] == "--cpu",
    let chip = VectorRunner.Chip(rawValue: arguments[2]),
    let definition = CPUDefinition.named(arguments.count == 5 ? arguments[4] : "pentium")
else {
    FileHandle.standardError.write(Data("usage: vectors DIRECTORY --cpu 8086|80286 [--on MODEL]\n".utf8))
    exit(64)
}
let directory = arguments[0]
let names = ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
    .filter { $0.hasSuffix(".jsonl.gz") }.sorted()
guard !names.isEmpty else {
    FileHandle.standardError.write(Data("\(directory) has no *.jsonl.gz\n".utf8))
    exit(66)
}
var passed = 0
var failed = 0
var skipped: [String: Int] = [:]
do {
    let runner = try VectorRunner(chip: chip, model: definition.model().model)
    for name in names {
        for line in try VectorFile.read(directory + "/" + name) {
            switch runner.run(line) {
            case .passed: passed += 1
            case .skipped(let tags): skipped[tags.joined(separator: "+"), default: 0] += 1
            case .failed(let difference):
                failed += 1
                print(
                    "\(line.operation) \(line.hash) \(line.name) [\(line.bytes)]\n  before \(line.before)\n  \(difference)"
                )
            }
        }
    }
} catch {
    FileHandle.standardError.write(Data("\(error)\n".utf8))
    exit(70)
}
for (tags, count) in skipped.sorted(by: { $0.key < $1.key }) { print("skipped \(count): \(tags)") }
print("\(passed) passed, \(failed) failed, \(skipped.values.reduce(0, +)) skipped")
exit(failed == 0 ? 0 : 1)
