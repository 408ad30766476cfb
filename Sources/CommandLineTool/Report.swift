import FoundationEssentials
import Machine

/// The JSON report, schema `lucid86.report/1`.
struct Report: Encodable {
    struct EndingPart: Encodable {
        let kind: String
        let exitCode: Int32
        let sentence: String
    }

    struct Reason: Encodable {
        let name: String
        let operands: [String: UInt64]
        let sentence: String
    }

    struct ErrorBits: Encodable {
        let external: Bool
        let idt: Bool
        let ldt: Bool
        let index: UInt32
    }

    struct Link: Encodable {
        let vector: UInt8
        let name: String
        let errorCode: UInt32?
        let errorBits: ErrorBits?
        let reason: Reason
        let cs: UInt16
        let rip: UInt64
        let linear: UInt64
        let physical: UInt64
        let bytes: String
        let disassembly: String
        let symbol: String?
    }

    let schema = "lucid86.report/1"
    let ending: EndingPart
    let engine: String
    let instructions: UInt64?
    let ticks: UInt64
    let guestTimeNs: UInt64
    let faults: [Link]
    let serial: String
    let screen: [String]
    let stateHash: String

    init(_ ending: Ending, vm: VM, serial: String, screen: [String]) throws {
        self.ending = EndingPart(kind: ending.name, exitCode: ending.exitCode, sentence: ending.sentence)
        engine = vm.engine?.name ?? "none"
        instructions = vm.instructions
        ticks = vm.io.events.now
        guestTimeNs = vm.io.events.now
        faults = ending.faults.map(Report.link)
        self.serial = serial
        self.screen = screen
        stateHash = try vm.stateHash()
    }

    private static func link(_ record: FaultRecord) -> Link {
        let exception = record.exception
        let reason = exception.reason
        return Link(
            vector: exception.vector.rawValue, name: exception.vector.name, errorCode: exception.errorCode,
            errorBits: exception.errorCode.map {
                ErrorBits(external: $0 & 1 != 0, idt: $0 & 2 != 0, ldt: $0 & 4 != 0, index: $0 >> 3 & 0x1FFF)
            },
            reason: Reason(
                name: reason.name,
                operands: Dictionary(
                    reason.operands.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first }),
                sentence: reason.sentence), cs: record.codeSelector, rip: record.instructionPointer,
            linear: record.linear, physical: record.physical,
            bytes: record.bytes.map { hexadecimal(UInt64($0), digits: 2) }.joined(separator: " "),
            disassembly: record.disassembly, symbol: nil)
    }

    func json() throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(self)) + [10]
    }
}
