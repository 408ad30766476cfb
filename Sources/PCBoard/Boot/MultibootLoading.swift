import Machine
import PCDevices

/// The boot information of Multiboot and PVH, as far as it is known before the BIOS has run; the loader fills in the rest.
extension LoadedKernel {
    /// Entries of the memory map for which there is room.
    private static let mapEntries = 64

    /// Puts a block of information into low memory, with the room behind it that the memory map needs.
    private mutating func placeBlock(_ size: Int, mapSize: Int) throws(KernelError) -> UInt64 {
        try memory.low(UInt64(size + mapSize), alignment: 4096, for: "the boot information")
    }

    /// Copies the block from item "setup".
    private mutating func copyBlock(_ block: [UInt8], to address: UInt64) {
        items[Key.setupData] = block
        items[Key.setupSize] = littleEndian(UInt32(truncatingIfNeeded: block.count))
        items[Key.setupAddress] = littleEndian(UInt32(truncatingIfNeeded: address))
        plan.copy(item: Key.setupData, from: 0, count: UInt64(block.count), to: address)
    }

    private func text(_ string: String) -> [UInt8] { Array(string.utf8).filter { $0 != 0 } + [0] }

    private func aligned(_ bytes: [UInt8], to size: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (size - bytes.count % size) % size)
    }

    // MARK: Multiboot 0.6.96, section 3.3

    mutating func placeMultiboot1() throws(KernelError) {
        /// Offsets in the information.
        enum Field {
            static let memory = 4, commandLine = 16, moduleCount = 20, modules = 24, mapLength = 44, map = 48
            static let loaderName = 64
            static let size = 120
        }
        /// Memory sizes, command line, modules, memory map, name of the loader.
        let flags: UInt32 = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 6 | 1 << 9
        try takeSegments()
        try placeStack()
        let ranges = try placeModules()
        // The first word is the file's name, as GRUB Legacy and QEMU have it.
        let line = kernel.commandLine.isEmpty ? kernel.name : kernel.name + " " + kernel.commandLine
        let texts = [setCommandLine(line), text(Self.loaderName)] + kernel.modules.map { text($0.text) }
        let modulesAt = Field.size, textsAt = modulesAt + 16 * ranges.count
        var block = [UInt8](repeating: 0, count: textsAt)
        let size = aligned([UInt8](repeating: 0, count: textsAt + texts.reduce(0) { $0 + $1.count }), to: 16).count
        let base = try placeBlock(size, mapSize: Self.mapEntries * 24)
        var places: [UInt32] = []
        for bytes in texts {
            places.append(UInt32(truncatingIfNeeded: base) + UInt32(block.count))
            block += bytes
        }
        block.put(flags, at: 0)
        block.put(places[0], at: Field.commandLine)
        block.put(UInt32(ranges.count), at: Field.moduleCount)
        block.put(UInt32(truncatingIfNeeded: base) + UInt32(modulesAt), at: Field.modules)
        block.put(UInt32(truncatingIfNeeded: base) + UInt32(size), at: Field.map)
        block.put(places[1], at: Field.loaderName)
        for (index, range) in ranges.enumerated() {
            block.put(UInt32(truncatingIfNeeded: range.lowerBound), at: modulesAt + index * 16)
            block.put(UInt32(truncatingIfNeeded: range.upperBound), at: modulesAt + index * 16 + 4)
            block.put(places[2 + index], at: modulesAt + index * 16 + 8)
        }
        copyBlock(block, to: base)
        plan.map(to: base + UInt64(size), entrySize: 24, most: Self.mapEntries, .sizeFirst)
        plan.count(to: base + UInt64(Field.mapLength), factor: 24)
        plan.memorySizes(to: base + UInt64(Field.memory))
        copyModules(to: ranges)
        copySegments()
        plan.enterProtected(eip: kernel.image.entry, eax: Multiboot1Header.loaderMagic, ebx: base)
    }

    // MARK: Multiboot 2.0, section 3.6

    mutating func placeMultiboot2() throws(KernelError) {
        enum Tag {
            static let commandLine: UInt32 = 1, loaderName: UInt32 = 2, module: UInt32 = 3, memory: UInt32 = 4
            static let map: UInt32 = 6
        }
        func tag(_ type: UInt32, _ content: [UInt8]) -> [UInt8] {
            aligned(littleEndian(type) + littleEndian(UInt32(8 + content.count)) + content, to: 8)
        }
        try takeSegments()
        try placeStack()
        let ranges = try placeModules()
        // Total size and a reserved word come first.
        var block = [UInt8](repeating: 0, count: 8)
        block += tag(Tag.commandLine, setCommandLine(kernel.commandLine))
        block += tag(Tag.loaderName, text(Self.loaderName))
        for (module, range) in zip(kernel.modules, ranges) {
            block += tag(
                Tag.module,
                littleEndian(UInt32(truncatingIfNeeded: range.lowerBound))
                    + littleEndian(UInt32(truncatingIfNeeded: range.upperBound)) + text(module.text))
        }
        let memorySizes = block.count + 8
        block += tag(Tag.memory, [UInt8](repeating: 0, count: 8))
        // The map is the last tag, since its length is not known yet: entries of 24 bytes, version 0.
        let mapTag = block.count
        block += littleEndian(Tag.map) + littleEndian(UInt32(0)) + littleEndian(UInt32(24)) + littleEndian(UInt32(0))
        let base = try placeBlock(block.count, mapSize: Self.mapEntries * 24 + 8)
        copyBlock(block, to: base)
        plan.map(to: base + UInt64(block.count), entrySize: 24, most: Self.mapEntries, .endTag)
        plan.count(to: base + UInt64(mapTag + 4), base: 16, factor: 24)
        plan.count(to: base, base: UInt64(block.count + 8), factor: 24)
        plan.memorySizes(to: base + UInt64(memorySizes))
        copyModules(to: ranges)
        copySegments()
        plan.enterProtected(eip: kernel.image.entry, eax: Multiboot2Header.loaderMagic, ebx: base)
    }

    // MARK: PVH (docs/misc/pvh.pandoc and public/arch-x86/hvm/start_info.h of Xen)

    mutating func placePVH() throws(KernelError) {
        enum Field {
            static let version = 4, moduleCount = 12, modules = 16, commandLine = 24, map = 40, mapCount = 48
            static let size = 56
            static let moduleSize = 32
        }
        let magic: UInt32 = 0x336E_C578
        try takeSegments()
        try placeStack()
        let ranges = try placeModules()
        let line = setCommandLine(kernel.commandLine)
        let lineAt = Field.size + Field.moduleSize * ranges.count
        let size = aligned([UInt8](repeating: 0, count: lineAt + line.count), to: 16).count
        let base = try placeBlock(size, mapSize: Self.mapEntries * 24)
        var block = [UInt8](repeating: 0, count: lineAt) + line
        block.put(magic, at: 0)
        block.put(UInt32(1), at: Field.version)
        block.put(UInt32(ranges.count), at: Field.moduleCount)
        if !ranges.isEmpty { block.put(base + UInt64(Field.size), at: Field.modules) }
        block.put(base + UInt64(lineAt), at: Field.commandLine)
        block.put(base + UInt64(size), at: Field.map)
        for (index, range) in ranges.enumerated() {
            block.put(range.lowerBound, at: Field.size + index * Field.moduleSize)
            block.put(UInt64(range.count), at: Field.size + index * Field.moduleSize + 8)
        }
        copyBlock(block, to: base)
        plan.map(to: base + UInt64(size), entrySize: 24, most: Self.mapEntries)
        plan.count(to: base + UInt64(Field.mapCount))
        copyModules(to: ranges)
        copySegments()
        plan.enterProtected(eip: kernel.image.entry, ebx: base)
    }
}
