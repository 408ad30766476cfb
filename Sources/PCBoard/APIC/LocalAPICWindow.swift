import Machine
import PCDevices

/// The page in which each processor finds its own local APIC.
final class LocalAPICWindow: MemoryHandler {
    private let apics: [LocalAPIC]
    private unowned let io: vIO

    init(_ apics: [LocalAPIC], io: vIO) {
        self.apics = apics
        self.io = io
    }

    func read(offset: UInt64, width: Int) -> UInt64 { apics[io.processor].read(offset: offset, width: width) }

    func write(offset: UInt64, width: Int, value: UInt64) {
        apics[io.processor].write(offset: offset, width: width, value: value)
    }

    func peek(offset: UInt64) -> UInt8? { apics[io.processor].peek(offset: offset) }
}
