import FoundationEssentials
import Machine

/// QEMU's firmware configuration device, fw_cfg: items of bytes that firmware and kernels select by a key, and files, which
/// are items with a name in a directory. Ports 510h-511h, and 514h-51Bh for DMA.
///
/// Source: QEMU, docs/specs/fw_cfg.rst. Keys of QEMU's that the document leaves out are in `Key`.
public final class FirmwareConfig: Device, PortHandler {
    public struct State: Codable, Equatable, Sendable {
        /// The key that was written last; `Key.invalid` when it lies beyond all items.
        public internal(set) var selected = Key.signature
        /// Place in the selected item of the byte that comes next.
        public internal(set) var offset: UInt64 = 0
        /// Bits 63-32 of the address for the next DMA; using it clears it.
        public internal(set) var addressHigh: UInt32 = 0
        /// Content of files that the guest has written, and of those that were made when it selected them.
        public internal(set) var changed: [String: Data] = [:]
        /// Of all that the board put in: a state is taken by a machine with the same items only.
        public internal(set) var digest: String
    }

    public enum Port510 {
        /// A word written selects an item. A byte read here is the same as one at 511h.
        public static let selector: UInt16 = 0x510
        /// Each byte read is the next one of the item, zero beyond its end. Writes do nothing since QEMU 2.4.
        public static let data: UInt16 = 0x511
        /// Big-endian: bits 63-32 of the address of a `FirmwareConfigAccess`, then bits 31-0 at 518h, which starts it.
        public static let dma: UInt16 = 0x514

        public static let registers: ClosedRange<UInt16> = 0x510...0x511
        public static let dmaRegisters: ClosedRange<UInt16> = 0x514...0x51B
    }

    /// Keys of items without a name. Numbers are little-endian.
    public enum Key {
        /// "QEMU"
        public static let signature: UInt16 = 0x00
        /// 32 bits: bit 0 the traditional interface, bit 1 DMA.
        public static let id: UInt16 = 0x01
        public static let uuid: UInt16 = 0x02
        /// 64 bits.
        public static let ramSize: UInt16 = 0x03
        /// 16 bits: not zero when there is no screen.
        public static let noGraphic: UInt16 = 0x04
        /// 16 bits.
        public static let cpuCount: UInt16 = 0x05
        public static let machineID: UInt16 = 0x06
        /// 32 bits, as all kernel and initrd addresses, sizes and entries.
        public static let kernelAddress: UInt16 = 0x07
        public static let kernelSize: UInt16 = 0x08
        public static let kernelCommandLine: UInt16 = 0x09
        public static let initrdAddress: UInt16 = 0x0A
        public static let initrdSize: UInt16 = 0x0B
        /// 16 bits: the letter.
        public static let bootDevice: UInt16 = 0x0C
        /// 64 bits each: nodes, and more if there are any.
        public static let numa: UInt16 = 0x0D
        /// 16 bits: 1 to show a boot menu.
        public static let bootMenu: UInt16 = 0x0E
        /// 16 bits: one more than the highest APIC ID.
        public static let maximumCPUCount: UInt16 = 0x0F
        public static let kernelEntry: UInt16 = 0x10
        public static let kernelData: UInt16 = 0x11
        public static let initrdData: UInt16 = 0x12
        public static let commandLineAddress: UInt16 = 0x13
        public static let commandLineSize: UInt16 = 0x14
        public static let commandLineData: UInt16 = 0x15
        public static let setupAddress: UInt16 = 0x16
        public static let setupSize: UInt16 = 0x17
        public static let setupData: UInt16 = 0x18
        public static let directory: UInt16 = 0x19
        public static let firstFile: UInt16 = 0x20
        /// Keys of one architecture: these are the PC's.
        public static let architecture: UInt16 = 0x8000
        /// 32 bits: 1 says that ISA IRQ 0 arrives at input 2 of the IO APIC.
        public static let irq0Override: UInt16 = 0x8002
        /// What the selector holds after a key that no item can have.
        public static let invalid: UInt16 = 0xFFFF

        /// Bit 14 once asked for writing through the data port; bit 15 is `architecture`.
        static let numberMask: UInt16 = 0x3FFF
        static let knownMask: UInt16 = 0xBFFF
    }

