import Machine

/// A chip that no PC has: whatever an engine does at the wrong moment, it shows.
///
/// Ports 100h-10Fh and memory 9000h-9FFFh. What is read depends on the exact tick; what is written can raise the
/// interrupt line a chosen number of ticks later, change code as DMA does, or move the A20 gate. By itself it interrupts and
/// changes code at random moments. A ROM of random bytes lies at A000h.
final class FuzzDevice: Device, PortHandler, MemoryHandler {
    struct State: Codable, Equatable, Sendable {
        var seed: UInt64
        var accesses: UInt64 = 0
        var interrupts: UInt64 = 0
        var line = false
    }

    static let window: UInt64 = 0x9000
    static let rom: UInt64 = 0xA000

    let name = "fuzz"
    var state: State
    private unowned let vm: VM
    private var timer: EventQueue.Event?
    private var request: EventQueue.Event?

    init(seed: UInt64, vm: VM) throws {
        state = State(seed: seed)
        self.vm = vm
        timer = vm.io.events.register("fuzz.timer") { [unowned self] in tick() }
        request = vm.io.events.register("fuzz.request") { [unowned self] in raise() }
        try vm.io.ports.map(0x100...0x10F, name: name, width: 4, to: self)
        try vm.memory.mapMMIO(self, at: Self.window, size: 4096, name: name)
        var random = FuzzRandom(seed: seed &+ 1)
        try vm.memory.mapROM(random.bytes(4096), at: Self.rom, name: "fuzz-rom")
        vm.io.add(self)
        vm.io.acknowledgeInterrupt = { [unowned self] in acknowledge() }
        scheduleTick()
    }

    func reset() {
        state.line = false
        vm.io.setInterruptLine(false)
    }

    private func value(_ salt: UInt64) -> UInt64 { FuzzRandom.mix(state.seed ^ salt) }

    // MARK: Time

    /// From a few ticks to some hundred; none at all on every fourth machine.
    private func scheduleTick() {
        guard state.seed & 3 != 0, let timer else { return }
        let span = state.seed & 4 == 0 ? 40 : 700 as UInt64
        vm.io.events.schedule(timer, at: vm.io.events.now &+ 1 &+ value(state.interrupts) % span)
    }

    private func tick() {
        state.interrupts &+= 1
        let chosen = value(state.interrupts ^ 0x5555)
        if chosen & 7 == 0 { changeCode(chosen) }
        raise()
        scheduleTick()
    }

    private func raise() {
        state.line = true
        vm.io.setInterruptLine(true)
    }

    private func acknowledge() -> UInt8 {
        state.line = false
        vm.io.setInterruptLine(false)
        state.interrupts &+= 1
        return UInt8(truncatingIfNeeded: 0x20 + value(state.interrupts) % 16)
    }

    /// As DMA: one byte within the code's two pages.
    private func changeCode(_ chosen: UInt64) {
        vm.memory.load([UInt8(truncatingIfNeeded: chosen >> 32)], at: 0x6000 + (chosen >> 8) % 0x400)
    }

    // MARK: Accesses

    private func access(_ place: UInt64, _ written: UInt64?) -> UInt64 {
        state.accesses &+= 1
        guard let written else { return value(vm.io.events.now &* 31 &+ place) }
        switch written & 15 {
        case 0...3:
            if let request { vm.io.events.schedule(request, at: vm.io.events.now &+ 1 &+ (written >> 4) % 50) }
        case 4: if let request { vm.io.events.cancel(request) }
        case 5: raise()
        case 6: changeCode(FuzzRandom.mix(written))
        case 7: vm.memory.setA20(written & 16 != 0)
        case 8: if written & 0xF0 == 0xF0 { vm.io.ask(for: .reset(source: name)) }
        default: break
        }
        return 0
    }

    func read(port: Port, width: Int) -> UInt32 { UInt32(truncatingIfNeeded: access(UInt64(port.rawValue), nil)) }

    func write(port: Port, width: Int, value: UInt32) { _ = access(UInt64(port.rawValue), UInt64(value)) }

    func read(offset: UInt64, width: Int) -> UInt64 { access(offset, nil) }

    func write(offset: UInt64, width: Int, value: UInt64) { _ = access(offset, value) }
}
