import Machine

/// What the commands do (82077AA data sheet 5.0); those that move sectors go on in `FloppyTransfers.swift`.
extension FloppyController {
    /// Byte `index` of the running command; 0 where it has none.
    func parameter(_ index: Int) -> UInt8 {
        registers.command.indices.contains(index) ? registers.command[index] : 0
    }

    /// DS1-DS0 of the running command.
    var unit: Int { Int(parameter(1) & 0x03) }
    /// HDS of the running command.
    var headSelect: UInt8 { (parameter(1) >> 2) & 1 }
    /// ND: the host moves the data.
    var isNonDMA: Bool { registers.specify[1] & 0x01 != 0 }

    /// All bytes of a command have come.
    func execute(_ command: FloppyCommand) {
        switch command {
        case .specify:
            registers.specify = [parameter(1), parameter(2)]
            endCommand()
        case .configure:
            registers.configure = parameter(2) & 0x7F
            registers.precompensationTrack = parameter(3)
            endCommand()
        case .perpendicular:
            // OW lets D0-D3 be written.
            let value = parameter(1)
            let mask: UInt8 = value & 0x80 != 0 ? 0x3F : 0x03
            registers.perpendicular = registers.perpendicular & ~mask | value & mask
            endCommand()
        case .lock:
            registers.lock = parameter(0) & 0x80 != 0
            finish([registers.lock ? 0x10 : 0])
        case .version:
            // An enhanced controller; the 765 answers 80h.
            finish([0x90])
        case .dumpRegisters:
            finish(
                registers.drives.map(\.presentCylinder) + registers.specify + [
                    registers.endOfTrack, (registers.lock ? 0x80 : 0) | registers.perpendicular & 0x3F,
                    registers.configure, registers.precompensationTrack,
                ])
        case .senseDrive: finish([driveStatus])
        case .senseInterrupt: senseInterrupt()
        case .recalibrate: startSeek(FloppyDrive.Seek(target: 0, isRecalibrate: true, unit: parameter(1) & 0x03))
        case .seek:
            // With bit 7 the cylinder counts from where the heads are, inwards when bit 6 is set.
            let present = registers.drives[unit].presentCylinder
            let target: UInt8
            switch parameter(0) & 0xC0 {
            case 0xC0: target = present &+ parameter(2)
            case 0x80: target = present &- parameter(2)
            case 0: target = parameter(2)
            default: return invalid()
            }
            startSeek(FloppyDrive.Seek(target: target, isRecalibrate: false, unit: parameter(1) & 0x07))
        case .readTrack, .writeData, .readData, .writeDeleted, .readID, .readDeleted, .formatTrack, .verify:
            startTransfer(command)
        }
    }

    /// A byte that begins no command (82077AA 5.2.10).
    func invalid() { finish([FloppyST0.invalid]) }

    /// Back to the command phase.
    func endCommand() {
        registers.command = []
        registers.result = []
        registers.transfer = nil
        registers.phase = .command
    }

    /// To the result phase.
    func finish(_ result: [UInt8]) {
        registers.command = []
        registers.transfer = nil
        registers.result = result
        registers.phase = .result
    }

    /// ST3.
    private var driveStatus: UInt8 {
        let drive = drives[unit]
        var value = FloppyST3.fixed | parameter(1) & 0x07
        if drive.isPresent, registers.drives[unit].track == 0 { value |= FloppyST3.trackZero }
        if drive.medium?.storage.isReadOnly ?? false { value |= FloppyST3.writeProtected }
        return value
    }

    private func senseInterrupt() {
        guard let index = registers.drives.firstIndex(where: { $0.pendingST0 != nil }),
            let value = registers.drives[index].pendingST0
        else { return invalid() }
        registers.drives[index].pendingST0 = nil
        // Another seek that ended keeps INT up; the four of a reset share one interrupt.
        registers.interrupt = registers.drives.contains { ($0.pendingST0 ?? 0) & FloppyST0.seekEnd != 0 }
        updateInterrupt()
        finish([value, registers.drives[index].presentCylinder])
    }

    // MARK: Seeks

    /// Seeks of several drives overlap: the command phase comes back at once (82077AA 5.2.3).
    private func startSeek(_ seek: FloppyDrive.Seek) {
        let index = unit
        let steps =
            seek.isRecalibrate
            ? registers.drives[index].track
            : abs(Int(seek.target) - Int(registers.drives[index].presentCylinder))
        registers.drives[index].seek = seek
        registers.drives[index].pendingST0 = nil
        endCommand()
        scheduleSeek(index, after: UInt64(max(steps, 1)) * Self.stepTime)
    }

    func finishSeek(_ index: Int) {
        guard registers.drives.indices.contains(index), let seek = registers.drives[index].seek else { return }
        registers.drives[index].seek = nil
        var status = FloppyST0.seekEnd | seek.unit
        if seek.isRecalibrate {
            // 79 step pulses at most (82077AA 5.2.2).
            let track = max(registers.drives[index].track - 79, 0)
            registers.drives[index].track = track
            registers.drives[index].presentCylinder = 0
            if track != 0 || !drives[index].isPresent { status |= FloppyST0.equipmentCheck | FloppyST0.abnormal }
        } else {
            move(index, to: seek.target)
        }
        if drives[index].medium != nil { registers.drives[index].diskChanged = false }
        registers.drives[index].pendingST0 = status
        raiseInterrupt()
    }

    /// Steps the heads by the difference of the target and the cylinder where the controller believes them to be.
    func move(_ index: Int, to cylinder: UInt8) {
        let steps = Int(cylinder) - Int(registers.drives[index].presentCylinder)
        registers.drives[index].track = min(max(registers.drives[index].track + steps, 0), FloppyDrive.lastTrack)
        registers.drives[index].presentCylinder = cylinder
    }
}