    /// A named item.
    struct File {
        var bytes: [UInt8]
        var isWritable = false
        /// Makes the content when the guest selects the file for the first time after a reset; `bytes` is all zeros then.
        var make: (() -> [UInt8])?
        var written: ([UInt8]) -> Void = { _ in }
    }

    /// Bytes of a name in the directory, its closing zero included.
    static let nameSize = 56
    /// Items with a number below `Key.firstFile` and as many files as 14 bits have room for.
    static let mostFiles = Int(Key.numberMask - Key.firstFile)

    public let name: String
    /// DMA reads guest memory: physical address, length. Nil where there is none.
    public var readMemory: (UInt64, Int) -> [UInt8]? = { _, _ in nil }
    /// DMA writes guest memory: physical address, bytes. False where there is none.
    public var writeMemory: (UInt64, [UInt8]) -> Bool = { _, _ in false }

    private var items: [UInt16: [UInt8]] = [:]
    private var files: [String: File] = [:]
    /// File names by key, from `Key.firstFile` on: sorted, as QEMU has them.
    private var names: [String] = []
    private var digests: [String: [UInt8]] = [:]
    /// Item 19h; made when files are added, since the guest reads it a byte at a time.
    private var directory: [UInt8] = [0, 0, 0, 0]
    var current = State(digest: "")

    public init(name: String = "fwcfg") {
        self.name = name
        set(Key.signature, Array("QEMU".utf8))
        set(Key.id, UInt32(3))
    }

    // MARK: What the board puts in

    /// Sets an item that has a number.
    public func set(_ key: UInt16, _ bytes: [UInt8]) {
        items[key & Key.knownMask] = bytes
        note(bytes, as: "\(key)")
    }

    public func set<T: FixedWidthInteger>(_ key: UInt16, _ value: T) {
        set(key, withUnsafeBytes(of: value.littleEndian) { Array($0) })
    }

    /// Adds a file or replaces the one of that name. False when the name is too long or empty or there are too many.
    ///
    /// What the guest writes into a writable file is handed to `written` as the file's whole content.
    @discardableResult
    public func addFile(
        _ name: String, _ bytes: [UInt8], isWritable: Bool = false, written: @escaping ([UInt8]) -> Void = { _ in }
    ) -> Bool {
        note(bytes, as: "file " + name)
        return add(name, File(bytes: bytes, isWritable: isWritable, written: written))
    }

    /// Adds a file of `size` bytes whose content depends on what firmware has set up before it reads it: `make` is called
    /// when the guest selects it for the first time after a reset. What it gives is cut, or filled up with zeros.
    @discardableResult
    public func addFile(_ name: String, size: Int, make: @escaping () -> [UInt8]) -> Bool {
        note([], as: "made file \(name) \(size)")
        return add(name, File(bytes: [UInt8](repeating: 0, count: size), make: make))
    }

    public func removeFile(_ name: String) {
        files[name] = nil
        names.removeAll { $0 == name }
        makeDirectory()
        digests = digests.filter { $0.key != "file " + name && !$0.key.hasPrefix("made file \(name) ") }
        current.digest = digest()
    }

    /// All file names, and a file's content as the guest would read it.
    public var fileNames: [String] { names }
    public func content(of name: String) -> [UInt8]? {
        current.changed[name].map { Array($0) } ?? files[name]?.bytes
    }
    public func content(of key: UInt16) -> [UInt8]? { key == Key.directory ? directory : items[key] }

    private func add(_ name: String, _ file: File) -> Bool {
        guard !name.isEmpty, name.utf8.count < Self.nameSize, !name.utf8.contains(0),
            files[name] != nil || files.count < Self.mostFiles
        else { return false }
        files[name] = file
        // Swift compares by characters; for the ASCII of file names that is QEMU's order.
        names = files.keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        makeDirectory()
        return true
    }

    private func note(_ bytes: [UInt8], as key: String) {
        var hash = StateHash()
        hash.add(bytes)
        digests[key] = hash.bytes
        current.digest = digest()
    }

    private func digest() -> String {
        var hash = StateHash()
        for (key, bytes) in digests.sorted(by: { $0.key < $1.key }) {
            hash.add(key)
            hash.add(bytes)
        }
        return hash.text
    }

    // MARK: State

