import FoundationEssentials

/// What the commands do (ATA/ATAPI-6 chapter 8).
extension ATAChannel {
    func execute(_ command: UInt8) {
        if command == 0x90 {
            // EXECUTE DEVICE DIAGNOSTIC speaks for both drives: 01h, all passed (8.9).
            setSignature()
            return setInterrupt(true)
        }
        if let packetDrive { return execute(command, packetDrive) }
        guard let disk else { return }
        current.command = command
        switch command {
        case 0xC8, 0xC9: readDMA(disk, extended: false)
        case 0x25: readDMA(disk, extended: true)
        case 0xCA, 0xCB: writeDMA(disk, extended: false)
        case 0x35, 0x3D: writeDMA(disk, extended: true)
        case 0x20, 0x21: read(disk, extended: false, block: 1)
        case 0x24: read(disk, extended: true, block: 1)
        case 0xC4, 0x29: multiple { read(disk, extended: command == 0x29, block: $0) }
        case 0x30, 0x31: write(disk, extended: false, block: 1)
        case 0x34: write(disk, extended: true, block: 1)
        case 0xC5, 0x39: multiple { write(disk, extended: command == 0x39, block: $0) }
        case 0x40, 0x41: verify(disk, extended: false)
        case 0x42: verify(disk, extended: true)
        case 0x70...0x7F:
            guard locate(disk, extended: false) else { return fail(ErrorBit.idNotFound) }
            finish()
        case 0x10...0x1F: finish()
        case 0x91:
            current.drives[selected].heads = current.device & 15 + 1
            current.drives[selected].sectors = UInt8(truncatingIfNeeded: current.count)
            finish()
        case 0xC6:
            let size = UInt8(truncatingIfNeeded: current.count)
            // 0 switches READ and WRITE MULTIPLE off (8.47).
            guard size.nonzeroBitCount <= 1, UInt32(size) <= Self.largestBlock else { return fail(ErrorBit.abort) }
            current.drives[selected].multiple = size
            finish()
        case 0xE7, 0xEA:
            do throws(BlockError) { try disk.flush() } catch { return failed(error, isWrite: true) }
            finish()
        case 0xE5:
            current.count = 0xFF
            finish()
        case 0xE0, 0xE1, 0xE2, 0xE3, 0xE6: finish()
        case 0xEF: setFeatures()
        // READ NATIVE MAX ADDRESS: the last sector. A drive without sectors has none.
        case 0xF8, 0x27:
            guard disk.sectorCount > 0 else { return fail(ErrorBit.abort) }
            let extended = command == 0x27
            setAddress(min(disk.sectorCount, extended ? 1 << 48 : 1 << 28) - 1, extended: extended)
            finish()
        case 0xEC: present(identification(disk))
        default: fail(ErrorBit.abort)
        }
    }

    func setFeatures() {
        switch UInt8(truncatingIfNeeded: current.features) {
        case 0x02:
            current.drives[selected].cachesWrites = true
            finish()
        case 0x82:
            if let disk { do throws(BlockError) { try disk.flush() } catch { return failed(error, isWrite: true) } }
            current.drives[selected].cachesWrites = false
            finish()
        // Read look-ahead, reverting: accepted; there is nothing to change.
        case 0x55, 0xAA, 0x66, 0xCC: finish()
        case 0x03: setTransferMode(UInt8(truncatingIfNeeded: current.count))
        default: fail(ErrorBit.abort)
        }
    }

    /// Multiword DMA modes up to 2, Ultra DMA modes up to 5, PIO modes up to 4 (8.46.11).
    private func setTransferMode(_ mode: UInt8) {
        switch mode {
        case 0x00, 0x01, 0x08...0x0C: break
        case 0x20...0x22, 0x40...0x45:
            guard busMaster != nil else { return fail(ErrorBit.abort) }
            current.drives[selected].transferMode = mode
        default: return fail(ErrorBit.abort)
        }
        finish()
    }

    private func setAddress(_ address: UInt64, extended: Bool) {
        func part(_ shift: UInt64) -> UInt16 { UInt16(truncatingIfNeeded: address >> shift & 0xFF) }
        current.low = part(0) | part(24) << 8
        current.mid = part(8) | part(32) << 8
        current.high = part(16) | part(40) << 8
        if !extended { current.device = current.device & 0xF0 | UInt8(truncatingIfNeeded: address >> 24 & 15) }
    }

    /// The registers name the sector that failed, in the form in which the command was given (6.1).
    private func setFailedAddress() {
        let isExtended = [0x24, 0x25, 0x29, 0x34, 0x35, 0x39, 0x3D, 0x42].contains(current.command)
        if isExtended || current.device & 0x40 != 0 {
            return setAddress(current.sector & 0xFFFF_FFFF_FFFF, extended: isExtended)
        }
        let drive = current.drives[selected]
        guard drive.heads > 0, drive.sectors > 0 else { return }
        let (track, sector) = current.sector.quotientAndRemainder(dividingBy: UInt64(drive.sectors))
        let (cylinder, head) = track.quotientAndRemainder(dividingBy: UInt64(drive.heads))
        current.low = UInt16(truncatingIfNeeded: sector + 1)
        current.mid = UInt16(truncatingIfNeeded: cylinder & 0xFF)
        current.high = UInt16(truncatingIfNeeded: cylinder >> 8 & 0xFF)
        current.device = current.device & 0xF0 | UInt8(truncatingIfNeeded: head & 15)
    }

