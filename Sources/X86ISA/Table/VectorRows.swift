/// Makes rows of MMX, SSE and AVX out of one line each (SDM 2A 2.3, opcode maps of SDM 2D A.3).
struct VectorRows {
    /// What a VEX form makes of L.
    enum Length {
        /// There is no VEX form.
        case noVEX
        /// L is ignored: a scalar.
        case ignored
        /// 128 and 256 bits with AVX.
        case both
        /// 128 bits with AVX, 256 with AVX2.
        case integer
        /// L must be 0.
        case only128
    }

    private(set) var rows: [InstructionRow] = []

    /// The legacy form, without the operand of VEX.vvvv, and the VEX form of one operation.
    mutating func add(
        _ map: UInt8, _ opcode: UInt8, _ prefixes: RowPrefixes, _ operation: Operation, _ feature: Feature,
        _ operands: [OperandSpec], _ length: Length, reg: UInt8? = nil, form: ModRMForm = .any,
        modes: RowModes = .all, legacyWidths: RowWidths = .any, vexFeature: Feature = .avx
    ) {
        // H that VEX adds; in shifts by an immediate it is the destination.
        let isShift = reg != nil && operands.first?.isVVVV == true
        let legacy = isShift ? Array(operands.dropFirst()) : operands.filter { !$0.isVVVV }
        addRow(
            map, opcode, prefixes, operation, feature, legacy, widths: legacyWidths, reg: reg, form: form, modes: modes,
            .noOperandSize)
        let isW = legacyWidths
        switch length {
        case .noVEX: break
        case .ignored, .both:
            addRow(
                map + 4, opcode, prefixes, operation, vexFeature, operands, widths: isW, reg: reg, form: form,
                modes: modes, [.noOperandSize, .vector])
        case .only128:
            addRow(
                map + 4, opcode, prefixes, operation, vexFeature, operands, widths: isW.intersection(.L0), reg: reg,
                form: form, modes: modes, [.noOperandSize, .vector])
        case .integer:
            for (widths, needed) in [(RowWidths.L0, vexFeature), (.L1, Feature.avx2)] {
                addRow(
                    map + 4, opcode, prefixes, operation, needed, operands, widths: isW.intersection(widths), reg: reg,
                    form: form, modes: modes, [.noOperandSize, .vector])
            }
        }
    }

    /// A form that is in VEX alone, with prefix 66.
    mutating func addVEX(
        _ map: UInt8, _ opcode: UInt8, _ operation: Operation, _ feature: Feature, _ operands: [OperandSpec],
        _ widths: RowWidths, form: ModRMForm = .any, _ flags: RowFlags = []
    ) {
        addRow(
            map + 4, opcode, .x66, operation, feature, operands, widths: widths, form: form,
            flags.union([.noOperandSize, .vector]))
    }

    /// One row.
    mutating func addRow(
        _ map: UInt8, _ opcode: UInt8, _ prefixes: RowPrefixes, _ operation: Operation, _ feature: Feature,
        _ operands: [OperandSpec], widths: RowWidths = .any, reg: UInt8? = nil, form: ModRMForm = .any,
        modes: RowModes = .all, _ flags: RowFlags = .noOperandSize
    ) {
        func operand(_ place: Int) -> OperandSpec { place < operands.count ? operands[place] : .none }
        rows.append(
            InstructionRow(
                map: map, opcode...opcode, reg: reg, form: form, modes: modes, prefixes: prefixes, widths: widths,
                feature: feature, operation, operand(0), operand(1), operand(2), operand(3), flags))
    }

    static var all: [InstructionRow] {
        var list = VectorRows()
        list.addIntegers()
        list.addIntegerMoves()
        list.addShifts()
        list.addFloats()
        list.addFloatMoves()
        list.addConversions()
        list.addMap38()
        list.addMap3A()
        list.addAVX()
        list.addGathers()
        list.addMultiplyAdd()
        return list.rows
    }
}
