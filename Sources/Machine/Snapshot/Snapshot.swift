import FoundationEssentials

/// Saving and restoring the whole machine. What is guest-visible is saved, and nothing else: no trace, no host
/// pointer, no path, no host event. What the guest's TLB holds is a part of it.
extension VM {
    /// Writes the machine to a file, which takes the place of one of that name only when it is whole. RAM is streamed.
    ///
    /// Between runs only. The images of disks without an overlay are not copied: the file is good for as long as they
    /// stay as they are.
    public func save(to path: String) throws(SnapshotError) {
        var states: [[UInt8]] = []
        for device in io.devices {
            do { states.append(Array(try device.encodedState())) } catch {
                throw .malformed("\(device.name) cannot be saved: \(error)")
            }
        }
        let pages = memory.usedPages
        let sectors = disks.map { $0.written.map { $0().sorted { $0.number < $1.number } } }
        var header = snapshotHeader()
        for index in states.indices { header.devices[index].length = states[index].count }
        header.pages = UInt64(pages.count)
        for index in disks.indices { header.disks[index].written = sectors[index].map { UInt64($0.count) } }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let text = try? encoder.encode(header) else { throw .malformed("the header cannot be written") }

        var writer = try SnapshotWriter(path: path)
        try writer.put(
            SnapshotFormat.magic + littleEndian(SnapshotFormat.version)
                + littleEndian(UInt32(truncatingIfNeeded: text.count)))
        try writer.put(Array(text))
        for state in states { try writer.put(state) }
        for offset in pages {
            try writer.put(offset)
            try writer.put(memory.page(at: offset))
        }
        for list in sectors {
            for sector in list ?? [] {
                try writer.put(sector.number)
                try writer.put(sector.bytes)
            }
        }
        try writer.finish()
    }

    /// Puts the machine into the state of a save file. On any error it stays as it is.
    ///
    /// Between runs only. The machine must be made alike: memory, ROMs, devices and disks.
    public func restore(from path: String) throws(SnapshotError) {
        let loaded = try SnapshotContent(path: path, for: self)
        try apply(loaded)
    }

    /// The header for this machine as it is now, without the lengths of what follows it.
    func snapshotHeader() -> SnapshotHeader {
        func words(_ file: CPUFile) -> [String: UInt64] {
            var registers: [String: UInt64] = [:]
            for field in CPUFile.fields { registers[field.name] = file[field] }
            return registers
        }
        let others: [SnapshotHeader.Parked] =
            processors == 1
            ? []
            : parked.enumerated().map { number, file in
                number == io.processor
                    ? .init(registers: [:], translations: [])
                    : .init(registers: words(file), translations: memory.translationBuffers[number].words)
            }
        return SnapshotHeader(
            engine: engine?.name ?? "none", cpuModel: cpuModel.name, cpuDigest: cpuModel.digest, tscRate: tscRate,
            memorySize: memory.size,
            regions: memory.regions.map {
                SnapshotHeader.Region(
                    name: $0.name, start: $0.start, size: $0.size, digest: memory.romDigest(of: $0))
            },
            disks: disks.map { SnapshotHeader.Disk(name: $0.name, sectors: $0.sectors) },
            devices: io.devices.map { SnapshotHeader.Device(name: $0.name, length: 0) }, pages: 0,
            registers: words(cpu), a20: memory.a20Mask == .max,
            translations: memory.translations.words, parked: others, processor: io.processor, schedule: schedule,
            pins: io.pins, request: io.request,
            random: random.state, instructions: instructions, events: io.events.state)
    }

    /// Devices first, since they can refuse; what can refuse nothing comes after them.
    private func apply(_ loaded: SnapshotContent) throws(SnapshotError) {
        let header = loaded.header
        let before = (time: io.events.state, pins: io.pins, a20: memory.a20Mask == .max)
        var saved: [Data] = []
        for device in io.devices {
            do { saved.append(try device.encodedState()) } catch {
                throw .refused("\(device.name) of the running machine cannot be set aside: \(error)")
            }
        }
        if let problem = setDevices(loaded.states, time: header.events) {
            _ = setDevices(saved, time: before.time)
            setLines(before.pins, a20: before.a20)
            throw .refused(problem)
        }
        setLines(header.pins, a20: header.a20)
        _ = memory.restore(pages: loaded.pages)
        for (disk, sectors) in zip(disks, loaded.sectors) { disk.replace?(sectors) }
        io.restoreRequest(header.request)
        io.input.forget(after: header.events.now)
        instructions = header.instructions
        random.state = header.random
        restoreProcessors(loaded)
        cpu = loaded.cpu
        _ = memory.translations.restore(header.translations)
    }

