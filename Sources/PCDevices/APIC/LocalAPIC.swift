import Machine

/// A processor's local APIC, in xAPIC and x2APIC mode (SDM 3A chapter 11).
///
/// Its timer counts at 1 GHz, a tick each. LINT0 is the 8259s' INTR, LINT1 is NMI.
public final class LocalAPIC: Device, MemoryHandler {
    public struct State: Codable, Equatable, Sendable {
        /// IA32_APIC_BASE: bits 8 BSP, 10 EXTD, 11 EN.
        public internal(set) var base: UInt64
        /// Bits 31-24 of the identity register in xAPIC mode.
        public internal(set) var identity: UInt8
        public internal(set) var taskPriority: UInt8 = 0
        /// Bits 31-24 of LDR in xAPIC mode; in x2APIC mode LDR follows from the identity.
        public internal(set) var logicalDestination: UInt8 = 0
        /// Bits 31-28 of DFR: all ones flat, zero cluster.
        public internal(set) var destinationFormat: UInt8 = 0xF
        /// SVR: vector, bit 8 enable, bit 9 focus checking off.
        public internal(set) var spurious: UInt32 = 0xFF
        public internal(set) var inService = VectorSet()
        public internal(set) var triggerMode = VectorSet()
        public internal(set) var requests = VectorSet()
        /// ESR as software sees it, and what has come up since it was last written.
        public internal(set) var errors: UInt32 = 0
        public internal(set) var newErrors: UInt32 = 0
        /// ICR
        public internal(set) var command: UInt64 = 0
        /// Timer, thermal, performance, LINT0, LINT1, error.
        public internal(set) var vectors = [UInt32](repeating: LVT.mask, count: 6)
        /// Levels of LINT0 and LINT1.
        public internal(set) var lines: [Bool] = [false, false]
        /// An interrupt of the 8259s that came as a message.
        public internal(set) var externalRequest = false
        public internal(set) var timer = LocalTimer()
        /// INTR of the processor.
        public internal(set) var interrupt = false
    }

    /// Fields of a local vector table entry (SDM 3A figure 11-8).
    enum LVT {
        static let timer = 0
        static let lint0 = 3
        static let lint1 = 4
        static let error = 5
        static let remoteRequest: UInt32 = 1 << 14
        static let level: UInt32 = 1 << 15
        static let mask: UInt32 = 1 << 16
        static let periodic: UInt32 = 1 << 17
        static let deadline: UInt32 = 1 << 18
        /// LINT0 as it wakes up on the first processor: ExtINT, so that the 8259s work before any software has touched the
        /// APIC (virtual wire mode, MP specification 3.6.2.2). The manual has it masked and leaves this to firmware.
        static let virtualWire: UInt32 = 0x700
    }

    /// Bits of IA32_APIC_BASE.
    enum Base {
        static let bootstrap: UInt64 = 1 << 8
        static let extended: UInt64 = 1 << 10
        static let enable: UInt64 = 1 << 11
        static let address: UInt64 = 0xFEE0_0000
    }

    /// Bits of ESR (SDM 3A figure 11-9).
    enum Errors {
        static let sendIllegalVector: UInt32 = 1 << 5
        static let receivedIllegalVector: UInt32 = 1 << 6
        static let illegalRegister: UInt32 = 1 << 7
    }

    static let softwareEnable: UInt32 = 1 << 8

    public let name: String
    /// Of the processor, from 0; its identity after RESET.
    public let number: Int
    /// CPUID.1:ECX.TSC_Deadline
    let hasDeadline: Bool
    /// INTR. Called when the level changes, and after a restore.
    public var output: Pin = { _ in }
    public var signal: (ProcessorSignal) -> Void = { _ in }
    /// The INTA cycles of the 8259s.
    public var acknowledgeExternal: () -> UInt8 = { 0xFF }
    /// A message to other APICs; `APICBus` installs it.
    public var send: (InterruptMessage) -> Void = { _ in }
    /// EOI of a level-triggered interrupt, for the I/O APICs.
    public var endOfInterrupt: (UInt8) -> Void = { _ in }
    /// The task priority was written, by whatever way: CR8.
    public var taskPriorityChanged: (UInt8) -> Void = { _ in }
    /// IA32_APIC_BASE has another address or mode.
    public var baseChanged: (UInt64) -> Void = { _ in }
    let events: EventQueue
    var event: EventQueue.Event?
    var current: State
    public var timeStampOffset: UInt64 = 0 {
        didSet { if timeStampOffset != oldValue, usesDeadline { aimTimer() } }
    }

