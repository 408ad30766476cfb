import Machine

/// Registers of the local APIC: in xAPIC mode 16 bytes apart in memory, in x2APIC mode MSRs from 800h on, with the same
/// numbers (SDM 3A tables 11-1 and 11-6).
extension LocalAPIC {
    enum Register {
        static let identity: UInt32 = 0x02
        static let version: UInt32 = 0x03
        static let taskPriority: UInt32 = 0x08
        static let arbitrationPriority: UInt32 = 0x09
        static let processorPriority: UInt32 = 0x0A
        static let endOfInterrupt: UInt32 = 0x0B
        static let remoteRead: UInt32 = 0x0C
        static let logicalDestination: UInt32 = 0x0D
        static let destinationFormat: UInt32 = 0x0E
        static let spurious: UInt32 = 0x0F
        static let inService: ClosedRange<UInt32> = 0x10...0x17
        static let triggerMode: ClosedRange<UInt32> = 0x18...0x1F
        static let requests: ClosedRange<UInt32> = 0x20...0x27
        static let errors: UInt32 = 0x28
        static let commandLow: UInt32 = 0x30
        static let commandHigh: UInt32 = 0x31
        /// Timer, thermal, performance, LINT0, LINT1, error.
        static let vectors: ClosedRange<UInt32> = 0x32...0x37
        static let initialCount: UInt32 = 0x38
        static let currentCount: UInt32 = 0x39
        static let divide: UInt32 = 0x3E
        /// x2APIC mode alone.
        static let selfInterrupt: UInt32 = 0x3F
    }

    /// Version 14h, an integrated APIC; five is the number of the last entry of the vector table.
    private static let version: UInt32 = 0x0005_0014
    private static let firstModelRegister: UInt32 = 0x800
    private static let deadlineRegister: UInt32 = 0x6E0

    /// Bits of each entry of the vector table that software can write.
    private func writable(_ entry: Int) -> UInt32 {
        switch entry {
        case LVT.timer: 0x100FF | LVT.periodic | (hasDeadline ? LVT.deadline : 0)
        case LVT.lint0, LVT.lint1: 0x1A7FF
        case LVT.error: 0x100FF
        default: 0x107FF
        }
    }

    // MARK: Memory

    public func read(offset: UInt64, width: Int) -> UInt64 {
        guard isEnabled, !isExtended else { return .max }
        let place = UInt32(truncatingIfNeeded: offset)
        // Registers are the first four of sixteen bytes; of the others the manual says that they are undefined.
        guard place & 0xF < 4 else { return 0 }
        return UInt64(register(place >> 4 & 0xFF)) >> (UInt64(place & 3) * 8)
    }

    public func write(offset: UInt64, width: Int, value: UInt64) {
        let place = UInt32(truncatingIfNeeded: offset)
        guard isEnabled, !isExtended, place & 0xF == 0, width >= 4 else { return }
        set(place >> 4 & 0xFF, UInt32(truncatingIfNeeded: value))
    }

    public func peek(offset: UInt64) -> UInt8? {
        guard isEnabled, !isExtended else { return nil }
        let place = UInt32(truncatingIfNeeded: offset), number = place >> 4 & 0xFF
        guard place & 0xF < 4, isReadable(number) else { return 0 }
        return UInt8(truncatingIfNeeded: register(number) >> ((place & 3) * 8))
    }

    /// There, and not only to be written.
    private func isReadable(_ number: UInt32) -> Bool {
        switch number {
        case Register.identity, Register.version, Register.taskPriority, Register.processorPriority,
            Register.logicalDestination, Register.spurious, Register.errors, Register.commandLow,
            Register.initialCount, Register.currentCount, Register.divide:
            true
        case Register.arbitrationPriority, Register.destinationFormat, Register.commandHigh, Register.remoteRead:
            !isExtended
        case Register.endOfInterrupt: false
        default:
            Register.inService.lowerBound...Register.requests.upperBound ~= number || Register.vectors ~= number
        }
    }

