import CKVM
import Machine
import Testing

@testable import KVMEngine

/// One thing that is wrong with a state that is right in all else, and what a message of it must name.
struct Break: Sendable, CustomTestStringConvertible {
    let state: GuestState
    let named: String
    let change: @Sendable (inout Registers) -> Void
    var testDescription: String { "\(state): \(named)" }

    init(_ state: GuestState, _ named: String, _ change: @escaping @Sendable (inout Registers) -> Void) {
        self.state = state
        self.named = named
        self.change = change
    }
}

/// The rules are those of the manual for VM entry, SDM 3C 27.3.1 (26.3.1 in older editions).
@Suite("State validator")
struct StateValidatorTests {
    typealias Field = WritableKeyPath<kvm_sregs, kvm_segment> & Sendable

    @Test(arguments: GuestState.allCases)
    func aStateThatTheManualAllowsHasNoProblem(state: GuestState) {
        #expect(state.cpu.inconsistency == nil)
        #expect(state.registers.problem == nil)
    }

    /// Behind the last byte of the lower half, and in the upper half; with 57 bits there is more between.
    @Test func ripAndBasesMayBeWhereverTheLinearAddressesReach() {
        var registers = GuestState.long.registers
        registers.regs.rip = 0x8000_0000_0000
        #expect(registers.problem == nil)
        registers.regs.rip = 0xFFFF_8000_0000_0000
        #expect(registers.problem == nil)
        registers.sregs.gs.base = 0x00FF_FFFF_FFFF_F000
        #expect(registers.problem?.contains("GS.base is not canonical") == true)
        registers.sregs.cr4 |= 0x1000
        #expect(registers.problem == nil)
    }

    // MARK: Control registers

    static let control: [Break] = [
        Break(.real, "CR0 bit 32 ") { $0.sregs.cr0 |= 1 << 32 },
        Break(.real, "CR0 bit 63 ") { $0.sregs.cr0 |= 1 << 63 },
        Break(.real, "CR0.PG (bit 31) without CR0.PE (bit 0)") { $0.sregs.cr0 |= 1 << 31 },
        Break(.long, "CR0.PG (bit 31) without CR0.PE (bit 0)") { $0.sregs.cr0 &= ~1 },
        Break(.protected32, "CR0.NW (bit 29) without CR0.CD (bit 30)") { $0.sregs.cr0 |= 1 << 29 },
        Break(.reset, "CR0.NW (bit 29) without CR0.CD (bit 30)") { $0.sregs.cr0 &= ~(1 << 30) },
        Break(.protected32, "CR4 bit 15 ") { $0.sregs.cr4 |= 1 << 15 },
        Break(.real, "CR4 bit 31 ") { $0.sregs.cr4 |= 1 << 31 },
        Break(.long, "CR4 bit 63 ") { $0.sregs.cr4 |= 1 << 63 },
        Break(.protected32, "EFER bit 1 ") { $0.sregs.efer |= 1 << 1 },
        Break(.long, "EFER bit 63 ") { $0.sregs.efer |= 1 << 63 },
        Break(.protected32, "EFER.LMA (bit 10) is 1") { $0.sregs.efer = 0x400 },
        Break(.protected32, "EFER.LMA (bit 10) is 1") { $0.sregs.efer = 0x500 },
        Break(.long, "EFER.LMA (bit 10) is 0") { $0.sregs.efer &= ~0x400 },
        Break(.long, "EFER.LMA (bit 10) is 1") { $0.sregs.efer &= ~0x100 },
        Break(.long, "CR4.PAE (bit 5)") { $0.sregs.cr4 &= ~0x20 },
        Break(.protected32, "CR4.PCIDE (bit 17)") { $0.sregs.cr4 |= 1 << 17 },
        Break(.protected32, "CS.L (bit 13)") { $0.sregs.cs.l = 1 },
        Break(.long, "CR3 bit 52 ") { $0.sregs.cr3 |= 1 << 52 },
    ]

    // MARK: RFLAGS and RIP

