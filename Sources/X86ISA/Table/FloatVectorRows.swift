extension VectorRows {
    /// Packed and scalar operations on two sources: without prefix ps, with 66 pd, F3 ss, F2 sd.
    mutating func addFloats() {
        let four: [(UInt8, [Operation])] = [
            (0x58, [.addps, .addpd, .addss, .addsd]), (0x59, [.mulps, .mulpd, .mulss, .mulsd]),
            (0x5C, [.subps, .subpd, .subss, .subsd]), (0x5D, [.minps, .minpd, .minss, .minsd]),
            (0x5E, [.divps, .divpd, .divss, .divsd]), (0x5F, [.maxps, .maxpd, .maxss, .maxsd]),
        ]
        for (opcode, operations) in four { addFour(opcode, operations, [.Vx, .Hx, .Wx], []) }
        addFour(0x51, [.sqrtps, .sqrtpd, .sqrtss, .sqrtsd], [.Vx, .Wx], [])
        addFour(0xC2, [.cmpps, .cmppd, .cmpss, .cmpsdScalar], [.Vx, .Hx, .Wx], [.Ib])
        for (opcode, packed, scalar) in [(0x52, .rsqrtps, .rsqrtss), (0x53, .rcpps, .rcpss)]
            as [(UInt8, Operation, Operation)]
        {
            add(1, opcode, .none, packed, .sse, [.Vx, .Wx], .both)
            add(1, opcode, .xF3, scalar, .sse, [.Vo, .Ho, .Wd], .ignored)
        }
        let two: [(UInt8, Operation, Operation, [OperandSpec])] = [
            (0x14, .unpcklps, .unpcklpd, []), (0x15, .unpckhps, .unpckhpd, []), (0x54, .andps, .andpd, []),
            (0x55, .andnps, .andnpd, []), (0x56, .orps, .orpd, []), (0x57, .xorps, .xorpd, []),
            (0xC6, .shufps, .shufpd, [.Ib]),
        ]
        for (opcode, single, double, more) in two {
            add(1, opcode, .none, single, .sse, [.Vx, .Hx, .Wx] + more, .both)
            add(1, opcode, .x66, double, .sse2, [.Vx, .Hx, .Wx] + more, .both)
        }
        for (opcode, double, single) in [
            (0x7C, .haddpd, .haddps), (0x7D, .hsubpd, .hsubps), (0xD0, .addsubpd, .addsubps),
        ] as [(UInt8, Operation, Operation)] {
            add(1, opcode, .x66, double, .sse3, [.Vx, .Hx, .Wx], .both)
            add(1, opcode, .xF2, single, .sse3, [.Vx, .Hx, .Wx], .both)
        }
        for (opcode, single, double) in [(0x2E, .ucomiss, .ucomisd), (0x2F, .comiss, .comisd)]
            as [(UInt8, Operation, Operation)]
        {
            add(1, opcode, .none, single, .sse, [.Vo, .Wd], .ignored)
            add(1, opcode, .x66, double, .sse2, [.Vo, .Wq], .ignored)
        }
    }

    private mutating func addFour(
        _ opcode: UInt8, _ operations: [Operation], _ packed: [OperandSpec], _ more: [OperandSpec]
    ) {
        add(1, opcode, .none, operations[0], .sse, packed + more, .both)
        add(1, opcode, .x66, operations[1], .sse2, packed + more, .both)
        add(1, opcode, .xF3, operations[2], .sse, [.Vo, .Ho, .Wd] + more, .ignored)
        add(1, opcode, .xF2, operations[3], .sse2, [.Vo, .Ho, .Wq] + more, .ignored)
    }

    mutating func addFloatMoves() {
        for (opcode, single, double) in [(0x10, .movups, .movupd), (0x28, .movaps, .movapd)]
            as [(UInt8, Operation, Operation)]
        {
            add(1, opcode, .none, single, .sse, [.Vx, .Wx], .both)
            add(1, opcode, .x66, double, .sse2, [.Vx, .Wx], .both)
            add(1, opcode + 1, .none, single, .sse, [.Wx, .Vx], .both)
            add(1, opcode + 1, .x66, double, .sse2, [.Wx, .Vx], .both)
        }
        for (prefixes, operation, feature, memory) in [
            (.xF3, .movss, .sse, .Wd), (.xF2, .movsdScalar, .sse2, .Wq),
        ] as [(RowPrefixes, Operation, Feature, OperandSpec)] {
            add(1, 0x10, prefixes, operation, feature, [.Vo, memory], .ignored, form: .memory)
            add(1, 0x11, prefixes, operation, feature, [memory, .Vo], .ignored, form: .memory)
            add(1, 0x10, prefixes, operation, feature, [.Vo, .Ho, .Wo], .ignored, form: .register)
            add(1, 0x11, prefixes, operation, feature, [.Wo, .Ho, .Vo], .ignored, form: .register)
        }
        for (opcode, single, double, register) in [
            (0x12, .movlps, .movlpd, .movhlps), (0x16, .movhps, .movhpd, .movlhps),
        ] as [(UInt8, Operation, Operation, Operation)] {
            add(1, opcode, .none, single, .sse, [.Vo, .Ho, .Wq], .only128, form: .memory)
            add(1, opcode, .x66, double, .sse2, [.Vo, .Ho, .Wq], .only128, form: .memory)
            add(1, opcode, .none, register, .sse, [.Vo, .Ho, .Wo], .only128, form: .register)
            add(1, opcode + 1, .none, single, .sse, [.Wq, .Vo], .only128, form: .memory)
            add(1, opcode + 1, .x66, double, .sse2, [.Wq, .Vo], .only128, form: .memory)
        }
        add(1, 0x12, .xF3, .movsldup, .sse3, [.Vx, .Wx], .both)
        add(1, 0x16, .xF3, .movshdup, .sse3, [.Vx, .Wx], .both)
        add(1, 0x12, .xF2, .movddup, .sse3, [.Vx, .Wdup], .both)
        add(1, 0x2B, .none, .movntps, .sse, [.Wx, .Vx], .both, form: .memory)
        add(1, 0x2B, .x66, .movntpd, .sse2, [.Wx, .Vx], .both, form: .memory)
        add(1, 0x50, .none, .movmskps, .sse, [.Gd, .Wx], .both, form: .register)
        add(1, 0x50, .x66, .movmskpd, .sse2, [.Gd, .Wx], .both, form: .register)
        for (reg, operation) in [(2, .ldmxcsr), (3, .stmxcsr)] as [(UInt8, Operation)] {
            addRow(
                5, 0xAE, .none, operation, .avx, [.Md], widths: .L0, reg: reg, form: .memory, [.noOperandSize, .vector])
        }
    }

    mutating func addConversions() {
        addRow(1, 0x2A, .none, .cvtpi2ps, .sse, [.Vo, .Qq])
        addRow(1, 0x2A, .x66, .cvtpi2pd, .sse2, [.Vo, .Qq])
        add(1, 0x2A, .xF3, .cvtsi2ss, .sse, [.Vo, .Ho, .Ey], .ignored)
        add(1, 0x2A, .xF2, .cvtsi2sd, .sse2, [.Vo, .Ho, .Ey], .ignored)
        addRow(1, 0x2C, .none, .cvttps2pi, .sse, [.Pq, .Wq])
        addRow(1, 0x2C, .x66, .cvttpd2pi, .sse2, [.Pq, .Wo])
        addRow(1, 0x2D, .none, .cvtps2pi, .sse, [.Pq, .Wq])
        addRow(1, 0x2D, .x66, .cvtpd2pi, .sse2, [.Pq, .Wo])
        add(1, 0x2C, .xF3, .cvttss2si, .sse, [.Gy, .Wd], .ignored)
        add(1, 0x2C, .xF2, .cvttsd2si, .sse2, [.Gy, .Wq], .ignored)
        add(1, 0x2D, .xF3, .cvtss2si, .sse, [.Gy, .Wd], .ignored)
        add(1, 0x2D, .xF2, .cvtsd2si, .sse2, [.Gy, .Wq], .ignored)
        add(1, 0x5A, .none, .cvtps2pd, .sse2, [.Vx, .Wh], .both)
        add(1, 0x5A, .x66, .cvtpd2ps, .sse2, [.Vo, .Wx], .both)
        add(1, 0x5A, .xF3, .cvtss2sd, .sse2, [.Vo, .Ho, .Wd], .ignored)
        add(1, 0x5A, .xF2, .cvtsd2ss, .sse2, [.Vo, .Ho, .Wq], .ignored)
        add(1, 0x5B, .none, .cvtdq2ps, .sse2, [.Vx, .Wx], .both)
        add(1, 0x5B, .x66, .cvtps2dq, .sse2, [.Vx, .Wx], .both)
        add(1, 0x5B, .xF3, .cvttps2dq, .sse2, [.Vx, .Wx], .both)
        add(1, 0xE6, .xF3, .cvtdq2pd, .sse2, [.Vx, .Wh], .both)
        add(1, 0xE6, .xF2, .cvtpd2dq, .sse2, [.Vo, .Wx], .both)
        add(1, 0xE6, .x66, .cvttpd2dq, .sse2, [.Vo, .Wx], .both)
    }

    /// AVX, AVX2 and F16C without a legacy form.
    mutating func addAVX() {
        addVEX(2, 0x0C, .vpermilps, .avx, [.Vx, .Hx, .Wx], .W0)
        addVEX(2, 0x0D, .vpermilpd, .avx, [.Vx, .Hx, .Wx], .W0)
        addVEX(2, 0x0E, .vtestps, .avx, [.Vx, .Wx], .W0)
        addVEX(2, 0x0F, .vtestpd, .avx, [.Vx, .Wx], .W0)
        addVEX(2, 0x13, .vcvtph2ps, .f16c, [.Vx, .Wh], .W0)
        addVEX(3, 0x1D, .vcvtps2ph, .f16c, [.Wh, .Vx, .Ib], .W0)
        addVEX(2, 0x16, .vpermps, .avx2, [.Vx, .Hx, .Wx], .W0L1)
        addVEX(2, 0x36, .vpermd, .avx2, [.Vx, .Hx, .Wx], .W0L1)
        addVEX(3, 0x00, .vpermq, .avx2, [.Vx, .Wx, .Ib], .W1L1)
        addVEX(3, 0x01, .vpermpd, .avx2, [.Vx, .Wx, .Ib], .W1L1)
        for (form, feature) in [(.memory, .avx), (.register, .avx2)] as [(ModRMForm, Feature)] {
            addVEX(2, 0x18, .vbroadcastss, feature, [.Vx, .Wd], .W0, form: form)
            addVEX(2, 0x19, .vbroadcastsd, feature, [.Vx, .Wq], .W0L1, form: form)
        }
        addVEX(2, 0x1A, .vbroadcastf128, .avx, [.Vx, .Wo], .W0L1, form: .memory)
        addVEX(2, 0x5A, .vbroadcasti128, .avx2, [.Vx, .Wo], .W0L1, form: .memory)
        addVEX(2, 0x58, .vpbroadcastd, .avx2, [.Vx, .Wd], .W0)
        addVEX(2, 0x59, .vpbroadcastq, .avx2, [.Vx, .Wq], .W0)
        addVEX(2, 0x78, .vpbroadcastb, .avx2, [.Vx, .Wb], .W0)
        addVEX(2, 0x79, .vpbroadcastw, .avx2, [.Vx, .Ww], .W0)
        let masked: [(UInt8, Operation, Feature, RowWidths)] = [
            (0x2C, .vmaskmovps, .avx, .W0), (0x2D, .vmaskmovpd, .avx, .W0), (0x8C, .vpmaskmovd, .avx2, .W0),
            (0x8C, .vpmaskmovq, .avx2, .W1),
        ]
        for (opcode, operation, feature, widths) in masked {
            addVEX(2, opcode, operation, feature, [.Vx, .Hx, .Wx], widths, form: .memory)
            addVEX(2, opcode + 2, operation, feature, [.Wx, .Hx, .Vx], widths, form: .memory)
        }
        let shifts: [(UInt8, Operation, RowWidths)] = [
            (0x45, .vpsrlvd, .W0), (0x45, .vpsrlvq, .W1), (0x46, .vpsravd, .W0), (0x47, .vpsllvd, .W0),
            (0x47, .vpsllvq, .W1),
        ]
        for (opcode, operation, widths) in shifts { addVEX(2, opcode, operation, .avx2, [.Vx, .Hx, .Wx], widths) }
        addVEX(3, 0x02, .vpblendd, .avx2, [.Vx, .Hx, .Wx, .Ib], .W0)
        addVEX(3, 0x04, .vpermilps, .avx, [.Vx, .Wx, .Ib], .W0)
        addVEX(3, 0x05, .vpermilpd, .avx, [.Vx, .Wx, .Ib], .W0)
        addVEX(3, 0x06, .vperm2f128, .avx, [.Vx, .Hx, .Wx, .Ib], .W0L1)
        addVEX(3, 0x46, .vperm2i128, .avx2, [.Vx, .Hx, .Wx, .Ib], .W0L1)
        addVEX(3, 0x18, .vinsertf128, .avx, [.Vx, .Hx, .Wo, .Ib], .W0L1)
        addVEX(3, 0x38, .vinserti128, .avx2, [.Vx, .Hx, .Wo, .Ib], .W0L1)
        addVEX(3, 0x19, .vextractf128, .avx, [.Wo, .Vx, .Ib], .W0L1)
        addVEX(3, 0x39, .vextracti128, .avx2, [.Wo, .Vx, .Ib], .W0L1)
        addVEX(3, 0x4A, .blendvps, .avx, [.Vx, .Hx, .Wx, .Lx], .W0)
        addVEX(3, 0x4B, .blendvpd, .avx, [.Vx, .Hx, .Wx, .Lx], .W0)
        addVEX(3, 0x4C, .pblendvb, .avx, [.Vx, .Hx, .Wx, .Lx], .W0L0)
        addVEX(3, 0x4C, .pblendvb, .avx2, [.Vx, .Hx, .Wx, .Lx], .W0L1)
    }

    mutating func addGathers() {
        let gathers: [(UInt8, Operation, Operation)] = [
            (0x90, .vpgatherdd, .vpgatherdq), (0x91, .vpgatherqd, .vpgatherqq), (0x92, .vgatherdps, .vgatherdpd),
            (0x93, .vgatherqps, .vgatherqpd),
        ]
        for (opcode, single, double) in gathers {
            // Doublewords at quadword indices fill half of a vector.
            let narrow: [OperandSpec] = opcode & 1 == 0 ? [.Vx, .Md, .Hx] : [.Vo, .Md, .Ho]
            addVEX(2, opcode, single, .avx2, narrow, .W0, form: .memory, .vectorIndex)
            addVEX(2, opcode, double, .avx2, [.Vx, .Mq, .Hx], .W1, form: .memory, .vectorIndex)
        }
    }

    /// FMA: 96-9F, A6-AF, B6-BF.
    mutating func addMultiplyAdd() {
        let groups: [(UInt8, [[Operation]])] = [
            (
                0x90,
                [
                    [.vfmaddsub132ps, .vfmaddsub132pd], [.vfmsubadd132ps, .vfmsubadd132pd],
                    [.vfmadd132ps, .vfmadd132pd], [.vfmadd132ss, .vfmadd132sd], [.vfmsub132ps, .vfmsub132pd],
                    [.vfmsub132ss, .vfmsub132sd], [.vfnmadd132ps, .vfnmadd132pd], [.vfnmadd132ss, .vfnmadd132sd],
                    [.vfnmsub132ps, .vfnmsub132pd], [.vfnmsub132ss, .vfnmsub132sd],
                ]
            ),
            (
                0xA0,
                [
                    [.vfmaddsub213ps, .vfmaddsub213pd], [.vfmsubadd213ps, .vfmsubadd213pd],
                    [.vfmadd213ps, .vfmadd213pd], [.vfmadd213ss, .vfmadd213sd], [.vfmsub213ps, .vfmsub213pd],
                    [.vfmsub213ss, .vfmsub213sd], [.vfnmadd213ps, .vfnmadd213pd], [.vfnmadd213ss, .vfnmadd213sd],
                    [.vfnmsub213ps, .vfnmsub213pd], [.vfnmsub213ss, .vfnmsub213sd],
                ]
            ),
            (
                0xB0,
                [
                    [.vfmaddsub231ps, .vfmaddsub231pd], [.vfmsubadd231ps, .vfmsubadd231pd],
                    [.vfmadd231ps, .vfmadd231pd], [.vfmadd231ss, .vfmadd231sd], [.vfmsub231ps, .vfmsub231pd],
                    [.vfmsub231ss, .vfmsub231sd], [.vfnmadd231ps, .vfnmadd231pd], [.vfnmadd231ss, .vfnmadd231sd],
                    [.vfnmsub231ps, .vfnmsub231pd], [.vfnmsub231ss, .vfnmsub231sd],
                ]
            ),
        ]
        for (base, pairs) in groups {
            for (number, pair) in pairs.enumerated() {
                let opcode = base + 6 + UInt8(truncatingIfNeeded: number)
                let isScalar = number > 2 && number & 1 == 1
                addVEX(2, opcode, pair[0], .fma, isScalar ? [.Vo, .Ho, .Wd] : [.Vx, .Hx, .Wx], .W0)
                addVEX(2, opcode, pair[1], .fma, isScalar ? [.Vo, .Ho, .Wq] : [.Vx, .Hx, .Wx], .W1)
            }
        }
    }
}
