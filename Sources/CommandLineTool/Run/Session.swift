import Machine
import PCBoard
import PCDevices
import Screen

/// What the debugger answers when it gives a run back.
public enum MonitorAnswer: Sendable {
    /// The machine runs on.
    case resume
    case quit
}

/// A machine with everything that the options attached to it, from start to end.
final class Session {
    let settings: RunSettings
    let board: PCBoard
    let serial: ByteSink
    let secondSerial: ByteSink
    let debugConsole: ByteSink
    let screen: ScreenText
    let typist: Typist
    let log: ExecutionLog?
    /// Of virtio consoles, in the board's order.
    let consoleSinks: [ByteSink]
    let networks: HostNetworks
    private let portLogs: [PortLog]
    private let storages: [(path: String, storage: any BlockStorage)]

    /// Moves the machine on to a tick in place of `VM.run`.
    var drive: ((UInt64) -> VM.Stop)?
    /// The debugger that `enterMonitor` leads to.
    var attached: AttachedMonitor?
    /// Entered by Ctrl-A c, Ctrl-C, -S and breakpoints with the live machine, whose terminal is then in its usual mode.
    var enterMonitor: ((PCBoard) -> MonitorAnswer)?

    init(_ settings: RunSettings) throws(Failure) {
        self.settings = settings
        for note in settings.notes { complain(note) }
        try settings.expectWritableOutputs()
        var configuration = PCConfiguration()
        configuration.memorySize = settings.memorySize
        let cpu = try settings.cpu.model(offered: Self.hostLeaves(settings))
        if let note = cpu.note { complain(note) }
        configuration.cpuModel = cpu.model
        configuration.seed = settings.seed
        configuration.processors = settings.processors
        configuration.bootOrder = settings.bootOrder
        configuration.debugExit = settings.debugExit
        configuration.hasSecondSerial = settings.secondSerial != nil
        configuration.hasTestDevice = settings.hasTestDevice
        configuration.startDate = settings.startDate
        configuration.firmware = try FirmwareFiles.system(settings.firmware)
        configuration.videoROM = try FirmwareFiles.video(beside: settings.firmware)
        var storages: [(path: String, storage: any BlockStorage)] = []
        func open(_ drive: DriveSettings.Drive?) throws(Failure) -> (any BlockStorage)? {
            guard let drive else { return nil }
            let storage = try DriveSettings.open(drive)
            storages.append((drive.path, storage))
            return storage
        }
        var disks: [(any BlockStorage)?] = []
        for (index, drive) in settings.drives.disks.enumerated() {
            if let drive, drive.isDisc {
                let disc = drive.path.isEmpty ? nil : try DriveSettings.open(drive)
                configuration.discDrives[index] = DiscDrive(disc: disc)
                disks.append(nil)
            } else {
                disks.append(try open(drive))
            }
        }
        var floppies: [(any BlockStorage)?] = []
        for drive in settings.drives.floppies { floppies.append(try open(drive)) }
        var pciDevices = FittedNames()
        for device in settings.pci.devices {
            var storage: (any BlockStorage)?
            if case .disk(let drive) = device.kind { storage = try open(drive) }
            configuration.pciDevices.append(pciDevices.device(device, storage))
        }
        configuration.disks = disks
        configuration.floppies = floppies
        configuration.kernel = try settings.kernel.load()
        self.storages = storages
        do throws(PCError) {
            board = try PCBoard(configuration)
        } catch {
            switch error {
            case .firmwareSize: throw Failure(.badData, error.description)
            case .floppySize: throw Failure(.badData, error.description + "; give a larger image as -hda")
            case .kernel(let error): throw KernelSettings.failure(error, settings.kernel.kernel ?? "-kernel")
            default: throw Failure(.usage, error.description)
            }
        }
        try settings.kernel.addConfigFiles(to: board)
        board.vm.endsOnReset = settings.noReboot
        serial = try ByteSink(settings.serial, option: "-serial")
        secondSerial = try ByteSink(settings.secondSerial ?? .nowhere, option: "-serial")
        debugConsole = try ByteSink(settings.debugConsole, option: "-debugcon")
        consoleSinks = try settings.pci.consoles.map { stream throws(Failure) in
            try ByteSink(stream, option: "-chardev")
        }
        networks = try HostNetworks(settings.pci.cardNetworks, board: board)
        screen = ScreenText(board: board)
        typist = Typist(board: board, screen: screen, script: settings.keys)
        var logs: [PortLog] = []
        for setting in settings.portLogs { logs.append(try PortLog(setting)) }
        portLogs = logs
        if let setting = settings.log { log = try ExecutionLog(setting, board: board) } else { log = nil }
        connect()
        // An engine refuses what it cannot run, so it is there before a machine is restored.
        try startEngine()
        try settings.snapshots.restore(board.vm)
        if settings.snapshots.restore == nil { warnAboutBootSector() }
    }

