import Machine

/// A kernel file, understood: which boot protocol it wants, what goes where, and the names of its symbols.
public struct KernelImage: Sendable {
    public enum Kind: Sendable {
        case multiboot1(Multiboot1Header)
        case multiboot2(Multiboot2Header)
        case linux(LinuxHeader)
        /// The 32-bit entry point that a note of Xen's names.
        case pvh
        /// None: the entry point of the ELF header, in 32-bit protected mode or in 64-bit mode.
        case plain(is64Bit: Bool)
    }

    /// Bytes of the file that go to a physical address; the rest of `size` is zeros.
    public struct Segment: Equatable, Sendable {
        public let offset: Int
        public let fileSize: Int
        public let address: UInt64
        public let size: UInt64

        public init(offset: Int, fileSize: Int, address: UInt64, size: UInt64) {
            self.offset = offset
            self.fileSize = fileSize
            self.address = address
            self.size = size
        }

        var end: UInt64 { address + size }
    }

    public let bytes: [UInt8]
    public let kind: Kind
    /// Empty for Linux, whose parts are in its header.
    public let segments: [Segment]
    /// Physical.
    public let entry: UInt64
    public let symbols: SymbolTable

    /// Words for a user.
    public var name: String {
        switch kind {
        case .multiboot1: "Multiboot"
        case .multiboot2: "Multiboot 2"
        case .linux(let header): "Linux boot protocol \(header.version >> 8).\(header.version & 0xFF)"
        case .pvh: "PVH"
        case .plain(let is64Bit): is64Bit ? "ELF, 64-bit" : "ELF, 32-bit"
        }
    }

    /// `-initrd` is a list of modules, each with words of its own.
    public var takesModules: Bool {
        switch kind {
        case .multiboot1, .multiboot2: true
        case .linux, .pvh, .plain: false
        }
    }

    /// Tries the formats in the order in which they are documented.
    public init(_ bytes: [UInt8]) throws(KernelError) {
        self.bytes = bytes
        let view = ByteView(bytes)
        if let header = try Multiboot1Header(view) {
            kind = .multiboot1(header)
            (segments, entry, symbols) = try Self.multiboot(
                bytes, addresses: header.addresses, entry: header.addresses?.entry.map(UInt64.init))
        } else if let header = try Multiboot2Header(view) {
            kind = .multiboot2(header)
            (segments, entry, symbols) = try Self.multiboot(
                bytes, addresses: header.addresses, entry: header.entry.map(UInt64.init))
        } else if let header = try LinuxHeader(view) {
            kind = .linux(header)
            segments = []
            entry = UInt64(header.loadAddress)
            symbols = SymbolTable()
        } else if ElfFile.isElf(bytes) {
            let elf = try ElfFile(bytes)
            segments = try elf.segments.map { segment throws(KernelError) in try Segment(segment) }
            symbols = elf.symbols
            if let pvhEntry = elf.pvhEntry {
                kind = .pvh
                entry = UInt64(pvhEntry)
            } else {
                kind = .plain(is64Bit: elf.is64Bit)
                entry = try elf.physicalEntry()
            }
        } else {
            throw .unknownFormat
        }
    }

    /// Where a Multiboot kernel goes: its header tells, or else its ELF headers.
    private static func multiboot(
        _ bytes: [UInt8], addresses: MultibootAddresses?, entry: UInt64?
    ) throws(KernelError) -> (segments: [Segment], entry: UInt64, symbols: SymbolTable) {
        if let addresses {
            let symbols = ElfFile.isElf(bytes) ? (try? ElfFile(bytes))?.symbols : nil
            guard let entry else { throw .malformed("its Multiboot header has addresses, but no entry point") }
            return ([try addresses.segment(fileSize: bytes.count)], entry, symbols ?? SymbolTable())
        }
        guard ElfFile.isElf(bytes) else {
            throw .malformed("its Multiboot header has no addresses, and it is no ELF file, which would have them")
        }
        let elf = try ElfFile(bytes)
        let segments = try elf.segments.map { segment throws(KernelError) in try Segment(segment) }
        if let entry { return (segments, entry, elf.symbols) }
        return (segments, try elf.physicalEntry(), elf.symbols)
    }
}

extension KernelImage.Segment {
    init(_ segment: ElfFile.Segment) throws(KernelError) {
        guard segment.physical < 1 << 32, segment.size <= (1 << 32) - segment.physical else {
            throw .unsupported(
                "a segment goes to \(hexadecimal(segment.physical))h, which is not below 4 GiB; "
                    + "its physical addresses are what counts")
        }
        self.init(
            offset: Int(segment.offset), fileSize: Int(segment.fileSize), address: segment.physical,
            size: segment.size)
    }
}

extension ElfFile {
    /// The entry point as a physical address: that of the ELF header is a virtual one where the two differ.
    func physicalEntry() throws(KernelError) -> UInt64 {
        for segment in segments where entry >= segment.virtual && entry - segment.virtual < segment.size {
            return segment.physical &+ (entry - segment.virtual)
        }
        guard segments.contains(where: { entry >= $0.physical && entry - $0.physical < $0.size }) else {
            throw .malformed("its entry point \(hexadecimal(entry))h lies in none of its segments")
        }
        return entry
    }
}