    static let flags: [Break] = [
        Break(.real, "RFLAGS bit 1 ") { $0.regs.rflags &= ~2 },
        Break(.real, "RFLAGS bit 3 ") { $0.regs.rflags |= 1 << 3 },
        Break(.protected32, "RFLAGS bit 5 ") { $0.regs.rflags |= 1 << 5 },
        Break(.virtual8086, "RFLAGS bit 15 ") { $0.regs.rflags |= 1 << 15 },
        Break(.long, "RFLAGS bit 22 ") { $0.regs.rflags |= 1 << 22 },
        Break(.long, "RFLAGS bit 63 ") { $0.regs.rflags |= 1 << 63 },
        Break(.real, "RFLAGS.VM (bit 17) without CR0.PE (bit 0)") { $0.regs.rflags |= 1 << 17 },
        Break(.long, "RFLAGS.VM (bit 17) in long mode") { $0.regs.rflags |= 1 << 17 },
        Break(.real, "RIP bit 32 ") { $0.regs.rip |= 1 << 32 },
        Break(.ring3, "RIP bit 63 ") { $0.regs.rip |= 1 << 63 },
        Break(.compatibility, "RIP bit 40 ") { $0.regs.rip |= 1 << 40 },
        Break(.long, "RIP 1000000007C00h is not canonical") { $0.regs.rip |= 1 << 48 },
    ]

    // MARK: CS and SS

    static let codeAndStack: [Break] = [
        Break(.protected32, "CS is unusable") { $0.sregs.cs = .empty },
        Break(.protected32, "CS.S (bit 4)") { $0.sregs.cs.s = 0 },
        Break(.long, "CS.base bit 32 ") { $0.sregs.cs.base = 1 << 32 },
        Break(.long, "CS.L (bit 13) and CS.D (bit 14)") { $0.sregs.cs.db = 1 },
        Break(.protected32, "CS.type is 10: its accessed bit (bit 0)") { $0.sregs.cs.type = 10 },
        Break(.conforming, "CS.type is 14: its accessed bit (bit 0)") { $0.sregs.cs.type = 14 },
        Break(.protected32, "CS.type is 7: not a code segment") { $0.sregs.cs.type = 7 },
        Break(.justProtected, "CS is a data segment (type 3) with DPL 3") { $0.sregs.cs.dpl = 3 },
        Break(.protected32, "SS.DPL (bits 5-6) is 3, unlike CS.DPL 0") { $0.sregs.ss.dpl = 3 },
        Break(.ring3, "SS.DPL (bits 5-6) is 2, unlike CS.DPL 3") { $0.sregs.ss.dpl = 2 },
        Break(.longWithoutStack, "SS.DPL (bits 5-6) is 0, unlike CS.DPL 1") { $0.sregs.ss.dpl = 0 },
        Break(.conforming, "conforming CS has DPL 3 above SS.DPL 1") {
            $0.sregs.cs.dpl = 3
            $0.sregs.ss.dpl = 1
        },
        Break(.real, "SS.DPL (bits 5-6) is 1 in real mode") { $0.sregs.ss.dpl = 1 },
        Break(.protected32, "SS.S (bit 4)") { $0.sregs.ss.s = 0 },
        Break(.long, "SS.base bit 32 ") { $0.sregs.ss.base = 1 << 32 },
        Break(.protected32, "SS.type is 2: its accessed bit (bit 0)") { $0.sregs.ss.type = 2 },
        Break(.protected32, "SS.type is 6: its accessed bit (bit 0)") { $0.sregs.ss.type = 6 },
        Break(.protected32, "SS.type is 1: not writable data") { $0.sregs.ss.type = 1 },
        Break(.protected32, "SS.type is 11: not writable data") { $0.sregs.ss.type = 11 },
    ]

    // MARK: TR, LDTR, tables

