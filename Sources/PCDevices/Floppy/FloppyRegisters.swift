/// Ports of the controller (82077AA data sheet 2.1, order of the PC/AT).
enum FloppyPort {
    /// SRA and SRB of the PS/2 modes.
    static let statusA: UInt16 = 0x3F0
    static let statusB: UInt16 = 0x3F1
    /// DOR, digital output.
    static let digitalOutput: UInt16 = 0x3F2
    /// TDR, tape drive.
    static let tapeDrive: UInt16 = 0x3F3
    /// MSR, main status, when read; DSR, data rate select, when written.
    static let mainStatus: UInt16 = 0x3F4
    static let data: UInt16 = 0x3F5
    /// DIR, digital input, when read; CCR, configuration control, when written.
    static let digitalInput: UInt16 = 0x3F7
}

/// DOR (82077AA 2.1.3).
enum FloppyDOR {
    static let driveSelect: UInt8 = 0x03
    /// Zero holds the controller in reset.
    static let notReset: UInt8 = 0x04
    /// Lets INT and DRQ out to the bus.
    static let interruptAndDMA: UInt8 = 0x08
    /// MOTEN0; the other drives' bits follow.
    static let motor0: UInt8 = 0x10
}

/// MSR (82077AA 2.1.5).
enum FloppyMSR {
    /// CB: a command is being given, executed, or has results.
    static let busy: UInt8 = 0x10
    /// NDM: the host moves the data of the running command.
    static let nonDMA: UInt8 = 0x20
    /// DIO: the next byte goes to the host.
    static let toHost: UInt8 = 0x40
    /// RQM: the FIFO takes or has a byte.
    static let request: UInt8 = 0x80
}

/// ST0 (82077AA 4.1).
enum FloppyST0 {
    static let head: UInt8 = 0x04
    /// NR of the 765: no disk turns in the drive.
    static let notReady: UInt8 = 0x08
    /// EC: the drive failed, or track 0 did not appear.
    static let equipmentCheck: UInt8 = 0x10
    /// SE: a seek or recalibrate ended.
    static let seekEnd: UInt8 = 0x20
    /// IC = 01: abnormal end.
    static let abnormal: UInt8 = 0x40
    /// IC = 10: invalid command.
    static let invalid: UInt8 = 0x80
    /// IC = 11: a reset, reported by polling.
    static let polling: UInt8 = 0xC0
}

/// ST1 (82077AA 4.2).
enum FloppyST1 {
    /// MA: no address mark on this track.
    static let missingAddress: UInt8 = 0x01
    /// NW: write-protected.
    static let notWritable: UInt8 = 0x02
    /// ND: no such sector.
    static let noData: UInt8 = 0x04
    /// OR: the host was too slow.
    static let overrun: UInt8 = 0x10
    /// DE: CRC error.
    static let dataError: UInt8 = 0x20
    /// EN: the command wanted to go on beyond EOT.
    static let endOfCylinder: UInt8 = 0x80
}

/// ST2 (82077AA 4.3).
enum FloppyST2 {
    /// WC: the sectors of this track bear another cylinder number.
    static let wrongCylinder: UInt8 = 0x10
    /// DD: the CRC error is in the data.
    static let dataErrorInData: UInt8 = 0x20
    /// CM: READ DELETED DATA met plain data.
    static let controlMark: UInt8 = 0x40
}

/// ST3 (82077AA 4.4).
enum FloppyST3 {
    /// Bits 3 and 5 are always set.
    static let fixed: UInt8 = 0x28
    static let trackZero: UInt8 = 0x10
    static let writeProtected: UInt8 = 0x40
}

/// The low five bits of a command's first byte, and how many bytes it has in all (82077AA table 5-1).
enum FloppyCommand: UInt8 {
    case readTrack = 0x02
    case specify = 0x03
    case senseDrive = 0x04
    case writeData = 0x05
    case readData = 0x06
    case recalibrate = 0x07
    case senseInterrupt = 0x08
    case writeDeleted = 0x09
    case readID = 0x0A
    case readDeleted = 0x0C
    case formatTrack = 0x0D
    case dumpRegisters = 0x0E
    case seek = 0x0F
    case version = 0x10
    case perpendicular = 0x12
    case configure = 0x13
    case lock = 0x14
    case verify = 0x16

    var length: Int {
        switch self {
        case .readTrack, .writeData, .readData, .writeDeleted, .readDeleted, .verify: 9
        case .specify, .seek: 3
        case .senseDrive, .recalibrate, .readID, .perpendicular: 2
        case .senseInterrupt, .dumpRegisters, .version, .lock: 1
        case .formatTrack: 6
        case .configure: 4
        }
    }

    /// MT, MFM and SK modify some commands, DIR and relative seek SEEK, LOCK LOCK. Other bits make the byte invalid.
    init?(first byte: UInt8) {
        guard let command = FloppyCommand(rawValue: byte & 0x1F) else { return nil }
        let allowed: UInt8
        switch command {
        case .readData, .readDeleted, .verify: allowed = 0xE0
        case .writeData, .writeDeleted: allowed = 0xC0
        case .readTrack: allowed = 0x60
        case .readID, .formatTrack: allowed = 0x40
        case .lock: allowed = 0x80
        case .seek: allowed = 0xC0
        default: allowed = 0
        }
        guard byte & 0xE0 & ~allowed == 0 else { return nil }
        self = command
    }
}
