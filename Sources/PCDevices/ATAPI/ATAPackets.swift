import Machine

/// The PACKET protocol (ATA/ATAPI-6 9.8 and 9.9): a packet of 12 bytes goes to the drive, data comes back by PIO in
/// pieces that are no longer than the guest allows, or by DMA.
extension ATAChannel {
    static let packetSize = 12
    /// Bytes that are read from a disc ahead of what the guest takes.
    static let mostStaged = 64 << 10

    /// Interrupt reason, in the sector count register.
    private enum Reason {
        static let packet: UInt16 = 1
        static let toHost: UInt16 = 2
        static let done: UInt16 = 3
    }

    private enum Feature {
        static let dma: UInt16 = 1
        static let overlap: UInt16 = 2
    }

    func execute(_ command: UInt8, _ drive: CDDrive) {
        current.command = command
        switch command {
        case 0xA0:
            guard current.packet.isEmpty else { return runPacket(drive) }
            let usesDMA = current.features & Feature.dma != 0
            guard current.features & Feature.overlap == 0, !usesDMA || busMaster != nil else {
                return fail(ErrorBit.abort)
            }
            current.packetUsesDMA = usesDMA
            block = [UInt8](repeating: 0, count: Self.packetSize)
            current.position = 0
            current.phase = .packet
            current.count = Reason.packet
            current.status = Status.ready | Status.dataRequest
        case 0xA1: present(packetIdentification())
        // IDENTIFY DEVICE and READ SECTORS tell by the signature that packets are wanted (8.15.5.2).
        case 0xEC, 0x20:
            fail(ErrorBit.abort)
            showPacketSignature()
        case 0xEF: setFeatures()
        case 0xE5:
            current.count = 0xFF
            finish()
        case 0xE0, 0xE1, 0xE2, 0xE3, 0xE6: finish()
        default: fail(ErrorBit.abort)
        }
    }

    /// DEVICE RESET (8.10) takes effect at once, whatever goes on.
    func resetPacketDrive() {
        cancelBusy()
        endBlock()
        current.packet = []
        setInterrupt(false)
        current.error = 1
        current.device &= 0x10
        showPacketSignature()
        current.status = 0
    }

    private func showPacketSignature() {
        current.count = 1
        current.low = 1
        current.mid = 0x14
        current.high = 0xEB
    }

    /// The guest has written the whole packet.
    func packetWritten() {
        current.packet = block
        endBlock()
        current.pending = 0xA0
        current.status = Status.busy
        scheduleBusy()
    }

    private func runPacket(_ drive: CDDrive) {
        let packet = current.packet
        current.packet = []
        current.error = 0
        switch drive.execute(packet, &current.drives[selected].disc) {
        case .done: endPacket()
        case .failed: failPacket()
        case .data(let bytes):
            guard !bytes.isEmpty else { return endPacket() }
            staged = bytes
            current.left = 0
            nextPiece(drive)
        case .blocks(let start, let count):
            current.sector = UInt64(start)
            current.left = count
            nextPiece(drive)
        }
    }

    /// The bytes that the guest is given next, by the way that it asked for.
    func nextPiece(_ drive: CDDrive) {
        let allowed = current.mid & 0xFF | current.high << 8
        // The byte count limit is even where it does not end the data; 0 and FFFFh are the most that is even.
        let limit = current.packetUsesDMA ? Self.mostStaged : Int(allowed == 0 ? 0xFFFE : max(2, allowed & 0xFFFE))
        fillStage(drive, upTo: limit)
        guard !staged.isEmpty else { return current.left > 0 ? failPacket() : endPacket() }
        block = Array(staged.prefix(limit))
        staged.removeFirst(block.count)
        current.position = 0
        current.status = Status.ready | Status.dataRequest
        current.count = Reason.toHost
        if current.packetUsesDMA {
            current.phase = .dmaToHost
            busMaster?()
            return
        }
        current.packetLimit = UInt16(truncatingIfNeeded: limit)
        current.mid = UInt16(block.count & 0xFF)
        current.high = UInt16(block.count >> 8 & 0xFF)
        current.phase = .toHost
        setInterrupt(true)
    }

    /// The guest took a piece.
    func pieceTaken(_ drive: CDDrive) {
        // The registers hold the length of the last piece; the limit is the one that came with the command.
        current.mid = current.packetLimit & 0xFF
        current.high = current.packetLimit >> 8
        guard !staged.isEmpty || current.left > 0 else { return endPacket() }
        nextPiece(drive)
    }

    private func fillStage(_ drive: CDDrive, upTo limit: Int) {
        guard current.left > 0, staged.count < limit else { return }
        let blocks = min((limit - staged.count) / CDDrive.blockSize + 1, Int(current.left))
        do throws(BlockError) {
            staged += try drive.read(block: UInt32(truncatingIfNeeded: current.sector), count: blocks)
            current.sector += UInt64(blocks)
            current.left -= UInt32(blocks)
        } catch {
            // What was read before goes to the guest first.
            guard staged.isEmpty else { return }
            if case .host(let reason) = error { hostError("\(name), block \(current.sector): \(reason)") }
            _ = drive.fail(.readError, &current.drives[selected].disc)
        }
    }

    private func endPacket() {
        endBlock()
        current.count = Reason.done
        current.status = Status.ready
        setInterrupt(true)
    }

    private func failPacket() {
        endBlock()
        current.count = Reason.done
        current.error = current.drives[selected].disc.sense.key << 4 | ErrorBit.abort
        current.status = Status.ready | Status.error
        setInterrupt(true)
    }

    // MARK: IDENTIFY PACKET DEVICE (8.16)

    private func packetIdentification() -> [UInt8] {
        var words = [UInt16](repeating: 0, count: 256)
        // ATAPI, CD-ROM, removable, DRQ within 50 us, packets of 12 bytes.
        words[0] = 0x85C0
        setText("LU86-\(name)-\(selected)", words: 10..<20, into: &words)
        setText(CDDrive.revision, words: 23..<27, into: &words)
        setText(CDDrive.product, words: 27..<47, into: &words)
        // IORDY, LBA; DMA.
        words[49] = 0x0A00 | (busMaster == nil ? 0 : 0x0100)
        words[53] = 6
        setTransferModes(into: &words)
        words[71] = 30
        words[72] = 30
        // ATA/ATAPI-4 to 6
        words[80] = 0x0070
        // PACKET, DEVICE RESET; valid.
        words[82] = 0x0210
        words[83] = 0x4000
        words[84] = 0x4000
        words[85] = 0x0210
        words[87] = 0x4000
        return words.flatMap { littleEndian($0) }
    }
}
