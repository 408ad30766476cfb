/// ACPI machine language, as far as our tables need it: each function gives the bytes of one term.
///
/// Source: ACPI specification 5.0, chapter 20 (encoding) and 6.4 (resource descriptors).
enum AML {
    typealias Bytes = [UInt8]

    private enum Opcode {
        static let zero: UInt8 = 0x00
        static let one: UInt8 = 0x01
        static let name: UInt8 = 0x08
        static let byte: UInt8 = 0x0A
        static let word: UInt8 = 0x0B
        static let doubleWord: UInt8 = 0x0C
        static let string: UInt8 = 0x0D
        static let quadWord: UInt8 = 0x0E
        static let scope: UInt8 = 0x10
        static let buffer: UInt8 = 0x11
        static let package: UInt8 = 0x12
        static let method: UInt8 = 0x14
        static let extended: UInt8 = 0x5B
        static let argument0: UInt8 = 0x68
        static let store: UInt8 = 0x70
        static let and: UInt8 = 0x7B
        static let or: UInt8 = 0x7D
        static let createDoubleWordField: UInt8 = 0x8A
        static let ifTrue: UInt8 = 0xA0
        static let returns: UInt8 = 0xA4
    }

    /// After `Opcode.extended`.
    private enum Extended {
        static let region: UInt8 = 0x80
        static let field: UInt8 = 0x81
        static let device: UInt8 = 0x82
    }

    // MARK: Names and data

    /// A path such as `\_SB.PCI0`: segments of up to four characters, filled up with underscores.
    static func path(_ text: String) -> Bytes {
        var rest = Substring(text), bytes: Bytes = []
        while let first = rest.first, first == "\\" || first == "^" {
            bytes += Array(String(first).utf8)
            rest = rest.dropFirst()
        }
        let segments = rest.split(separator: ".").map { Array($0.utf8.prefix(4)) }
        switch segments.count {
        case 0: bytes.append(0)
        case 1: break
        case 2: bytes.append(0x2E)
        default: bytes += [0x2F, UInt8(truncatingIfNeeded: segments.count)]
        }
        for segment in segments { bytes += segment + Bytes(repeating: 0x5F, count: 4 - segment.count) }
        return bytes
    }

    static func integer(_ value: UInt64) -> Bytes {
        switch value {
        case 0: [Opcode.zero]
        case 1: [Opcode.one]
        case ...0xFF: [Opcode.byte, UInt8(value)]
        case ...0xFFFF: [Opcode.word] + little(value, 2)
        case ...0xFFFF_FFFF: [Opcode.doubleWord] + little(value, 4)
        default: [Opcode.quadWord] + little(value, 8)
        }
    }

    static func string(_ text: String) -> Bytes { [Opcode.string] + Array(text.utf8) + [0] }

    /// An EISA identifier such as `PNP0A03`: three letters of five bits and four hexadecimal digits, high byte first.
    static func identifier(_ text: String) -> Bytes {
        let characters = Array(text.utf8)
        guard characters.count == 7, let product = UInt32(text.suffix(4), radix: 16) else { return integer(0) }
        let letters = characters.prefix(3).reduce(UInt32(0)) { $0 << 5 | UInt32($1 &- 0x40) & 31 }
        return [Opcode.doubleWord] + little(UInt64((letters << 16 | product).byteSwapped), 4)
    }

    static func buffer(_ content: Bytes) -> Bytes {
        [Opcode.buffer] + sized(integer(UInt64(content.count)) + content)
    }

    static func package(_ elements: [Bytes]) -> Bytes {
        [Opcode.package] + sized([UInt8(truncatingIfNeeded: elements.count)] + elements.flatMap { $0 })
    }

    static func name(_ path: String, _ value: Bytes) -> Bytes { [Opcode.name] + self.path(path) + value }

    /// PkgLength counts itself (20.2.4).
    private static func sized(_ content: Bytes) -> Bytes { length(content.count, isOfItself: true) + content }

    private static func length(_ count: Int, isOfItself: Bool) -> Bytes {
        for follow in 0...3 {
            let total = count + (isOfItself ? follow + 1 : 0)
            if follow == 0 {
                if total < 64 { return [UInt8(total)] }
            } else if total < 1 << (4 + 8 * follow) {
                let first = UInt8(follow << 6 | total & 15)
                return [first] + little(UInt64(total >> 4), follow)
            }
        }
        preconditionFailure("an AML package of \(count) bytes")
    }

