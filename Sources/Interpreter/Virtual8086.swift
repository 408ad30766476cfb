import Machine
import X86ISA

/// Virtual-8086 mode and its extensions VME and PVI (SDM 3A 21.2 to 21.4).
extension Core {
    private var hasVirtualInterrupts: Bool { file.pointee.cr4 & ControlBits.virtual8086Extensions != 0 }

    /// Virtual-8086 mode at an IOPL below 3, where CLI, STI, PUSHF, POPF, INT n and IRET are the monitor's.
    @inline(__always) var isSensitive: Bool { file.pointee.isVirtual8086 && ioPrivilege < 3 }

    private func flag(_ bit: UInt32) -> Bool { file.pointee.rflags & UInt64(bit) != 0 }

    private func setFlag(_ bit: UInt32, _ value: Bool) {
        file.pointee.rflags = file.pointee.rflags & ~UInt64(bit) | (value ? UInt64(bit) : 0)
    }

    private func sensitive(_ instruction: String) -> Exception {
        generalProtection(0, .virtual8086Sensitive(instruction: instruction, iopl: ioPrivilege))
    }

    // MARK: Entry and exit

    /// IRET at CPL 0 with VM in the image (SDM 2A, IRET: RETURN-TO-VIRTUAL-8086-MODE). The frame: EIP CS EFLAGS ESP SS ES
    /// DS FS GS, 4 bytes each.
    func enterVirtual8086(_ selector: UInt16, _ offset: UInt64, flags: UInt32) throws(Exception) {
        let pointer = try peekStack(12, 4)
        var selectors: [UInt16] = []
        for place in 4..<9 as Range<UInt64> {
            selectors.append(UInt16(truncatingIfNeeded: try peekStack(place * 4, 4)))
        }
        guard offset <= 0xFFFF else {
            throw generalProtection(0, .targetBeyondLimit(offset: offset, limit: 0xFFFF))
        }
        eflags = flags & interpreter.validFlags
        file.pointee.cs = .virtual8086(selector)
        for (register, selector) in zip([SegmentRegister.ss, .es, .ds, .fs, .gs], selectors) {
            segment(register).pointee = .virtual8086(selector)
        }
        setRegister32(4, UInt32(truncatingIfNeeded: pointer))
        scratch.pointee.nextIP = offset
        checkVirtualInterrupt("IRET")
    }

    /// VIF and VIP at the beginning of an instruction are #GP (SDM 3A 21.3.2); IRET and a task switch can bring them.
    func checkVirtualInterrupt(_ instruction: String) {
        guard flag(Flags.virtualInterrupt), flag(Flags.virtualInterruptPending), cpl == 3,
            file.pointee.isVirtual8086
                ? hasVirtualInterrupts : file.pointee.cr4 & ControlBits.protectedVirtualInterrupts != 0
        else { return }
        interpreter.hold(.generalProtection, .virtualInterruptPending(instruction: instruction), errorCode: 0)
    }

    /// What an interrupt out of virtual-8086 mode pushes first, GS FS DS ES (SDM 3A 21.3.1.1).
    func pushDataSegments(_ stack: inout PendingStack, _ size: UInt8) throws(Exception) {
        for register in [SegmentRegister.gs, .fs, .ds, .es] {
            try stack.push(self, UInt64(segment(register).pointee.selector), size)
        }
    }

    func clearDataSegments() {
        for register in [SegmentRegister.gs, .fs, .ds, .es] { segment(register).pointee = Segment() }
    }

    // MARK: Sensitive instructions

    func cli(_ i: UnsafePointer<Instruction>) throws(Exception) { try setInterruptFlag(false, "CLI") }

    func sti(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let wasSet = flag(Flags.interrupt)
        try setInterruptFlag(true, "STI")
        // The shadow exists only where IF was clear and is set (SDM 2B, STI).
        if !wasSet, flag(Flags.interrupt) { file.pointee.stiShadow = 1 }
    }

    private func setInterruptFlag(_ value: Bool, _ name: String) throws(Exception) {
        if !isProtected || cpl <= ioPrivilege { return setFlag(Flags.interrupt, value) }
        let isVirtual =
            file.pointee.isVirtual8086
            ? hasVirtualInterrupts
            : cpl == 3 && file.pointee.cr4 & ControlBits.protectedVirtualInterrupts != 0
        guard isVirtual else { throw generalProtection(0, .interruptFlagPrivilege(iopl: ioPrivilege, cpl: cpl)) }
        if value, flag(Flags.virtualInterruptPending) {
            throw generalProtection(0, .virtualInterruptPending(instruction: name))
        }
        setFlag(Flags.virtualInterrupt, value)
    }