    static let system: [Break] = [
        Break(.protected32, "TR is unusable") { $0.sregs.tr = .empty },
        Break(.protected32, "TR.S (bit 4)") { $0.sregs.tr.s = 1 },
        Break(.protected32, "TR's selector has TI (bit 2)") { $0.sregs.tr.selector |= 4 },
        Break(.protected32, "TR.type is 9: its busy bit (bit 1)") { $0.sregs.tr.type = 9 },
        Break(.protected16, "TR.type is 1: its busy bit (bit 1)") { $0.sregs.tr.type = 1 },
        Break(.protected32, "TR.type is 2: not a busy TSS") { $0.sregs.tr.type = 2 },
        Break(.long, "TR.type is 3: not a busy TSS") { $0.sregs.tr.type = 3 },
        Break(.long, "TR.base is not canonical") { $0.sregs.tr.base = 1 << 47 },
        Break(.reset, "LDTR.type is 3: not an LDT") { $0.sregs.ldt.type = 3 },
        Break(.reset, "LDTR.S (bit 4)") { $0.sregs.ldt.s = 1 },
        Break(.reset, "LDTR's selector has TI (bit 2)") { $0.sregs.ldt.selector |= 4 },
        Break(.reset, "LDTR.base is not canonical") { $0.sregs.ldt.base = 1 << 62 },
        Break(.long, "GDTR.base is not canonical") { $0.sregs.gdt.base = 0xFFFF_7FFF_FFFF_FFFF },
        Break(.real, "IDTR.base is not canonical") { $0.sregs.idt.base = 1 << 48 },
    ]

    @Test(arguments: control + flags + codeAndStack + system)
    func oneWrongBitIsNamed(wrong: Break) {
        var registers = wrong.state.registers
        wrong.change(&registers)
        #expect(registers.problem?.contains(wrong.named) == true, "\(registers.problem ?? "nothing")")
    }

    // MARK: What holds for many segments

    static let every: [(String, Field)] = [
        ("CS", \.cs), ("SS", \.ss), ("DS", \.ds), ("ES", \.es), ("FS", \.fs), ("GS", \.gs), ("TR", \.tr),
        ("LDTR", \.ldt),
    ]

