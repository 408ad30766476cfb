/// What the host bridge does with a page between C0000h and FFFFFh: accesses that it does not take for RAM go to the bus,
/// where ROMs answer (82441FX data sheet, 3.2.18, Programmable Attribute Map).
public struct Shadowing: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let reads = Shadowing(rawValue: 1)
    public static let writes = Shadowing(rawValue: 2)

    static var start: UInt64 { 0xC0000 }
    static var size: UInt64 { 0x40000 }
}

extension vMEM {
    /// Sets it for whole pages within C0000h-FFFFFh; what lies outside is left alone. From the first call on RAM is seen
    /// there only where it is asked for.
    public func setShadowing(_ range: Range<UInt64>, _ shadowing: Shadowing) {
        var isNew = false
        if shadows.isEmpty {
            shadows = [UInt8](repeating: 0, count: Int(Shadowing.size / Self.pageSize))
            isNew = true
        }
        let wanted = range.clamped(to: Shadowing.start..<Shadowing.start + Shadowing.size)
        for page in stride(from: wanted.lowerBound, to: wanted.upperBound, by: Int(Self.pageSize)) {
            let index = Int((page - Shadowing.start) / Self.pageSize)
            guard shadows[index] != shadowing.rawValue else { continue }
            shadows[index] = shadowing.rawValue
            isNew = true
        }
        guard isNew else { return }
        changed()
        observer?.shadowingChanged(wanted, shadowing)
    }

    /// Nil where memory is just what the map says.
    @inline(__always) func shadowing(of page: UInt64) -> Shadowing? {
        guard page &- Shadowing.start < Shadowing.size, !shadows.isEmpty else { return nil }
        return Shadowing(rawValue: shadows[Int(truncatingIfNeeded: (page &- Shadowing.start) >> 12)])
    }

    /// Some of these addresses are not plain RAM because of the host bridge.
    func overlapsShadows(_ range: Range<UInt64>) -> Bool {
        guard !shadows.isEmpty, range.overlaps(Shadowing.start..<Shadowing.start + Shadowing.size) else { return false }
        let part = range.clamped(to: Shadowing.start..<Shadowing.start + Shadowing.size)
        let first = Int((part.lowerBound - Shadowing.start) >> 12),
            last = Int((part.upperBound - 1 - Shadowing.start) >> 12)
        return shadows[first...last].contains { $0 != ([.reads, .writes] as Shadowing).rawValue }
    }

    /// The spans with those between C0000h and FFFFFh as the host bridge has them.
    func spansWithShadows(over spans: [PlainSpan]) -> [PlainSpan] {
        let first = Shadowing.start, end = Shadowing.start + Shadowing.size
        var list: [PlainSpan] = []
        for span in spans {
            let spanEnd = span.start + span.size
            for part in [
                span.start..<min(max(first, span.start), spanEnd), max(min(end, spanEnd), span.start)..<spanEnd,
            ]
            where !part.isEmpty {
                list.append(
                    PlainSpan(
                        start: part.lowerBound, size: part.upperBound - part.lowerBound,
                        host: span.host + Int(part.lowerBound - span.start), isReadOnly: span.isReadOnly))
            }
        }
        for page in stride(from: first, to: end, by: Int(Self.pageSize)) {
            switch target(of: page) {
            case .ram(let host): Self.add(page, host, isReadOnly: false, to: &list)
            case .rom(let host): Self.add(page, host, isReadOnly: true, to: &list)
            case .mmio, .nothing: break
            }
        }
        return list
    }

    /// One page more, joined with the last span where that goes on.
    static func add(
        _ page: UInt64, _ host: UnsafeMutableRawPointer, isReadOnly: Bool, to list: inout [PlainSpan]
    ) {
        if let last = list.last, last.start + last.size == page, last.host + Int(last.size) == host,
            last.isReadOnly == isReadOnly, last.start >= Shadowing.start
        {
            list[list.count - 1] = PlainSpan(
                start: last.start, size: last.size + pageSize, host: last.host, isReadOnly: isReadOnly)
        } else {
            list.append(PlainSpan(start: page, size: pageSize, host: host, isReadOnly: isReadOnly))
        }
    }
}
