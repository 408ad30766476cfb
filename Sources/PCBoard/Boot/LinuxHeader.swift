/// The setup header of a Linux kernel, from 1F1h on (Documentation/arch/x86/boot.rst of the kernel).
public struct LinuxHeader: Equatable, Sendable {
    /// Offsets in the file, which are those in the zero page, too.
    enum Field {
        static let start = 0x1F1
        /// Sectors of the real-mode part behind its first.
        static let setupSectors = 0x1F1
        static let videoMode = 0x1FA
        static let bootFlag = 0x1FE
        /// The offset of the jump's target says where the header ends.
        static let jump = 0x200
        static let magic = 0x202
        static let version = 0x206
        static let loader = 0x210
        static let loadFlags = 0x211
        static let ramdisk = 0x218
        static let ramdiskSize = 0x21C
        static let heapEnd = 0x224
        static let commandLine = 0x228
        static let ramdiskLimit = 0x22C
        static let extendedFlags = 0x236
        static let commandLineLimit = 0x238
        static let preferredAddress = 0x258
        static let initialSize = 0x260
    }

    enum LoadFlag {
        static let high: UInt8 = 0x01
        static let heap: UInt8 = 0x80
    }

    /// A loader without a number of its own.
    static let loader: UInt8 = 0xFF
    private static let extendedFlag64: UInt16 = 1
    /// Before 2.03 no field said how high the initial RAM disk may lie.
    private static let oldRamdiskLimit: UInt32 = 0x37FF_FFFF
    private static let largestSetup = 0x8000

    public let version: UInt16
    /// Bytes of the real-mode part; the protected-mode part follows.
    let setupSize: Int
    let isHigh: Bool
    /// Highest address that a byte of the initial RAM disk may have.
    let ramdiskLimit: UInt32
    /// Bytes, the closing zero not counted.
    let commandLineLimit: Int
    public let has64BitEntry: Bool
    /// End of the memory that the kernel uses before it has looked at the memory map.
    let needs: UInt64

    /// Where the protected-mode part goes.
    var loadAddress: UInt32 { isHigh ? 0x10_0000 : 0x1_0000 }

    init?(_ file: ByteView) throws(KernelError) {
        guard file.dword(Field.magic) == 0x5372_6448 else { return nil }
        guard let version = file.word(Field.version), file.word(Field.bootFlag) == 0xAA55,
            let sectors = file.byte(Field.setupSectors), let flags = file.byte(Field.loadFlags)
        else { throw .malformed("its Linux header is cut off, or does not end its sector with 55 AA") }
        guard version >= 0x0200 else {
            throw .unsupported("it speaks Linux boot protocol 1, from before 1996")
        }
        self.version = version
        setupSize = (sectors == 0 ? 5 : Int(sectors) + 1) * 512
        guard setupSize < file.count else { throw .malformed("it ends before its real-mode part does") }
        guard setupSize <= Self.largestSetup else {
            throw .malformed("its real-mode part has \(setupSize) bytes, more than the 32 KiB that it may have")
        }
        isHigh = flags & LoadFlag.high != 0
        func since(_ first: UInt16) -> Bool { version >= first }
        ramdiskLimit = since(0x0203) ? file.dword(Field.ramdiskLimit) ?? Self.oldRamdiskLimit : Self.oldRamdiskLimit
        commandLineLimit = since(0x0206) ? Int(file.dword(Field.commandLineLimit) ?? 255) : 255
        has64BitEntry = since(0x020C) && (file.word(Field.extendedFlags) ?? 0) & Self.extendedFlag64 != 0
        let length = UInt64(file.count - setupSize)
        let load: UInt64 = isHigh ? 0x10_0000 : 0x1_0000
        guard since(0x020A), let preferred = file.qword(Field.preferredAddress),
            let size = file.dword(Field.initialSize)
        else {
            needs = load + length
            return
        }
        let (end, overflows) = max(preferred, load).addingReportingOverflow(UInt64(size))
        guard !overflows, end < 1 << 32 else { throw .malformed("it wants to run beyond 4 GiB") }
        needs = max(end, load + length)
    }
}