    static func little(_ value: UInt64, _ count: Int) -> Bytes {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) }
    }

    // MARK: Objects

    static func scope(_ path: String, _ terms: Bytes...) -> Bytes {
        [Opcode.scope] + sized(self.path(path) + terms.flatMap { $0 })
    }

    static func device(_ name: String, _ terms: Bytes...) -> Bytes {
        [Opcode.extended, Extended.device] + sized(path(name) + terms.flatMap { $0 })
    }

    static func method(_ name: String, arguments: UInt8 = 0, _ terms: Bytes...) -> Bytes {
        [Opcode.method] + sized(path(name) + [arguments & 7] + terms.flatMap { $0 })
    }

    /// A region of PCI configuration space (space 2) and its fields, each a byte wide.
    static func configurationBytes(_ region: String, at offset: UInt64, _ names: [String]) -> Bytes {
        let byteAccess: UInt8 = 1
        let fields = names.flatMap { path($0) + length(8, isOfItself: false) }
        return [Opcode.extended, Extended.region] + path(region) + [2] + integer(offset)
            + integer(UInt64(names.count)) + [Opcode.extended, Extended.field]
            + sized(path(region) + [byteAccess] + fields)
    }

    // MARK: Code

    static let argument0: Bytes = [Opcode.argument0]

    static func store(_ value: Bytes, in target: Bytes) -> Bytes { [Opcode.store] + value + target }
    static func and(_ a: Bytes, _ b: Bytes, in target: Bytes = [0]) -> Bytes { [Opcode.and] + a + b + target }
    static func or(_ a: Bytes, _ b: Bytes, in target: Bytes = [0]) -> Bytes { [Opcode.or] + a + b + target }
    static func returns(_ value: Bytes) -> Bytes { [Opcode.returns] + value }
    static func ifTrue(_ condition: Bytes, _ terms: Bytes...) -> Bytes {
        [Opcode.ifTrue] + sized(condition + terms.flatMap { $0 })
    }
    static func createDoubleWordField(_ buffer: Bytes, _ offset: UInt64, _ name: String) -> Bytes {
        [Opcode.createDoubleWordField] + buffer + integer(offset) + path(name)
    }

    // MARK: Resources

    static func resources(_ descriptors: Bytes...) -> Bytes {
        // End tag; a checksum of zero is always right.
        buffer(descriptors.flatMap { $0 } + [0x79, 0])
    }

    /// Ports at a fixed place.
    static func ports(_ first: UInt16, _ count: UInt8) -> Bytes {
        [0x47, 1] + little(UInt64(first), 2) + little(UInt64(first), 2) + [1, count]
    }

    /// An edge-triggered, active-high ISA interrupt.
    static func irq(_ number: UInt8) -> Bytes { [0x22] + little(1 << UInt64(number), 2) }

    static func dma(_ channel: UInt8) -> Bytes { [0x2A, 1 << channel, 0] }

    static func fixedMemory(_ start: UInt32, _ size: UInt32) -> Bytes {
        [0x86, 9, 0, 0] + little(UInt64(start), 4) + little(UInt64(size), 4)
    }

    /// Level-triggered, active-high, shared interrupts of the I/O APICs.
    static func interrupts(_ numbers: [UInt32]) -> Bytes {
        let body: Bytes =
            [0x09, UInt8(truncatingIfNeeded: numbers.count)] + numbers.flatMap { little(UInt64($0), 4) }
        return [0x89] + little(UInt64(body.count), 2) + body
    }

    enum AddressSpace: UInt8 {
        case memory = 0
        case ports = 1
        case buses = 2
    }

    /// A range that a bridge hands on, both ends fixed (6.4.3.5).
    static func range(_ space: AddressSpace, _ first: UInt32, _ last: UInt32) -> Bytes {
        let isMemory = space == .memory
        let size = isMemory ? 4 : 2
        // Memory: cacheable is left to the MTRRs, read-write. Ports: the whole range.
        let flags: UInt8 = isMemory ? 0x01 : space == .ports ? 0x03 : 0
        let body =
            [space.rawValue, 0x0C, flags] + little(0, size) + little(UInt64(first), size) + little(UInt64(last), size)
            + little(0, size) + little(UInt64(last) &- UInt64(first) &+ 1, size)
        return [isMemory ? 0x87 : 0x88] + little(UInt64(body.count), 2) + body
    }
}