    /// FLAGS as a program under VME sees it: VIF in the place of IF, IOPL 3.
    private var virtualFlags: UInt32 {
        (eflags & 0xFFFF & ~Flags.interrupt) | (flag(Flags.virtualInterrupt) ? Flags.interrupt : 0) | Flags.ioPrivilege
    }

    /// POPF and IRET under VME: IF goes to VIF, IF and IOPL stay.
    private func setVirtualFlags(_ value: UInt32) {
        setFlag(Flags.virtualInterrupt, value & Flags.interrupt != 0)
        let writable = Flags.status | Flags.trap | Flags.direction | Flags.nestedTask
        eflags = eflags & ~writable | value & writable
    }

    /// Under VME the 16-bit forms work at any IOPL, unless an interrupt waits for the flag that they would set.
    private func requireVirtualFlags(_ name: String, _ size: UInt8, _ value: UInt32 = 0) throws(Exception) {
        guard hasVirtualInterrupts, size == 2 else { throw sensitive(name) }
        if value & Flags.interrupt != 0, flag(Flags.virtualInterruptPending) {
            throw generalProtection(0, .virtualInterruptPending(instruction: name))
        }
    }

    func pushf(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        var image = eflags & ~(Flags.resume | Flags.virtual8086)
        if isSensitive {
            try requireVirtualFlags("PUSHF", size)
            image = virtualFlags
        }
        try pushValue(UInt64(interpreter.features.pushedFlags(image, isProtected: isProtected)), size)
    }

    func popf(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        if isSensitive {
            try requireVirtualFlags("POPF", size)
            let value = UInt32(truncatingIfNeeded: try peekStack(0, size))
            try requireVirtualFlags("POPF", size, value)
            stackPointer = (stackPointer &+ UInt64(size)) & stackMask
            setVirtualFlags(value)
        } else {
            // VM stays.
            changeFlags(to: UInt32(truncatingIfNeeded: try popValue(size)), size, also: 0)
        }
        file.pointee.rflags &= ~UInt64(Flags.resume)
    }

    /// IRET at an IOPL below 3.
    func iretSensitive(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize, bytes = UInt64(size)
        try requireVirtualFlags("IRET", size)
        let offset = try peekStack(0, size)
        let selector = UInt16(truncatingIfNeeded: try peekStack(bytes, size))
        let flags = UInt32(truncatingIfNeeded: try peekStack(2 &* bytes, size))
        try requireVirtualFlags("IRET", size, flags)
        file.pointee.cs = .virtual8086(selector)
        scratch.pointee.nextIP = offset
        stackPointer = (stackPointer &+ 3 &* bytes) & stackMask
        setVirtualFlags(flags)
    }

    /// INT n in virtual-8086 mode (SDM 3A table 21-2). True where it was redirected to the 8086 program's own handler, false
    /// where it goes through the IDT.
    func redirectInterrupt(_ vector: UInt8) throws(Exception) -> Bool {
        guard hasVirtualInterrupts else {
            if ioPrivilege < 3 { throw sensitive("INT n") }
            return false
        }
        if try isMonitored(vector) {
            if ioPrivilege < 3 { throw sensitive("INT n") }
            return false
        }
        let entry = try readSystem(UInt64(vector) * 4, as: UInt32.self)
        let image = ioPrivilege < 3 ? virtualFlags : eflags & 0xFFFF
        try checkPushRoom(3, 2)
        try pushValue(UInt64(image), 2)
        try pushValue(UInt64(file.pointee.cs.selector), 2)
        try pushValue(scratch.pointee.nextIP & 0xFFFF, 2)
        setFlag(ioPrivilege < 3 ? Flags.virtualInterrupt : Flags.interrupt, false)
        setFlag(Flags.trap | Flags.resume, false)
        file.pointee.cs = .virtual8086(UInt16(truncatingIfNeeded: entry >> 16))
        scratch.pointee.nextIP = UInt64(entry & 0xFFFF)
        interpreter.deliveredInside = true
        return true
    }

    /// The vector's bit in the redirection bitmap: 32 bytes that end where the I/O permission bitmap begins.
    private func isMonitored(_ vector: UInt8) throws(Exception) -> Bool {
        let tr = file.pointee.tr
        guard tr.isPresent, tr.type == 11, tr.limit >= 0x67 else {
            throw generalProtection(0, .tssLimit(needed: 0x67, limit: tr.limit))
        }
        let end = UInt32(try readSystem((tr.base &+ 0x66) & 0xFFFF_FFFF, as: UInt16.self))
        let place = end &- 32 &+ UInt32(vector >> 3)
        guard end >= 32, place <= tr.limit else {
            throw generalProtection(0, .redirectionBitmapLimit(vector: vector, start: end, limit: tr.limit))
        }
        let bits = try readSystem((tr.base &+ UInt64(place)) & 0xFFFF_FFFF, as: UInt8.self)
        return bits >> (vector & 7) & 1 != 0
    }
}
