/// The 0F map without MMX, SSE and what `SystemRows` has (SDM 2D A.3).
enum TwoByteRows {
    static var all: [InstructionRow] { protection + specialRegisters + conditional + bitsAndMoves + bitCounts + hints }

    /// 00-03, 06, and the descriptor-table forms of 01.
    static var protection: [InstructionRow] {
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
            InstructionRow(x0F: 0x02, .lar, .Gv, .Ew),
            InstructionRow(x0F: 0x03, .lsl, .Gv, .Ew),
            InstructionRow(x0F: 0x06, .clts),
        ].needing(.i80286)
    }

    /// 20-23. DR4 and DR5 are decoded: whether they are aliases or undefined is a matter of CR4.DE. The test registers (24, 26)
    /// ended with the 486 and have no row.
    static var specialRegisters: [InstructionRow] {
        let flags: RowFlags = [.modIgnored, .native]
        return [
            InstructionRow(x0F: 0x20, .movControlStore, .Rr, .Cr, .none, flags),
            InstructionRow(x0F: 0x21, .movDebugStore, .Rr, .Dr, .none, flags),
            InstructionRow(x0F: 0x22, .movControlLoad, .Cr, .Rr, .none, flags),
            InstructionRow(x0F: 0x23, .movDebugLoad, .Dr, .Rr, .none, flags),
        ].needing(.i80386)
    }

    static var conditional: [InstructionRow] {
        [
            InstructionRow(
                map: 1, 0x40...0x4F, feature: .cmov, .cmovcc, .Gv, .Ev, .none, .none, .condition),
            InstructionRow(
                map: 1, 0x80...0x8F, feature: .i80386, .jcc, .Jz, .none, .none, .none, [.condition, .force64]),
            InstructionRow(
                map: 1, 0x90...0x9F, feature: .i80386, .setcc, .Eb, .none, .none, .none, [.condition, .byte]),
        ]
    }

    static var bitsAndMoves: [InstructionRow] { i80386 + i80486 }

    private static var i80386: [InstructionRow] {
        [
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
            InstructionRow(x0F: 0xBE, .movsx, .Gv, .Eb),
            InstructionRow(x0F: 0xBF, .movsx, .Gv, .Ew),
        ].needing(.i80386)
    }

    private static var i80486: [InstructionRow] {
        [
            InstructionRow(x0F: 0xB0, .cmpxchg, .Eb, .Gb, .none, [.byte, .lock]),
            InstructionRow(x0F: 0xB1, .cmpxchg, .Ev, .Gv, .none, .lock),
            InstructionRow(x0F: 0xC0, .xadd, .Eb, .Gb, .none, [.byte, .lock]),
            InstructionRow(x0F: 0xC1, .xadd, .Ev, .Gv, .none, .lock),
            InstructionRow(map: 1, 0xC8...0xCF, .bswap, .Zv),
        ].needing(.i80486)
    }

    /// Where F3 makes another instruction. BSF and BSR take it as nothing on a CPU that lacks TZCNT and LZCNT.
    static var bitCounts: [InstructionRow] {
        let other: RowPrefixes = [.none, .x66, .xF2], plain: RowPrefixes = [.none, .x66]
        return [
            InstructionRow(x0F: 0xB8, prefixes: .xF3, .popcnt, .Gv, .Ev).needing(.popcnt),
            InstructionRow(x0F: 0xBC, prefixes: other, .bsf, .Gv, .Ev).needing(.i80386),
            InstructionRow(x0F: 0xBC, prefixes: .xF3, .tzcnt, .Gv, .Ev, .none, .hidden).needing(.bmi1),
            InstructionRow(x0F: 0xBD, prefixes: other, .bsr, .Gv, .Ev).needing(.i80386),
            InstructionRow(x0F: 0xBD, prefixes: .xF3, .lzcnt, .Gv, .Ev, .none, .hidden).needing(.lzcnt),
            InstructionRow(x0F: 0xC7, reg: 6, form: .register, prefixes: plain, .rdrand, .Ev).needing(.rdrand),
            InstructionRow(x0F: 0xC7, reg: 7, form: .register, prefixes: plain, .rdseed, .Ev).needing(.rdseed),
            InstructionRow(map: 2, 0xF0...0xF0, form: .memory, prefixes: plain, feature: .movbe, .movbe, .Gv, .Ev),
            InstructionRow(map: 2, 0xF1...0xF1, form: .memory, prefixes: plain, feature: .movbe, .movbe, .Ev, .Gv),
            InstructionRow(map: 2, 0xF0...0xF0, prefixes: .xF2, feature: .sse42, .crc32, .Gy, .Eb, .none, .none, .byte),
            InstructionRow(map: 2, 0xF1...0xF1, prefixes: .xF2, feature: .sse42, .crc32, .Gy, .Ev),
            InstructionRow(
                map: 2, 0xF6...0xF6, prefixes: .x66, feature: .adx, .adcx, .Gy, .Ey, .none, .none, .noOperandSize),
            InstructionRow(
                map: 2, 0xF6...0xF6, prefixes: .xF3, feature: .adx, .adox, .Gy, .Ey, .none, .none, .noOperandSize),
        ]
    }

    /// 0D, 18-1F: hints that do nothing else, and room for more of them (SDM 2B NOP). Prefetching came with 3DNow! and SSE.
    static var hints: [InstructionRow] {
        var rows: [InstructionRow] = [
            InstructionRow(x0F: 0x0D, form: .register, .nop, .Ev).needing(.prefetchw),
            InstructionRow(x0F: 0x0D, reg: 1, form: .memory, .prefetchw, .Mb, .none, .none, .byte).needing(.prefetchw),
            InstructionRow(x0F: 0x18, reg: 0, form: .memory, .prefetchnta, .Mb, .none, .none, .byte).needing(.sse),
            InstructionRow(x0F: 0x18, reg: 1, form: .memory, .prefetcht0, .Mb, .none, .none, .byte).needing(.sse),
            InstructionRow(x0F: 0x18, reg: 2, form: .memory, .prefetcht1, .Mb, .none, .none, .byte).needing(.sse),
            InstructionRow(x0F: 0x18, reg: 3, form: .memory, .prefetcht2, .Mb, .none, .none, .byte).needing(.sse),
            InstructionRow(x0F: 0x18, form: .register, .nop, .Ev).needing(.p6),
            InstructionRow(map: 1, 0x19...0x1D, feature: .p6, .nop, .Ev),
            InstructionRow(x0F: 0x1E, .nop, .Ev).needing(.p6),
            InstructionRow(x0F: 0x1E, reg: 7, rm: 2, form: .register, prefixes: .xF3, .endbr64).needing(.p6),
            InstructionRow(x0F: 0x1E, reg: 7, rm: 3, form: .register, prefixes: .xF3, .endbr32).needing(.p6),
            InstructionRow(x0F: 0x1F, .nop, .Ev).needing(.p6),
        ]
        for reg: UInt8 in [0, 2, 3, 4, 5, 6, 7] {
            rows.append(
                InstructionRow(x0F: 0x0D, reg: reg, form: .memory, .prefetch, .Mb, .none, .none, .byte).needing(
                    .prefetchw))
            if reg > 3 { rows.append(InstructionRow(x0F: 0x18, reg: reg, form: .memory, .nop, .Ev).needing(.p6)) }
        }
        return rows
    }
}
