/// Numbers in a file, little-endian, with every access checked against its end.
struct ByteView {
    let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    /// Nil when the file ends before the number does.
    func number<T: FixedWidthInteger & UnsignedInteger>(_ offset: Int, as type: T.Type) -> T? {
        let size = T.bitWidth / 8
        guard offset >= 0, bytes.count >= size, offset <= bytes.count - size else { return nil }
        return (0..<size).reduce(0) { $0 | T(bytes[offset + $1]) << T($1 * 8) }
    }

    func byte(_ offset: Int) -> UInt8? { number(offset, as: UInt8.self) }
    func word(_ offset: Int) -> UInt16? { number(offset, as: UInt16.self) }
    func dword(_ offset: Int) -> UInt32? { number(offset, as: UInt32.self) }
    func qword(_ offset: Int) -> UInt64? { number(offset, as: UInt64.self) }
}

extension Array where Element == UInt8 {
    /// Puts a number in place, little-endian. The caller has made the room.
    mutating func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        for index in 0..<T.bitWidth / 8 { self[offset + index] = UInt8(truncatingIfNeeded: value >> T(index * 8)) }
    }
}