    private func register(_ number: UInt32) -> UInt32 {
        switch number {
        case Register.identity:
            return isExtended ? UInt32(truncatingIfNeeded: self.number) : UInt32(current.identity) << 24
        case Register.version: return Self.version
        case Register.taskPriority: return UInt32(current.taskPriority)
        case Register.arbitrationPriority: return UInt32(arbitrationPriority)
        case Register.processorPriority: return UInt32(processorPriority)
        case Register.endOfInterrupt, Register.remoteRead: return 0
        case Register.logicalDestination:
            return isExtended ? extendedLogical : UInt32(current.logicalDestination) << 24
        case Register.destinationFormat: return UInt32(current.destinationFormat) << 28 | 0x0FFF_FFFF
        case Register.spurious: return current.spurious
        case Register.inService: return current.inService.part(number - Register.inService.lowerBound)
        case Register.triggerMode: return current.triggerMode.part(number - Register.triggerMode.lowerBound)
        case Register.requests: return current.requests.part(number - Register.requests.lowerBound)
        case Register.errors: return current.errors
        case Register.commandLow: return UInt32(truncatingIfNeeded: current.command)
        case Register.commandHigh: return UInt32(truncatingIfNeeded: current.command >> 32)
        case Register.vectors: return current.vectors[Int(number - Register.vectors.lowerBound)]
        case Register.initialCount: return usesDeadline ? 0 : current.timer.initialCount
        case Register.currentCount: return currentCount
        case Register.divide: return UInt32(current.timer.divide)
        default:
            note(Errors.illegalRegister)
            return 0
        }
    }

    /// APR (SDM 3A 11.6.2.4): TPR, IRR and ISR together.
    private var arbitrationPriority: UInt8 {
        let asked = (current.requests.highest ?? 0) >> 4, served = (current.inService.highest ?? 0) >> 4
        let task = current.taskPriority
        if task >> 4 >= asked, task >> 4 > served { return task }
        return max(task >> 4, asked, served) << 4
    }

    private func set(_ number: UInt32, _ value: UInt32) {
        switch number {
        case Register.identity: current.identity = UInt8(truncatingIfNeeded: value >> 24)
        case Register.taskPriority: setTaskPriority(UInt8(truncatingIfNeeded: value))
        case Register.endOfInterrupt: finishInterrupt()
        case Register.logicalDestination: current.logicalDestination = UInt8(truncatingIfNeeded: value >> 24)
        case Register.destinationFormat: current.destinationFormat = UInt8(truncatingIfNeeded: value >> 28)
        case Register.spurious: setSpurious(value)
        case Register.errors:
            current.errors = current.newErrors
            current.newErrors = 0
        case Register.commandLow:
            // Bit 12 only tells that a message is on its way, and none ever is.
            setCommand(current.command & ~0xFFFF_FFFF | UInt64(value & 0x000C_CFFF))
        case Register.commandHigh:
            current.command = current.command & 0xFFFF_FFFF | UInt64(value & 0xFF00_0000) << 32
        case Register.vectors: setEntry(Int(number - Register.vectors.lowerBound), value)
        case Register.initialCount: setInitialCount(value)
        case Register.divide: setDivide(UInt8(truncatingIfNeeded: value))
        default:
            // Some can only be read.
            if !isReadable(number) { note(Errors.illegalRegister) }
        }
    }

    private func setSpurious(_ value: UInt32) {
        current.spurious = value & 0x3FF
        // Without the software's consent all entries are masked, and stay so (SDM 3A 11.4.7.2).
        if value & Self.softwareEnable == 0 {
            for index in current.vectors.indices { current.vectors[index] |= LVT.mask }
            aimTimer()
        }
        update()
    }

    private func setEntry(_ index: Int, _ value: UInt32) {
        let old = current.vectors[index]
        current.vectors[index] = value & writable(index) | old & LVT.remoteRequest
        if current.spurious & Self.softwareEnable == 0 { current.vectors[index] |= LVT.mask }
        if index == LVT.timer { timerModeChanged(from: old) }
        entryChanged(index)
    }

