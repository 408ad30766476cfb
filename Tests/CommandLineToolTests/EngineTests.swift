import Foundation
import KVMEngine
import Testing

@testable import CommandLineTool

/// What this host's KVM can do, for tests that need it.
enum KVMHost {
    /// Why KVM cannot run here.
    static let obstacle = HostReport().obstacle
    static let comment = Comment(rawValue: "skipped without KVM: \(obstacle ?? "it is there")")
}

/// A ROM that ends by itself with status 33, and what it prints.
private let digits = "9876543210\n"
private func romArguments(_ name: String = "switches") throws -> [String] {
    ["-bios", try Guest.image(name), "-m", "1", "-debugcon", "stdio", "-device", "isa-debug-exit,iobase=0xf4"]
}

@Suite("Choice of the engine: no usable KVM")
struct NoKVMTests {
    /// What the words of a launcher do to /dev/kvm; all in a mount namespace of its own.
    private static func namespace(_ commands: String) -> [String] {
        ["/usr/bin/unshare", "-m", "/bin/sh", "-c", commands + " && exec \"$0\" \"$@\""]
    }
    private static let anotherDevice = namespace("mount --bind /dev/null /dev/kvm")
    private static let emptyFolder = namespace("mount -t tmpfs tmpfs /dev")
    /// Of the numbers for misc devices, 251 is one that nothing has by itself.
    private static let noModule = namespace("mount -t tmpfs tmpfs /dev && mknod /dev/kvm c 10 251")

    private static func works(_ launcher: [String], _ test: String = "true") -> Bool {
        (try? Tool.run(["-c", test], by: launcher, program: "/bin/sh").status) == 0
    }
    private static func needs(_ launcher: [String], _ test: String = "true") -> ConditionTrait {
        .enabled(if: works(launcher, test), "needs root, unshare (util-linux), and leave to mount over /dev")
    }
    private static let isClosedToOthers: Bool = {
        var status = stat()
        guard stat("/dev/kvm", &status) == 0 else { return false }
        return geteuid() == 0 ? status.st_mode & 0o006 != 0o006 : access("/dev/kvm", R_OK | W_OK) != 0
    }()

    /// `run` starts the program where KVM cannot be had; `cause` is what messages must say.
    private func check(_ cause: String, _ run: ([String]) throws -> Tool.Result) throws {
        let rom = try romArguments()
        let only = try run(rom + ["--engine", "kvm!"])
        #expect(only.status == 69)
        #expect(only.errors.contains("--engine kvm!: "))
        #expect(only.errors.contains(cause), "\(only.errors)")
        #expect(only.errors.contains("'lucid86 doctor' tells more"))
        #expect(only.output.isEmpty)

        for words in [["--engine", "kvm"], ["-enable-kvm"], ["-accel", "kvm:tcg"], ["-machine", "pc,accel=kvm"]] {
            let preferred = try run(rom + words)
            #expect(preferred.status == 33)
            #expect(preferred.errors.contains("the interpreter runs the machine, not KVM: "))
            #expect(preferred.errors.contains(cause), "\(preferred.errors)")
            #expect(preferred.output == digits)
        }
        let auto = try run(rom + ["--engine", "auto"])
        #expect(auto.status == 33)
        #expect(auto.errors.contains("the interpreter runs the machine: "))
        #expect(auto.errors.contains(cause), "\(auto.errors)")
        #expect(auto.output == digits)

        let change = try run(rom + ["--switch-at", "rip==0xf0100"])
        #expect(change.status == 69)
        #expect(change.errors.contains("--switch-at: "))
        #expect(change.errors.contains(cause))

        let doctor = try run(["doctor"])
        #expect(doctor.status == 69)
        let row = doctor.output.split(separator: "\n").first { $0.hasPrefix("/dev/kvm ") }
        #expect(row?.contains(cause) == true, "\(doctor.output)")
        #expect(doctor.output.contains("--engine auto takes the interpreter: "))
        #expect(doctor.output.contains("--engine kvm! cannot run here"))
    }

    @Test(
        .timeLimit(.minutes(2)),
        .enabled(
            if: isClosedToOthers && Tool.canRunWithoutPrivileges,
            "there is no /dev/kvm that is closed to other users, or no setpriv (util-linux)"))
    func withoutPermissionTheGroupIsNamed() throws {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        chmod(folder, 0o755)
        try check("/dev/kvm may not be opened: join its group") {
            try Tool.runWithoutPrivileges($0, in: folder)
        }
    }

