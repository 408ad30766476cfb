import FoundationEssentials
import Machine

/// Execution phase of the commands that meet sectors (82077AA data sheet 5.1).
extension FloppyController {
    private var runningCommand: FloppyCommand? { registers.command.first.flatMap { FloppyCommand(first: $0) } }

    /// The data goes from the host to the disk.
    var isWriting: Bool {
        switch runningCommand {
        case .writeData, .writeDeleted, .formatTrack: true
        default: false
        }
    }

    /// MT: both sides of the cylinder.
    private var isMultiTrack: Bool { parameter(0) & 0x80 != 0 }
    /// EOT, the last sector on a side.
    private var lastSector: UInt8 { parameter(6) }

    func startTransfer(_ command: FloppyCommand) {
        var transfer = FloppyController.Transfer(
            side: headSelect, cylinder: parameter(2), head: parameter(3), sector: parameter(4))
        var ticks = Self.sectorTime
        switch command {
        case .formatTrack:
            registers.endOfTrack = parameter(3)
            transfer.left = Int(parameter(3))
        case .readTrack:
            // From the index hole on, whatever R says.
            registers.endOfTrack = lastSector
            transfer.sector = 1
            transfer.left = Int(lastSector)
        case .verify:
            // EC: the last byte counts the sectors, with 0 for 256.
            registers.endOfTrack = parameter(1) & 0x80 != 0 ? parameter(8) : lastSector
            transfer.left = parameter(1) & 0x80 == 0 ? 0 : parameter(8) == 0 ? 256 : Int(parameter(8))
        case .readID: break
        default: registers.endOfTrack = lastSector
        }
        // EIS: implied seek.
        if registers.configure & 0x40 != 0, command != .readID, command != .formatTrack {
            let steps = abs(Int(parameter(2)) - Int(registers.drives[unit].presentCylinder))
            move(unit, to: parameter(2))
            if drives[unit].medium != nil, steps > 0 { registers.drives[unit].diskChanged = false }
            ticks += UInt64(steps) * Self.stepTime
        }
        registers.transfer = transfer
        registers.phase = .execution
        continueLater(ticks)
    }

    /// The next sector is under the head.
    func continueExecution() {
        guard registers.phase == .execution, var transfer = registers.transfer, let command = runningCommand else {
            return
        }
        if let status = trackProblem(transfer) { return end(transfer, status) }
        guard let medium = drives[unit].medium else { return }
        let full = transfer.position > 0 && transfer.position == transfer.buffer.count
        switch command {
        case .readID:
            // The disk turns: which sector comes by depends on the time.
            let turned = events.now / Self.sectorTime % UInt64(medium.format.sectors)
            transfer.cylinder = UInt8(truncatingIfNeeded: registers.drives[unit].track)
            transfer.head = transfer.side
            transfer.sector = UInt8(truncatingIfNeeded: turned) &+ 1
            end(transfer, Outcome())
        case .formatTrack:
            if medium.storage.isReadOnly { return end(transfer, Outcome(st1: FloppyST1.notWritable)) }
            guard transfer.left > 0 else { return end(transfer, Outcome()) }
            guard let bytes = takeFromHost(4, &transfer, full) else { return }
            format(transfer, bytes, medium)
        case .writeData, .writeDeleted:
            if medium.storage.isReadOnly { return end(transfer, Outcome(st1: FloppyST1.notWritable)) }
            if let status = sectorProblem(transfer, medium) { return end(transfer, status) }
            guard let bytes = takeFromHost(sectorSize, &transfer, full) else { return }
            write(transfer, bytes, medium)
        case .readData, .readDeleted, .readTrack, .verify:
            if full { return sectorDone(transfer, terminalCount: false) }
            if let status = sectorProblem(transfer, medium) { return end(transfer, status) }
            read(transfer, medium)
        default: endCommand()
        }
    }

    // MARK: Looking for a sector

    /// Status bits with which a transfer ends; all zero is success.
    private struct Outcome {
        var st0: UInt8 = 0
        var st1: UInt8 = 0
        var st2: UInt8 = 0
    }

