import FoundationEssentials

extension E1000 {
    /// Where in a frame a checksum is made, and how a large one is cut: what a context descriptor says (SDM 3.3.6).
    public struct Offload: Codable, Equatable, Sendable {
        var ipStart: UInt8 = 0
        var ipOffset: UInt8 = 0
        /// 0 is the end of the frame.
        var ipEnd: UInt16 = 0
        var start: UInt8 = 0
        var offset: UInt8 = 0
        var end: UInt16 = 0
        var headerLength: UInt8 = 0
        var segmentSize: UInt16 = 0
        var isTCP = false
        var isIPv4 = false
    }

    /// The frame that is being put together.
    public struct Transmission: Codable, Equatable, Sendable {
        var offload = Offload()
        var frame = Data()
        var isSegmented = false
        /// POPTS: bit 0 an IP checksum, bit 1 a TCP or UDP one.
        var options: UInt8 = 0
        /// It grew beyond all bounds and is not sent.
        var isDropped = false

        var isSound: Bool { frame.count <= E1000.largestFrame }
    }

    private enum Command {
        static let end: UInt8 = 0x01
        /// IC of a legacy descriptor.
        static let checksum: UInt8 = 0x04
        /// TSE of a data descriptor.
        static let segment: UInt8 = 0x04
        static let reportStatus: UInt8 = 0x08
        static let extended: UInt8 = 0x20
    }

    private enum ContextCommand {
        static let tcp: UInt8 = 0x01
        static let ipv4: UInt8 = 0x02
    }

    /// 64 KiB of payload and its headers.
    static let largestFrame = 65536 + 256
    private static let descriptorsAtOnce = 64
    private static let framesAtOnce = 256
    /// Smaller ones are no MSS of any IP: a frame would become too many.
    private static let smallestSegment = 64

    private var isSending: Bool { self[Register.tctl] & 2 != 0 }

    private var transmitCount: UInt32 { self[Register.tdlen] / 16 }

    var hasToSend: Bool {
        isSending && self[Register.tdh] < transmitCount && self[Register.tdt] < transmitCount
            && self[Register.tdh] != self[Register.tdt]
    }

    /// Works through some descriptors; the bytes that were read for them, nil when there are no more.
    func sendSome() -> Int? {
        var causes: UInt32 = 0, descriptors = 0, frames = 0, bytesRead = 0
        while hasToSend, descriptors < Self.descriptorsAtOnce, frames < Self.framesAtOnce {
            let head = self[Register.tdh]
            let base = UInt64(self[Register.tdbah]) << 32 | UInt64(self[Register.tdbal])
            let place = base &+ UInt64(head) * 16
            let bytes = function.readMemory(place, count: 16)
            frames += take(bytes)
            bytesRead += 16 + Int(UInt16(littleEndianBytes: bytes[8..<10]))
            descriptors += 1
            if bytes[11] & Command.reportStatus != 0 {
                // DD
                function.writeMemory(place &+ 12, [bytes[12] & 0xF0 | 1])
                causes |= Cause.descriptorWritten
            }
            self[Register.tdh] = head + 1 >= transmitCount ? 0 : head + 1
        }
        let isEmpty = !hasToSend
        if isEmpty { causes |= Cause.queueEmpty }
        raise(causes)
        return isEmpty ? nil : bytesRead
    }

    /// Returns how many frames were sent.
    private func take(_ descriptor: [UInt8]) -> Int {
        let command = descriptor[11]
        let address = UInt64(littleEndianBytes: descriptor[0..<8])
        guard command & Command.extended != 0 else {
            append(address, Int(UInt16(littleEndianBytes: descriptor[8..<10])))
            guard command & Command.end != 0 else { return 0 }
            if command & Command.checksum != 0 {
                var frame = Array(current.transmit.frame)
                Self.insertChecksum(&frame, from: Int(descriptor[13]), to: 0, at: Int(descriptor[10]))
                current.transmit.frame = Data(frame)
            }
            return finish()
        }
        guard descriptor[10] >> 4 == 1 else {
            setContext(descriptor)
            return 0
        }
        if current.transmit.frame.isEmpty {
            current.transmit.options = descriptor[13]
            current.transmit.isSegmented = command & Command.segment != 0
        }
        append(address, Int(UInt32(littleEndianBytes: descriptor[8..<11]) & 0xFFFFF))
        return command & Command.end != 0 ? finish() : 0
    }

    private func setContext(_ descriptor: [UInt8]) {
        var offload = Offload()
        offload.ipStart = descriptor[0]
        offload.ipOffset = descriptor[1]
        offload.ipEnd = UInt16(littleEndianBytes: descriptor[2..<4])
        offload.start = descriptor[4]
        offload.offset = descriptor[5]
        offload.end = UInt16(littleEndianBytes: descriptor[6..<8])
        offload.isTCP = descriptor[11] & ContextCommand.tcp != 0
        offload.isIPv4 = descriptor[11] & ContextCommand.ipv4 != 0
        offload.headerLength = descriptor[13]
        offload.segmentSize = UInt16(littleEndianBytes: descriptor[14..<16])
        current.transmit.offload = offload
    }

