import Foundation
import Machine
import PCBoard
import PCDevices
import Screen
import Testing

/// The package's folder.
let packageRoot = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

/// A board with our BIOS and some media, used as a person would: look at the screen, type, wait.
final class Guest {
    /// Guest time between two looks at the screen, and at the keyboard after a key, in ticks of 1 ns.
    static let screenLook: UInt64 = 5_000_000
    static let keyLook: UInt64 = 1_000_000

    let board: PCBoard
    private(set) var ending: Ending?
    private var serialBytes: [UInt8] = []
    private var consoleBytes: [UInt8] = []

    /// What the guest sent on COM1.
    var serial: String { String(decoding: serialBytes, as: UTF8.self) }
    /// What the guest sent to ports E9h and 402h; our BIOS sends its messages there, too.
    var console: String { String(decoding: consoleBytes, as: UTF8.self) }
    /// The text screen, rows without trailing blanks.
    var screen: [String] { PlainText.rows(board.vga.makeFrame()) }
    /// Guest time in ticks of 1 ns.
    var now: UInt64 { board.vm.io.events.now }

    /// `change` fits disks and options to a board that has our BIOS and isa-debug-exit at F4h.
    init(_ change: (inout PCConfiguration) throws -> Void) throws {
        #expect(ThrowObservers.areRemoved)
        var configuration = PCConfiguration()
        configuration.memorySize = 32 << 20
        configuration.firmware = Array(try Data(contentsOf: URL(fileURLWithPath: packageRoot + "/roms/bios.bin")))
        configuration.debugExit = (0xF4, 4)
        try change(&configuration)
        board = try PCBoard(configuration)
        board.serial.transmit = { [unowned self] in serialBytes.append($0) }
        board.debugConsole.output = { [unowned self] in consoleBytes.append($0) }
    }

    /// Runs until `condition` holds, the machine ends or `seconds` of guest time have passed; says whether it held.
    @discardableResult
    func run(seconds: Double, look: UInt64 = screenLook, until condition: () -> Bool = { false }) -> Bool {
        let limit = now + UInt64(seconds * 1e9)
        repeat {
            guard ending == nil, now < limit else { return false }
            if case .ended(let reached) = board.vm.run(until: min(limit, now + look)) { ending = reached }
        } while !condition()
        return true
    }

    /// Runs until a row of the screen satisfies `condition`.
    func waitForRow(_ seconds: Double, _ condition: (String) -> Bool) -> Bool {
        run(seconds: seconds) { screen.contains(where: condition) }
    }

    /// Types on the PS/2 keyboard: a key goes down when the machine has taken all earlier codes and the BIOS holds few
    /// keys back, so none is lost however slowly the guest takes them.
    func type(_ text: String) throws {
        for character in text {
            press(try #require(USLayout.keys(for: character), "no key types \(character)"))
            if heldByBIOS >= 8 { run(seconds: 1, look: Self.keyLook) { heldByBIOS < 8 } }
        }
    }

    /// Presses keys one after another and lets them go the other way round.
    func press(_ keys: [Key]) {
        for key in keys { move(key, isDown: true) }
        for key in keys.reversed() { move(key, isDown: false) }
    }

    private func move(_ key: Key, isDown: Bool) {
        board.vm.io.input.deliver(PS2Keyboard.logBytes(key, isDown: isDown), to: board.keyboard.name, at: now)
        run(seconds: 1, look: Self.keyLook) { !board.keyboard.hasByte }
    }

    /// Keys in the BIOS data area's ring: words between the head at 41Ah and the tail at 41Ch.
    private var heldByBIOS: Int {
        let area = board.vm.memory.busRead(0x41A, count: 4).map(Int.init)
        return ((area[2] | area[3] << 8) - (area[0] | area[1] << 8) + 32) % 32 / 2
    }
}

/// Swift Testing looks at the stack at every `throw` of the process. A throw is a guest's exception here, of which a boot
/// of Linux has hundreds of thousands, and tests that boot systems would take several times as long.
enum ThrowObservers {
    /// Takes the observers away, for all tests of the process. Errors that end a test are reported without a backtrace then.
    static let areRemoved: Bool = {
        for name in ["_swift_willThrow", "_swift_willThrowTypedImpl"] {
            guard let observer = dlsym(nil, name) else { return false }
            // SAFETY: the runtime's own variables, atomic pointers to functions; it calls none where they are null.
            observer.storeBytes(of: 0, as: UInt.self)
        }
        return true
    }()
}

/// Runs a program of the host and says whether it succeeded; what it prints goes to `output`.
@discardableResult
func runTool(_ path: String, _ arguments: [String], output: ((String) -> Void)? = nil) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    output?(String(decoding: data, as: UTF8.self))
    return process.terminationStatus == 0
}

/// A folder of its own for a test's files, gone when the test is.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/lucid86-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
