/// EFLAGS bits (SDM 1 3.4.3).
public enum Flags {
    @inlinable @inline(__always) public static var carry: UInt32 { 1 << 0 }
    @inlinable @inline(__always) public static var parity: UInt32 { 1 << 2 }
    @inlinable @inline(__always) public static var adjust: UInt32 { 1 << 4 }
    @inlinable @inline(__always) public static var zero: UInt32 { 1 << 6 }
    @inlinable @inline(__always) public static var sign: UInt32 { 1 << 7 }
    @inlinable @inline(__always) public static var trap: UInt32 { 1 << 8 }
    @inlinable @inline(__always) public static var interrupt: UInt32 { 1 << 9 }
    @inlinable @inline(__always) public static var direction: UInt32 { 1 << 10 }
    @inlinable @inline(__always) public static var overflow: UInt32 { 1 << 11 }
    /// IOPL, bits 12-13
    @inlinable @inline(__always) public static var ioPrivilege: UInt32 { 3 << 12 }
    @inlinable @inline(__always) public static var nestedTask: UInt32 { 1 << 14 }
    @inlinable @inline(__always) public static var resume: UInt32 { 1 << 16 }
    @inlinable @inline(__always) public static var virtual8086: UInt32 { 1 << 17 }
    @inlinable @inline(__always) public static var alignmentCheck: UInt32 { 1 << 18 }
    @inlinable @inline(__always) public static var virtualInterrupt: UInt32 { 1 << 19 }
    @inlinable @inline(__always) public static var virtualInterruptPending: UInt32 { 1 << 20 }
    /// ID: can be toggled where CPUID exists.
    @inlinable @inline(__always) public static var identification: UInt32 { 1 << 21 }
    /// CF PF AF ZF SF OF
    @inlinable @inline(__always) public static var status: UInt32 { 0x8D5 }
    /// Bit 1 always reads as one.
    @inlinable @inline(__always) public static var fixed: UInt32 { 2 }

    /// `CF ZF IF` and so on, set flags only, high to low.
    public static func text(_ flags: UInt32) -> String {
        let names: [(UInt32, String)] = [
            (identification, "ID"), (virtualInterruptPending, "VIP"), (virtualInterrupt, "VIF"), (alignmentCheck, "AC"),
            (virtual8086, "VM"), (resume, "RF"), (nestedTask, "NT"), (overflow, "OF"), (direction, "DF"),
            (interrupt, "IF"), (trap, "TF"), (sign, "SF"), (zero, "ZF"), (adjust, "AF"), (parity, "PF"),
            (carry, "CF"),
        ]
        return names.filter { flags & $0.0 != 0 }.map(\.1).joined(separator: " ")
    }
}

/// CR0 and CR4 bits (SDM 3A 2.5).
public enum ControlBits {
    @inlinable @inline(__always) public static var protectionEnable: UInt64 { 1 << 0 }
    @inlinable @inline(__always) public static var monitorCoprocessor: UInt64 { 1 << 1 }
    @inlinable @inline(__always) public static var emulation: UInt64 { 1 << 2 }
    @inlinable @inline(__always) public static var taskSwitched: UInt64 { 1 << 3 }
    @inlinable @inline(__always) public static var extensionType: UInt64 { 1 << 4 }
    @inlinable @inline(__always) public static var numericError: UInt64 { 1 << 5 }
    @inlinable @inline(__always) public static var writeProtect: UInt64 { 1 << 16 }
    @inlinable @inline(__always) public static var alignmentMask: UInt64 { 1 << 18 }
    @inlinable @inline(__always) public static var notWriteThrough: UInt64 { 1 << 29 }
    @inlinable @inline(__always) public static var cacheDisable: UInt64 { 1 << 30 }
    @inlinable @inline(__always) public static var paging: UInt64 { 1 << 31 }
    /// CR4.VME
    @inlinable @inline(__always) public static var virtual8086Extensions: UInt64 { 1 << 0 }
    /// CR4.PVI
    @inlinable @inline(__always) public static var protectedVirtualInterrupts: UInt64 { 1 << 1 }
    /// CR4.TSD: RDTSC at CPL 0 only
    @inlinable @inline(__always) public static var timeStampDisable: UInt64 { 1 << 2 }
    /// CR4.DE
    @inlinable @inline(__always) public static var debuggingExtensions: UInt64 { 1 << 3 }
    /// CR4.PSE: 4 MiB pages
    @inlinable @inline(__always) public static var pageSizeExtensions: UInt64 { 1 << 4 }
    /// CR4.PAE
    @inlinable @inline(__always) public static var physicalAddressExtension: UInt64 { 1 << 5 }
    /// CR4.PGE
    @inlinable @inline(__always) public static var pageGlobalEnable: UInt64 { 1 << 7 }
    /// CR4.OSFXSR
    @inlinable @inline(__always) public static var fxsave: UInt64 { 1 << 9 }
    /// CR4.OSXMMEXCPT
    @inlinable @inline(__always) public static var vectorExceptions: UInt64 { 1 << 10 }
    /// CR4.UMIP
    @inlinable @inline(__always) public static var userModeInstructionPrevention: UInt64 { 1 << 11 }
    /// CR4.OSXSAVE
    @inlinable @inline(__always) public static var xsaveEnable: UInt64 { 1 << 18 }
    /// CR4.LA57: five levels of page tables, 57-bit linear addresses
    @inlinable @inline(__always) public static var linearAddress57: UInt64 { 1 << 12 }
    /// CR4.FSGSBASE
    @inlinable @inline(__always) public static var segmentBaseAccess: UInt64 { 1 << 16 }
    /// CR4.PCIDE
    @inlinable @inline(__always) public static var processContextIdentifiers: UInt64 { 1 << 17 }
    /// CR4.SMEP
    @inlinable @inline(__always) public static var executionPrevention: UInt64 { 1 << 20 }
    /// CR4.SMAP
    @inlinable @inline(__always) public static var accessPrevention: UInt64 { 1 << 21 }
    /// EFER.SCE
    @inlinable @inline(__always) public static var systemCallEnable: UInt64 { 1 << 0 }
    /// EFER.NXE
    @inlinable @inline(__always) public static var noExecuteEnable: UInt64 { 1 << 11 }
    /// EFER.LME
    @inlinable @inline(__always) public static var longModeEnable: UInt64 { 1 << 8 }
    /// EFER.LMA
    @inlinable @inline(__always) public static var longModeActive: UInt64 { 1 << 10 }
}