    @Test(.timeLimit(.minutes(2)), needs(emptyFolder, "! test -e /dev/kvm"))
    func withoutADeviceCPUAndModuleAreNamed() throws {
        try check("there is no /dev/kvm: ") { try Tool.run($0, by: Self.emptyFolder) }
    }

    @Test(.timeLimit(.minutes(2)), needs(anotherDevice))
    func anotherDeviceInItsPlaceIsRecognised() throws {
        try check("/dev/kvm is another device than KVM's") { try Tool.run($0, by: Self.anotherDevice) }
    }

    @Test(.timeLimit(.minutes(2)), needs(noModule, "test -c /dev/kvm && ! true 2>/dev/null </dev/kvm"))
    func withoutAModuleTheModuleIsNamed() throws {
        try check("/dev/kvm is there, but no module is behind it") { try Tool.run($0, by: Self.noModule) }
    }
}

@Suite("Choice of the engine")
struct EngineChoiceTests {
    private func engine(_ words: [String]) throws -> (Tool.Result, report: [String: Any]) {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Tool.run(try romArguments() + words + ["--report", folder + "/report"])
        let text = String(decoding: FileManager.default.contents(atPath: folder + "/report") ?? Data(), as: UTF8.self)
        return (result, try #require(Tool.object(text), "\(result.errors)"))
    }

    @Test(
        .timeLimit(.minutes(2)), .enabled(if: KVMHost.obstacle == nil, KVMHost.comment),
        arguments: [
            ["--engine", "kvm"], ["--engine", "kvm!"], ["-enable-kvm"], ["-accel", "kvm"], ["-accel", "kvm:tcg"],
            ["-accel", "kvm", "-accel", "tcg"], ["-machine", "accel=kvm"], ["-M", "pc,accel=kvm:tcg"],
        ])
    func kvmIsTakenAndSaid(words: [String]) throws {
        let (result, report) = try engine(words)
        #expect(result.status == 33)
        #expect(result.output == digits)
        #expect(result.errors.contains("lucid86: KVM runs the machine: "))
        #expect(report["engine"] as? String == "kvm")
        #expect(report["instructions"] is NSNull)
        #expect(report["assisted"] as? Int != nil)
        #expect((report["ending"] as? [String: Any])?["kind"] as? String == "debug-exit")
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            [], ["--engine", "interpreter"], ["--engine", "tcg"], ["-accel", "tcg"], ["-accel", "interpreter"],
            ["-accel", "tcg:kvm"], ["-machine", "pc,accel=tcg"],
        ])
    func theInterpreterIsTakenWithoutAWord(words: [String]) throws {
        let (result, report) = try engine(words)
        #expect(result.status == 33)
        #expect(result.output == digits)
        #expect(result.errors.isEmpty)
        #expect(report["engine"] as? String == "interpreter")
        // start, 8; place, 10 times 6; 5 up to the OUT that ends it; the jump from the reset vector.
        #expect(report["instructions"] as? Int == 1 + 8 + 60 + 5)
        #expect(report["assisted"] is NSNull)
    }

    @Test(.timeLimit(.minutes(2)))
    func autoTakesWhatDoctorSaysAndTellsWhy() throws {
        let doctor = try Tool.run(["doctor"])
        let (result, report) = try engine(["--engine", "auto"])
        #expect(result.status == 33)
        let usesKVM = report["engine"] as? String == "kvm"
        #expect(doctor.output.contains("--engine auto takes \(usesKVM ? "KVM" : "the interpreter"): "))
        let sentence = usesKVM ? "KVM runs the machine: " : "the interpreter runs the machine: "
        let line = try #require(result.errors.split(separator: "\n").first { $0.contains(sentence) })
        #expect(line.count > "lucid86: ".count + sentence.count + 10)
    }

    @Test(.timeLimit(.minutes(2)), .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
    func doctorHasARowForEachThingThatTheHostOffers() throws {
        let result = try Tool.run(["doctor"])
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        for row in [
            "host CPU", "virtualization", "/dev/kvm", "KVM_CAP_USER_MEMORY", "KVM_CAP_IMMEDIATE_EXIT", "KVM_CAP_XSAVE",
            "KVM_CAP_SET_GUEST_DEBUG", "KVM_CAP_TSC_CONTROL", "KVM_CAP_X86_USER_SPACE_MSR", "memory slots",
            "kernel-side code", "user-side code",
        ] {
            let count = result.output.split(separator: "\n").count { $0.hasPrefix(row + "  ") }
            #expect(count == 1, "\(row)")
        }
        #expect(result.output.contains("opens, API version 12"))
        #expect(result.output.contains(/kernel-side code +[0-9]+\.[0-9] MIPS, [0-9]+\.[0-9] us for a port write/))
        #expect(result.output.contains("--engine kvm! can run here"))
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            ["--engine", "kvm", "-accel", "tcg"], ["-enable-kvm", "-machine", "accel=tcg"], ["--engine", "fast"],
            ["-accel", "hvf"], ["--pin", "1=0"], ["--pin", "0"], ["--pin", "0=100000"],
        ])
    func contradictionsAndUnknownNamesAreUsageErrors(words: [String]) throws {
        let result = try Tool.run(try romArguments() + words)
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(words[0]))
    }
}