    public init(number: Int = 0, hasDeadline: Bool = true, events: EventQueue) {
        name = "apic\(number)"
        self.number = number
        self.hasDeadline = hasDeadline
        self.events = events
        current = Self.afterReset(number)
        event = events.register("\(name).timer") { [unowned self] in timerReached() }
    }

    private static func afterReset(_ number: Int) -> State {
        var state = State(
            base: Base.address | Base.enable | (number == 0 ? Base.bootstrap : 0),
            identity: UInt8(truncatingIfNeeded: number))
        if number == 0 { state.vectors[LVT.lint0] = LVT.virtualWire }
        return state
    }

    public var state: State {
        get { current }
        set {
            guard newValue.vectors.count == 6, newValue.lines.count == 2 else { return }
            current = newValue
            baseChanged(current.base)
            output(current.interrupt)
        }
    }

    public func reset() {
        let old = current
        clear(to: Self.afterReset(number))
        if current.base != old.base { baseChanged(current.base) }
    }

    /// Puts fresh registers in place; the levels of the pins stay.
    private func clear(to fresh: State) {
        let old = current
        current = fresh
        current.lines = old.lines
        current.interrupt = old.interrupt
        aimTimer()
        if old.taskPriority >> 4 != 0 { taskPriorityChanged(0) }
        update()
    }

    // MARK: Modes

    public var isEnabled: Bool { current.base & Base.enable != 0 }
    public var isExtended: Bool { current.base & Base.extended != 0 }
    /// A disabled APIC takes no messages.
    var isOnBus: Bool { isEnabled }
    private var isSoftwareEnabled: Bool { current.spurious & Self.softwareEnable != 0 }

    /// LDR in x2APIC mode: cluster and bit of the identity (SDM 3A 11.12.10.2).
    var extendedLogical: UInt32 {
        let identity = UInt32(truncatingIfNeeded: number)
        return (identity & 0xF_FFF0) << 12 | 1 << (identity & 15)
    }

    func hasPhysical(_ identity: UInt32, isWide: Bool) -> Bool {
        if identity == (isWide ? .max : 0xFF) { return true }
        return identity == (isExtended ? UInt32(truncatingIfNeeded: number) : UInt32(current.identity))
    }

    func hasLogical(_ set: UInt32, isWide: Bool) -> Bool {
        if set == (isWide ? .max : 0xFF) { return true }
        if isExtended { return set >> 16 == extendedLogical >> 16 && set & extendedLogical & 0xFFFF != 0 }
        let mine = UInt32(current.logicalDestination)
        guard current.destinationFormat != 0xF else { return set & mine != 0 }
        return set >> 4 == mine >> 4 && set & mine & 0xF != 0
    }

    // MARK: Priorities

    /// PPR (SDM 3A 11.8.3.1).
    public var processorPriority: UInt8 {
        let served = current.inService.highest ?? 0
        return current.taskPriority >> 4 >= served >> 4 ? current.taskPriority : served & 0xF0
    }

    /// The request that the processor would take now.
    private var deliverable: UInt8? {
        guard isEnabled, isSoftwareEnabled, let highest = current.requests.highest,
            highest >> 4 > processorPriority >> 4
        else { return nil }
        return highest
    }

    /// The 8259s' interrupt passes, past all priorities.
    private var external: Bool {
        guard isEnabled else { return current.lines[0] }
        if current.externalRequest { return true }
        let entry = current.vectors[LVT.lint0]
        return current.lines[0] && entry & LVT.mask == 0 && entry >> 8 & 7 == 7
    }

    func update() {
        let level = deliverable != nil || external
        guard level != current.interrupt else { return }
        current.interrupt = level
        output(level)
    }

    /// The processor takes its interrupt: the vector.
    public func acknowledge() -> UInt8 {
        defer { update() }
        if let vector = deliverable {
            current.requests[vector] = false
            current.inService[vector] = true
            return vector
        }
        if external {
            current.externalRequest = false
            return acknowledgeExternal()
        }
        // The request is gone, or its priority no longer suffices (SDM 3A 11.9).
        return UInt8(truncatingIfNeeded: current.spurious)
    }

    func finishInterrupt() {
        guard let vector = current.inService.highest else { return }
        current.inService[vector] = false
        if current.triggerMode[vector] {
            let entry = current.vectors[LVT.lint0]
            if entry & LVT.remoteRequest != 0, UInt8(truncatingIfNeeded: entry) == vector {
                current.vectors[LVT.lint0] &= ~LVT.remoteRequest
                if current.lines[0] { lintActive(0) }
            }
            endOfInterrupt(vector)
        }
        update()
    }