    /// A sector could not be read or written: what the guest sees of it.
    func failed(_ error: BlockError, isWrite: Bool) {
        setFailedAddress()
        switch error {
        case .outOfRange: fail(ErrorBit.idNotFound)
        case .readOnly: fail(ErrorBit.writeProtect | ErrorBit.abort)
        case .host(let reason):
            hostError("\(name), sector \(current.sector): \(reason)")
            // What cannot be read is UNC; a write that the host refuses is the drive's own fault.
            if isWrite { fail(ErrorBit.abort, isFault: true) } else { fail(ErrorBit.uncorrectable) }
        }
    }

    // MARK: Address

    /// Takes sector and count from the registers; false where they lie outside of the disk.
    func locate(_ disk: any BlockStorage, extended: Bool) -> Bool {
        let low = UInt64(current.low & 0xFF), mid = UInt64(current.mid & 0xFF), high = UInt64(current.high & 0xFF)
        let count = extended ? UInt32(current.count) : UInt32(current.count & 0xFF)
        current.left = count == 0 ? (extended ? 65536 : 256) : count
        if extended {
            current.sector =
                low | mid << 8 | high << 16 | UInt64(current.low >> 8) << 24 | UInt64(current.mid >> 8) << 32
                | UInt64(current.high >> 8) << 40
        } else if current.device & 0x40 != 0 {
            current.sector = low | mid << 8 | high << 16 | UInt64(current.device & 15) << 24
        } else {
            let drive = current.drives[selected], cylinder = mid | high << 8, head = UInt64(current.device & 15)
            guard low > 0, low <= UInt64(drive.sectors), head < UInt64(drive.heads) else { return false }
            current.sector = (cylinder * UInt64(drive.heads) + head) * UInt64(drive.sectors) + low - 1
        }
        return current.sector < disk.sectorCount
    }

    private func multiple(_ body: (UInt32) -> Void) {
        let block = UInt32(current.drives[selected].multiple)
        guard block > 0 else { return fail(ErrorBit.abort) }
        body(block)
    }

    // MARK: Transfers

    private func read(_ disk: any BlockStorage, extended: Bool, block: UInt32) {
        guard locate(disk, extended: extended) else { return fail(ErrorBit.idNotFound) }
        current.block = block
        readBlock(disk)
    }

    private func readBlock(_ disk: any BlockStorage) {
        var bytes: [UInt8] = []
        for _ in 0..<min(current.block, current.left) {
            do throws(BlockError) {
                bytes += try disk.read(sector: current.sector)
            } catch {
                return failed(error, isWrite: false)
            }
            current.sector &+= 1
            current.left -= 1
        }
        present(bytes)
    }

    /// The guest has read a whole block.
    func blockRead() {
        if current.command == 0xA0, let packetDrive { return pieceTaken(packetDrive) }
        guard current.left > 0, current.command != 0xEC, let disk else { return transferEnded() }
        readBlock(disk)
    }

    private func write(_ disk: any BlockStorage, extended: Bool, block: UInt32) {
        guard !disk.isReadOnly else { return fail(ErrorBit.writeProtect | ErrorBit.abort) }
        guard locate(disk, extended: extended) else { return fail(ErrorBit.idNotFound) }
        current.block = block
        // The first block is asked for without an interrupt (9.5).
        request(Int(min(current.block, current.left)) * sectorSize, interrupts: false)
    }

    /// The guest has filled a whole block.
    func blockWritten() {
        if current.phase == .packet { return packetWritten() }
        guard let disk else { return transferEnded() }
        let bytes = block
        for offset in stride(from: 0, to: bytes.count, by: sectorSize) {
            do throws(BlockError) {
                try disk.write(sector: current.sector, Array(bytes[offset..<offset + sectorSize]))
            } catch {
                return failed(error, isWrite: true)
            }
            current.sector &+= 1
            current.left -= 1
        }
        guard current.left > 0 else { return writeEnded(disk) }
        request(Int(min(current.block, current.left)) * sectorSize, interrupts: true)
    }

    /// All of a write command is stored. Without a write cache, and by force (FUA), it is on the medium before the guest hears.
    func writeEnded(_ disk: any BlockStorage) {
        if !current.drives[selected].cachesWrites || current.command == 0x3D {
            do throws(BlockError) { try disk.flush() } catch { return failed(error, isWrite: true) }
        }
        finish()
    }

    private func verify(_ disk: any BlockStorage, extended: Bool) {
        guard locate(disk, extended: extended) else { return fail(ErrorBit.idNotFound) }
        while current.left > 0 {
            do throws(BlockError) { _ = try disk.read(sector: current.sector) } catch {
                return failed(error, isWrite: false)
            }
            current.sector &+= 1
            current.left -= 1
        }
        finish()
    }
}
