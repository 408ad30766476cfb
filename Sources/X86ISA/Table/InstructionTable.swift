/// The rows and the way from opcode bytes to them.
///
/// Built once at first use, never changed or freed: reading it costs one or two loads and no reference counting.
struct InstructionTable: @unchecked Sendable {
    // SAFETY: the three buffers are written in `init` alone and live as long as the process, so sharing them is safe.
    /// Row 0 stands for "no instruction".
    let rows: UnsafePointer<InstructionRow>
    let rowCount: Int
    /// By code size (0: 16 and 32 bits, 1: 64 bits), map and opcode: a row number, or `isGroup` and the start of a group.
    let opcodes: UnsafePointer<UInt16>
    /// Groups of 72 row numbers: memory forms by ModRM.reg, then register forms by ModRM.reg and rm.
    let groups: UnsafePointer<UInt16>

    static var isGroup: UInt16 { 0x8000 }
    static var groupLength: Int { 72 }
    static var mapCount: Int { 4 }

    static let shared = InstructionTable(OneByteRows.all + GroupRows.all + TwoByteRows.all + X87Rows.all)

    /// Of two rows for one encoding the later one counts; the tests see to it that there are none.
    init(_ list: [InstructionRow]) {
        let rows = UnsafeMutablePointer<InstructionRow>.allocate(capacity: list.count &+ 1)
        rows.initialize(to: InstructionRow(0, .invalid))
        for (number, row) in list.enumerated() {
            (rows + number + 1).initialize(to: row)
        }
        let opcodeCount = 2 &* InstructionTable.mapCount &* 256
        let opcodes = UnsafeMutablePointer<UInt16>.allocate(capacity: opcodeCount)
        opcodes.initialize(repeating: 0, count: opcodeCount)
        var groups: [UInt16] = []
        groups.reserveCapacity(64 &* InstructionTable.groupLength)
        for (number, row) in list.enumerated() {
            let rowNumber = UInt16(truncatingIfNeeded: number &+ 1)
            for mode in 0...1 where row.modes.contains(mode == 0 ? .legacy : .long) {
                for opcode in row.first...row.last {
                    let place = InstructionTable.place(long: mode == 1, map: row.map, opcode: opcode)
                    let isWhole = row.reg == nil && row.rm == nil && row.form == .any
                    if isWhole {
                        opcodes[place] = rowNumber
                        continue
                    }
                    if opcodes[place] & InstructionTable.isGroup == 0 {
                        opcodes[place] = InstructionTable.isGroup | UInt16(truncatingIfNeeded: groups.count)
                        groups.append(contentsOf: repeatElement(0, count: InstructionTable.groupLength))
                    }
                    let start = Int(opcodes[place] & ~InstructionTable.isGroup)
                    for slot in 0..<InstructionTable.groupLength {
                        let modRM = UInt8(truncatingIfNeeded: slot < 8 ? slot &* 8 : 0xC0 &+ slot &- 8)
                        // A memory form with an `rm` restriction would need all 256 bytes; no row has one.
                        if row.accepts(modRM: modRM) { groups[start &+ slot] = rowNumber }
                    }
                }
            }
        }
        let groupStorage = UnsafeMutablePointer<UInt16>.allocate(capacity: groups.count &+ 1)
        groupStorage.initialize(repeating: 0, count: groups.count &+ 1)
        for (place, rowNumber) in groups.enumerated() { groupStorage[place] = rowNumber }
        self.rows = UnsafePointer(rows)
        self.rowCount = list.count &+ 1
        self.opcodes = UnsafePointer(opcodes)
        self.groups = UnsafePointer(groupStorage)
    }

    /// Index into `opcodes`. `map` is below `mapCount`.
    @inline(__always) static func place(long: Bool, map: UInt8, opcode: UInt8) -> Int {
        (long ? 1024 : 0) &+ Int(map & 3) &* 256 &+ Int(opcode)
    }

    /// Index into a group.
    @inline(__always) static func slot(modRM: UInt8) -> Int {
        modRM < 0xC0 ? Int((modRM >> 3) & 7) : 8 &+ Int(modRM & 0x3F)
    }
}