    public var state: State {
        get { current }
        set {
            guard newValue.digest == current.digest,
                newValue.changed.allSatisfy({ name, data in
                    guard let file = files[name] else { return false }
                    return (file.isWritable || file.make != nil) && file.bytes.count == data.count
                })
            else { return }
            current = newValue
        }
    }

    public func reset() { current = State(digest: current.digest) }

    // MARK: The items as the guest sees them

    /// Makes item 19h: how many files there are, and of each size, key, a reserved word and name. Big-endian.
    private func makeDirectory() {
        var bytes = bigEndian(UInt32(truncatingIfNeeded: names.count))
        for (index, name) in names.enumerated() {
            bytes += bigEndian(UInt32(truncatingIfNeeded: files[name]?.bytes.count ?? 0))
            bytes += bigEndian(Key.firstFile &+ UInt16(truncatingIfNeeded: index))
            bytes += [0, 0] + Array(name.utf8)
            bytes += [UInt8](repeating: 0, count: Self.nameSize - name.utf8.count)
        }
        directory = bytes
    }

    /// Writes the selector.
    func select(_ key: UInt16) {
        current.offset = 0
        let number = Int(key & Key.numberMask)
        guard number < Int(Key.firstFile) + max(names.count, 0x20) else {
            current.selected = Key.invalid
            return
        }
        current.selected = key & Key.knownMask
        if let name = selectedFile, let file = files[name], let make = file.make, current.changed[name] == nil {
            let made = make().prefix(file.bytes.count)
            current.changed[name] = Data(made + [UInt8](repeating: 0, count: file.bytes.count - made.count))
        }
    }

    private var selectedFile: String? {
        let index = Int(current.selected) - Int(Key.firstFile)
        return names.indices.contains(index) ? names[index] : nil
    }

    /// Up to `limit` bytes from the present place on; empty beyond the item's end.
    func rest(limit: UInt64) -> [UInt8] {
        func piece<C: RandomAccessCollection<UInt8>>(_ bytes: C) -> [UInt8] {
            guard current.offset < UInt64(bytes.count) else { return [] }
            return Array(bytes.dropFirst(Int(current.offset)).prefix(Int(clamping: limit)))
        }
        if let name = selectedFile {
            if let data = current.changed[name] { return piece(data) }
            return piece(files[name]?.bytes ?? [])
        }
        if current.selected == Key.directory { return piece(directory) }
        return piece(items[current.selected] ?? [])
    }

    /// Bytes of the selected item.
    var selectedSize: UInt64 {
        if let name = selectedFile { return UInt64(files[name]?.bytes.count ?? 0) }
        if current.selected == Key.directory { return UInt64(directory.count) }
        return UInt64(items[current.selected]?.count ?? 0)
    }

    /// Writes into the selected file at the present place. False when it takes no writes or not so many bytes.
    func overwrite(with bytes: [UInt8]) -> Bool {
        guard let name = selectedFile, let file = files[name], file.isWritable,
            UInt64(bytes.count) <= selectedSize - min(current.offset, selectedSize)
        else { return false }
        var content = current.changed[name].map { Array($0) } ?? file.bytes
        let start = Int(current.offset)
        content.replaceSubrange(start..<start + bytes.count, with: bytes)
        current.changed[name] = Data(content)
        file.written(content)
        return true
    }

    // MARK: Ports

    public func read(port: Port, width: Int) -> UInt32 {
        if Port510.dmaRegisters.contains(port.rawValue) {
            return dmaSignature(at: Int(port.rawValue - Port510.dma), width: width)
        }
        // A word cannot be read here; QEMU gives zero.
        guard width == 1 else { return 0 }
        let byte = rest(limit: 1).first
        if byte != nil { current.offset &+= 1 }
        return UInt32(byte ?? 0)
    }

    public func write(port: Port, width: Int, value: UInt32) {
        switch (port.rawValue, width) {
        case (Port510.selector, 2): select(UInt16(truncatingIfNeeded: value))
        case (Port510.dma, 4): current.addressHigh = value.byteSwapped
        case (Port510.dma + 4, 4):
            let address = UInt64(current.addressHigh) << 32 | UInt64(value.byteSwapped)
            current.addressHigh = 0
            transfer(at: address)
        default: break
        }
    }
}