    @Test func aFieldThatDoesNotFitIsNamed() {
        let fields: [(String, WritableKeyPath<kvm_segment, UInt8>, UInt8)] = [
            ("type", \.type, 16), ("DPL", \.dpl, 4), ("S", \.s, 2), ("P", \.present, 2), ("D/B", \.db, 2),
            ("L", \.l, 2), ("G", \.g, 2), ("AVL", \.avl, 255),
        ]
        for (name, segment) in Self.every {
            for (field, path, value) in fields {
                // After reset all are usable.
                var registers = GuestState.reset.registers
                registers.sregs[keyPath: segment][keyPath: path] = value
                let problem = registers.problem
                let isLong = name == "CS" && field == "L"
                #expect(
                    problem?.contains("\(name).\(field) is \(value)") == true
                        || isLong && problem?.contains("CS.L") == true, "\(problem ?? "nothing")")
            }
        }
    }

    @Test func aLimitThatItsGranularityCannotGiveIsNamed() {
        for (name, segment) in Self.every {
            var registers = GuestState.reset.registers
            registers.sregs[keyPath: segment].limit = 0x10_0000
            #expect(registers.problem?.contains("\(name).G (bit 15) is clear with a limit of 100000h") == true)
            registers.sregs[keyPath: segment].limit = 0xFFFE
            registers.sregs[keyPath: segment].g = 1
            #expect(registers.problem?.contains("\(name).G (bit 15) is set with a limit of FFFEh") == true)
            registers.sregs[keyPath: segment].limit = 0xFFFF_FFFF
            registers.sregs[keyPath: segment].present = 0
            #expect(registers.problem?.contains("\(name) is usable with P (bit 7") == true)
        }
    }

    /// Unusable ones are empty, but for what a CPU uses of them: the bases of FS and GS, and SS.DPL.
    @Test func garbageInAnUnusableSegmentIsNamed() {
        let fields: [(String, WritableKeyPath<kvm_segment, UInt8>)] = [
            ("type", \.type), ("DPL", \.dpl), ("S", \.s), ("P", \.present), ("D/B", \.db), ("L", \.l), ("G", \.g),
            ("AVL", \.avl),
        ]
        for (name, segment) in Self.every where !["CS", "TR"].contains(name) {
            var registers = GuestState.long.registers
            registers.sregs[keyPath: segment] = .empty
            #expect(registers.problem == nil)
            for (field, path) in fields where !(name == "SS" && field == "DPL") {
                var broken = registers
                broken.sregs[keyPath: segment][keyPath: path] = 1
                #expect(broken.problem?.contains("\(name) is unusable, but its \(field) is 1") == true)
            }
            var broken = registers
            broken.sregs[keyPath: segment].limit = 0xFFFF
            #expect(broken.problem?.contains("\(name) is unusable, but has a limit") == true)
            guard name != "FS", name != "GS" else { continue }
            broken = registers
            broken.sregs[keyPath: segment].base = 0x1000
            #expect(broken.problem?.contains("\(name) is unusable, but has a base") == true)
        }
    }

    @Test func aDataSegmentThatNoLoadMakesIsNamed() {
        for (name, segment) in Self.every[2..<6] {
            func problem(_ state: GuestState, _ change: (inout kvm_segment) -> Void) -> String {
                var registers = state.registers
                change(&registers.sregs[keyPath: segment])
                return registers.problem ?? "nothing"
            }
            #expect(problem(.protected32) { $0.type = 2 }.contains("\(name).type is 2: its accessed bit (bit 0)"))
            #expect(problem(.real) { $0.type = 2 }.contains("\(name).type is 2: its accessed bit (bit 0)"))
            #expect(problem(.protected32) { $0.type = 10 }.contains("\(name).type is 10: its accessed bit (bit 0)"))
            #expect(problem(.protected32) { $0.type = 9 }.contains("\(name).type is 9: code that cannot be read"))
            #expect(problem(.protected32) { $0.type = 11 } == "nothing")
            #expect(problem(.protected32) { $0.s = 0 }.contains("\(name).S (bit 4)"))
            if name == "FS" || name == "GS" {
                #expect(problem(.protected32) { $0.base = 1 << 47 }.contains("\(name).base is not canonical"))
                // Unusable, and its base counts all the same.
                #expect(problem(.long) { $0.base = 1 << 47 }.contains("\(name).base is not canonical"))
            } else {
                #expect(problem(.protected32) { $0.base = 1 << 32 }.contains("\(name).base bit 32 "))
            }
        }
    }

    @Test func aSegmentThatV86ModeDoesNotLoadIsNamed() {
        for (name, segment) in Self.every[0..<6] {
            func problem(_ change: (inout kvm_segment) -> Void) -> String {
                var registers = GuestState.virtual8086.registers
                change(&registers.sregs[keyPath: segment])
                return registers.problem ?? "nothing"
            }
            #expect(problem { $0.base += 16 }.contains("\(name).base is not the selector times 16"))
            #expect(problem { $0.limit = 0xFFFE }.contains("\(name).limit is not FFFFh"))
            #expect(problem { $0.dpl = 0 }.contains("\(name)'s access rights are not F3h"))
            #expect(problem { $0.type = 2 }.contains("\(name)'s access rights are not F3h"))
            #expect(problem { $0.s = 0 }.contains("\(name)'s access rights are not F3h"))
            #expect(problem { $0.db = 1 }.contains("\(name)'s access rights are not F3h"))
            #expect(problem { $0 = .empty }.contains("\(name) is unusable in V86 mode"))
        }
    }

    @Test func debugRegistersWithUpperHalvesAreNamed() {
        var registers = kvm_debugregs(CPUFile.afterReset)
        #expect(StateValidator.problem(registers) == nil)
        registers.dr6 |= 1 << 32
        #expect(StateValidator.problem(registers) == "DR6 bit 32 is set")
        registers = kvm_debugregs(CPUFile.afterReset)
        registers.dr7 |= 1 << 40
        #expect(StateValidator.problem(registers) == "DR7 bit 40 is set")
    }
}

extension kvm_segment {
    /// As a null selector leaves it.
    static var empty: kvm_segment {
        var segment = kvm_segment()
        segment.unusable = 1
        return segment
    }
}
