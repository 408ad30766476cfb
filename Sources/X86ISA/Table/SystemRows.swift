/// Instructions of the 0F maps that are about the processor itself (SDM 2D A.3), and those of VEX on general registers.
enum SystemRows {
    static var all: [InstructionRow] { processor + calls + group15 + group9 + generalVEX }

    static var processor: [InstructionRow] {
        [
            InstructionRow(x0F: 0x01, reg: 1, rm: 0, form: .register, prefixes: .none, .monitor).needing(.monitor),
            InstructionRow(x0F: 0x01, reg: 1, rm: 1, form: .register, prefixes: .none, .mwait).needing(.monitor),
            InstructionRow(x0F: 0x01, reg: 1, rm: 2, form: .register, prefixes: .none, .clac).needing(.smap),
            InstructionRow(x0F: 0x01, reg: 1, rm: 3, form: .register, prefixes: .none, .stac).needing(.smap),
            InstructionRow(x0F: 0x01, reg: 2, rm: 0, form: .register, prefixes: .none, .xgetbv).needing(.xsave),
            InstructionRow(x0F: 0x01, reg: 2, rm: 1, form: .register, prefixes: .none, .xsetbv).needing(.xsave),
            InstructionRow(x0F: 0x01, reg: 7, form: .memory, .invlpg, .M).needing(.i80486),
            InstructionRow(x0F: 0x01, reg: 7, rm: 0, form: .register, modes: .long, .swapgs).needing(.long),
            InstructionRow(x0F: 0x01, reg: 7, rm: 1, form: .register, .rdtscp).needing(.rdtscp),
            InstructionRow(x0F: 0x08, .invd).needing(.i80486),
            InstructionRow(x0F: 0x09, .wbinvd).needing(.i80486),
            InstructionRow(x0F: 0x0B, .ud2).needing(.i80386),
            InstructionRow(x0F: 0x30, .wrmsr).needing(.msr),
            InstructionRow(x0F: 0x31, .rdtsc).needing(.tsc),
            InstructionRow(x0F: 0x32, .rdmsr).needing(.msr),
            InstructionRow(x0F: 0x33, .rdpmc).needing(.p6),
            InstructionRow(x0F: 0xA2, .cpuid).needing(.cpuid),
            InstructionRow(x0F: 0xAA, .rsm).needing(.pentium),
            InstructionRow(x0F: 0xB9, .ud1, .Gv, .Ev).needing(.p6),
            InstructionRow(x0F: 0xFF, .ud0, .Gv, .Ev).needing(.p6),
            InstructionRow(
                map: 2, 0x82...0x82, form: .memory, prefixes: .x66, feature: .invpcid, .invpcid, .Gr, .Mo, .none, .none,
                .native),
        ]
    }

    static var calls: [InstructionRow] {
        [
            InstructionRow(x0F: 0x05, .syscall).needing(.syscall),
            InstructionRow(x0F: 0x07, .sysret).needing(.syscall),
            InstructionRow(x0F: 0x34, .sysenter).needing(.sep),
            InstructionRow(x0F: 0x35, .sysexit).needing(.sep),
        ]
    }

    /// 0F AE. The operand size of FXSAVE and XSAVE says which format: 8 with REX.W.
    static var group15: [InstructionRow] {
        let flags: RowFlags = .noOperandSize
        var rows: [InstructionRow] = [
            InstructionRow(x0F: 0xAE, reg: 0, form: .memory, prefixes: .none, .fxsave, .M, .none, .none, flags)
                .needing(.fxsr),
            InstructionRow(x0F: 0xAE, reg: 1, form: .memory, prefixes: .none, .fxrstor, .M, .none, .none, flags)
                .needing(.fxsr),
            InstructionRow(x0F: 0xAE, reg: 2, form: .memory, prefixes: .none, .ldmxcsr, .Md).needing(.sse),
            InstructionRow(x0F: 0xAE, reg: 3, form: .memory, prefixes: .none, .stmxcsr, .Md).needing(.sse),
            InstructionRow(x0F: 0xAE, reg: 4, form: .memory, prefixes: .none, .xsave, .M, .none, .none, flags)
                .needing(.xsave),
            InstructionRow(x0F: 0xAE, reg: 5, form: .memory, prefixes: .none, .xrstor, .M, .none, .none, flags)
                .needing(.xsave),
            InstructionRow(x0F: 0xAE, reg: 6, form: .memory, prefixes: .none, .xsaveopt, .M, .none, .none, flags)
                .needing(.xsaveopt),
            InstructionRow(x0F: 0xAE, reg: 7, form: .memory, prefixes: .none, .clflush, .Mb, .none, .none, .byte)
                .needing(.clflush),
            InstructionRow(x0F: 0xAE, reg: 6, form: .memory, prefixes: .x66, .clwb, .Mb, .none, .none, .byte).needing(
                .clwb),
            InstructionRow(x0F: 0xAE, reg: 7, form: .memory, prefixes: .x66, .clflushopt, .Mb, .none, .none, .byte)
                .needing(.clflushopt),
            InstructionRow(x0F: 0xAE, reg: 5, form: .register, prefixes: .none, .lfence).needing(.sse2),
            InstructionRow(x0F: 0xAE, reg: 6, form: .register, prefixes: .none, .mfence).needing(.sse2),
            InstructionRow(x0F: 0xAE, reg: 7, form: .register, prefixes: .none, .sfence).needing(.sse),
        ]
        let bases: [Operation] = [.rdfsbase, .rdgsbase, .wrfsbase, .wrgsbase]
        for (number, operation) in bases.enumerated() {
            rows.append(
                InstructionRow(
                    x0F: 0xAE, reg: UInt8(truncatingIfNeeded: number), form: .register, modes: .long, prefixes: .xF3,
                    operation, .Ey, .none, .none, flags
                ).needing(.fsgsbase))
        }
        return rows
    }

