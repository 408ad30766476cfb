/// The 0F map as far as a Pentium has it (Pentium Processor Family Developer's Manual, volume 3, appendix A).
enum TwoByteRows {
    static var all: [InstructionRow] { system + specialRegisters + bitsAndMoves }

    static var system: [InstructionRow] {
        [
            InstructionRow(x0F: 0x00, reg: 0, .sldt, .EwRv),
            InstructionRow(x0F: 0x00, reg: 1, .str, .EwRv),
            InstructionRow(x0F: 0x00, reg: 2, .lldt, .Ew),
            InstructionRow(x0F: 0x00, reg: 3, .ltr, .Ew),
            InstructionRow(x0F: 0x00, reg: 4, .verr, .Ew),
            InstructionRow(x0F: 0x00, reg: 5, .verw, .Ew),
            InstructionRow(x0F: 0x01, reg: 0, form: .memory, .sgdt, .Ms),
            InstructionRow(x0F: 0x01, reg: 1, form: .memory, .sidt, .Ms),
            InstructionRow(x0F: 0x01, reg: 2, form: .memory, .lgdt, .Ms),
            InstructionRow(x0F: 0x01, reg: 3, form: .memory, .lidt, .Ms),
            InstructionRow(x0F: 0x01, reg: 4, .smsw, .EwRv),
            InstructionRow(x0F: 0x01, reg: 6, .lmsw, .Ew),
            InstructionRow(x0F: 0x01, reg: 7, form: .memory, .invlpg, .M),
            InstructionRow(x0F: 0x02, .lar, .Gv, .Ew),
            InstructionRow(x0F: 0x03, .lsl, .Gv, .Ew),
            InstructionRow(x0F: 0x06, .clts),
            InstructionRow(x0F: 0x08, .invd),
            InstructionRow(x0F: 0x09, .wbinvd),
            InstructionRow(x0F: 0x0B, .ud2),
            InstructionRow(x0F: 0x30, .wrmsr),
            InstructionRow(x0F: 0x31, .rdtsc),
            InstructionRow(x0F: 0x32, .rdmsr),
            InstructionRow(x0F: 0xA2, .cpuid),
            InstructionRow(x0F: 0xAA, .rsm),
        ]
    }

    /// 20-23. Of the control registers a Pentium has 0, 2, 3 and 4. DR4 and DR5 are decoded: whether they are aliases or
    /// undefined is a matter of CR4.DE. The test registers (24, 26) ended with the 486 and have no row.
    static var specialRegisters: [InstructionRow] {
        var rows: [InstructionRow] = []
        let flags: RowFlags = [.modIgnored, .size32]
        for reg: UInt8 in [0, 2, 3, 4] {
            rows.append(InstructionRow(x0F: 0x20, reg: reg, .movControlStore, .Rd, .Cd, .none, flags))
            rows.append(InstructionRow(x0F: 0x22, reg: reg, .movControlLoad, .Cd, .Rd, .none, flags))
        }
        rows.append(InstructionRow(x0F: 0x21, .movDebugStore, .Rd, .Dd, .none, flags))
        rows.append(InstructionRow(x0F: 0x23, .movDebugLoad, .Dd, .Rd, .none, flags))
        return rows
    }

    static var bitsAndMoves: [InstructionRow] {
        [
            InstructionRow(map: 1, 0x80...0x8F, .jcc, .Jz, .none, .none, [.condition, .default64]),
            InstructionRow(map: 1, 0x90...0x9F, .setcc, .Eb, .none, .none, [.condition, .byte]),
            InstructionRow(x0F: 0xA0, .pushSegment, .FS, .none, .none, .default64),
            InstructionRow(x0F: 0xA1, .popSegment, .FS, .none, .none, .default64),
            InstructionRow(x0F: 0xA3, .bt, .Ev, .Gv),
            InstructionRow(x0F: 0xA4, .shld, .Ev, .Gv, .Ib),
            InstructionRow(x0F: 0xA5, .shld, .Ev, .Gv, .CL),
            InstructionRow(x0F: 0xA8, .pushSegment, .GS, .none, .none, .default64),
            InstructionRow(x0F: 0xA9, .popSegment, .GS, .none, .none, .default64),
            InstructionRow(x0F: 0xAB, .bts, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xAC, .shrd, .Ev, .Gv, .Ib),
            InstructionRow(x0F: 0xAD, .shrd, .Ev, .Gv, .CL),
            InstructionRow(x0F: 0xAF, .imul2, .Gv, .Ev),
            InstructionRow(x0F: 0xB0, .cmpxchg, .Eb, .Gb, .none, [.byte, .lock]),
            InstructionRow(x0F: 0xB1, .cmpxchg, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xB2, form: .memory, .lss, .Gv, .Mp),
            InstructionRow(x0F: 0xB3, .btr, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xB4, form: .memory, .lfs, .Gv, .Mp),
            InstructionRow(x0F: 0xB5, form: .memory, .lgs, .Gv, .Mp),
            InstructionRow(x0F: 0xB6, .movzx, .Gv, .Eb),
            InstructionRow(x0F: 0xB7, .movzx, .Gv, .Ew),
            InstructionRow(x0F: 0xBA, reg: 4, .bt, .Ev, .Ib),
            InstructionRow(x0F: 0xBA, reg: 5, .bts, .Ev, .Ib, .none, .lock),
            InstructionRow(x0F: 0xBA, reg: 6, .btr, .Ev, .Ib, .none, .lock),
            InstructionRow(x0F: 0xBA, reg: 7, .btc, .Ev, .Ib, .none, .lock),
            InstructionRow(x0F: 0xBB, .btc, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xBC, .bsf, .Gv, .Ev),
            InstructionRow(x0F: 0xBD, .bsr, .Gv, .Ev),
            InstructionRow(x0F: 0xBE, .movsx, .Gv, .Eb),
            InstructionRow(x0F: 0xBF, .movsx, .Gv, .Ew),
            InstructionRow(x0F: 0xC0, .xadd, .Eb, .Gb, .none, [.byte, .lock]),
            InstructionRow(x0F: 0xC1, .xadd, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xC7, reg: 1, form: .memory, .cmpxchg8b, .Mq, .none, .none, .lock),
            InstructionRow(map: 1, 0xC8...0xCF, .bswap, .Zv),
        ]
    }
}