    private func restoreProcessors(_ loaded: SnapshotContent) {
        guard processors > 1 else { return }
        schedule = loaded.header.schedule
        memory.useTranslations(of: loaded.header.processor)
        io.select(loaded.header.processor)
        for (number, file) in loaded.parked {
            parked[number] = file
            if io.localAPICs.indices.contains(number) {
                io.localAPICs[number].timeStampOffset = file.tscOffset
            }
            let buffer = memory.translationBuffers[number]
            _ = buffer.restore(loaded.header.parked[number].translations)
            // Of the one that runs the engine tells.
            let identifies = file.cr4 & ControlBits.processContextIdentifiers != 0
            buffer.use(context: identifies ? UInt16(truncatingIfNeeded: file.cr3 & 0xFFF) : 0, keeps: true)
        }
    }

    /// Time, the devices' states, and time again, since a device that is set may move its deadlines. In two rounds,
    /// since a pin that moves changes the chip at its other end. Returns what was refused.
    private func setDevices(_ states: [Data], time: EventQueue.State) -> String? {
        io.events.state = time
        for _ in 0..<2 {
            for (device, data) in zip(io.devices, states) {
                do { try device.restoreState(from: data) } catch { return "\(device.name): \(describe(error))" }
            }
        }
        io.events.state = time
        for (device, data) in zip(io.devices, states) where !device.holds(data) { return device.name }
        return nil
    }

    private func setLines(_ pins: [ProcessorPins], a20: Bool) {
        io.restorePins(pins)
        memory.setA20(a20)
    }
}

/// A decoding error in a few words, without the file's own content.
private func describe(_ error: any Error) -> String {
    switch error {
    case DecodingError.keyNotFound(let key, _): "'\(key.stringValue)' is missing"
    case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
        DecodingError.dataCorrupted(let context):
        "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' is not what it should be"
    default: "its state is not readable"
    }
}

extension Device {
    /// The device's state is the one of `data`: it took it whole.
    func holds(_ data: Data) -> Bool {
        guard let wanted = try? JSONDecoder().decode(State.self, from: data) else { return false }
        return state == wanted
    }
}

/// A save file, read whole and checked against a machine, which it leaves alone.
struct SnapshotContent {
    let header: SnapshotHeader
    let cpu: CPUFile
    /// Processors that do not run now, with their numbers.
    let parked: [(number: Int, file: CPUFile)]
    let states: [Data]
    let pages: [(offset: UInt64, bytes: [UInt8])]
    let sectors: [[SnapshotDisk.Sector]]

    init(path: String, for vm: VM) throws(SnapshotError) {
        var reader = try SnapshotReader(path: path)
        header = try Self.readHeader(&reader)
        try Self.check(header, vm)
        guard TranslationBuffer.areValid(header.translations) else { throw .malformed("the translations of the TLB") }
        cpu = try Self.registers(header.registers, vm.cpuModel)
        var parked: [(number: Int, file: CPUFile)] = []
        for (number, other) in header.parked.enumerated() where number != header.processor {
            guard TranslationBuffer.areValid(other.translations) else { throw .malformed("the translations of a TLB") }
            parked.append((number, try Self.registers(other.registers, vm.cpuModel)))
        }
        self.parked = parked
        if let engine = vm.engine, let reason = engine.refusal(of: cpu) {
            throw .engine("the \(engine.name) cannot go on from the save file, since \(reason)")
        }
        var states: [Data] = []
        for device in header.devices {
            guard (0...SnapshotFormat.longestText).contains(device.length) else {
                throw .malformed("the state of \(device.name) is \(device.length) bytes long")
            }
            states.append(Data(try reader.take(device.length)))
        }
        self.states = states
        pages = try Self.readPages(
            &reader, count: header.pages, memorySize: header.memorySize + vm.memory.deviceSize)
        var sectors: [[SnapshotDisk.Sector]] = []
        for disk in header.disks { sectors.append(try Self.readSectors(&reader, of: disk)) }
        self.sectors = sectors
        try reader.finish()
    }

