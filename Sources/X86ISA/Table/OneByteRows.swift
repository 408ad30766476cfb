/// The one-byte opcode map without its ModRM.reg groups (SDM 2D A.3).
enum OneByteRows {
    static var all: [InstructionRow] { arithmetic + registersAndStack + movement + control + stringsAndFlags }

    /// 00-3F: eight operations of six forms each. CMP writes nothing, so LOCK does not go with it.
    static var arithmetic: [InstructionRow] {
        let operations: [Operation] = [.add, .or, .adc, .sbb, .and, .sub, .xor, .cmp]
        var rows: [InstructionRow] = []
        rows.reserveCapacity(64)
        for (number, operation) in operations.enumerated() {
            let opcode = UInt8(truncatingIfNeeded: number &* 8)
            let lock: RowFlags = operation == .cmp ? [] : .lock
            rows.append(InstructionRow(opcode, operation, .Eb, .Gb, .none, lock.union(.byte)))
            rows.append(InstructionRow(opcode &+ 1, operation, .Ev, .Gv, .none, lock))
            rows.append(InstructionRow(opcode &+ 2, operation, .Gb, .Eb, .none, .byte))
            rows.append(InstructionRow(opcode &+ 3, operation, .Gv, .Ev))
            rows.append(InstructionRow(opcode &+ 4, operation, .AL, .Ib, .none, .byte))
            rows.append(InstructionRow(opcode &+ 5, operation, .rAX, .Iz))
        }
        return rows
    }

    /// Segment pushes of 00-1F, BCD, 40-6F.
    static var registersAndStack: [InstructionRow] {
        [
            InstructionRow(0x06, modes: .legacy, .pushSegment, .ES),
            InstructionRow(0x07, modes: .legacy, .popSegment, .ES),
            InstructionRow(0x0E, modes: .legacy, .pushSegment, .CS),
            InstructionRow(0x16, modes: .legacy, .pushSegment, .SS),
            InstructionRow(0x17, modes: .legacy, .popSegment, .SS),
            InstructionRow(0x1E, modes: .legacy, .pushSegment, .DS),
            InstructionRow(0x1F, modes: .legacy, .popSegment, .DS),
            InstructionRow(0x27, modes: .legacy, .daa),
            InstructionRow(0x2F, modes: .legacy, .das),
            InstructionRow(0x37, modes: .legacy, .aaa),
            InstructionRow(0x3F, modes: .legacy, .aas),
            InstructionRow(0x40...0x47, modes: .legacy, .inc, .Zv),
            InstructionRow(0x48...0x4F, modes: .legacy, .dec, .Zv),
            InstructionRow(0x50...0x57, .push, .Zv, .none, .none, .default64),
            InstructionRow(0x58...0x5F, .pop, .Zv, .none, .none, .default64),
            InstructionRow(0x60, modes: .legacy, .pusha).needing(.i80186),
            InstructionRow(0x61, modes: .legacy, .popa).needing(.i80186),
            InstructionRow(0x62, form: .memory, modes: .legacy, .bound, .Gv, .Ma).needing(.i80186),
            InstructionRow(0x63, modes: .legacy, .arpl, .Ew, .Gw).needing(.i80286),
            InstructionRow(0x63, modes: .long, .movsxd, .Gv, .Ez).needing(.long),
            InstructionRow(0x68, .push, .Iz, .none, .none, .default64).needing(.i80186),
            InstructionRow(0x69, .imul3, .Gv, .Ev, .Izs).needing(.i80186),
            InstructionRow(0x6A, .push, .Ibs, .none, .none, .default64).needing(.i80186),
            InstructionRow(0x6B, .imul3, .Gv, .Ev, .Ibs).needing(.i80186),
            InstructionRow(0x6C, .ins, .Yb, .DX, .none, .byte).needing(.i80186),
            InstructionRow(0x6D, .ins, .Yz, .DX, .none, .max32).needing(.i80186),
            InstructionRow(0x6E, .outs, .DX, .Xb, .none, .byte).needing(.i80186),
            InstructionRow(0x6F, .outs, .DX, .Xz, .none, .max32).needing(.i80186),
        ]
    }