    private func connect() {
        board.serial.transmit = { [unowned self] in serial.put($0) }
        board.secondSerial?.transmit = { [unowned self] in secondSerial.put($0) }
        board.debugConsole.output = { [unowned self] in debugConsole.put($0) }
        for (fitted, sink) in zip(board.fitted.consoles, consoleSinks) {
            fitted.console.output = { [unowned sink] in for byte in $0 { sink.put(byte) } }
        }
        if let pattern = settings.failOn {
            serial.watch = { pattern.take($0, from: "serial") }
            secondSerial.watch = { pattern.take($0, from: "serial1") }
            for sink in consoleSinks { sink.watch = { pattern.take($0, from: "virtconsole") } }
            debugConsole.watch = { pattern.take($0, from: "debugcon") }
        }
        // A guest may try the same sector for ever.
        var told = 0
        board.diskError = { text in
            told += 1
            if told <= 10 { complain(text) }
        }
        guard !portLogs.isEmpty else { return }
        let logs = portLogs, ports = board.vm.io.ports
        let before = ports.observer
        ports.observer = { port, width, value, isWrite in
            before?(port, width, value, isWrite)
            guard isWrite else { return }
            for log in logs { log.take(port, width, value) }
        }
    }

    /// The BIOS says so too, but not on stderr.
    private func warnAboutBootSector() {
        guard settings.kernel.kernel == nil, let first = storages.first,
            DriveSettings.hasBootSignature(first.storage) == false
        else { return }
        complain("\(first.path): the first sector does not end with 55 AA, so the BIOS will not boot from it")
    }

    /// Runs to the end, and concludes.
    func run() throws(Failure) -> Ending {
        StopSignal.install()
        attachMonitor(keepsOpen: settings.noShutdown)
        let loop = try RunLoop(self)
        let ending = loop.run()
        loop.close()
        return try conclude(ending)
    }

    /// Flushes what is open, writes what was asked for, and tells the story of a bad end.
    func conclude(_ ending: Ending) throws(Failure) -> Ending {
        var failure: Failure?
        func attempt(_ work: () throws(Failure) -> Void) {
            do throws(Failure) { try work() } catch { failure = failure ?? error }
        }
        serial.flush()
        secondSerial.flush()
        debugConsole.flush()
        for sink in consoleSinks { sink.flush() }
        log?.flush()
        for log in portLogs { attempt { () throws(Failure) in try log.finish() } }
        attempt { () throws(Failure) in try settings.snapshots.save(board.vm) }
        for (path, storage) in storages {
            do throws(BlockError) { try storage.flush() } catch {
                failure = failure ?? Failure(.inputOutput, "\(path): the image could not be flushed: \(error)")
            }
        }
        for line in EndStory.lines(ending, of: self) { complain(line) }
        let frame = board.vga.makeFrame()
        for path in settings.screenDumps { attempt { () throws(Failure) in try ScreenDump.write(frame, to: path) } }
        if let path = settings.dumpState {
            attempt { () throws(Failure) in
                try StateDump(board.vm, ranges: settings.dumpMemory).write(to: path)
            }
        }
        if let path = settings.report {
            attempt { () throws(Failure) in try Report(ending, of: self, frame: frame).write(to: path) }
        }
        if let failure { throw failure }
        return ending
    }
}
