import Machine
import PCDevices

extension LoadedKernel {
    /// Documentation/arch/x86/boot.rst of the kernel. The real-mode part and the heap behind it are in the segment 1000h
    /// (9000h for a kernel that is loaded low), the command line at E000h in it.
    private enum Place {
        static let high: UInt64 = 0x1_0000
        static let low: UInt64 = 0x9_0000
        static let heapEnd: UInt64 = 0xE000
        static let segment: UInt64 = 0x1_0000
        /// What fits between there and the BIOS's data.
        static let longestCommandLine = 4095
        /// Before 2.02 the word 20h says that 22h is the offset of a command line.
        static let oldMagic: UInt16 = 0xA33F
        /// What heap_end_ptr leaves free for the stack.
        static let stack: UInt64 = 0x200
    }

    private enum ZeroPage {
        static let size = 4096
        static let cursor = 0
        static let videoMode = 6
        static let columns = 7
        static let rows = 0x0E
        static let isVGA = 0x0F
        static let points = 0x10
        static let mapCount = 0x1E8
        static let map = 0x2D0
        static let mapEntries = 128
    }

    mutating func placeLinux(_ header: LinuxHeader) throws(KernelError) {
        let text = setCommandLine(kernel.commandLine)
        let limit = min(header.commandLineLimit, Place.longestCommandLine)
        guard text.count - 1 <= limit else { throw .commandLine(text.count - 1, limit: limit) }
        guard kernel.modules.count <= 1 else { throw .unsupported("Linux takes one -initrd") }
        if header.has64BitEntry, !hasLongMode { throw .needsLongMode }

        let bytes = kernel.image.bytes
        var setup = Array(bytes.prefix(header.setupSize))
        let system = Array(bytes.dropFirst(header.setupSize))
        items[Key.kernelData] = system
        items[Key.kernelAddress] = littleEndian(header.loadAddress)
        items[Key.kernelSize] = littleEndian(UInt32(truncatingIfNeeded: system.count))
        let load = UInt64(header.loadAddress), base = header.isHigh ? Place.high : Place.low
        if !header.isHigh {
            guard load + UInt64(system.count) <= base else { throw .malformed("it is too large to be loaded low") }
        } else {
            guard load + UInt64(system.count) <= memory.highEnd else {
                throw .memory("it ends at \(hexadecimal(load + UInt64(system.count)))h")
            }
        }
        let ramdisk = try ramdiskPlace(header)
        if let ramdisk, let content = kernel.modules.first?.bytes {
            items[Key.initrdData] = content
            items[Key.initrdSize] = littleEndian(UInt32(truncatingIfNeeded: content.count))
            items[Key.initrdAddress] = littleEndian(UInt32(truncatingIfNeeded: ramdisk))
        }
        let lineAt = base + Place.heapEnd
        items[Key.commandLineAddress] = littleEndian(UInt32(truncatingIfNeeded: lineAt))
        fill(&setup, header, ramdisk: ramdisk, commandLine: lineAt)

        switch kernel.linuxEntry {
        case .real: try enterReal(setup, base: base)
        case .protected: try enterDirectly(setup, header, is64Bit: false)
        case .long:
            guard header.has64BitEntry else { throw .unsupported("it has no 64-bit entry point") }
            try enterDirectly(setup, header, is64Bit: true)
        }
    }

    /// The obligatory fields of the header.
    private func fill(_ setup: inout [UInt8], _ header: LinuxHeader, ramdisk: UInt64?, commandLine: UInt64) {
        typealias Field = LinuxHeader.Field
        setup[Field.loader] = LinuxHeader.loader
        if let ramdisk, let content = kernel.modules.first?.bytes {
            setup.put(UInt32(truncatingIfNeeded: ramdisk), at: Field.ramdisk)
            setup.put(UInt32(truncatingIfNeeded: content.count), at: Field.ramdiskSize)
        }
        if header.version >= 0x0201 {
            setup[Field.loadFlags] |= LinuxHeader.LoadFlag.heap
            setup.put(UInt16(Place.heapEnd - Place.stack), at: Field.heapEnd)
        }
        if header.version >= 0x0202 {
            setup.put(UInt32(truncatingIfNeeded: commandLine), at: Field.commandLine)
        } else {
            setup.put(Place.oldMagic, at: 0x20)
            setup.put(UInt16(Place.heapEnd), at: 0x22)
        }
        if let mode = videoMode { setup.put(mode, at: Field.videoMode) }
    }

