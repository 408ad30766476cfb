import FoundationEssentials
import Machine

/// One function of a PCI device: its configuration space, what its base address registers decode, and its INTx pin
/// (PCI Local Bus Specification 2.2, chapter 6).
///
/// A device holds one, describes itself with `addBase`, `addCapability` and `define`, and gives it to `PCIBus.insert`.
/// Whatever the guest does to configuration space follows from `State`: after a restore the bases lie where it says.
public final class PCIFunction: Device {
    public struct State: Codable, Equatable, Sendable {
        /// 256 bytes.
        public internal(set) var bytes: Data
        /// The device asks for an interrupt, whatever the command register says to it.
        public internal(set) var interrupt = false
    }

    /// What the first bytes of configuration space tell.
    public struct Identity: Sendable {
        public var vendor: UInt16
        public var device: UInt16
        public var revision: UInt8
        /// Base class, sub-class and programming interface, from bit 23 down.
        public var classCode: UInt32
        public var subsystemVendor: UInt16
        public var subsystem: UInt16

        /// QEMU's subsystem, which its guests know, where none is given.
        public init(
            vendor: UInt16, device: UInt16, revision: UInt8 = 0, classCode: UInt32, subsystemVendor: UInt16 = 0x1AF4,
            subsystem: UInt16 = 0x1100
        ) {
            self.vendor = vendor
            self.device = device
            self.revision = revision
            self.classCode = classCode
            self.subsystemVendor = subsystemVendor
            self.subsystem = subsystem
        }
    }

    /// Offsets in configuration space.
    public enum Register {
        public static let command = 0x04
        public static let status = 0x06
        public static let headerType = 0x0E
        public static let bases = 0x10
        public static let expansionROM = 0x30
        public static let capabilities = 0x34
        public static let interruptLine = 0x3C
        public static let interruptPin = 0x3D
        /// Where a device's own registers and capabilities begin.
        public static let deviceSpecific = 0x40
    }

    /// Command register.
    public enum Command {
        public static let ports: UInt16 = 0x001
        public static let memory: UInt16 = 0x002
        public static let busMaster: UInt16 = 0x004
        public static let interruptDisable: UInt16 = 0x400
    }

    /// What a base address register decodes.
    enum Space {
        case ports
        case memory(is64Bit: Bool)
    }

    struct Base {
        /// Offset of the register.
        let offset: Int
        let space: Space
        /// In ports or bytes, a power of two.
        let size: UInt64
        let ports: (any PortHandler)?
        let memory: (any MemoryHandler)?
        /// Offset of a device's own memory, of which the base shows `size` bytes.
        var deviceMemory: UInt64?
        /// Puts it on the bus, or takes it off; `PCIBus` installs it.
        var place: (UInt64?) -> Void = { _ in }
        /// Where it is now.
        var start: UInt64?
    }

    static let size = 256

    public let name: String
    /// These bytes may be others now: after a write by the guest, a reset or a restore. What the device derives from them it
    /// derives here.
    public var changed: (Range<Int>) -> Void = { _ in }
    /// The guest wrote these bytes.
    public var written: (Range<Int>) -> Void = { _ in }
    /// Whether the guest can write a byte now that it can write at other times.
    public var mayWrite: (_ offset: Int) -> Bool = { _ in true }
    /// The guest is about to read these bytes: a device that computes them calls `set`.
    public var willRead: (Range<Int>) -> Void = { _ in }
    /// Level of the INTx pin; `PCIBus` installs it.
    var interruptOutput: Pin = { _ in }
    /// Memory as the device reaches it while it may be bus master; `PCIBus` installs them.
    var busRead: (UInt64, Int) -> [UInt8] = { _, count in [UInt8](repeating: 0xFF, count: max(0, count)) }
    var busWrite: (UInt64, [UInt8]) -> Void = { _, _ in }

    private var current: State
    private var afterReset: [UInt8]
    /// Bits that a write changes, and bits that a written one clears.
    private var writable = [UInt8](repeating: 0, count: size)
    private var clearable = [UInt8](repeating: 0, count: size)
    private(set) var bases: [Base] = []
    private var lastCapability: Int?
    private var freeOffset = Register.deviceSpecific
    private var outputLevel = false

