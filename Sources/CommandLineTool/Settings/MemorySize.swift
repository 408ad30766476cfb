/// `-m` as QEMU reads it: a number of MiB, or with a suffix K, M, G or T.
enum MemorySize {
    /// Bytes, or nil where the text is no size of 1 MiB to 512 GiB in whole 4 KiB pages.
    static func parse(_ text: String) -> UInt64? {
        let value = text.hasPrefix("size=") ? String(text.dropFirst(5)) : text
        guard let last = value.last else { return nil }
        let shifts: [Character: UInt64] = ["k": 10, "m": 20, "g": 30, "t": 40]
        let shift = shifts[Character(last.lowercased())]
        let digits = shift == nil ? Substring(value) : value.dropLast()
        guard let number = UInt64(digits) else { return nil }
        let (bytes, overflows) = number.multipliedReportingOverflow(by: 1 << (shift ?? 20))
        guard !overflows, bytes >= 1 << 20, bytes <= 512 << 30, bytes % 4096 == 0 else { return nil }
        return bytes
    }
}
