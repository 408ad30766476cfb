import Foundation
import KVMEngine
import Machine
import PCBoard
import PCDevices
import Testing

/// Moving a live machine between the interpreter and KVM.
@Suite("Live switch", .enabled(if: KVMHost.obstacle == nil, KVMHost.comment))
struct KVMSwitchTests {
    /// What a machine can be in the middle of.
    private func conditions(_ board: PCBoard) -> [String] {
        let cpu = board.vm.cpu
        var list = [cpu.modeName + ", CPL \(cpu.privilege)"]
        if cpu.halted != 0 { list.append("halted") }
        if cpu.stiShadow != 0 { list.append("STI shadow") }
        if cpu.stackShadow != 0 { list.append("MOV SS shadow") }
        if board.vm.io.interruptLine { list.append("pending IRQ") }
        if board.vm.memory.a20Mask != .max { list.append("A20 closed") }
        if !cpu.isProtected, [cpu.ds, cpu.es, cpu.fs, cpu.gs].contains(where: { $0.limit > 0xFFFF }) {
            list.append("unreal mode")
        }
        if cpu.rflags & UInt64(Flags.trap) != 0 { list.append("TF") }
        // Bytes of REP MOVS, STOS, LODS, SCAS, CMPS, INS, OUTS with or without operand size; CX not yet zero.
        let bytes = board.vm.memory.peek(cpu.linearInstructionPointer, count: 3)
        let code = bytes.first == 0x66 ? Array(bytes.dropFirst()) : bytes
        if code[0] == 0xF2 || code[0] == 0xF3, [0xA4, 0xA5, 0xAB, 0xAA, 0x6D, 0x66].contains(code[1]) {
            list.append("REP")
        }
        return list
    }

    /// There and back without an instruction in between changes nothing.
    private func checkRoundTrip(_ board: PCBoard) throws {
        let before = board.vm.cpu, hash = try board.vm.stateHash()
        try board.useKVM()
        try board.useInterpreter()
        let after = board.vm.cpu
        for field in CPUFile.fields where before[field] != after[field] {
            Issue.record("\(field.name) was \(before[field]), is \(after[field]); \(conditions(board))")
        }
        #expect(try board.vm.stateHash() == hash)
    }

    @Test func roundTripWithoutAnInstructionKeepsTheStateInEveryModeAndCondition() throws {
        let names = [
            "shadow", "ring3", "call-gates", "segment-loads", "strings", "a20", "unreal", "single-step", "pic", "hello",
            "conforming", "ata", "stack-frames",
        ]
        var met: Set<String> = []
        var random = Seeded(state: 3)
        for name in names {
            let program = try #require(TestProgram.all.first { $0.name == name })
            let guest = try program.guest()
            // The firmware first, then places at random, several in a row.
            var place = UInt64.random(in: 1...5_000_000, using: &random)
            for _ in 0..<12 {
                if case .ended = board(guest).vm.run(until: place) { break }
                for _ in 0..<6 {
                    met.formUnion(conditions(guest.board))
                    try checkRoundTrip(guest.board)
                    if case .ended = board(guest).vm.run(until: guest.now + 1) { break }
                }
                place = guest.now + UInt64.random(in: 1...3_000_000, using: &random)
            }
        }
        met.formUnion(try seekConditions())
        for wanted in [
            "real mode, CPL 0", "32-bit protected mode, CPL 0", "32-bit protected mode, CPL 3",
            "16-bit protected mode, CPL 0",
            "halted", "STI shadow", "MOV SS shadow", "pending IRQ", "A20 closed", "REP", "unreal mode", "TF",
        ] { #expect(met.contains(wanted), "met: \(met.sorted())") }
    }

    private func board(_ guest: Guest) -> PCBoard { guest.board }

    /// Runs programs an instruction at a time past their firmware and tries each condition where it is met, a few times.
    private func seekConditions() throws -> Set<String> {
        var met: [String: Int] = [:]
        for name in ["shadow", "ring3", "single-step", "a20", "unreal", "pm-entry", "pic", "strings", "stack-frames"] {
            let program = try #require(TestProgram.all.first { $0.name == name })
            let guest = try program.guest(), vm = guest.board.vm
            guest.board.interpreter.breakpoints = [0x7C00]
            while case .limit = vm.run(until: guest.now + 100_000_000) {}
            guest.board.interpreter.breakpoints = []
            let isAboutProtectedMode = ["ring3", "pm-entry"].contains(name)
            for _ in 0..<60_000 {
                let strides = isAboutProtectedMode && !vm.cpu.isProtected
                if case .ended = vm.run(until: guest.now + (strides ? 100 : 1)) { break }
                let fresh = conditions(guest.board).filter { met[$0, default: 0] < 5 }
                guard !fresh.isEmpty else { continue }
                for condition in fresh { met[condition, default: 0] += 1 }
                try checkRoundTrip(guest.board)
            }
        }
        return Set(met.keys)
    }

    /// GRUB comes to its prompt and lists a folder whatever engine happens to run it: 500 switches at random places.
    @Test(.timeLimit(.minutes(5)))
    func grubBootsWhileTheEngineChangesFiveHundredTimes() throws {
        guard FileManager.default.fileExists(atPath: "/usr/lib/grub/i386-pc/boot.img") else {
            return withKnownIssue("grub-pc-bin is not installed; scripts/setup does it") { Issue.record("skipped") }
        }
        let image = try GrubTests.image("disk")
        let plain = try Guest { $0.disks[0] = MemoryDisk(image) }
        let mixed = try Guest { $0.disks[0] = MemoryDisk(image) }
        var random = Seeded(state: 500), switches = 0
        func hop(_ guest: Guest) throws {
            guard guest === mixed else { return }
            if guest.board.vm.engine === guest.board.interpreter {
                try guest.board.useKVM()
            } else {
                try guest.board.useInterpreter()
            }
            switches += 1
        }
        for guest in [plain, mixed] {
            // From the first instruction to the prompt, then through a command.
            try play(guest, until: { $0.hasPrefix("grub>") }) {
                try hop(guest)
            } next: {
                .random(in: 1...4_000_000, using: &random)
            }
            try guest.type("ls (hd0,msdos1)/\n")
            try play(guest, until: { $0 == "hello.txt story/" }) {
                try hop(guest)
            } next: {
                .random(in: 1...4_000_000, using: &random)
            }
            while guest === mixed, switches < 500 {
                try hop(guest)
                guest.run(seconds: Double(UInt64.random(in: 1...500_000, using: &random)) / 1e9)
            }
            try guest.board.useInterpreter()
            guest.run(seconds: 0.5)
        }
        #expect(switches >= 500)
        #expect(mixed.screen == plain.screen)
        #expect(plain.screen.contains("hello.txt story/"))
    }

    private func play(
        _ guest: Guest, until condition: (String) -> Bool, hop: () throws -> Void, next: () -> UInt64
    ) throws {
        for _ in 0..<20_000 {
            guest.run(seconds: Double(next()) / 1e9, look: 4_000_000)
            if guest.ending != nil || guest.screen.contains(where: condition) { return }
            try hop()
        }
        Issue.record("it did not get there: \(guest.screen)")
    }
}
