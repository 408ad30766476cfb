import Machine

/// Which way a DMA transfer goes.
public enum DMADirection: Sendable {
    case toMemory
    case fromMemory
}

/// The drives' side of DMA: a bus master takes bytes or gives them while one of its commands runs (ATA/ATAPI-6 9.7).
extension ATAChannel {
    /// Sectors that go between storage and a bus master at once.
    static let dmaBlock: UInt32 = 128

    /// DMARQ: what a drive wants moved now.
    public var dmaDirection: DMADirection? {
        switch current.phase {
        case .dmaToHost: .toMemory
        case .dmaFromHost: .fromMemory
        default: nil
        }
    }

    /// How many bytes can be moved before the drive must be asked again.
    var dmaCount: Int { dmaDirection == nil ? 0 : block.count - current.position }

    /// Bytes from the drive, as many as there are, at most `count`.
    func takeDMA(_ count: Int) -> [UInt8] {
        guard current.phase == .dmaToHost, count > 0 else { return [] }
        let end = min(block.count, current.position + count)
        let bytes = Array(block[current.position..<end])
        current.position = end
        if end == block.count { dmaBlockDone() }
        return bytes
    }

    /// Bytes for the drive: no more than `dmaCount`.
    func giveDMA(_ bytes: [UInt8]) {
        guard current.phase == .dmaFromHost else { return }
        let count = min(bytes.count, block.count - current.position)
        block.replaceSubrange(current.position..<current.position + count, with: bytes.prefix(count))
        current.position += count
        if current.position == block.count { dmaBlockDone() }
    }

    // MARK: Commands

    func readDMA(_ disk: any BlockStorage, extended: Bool) {
        guard busMaster != nil else { return fail(ErrorBit.abort) }
        guard locate(disk, extended: extended) else { return fail(ErrorBit.idNotFound) }
        current.block = Self.dmaBlock
        loadDMA(disk)
    }

    func writeDMA(_ disk: any BlockStorage, extended: Bool) {
        guard busMaster != nil else { return fail(ErrorBit.abort) }
        guard !disk.isReadOnly else { return fail(ErrorBit.writeProtect | ErrorBit.abort) }
        guard locate(disk, extended: extended) else { return fail(ErrorBit.idNotFound) }
        current.block = Self.dmaBlock
        askForDMA()
    }

    private func dmaBlockDone() {
        if let drive = packetDrive { return pieceTaken(drive) }
        guard let disk else { return transferEnded() }
        if current.phase == .dmaFromHost { return storeDMA(disk) }
        guard current.left > 0 else { return finish() }
        loadDMA(disk)
    }

    private func loadDMA(_ disk: any BlockStorage) {
        let wanted = Int(min(current.block, current.left))
        var bytes: [UInt8] = []
        do throws(BlockError) {
            bytes = try disk.read(sector: current.sector, count: wanted)
        } catch {
            // One of them cannot be had: those before it can.
            while bytes.count < wanted * sectorSize {
                guard let sector = try? disk.read(sector: current.sector + UInt64(bytes.count / sectorSize)) else {
                    break
                }
                bytes += sector
            }
            if bytes.isEmpty { return failed(error, isWrite: false) }
        }
        let count = bytes.count / sectorSize
        current.sector &+= UInt64(count)
        current.left -= UInt32(count)
        beginDMA(bytes, .dmaToHost)
    }

    private func askForDMA() {
        beginDMA([UInt8](repeating: 0, count: Int(min(current.block, current.left)) * sectorSize), .dmaFromHost)
    }

    private func storeDMA(_ disk: any BlockStorage) {
        let bytes = block, count = bytes.count / sectorSize
        do throws(BlockError) {
            try disk.write(sector: current.sector, sectors: bytes)
            current.sector &+= UInt64(count)
            current.left -= UInt32(count)
        } catch {
            // Which one it was: those before it are written.
            for index in 0..<count {
                do throws(BlockError) {
                    try disk.write(
                        sector: current.sector, Array(bytes[index * sectorSize..<(index + 1) * sectorSize]))
                } catch {
                    return failed(error, isWrite: true)
                }
                current.sector &+= 1
                current.left -= 1
            }
        }
        guard current.left > 0 else { return writeEnded(disk) }
        askForDMA()
    }

    private func beginDMA(_ bytes: [UInt8], _ phase: Phase) {
        block = bytes
        current.position = 0
        current.phase = phase
        current.status = Status.ready | Status.seekComplete | Status.dataRequest
        busMaster?()
    }
}
