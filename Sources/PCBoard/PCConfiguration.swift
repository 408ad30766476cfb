import Machine
import PCDevices

/// What a PC is built from.
public struct PCConfiguration {
    /// Bytes of RAM: whole MiB.
    public var memorySize: UInt64 = 128 << 20
    public var cpuModel = CPUModel.pentium
    /// Where the CPU model has local APICs; else there is one.
    public var processors = 1
    /// Of what is random in the machine.
    public var seed: UInt64 = 0
    /// The system ROM: 64, 128 or 256 KiB, mapped to end at 1 MiB and at 4 GiB.
    public var firmware: [UInt8] = []
    /// The video adapter's own BIOS, as its expansion ROM, for a system ROM without one.
    public var videoROM: [UInt8]?
    /// Seconds since 1970 that the RTC starts from.
    public var startDate: Int64 = 1_767_225_600
    /// I/O base and size of isa-debug-exit, if fitted.
    public var debugExit: (base: UInt16, size: UInt16)?
    /// COM2
    public var hasSecondSerial = false
    /// `pc-testdev`, for tests of hypervisors.
    public var hasTestDevice = false
    /// IDE disks: primary master and slave, secondary master and slave; nil where none is fitted.
    public var disks: [(any BlockStorage)?] = [nil, nil, nil, nil]
    /// CD-ROM drives in the same places; a drive without a disc in it is there all the same. No disk can be where one is.
    public var discDrives: [DiscDrive?] = [nil, nil, nil, nil]
    /// Diskettes in drives A and B: 160 KB to 2.88 MB, the format by the size; nil where no drive is fitted.
    public var floppies: [(any BlockStorage)?] = [nil, nil]
    /// Devices in PCI slots from 3 on, in order.
    public var pciDevices: [PCIDevice] = []
    /// Boot devices in order: `c` disk, `a` floppy, `d` CD.
    public var bootOrder = "cad"

    /// A kernel that is booted in place of all of them.
    public var kernel: KernelConfiguration?

    public init() {}
}

/// A CD-ROM drive and its disc.
public struct DiscDrive {
    /// Nil in an empty drive.
    public var disc: (any BlockStorage)?

    public init(disc: (any BlockStorage)?) { self.disc = disc }
}

public enum PCError: Error, Equatable, CustomStringConvertible {
    case firmwareSize(Int)
    case memorySize(UInt64)
    case hostMemory(UInt64)
    case overlap(String)
    /// An image for drive A or B that is larger than any diskette: its sectors.
    case floppySize(drive: Int, sectors: UInt64)
    case kernel(KernelError)

    public var description: String {
        switch self {
        case .firmwareSize(let size):
            "the firmware has \(size) bytes; a ROM of 64, 128 or 256 KiB is needed"
        case .memorySize(let size):
            "\(size) bytes of memory cannot be fitted; give -m between 1M and 512G"
        case .hostMemory(let size): "the host has no room for \(size >> 20) MiB of guest memory; give a smaller -m"
        case .overlap(let text): text
        case .kernel(let error): error.description
        case .floppySize(let drive, let sectors):
            "the image for floppy drive \(drive == 0 ? "A" : "B") has \(sectors) sectors; the largest diskette, "
                + "2.88 MB, has 5760"
        }
    }
}