    /// `interruptPin`: 0 none, 1-4 INTA to INTD.
    public init(name: String, _ identity: Identity, interruptPin: UInt8 = 0, isMultifunction: Bool = false) {
        self.name = name
        afterReset = [UInt8](repeating: 0, count: Self.size)
        current = State(bytes: Data(afterReset))
        func put(_ offset: Int, _ value: UInt32, _ width: Int) {
            for index in 0..<width {
                afterReset[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
            }
        }
        put(0x00, UInt32(identity.vendor), 2)
        put(0x02, UInt32(identity.device), 2)
        put(0x08, UInt32(identity.revision), 1)
        put(0x09, identity.classCode, 3)
        put(Register.headerType, isMultifunction ? 0x80 : 0, 1)
        put(0x2C, UInt32(identity.subsystemVendor), 2)
        put(0x2E, UInt32(identity.subsystem), 2)
        put(Register.interruptPin, UInt32(interruptPin & 7), 1)
        // Bits 0-2, 6, 8 and 10: spaces, bus master, parity and SERR# responses, interrupt disable.
        (writable[4], writable[5]) = (0x47, 0x05)
        // Received and signalled aborts and errors.
        clearable[7] = 0xF9
        writable[0x0C] = 0xFF
        writable[0x0D] = 0xFF
        writable[Register.interruptLine] = 0xFF
        current.bytes = Data(afterReset)
    }

    // MARK: What the device is

    /// Registers of the device's own, or others after reset than the usual: bytes and the bits of them that can be written.
    public func define(_ offset: Int, _ bytes: [UInt8], writable bits: [UInt8] = [], clearable clears: [UInt8] = []) {
        for (index, byte) in bytes.enumerated() where offset + index < Self.size {
            afterReset[offset + index] = byte
            writable[offset + index] = index < bits.count ? bits[index] : 0
            clearable[offset + index] = index < clears.count ? clears[index] : 0
        }
        current.bytes = Data(afterReset)
    }

    /// Base address register `index` decodes `count` ports, a power of two from 4 to 256. The handler is given ports counted
    /// from the base.
    public func addBase(_ index: Int, ports count: Int, _ handler: any PortHandler) {
        precondition(count >= 4 && count <= 256 && count.nonzeroBitCount == 1 && index < 6)
        let offset = Register.bases + index * 4
        define(offset, littleEndian(UInt32(1)), writable: littleEndian(~UInt32(truncatingIfNeeded: count - 1)))
        bases.append(Base(offset: offset, space: .ports, size: UInt64(count), ports: handler, memory: nil))
    }

    /// Base address register `index` (and the next one for 64 bits) decodes memory. `size` is in bytes, a power of two, a
    /// page at least.
    public func addBase(
        _ index: Int, memory size: UInt64, is64Bit: Bool = false, isPrefetchable: Bool = false,
        _ handler: any MemoryHandler
    ) {
        precondition(size >= 4096 && size.nonzeroBitCount == 1 && index < (is64Bit ? 5 : 6))
        let offset = Register.bases + index * 4
        let bits: UInt32 = (is64Bit ? 4 : 0) | (isPrefetchable ? 8 : 0)
        let mask = ~(size - 1)
        define(offset, littleEndian(bits), writable: littleEndian(UInt32(truncatingIfNeeded: mask)))
        if is64Bit {
            define(offset + 4, littleEndian(UInt32(0)), writable: littleEndian(UInt32(truncatingIfNeeded: mask >> 32)))
        }
        bases.append(
            Base(offset: offset, space: .memory(is64Bit: is64Bit), size: size, ports: nil, memory: handler))
    }

    /// Base address register `index` shows memory of the machine's devices, from `offset` of it on.
    public func addBase(_ index: Int, deviceMemory offset: UInt64, size: UInt64) {
        precondition(size >= 4096 && size <= 1 << 30 && size.nonzeroBitCount == 1 && index < 6)
        let place = Register.bases + index * 4
        // Prefetchable.
        define(place, littleEndian(UInt32(8)), writable: littleEndian(~UInt32(truncatingIfNeeded: size - 1)))
        bases.append(
            Base(
                offset: place, space: .memory(is64Bit: false), size: size, ports: nil, memory: nil, deviceMemory: offset
            ))
    }

    /// The expansion ROM; `size` as for memory.
    public func addExpansionROM(size: UInt64, _ handler: any MemoryHandler) {
        precondition(size >= 4096 && size <= 16 << 20 && size.nonzeroBitCount == 1)
        let mask = ~UInt32(truncatingIfNeeded: size - 1) | 1
        define(Register.expansionROM, littleEndian(UInt32(0)), writable: littleEndian(mask))
        bases.append(
            Base(
                offset: Register.expansionROM, space: .memory(is64Bit: false), size: size, ports: nil, memory: handler))
    }

    /// Adds a capability to the list, behind those that are there: its identity, the bytes that follow the pointer to the next
    /// one, and which bits of them can be written. Returns where it begins.
    @discardableResult
    public func addCapability(_ identity: UInt8, _ body: [UInt8], writable bits: [UInt8] = [], at place: Int? = nil)
        -> Int
    {
        let offset = place ?? freeOffset
        precondition(offset >= Register.deviceSpecific && offset + 2 + body.count <= Self.size && offset % 4 == 0)
        define(offset, [identity, 0] + body, writable: [0, 0] + bits)
        afterReset[lastCapability.map { $0 + 1 } ?? Register.capabilities] = UInt8(truncatingIfNeeded: offset)
        // Status bit 4: there is a list.
        afterReset[Register.status] |= 0x10
        lastCapability = offset
        freeOffset = max(freeOffset, (offset + 2 + body.count + 3) & ~3)
        current.bytes = Data(afterReset)
        return offset
    }

    // MARK: What the device asks

    public func byte(_ offset: Int) -> UInt8 {
        offset >= 0 && offset < Self.size ? current.bytes[current.bytes.startIndex + offset] : 0xFF
    }

    public func word(_ offset: Int) -> UInt16 { UInt16(byte(offset)) | UInt16(byte(offset + 1)) << 8 }

    public func dword(_ offset: Int) -> UInt32 { UInt32(word(offset)) | UInt32(word(offset + 2)) << 16 }

    /// Bytes as the device itself changes them: no masks, and `changed` is not called.
    public func set(_ offset: Int, _ bytes: [UInt8]) {
        for (index, byte) in bytes.enumerated() where offset >= 0 && offset + index < Self.size {
            current.bytes[current.bytes.startIndex + offset + index] = byte
        }
    }

    public var command: UInt16 { word(Register.command) }
    public var isBusMaster: Bool { command & Command.busMaster != 0 }

    /// Level of the device's interrupt request. It reaches the INTx pin unless the guest has disabled that.
    public func setInterrupt(_ level: Bool) {
        current.interrupt = level
        updateInterrupt()
    }

    /// Reads memory over the bus; all ones while the guest has not made the device bus master, and where there is no memory.
    public func readMemory(_ address: UInt64, count: Int) -> [UInt8] {
        isBusMaster ? busRead(address, count) : [UInt8](repeating: 0xFF, count: max(0, count))
    }

    /// Writes memory over the bus, unless the guest has not made the device bus master.
    public func writeMemory(_ address: UInt64, _ bytes: [UInt8]) {
        if isBusMaster { busWrite(address, bytes) }
    }

    // MARK: The bus

    /// Reads 1, 2 or 4 bytes within a dword.
    func read(_ offset: Int, width: Int) -> UInt32 {
        willRead(offset..<offset + width)
        return (0..<width).reduce(0) { $0 | UInt32(byte(offset + $1)) << UInt32($1 * 8) }
    }

    func write(_ offset: Int, width: Int, value: UInt32) {
        for index in 0..<width where offset + index < Self.size && mayWrite(offset + index) {
            let place = offset + index, new = UInt8(truncatingIfNeeded: value >> UInt32(index * 8)), old = byte(place)
            let kept = old & ~writable[place] & ~(new & clearable[place])
            set(place, [kept | new & writable[place]])
        }
        let range = offset..<offset + width
        derive(range)
        written(range)
    }

    func install(_ index: Int, place: @escaping (UInt64?) -> Void) { bases[index].place = place }

    /// Brings what lies outside of configuration space in line with it.
    private func derive(_ range: Range<Int>) {
        updateInterrupt()
        updateBases()
        changed(range)
    }

    private func updateInterrupt() {
        let status = byte(Register.status)
        // Status bit 3: an interrupt waits.
        set(Register.status, [current.interrupt ? status | 8 : status & ~8])
        let level = current.interrupt && command & Command.interruptDisable == 0
        guard level != outputLevel else { return }
        outputLevel = level
        interruptOutput(level)
    }

    private func updateBases() {
        for index in bases.indices {
            let wanted = address(of: bases[index])
            guard wanted != bases[index].start else { continue }
            bases[index].start = wanted
            bases[index].place(wanted)
        }
    }

    /// Where a base is, nil where it decodes nothing: switched off, at zero, or (as while it is asked for its size) at the end
    /// of its space.
    private func address(of base: Base) -> UInt64? {
        let low = dword(base.offset)
        switch base.space {
        case .ports:
            guard command & Command.ports != 0 else { return nil }
            let start = UInt64(low & ~3)
            return start != 0 && start + base.size <= 0x10000 ? start : nil
        case .memory(let is64Bit):
            guard command & Command.memory != 0 else { return nil }
            if base.offset == Register.expansionROM {
                let start = UInt64(low & ~0x7FF)
                return low & 1 != 0 && start != 0 && start + base.size < 1 << 32 ? start : nil
            }
            let start = UInt64(low & ~15) | (is64Bit ? UInt64(dword(base.offset + 4)) << 32 : 0)
            let (end, overflows) = start.addingReportingOverflow(base.size)
            return start != 0 && !overflows && (is64Bit || end < 1 << 32) ? start : nil
        }
    }

    /// Where base address register `index` is on the bus, nil where it decodes nothing.
    public func place(ofBase index: Int) -> UInt64? {
        bases.first { $0.offset == Register.bases + index * 4 }?.start
    }

    // MARK: Device

    public var state: State {
        get { current }
        set {
            guard newValue.bytes.count == Self.size else { return }
            current.interrupt = newValue.interrupt
            current.bytes = Data(newValue.bytes)
            derive(0..<Self.size)
        }
    }

    /// RST#: the bases decode nothing, and nothing is asked for.
    public func reset() {
        current.bytes = Data(afterReset)
        current.interrupt = false
        derive(0..<Self.size)
    }
}
