import Foundation
import Machine
import Testing

/// Our steps beside those of gdb on QEMU, with the same firmware and disk.
@Suite(
    "As gdb on QEMU",
    .enabled(
        if: Tools.isThere("/usr/bin/qemu-system-i386") && Tools.isThere("/usr/bin/gdb")
            && Tools.isThere("/usr/bin/grub-mkimage"), "qemu-system-i386, gdb or grub-mkimage is not installed"))
struct QEMUTests {
    private static let names = [
        "eax", "ebx", "ecx", "edx", "esi", "edi", "ebp", "esp", "eip", "cs", "ss", "ds", "es", "fs", "gs", "eflags",
    ]

    /// Registers at 0x7C00 and after each of `count` steps, as QEMU has them.
    private func qemu(_ image: String, _ folder: String, _ count: Int) throws -> [[UInt64]] {
        let socket = folder + "/gdb.sock"
        let emulator = Process()
        emulator.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        emulator.arguments = [
            "-s", "KILL", "60", "qemu-system-i386", "-S", "-gdb", "unix:\(socket),server=on,wait=off", "-bios",
            root + "/roms/bios.bin",
            "-display", "none", "-snapshot", "-drive", "file=\(image),format=raw",
        ]
        emulator.standardOutput = FileHandle.nullDevice
        emulator.standardError = FileHandle.nullDevice
        try Tools.start(emulator)
        defer {
            kill(emulator.processIdentifier, SIGTERM)
            emulator.waitUntilExit()
        }
        for _ in 0..<1000 where !FileManager.default.fileExists(atPath: socket) { usleep(10_000) }
        let format = Self.names.map { _ in "%x" }.joined(separator: " ")
        let registers = Self.names.map { "$" + $0 }.joined(separator: ",")
        let script = """
            set pagination off
            set architecture i8086
            target remote \(socket)
            hbreak *0x7c00
            continue
            define show
            printf "R \(format)\\n",\(registers)
            end
            show
            set $i = 0
            while $i < \(count)
            stepi
            show
            set $i = $i + 1
            end
            kill
            """
        try script.write(toFile: folder + "/script", atomically: true, encoding: .utf8)
        let result = try Tools.run("/usr/bin/gdb", ["-nx", "-batch", "-x", folder + "/script"], seconds: 120)
        return result.output.split(separator: "\n").filter { $0.hasPrefix("R ") }.map {
            $0.split(separator: " ").dropFirst().compactMap { UInt64($0, radix: 16) }
        }
    }

    private func values(_ cpu: CPUFile) -> [UInt64] {
        let general = [0, 3, 1, 2, 6, 7, 5, 4].map { cpu[register: $0] }
        let segments = [cpu.cs, cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs].map { UInt64($0.selector) }
        return general + [cpu.rip] + segments + [cpu.rflags]
    }

    /// Bits of EFLAGS that the instructions here leave defined: AF is undefined after XOR and TEST.
    private static let definedFlags: UInt64 = ~0x10

    @Test func twentyStepsIntoGRUBHaveTheSameRegisters() throws {
        let folder = try TestFolder()
        let image = folder.path + "/grub.img"
        let made = try Tools.run("/bin/sh", [root + "/testprograms/grub/make-image.sh", "disk", image])
        try #require(made.status == 0, "\(made.errors)")
        let wanted = try qemu(image, folder.path, 20)
        try #require(wanted.count == 21)

        let bench = try Bench(disk: Array(try Data(contentsOf: URL(fileURLWithPath: image))))
        bench.run("b 0x7c00", "c")
        for step in 0...20 {
            if step > 0 { bench.run("s") }
            let cpu = bench.vm.cpu
            for (index, name) in Self.names.enumerated() {
                let mask: UInt64 = name == "eflags" ? Self.definedFlags : .max
                #expect(
                    values(cpu)[index] & mask == wanted[step][index] & mask, "\(name) after step \(step)")
            }
            // In real mode every base is the selector times 16.
            for segment in [cpu.cs, cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs] {
                #expect(segment.base == UInt64(segment.selector) << 4)
            }
        }
    }

    @Test func watchpointOnTheScreenStopsAtTheInstructionThatWrites() throws {
        let folder = try TestFolder()
        let image = folder.path + "/grub.img"
        let made = try Tools.run("/bin/sh", [root + "/testprograms/grub/make-image.sh", "disk", image])
        try #require(made.status == 0, "\(made.errors)")
        let bench = try Bench(disk: Array(try Data(contentsOf: URL(fileURLWithPath: image))))
        bench.run("b 0x7c00", "c", "delete")
        // GRUB's first word goes to the cursor, wherever the BIOS left it.
        let row = Int(bench.vm.memory.peek(0x451, count: 1)[0]), column = Int(bench.vm.memory.peek(0x450, count: 1)[0])
        let cell = UInt64(0xB8000 + row * 160 + column * 2)
        bench.run("watch word 0x\(String(cell, radix: 16))")
        bench.run("c")
        guard case .watchpoint(let hits, _)? = bench.debugger.lastStop, let hit = hits.first else {
            Issue.record("no stop: \(bench.lines)")
            return
        }
        // The letter G is there now, and was not before the instruction that is named.
        #expect(hit.isWrite && hit.physical - cell < 2)
        #expect(bench.vm.memory.peek(cell, count: 1) == [0x47])
        #expect(bench.run("x /2xb 0x\(String(cell, radix: 16))").first?.contains(": 47 ") == true)
        let instruction = try bench.debugger.explain(linear: hit.linear)
        #expect(instruction.operands.contains { $0.name.hasPrefix("es:") || $0.name.hasPrefix("ds:") })
        #expect(bench.at != hit.linear || instruction.assembly.hasPrefix("rep"))
    }
}
