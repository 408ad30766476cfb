import Machine

/// QEMU's `pci-testdev` (docs/specs/pci-testdev): base 0 is memory, base 1 ports, and both count the writes that a test
/// says it will make.
///
/// A base begins with a header: test number (a write starts that test), width of its access, two bytes of nothing, offset,
/// data, count, name. A test that is not there has a width of zero.
public final class PCITestDevice: Device, PortHandler, MemoryHandler {
    public struct State: Codable, Equatable, Sendable {
        /// The test that runs, 0-2 of base 0 and 3-5 of base 1.
        public internal(set) var test: Int?
        /// Writes that were seen of each.
        public internal(set) var counts = [UInt32](repeating: 0, count: 6)
    }

    private static let names = ["no-eventfd", "wildcard-eventfd", "datamatch-eventfd"]
    private static let memorySize = 4096
    private static let portCount = 256

    public let name: String
    public let function: PCIFunction
    private var current = State()

    public init(name: String = "pci-testdev") {
        self.name = name
        function = PCIFunction(name: "\(name).pci", .init(vendor: 0x1B36, device: 0x0005, classCode: 0x00FF00))
        function.addBase(0, memory: UInt64(Self.memorySize), self)
        function.addBase(1, ports: Self.portCount, self)
    }

    public var state: State {
        get { current }
        set {
            guard newValue.counts.count == 6, newValue.test.map((0..<6).contains) ?? true else { return }
            current = newValue
        }
    }

    public func reset() { current = State() }

    /// Where the test's byte goes: in the upper half of its base.
    private func place(_ test: Int) -> Int { (test < 3 ? Self.memorySize : Self.portCount) / 2 + test }

    /// A wildcard takes any data.
    private func data(_ test: Int) -> UInt32 { test % 3 == 1 ? 0xCE : 0xFA }

    private func read(_ offset: Int, _ width: Int) -> UInt32 {
        guard let test = current.test else { return 0 }
        var header: [UInt8] = [0, 1, 0, 0] + littleEndian(UInt32(place(test))) + littleEndian(data(test))
        header += littleEndian(current.counts[test])
        header += Array(((test < 3 ? "mmio-" : "portio-") + Self.names[test % 3]).utf8) + [0]
        return (0..<width).reduce(0) {
            $0 | (offset + $1 < header.count ? UInt32(header[offset + $1]) << UInt32($1 * 8) : 0)
        }
    }

    private func write(_ offset: Int, _ width: Int, _ value: UInt32, first: Int) {
        let byte = UInt8(truncatingIfNeeded: value)
        if offset == 0 {
            current = State()
            if byte < 3 { current.test = first + Int(byte) }
            return
        }
        guard let test = current.test, offset == place(test) else { return }
        let matches = width == 1 && UInt32(byte) == data(test)
        if test % 3 == 1 || matches { current.counts[test] &+= 1 }
    }

    public func read(port: Port, width: Int) -> UInt32 { read(Int(port.rawValue), width) }

    public func write(port: Port, width: Int, value: UInt32) { write(Int(port.rawValue), width, value, first: 3) }

    public func read(offset: UInt64, width: Int) -> UInt64 {
        let place = Int(truncatingIfNeeded: offset & UInt64(Self.memorySize - 1))
        let low = UInt64(read(place, min(width, 4)))
        return width == 8 ? low | UInt64(read(place + 4, 4)) << 32 : low
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        write(
            Int(truncatingIfNeeded: offset & UInt64(Self.memorySize - 1)), width, UInt32(truncatingIfNeeded: value),
            first: 0)
    }
}
