/// The rows and the way from opcode bytes to them.
///
/// Built once at first use, never changed or freed: reading it costs one or two loads and no reference counting.
struct InstructionTable: @unchecked Sendable {
    // SAFETY: the three buffers are written in `init` alone and live as long as the process, so sharing them is safe.
    /// Row 0 stands for "no instruction".
    let rows: UnsafePointer<InstructionRow>
    let rowCount: Int
    /// By code size (0: 16 and 32 bits, 1: 64 bits), map and opcode: an entry.
    ///
    /// The upper two bits of an entry say what the others are: 0 a row number, else the place of a list of entries in `lists`, in
    /// units of 4: `isGroup` of 72, `isPrefixChoice` of 4 by `RowPrefixes.number`, `isWidthChoice` of 4 by `RowWidths.number`.
    let opcodes: UnsafePointer<UInt16>
    /// Groups: memory forms by ModRM.reg, then register forms by ModRM.reg and rm.
    let lists: UnsafePointer<UInt16>
    /// Entries in `lists`.
    let listCount: Int

    static var isGroup: UInt16 { 0x4000 }
    static var isPrefixChoice: UInt16 { 0x8000 }
    static var isWidthChoice: UInt16 { 0xC000 }
    static var kind: UInt16 { 0xC000 }
    static var groupLength: Int { 72 }
    static var mapCount: Int { 8 }

    static var allRows: [InstructionRow] {
        OneByteRows.all + GroupRows.all + TwoByteRows.all + SystemRows.all + X87Rows.all + VectorRows.all
    }

    static let shared = InstructionTable(allRows)

    /// Of rows for one encoding the one with fewer prefixes counts; two that differ in nothing are an error that the
    /// tests look for.
    init(_ list: [InstructionRow]) {
        let rows = UnsafeMutablePointer<InstructionRow>.allocate(capacity: list.count &+ 1)
        rows.initialize(to: InstructionRow(0, .invalid))
        for (number, row) in list.enumerated() {
            (rows + number + 1).initialize(to: row)
        }
        let half = InstructionTable.mapCount &* 256
        let opcodes = UnsafeMutablePointer<UInt16>.allocate(capacity: 2 &* half)
        opcodes.initialize(repeating: 0, count: 2 &* half)
        var numbers: [[UInt16]] = Array(repeating: [], count: half)
        for (number, row) in list.enumerated() {
            for opcode in row.first...row.last {
                numbers[Int(row.map) &* 256 &+ Int(opcode)].append(UInt16(truncatingIfNeeded: number &+ 1))
            }
        }
        var builder = ListBuilder(rows: UnsafePointer(rows))
        for place in 0..<half where !numbers[place].isEmpty {
            let all = numbers[place]
            let isSame = all.allSatisfy { rows[Int($0)].modes == .all }
            opcodes[place] = builder.entry(isSame ? all : all.filter { rows[Int($0)].modes.contains(.legacy) })
            opcodes[half &+ place] =
                isSame ? opcodes[place] : builder.entry(all.filter { rows[Int($0)].modes.contains(.long) })
        }
        let lists = UnsafeMutablePointer<UInt16>.allocate(capacity: builder.lists.count &+ 1)
        lists.initialize(repeating: 0, count: builder.lists.count &+ 1)
        for (place, entry) in builder.lists.enumerated() { lists[place] = entry }
        self.rows = UnsafePointer(rows)
        self.rowCount = list.count &+ 1
        self.opcodes = UnsafePointer(opcodes)
        self.lists = UnsafePointer(lists)
        self.listCount = builder.lists.count
    }

    /// Index into `opcodes`. `map` is below `mapCount`.
    @inline(__always) static func place(long: Bool, map: UInt8, opcode: UInt8) -> Int {
        (long ? 2048 : 0) &+ Int(map & 7) &* 256 &+ Int(opcode)
    }

    /// Index into a group.
    @inline(__always) static func slot(modRM: UInt8) -> Int {
        modRM < 0xC0 ? Int((modRM >> 3) & 7) : 8 &+ Int(modRM & 0x3F)
    }

    /// The entry at `offset` of the list that `entry` names.
    @inline(__always) func entry(_ entry: UInt16, _ offset: Int) -> UInt16 {
        lists[Int(entry & ~InstructionTable.kind) &* 4 &+ offset]
    }
}

/// Makes the lists that tell apart the rows of one opcode.
private struct ListBuilder {
    let rows: UnsafePointer<InstructionRow>
    var lists: [UInt16] = []

    init(rows: UnsafePointer<InstructionRow>) {
        self.rows = rows
        lists.reserveCapacity(40_000)
    }

    private mutating func list(_ count: Int, _ kind: UInt16) -> (start: Int, entry: UInt16) {
        let start = lists.count
        lists.append(contentsOf: repeatElement(0, count: count))
        precondition(start / 4 < Int(InstructionTable.isGroup), "the lists of the instruction table are full")
        return (start, kind | UInt16(truncatingIfNeeded: start / 4))
    }

    /// By prefix, then W and L, then ModRM.
    mutating func entry(_ numbers: [UInt16]) -> UInt16 {
        if numbers.isEmpty { return 0 }
        if numbers.allSatisfy({ rows[Int($0)].prefixes == .any }) { return byWidth(numbers) }
        let (start, entry) = list(4, InstructionTable.isPrefixChoice)
        for bit in 0..<4 {
            let those = numbers.filter { rows[Int($0)].prefixes.rawValue & 1 << UInt8(bit) != 0 }
            lists[start &+ bit] = those.isEmpty ? 0 : byWidth(those)
        }
        return entry
    }

    private mutating func byWidth(_ numbers: [UInt16]) -> UInt16 {
        if numbers.allSatisfy({ rows[Int($0)].widths == .any }) { return byModRM(numbers) }
        let (start, entry) = list(4, InstructionTable.isWidthChoice)
        for bit in 0..<4 {
            let those = numbers.filter { rows[Int($0)].widths.rawValue & 1 << UInt8(bit) != 0 }
            lists[start &+ bit] = those.isEmpty ? 0 : byModRM(those)
        }
        return entry
    }

    private mutating func byModRM(_ numbers: [UInt16]) -> UInt16 {
        if numbers.count == 1, rows[Int(numbers[0])].acceptsAll { return numbers[0] }
        let (start, entry) = list(InstructionTable.groupLength, InstructionTable.isGroup)
        // The rows for the fewest prefixes last: they replace the others.
        for number in numbers.sorted(by: { rows[Int($0)].prefixes.count > rows[Int($1)].prefixes.count }) {
            for slot in 0..<InstructionTable.groupLength {
                let modRM = UInt8(truncatingIfNeeded: slot < 8 ? slot &* 8 : 0xC0 &+ slot &- 8)
                // A memory form with an `rm` restriction would need all 256 bytes; no row has one.
                if rows[Int(number)].accepts(modRM: modRM) { lists[start &+ slot] = number }
            }
        }
        return entry
    }
}

extension RowPrefixes {
    /// How many there are.
    var count: Int { rawValue.nonzeroBitCount }
}
