/// An opcode of a row of the instruction table, for what makes encodings of all instructions.
package struct EncodingForm: Sendable {
    /// As `Instruction.map`.
    package let map: UInt8
    package let opcode: UInt8
    /// ModRM.reg that it needs.
    package let reg: UInt8?
    /// ModRM.rm that it needs.
    package let rm: UInt8?
    package let hasModRM: Bool
    /// ModRM names memory alone, or registers alone; nil for both.
    package let isMemory: Bool?
    package let isLegacy: Bool
    package let isLong: Bool
    /// Mandatory prefixes, of which it has one; 0 is none. Empty where prefixes keep their own meaning.
    package let mandatory: [UInt8]
    /// W and L with which it is an instruction: bit W + 2 * L.
    package let widths: UInt8
    package let allowsLock: Bool
    package let hasVVVV: Bool
    package let hasVectorIndex: Bool
    package let operation: Operation
    package let feature: Feature

    /// All of them, in the order of the table.
    package static let all: [EncodingForm] = InstructionTable.allRows.flatMap { row in
        (row.first...row.last).map { EncodingForm(row, opcode: $0) }
    }

    init(_ row: InstructionRow, opcode: UInt8) {
        map = row.map
        self.opcode = opcode
        reg = row.reg
        rm = row.rm
        hasModRM = row.flags.contains(.modRM)
        isMemory = row.form == .any ? nil : row.form == .memory
        isLegacy = row.modes.contains(.legacy)
        isLong = row.modes.contains(.long)
        let choices: [(RowPrefixes, UInt8)] = [(.none, 0), (.x66, 0x66), (.xF3, 0xF3), (.xF2, 0xF2)]
        mandatory = row.prefixes == .any ? [] : choices.filter { row.prefixes.contains($0.0) }.map(\.1)
        widths = row.widths.rawValue
        allowsLock = row.flags.contains(.lock)
        hasVVVV = row.flags.contains(.vvvv)
        hasVectorIndex = row.flags.contains(.vectorIndex)
        operation = row.operation
        feature = row.feature
    }
}