    /// `vga=`, which loaders take from the command line; the last one counts.
    private var videoMode: UInt16? {
        let word = kernel.commandLine.split(separator: " ").last { $0.hasPrefix("vga=") }
        guard let value = word?.dropFirst(4) else { return nil }
        switch value {
        case "normal": return 0xFFFF
        case "ext": return 0xFFFE
        case "ask": return 0xFFFD
        default:
            return value.hasPrefix("0x") ? UInt16(value.dropFirst(2), radix: 16) : UInt16(value)
        }
    }

    /// As high as the kernel allows, and behind what it uses itself.
    private func ramdiskPlace(_ header: LinuxHeader) throws(KernelError) -> UInt64? {
        guard let content = kernel.modules.first?.bytes, !content.isEmpty else { return nil }
        let size = UInt64(content.count)
        let end = min(UInt64(header.ramdiskLimit) + 1, memory.highEnd)
        let needs = header.isHigh ? header.needs : BootMemory.highStart
        guard end > size, (end - size) & ~4095 >= needs else {
            throw .memory(
                "the initial RAM disk has \(size) bytes, between the kernel's end at \(hexadecimal(needs))h and "
                    + "\(hexadecimal(end))h")
        }
        return (end - size) & ~4095
    }

    /// Copies the protected-mode part and the initial RAM disk.
    private mutating func copyLinux() {
        func number(_ key: UInt16) -> UInt64 {
            UInt64(ByteView(items[key] ?? []).dword(0) ?? 0)
        }
        plan.copy(
            item: Key.kernelData, from: 0, count: number(Key.kernelSize), to: number(Key.kernelAddress))
        plan.copy(item: Key.initrdData, from: 0, count: number(Key.initrdSize), to: number(Key.initrdAddress))
        plan.copy(
            item: Key.commandLineData, from: 0, count: number(Key.commandLineSize), to: number(Key.commandLineAddress))
    }

    private mutating func enterReal(_ setup: [UInt8], base: UInt64) throws(KernelError) {
        items[Key.setupData] = setup
        items[Key.setupSize] = littleEndian(UInt32(truncatingIfNeeded: setup.count))
        items[Key.setupAddress] = littleEndian(UInt32(truncatingIfNeeded: base))
        // The loader's stack is where the kernel's own will be.
        plan.stack(endsAt: base + Place.heapEnd)
        plan.copy(item: Key.setupData, from: 0, count: UInt64(setup.count), to: base)
        copyLinux()
        let segment = UInt16(truncatingIfNeeded: base >> 4)
        plan.enterReal(
            code: segment + 0x20, ip: 0, stack: segment, sp: UInt16(Place.heapEnd), data: segment)
    }

    /// The 32- or 64-bit entry, with a zero page that the loader completes from what the BIOS says.
    private mutating func enterDirectly(
        _ setup: [UInt8], _ header: LinuxHeader, is64Bit: Bool
    ) throws(KernelError) {
        guard header.isHigh else { throw .unsupported("a kernel that is loaded low has its 16-bit entry alone") }
        var page = [UInt8](repeating: 0, count: ZeroPage.size)
        let end = min(LinuxHeader.Field.magic + Int(setup[LinuxHeader.Field.jump + 1]), ZeroPage.map)
        for offset in LinuxHeader.Field.start..<max(end, LinuxHeader.Field.start) { page[offset] = setup[offset] }
        page[ZeroPage.videoMode] = 3
        page[ZeroPage.columns] = 80
        page[ZeroPage.rows] = 25
        page[ZeroPage.isVGA] = 1
        page[ZeroPage.points] = 16

        try memory.take(Place.high..<Place.high + Place.segment, for: "the command line")
        items[Key.setupData] = page
        try placeStack()
        let zeroPage = Place.high
        plan.copy(item: Key.setupData, from: 0, count: UInt64(page.count), to: zeroPage)
        let tables = is64Bit ? try placePageTables() : 0
        plan.cursor(to: zeroPage + UInt64(ZeroPage.cursor))
        plan.map(to: zeroPage + UInt64(ZeroPage.map), entrySize: 20, most: ZeroPage.mapEntries)
        plan.count(to: zeroPage + UInt64(ZeroPage.mapCount), width: 1)
        copyLinux()
        if is64Bit {
            // 64-bit entry: 200h behind the 32-bit one.
            plan.enterLong(rip: kernel.image.entry + 0x200, pageTables: tables, rsi: zeroPage)
        } else {
            plan.enterProtected(eip: kernel.image.entry, esi: zeroPage)
        }
    }
}