    /// Why nothing can be found on this track at all.
    private func trackProblem(_ transfer: Transfer) -> Outcome? {
        let missing = FloppyST1.missingAddress
        guard drives[unit].isPresent, let medium = drives[unit].medium,
            registers.dor & (FloppyDOR.motor0 &<< UInt8(truncatingIfNeeded: unit)) != 0
        else { return Outcome(st0: FloppyST0.notReady, st1: missing) }
        // MFM, at the rate at which the disk was formatted.
        let rate = [500, 300, 250, 1000][Int(registers.dsr & 0x03)]
        guard parameter(0) & 0x40 != 0, medium.format.rates.contains(rate),
            Int(transfer.side) < medium.format.heads, registers.drives[unit].track < medium.format.cylinders
        else { return Outcome(st1: missing) }
        return nil
    }

    /// Why this sector is not on the track.
    private func sectorProblem(_ transfer: Transfer, _ medium: FloppyDrive.Medium) -> Outcome? {
        let exists = transfer.sector >= 1 && Int(transfer.sector) <= medium.format.sectors
        if runningCommand == .readTrack { return exists ? nil : Outcome(st1: FloppyST1.noData) }
        guard Int(transfer.cylinder) == registers.drives[unit].track else {
            return Outcome(st1: FloppyST1.noData, st2: FloppyST2.wrongCylinder)
        }
        // N = 2: sectors of 512 bytes.
        guard exists, transfer.head == transfer.side, parameter(5) == 2 else { return Outcome(st1: FloppyST1.noData) }
        return nil
    }

    private func position(_ transfer: Transfer, _ format: FloppyFormat) -> UInt64 {
        let track = registers.drives[unit].track * format.heads + Int(transfer.side)
        return UInt64(track * format.sectors + max(Int(transfer.sector), 1) - 1)
    }

    // MARK: Moving a sector

    private func read(_ transfer: Transfer, _ medium: FloppyDrive.Medium) {
        let bytes: [UInt8]
        do throws(BlockError) {
            bytes = try medium.storage.read(sector: position(transfer, medium.format))
        } catch {
            switch error {
            case .outOfRange: return end(transfer, Outcome(st1: FloppyST1.noData))
            default:
                report(error)
                return end(transfer, Outcome(st1: FloppyST1.dataError, st2: FloppyST2.dataErrorInData))
            }
        }
        if runningCommand == .verify { return sectorDone(transfer, terminalCount: false) }
        if isNonDMA {
            registers.transfer?.buffer = Data(bytes)
            registers.transfer?.position = 0
            registers.transfer?.waitsForHost = true
            return raiseInterrupt()
        }
        for byte in bytes {
            switch deviceToMemory(byte) {
            case .accepted: continue
            case .terminalCount: return sectorDone(transfer, terminalCount: true)
            case .notReady: return end(transfer, Outcome(st1: FloppyST1.overrun))
            }
        }
        sectorDone(transfer, terminalCount: false)
    }

    /// `count` bytes for the disk; nil when the host has yet to give them, or was too slow and the command has ended.
    private func takeFromHost(
        _ count: Int, _ transfer: inout Transfer, _ full: Bool
    ) -> (bytes: [UInt8], terminalCount: Bool)? {
        if isNonDMA {
            if full { return (Array(transfer.buffer), false) }
            transfer.buffer = Data(repeating: 0, count: count)
            transfer.position = 0
            transfer.waitsForHost = true
            registers.transfer = transfer
            raiseInterrupt()
            return nil
        }
        // After terminal count the rest of the sector is filled with zeros (82077AA 5.1.3).
        var bytes = [UInt8](repeating: 0, count: count)
        for index in 0..<count {
            guard let (byte, outcome) = memoryToDevice(), outcome != .notReady else {
                end(transfer, Outcome(st1: FloppyST1.overrun))
                return nil
            }
            bytes[index] = byte
            if outcome == .terminalCount { return (bytes, true) }
        }
        return (bytes, false)
    }

    private func write(
        _ transfer: Transfer, _ data: (bytes: [UInt8], terminalCount: Bool), _ medium: FloppyDrive.Medium
    ) {
        if let status = store(data.bytes, at: position(transfer, medium.format), medium) {
            return end(transfer, status)
        }
        sectorDone(transfer, terminalCount: data.terminalCount)
    }

