import Machine
import PCDevices

/// A kernel, and what goes with it.
public struct KernelConfiguration: Sendable {
    public struct Module: Sendable {
        public let bytes: [UInt8]
        /// Its name and words, as Multiboot hands them on.
        public let text: String

        public init(bytes: [UInt8], text: String) {
            self.bytes = bytes
            self.text = text
        }
    }

    /// Which of its entry points a Linux kernel is entered at.
    public enum LinuxEntry: String, Sendable, CaseIterable {
        case real = "16"
        case protected = "32"
        case long = "64"
    }

    public var image: KernelImage
    /// As the user named it: the first word of a Multiboot 1 command line.
    public var name: String
    /// Modules, or one initial RAM disk.
    public var modules: [Module] = []
    public var commandLine = ""
    public var linuxEntry = LinuxEntry.real

    public init(image: KernelImage, name: String) {
        self.image = image
        self.name = name
    }
}

/// Items of fw_cfg that bring a kernel into memory, and the loader's plan.
struct LoadedKernel {
    typealias Key = FirmwareConfig.Key
    /// What the boot information names as the loader.
    static let loaderName = "lucid86"

    var items: [UInt16: [UInt8]] = [:]
    var plan = BootPlan()
    var memory: BootMemory
    let kernel: KernelConfiguration
    let hasLongMode: Bool

    init(_ kernel: KernelConfiguration, memorySize: UInt64, hasLongMode: Bool) throws(KernelError) {
        self.kernel = kernel
        self.hasLongMode = hasLongMode
        memory = BootMemory(memorySize: memorySize)
        switch kernel.image.kind {
        case .linux(let header): try placeLinux(header)
        case .multiboot1: try placeMultiboot1()
        case .multiboot2: try placeMultiboot2()
        case .pvh: try placePVH()
        case .plain(let is64Bit): try placePlain(is64Bit: is64Bit)
        }
    }

    /// The text with its closing zero, as item "command line" too.
    mutating func setCommandLine(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8).filter { $0 != 0 } + [0]
        items[Key.commandLineData] = bytes
        items[Key.commandLineSize] = littleEndian(UInt32(truncatingIfNeeded: bytes.count))
        return bytes
    }

    mutating func placeStack() throws(KernelError) {
        let place = try memory.low(BootPlan.stackSize, alignment: 16, for: "the loader's stack")
        plan.stack(endsAt: place + BootPlan.stackSize)
    }

    /// Takes the memory of all segments. They are copied at the end, by `copySegments`.
    mutating func takeSegments() throws(KernelError) {
        for segment in kernel.image.segments { try memory.take(segment.address..<segment.end, for: "a segment") }
        items[Key.kernelData] = kernel.image.bytes
        items[Key.kernelSize] = littleEndian(UInt32(truncatingIfNeeded: kernel.image.bytes.count))
        items[Key.kernelEntry] = littleEndian(UInt32(truncatingIfNeeded: kernel.image.entry))
    }

    mutating func copySegments() {
        let behind = kernel.image.bytes.count
        for segment in kernel.image.segments {
            plan.copy(
                item: Key.kernelData, from: segment.offset, count: UInt64(segment.fileSize), to: segment.address)
            plan.copy(
                item: Key.kernelData, from: behind, count: segment.size - UInt64(segment.fileSize),
                to: segment.address + UInt64(segment.fileSize))
        }
    }

    /// Puts the modules behind the kernel and returns where they are. They are copied at the end, by `copyModules`.
    mutating func placeModules() throws(KernelError) -> [Range<UInt64>] {
        var ranges: [Range<UInt64>] = [], content: [UInt8] = []
        for module in kernel.modules {
            let size = UInt64(module.bytes.count)
            let place = try memory.high(size, for: "the module \(module.text)")
            ranges.append(place..<place + size)
            content += module.bytes
        }
        items[Key.initrdData] = content
        items[Key.initrdSize] = littleEndian(UInt32(truncatingIfNeeded: content.count))
        items[Key.initrdAddress] = littleEndian(UInt32(truncatingIfNeeded: ranges.first?.lowerBound ?? 0))
        return ranges
    }

    mutating func copyModules(to ranges: [Range<UInt64>]) {
        var offset = 0
        for range in ranges {
            plan.copy(item: Key.initrdData, from: offset, count: UInt64(range.count), to: range.lowerBound)
            offset += range.count
        }
    }

    // MARK: ELF without a protocol

    /// The entry point in 32-bit protected mode or in 64-bit mode, with the first 4 GiB mapped to themselves.
    private mutating func placePlain(is64Bit: Bool) throws(KernelError) {
        guard !is64Bit || hasLongMode else { throw .needsLongMode }
        guard kernel.modules.isEmpty else {
            throw .unsupported("-initrd needs a kernel with a boot protocol, and this is a plain ELF file")
        }
        guard kernel.commandLine.isEmpty else {
            throw .unsupported("-append needs a kernel with a boot protocol, and this is a plain ELF file")
        }
        try takeSegments()
        try placeStack()
        let tables = is64Bit ? try placePageTables() : 0
        copySegments()
        if is64Bit {
            plan.enterLong(rip: kernel.image.entry, pageTables: tables, rsi: 0)
        } else {
            plan.enterProtected(eip: kernel.image.entry, ebx: 0)
        }
    }

    /// Page tables that map the first 4 GiB to themselves, in pages of 2 MiB; in item "setup". Returns what CR3 needs.
    mutating func placePageTables() throws(KernelError) -> UInt64 {
        let page = 4096, directories = 4
        let start = try memory.low(UInt64(page * (2 + directories)), alignment: 4096, for: "page tables")
        let present: UInt64 = 0x3, large: UInt64 = 0x83
        var tables = [UInt8](repeating: 0, count: page * (2 + directories))
        tables.put(start + 0x1000 | present, at: 0)
        for directory in 0..<directories {
            tables.put(start + UInt64(page * (2 + directory)) | present, at: page + directory * 8)
            for entry in 0..<512 {
                let address = UInt64(directory * 512 + entry) << 21
                tables.put(address | large, at: page * (2 + directory) + entry * 8)
            }
        }
        let offset = items[Key.setupData]?.count ?? 0
        items[Key.setupData, default: []] += tables
        plan.copy(item: Key.setupData, from: offset, count: UInt64(tables.count), to: start)
        return start
    }
}
