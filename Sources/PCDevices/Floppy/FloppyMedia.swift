/// Geometry of a formatted diskette: sectors of 512 bytes.
public struct FloppyFormat: Codable, Equatable, Sendable {
    public var cylinders: Int
    public var heads: Int
    public var sectors: Int
    /// Data rates in kbit/s (MFM) at which a drive reads it: 360 KB disks spin faster in a 1.2 MB drive.
    public var rates: [Int]

    public init(cylinders: Int, heads: Int, sectors: Int, rates: [Int]) {
        self.cylinders = cylinders
        self.heads = heads
        self.sectors = sectors
        self.rates = rates
    }

    public var byteCount: Int { cylinders * heads * sectors * sectorSize }

    /// The least drive that reads it, as the BIOS numbers them in CMOS 10h: 1 360 KB, 2 1.2 MB, 3 720 KB, 4 1.44 MB,
    /// 5 2.88 MB.
    public var driveType: UInt8 {
        switch sectors {
        case 36: 5
        case 18: 4
        case 15: 2
        default: cylinders > 40 ? 3 : 1
        }
    }

    /// The formats of the PC, by size.
    public static let all = [
        FloppyFormat(cylinders: 40, heads: 1, sectors: 8, rates: [250, 300]),  // 160 KB, 5.25"
        FloppyFormat(cylinders: 40, heads: 1, sectors: 9, rates: [250, 300]),  // 180 KB
        FloppyFormat(cylinders: 40, heads: 2, sectors: 8, rates: [250, 300]),  // 320 KB
        FloppyFormat(cylinders: 40, heads: 2, sectors: 9, rates: [250, 300]),  // 360 KB
        FloppyFormat(cylinders: 80, heads: 2, sectors: 9, rates: [250]),  // 720 KB, 3.5"
        FloppyFormat(cylinders: 80, heads: 2, sectors: 15, rates: [500]),  // 1.2 MB, 5.25"
        FloppyFormat(cylinders: 80, heads: 2, sectors: 18, rates: [500]),  // 1.44 MB, 3.5"
        FloppyFormat(cylinders: 80, heads: 2, sectors: 36, rates: [1000]),  // 2.88 MB, 3.5" ED
    ]

    /// The format of an image: the one of exactly its size, else 1.44 MB or 2.88 MB with its end missing.
    /// Nil when it is larger than any diskette.
    public static func of(byteCount: UInt64) -> FloppyFormat? {
        if let exact = all.first(where: { UInt64($0.byteCount) == byteCount }) { return exact }
        return all.suffix(2).first { UInt64($0.byteCount) >= byteCount }
    }
}

/// One of the four drives that a controller can select.
struct FloppyDrive {
    /// What the controller and the drive remember about each other.
    struct State: Codable, Equatable, Sendable {
        /// Where the heads really are.
        var track = 0
        /// PCN: where the controller believes them to be.
        var presentCylinder: UInt8 = 0
        /// DSKCHG: set while no disk is in the drive and until a step pulse after one was put in.
        var diskChanged = true
        /// The running SEEK or RECALIBRATE.
        var seek: Seek?
        /// ST0 for SENSE INTERRUPT STATUS to report, when a seek or a reset ended.
        var pendingST0: UInt8?
    }

    struct Seek: Codable, Equatable, Sendable {
        var target: UInt8
        var isRecalibrate: Bool
        /// The second command byte: head and drive, for ST0.
        var unit: UInt8
    }

    struct Medium {
        let storage: any BlockStorage
        let format: FloppyFormat
    }

    var isPresent = false
    var medium: Medium?

    /// The highest cylinder to which the heads go, some way beyond the last of a disk.
    static let lastTrack = 83
}