    /// One sector of FORMAT TRACK: the four bytes are its C, H, R and N. An image has room for the usual order only, so
    /// an ID that does not belong to this track fails.
    private func format(
        _ current: Transfer, _ data: (bytes: [UInt8], terminalCount: Bool), _ medium: FloppyDrive.Medium
    ) {
        var transfer = current
        guard data.bytes.count == 4, parameter(2) == 2, data.bytes[3] == 2,
            Int(data.bytes[0]) == registers.drives[unit].track, data.bytes[1] == transfer.side,
            data.bytes[2] >= 1, Int(data.bytes[2]) <= medium.format.sectors
        else { return end(transfer, Outcome(st1: FloppyST1.noData)) }
        transfer.cylinder = data.bytes[0]
        transfer.head = data.bytes[1]
        transfer.sector = data.bytes[2]
        let filler = [UInt8](repeating: parameter(5), count: sectorSize)
        if let status = store(filler, at: position(transfer, medium.format), medium) { return end(transfer, status) }
        transfer.left -= 1
        if transfer.left <= 0 || data.terminalCount { return end(transfer, Outcome()) }
        proceed(transfer)
    }

    private func store(_ bytes: [UInt8], at sector: UInt64, _ medium: FloppyDrive.Medium) -> Outcome? {
        do throws(BlockError) {
            try medium.storage.write(sector: sector, bytes)
            return nil
        } catch {
            switch error {
            case .outOfRange: return Outcome(st1: FloppyST1.noData)
            case .readOnly: return Outcome(st1: FloppyST1.notWritable)
            case .host:
                report(error)
                return Outcome(st0: FloppyST0.equipmentCheck)
            }
        }
    }

    private func report(_ error: BlockError) {
        if case .host(let reason) = error { hostError("floppy drive \(unit == 0 ? "A" : "B"): \(reason)") }
    }

    // MARK: From sector to sector

    private func proceed(_ transfer: Transfer) {
        var next = transfer
        next.buffer = Data()
        next.position = 0
        next.waitsForHost = false
        registers.transfer = next
        continueLater(Self.sectorTime)
    }

    private func sectorDone(_ transfer: Transfer, terminalCount: Bool) {
        var next = transfer
        let isLast = transfer.sector == lastSector
        // READ DELETED DATA on plain data reads one sector and says so (82077AA 5.1.2).
        let status = Outcome(st2: runningCommand == .readDeleted ? FloppyST2.controlMark : 0)
        if isLast {
            // The ID that follows: data sheet table 5-6.
            next.sector = 1
            if isMultiTrack { next.head ^= 1 }
            if !isMultiTrack || transfer.side == 1 { next.cylinder &+= 1 }
        } else {
            next.sector &+= 1
        }
        if next.left > 0 { next.left -= 1 }
        let counted = runningCommand == .readTrack || runningCommand == .verify && parameter(1) & 0x80 != 0
        if terminalCount || status.st2 != 0 || counted && next.left == 0 { return end(next, status) }
        if isLast {
            guard isMultiTrack, transfer.side == 0 else {
                let isOverrun = runningCommand != .verify
                return end(next, Outcome(st1: isOverrun ? FloppyST1.endOfCylinder : 0))
            }
            next.side = 1
        }
        proceed(next)
    }

    /// The seven result bytes.
    private func end(_ transfer: Transfer, _ outcome: Outcome) {
        let st0 = outcome.st0 | (outcome.st0 | outcome.st1 != 0 ? FloppyST0.abnormal : 0)
        finish([
            st0 | transfer.side << 2 | UInt8(truncatingIfNeeded: unit), outcome.st1, outcome.st2, transfer.cylinder,
            transfer.head, transfer.sector, 2,
        ])
        raiseInterrupt()
    }

    // MARK: Non-DMA mode

    func readByHost() -> UInt8 {
        guard let transfer = registers.transfer, transfer.waitsForHost, !isWriting,
            transfer.position < transfer.buffer.count
        else { return 0xFF }
        let byte = transfer.buffer[transfer.buffer.startIndex + transfer.position]
        hostMoved()
        return byte
    }

    func writeByHost(_ byte: UInt8) {
        guard let transfer = registers.transfer, transfer.waitsForHost, isWriting,
            transfer.position < transfer.buffer.count
        else { return }
        registers.transfer?.buffer[transfer.buffer.startIndex + transfer.position] = byte
        hostMoved()
    }

    private func hostMoved() {
        guard var transfer = registers.transfer else { return }
        transfer.position += 1
        registers.interrupt = false
        if transfer.position >= transfer.buffer.count {
            transfer.waitsForHost = false
            continueLater(Self.sectorTime)
        }
        registers.transfer = transfer
        updateInterrupt()
    }
}
