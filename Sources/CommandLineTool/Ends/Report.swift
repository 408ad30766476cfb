import Debugger
import FoundationEssentials
import Machine
import PCBoard
import Screen

/// The JSON report, schema `lucid86.report/1`.
struct Report: Encodable {
    /// Encodes nil as null instead of leaving the member out.
    struct OrNull<Value: Encodable>: Encodable {
        let value: Value?

        init(_ value: Value?) { self.value = value }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            if let value { try container.encode(value) } else { try container.encodeNil() }
        }
    }

    struct EndingPart: Encodable {
        let kind: String
        let exitCode: Int32
        let sentence: String
        /// A common mistake that what was left behind looks like.
        let hint: OrNull<String>
    }

    struct Reason: Encodable {
        let name: String
        let operands: [String: UInt64]
        let sentence: String
    }

    /// An error code of the form that selectors and IDT entries have (SDM 3A 6.13).
    struct ErrorBits: Encodable {
        let external: Bool
        let idt: Bool
        let ldt: Bool
        let index: UInt32
    }

    struct Link: Encodable {
        let vector: UInt8
        let name: String
        let errorCode: OrNull<UInt32>
        let errorBits: OrNull<ErrorBits>
        let reason: Reason
        let cs: UInt16
        let rip: UInt64
        let linear: UInt64
        let physical: UInt64
        let bytes: String
        let disassembly: String
        let symbol: OrNull<String>
    }

    struct Keys: Encodable {
        /// Chords that went down.
        let typed: Int
        /// Chords that did not.
        let left: Int
        /// The text that the script waited for at the end.
        let waitingFor: OrNull<String>
    }

    let schema = "lucid86.report/1"
    let ending: EndingPart
    let engine: String
    let seed: UInt64
    /// Null where an engine cannot count.
    let instructions: OrNull<UInt64>
    /// Instructions that the interpreter ran because KVM's emulator lacks them; null where KVM did not run.
    let assisted: OrNull<UInt64>
    let ticks: UInt64
    let guestTimeNs: UInt64
    let faults: [Link]
    /// The last MiB of what came out of the serial port.
    let serial: String
    /// Bytes that came out in all.
    let serialBytes: Int
    let debugcon: String
    let screen: [String]
    let keys: Keys
    let stateHash: String

    init(_ ending: Ending, of session: Session, frame: Frame) throws(Failure) {
        let vm = session.board.vm
        self.ending = EndingPart(
            kind: ending.name, exitCode: ending.exitCode, sentence: ending.sentence,
            hint: OrNull(Hints(vm).hint(for: ending)))
        engine = vm.engine?.name ?? "none"
        seed = session.settings.seed
        instructions = OrNull(vm.instructionsAreExact ? vm.instructions : nil)
        assisted = OrNull(session.board.kvm?.assisted)
        ticks = vm.io.events.now
        guestTimeNs = vm.io.events.now
        faults = ending.faults.map { Report.link($0, session.board.symbols) }
        serial = String(decoding: session.serial.kept, as: UTF8.self)
        serialBytes = session.serial.count
        debugcon = String(decoding: session.debugConsole.kept, as: UTF8.self)
        screen = PlainText.rows(frame)
        keys = Keys(
            typed: session.typist.typed, left: session.typist.left, waitingFor: OrNull(session.typist.waitingFor))
        do { stateHash = try vm.stateHash() } catch {
            throw Failure(.internal, "the machine's state could not be hashed: \(error)")
        }
    }

    static func link(_ record: FaultRecord, _ symbols: SymbolTable) -> Link {
        let exception = record.exception
        let reason = exception.reason
        // Only these vectors have codes with a selector in them; that of #DF and #AC is always zero.
        let hasSelector = (10...13).contains(exception.vector.rawValue)
        return Link(
            vector: exception.vector.rawValue, name: exception.vector.name, errorCode: OrNull(exception.errorCode),
            errorBits: OrNull(
                hasSelector
                    ? exception.errorCode.map {
                        ErrorBits(
                            external: $0 & 1 != 0, idt: $0 & 2 != 0, ldt: $0 & 6 == 4, index: $0 >> 3 & 0x1FFF)
                    } : nil),
            reason: Reason(
                name: reason.name,
                operands: Dictionary(
                    reason.operands.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                sentence: reason.sentence), cs: record.codeSelector, rip: record.instructionPointer,
            linear: record.linear, physical: record.physical, bytes: InstructionText.hex(record.bytes),
            disassembly: record.disassembly, symbol: OrNull(symbols.text(at: record.linear)))
    }

    func write(to path: String) throws(Failure) {
        try HostFile.write(try JSONText.of(self), to: path, option: "--report")
    }
}

/// JSON as all files of this program have it: indented, keys sorted.
enum JSONText {
    static func of(_ value: some Encodable) throws(Failure) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do { return Array(try encoder.encode(value)) + [10] } catch {
            throw Failure(.internal, "the JSON could not be made: \(error)")
        }
    }
}