    private func append(_ address: UInt64, _ count: Int) {
        guard current.transmit.frame.count + count <= Self.largestFrame else {
            current.transmit.isDropped = true
            return
        }
        current.transmit.frame.append(contentsOf: function.readMemory(address, count: count))
    }

    /// The last descriptor of a frame.
    private func finish() -> Int {
        let job = current.transmit
        current.transmit = Transmission()
        current.transmit.offload = job.offload
        guard !job.isDropped else { return 0 }
        let frame = Array(job.frame)
        let parts = job.isSegmented ? Self.segments(of: frame, job.offload) : [frame]
        for part in parts {
            var bytes = part
            if job.options & 1 != 0 {
                Self.insertChecksum(
                    &bytes, from: Int(job.offload.ipStart), to: Int(job.offload.ipEnd), at: Int(job.offload.ipOffset))
            }
            if job.options & 2 != 0 {
                Self.insertChecksum(
                    &bytes, from: Int(job.offload.start), to: Int(job.offload.end), at: Int(job.offload.offset))
            }
            send(bytes)
        }
        return parts.count
    }

    private func send(_ frame: [UInt8]) {
        var frame = frame
        // TCTL.PSP: short frames are filled up.
        if self[Register.tctl] & 8 != 0, frame.count < 60 { frame += [UInt8](repeating: 0, count: 60 - frame.count) }
        guard EthernetFrame.isPlausible(frame) else { return }
        // GPTC, TPT, GOTC.
        count([0x80, 0xD4], octets: 0x90, frame.count)
        transmit(frame)
    }

    /// The one's complement sum of bytes `from`... `to` (0: the end), complemented, into two bytes `at`. What these hold is part
    /// of the sum: there a driver has put the pseudo header's.
    static func insertChecksum(_ bytes: inout [UInt8], from start: Int, to end: Int, at offset: Int) {
        let last = end == 0 ? bytes.count - 1 : min(end, bytes.count - 1)
        guard start <= last, offset + 2 <= bytes.count else { return }
        let sum = ~fold(bytes[start...last])
        bytes[offset] = UInt8(sum >> 8)
        bytes[offset + 1] = UInt8(truncatingIfNeeded: sum)
    }

    private static func fold(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        var sum: UInt32 = 0, isHigh = true
        for byte in bytes {
            sum &+= isHigh ? UInt32(byte) << 8 : UInt32(byte)
            isHigh.toggle()
        }
        while sum > 0xFFFF { sum = sum >> 16 + sum & 0xFFFF }
        return UInt16(sum)
    }

    /// TCP segmentation (SDM 3.5): the headers before each piece, with lengths, identification, sequence number and flags as they
    /// must be.
    static func segments(of frame: [UInt8], _ offload: Offload) -> [[UInt8]] {
        let headers = Int(offload.headerLength), size = Int(offload.segmentSize)
        let ip = Int(offload.ipStart), transport = Int(offload.start)
        guard size >= smallestSegment, headers < frame.count, headers >= ip + 20,
            headers >= transport + (offload.isTCP ? 14 : 8),
            Int(offload.offset) + 2 <= headers
        else { return [] }
        var parts: [[UInt8]] = [], done = headers, number: UInt16 = 0
        while done < frame.count {
            let count = min(size, frame.count - done)
            var part = Array(frame[0..<headers] + frame[done..<done + count])
            func word(_ place: Int) -> UInt16 { UInt16(part[place]) << 8 | UInt16(part[place + 1]) }
            func put(_ place: Int, _ value: UInt16) {
                part[place] = UInt8(value >> 8)
                part[place + 1] = UInt8(truncatingIfNeeded: value)
            }
            if offload.isIPv4 {
                put(ip + 2, UInt16(truncatingIfNeeded: part.count - ip))
                put(ip + 4, word(ip + 4) &+ number)
            } else {
                put(ip + 4, UInt16(truncatingIfNeeded: part.count - ip - 40))
            }
            if offload.isTCP {
                let sequence =
                    (UInt32(word(transport + 4)) << 16 | UInt32(word(transport + 6))) &+ UInt32(done - headers)
                put(transport + 4, UInt16(sequence >> 16))
                put(transport + 6, UInt16(truncatingIfNeeded: sequence))
                // FIN and PSH are the last one's.
                if done + count < frame.count { part[transport + 13] &= ~0x09 }
            } else {
                put(transport + 4, UInt16(truncatingIfNeeded: part.count - transport))
            }
            // The driver's sum of the pseudo header lacks the length.
            let sum = UInt32(word(Int(offload.offset))) + UInt32(part.count - transport)
            put(Int(offload.offset), UInt16(truncatingIfNeeded: sum & 0xFFFF + sum >> 16))
            parts.append(part)
            done += count
            number &+= 1
        }
        return parts
    }
}
