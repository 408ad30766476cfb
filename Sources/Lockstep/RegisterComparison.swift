import Glibc
import Machine

/// Compares all fields of two CPUFiles where they lie.
struct RegisterComparison {
    struct Difference {
        var field: RegisterField
        var leader: UInt64
        var follower: UInt64
    }

    private let fields: [RegisterField]
    /// The bytes that the fields take, adjacent ones joined: offset and count.
    private let ranges: [(offset: Int, count: Int)]

    /// All fields but the ignored ones, by name.
    init(ignoring ignored: Set<String>) {
        fields = CPUFile.fields.filter { !ignored.contains($0.name) }
        var ranges: [(offset: Int, count: Int)] = []
        for field in fields.sorted(by: { $0.offset < $1.offset }) {
            if let last = ranges.last, last.offset + last.count == field.offset {
                ranges[ranges.count - 1].count += field.width
            } else {
                ranges.append((field.offset, field.width))
            }
        }
        self.ranges = ranges
    }

    /// Whether all fields are the same.
    @inline(__always) func agree(_ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer) -> Bool {
        for range in ranges where memcmp(a + range.offset, b + range.offset, range.count) != 0 { return false }
        return true
    }

    func differences(_ a: UnsafeMutableRawPointer, _ b: UnsafeMutableRawPointer) -> [Difference] {
        let mine = a.load(as: CPUFile.self), other = b.load(as: CPUFile.self)
        return fields.compactMap { field in
            guard memcmp(a + field.offset, b + field.offset, field.width) != 0 else { return nil }
            return Difference(field: field, leader: mine[field], follower: other[field])
        }
    }
}
