import Machine
import PCDevices

/// The page in which a processor finds its own local APIC: each can move its own (SDM 3A 11.4.5). RAM lies over one that was
/// moved there.
final class LocalAPICWindow: MemoryHandler {
    private let number: Int
    private let apics: [LocalAPIC]
    private unowned let io: vIO

    init(_ number: Int, of apics: [LocalAPIC], io: vIO) {
        self.number = number
        self.apics = apics
        self.io = io
    }

    /// Where the registers are.
    static func page(of base: UInt64) -> UInt64 { base & 0x000F_FFFF_FFFF_F000 }

    /// The APIC of the processor that runs, if its page is here.
    private var apic: LocalAPIC? {
        let own = apics[io.processor]
        return Self.page(of: own.base) == Self.page(of: apics[number].base) ? own : nil
    }

    func read(offset: UInt64, width: Int) -> UInt64 { apic?.read(offset: offset, width: width) ?? .max }

    func write(offset: UInt64, width: Int, value: UInt64) { apic?.write(offset: offset, width: width, value: value) }

    func peek(offset: UInt64) -> UInt8? { apic?.peek(offset: offset) ?? 0xFF }
}
