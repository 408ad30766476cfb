extension VirtioChain {
    /// Bytes of the readable part from `offset` on, at most `count`: fewer where it ends before.
    func read(_ offset: UInt64, _ count: Int, _ memory: BusMemory) -> [UInt8] {
        var bytes: [UInt8] = []
        Self.each(readable, offset, count) { bytes += memory.read($0, $1) }
        return bytes
    }

    /// Writes into the writable part from `offset` on; what does not fit is left out. Returns how many bytes fitted.
    @discardableResult
    func write(_ offset: UInt64, _ bytes: [UInt8], _ memory: BusMemory) -> Int {
        var done = 0
        Self.each(writable, offset, bytes.count) { address, count in
            memory.write(address, Array(bytes[done..<done + count]))
            done += count
        }
        return done
    }

    /// Calls with address and length of each stretch that `count` bytes from `offset` on lie in.
    private static func each(_ segments: [VirtioSegment], _ offset: UInt64, _ count: Int, _ body: (UInt64, Int) -> Void)
    {
        var skipped = offset, left = count
        for segment in segments where left > 0 {
            let length = UInt64(segment.count)
            guard skipped < length else {
                skipped -= length
                continue
            }
            let part = Int(min(length - skipped, UInt64(left)))
            body(segment.address &+ skipped, part)
            skipped = 0
            left -= part
        }
    }
}
