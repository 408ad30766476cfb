import ArgumentParser
import Glibc
import X86ISA

/// A number as people write addresses: decimal, `0x7c00` or `7c00h`.
struct AddressArgument: ExpressibleByArgument, Equatable {
    var value: UInt64

    init(_ value: UInt64) { self.value = value }

    init?(argument: String) {
        let text = argument.lowercased()
        let parsed: UInt64?
        if text.hasPrefix("0x") {
            parsed = UInt64(text.dropFirst(2), radix: 16)
        } else if text.hasSuffix("h") {
            parsed = UInt64(text.dropLast(), radix: 16)
        } else {
            parsed = UInt64(text)
        }
        guard let parsed, !text.contains("+") else { return nil }
        value = parsed
    }

    var defaultValueDescription: String { "\(value)" }
}

/// `lucid86 disasm FILE`: the instructions of a file of machine code.
struct DisassembleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "disasm", abstract: "Shows the instructions in a file of machine code.",
        discussion: """
            One line for each instruction: its address, its bytes, its text. Bytes that
            are no instruction are (bad), with the reason behind a semicolon.
            ADDR and N are decimal, 0x7c00 or 7c00h.

            Examples:
              lucid86 disasm boot.bin --origin 0x7c00
              lucid86 disasm disk.img --count 20 --origin 0x7c00
              lucid86 disasm kernel.bin --mode 32 --origin 0x100000 --syntax att
              lucid86 disasm roms/bios.bin --skip 0xfff0 --origin 0xffff0 --count 1

            Exit codes: 0; 64 usage; 65 empty file; 66 no such file; 74 I/O.
            """)

    enum Mode: String, ExpressibleByArgument, CaseIterable {
        case bits16 = "16"
        case bits32 = "32"

        var codeSize: CodeSize { self == .bits16 ? .bits16 : .bits32 }
    }

    enum Syntax: String, ExpressibleByArgument, CaseIterable {
        case intel, att

        var syntax: Disassembler.Syntax { self == .intel ? .intel : .att }
    }

    @Argument(help: "The file, or - for stdin.")
    var file: String

    @Option(help: ArgumentHelp("Code of 16 or 32 bits.", valueName: "16|32"))
    var mode: Mode = .bits16

    @Option(help: ArgumentHelp("Address of the first byte that is shown.", valueName: "ADDR"))
    var origin = AddressArgument(0)

    @Option(
        help: ArgumentHelp(
            "Destination first (intel) or last, as objdump does by default (att).", valueName: "intel|att"))
    var syntax: Syntax = .intel

    @Option(help: ArgumentHelp("Stop after N lines.", valueName: "N"))
    var count: AddressArgument?

    @Option(help: ArgumentHelp("Begin N bytes into the file.", valueName: "N"))
    var skip = AddressArgument(0)

    func validate() throws {
        guard origin.value <= 0xFFFF_FFFF else {
            throw ValidationError("--origin is at most 0xffffffff")
        }
        guard skip.value <= UInt64(Int64.max) else { throw ValidationError("--skip is at most \(Int64.max)") }
        guard count?.value != 0 else { throw ValidationError("--count is at least 1") }
    }

    func run() throws {
        do {
            try list { writeAll($0, to: STDOUT_FILENO) }
        } catch let failure as Failure {
            complain(failure.description)
            throw ExitCode(failure.code.rawValue)
        }
    }

    /// Hands the listing to `output` in pieces.
    func list(_ output: (String) -> Void) throws {
        var input = try CodeInput(file)
        defer { input.close() }
        try input.skip(Int64(skip.value))
        let disassembler = Disassembler(syntax: syntax.syntax)
        var address = origin.value
        var left = count?.value ?? .max
        var text = ""
        while left > 0 {
            let window = try input.window()
            if window.isEmpty { break }
            var line = disassembler.line(window, at: address, codeSize: mode.codeSize)
            // At the end of the file all that is left belongs to one incomplete instruction.
            if line.error == .truncated { line.length = window.count }
            text += Self.render(line, bytes: window.prefix(line.length), address: address)
            input.take(line.length)
            address = (address &+ UInt64(line.length)) & 0xFFFF_FFFF
            left -= 1
            if text.utf8.count > 60_000 {
                output(text)
                text = ""
            }
        }
        output(text)
    }

    private static func render(_ line: Disassembler.Line, bytes: ArraySlice<UInt8>, address: UInt64) -> String {
        let code = bytes.map { padded(String($0, radix: 16), 2) }.joined(separator: " ")
        var text = line.text
        switch line.error {
        case nil: break
        case .truncated: text += "  ; the file ends inside the instruction"
        case .undefinedOpcode: text += "  ; no instruction (#UD)"
        case .lockNotAllowed: text += "  ; LOCK cannot go with this instruction (#UD)"
        case .tooLong: text += "  ; longer than 15 bytes (#GP)"
        }
        let blanks = String(repeating: " ", count: max(2, 26 - code.utf8.count))
        return "\(padded(String(address, radix: 16), 8))  \(code)\(blanks)\(text)\n"
    }

    private static func padded(_ digits: String, _ count: Int) -> String {
        String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
    }
}

/// The bytes of a file or of stdin from front to back, without holding more than a piece of them.
private struct CodeInput {
    private static var pieceSize: Int { 64 << 10 }

    private let name: String
    private let descriptor: Int32
    private let isOpened: Bool
    private var buffer: [UInt8] = []
    private var position = 0
    private var atEnd = false

    init(_ path: String) throws {
        isOpened = path != "-"
        name = isOpened ? path : "stdin"
        descriptor = isOpened ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO
        guard descriptor >= 0 else { throw Failure(.noInput, "\(path): \(String(cString: strerror(errno)))") }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            close()
            throw Failure(.noInput, "\(name) is a directory; give a file of machine code")
        }
        do {
            try fill()
        } catch {
            close()
            throw error
        }
        if buffer.isEmpty {
            close()
            throw Failure(.badData, "\(name) is empty")
        }
    }

    func close() {
        if isOpened { _ = Glibc.close(descriptor) }
    }

    /// Leaves out the first `count` bytes.
    mutating func skip(_ count: Int64) throws {
        var left = count
        if isOpened, left > buffer.count, lseek(descriptor, 0, SEEK_CUR) >= 0 {
            buffer = []
            // The one way to fail is a position that no file can have.
            atEnd = lseek(descriptor, Int(left), SEEK_SET) < 0
            left = 0
            try fill()
        }
        while left > 0, !buffer.isEmpty {
            let part = min(Int64(buffer.count - position), left)
            position += Int(part)
            left -= part
            if left > 0 {
                buffer = []
                position = 0
                try fill()
            }
        }
        guard try !window().isEmpty else {
            throw Failure(.usage, "--skip \(count) leaves nothing of \(name)")
        }
    }

    /// The next bytes: 15, or all that are left.
    mutating func window() throws -> [UInt8] {
        if buffer.count - position < 15, !atEnd { try fill() }
        return Array(buffer[position..<min(position + 15, buffer.count)])
    }

    mutating func take(_ count: Int) { position = min(position + count, buffer.count) }

    /// Drops what is taken and reads until a piece is there or the input ends.
    private mutating func fill() throws {
        buffer.removeFirst(position)
        position = 0
        var chunk = [UInt8](repeating: 0, count: Self.pieceSize)
        while buffer.count < Self.pieceSize, !atEnd {
            let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw failure()
            }
            if count == 0 { atEnd = true }
            buffer += chunk.prefix(count)
        }
    }

    private func failure() -> Failure { Failure(.inputOutput, "\(name): \(String(cString: strerror(errno)))") }
}
