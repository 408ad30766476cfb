extension VectorRows {
    /// Operations on integers that MMX began, on two sources of the same kind.
    mutating func addIntegers() {
        let sse2Only: [(UInt8, Operation)] = [(0x6C, .punpcklqdq), (0x6D, .punpckhqdq)]
        for (opcode, operation) in sse2Only { add(1, opcode, .x66, operation, .sse2, [.Vx, .Hx, .Wx], .integer) }
        let operations: [(UInt8, Operation, Feature)] = [
            (0x60, .punpcklbw, .mmx), (0x61, .punpcklwd, .mmx), (0x62, .punpckldq, .mmx), (0x63, .packsswb, .mmx),
            (0x64, .pcmpgtb, .mmx), (0x65, .pcmpgtw, .mmx), (0x66, .pcmpgtd, .mmx), (0x67, .packuswb, .mmx),
            (0x68, .punpckhbw, .mmx), (0x69, .punpckhwd, .mmx), (0x6A, .punpckhdq, .mmx), (0x6B, .packssdw, .mmx),
            (0x74, .pcmpeqb, .mmx), (0x75, .pcmpeqw, .mmx), (0x76, .pcmpeqd, .mmx), (0xD4, .paddq, .sse2),
            (0xD5, .pmullw, .mmx), (0xD8, .psubusb, .mmx), (0xD9, .psubusw, .mmx), (0xDA, .pminub, .sse),
            (0xDB, .pand, .mmx), (0xDC, .paddusb, .mmx), (0xDD, .paddusw, .mmx), (0xDE, .pmaxub, .sse),
            (0xDF, .pandn, .mmx), (0xE0, .pavgb, .sse), (0xE3, .pavgw, .sse), (0xE4, .pmulhuw, .sse),
            (0xE5, .pmulhw, .mmx), (0xE8, .psubsb, .mmx), (0xE9, .psubsw, .mmx), (0xEA, .pminsw, .sse),
            (0xEB, .por, .mmx), (0xEC, .paddsb, .mmx), (0xED, .paddsw, .mmx), (0xEE, .pmaxsw, .sse),
            (0xEF, .pxor, .mmx),
            (0xF4, .pmuludq, .sse2), (0xF5, .pmaddwd, .mmx), (0xF6, .psadbw, .sse), (0xF8, .psubb, .mmx),
            (0xF9, .psubw, .mmx), (0xFA, .psubd, .mmx), (0xFB, .psubq, .sse2), (0xFC, .paddb, .mmx),
            (0xFD, .paddw, .mmx),
            (0xFE, .paddd, .mmx),
        ]
        for (opcode, operation, feature) in operations {
            // PUNPCKL reads the half that it uses.
            addRow(1, opcode, .none, operation, feature, [.Pq, opcode < 0x63 ? .Qd : .Qq])
            add(1, opcode, .x66, operation, .sse2, [.Vx, .Hx, .Wx], .integer)
        }
    }

    /// By a count in a register, memory or an immediate.
    mutating func addShifts() {
        let counted: [(UInt8, Operation)] = [
            (0xD1, .psrlw), (0xD2, .psrld), (0xD3, .psrlq), (0xE1, .psraw), (0xE2, .psrad), (0xF1, .psllw),
            (0xF2, .pslld), (0xF3, .psllq),
        ]
        for (opcode, operation) in counted {
            addRow(1, opcode, .none, operation, .mmx, [.Pq, .Qq])
            add(1, opcode, .x66, operation, .sse2, [.Vx, .Hx, .Wo], .integer)
        }
        let immediate: [(UInt8, UInt8, Operation)] = [
            (0x71, 2, .psrlw), (0x71, 4, .psraw), (0x71, 6, .psllw), (0x72, 2, .psrld), (0x72, 4, .psrad),
            (0x72, 6, .pslld), (0x73, 2, .psrlq), (0x73, 6, .psllq), (0x73, 3, .psrldq), (0x73, 7, .pslldq),
        ]
        for (opcode, reg, operation) in immediate {
            if reg & 1 == 0 { addRow(1, opcode, .none, operation, .mmx, [.Qq, .Ib], reg: reg, form: .register) }
            add(1, opcode, .x66, operation, .sse2, [.Hx, .Wx, .Ib], .integer, reg: reg, form: .register)
        }
    }

    mutating func addIntegerMoves() {
        // Without W a doubleword, in 16- and 32-bit code whatever W says.
        let widths: [(RowModes, RowWidths, Operation)] = [
            (.legacy, .any, .movd), (.long, .W0, .movd), (.long, .W1, .movq),
        ]
        for (modes, width, operation) in widths {
            addRow(1, 0x6E, .none, operation, .mmx, [.Pq, .Ey], widths: width, modes: modes)
            addRow(1, 0x7E, .none, operation, .mmx, [.Ey, .Pq], widths: width, modes: modes)
            add(1, 0x6E, .x66, operation, .sse2, [.Vo, .Ey], .only128, modes: modes, legacyWidths: width)
            add(1, 0x7E, .x66, operation, .sse2, [.Ey, .Vo], .only128, modes: modes, legacyWidths: width)
        }
        addRow(1, 0x6F, .none, .movq, .mmx, [.Pq, .Qq])
        addRow(1, 0x7F, .none, .movq, .mmx, [.Qq, .Pq])
        add(1, 0x7E, .xF3, .movq, .sse2, [.Vo, .Wq], .only128)
        add(1, 0xD6, .x66, .movq, .sse2, [.Wq, .Vo], .only128)
        add(1, 0x6F, .x66, .movdqa, .sse2, [.Vx, .Wx], .both)
        add(1, 0x7F, .x66, .movdqa, .sse2, [.Wx, .Vx], .both)
        add(1, 0x6F, .xF3, .movdqu, .sse2, [.Vx, .Wx], .both)
        add(1, 0x7F, .xF3, .movdqu, .sse2, [.Wx, .Vx], .both)
        add(1, 0xF0, .xF2, .lddqu, .sse3, [.Vx, .Wx], .both, form: .memory)
        addRow(1, 0x70, .none, .pshufw, .sse, [.Pq, .Qq, .Ib])
        add(1, 0x70, .x66, .pshufd, .sse2, [.Vx, .Wx, .Ib], .integer)
        add(1, 0x70, .xF3, .pshufhw, .sse2, [.Vx, .Wx, .Ib], .integer)
        add(1, 0x70, .xF2, .pshuflw, .sse2, [.Vx, .Wx, .Ib], .integer)
        addRow(1, 0x77, .none, .emms, .mmx, [])
        addRow(5, 0x77, .none, .vzeroupper, .avx, [], widths: .L0, [.noOperandSize, .vector])
        addRow(5, 0x77, .none, .vzeroall, .avx, [], widths: .L1, [.noOperandSize, .vector])
        addRow(1, 0xC3, .none, .movnti, .sse2, [.My, .Gy], form: .memory)
        addRow(1, 0xC4, .none, .pinsrw, .sse, [.Pq, .EwRd, .Ib])
        add(1, 0xC4, .x66, .pinsrw, .sse2, [.Vo, .Ho, .EwRd, .Ib], .only128)
        addRow(1, 0xC5, .none, .pextrw, .sse, [.Gd, .Qq, .Ib], form: .register)
        add(1, 0xC5, .x66, .pextrw, .sse2, [.Gd, .Wo, .Ib], .only128, form: .register)
        addRow(1, 0xD7, .none, .pmovmskb, .sse, [.Gd, .Qq], form: .register)
        add(1, 0xD7, .x66, .pmovmskb, .sse2, [.Gd, .Wx], .integer, form: .register)
        addRow(1, 0xD6, .xF3, .movq2dq, .sse2, [.Vo, .Qq], form: .register)
        addRow(1, 0xD6, .xF2, .movdq2q, .sse2, [.Pq, .Wo], form: .register)
        addRow(1, 0xE7, .none, .movntq, .sse, [.Qq, .Pq], form: .memory)
        add(1, 0xE7, .x66, .movntdq, .sse2, [.Wx, .Vx], .both, form: .memory)
        addRow(1, 0xF7, .none, .maskmovq, .sse, [.Pq, .Qq], form: .register)
        add(1, 0xF7, .x66, .maskmovdqu, .sse2, [.Vo, .Wo], .only128, form: .register)
    }

    /// 0F 38: SSSE3, SSE4, AES, SHA.
    mutating func addMap38() {
        let both: [(UInt8, Operation)] = [
            (0x00, .pshufb), (0x01, .phaddw), (0x02, .phaddd), (0x03, .phaddsw), (0x04, .pmaddubsw), (0x05, .phsubw),
            (0x06, .phsubd), (0x07, .phsubsw), (0x08, .psignb), (0x09, .psignw), (0x0A, .psignd), (0x0B, .pmulhrsw),
        ]
        for (opcode, operation) in both {
            addRow(2, opcode, .none, operation, .ssse3, [.Pq, .Qq])
            add(2, opcode, .x66, operation, .ssse3, [.Vx, .Hx, .Wx], .integer)
        }
        for (opcode, operation) in [(0x1C, .pabsb), (0x1D, .pabsw), (0x1E, .pabsd)] as [(UInt8, Operation)] {
            addRow(2, opcode, .none, operation, .ssse3, [.Pq, .Qq])
            add(2, opcode, .x66, operation, .ssse3, [.Vx, .Wx], .integer)
        }
        for (opcode, operation) in [(0x10, .pblendvb), (0x14, .blendvps), (0x15, .blendvpd)] as [(UInt8, Operation)] {
            addRow(2, opcode, .x66, operation, .sse41, [.Vo, .Wo, .XMM0])
        }
        add(2, 0x17, .x66, .ptest, .sse41, [.Vx, .Wx], .both)
        let widened: [(UInt8, Operation, Operation, OperandSpec)] = [
            (0x20, .pmovsxbw, .pmovzxbw, .Wh), (0x21, .pmovsxbd, .pmovzxbd, .Wf), (0x22, .pmovsxbq, .pmovzxbq, .We),
            (0x23, .pmovsxwd, .pmovzxwd, .Wh), (0x24, .pmovsxwq, .pmovzxwq, .Wf), (0x25, .pmovsxdq, .pmovzxdq, .Wh),
        ]
        for (opcode, signed, unsigned, source) in widened {
            add(2, opcode, .x66, signed, .sse41, [.Vx, source], .integer)
            add(2, opcode + 0x10, .x66, unsigned, .sse41, [.Vx, source], .integer)
        }
        add(2, 0x2A, .x66, .movntdqa, .sse41, [.Vx, .Wx], .integer, form: .memory)
        let sse4: [(UInt8, Operation)] = [
            (0x28, .pmuldq), (0x29, .pcmpeqq), (0x2B, .packusdw), (0x38, .pminsb), (0x39, .pminsd), (0x3A, .pminuw),
            (0x3B, .pminud), (0x3C, .pmaxsb), (0x3D, .pmaxsd), (0x3E, .pmaxuw), (0x3F, .pmaxud), (0x40, .pmulld),
        ]
        for (opcode, operation) in sse4 { add(2, opcode, .x66, operation, .sse41, [.Vx, .Hx, .Wx], .integer) }
        add(2, 0x37, .x66, .pcmpgtq, .sse42, [.Vx, .Hx, .Wx], .integer)
        add(2, 0x41, .x66, .phminposuw, .sse41, [.Vo, .Wo], .only128)
        add(2, 0xDB, .x66, .aesimc, .aes, [.Vo, .Wo], .only128, vexFeature: .aes)
        for (opcode, operation) in [(0xDC, .aesenc), (0xDD, .aesenclast), (0xDE, .aesdec), (0xDF, .aesdeclast)]
            as [(UInt8, Operation)]
        { add(2, opcode, .x66, operation, .aes, [.Vo, .Ho, .Wo], .only128, vexFeature: .aes) }
        let sha: [(UInt8, Operation)] = [
            (0xC8, .sha1nexte), (0xC9, .sha1msg1), (0xCA, .sha1msg2), (0xCC, .sha256msg1), (0xCD, .sha256msg2),
        ]
        for (opcode, operation) in sha { addRow(2, opcode, .none, operation, .sha, [.Vo, .Wo]) }
        addRow(2, 0xCB, .none, .sha256rnds2, .sha, [.Vo, .Wo, .XMM0])
    }

    /// 0F 3A: SSSE3, SSE4, AES, PCLMULQDQ, SHA.
    mutating func addMap3A() {
        add(3, 0x08, .x66, .roundps, .sse41, [.Vx, .Wx, .Ib], .both)
        add(3, 0x09, .x66, .roundpd, .sse41, [.Vx, .Wx, .Ib], .both)
        add(3, 0x0A, .x66, .roundss, .sse41, [.Vo, .Ho, .Wd, .Ib], .ignored)
        add(3, 0x0B, .x66, .roundsd, .sse41, [.Vo, .Ho, .Wq, .Ib], .ignored)
        add(3, 0x0C, .x66, .blendps, .sse41, [.Vx, .Hx, .Wx, .Ib], .both)
        add(3, 0x0D, .x66, .blendpd, .sse41, [.Vx, .Hx, .Wx, .Ib], .both)
        add(3, 0x0E, .x66, .pblendw, .sse41, [.Vx, .Hx, .Wx, .Ib], .integer)
        addRow(3, 0x0F, .none, .palignr, .ssse3, [.Pq, .Qq, .Ib])
        add(3, 0x0F, .x66, .palignr, .ssse3, [.Vx, .Hx, .Wx, .Ib], .integer)
        add(3, 0x14, .x66, .pextrb, .sse41, [.EbRd, .Vo, .Ib], .only128)
        add(3, 0x15, .x66, .pextrw, .sse41, [.EwRd, .Vo, .Ib], .only128)
        add(3, 0x17, .x66, .extractps, .sse41, [.Ed, .Vo, .Ib], .only128)
        add(3, 0x20, .x66, .pinsrb, .sse41, [.Vo, .Ho, .EbRd, .Ib], .only128)
        add(3, 0x21, .x66, .insertps, .sse41, [.Vo, .Ho, .Wd, .Ib], .only128)
        let widths: [(RowModes, RowWidths, Operation, Operation)] = [
            (.legacy, .any, .pextrd, .pinsrd), (.long, .W0, .pextrd, .pinsrd), (.long, .W1, .pextrq, .pinsrq),
        ]
        for (modes, width, extract, insert) in widths {
            add(3, 0x16, .x66, extract, .sse41, [.Ey, .Vo, .Ib], .only128, modes: modes, legacyWidths: width)
            add(3, 0x22, .x66, insert, .sse41, [.Vo, .Ho, .Ey, .Ib], .only128, modes: modes, legacyWidths: width)
        }
        add(3, 0x40, .x66, .dpps, .sse41, [.Vx, .Hx, .Wx, .Ib], .both)
        add(3, 0x41, .x66, .dppd, .sse41, [.Vo, .Ho, .Wo, .Ib], .only128)
        add(3, 0x42, .x66, .mpsadbw, .sse41, [.Vx, .Hx, .Wx, .Ib], .integer)
        add(3, 0x44, .x66, .pclmulqdq, .pclmulqdq, [.Vo, .Ho, .Wo, .Ib], .only128, vexFeature: .pclmulqdq)
        for (opcode, operation) in [(0x60, .pcmpestrm), (0x61, .pcmpestri), (0x62, .pcmpistrm), (0x63, .pcmpistri)]
            as [(UInt8, Operation)]
        { add(3, opcode, .x66, operation, .sse42, [.Vo, .Wo, .Ib], .only128) }
        add(3, 0xDF, .x66, .aeskeygenassist, .aes, [.Vo, .Wo, .Ib], .only128, vexFeature: .aes)
        addRow(3, 0xCC, .none, .sha1rnds4, .sha, [.Vo, .Wo, .Ib])
    }
}
