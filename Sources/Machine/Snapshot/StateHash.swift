/// A fast 128-bit digest for comparing machines; not for security.
public struct StateHash {
    private var a: UInt64 = 0x9E37_79B9_7F4A_7C15
    private var b: UInt64 = 0xC2B2_AE3D_27D4_EB4F

    public init() {}

    public mutating func add(_ value: UInt64) {
        let first = (a ^ value).multipliedFullWidth(by: 0xA076_1D64_78BD_642F)
        let second = (b &+ value).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
        a = first.high ^ first.low ^ (b &<< 1)
        b = second.high &+ second.low ^ a
    }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= bytes.count {
            add(bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset += 8
        }
        var last: UInt64 = 0
        for index in offset..<bytes.count { last = last << 8 | UInt64(bytes[index]) }
        add(last)
        add(UInt64(bytes.count))
    }

    public mutating func add(_ text: String) {
        var copy = text
        copy.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    public mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    /// 32 hexadecimal digits.
    public var text: String { hexadecimal(a, digits: 16) + hexadecimal(b, digits: 16) }

    /// 16 bytes.
    public var bytes: [UInt8] { littleEndian(a) + littleEndian(b) }
}

extension VM {
    /// Digest of all that the guest can see: registers, memory, clock, deadlines, devices, and sectors written over
    /// disk images. Nothing of the host, and not the count of instructions, which no guest of this CPU can read.
    public func stateHash() throws -> String {
        var hash = StateHash()
        let cpu = cpu
        for field in CPUFile.fields { hash.add(cpu[field]) }
        hash.add(memory.a20Mask)
        for word in memory.translations.words { hash.add(word) }
        for offset in memory.usedPages {
            hash.add(offset)
            hash.add(memory.page(at: offset))
        }
        let time = io.events.state
        hash.add(time.now)
        for (name, deadline) in time.deadlines.sorted(by: { $0.key < $1.key }) {
            hash.add(name)
            hash.add(deadline)
        }
        if processors > 1 {
            hash.add(UInt64(io.processor))
            hash.add(schedule.end)
            hash.add(schedule.random)
            for number in 0..<processors where number != io.processor {
                for field in CPUFile.fields { hash.add(parked[number][field]) }
                for word in memory.translationBuffers[number].words { hash.add(word) }
            }
        }
        for pins in io.pins {
            hash.add((pins.interrupt ? 1 : 0) | (pins.nonMaskable ? 2 : 0) | (pins.initialise ? 4 : 0))
            hash.add(pins.startup.map { UInt64($0) + 1 } ?? 0)
        }
        hash.add(random.state)
        for device in io.devices {
            hash.add(device.name)
            let data = try device.encodedState()
            data.withUnsafeBytes { hash.add($0) }
        }
        for disk in disks {
            guard let written = disk.written else { continue }
            hash.add(disk.name)
            for sector in written().sorted(by: { $0.number < $1.number }) {
                hash.add(sector.number)
                hash.add(sector.bytes)
            }
        }
        return hash.text
    }
}
