import FoundationEssentials

extension E1000 {
    /// RCTL.
    private enum Receive {
        static let enable: UInt32 = 1 << 1
        static let allUnicast: UInt32 = 1 << 3
        static let allMulticast: UInt32 = 1 << 4
        static let broadcast: UInt32 = 1 << 15
        static let largeBuffers: UInt32 = 1 << 25
        /// SECRC: the CRC is taken off.
        static let stripCRC: UInt32 = 1 << 26
    }

    private var receiveCount: UInt32 { self[Register.rdlen] / 16 }

    private var bufferSize: Int {
        let code = Int(self[Register.rctl] >> 16 & 3)
        return (self[Register.rctl] & Receive.largeBuffers != 0 ? 32768 : 2048) >> code
    }

    /// Descriptors that the card owns.
    private var freeDescriptors: UInt32 {
        let count = receiveCount, head = self[Register.rdh], tail = self[Register.rdt]
        guard count > 0, head < count, tail < count else { return 0 }
        return tail >= head ? tail - head : tail + count - head
    }

    /// A frame from outside, without its checksum. It is lost where no driver listens or too many wait.
    public func receive(_ frame: [UInt8]) {
        guard self[Register.rctl] & Receive.enable != 0, EthernetFrame.isPlausible(frame), accepts(frame) else {
            return
        }
        guard current.waiting.count < EthernetFrame.mostWaiting else { return raise(Cause.overrun) }
        // The shortest that the wire carries.
        let padding = [UInt8](repeating: 0, count: max(0, 60 - frame.count))
        current.waiting.append(Data(frame + padding))
        receiveWaiting()
    }

    /// Address filters (SDM 3.2.1).
    private func accepts(_ frame: [UInt8]) -> Bool {
        let control = self[Register.rctl], target = Array(frame[0..<6])
        if target.allSatisfy({ $0 == 0xFF }) { return control & (Receive.broadcast | Receive.allMulticast) != 0 }
        if target[0] & 1 != 0 {
            if control & Receive.allMulticast != 0 { return true }
            let shift = [4, 3, 2, 0][Int(control >> 12 & 3)]
            let hash = (UInt16(target[5]) << 8 | UInt16(target[4])) >> UInt16(shift) & 0xFFF
            if current.multicast[Int(hash >> 5)] >> UInt32(hash & 31) & 1 != 0 { return true }
        } else if control & Receive.allUnicast != 0 {
            return true
        }
        return (0..<16).contains { index in
            let high = current.addresses[index * 2 + 1]
            return high >> 31 != 0 && current.addresses[index * 2] == UInt32(littleEndianBytes: target[0..<4])
                && UInt16(truncatingIfNeeded: high) == UInt16(littleEndianBytes: target[4..<6])
        }
    }

    /// Gives as many frames as there are descriptors for.
    func receiveWaiting() {
        guard self[Register.rctl] & Receive.enable != 0 else { return }
        var causes: UInt32 = 0
        while let frame = current.waiting.first {
            var bytes = Array(frame)
            if self[Register.rctl] & Receive.stripCRC == 0 { bytes += Self.crc(bytes).littleEndianBytes }
            let needed = (bytes.count + bufferSize - 1) / bufferSize
            guard freeDescriptors >= needed else { break }
            place(bytes)
            current.waiting.removeFirst()
            // GPRC, TPR, GORC.
            count([0x74, 0xD0], octets: 0x88, frame.count)
            causes |= Cause.received
            let threshold = receiveCount >> (1 + min(self[Register.rctl] >> 8 & 3, 2))
            if freeDescriptors <= threshold { causes |= Cause.descriptorsLow }
        }
        if causes != 0 { raise(causes) }
    }

    private func place(_ bytes: [UInt8]) {
        let base = UInt64(self[Register.rdbah]) << 32 | UInt64(self[Register.rdbal])
        var done = 0
        while done < bytes.count {
            let head = self[Register.rdh], descriptor = base &+ UInt64(head) * 16
            let count = min(bufferSize, bytes.count - done)
            let address = UInt64(littleEndianBytes: function.readMemory(descriptor, count: 8))
            function.writeMemory(address, Array(bytes[done..<done + count]))
            done += count
            // Length, no checksum, and the status: DD, EOP with the last, and that nothing was checked (IXSM).
            let status: UInt8 = 0x01 | 0x04 | (done == bytes.count ? 0x02 : 0)
            function.writeMemory(descriptor &+ 8, UInt16(count).littleEndianBytes + [0, 0, status, 0, 0, 0])
            self[Register.rdh] = head + 1 >= receiveCount ? 0 : head + 1
        }
    }

    /// The frame check sequence (IEEE 802.3, 3.2.9).
    static func crc(_ bytes: [UInt8]) -> UInt32 {
        var value: UInt32 = .max
        for byte in bytes { value = value >> 8 ^ crcTable[Int(UInt8(truncatingIfNeeded: value) ^ byte)] }
        return ~value
    }

    private static let crcTable: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 != 0 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }
}
