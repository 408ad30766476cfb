/// A save file. All numbers are little-endian.
///
/// | bytes | what |
/// | --- | --- |
/// | 8 | magic `LUCID86` 1Ah |
/// | 4 | version of the format |
/// | 4 | length of the header |
/// | ... | header: `SnapshotHeader` as JSON |
/// | ... | for each device of the header, in its order: its `State` as JSON, as long as the header says |
/// | 4104 each | RAM pages that are not zero: offset into RAM, ascending, and 4,096 bytes |
/// | 520 each | for each disk of the header, in its order: number and bytes of each sector written over its image |
/// | 16 | digest of all before: `StateHash` of the pieces as they stand in this table |
enum SnapshotFormat {
    static let magic: [UInt8] = Array("LUCID86".utf8) + [0x1A]
    /// 5 has the chips of a PCI board, 4 where RDRAND's numbers come from, 3 what the guest's TLB holds, 2 had every register that
    /// an x86-64 CPU keeps, 1 the Pentium's.
    static let version: UInt32 = 6
    static let prefixSize = 16
    static let digestSize = 16
    static let pageSize = 4096
    static let sectorSize = 512
    /// Bytes of the header, or of one device's state: far more than any needs.
    static let longestText = 16 << 20
}

/// What a save file says about itself and the machine in it, before the bulk.
struct SnapshotHeader: Codable, Equatable {
    struct Device: Codable, Equatable {
        var name: String
        /// Of its state, in bytes.
        var length: Int
    }

    struct Disk: Codable, Equatable {
        var name: String
        /// Of 512 bytes, of the whole disk.
        var sectors: UInt64
        /// Sectors that the file holds; nil where the guest's writes went to the image itself.
        var written: UInt64?
    }

    /// ROM or MMIO over RAM.
    struct Region: Codable, Equatable {
        var name: String
        var start: UInt64
        var size: UInt64
        /// Of a ROM's content.
        var digest: String?
    }

    /// Engine that ran last; any other can go on.
    var engine: String
    /// Name of the CPU model.
    var cpuModel: String
    /// `CPUModel.digest`
    var cpuDigest: String
    /// Ticks of the TSC a second of guest time.
    var tscRate: UInt64
    /// Bytes of RAM.
    var memorySize: UInt64
    var regions: [Region]
    var disks: [Disk]
    var devices: [Device]
    /// Pages that the file holds.
    var pages: UInt64
    /// Every field of CPUFile by its name.
    var registers: [String: UInt64]
    var a20: Bool
    /// `TranslationBuffer.words`
    var translations: [UInt64]
    /// A processor that does not run now.
    struct Parked: Codable, Equatable {
        var registers: [String: UInt64]
        var translations: [UInt64]
    }

    /// Those that do not run now, by number; an empty one stands for the one that does. Nothing where there is one alone.
    var parked: [Parked]
    /// Number of the processor that `registers` are of.
    var processor: Int
    var schedule: ProcessorSchedule
    /// Inputs of each processor.
    var pins: [ProcessorPins]
    var request: MachineRequest?
    /// `RandomSource.state`
    var random: UInt64
    var instructions: UInt64
    var events: EventQueue.State
}

/// A disk as far as a save needs to know it. The board installs one for each.
public struct SnapshotDisk {
    public typealias Sector = (number: UInt64, bytes: [UInt8])

    /// Unique in the machine: `ata0.0`, `floppy0`.
    public let name: String
    /// Of 512 bytes.
    public let sectors: UInt64
    /// Sectors written over the image so far, in any order; nil where writes go to the image itself.
    public let written: (() -> [Sector])?
    /// Puts other written sectors in their place.
    public let replace: (([Sector]) -> Void)?

    public init(
        name: String, sectors: UInt64, written: (() -> [Sector])? = nil, replace: (([Sector]) -> Void)? = nil
    ) {
        self.name = name
        self.sectors = sectors
        self.written = written
        self.replace = replace
    }
}