    /// 0F C7 with memory, and RDPID.
    static var group9: [InstructionRow] {
        let flags: RowFlags = .noOperandSize
        return [
            InstructionRow(x0F: 0xC7, reg: 1, form: .memory, modes: .legacy, .cmpxchg8b, .Mq, .none, .none, .lock)
                .needing(.cx8),
            InstructionRow(
                x0F: 0xC7, reg: 1, form: .memory, modes: .long, widths: .W0, .cmpxchg8b, .Mq, .none, .none, .lock
            ).needing(.cx8),
            InstructionRow(
                x0F: 0xC7, reg: 1, form: .memory, modes: .long, widths: .W1, .cmpxchg16b, .Mo, .none, .none, .lock
            ).needing(.cx16),
            InstructionRow(x0F: 0xC7, reg: 3, form: .memory, prefixes: .none, .xrstors, .M, .none, .none, flags)
                .needing(.xsaves),
            InstructionRow(x0F: 0xC7, reg: 4, form: .memory, prefixes: .none, .xsavec, .M, .none, .none, flags)
                .needing(.xsavec),
            InstructionRow(x0F: 0xC7, reg: 5, form: .memory, prefixes: .none, .xsaves, .M, .none, .none, flags)
                .needing(.xsaves),
            InstructionRow(x0F: 0xC7, reg: 7, form: .register, prefixes: .xF3, .rdpid, .Rr, .none, .none, .native)
                .needing(.rdpid),
        ]
    }

    /// BMI1 and BMI2.
    static var generalVEX: [InstructionRow] {
        func row(
            _ map: UInt8, _ opcode: UInt8, reg: UInt8? = nil, _ prefixes: RowPrefixes, _ feature: Feature,
            _ operation: Operation, _ operands: [OperandSpec]
        ) -> InstructionRow {
            InstructionRow(
                map: map, opcode...opcode, reg: reg, prefixes: prefixes, widths: .L0, feature: feature, operation,
                operands[0], operands[1], operands.count > 2 ? operands[2] : .none, .none, .noOperandSize)
        }
        return [
            row(6, 0xF2, .none, .bmi1, .andn, [.Gy, .By, .Ey]),
            row(6, 0xF3, reg: 1, .none, .bmi1, .blsr, [.By, .Ey]),
            row(6, 0xF3, reg: 2, .none, .bmi1, .blsmsk, [.By, .Ey]),
            row(6, 0xF3, reg: 3, .none, .bmi1, .blsi, [.By, .Ey]),
            row(6, 0xF5, .none, .bmi2, .bzhi, [.Gy, .Ey, .By]),
            row(6, 0xF5, .xF3, .bmi2, .pext, [.Gy, .By, .Ey]),
            row(6, 0xF5, .xF2, .bmi2, .pdep, [.Gy, .By, .Ey]),
            row(6, 0xF6, .xF2, .bmi2, .mulx, [.Gy, .By, .Ey]),
            row(6, 0xF7, .none, .bmi1, .bextr, [.Gy, .Ey, .By]),
            row(6, 0xF7, .x66, .bmi2, .shlx, [.Gy, .Ey, .By]),
            row(6, 0xF7, .xF3, .bmi2, .sarx, [.Gy, .Ey, .By]),
            row(6, 0xF7, .xF2, .bmi2, .shrx, [.Gy, .Ey, .By]),
            row(7, 0xF0, .xF2, .bmi2, .rorx, [.Gy, .Ey, .Ib]),
        ]
    }
}