@Suite("--switch-at", .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
struct SwitchAtTests {
    private struct Run {
        let result: Tool.Result
        let report: [String: Any]
        let memory: String
        /// Lines on stderr that tell of a change.
        var changes: [Substring] { result.errors.split(separator: "\n").filter { $0.contains(": from ") } }
    }

    private func run(_ words: [String]) throws -> Run {
        let folder = try Tool.folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let result = try Tool.run(
            try romArguments() + words + [
                "--report", folder + "/report", "--dump-state", folder + "/state", "--dump-memory", "0x500,2",
            ])
        func object(_ name: String) throws -> [String: Any] {
            let text = String(decoding: FileManager.default.contents(atPath: folder + name) ?? Data(), as: UTF8.self)
            return try #require(Tool.object(text), "\(result.errors)")
        }
        let memory = try object("/state")["memory"] as? [[String: Any]]
        return Run(result: result, report: try object("/report"), memory: memory?.first?["bytes"] as? String ?? "")
    }

    private func checkGuest(_ run: Run) {
        #expect(run.result.status == 33)
        #expect(run.result.output == digits)
        // 10 + 9 + ... + 1
        #expect(run.memory == "3700")
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["rip==0xf0100", "instructions==20", "port 0x80 written"])
    func eachFormFiresOnceAndIsSaidAndTheGuestDoesNotNotice(condition: String) throws {
        let there = try run(["--switch-at", condition])
        checkGuest(there)
        #expect(there.changes.count == 1)
        #expect(there.changes.first?.hasPrefix("lucid86: \(condition): from interpreter to kvm at F000:") == true)
        #expect(there.report["engine"] as? String == "kvm")
        #expect(there.report["instructions"] is NSNull)

        let back = try run(["--engine", "kvm!", "--switch-at", condition])
        checkGuest(back)
        #expect(back.changes.count == 1)
        #expect(back.changes.first?.hasPrefix("lucid86: \(condition): from kvm to interpreter at F000:") == true)
        #expect(back.report["engine"] as? String == "interpreter")
    }

    @Test(.timeLimit(.minutes(2)))
    func theChangeIsWhereTheConditionSays() throws {
        for engine in [[], ["--engine", "kvm!"]] {
            #expect(
                try run(engine + ["--switch-at", "rip==0xf0100"]).changes.first?.contains(" at F000:00000100") == true)
            // Behind OUT 80h, AL, which is at 105h.
            #expect(
                try run(engine + ["--switch-at", "port 0x80 written"]).changes.first?.contains(" at F000:00000107")
                    == true)
            // The reset vector's jump, 8, then 6 each time: 21 are two passes, so the third begins.
            let counted = try run(engine + ["--switch-at", "instructions==21"])
            #expect(counted.changes.first?.contains(" at F000:00000100") == true)
            // KVM counted by single steps, and the interpreter goes on with the count.
            if !engine.isEmpty { #expect(counted.report["instructions"] as? Int == 74) }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func manyConditionsBringTheMachineThereAndBack() throws {
        let run = try run([
            "--switch-at", "rip==0xf0100", "--switch-at", "port 0x80 written", "--switch-at", "rip==0xf0109",
        ])
        checkGuest(run)
        #expect(run.changes.map { $0.contains("to kvm") } == [true, false, true])
        let counts = try self.run(["--switch-at", "instructions==10", "--switch-at", "port 0xe9 written"])
        checkGuest(counts)
        #expect(counts.changes.count == 2)
    }

    @Test(.timeLimit(.minutes(2)))
    func aConditionThatNeverHoldsChangesNothing() throws {
        let run = try run(["--switch-at", "rip==0xf0101"])
        checkGuest(run)
        #expect(run.changes.isEmpty)
        #expect(run.report["engine"] as? String == "interpreter")
        #expect(run.report["instructions"] as? Int == 74)
    }
}

@Suite("--switch-at: conditions that are none")
struct SwitchConditionTests {
    @Test(arguments: [
        "", "rip=5", "rip==", "rip==here", "eax==5", "rip", "port", "port 0x80", "port 0x80 read",
        "port 0x10000 written",
        "port written", "instructions==-1", "instructions==1 2 3x",
    ])
    func aBadConditionIsAUsageError(condition: String) throws {
        let result = try Tool.run(try romArguments() + ["--switch-at", condition])
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains("--switch-at"))
    }
}

