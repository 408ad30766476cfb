import Foundation
import Machine
import PCBoard
import PCDevices
import Testing

/// A program of `testprograms/` and what its header says of it (see the README there).
struct TestProgram: CustomTestStringConvertible, Sendable {
    /// Its image's name below the folder of images: `ivt`, `broken/gdt-limit`, `bench/small/integer`.
    var name = ""
    var serial: [String] = []
    var screen: [String] = []
    /// `debug-exit 33`
    var end = ""
    var reason: String?
    var sentence: String?
    /// The exceptions that ended it, oldest first.
    var chain: [String] = []
    /// Ticks that it may take.
    var budget: UInt64 = 1_000_000_000
    /// It boots from drive A.
    var isFloppy = false
    var needsLongMode = false
    /// Flags of CPUID that it needs.
    var needs: [String] = []
    /// The first of them that our CPU models do not have.
    var lacking: String? {
        needs.first { name in !CPUModel.emulatedFlags.contains { $0.name == name } }
    }
    var processors = 1
    /// It wants a CPU model by name.
    var cpu: String?
    var testDescription: String { name }

    /// The programs of the folder itself, and `hello`.
    static let all = folder.filter { $0.lacking == nil }
    /// Those that need what no CPU model of ours has yet.
    static let waiting = folder.filter { $0.lacking != nil }
    private static let folder = read("*.asm", in: "") + read("hello.asm", in: "hello/", name: "")
    /// Each with one mistake.
    static let broken = read("*.asm", in: "broken/", name: "broken/")
    /// The short versions of the workloads.
    private static let workloads =
        (read("*.asm", in: "bench/", name: "bench/small/") + read("*.c", in: "bench/", name: "bench/small/"))
    static let bench = workloads.filter { !$0.needsLongMode }
    /// Those for 64-bit mode, which only KVM has so far.
    static let longBench = workloads.filter(\.needsLongMode)

    private static func read(_ pattern: String, in folder: String, name prefix: String = "") -> [TestProgram] {
        let path = packageRoot + "/testprograms/" + folder
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        let suffix = pattern.drop { $0 == "*" }
        return files.filter { $0.hasSuffix(suffix) }.compactMap { file in
            guard let text = try? String(contentsOfFile: path + file, encoding: .utf8) else { return nil }
            var program = TestProgram()
            program.name = prefix + (file.split(separator: ".").first ?? "")
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                guard line.hasPrefix("; ") || line.hasPrefix("// "), let colon = line.firstIndex(of: ":") else {
                    if line.hasPrefix(";") || line.hasPrefix("//") { continue }
                    break
                }
                let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
                program.take(line[..<colon].drop { $0 == ";" || $0 == "/" || $0 == " " }, value)
            }
            return program.end.isEmpty ? nil : program
        }
    }

    private mutating func take(_ key: Substring, _ value: String) {
        switch key {
        case "expect-serial": serial.append(value)
        case "expect-screen": screen.append(value)
        case "expect-end": end = value
        case "expect-reason": reason = value
        case "expect-sentence": sentence = value
        case "expect-chain": chain = value.split(separator: " ").map(String.init)
        case "expect-small":
            serial = (serial.isEmpty ? ["begin"] : serial) + [value]
            end = "debug-exit 33"
            budget = 10_000_000_000
        case "cpu": cpu = value
        case "smp": processors = Int(value) ?? 1
        case "needs":
            needsLongMode = value == "64-bit mode"
            if needsLongMode { cpu = "max" } else { needs = value.split(separator: " ").map(String.init) }
        case "media": isFloppy = value == "floppy"
        case "run":
            let words = value.split(separator: " ")
            if words.count == 2, words[0] == "--budget" { budget = UInt64(words[1]) ?? budget }
        default: break
        }
    }

    /// Builds all programs once, the workloads in their short versions.
    private static let images: String? = {
        let folder = packageRoot + "/.build-test/testprograms"  // of this checkout alone
        let script = packageRoot + "/testprograms/build.sh"
        let built = try? runTool("/usr/bin/env", ["SIZE=small", "sh", script, folder])
        return built == true ? folder : nil
    }()

    func image() throws -> [UInt8] {
        let folder = try #require(Self.images, "testprograms/build.sh failed")
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name + ".img")))
    }

    /// A board of 128 MiB with the program's image in the drive that it wants; with `hostModel` a program that names a CPU gets
    /// the host's, but where flags are asked for.
    func guest(hostModel: Bool = false) throws -> Guest {
        let image = try image()
        return try Guest {
            $0.memorySize = 128 << 20
            $0.processors = processors
            if let cpu { $0.cpuModel = try hostModel && !cpu.contains("+") ? KVMHost.model() : CPUModel.named(cpu) }
            if isFloppy { $0.floppies[0] = MemoryDisk(image) } else { $0.disks[0] = MemoryDisk(image) }
        }
    }
}

extension CPUModel {
    /// `max`, or `max,+x2apic`.
    static func named(_ text: String) throws -> CPUModel {
        let parts = text.split(separator: ",").map(String.init)
        var definition = try #require(CPUDefinition.named(parts[0]), "no CPU model '\(parts[0])'")
        for part in parts.dropFirst() {
            definition.flags.insert(
                try #require(part.hasPrefix("+") ? CPUFlag(String(part.dropFirst())) : nil, "no flag '\(part)'"))
        }
        return definition.model().model
    }
}