    /// 84-9F, A0-A3, B0-BF, C4-C5, D6, D7.
    static var movement: [InstructionRow] {
        [
            InstructionRow(0x84, .test, .Eb, .Gb, .none, .byte),
            InstructionRow(0x85, .test, .Ev, .Gv),
            InstructionRow(0x86, .xchg, .Eb, .Gb, .none, [.byte, .lock]),
            InstructionRow(0x87, .xchg, .Ev, .Gv, .none, .lock),
            InstructionRow(0x88, .mov, .Eb, .Gb, .none, .byte),
            InstructionRow(0x89, .mov, .Ev, .Gv),
            InstructionRow(0x8A, .mov, .Gb, .Eb, .none, .byte),
            InstructionRow(0x8B, .mov, .Gv, .Ev),
            InstructionRow(0x8D, form: .memory, .lea, .Gv, .M),
            InstructionRow(0x90, .nop),
            InstructionRow(0x91...0x97, .xchg, .Zv, .rAX),
            InstructionRow(0x98, .cbw),
            InstructionRow(0x99, .cwd),
            InstructionRow(0x9A, modes: .legacy, .callFar, .Ap),
            InstructionRow(0x9B, .wait),
            InstructionRow(0x9C, .pushf, .none, .none, .none, .default64),
            InstructionRow(0x9D, .popf, .none, .none, .none, .default64),
            InstructionRow(0x9E, modes: .legacy, .sahf),
            InstructionRow(0x9F, modes: .legacy, .lahf),
            InstructionRow(0x9E, modes: .long, .sahf).needing(.lahf64),
            InstructionRow(0x9F, modes: .long, .lahf).needing(.lahf64),
            InstructionRow(0xA0, .mov, .AL, .Ob, .none, .byte),
            InstructionRow(0xA1, .mov, .rAX, .Ov),
            InstructionRow(0xA2, .mov, .Ob, .AL, .none, .byte),
            InstructionRow(0xA3, .mov, .Ov, .rAX),
            InstructionRow(0xA8, .test, .AL, .Ib, .none, .byte),
            InstructionRow(0xA9, .test, .rAX, .Iz),
            InstructionRow(0xB0...0xB7, .mov, .Zb, .Ib, .none, .byte),
            InstructionRow(0xB8...0xBF, .mov, .Zv, .Iv),
            InstructionRow(0xC4, form: .memory, modes: .legacy, .les, .Gv, .Mp),
            InstructionRow(0xC5, form: .memory, modes: .legacy, .lds, .Gv, .Mp),
            InstructionRow(0xD6, modes: .legacy, .salc, .none, .none, .none, .byte),
            InstructionRow(0xD7, .xlat, .table, .none, .none, .byte),
        ]
    }

    /// 70-7F, C2-CF, D4-D5, E0-EF, ports.
    static var control: [InstructionRow] {
        [
            InstructionRow(0x70...0x7F, .jcc, .Jb, .none, .none, [.condition, .force64]),
            InstructionRow(0xC2, .ret, .Iw, .none, .none, .force64),
            InstructionRow(0xC3, .ret, .none, .none, .none, .force64),
            InstructionRow(0xC8, .enter, .Iw, .Ib2, .none, .default64).needing(.i80186),
            InstructionRow(0xC9, .leave, .none, .none, .none, .default64).needing(.i80186),
            InstructionRow(0xCA, .retFar, .Iw),
            InstructionRow(0xCB, .retFar),
            InstructionRow(0xCC, .int3),
            InstructionRow(0xCD, .int, .Ib),
            InstructionRow(0xCE, modes: .legacy, .into),
            InstructionRow(0xCF, .iret),
            InstructionRow(0xD4, modes: .legacy, .aam, .Ib),
            InstructionRow(0xD5, modes: .legacy, .aad, .Ib),
            InstructionRow(0xE0, .loopne, .Jb, .none, .none, .force64),
            InstructionRow(0xE1, .loope, .Jb, .none, .none, .force64),
            InstructionRow(0xE2, .loop, .Jb, .none, .none, .force64),
            InstructionRow(0xE3, .jcxz, .Jb, .none, .none, .force64),
            InstructionRow(0xE4, .in, .AL, .Ib, .none, .byte),
            InstructionRow(0xE5, .in, .rAX, .Ib, .none, .max32),
            InstructionRow(0xE6, .out, .Ib, .AL, .none, .byte),
            InstructionRow(0xE7, .out, .Ib, .rAX, .none, .max32),
            InstructionRow(0xE8, .call, .Jz, .none, .none, .force64),
            InstructionRow(0xE9, .jmp, .Jz, .none, .none, .force64),
            InstructionRow(0xEA, modes: .legacy, .jmpFar, .Ap),
            InstructionRow(0xEB, .jmp, .Jb, .none, .none, .force64),
            InstructionRow(0xEC, .in, .AL, .DX, .none, .byte),
            InstructionRow(0xED, .in, .rAX, .DX, .none, .max32),
            InstructionRow(0xEE, .out, .DX, .AL, .none, .byte),
            InstructionRow(0xEF, .out, .DX, .rAX, .none, .max32),
        ]
    }

    /// A4-AF, F1, F4, F5, F8-FD.
    static var stringsAndFlags: [InstructionRow] {
        [
            InstructionRow(0xA4, .movs, .Yb, .Xb, .none, .byte),
            InstructionRow(0xA5, .movs, .Yz, .Xz),
            InstructionRow(0xA6, .cmps, .Xb, .Yb, .none, .byte),
            InstructionRow(0xA7, .cmps, .Xz, .Yz),
            InstructionRow(0xAA, .stos, .Yb, .AL, .none, .byte),
            InstructionRow(0xAB, .stos, .Yz, .rAX),
            InstructionRow(0xAC, .lods, .AL, .Xb, .none, .byte),
            InstructionRow(0xAD, .lods, .rAX, .Xz),
            InstructionRow(0xAE, .scas, .AL, .Yb, .none, .byte),
            InstructionRow(0xAF, .scas, .rAX, .Yz),
            InstructionRow(0xF1, .int1).needing(.i80386),
            InstructionRow(0xF4, .hlt),
            InstructionRow(0xF5, .cmc),
            InstructionRow(0xF8, .clc),
            InstructionRow(0xF9, .stc),
            InstructionRow(0xFA, .cli),
            InstructionRow(0xFB, .sti),
            InstructionRow(0xFC, .cld),
            InstructionRow(0xFD, .std),
        ]
    }
}