    // MARK: What arrives

    /// A request for a vector; edges that come before the first was taken are one.
    func accept(_ vector: UInt8, isLevel: Bool = false) {
        guard vector >= 16 else { return note(Errors.receivedIllegalVector) }
        guard isEnabled, isSoftwareEnabled else { return }
        current.requests[vector] = true
        current.triggerMode[vector] = isLevel
        update()
    }

    func receive(_ message: InterruptMessage) {
        deliver(message.delivery, message.vector, isLevel: message.isLevel)
    }

    private func deliver(_ delivery: InterruptMessage.Delivery, _ vector: UInt8, isLevel: Bool) {
        switch delivery {
        case .fixed, .lowestPriority: accept(vector, isLevel: isLevel)
        case .systemManagement: signal(.systemManagement)
        case .nonMaskable: signal(.nonMaskable)
        case .initialise: signal(.initialise)
        case .startup: signal(.startup(vector))
        case .external:
            current.externalRequest = true
            update()
        }
    }

    /// An entry of the local vector table fires.
    func fire(_ index: Int) {
        let entry = current.vectors[index]
        guard entry & LVT.mask == 0 else { return }
        let hasDelivery = index != LVT.timer && index != LVT.error
        let delivery = hasDelivery ? InterruptMessage.Delivery(rawValue: UInt8(entry >> 8 & 7)) : .fixed
        guard let delivery else { return }
        deliver(delivery, UInt8(truncatingIfNeeded: entry), isLevel: false)
    }

    func note(_ error: UInt32) {
        let isNew = current.newErrors & error == 0
        current.newErrors |= error
        // An illegal vector in the error entry itself must not go round.
        if isNew, UInt8(truncatingIfNeeded: current.vectors[LVT.error]) >= 16 { fire(LVT.error) }
    }

    /// LINT0 or LINT1.
    public func setLine(_ line: Int, _ level: Bool) {
        guard current.lines.indices.contains(line), current.lines[line] != level else { return }
        current.lines[line] = level
        if level { lintActive(line) }
        update()
    }

    /// A pin went high, or is still so after the EOI.
    private func lintActive(_ line: Int) {
        guard isEnabled else {
            if line == 1 { signal(.nonMaskable) }
            return
        }
        let index = LVT.lint0 + line, entry = current.vectors[index]
        guard entry & LVT.mask == 0, entry >> 8 & 7 != 7 else { return }
        // Only LINT0 of a fixed interrupt can be level-triggered (SDM 3A 11.5.1).
        guard line == 0, entry >> 8 & 7 == 0, entry & LVT.level != 0 else { return fire(index) }
        guard entry & LVT.remoteRequest == 0, isSoftwareEnabled else { return }
        current.vectors[index] |= LVT.remoteRequest
        accept(UInt8(truncatingIfNeeded: entry), isLevel: true)
    }

    func entryChanged(_ index: Int) {
        if index == LVT.timer { aimTimer() }
        // A level that waits behind its mask.
        if index == LVT.lint0, current.vectors[index] & LVT.level != 0, current.lines[0] { lintActive(0) }
        update()
    }
}

extension LocalAPIC: LocalInterruptController {
    public var taskPriority: UInt8 {
        get { current.taskPriority >> 4 }
        set {
            guard newValue & 0xF != taskPriority else { return }
            setTaskPriority(newValue << 4)
        }
    }

    func setTaskPriority(_ value: UInt8) {
        let old = current.taskPriority
        current.taskPriority = value
        if old >> 4 != value >> 4 { taskPriorityChanged(value >> 4) }
        update()
    }

    public var base: UInt64 {
        get { current.base }
        set {
            let old = current.base
            guard newValue != old else { return }
            current.base = newValue
            if old & Base.enable != 0, newValue & Base.enable == 0 {
                // Switched off, its registers are as after RESET when it comes back.
                var fresh = Self.afterReset(number)
                fresh.base = newValue
                clear(to: fresh)
            }
            if newValue & Base.extended != 0 { current.command = 0 }
            baseChanged(newValue)
            update()
        }
    }

    public func initialise() {
        var fresh = Self.afterReset(number)
        fresh.base = current.base
        fresh.identity = current.identity
        clear(to: fresh)
    }
}
