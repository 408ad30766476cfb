/// Rows of the one-byte map that ModRM.reg tells apart: groups 1 to 5, 11 and the segment register moves (SDM 2D A.4).
/// A ModRM.reg without a row is undefined.
enum GroupRows {
    static var all: [InstructionRow] { group1 + group2 + groups3To5 + segmentMoves }

    /// 80-83. 82 is the same as 80 outside 64-bit mode.
    static var group1: [InstructionRow] {
        let operations: [Operation] = [.add, .or, .adc, .sbb, .and, .sub, .xor, .cmp]
        var rows: [InstructionRow] = []
        rows.reserveCapacity(32)
        for (number, operation) in operations.enumerated() {
            let reg = UInt8(truncatingIfNeeded: number)
            let lock: RowFlags = operation == .cmp ? [] : .lock
            rows.append(InstructionRow(0x80, reg: reg, operation, .Eb, .Ib, .none, lock.union(.byte)))
            rows.append(InstructionRow(0x81, reg: reg, operation, .Ev, .Iz, .none, lock))
            rows.append(InstructionRow(0x82, reg: reg, modes: .legacy, operation, .Eb, .Ib, .none, lock.union(.byte)))
            rows.append(InstructionRow(0x83, reg: reg, operation, .Ev, .Ibs, .none, lock))
        }
        return rows
    }

    /// C0, C1, D0-D3. /6 is an alias of SHL that the maps leave out and all processors have.
    static var group2: [InstructionRow] {
        let operations: [Operation] = [.rol, .ror, .rcl, .rcr, .shl, .shr, .sal, .sar]
        var rows: [InstructionRow] = []
        rows.reserveCapacity(48)
        for (number, operation) in operations.enumerated() {
            let reg = UInt8(truncatingIfNeeded: number)
            rows.append(InstructionRow(0xC0, reg: reg, operation, .Eb, .Ib, .none, .byte).needing(.i80186))
            rows.append(InstructionRow(0xC1, reg: reg, operation, .Ev, .Ib).needing(.i80186))
            rows.append(InstructionRow(0xD0, reg: reg, operation, .Eb, .one, .none, .byte))
            rows.append(InstructionRow(0xD1, reg: reg, operation, .Ev, .one))
            rows.append(InstructionRow(0xD2, reg: reg, operation, .Eb, .CL, .none, .byte))
            rows.append(InstructionRow(0xD3, reg: reg, operation, .Ev, .CL))
        }
        return rows
    }

    /// F6, F7 (/1 is TEST as well), FE, FF, and 8F, C6, C7 with their single /0.
    static var groups3To5: [InstructionRow] {
        [
            InstructionRow(0xF6, reg: 0, .test, .Eb, .Ib, .none, .byte),
            InstructionRow(0xF6, reg: 1, .test, .Eb, .Ib, .none, .byte),
            InstructionRow(0xF6, reg: 2, .not, .Eb, .none, .none, [.byte, .lock]),
            InstructionRow(0xF6, reg: 3, .neg, .Eb, .none, .none, [.byte, .lock]),
            InstructionRow(0xF6, reg: 4, .mul, .Eb, .none, .none, .byte),
            InstructionRow(0xF6, reg: 5, .imul, .Eb, .none, .none, .byte),
            InstructionRow(0xF6, reg: 6, .div, .Eb, .none, .none, .byte),
            InstructionRow(0xF6, reg: 7, .idiv, .Eb, .none, .none, .byte),
            InstructionRow(0xF7, reg: 0, .test, .Ev, .Iz),
            InstructionRow(0xF7, reg: 1, .test, .Ev, .Iz),
            InstructionRow(0xF7, reg: 2, .not, .Ev, .none, .none, .lock),
            InstructionRow(0xF7, reg: 3, .neg, .Ev, .none, .none, .lock),
            InstructionRow(0xF7, reg: 4, .mul, .Ev),
            InstructionRow(0xF7, reg: 5, .imul, .Ev),
            InstructionRow(0xF7, reg: 6, .div, .Ev),
            InstructionRow(0xF7, reg: 7, .idiv, .Ev),
            InstructionRow(0xFE, reg: 0, .inc, .Eb, .none, .none, [.byte, .lock]),
            InstructionRow(0xFE, reg: 1, .dec, .Eb, .none, .none, [.byte, .lock]),
            InstructionRow(0xFF, reg: 0, .inc, .Ev, .none, .none, .lock),
            InstructionRow(0xFF, reg: 1, .dec, .Ev, .none, .none, .lock),
            InstructionRow(0xFF, reg: 2, .callIndirect, .Ev, .none, .none, .force64),
            InstructionRow(0xFF, reg: 3, form: .memory, .callFar, .Mp),
            InstructionRow(0xFF, reg: 4, .jmpIndirect, .Ev, .none, .none, .force64),
            InstructionRow(0xFF, reg: 5, form: .memory, .jmpFar, .Mp),
            InstructionRow(0xFF, reg: 6, .push, .Ev, .none, .none, .default64),
            InstructionRow(0x8F, reg: 0, .pop, .Ev, .none, .none, .default64),
            InstructionRow(0xC6, reg: 0, .mov, .Eb, .Ib, .none, .byte),
            InstructionRow(0xC7, reg: 0, .mov, .Ev, .Iz),
        ]
    }

    /// 8C and 8E. There are six segment registers, and CS cannot be loaded by MOV.
    static var segmentMoves: [InstructionRow] {
        var rows: [InstructionRow] = []
        for reg: UInt8 in 0...5 {
            rows.append(InstructionRow(0x8C, reg: reg, .movSegmentStore, .EwRv, .Sw))
            if reg != 1 {
                rows.append(InstructionRow(0x8E, reg: reg, .movSegmentLoad, .Sw, .Ew))
            }
        }
        return rows
    }
}