    private static func readHeader(_ reader: inout SnapshotReader) throws(SnapshotError) -> SnapshotHeader {
        guard reader.left >= UInt64(SnapshotFormat.prefixSize) else { throw .notASaveFile }
        let prefix = try reader.take(SnapshotFormat.prefixSize)
        guard Array(prefix[0..<8]) == SnapshotFormat.magic else { throw .notASaveFile }
        func number(_ offset: Int) -> UInt32 {
            prefix.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }
        }
        guard number(8) == SnapshotFormat.version else { throw .formatVersion(number(8)) }
        let length = Int(number(12))
        guard length <= SnapshotFormat.longestText else { throw .malformed("a header of \(length) bytes") }
        let text = Data(try reader.take(length))
        do { return try JSONDecoder().decode(SnapshotHeader.self, from: text) } catch {
            throw .malformed("the header: \(describe(error))")
        }
    }

    private static func readPages(
        _ reader: inout SnapshotReader, count: UInt64, memorySize: UInt64
    ) throws(SnapshotError) -> [(offset: UInt64, bytes: [UInt8])] {
        guard count <= reader.left / UInt64(SnapshotFormat.pageSize + 8) else { throw .truncated }
        var pages: [(offset: UInt64, bytes: [UInt8])] = []
        pages.reserveCapacity(Int(count))
        for _ in 0..<count {
            let offset = try reader.takeNumber()
            guard offset % UInt64(SnapshotFormat.pageSize) == 0, offset < memorySize,
                pages.last.map({ $0.offset < offset }) ?? true
            else { throw .malformed("a page at \(hexadecimal(offset))h") }
            pages.append((offset, try reader.take(SnapshotFormat.pageSize)))
        }
        return pages
    }

    private static func readSectors(
        _ reader: inout SnapshotReader, of disk: SnapshotHeader.Disk
    ) throws(SnapshotError) -> [SnapshotDisk.Sector] {
        guard let count = disk.written else { return [] }
        guard count <= reader.left / UInt64(SnapshotFormat.sectorSize + 8) else { throw .truncated }
        var list: [SnapshotDisk.Sector] = []
        for _ in 0..<count {
            let number = try reader.takeNumber()
            guard number < disk.sectors, list.last.map({ $0.number < number }) ?? true else {
                throw .malformed("sector \(number) of \(disk.name)")
            }
            list.append((number, try reader.take(SnapshotFormat.sectorSize)))
        }
        return list
    }

    private static func registers(_ words: [String: UInt64], _ model: CPUModel) throws(SnapshotError) -> CPUFile {
        var cpu = CPUFile()
        guard words.count == CPUFile.fields.count else {
            throw .malformed("\(words.count) registers instead of \(CPUFile.fields.count)")
        }
        for field in CPUFile.fields {
            guard let value = words[field.name] else { throw .malformed("no register \(field.name)") }
            cpu[field] = value
            guard cpu[field] == value else { throw .refused("\(field.name) is \(hexadecimal(value))h") }
        }
        if let problem = cpu.inconsistency ?? model.inconsistency(of: cpu.slow) { throw .refused(problem) }
        return cpu
    }

    // MARK: Is it a machine like this one?

    private static func check(_ header: SnapshotHeader, _ vm: VM) throws(SnapshotError) {
        let own = vm.snapshotHeader()
        guard header.memorySize == own.memorySize else {
            throw .otherMachine("made with \(mebibytes(header.memorySize)), this one has \(mebibytes(own.memorySize))")
        }
        guard header.pins.count == own.pins.count, header.parked.count == own.parked.count,
            own.pins.indices.contains(header.processor)
        else {
            throw .otherMachine("made with \(header.pins.count) processors, this one has \(own.pins.count)")
        }
        guard header.cpuModel == own.cpuModel, header.tscRate == own.tscRate else {
            throw .otherMachine(
                "made with CPU \(String(header.cpuModel.prefix(40))) and a TSC of \(header.tscRate) Hz, this one is \(own.cpuModel) "
                    + "with \(own.tscRate) Hz")
        }
        guard header.cpuDigest == own.cpuDigest else {
            throw .otherMachine("made with CPU \(own.cpuModel) on another host, whose CPU tells other things of itself")
        }
        try checkNames(header.devices.map(\.name), own.devices.map(\.name), "device")
        try checkNames(header.regions.map(\.name), own.regions.map(\.name), "memory region")
        for (theirs, mine) in zip(header.regions, own.regions) where theirs != mine {
            let differs = theirs.digest != mine.digest ? "has other content" : "lies elsewhere"
            throw .otherMachine("\(theirs.name) \(differs) there")
        }
        try checkNames(header.disks.map(\.name), own.disks.map(\.name), "disk")
        for (theirs, mine) in zip(header.disks, vm.disks) {
            guard theirs.sectors == mine.sectors else {
                throw .otherMachine(
                    "\(theirs.name) had \(theirs.sectors) sectors, here it has \(mine.sectors)")
            }
            guard theirs.written == nil || mine.replace != nil else {
                throw .otherMachine("\(theirs.name) kept its writes in memory; give -snapshot here too")
            }
        }
        // 2^62 ns are 146 years: no sum of times overflows before.
        let latest: UInt64 = 1 << 62
        guard header.events.now < latest, header.events.deadlines.values.allSatisfy({ $0 < latest }) else {
            throw .refused("the clock is beyond the end of time")
        }
        for name in header.events.deadlines.keys.sorted() where !vm.io.events.hasGuestEvent(named: name) {
            throw .otherMachine("it waits for '\(String(name.prefix(40)))', which nothing here does")
        }
    }

    private static func mebibytes(_ size: UInt64) -> String {
        size % (1 << 20) == 0 ? "\(size >> 20) MiB" : "\(size >> 10) KiB"
    }

    private static func checkNames(_ theirs: [String], _ mine: [String], _ what: String) throws(SnapshotError) {
        for name in theirs where !mine.contains(name) {
            throw .otherMachine("it has the \(what) '\(String(name.prefix(40)))', this one has not")
        }
        for name in mine where !theirs.contains(name) {
            throw .otherMachine("this one has the \(what) '\(name)', it has not")
        }
        guard theirs == mine else { throw .otherMachine("its list of \(what)s has another order") }
    }
}
