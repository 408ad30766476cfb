import Foundation
import Interpreter
import Machine
import PCBoard
import PCDevices

/// A machine before its run, as plain data: what a generator makes, a minimiser cuts down and a file of `FailCases` keeps.
public struct FuzzCase: Codable, Equatable, Sendable {
    /// Bytes at a physical address.
    public struct Piece: Codable, Equatable, Sendable {
        public var address: UInt64
        /// Hexadecimal, two digits a byte.
        public var bytes: String
    }

    public enum Kind: String, Codable, Sendable {
        /// CPU, memory and one `FuzzDevice`.
        case bare
        /// A whole PC.
        case board
    }

    /// How the second run of the comparison is cut.
    public enum Cut: Codable, Equatable, Sendable {
        /// Into pieces of so many ticks.
        case every(UInt64)
        /// Into pieces of 1 to 40 ticks.
        case random(UInt64)
    }

    /// What a debugger does in a further run, which must be the same run.
    public enum Observation: Codable, Equatable, Sendable {
        /// One `stepInstruction` after another.
        case steps
        /// Stops at these linear addresses.
        case breakpoints([UInt64])
        case watches([Watch])
    }

    /// Watched physical memory.
    public struct Watch: Codable, Equatable, Sendable {
        public var start: UInt64
        public var count: UInt64
        public var reads: Bool
        public var writes: Bool
    }

    /// Where it came from: `seed 7 case 1234`.
    public var origin: String
    public var kind: Kind
    /// Name of the CPU; `pentium` where there is none.
    public var cpuModel: String?
    public var memorySize: UInt64
    public var a20 = true
    /// CPUFile fields that differ from the state after reset.
    public var registers: [String: UInt64] = [:]
    public var pieces: [Piece] = []
    /// Which of the pieces is the code that runs.
    public var code = 0
    /// Seed of the RAM's other content; 0 leaves it zero.
    public var fill: UInt64 = 0
    /// Port, width in bytes, value: written before the run.
    public var portWrites: [[UInt32]] = []
    /// Seed of the bare machine's device.
    public var device: UInt64 = 0
    /// Length of the run.
    public var ticks: UInt64
    public var cut: Cut = .every(1)
    public var observation: Observation?

    public init(origin: String, kind: Kind, memorySize: UInt64, device: UInt64 = 0, ticks: UInt64) {
        self.origin = origin
        self.kind = kind
        self.memorySize = memorySize
        self.device = device
        self.ticks = ticks
    }

    var model: CPUModel { (cpuModel.flatMap(CPUDefinition.named)?.model().model) ?? .pentium }

    public var codeBytes: [UInt8] {
        get { pieces.indices.contains(code) ? Hex.bytes(pieces[code].bytes) : [] }
        set { if pieces.indices.contains(code) { pieces[code].bytes = Hex.text(newValue) } }
    }

    public mutating func add(_ bytes: [UInt8], at address: UInt64) {
        pieces.append(Piece(address: address, bytes: Hex.text(bytes)))
    }

    public mutating func set(_ cpu: CPUFile) {
        let plain = CPUFile.afterReset
        for field in CPUFile.fields where cpu[field] != plain[field] { registers[field.name] = cpu[field] }
    }

    public var cpu: CPUFile {
        var cpu = CPUFile.afterReset
        for field in CPUFile.fields { if let value = registers[field.name] { cpu[field] = value } }
        return cpu
    }

    /// JSON, one field a line.
    public func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        return try encoder.encode(self)
    }
}

/// Two digits a byte.
enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 2)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func bytes(_ text: String) -> [UInt8] {
        let digits = Array(text.utf8).map { digit -> UInt8 in
            switch digit {
            case 48...57: digit - 48
            case 97...102: digit - 87
            default: 0
            }
        }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}

/// The machine of a case, made anew for each run.
public final class FuzzMachine {
    private let vm: VM
    public let board: PCBoard?
    let interpreter: Interpreter
    private let device: FuzzDevice?

    /// Keeps the machine's chips alive while its VM runs, which does not own them.
    public func use<T>(_ body: (VM) throws -> T) rethrows -> T {
        try withExtendedLifetime(self) { try body(vm) }
    }

    public init(_ fuzzCase: FuzzCase) throws {
        switch fuzzCase.kind {
        case .bare:
            let vm = try VM(memorySize: fuzzCase.memorySize, cpuModel: fuzzCase.model)
            let interpreter = Interpreter(vm: vm)
            vm.start(with: interpreter)
            device = try FuzzDevice(seed: fuzzCase.device, vm: vm)
            self.vm = vm
            self.interpreter = interpreter
            board = nil
        case .board:
            var configuration = PCConfiguration()
            configuration.memorySize = fuzzCase.memorySize
            configuration.cpuModel = fuzzCase.model
            var random = FuzzRandom(seed: fuzzCase.device)
            configuration.firmware = [UInt8](repeating: 0xF4, count: 65536)
            configuration.disks[0] = SnapshotOverlay(over: MemoryDisk(random.bytes(16 * sectorSize)))
            configuration.debugExit = (0xF4, 4)
            let board = try PCBoard(configuration)
            vm = board.vm
            self.board = board
            interpreter = board.interpreter
            device = nil
        }
        if fuzzCase.fill != 0 { fillMemory(fuzzCase.fill) }
        for piece in fuzzCase.pieces { vm.memory.load(Hex.bytes(piece.bytes), at: piece.address) }
        for write in fuzzCase.portWrites where write.count == 3 {
            vm.io.ports.write(Port(UInt16(truncatingIfNeeded: write[0])), width: Int(write[1]), value: write[2])
        }
        vm.memory.setA20(fuzzCase.a20)
        vm.cpu = fuzzCase.cpu
    }

    /// Random bytes in the first 64 KiB, and every 16 KiB a few.
    private func fillMemory(_ seed: UInt64) {
        var random = FuzzRandom(seed: seed)
        let bytes = random.bytes(4096)
        for page in 0..<16 { vm.memory.load(bytes, at: UInt64(page) * 4096) }
        for place in stride(from: UInt64(65536), to: vm.memory.size, by: 16384) {
            vm.memory.load(Array(bytes.prefix(64)), at: place)
        }
    }
}