@Suite("A guest that spins", .serialized)
struct SpinTests {
    /// The program with the spinning guest, which has printed its mark.
    private final class Spinning {
        let process = Process()
        private let folder: String
        var errors: String {
            String(decoding: FileManager.default.contents(atPath: folder + "/err") ?? Data(), as: UTF8.self)
        }

        init(_ words: [String]) throws {
            folder = try Tool.folder()
            process.executableURL = URL(fileURLWithPath: Tool.path)
            process.arguments = ["-bios", try Guest.image("spin"), "-m", "1", "-debugcon", "stdio"] + words
            process.standardInput = FileHandle.nullDevice
            for name in ["out", "err"] {
                _ = FileManager.default.createFile(atPath: folder + "/" + name, contents: nil)
            }
            process.standardOutput = FileHandle(forWritingAtPath: folder + "/out")
            process.standardError = FileHandle(forWritingAtPath: folder + "/err")
            try process.run()
            let end = Date().addingTimeInterval(20)
            while FileManager.default.contents(atPath: folder + "/out") != Data("!".utf8), Date() < end { usleep(1000) }
            try #require(Date() < end, "the guest did not begin")
        }

        deinit {
            if process.isRunning { kill(process.processIdentifier, SIGKILL) }
            try? FileManager.default.removeItem(atPath: folder)
        }

        /// Sends SIGINT; the seconds until the process has ended.
        func interrupt() throws -> Double {
            let start = ContinuousClock.now
            kill(process.processIdentifier, SIGINT)
            while isAlive {
                try #require(start.duration(to: .now) < .seconds(20), "it does not end")
                usleep(200)
            }
            let time = start.duration(to: .now)
            process.waitUntilExit()
            return Double(time.components.attoseconds) / 1e18 + Double(time.components.seconds)
        }

        /// Neither gone nor a zombie.
        private var isAlive: Bool {
            guard let data = FileManager.default.contents(atPath: "/proc/\(process.processIdentifier)/stat") else {
                return false
            }
            let state = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ").first
            return state != "Z" && state != "X" && state != nil
        }

        func status(_ name: String) throws -> [String] {
            let folder = "/proc/\(process.processIdentifier)/task"
            return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { task in
                let text = try String(contentsOfFile: "\(folder)/\(task)/status", encoding: .utf8)
                return text.split(separator: "\n").first { $0.hasPrefix(name + ":") }?.split(separator: "\t").last
                    .map(String.init)
            }
        }
    }

    static let engines = KVMHost.obstacle == nil ? ["interpreter", "kvm!"] : ["interpreter"]

    /// Measured idle: well below 100 ms. The bound here is wide, since tests share the machine with others.
    @Test(.timeLimit(.minutes(2)), arguments: engines)
    func controlCStopsIt(engine: String) throws {
        var times: [Double] = []
        for _ in 0..<5 {
            let spinning = try Spinning(["--engine", engine])
            usleep(100_000)
            times.append(try spinning.interrupt())
            #expect(spinning.process.terminationStatus == 130)
            #expect(spinning.errors.contains("stopped by SIGINT at F000:"))
        }
        let median = times.sorted()[2]
        print("measured: SIGINT to the end on \(engine): median \(Int(median * 1e6)) us")
        #expect(median < 1)
    }

    @Test(.enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
    func kvmIsTriedForControlC() { #expect(Self.engines.contains("kvm!")) }

    /// First and last host CPU of a list like `0-3,5`.
    private static let allowed: [Int] = {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return [] }
        let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        let numbers = (line ?? "").split { !$0.isNumber }.compactMap { Int($0) }
        return numbers.count < 2 ? [] : [numbers[0], numbers[numbers.count - 1]]
    }()

    @Test(.timeLimit(.minutes(2)), .enabled(if: !allowed.isEmpty, "there is one host CPU"), arguments: engines)
    func pinKeepsTheThreadOnOneCPU(engine: String) throws {
        let free = try Spinning(["--engine", engine])
        #expect(try !free.status("Cpus_allowed_list").contains { Int($0) != nil })
        for cpu in Self.allowed {
            let pinned = try Spinning(["--engine", engine, "--pin", "0=\(cpu)"])
            #expect(try pinned.status("Cpus_allowed_list").contains("\(cpu)"))
        }
    }
}
