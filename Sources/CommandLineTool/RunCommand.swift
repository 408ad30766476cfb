import ArgumentParser
import Glibc
import Machine
import PCBoard
import PCDevices
import Screen

/// `lucid86 [run] [options]`: boots the machine and runs it to its end.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Boots a machine.",
        discussion: """
            Examples:
              lucid86 disk.img -nographic
              lucid86 -hda disk.img -snapshot -serial stdio --budget 1000000000 --report -

            Exit codes: 0 power-off, reset under -no-reboot, quit; 2v+1 isa-debug-exit; 100 triple fault; 102 dead halt;
            104 stuck; 106 budget spent; 130, 143 signal; 64 usage; 65 bad image; 66 no input; 69 engine unavailable;
            70 internal; 74 I/O.
            """)

    @OptionGroup var options: RunOptions

    func run() throws {
        do {
            let ending = try Session(options).run()
            if ending.exitCode != 0 { throw ExitCode(ending.exitCode) }
        } catch let failure as Failure {
            complain(failure.description)
            throw ExitCode(failure.code.rawValue)
        }
    }
}

/// One run from options to ending.
final class Session {
    /// Ticks between two looks at signals: 1 ms of guest time.
    private static let slice: UInt64 = 1_000_000

    private let options: RunOptions
    private let board: PCBoard
    private let serial: ByteSink
    private let debugConsole: ByteSink

    init(_ options: RunOptions) throws {
        self.options = options
        guard options.engine == "interpreter" else {
            let known = options.engine == "kvm" || options.engine == "auto"
            throw Failure(
                known ? .unavailable : .usage,
                known
                    ? "the engine '\(options.engine)' is not there yet; use --engine interpreter"
                    : "no engine '\(options.engine)'; there are interpreter, kvm and auto")
        }
        guard options.display == "none" else {
            throw Failure(.usage, "-display \(options.display) is not there yet; use -display none")
        }
        guard let memory = MemorySize.parse(options.memory) else {
            throw Failure(.usage, "-m \(options.memory): give a size between 1M and 512G, like 128 or 2G")
        }
        var configuration = PCConfiguration()
        configuration.memorySize = memory
        configuration.bootOrder = options.boot.replacingPrefix("order=")
        guard configuration.bootOrder.allSatisfy({ "acd".contains($0) }) else {
            throw Failure(.usage, "-boot \(options.boot): give letters of a, c and d")
        }
        for device in options.device { try Session.add(device, to: &configuration) }
        configuration.disks = try DiskOptions.open(options)
        configuration.firmware = try HostFile.read(try options.bios ?? Firmware.builtIn(), limit: 256 << 10)
        do throws(PCError) {
            board = try PCBoard(configuration)
        } catch {
            let code: Failure.Code = if case .firmwareSize = error { .badData } else { .usage }
            throw Failure(code, error.description)
        }
        board.vm.endsOnReset = options.noReboot
        serial = try ByteSink(options.serial ?? (options.noGraphic ? "stdio" : "null"), option: "-serial")
        debugConsole = try ByteSink(options.debugConsole ?? "null", option: "-debugcon")
        board.serial.transmit = { [unowned self] in serial.put($0) }
        board.debugConsole.output = { [unowned self] in debugConsole.put($0) }
    }

    private static func add(_ device: String, to configuration: inout PCConfiguration) throws {
        let parts = device.split(separator: ",").map(String.init)
        guard parts.first == "isa-debug-exit" else {
            throw Failure(.usage, "-device \(device): the only device here is isa-debug-exit")
        }
        var base: UInt16 = 0x501, size: UInt16 = 2
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard pair.count == 2, let value = number(pair[1]) else {
                throw Failure(.usage, "-device \(device): '\(part)' is no port number")
            }
            switch pair[0] {
            case "iobase": base = value
            case "iosize": size = value
            default: throw Failure(.usage, "-device \(device): isa-debug-exit has iobase and iosize, no '\(pair[0])'")
            }
        }
        configuration.debugExit = (base, size)
    }

    private static func number(_ text: String) -> UInt16? {
        text.hasPrefix("0x") ? UInt16(text.dropFirst(2), radix: 16) : UInt16(text)
    }

    func run() throws -> Ending {
        StopSignal.install()
        let vm = board.vm
        try options.snapshots.restore(vm)
        let limit = options.budget ?? .max
        var ending: Ending?
        while ending == nil {
            let (next, overflows) = vm.io.events.now.addingReportingOverflow(Self.slice)
            switch vm.run(until: min(limit, overflows ? .max : next)) {
            case .ended(let reached): ending = reached
            case .breakpoint, .watchpoint, .limit:
                if let number = StopSignal.take() {
                    ending = Ending(.signal(number), sentence: "stopped by \(number == SIGINT ? "SIGINT" : "SIGTERM")")
                } else if vm.io.events.now >= limit {
                    ending = Ending(.budget, sentence: "the budget of \(limit) ticks is spent at \(place)")
                }
            }
        }
        serial.flush()
        debugConsole.flush()
        let reached = ending ?? Ending(.quit, sentence: "")
        try options.snapshots.save(vm)
        try write(reached)
        return reached
    }

    private var place: String {
        let cpu = board.vm.cpu
        return hexadecimal(UInt64(cpu.cs.selector), digits: 4) + ":" + hexadecimal(cpu.rip, digits: 8) + " in "
            + cpu.modeName
    }

    private func write(_ ending: Ending) throws {
        switch ending.kind {
        case .powerOff, .reset, .quit, .debugExit: break
        default:
            complain(ending.sentence)
            for fault in ending.faults { complain("  " + fault.sentence) }
        }
        let screen = PlainText.rows(board.vga.makeFrame())
        if let path = options.screenDump {
            try put(Array((screen.joined(separator: "\n") + "\n").utf8), to: path, "--screen-dump")
        }
        if let path = options.report {
            let text = String(decoding: serial.kept, as: UTF8.self)
            try put(try Report(ending, vm: board.vm, serial: text, screen: screen).json(), to: path, "--report")
        }
    }

    private func put(_ bytes: [UInt8], to path: String, _ option: String) throws {
        if path == "-" { return writeAll(bytes, to: STDOUT_FILENO) }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw Failure(.inputOutput, "\(option) \(path): \(String(cString: strerror(errno)))")
        }
        writeAll(bytes, to: descriptor)
        close(descriptor)
    }
}

extension String {
    func replacingPrefix(_ prefix: String) -> String { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self }
}