    // MARK: Interrupt command

    private func setCommand(_ value: UInt64) {
        current.command = value
        let low = UInt32(truncatingIfNeeded: value), vector = UInt8(truncatingIfNeeded: value)
        guard let delivery = InterruptMessage.Delivery(rawValue: UInt8(truncatingIfNeeded: low >> 8 & 7)),
            delivery != .external
        else { return }
        // INIT level de-assert only moved arbitration identities (SDM 3A 11.6.1).
        if delivery == .initialise, low & 0xC000 == 0x8000 { return }
        if delivery == .fixed || delivery == .lowestPriority, vector < 16 {
            note(Errors.sendIllegalVector)
            return
        }
        let field = isExtended ? UInt32(truncatingIfNeeded: value >> 32) : UInt32(truncatingIfNeeded: value >> 56)
        let destination: InterruptMessage.Destination
        switch low >> 18 & 3 {
        case 0: destination = low & 0x800 != 0 ? .logical(field) : .physical(field)
        case 1:
            // Only a fixed interrupt can go to oneself this way (SDM 3A table 11-3).
            guard delivery == .fixed else { return }
            destination = .only(number)
        case 2: destination = .all
        default: destination = .allBut(number)
        }
        // But for INIT all of these are edges, whatever the trigger mode says (SDM 3A 11.6.1).
        send(InterruptMessage(vector: vector, delivery: delivery, destination: destination, isWide: isExtended))
    }

    // MARK: Model-specific registers

    public func modelRegister(_ number: UInt32) -> UInt64? {
        if number == Self.deadlineRegister { return hasDeadline ? current.timer.deadline : nil }
        let index = number &- Self.firstModelRegister
        guard isEnabled, isExtended, index < 0x100, isReadable(index) else { return nil }
        return index == Register.commandLow ? current.command : UInt64(register(index))
    }

    public func setModelRegister(_ number: UInt32, _ value: UInt64) -> LocalRegisterWrite {
        if number == Self.deadlineRegister {
            guard hasDeadline else { return .unknown }
            setDeadline(value)
            return .done
        }
        let index = number &- Self.firstModelRegister
        guard isEnabled, isExtended, index < 0x100 else { return .unknown }
        guard index != Register.commandLow else {
            guard value & 0xFFF3_3000 == 0 else { return .reserved }
            setCommand(value)
            return .done
        }
        guard value >> 32 == 0 else { return isWritable(index) ? .reserved : .unknown }
        let low = UInt32(truncatingIfNeeded: value)
        let valid: UInt32
        switch index {
        case Register.taskPriority, Register.selfInterrupt: valid = 0xFF
        case Register.endOfInterrupt, Register.errors: valid = 0
        case Register.spurious: valid = 0x3FF
        case Register.vectors:
            // Delivery status and remote IRR may be written back.
            valid = writable(Int(index - Register.vectors.lowerBound)) | 1 << 12 | LVT.remoteRequest
        case Register.initialCount: valid = .max
        case Register.divide: valid = 0xB
        default: return .unknown
        }
        guard low & ~valid == 0 else { return .reserved }
        if index == Register.selfInterrupt {
            setSelf(UInt8(truncatingIfNeeded: low))
        } else {
            set(index, low)
        }
        return .done
    }

    private func isWritable(_ index: UInt32) -> Bool {
        switch index {
        case Register.taskPriority, Register.endOfInterrupt, Register.spurious, Register.errors, Register.vectors,
            Register.initialCount, Register.divide, Register.selfInterrupt:
            true
        default: false
        }
    }

    private func setSelf(_ vector: UInt8) {
        guard vector >= 16 else { return note(Errors.sendIllegalVector) }
        send(InterruptMessage(vector: vector, destination: .only(number), isWide: true))
    }
}
