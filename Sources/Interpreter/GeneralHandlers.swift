import Machine
import X86ISA

/// Handlers that run an operation's method on `Core`: complete for every form, and the slow half of every fast one.

/// An instruction within a trace: on success the next record follows.
@inline(__always)
func general(
    _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt,
    _ body: (Core, UnsafePointer<Instruction>) throws(Exception) -> Void
) {
    let core = Core(cpu), scratch = core.scratch
    scratch.pointee.flagResult = result
    scratch.pointee.flagCarries = carries
    scratch.pointee.record = this
    do throws(Exception) {
        try body(core, Record.instruction(this))
    } catch {
        return raise(core, this, result, carries, error)
    }
    let next = this + Record.size
    if _slowPath(scratch.pointee.stopTrace != 0) {
        return leave(core, next, retired: 1)
    }
    return next.load(as: Handler.self)(cpu, next, scratch.pointee.flagResult, scratch.pointee.flagCarries)
}

/// An instruction that ends its trace: `nextIP` says what runs next.
@inline(__always)
func terminal(
    _ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt,
    _ body: (Core, UnsafePointer<Instruction>) throws(Exception) -> Void
) {
    let core = Core(cpu), scratch = core.scratch
    scratch.pointee.flagResult = result
    scratch.pointee.flagCarries = carries
    scratch.pointee.record = this
    scratch.pointee.nextIP = core.file.pointee.rip &+ UInt64(Record.offset(this + Record.size))
    do throws(Exception) {
        try body(core, Record.instruction(this))
    } catch {
        return raise(core, this, result, carries, error)
    }
    let ticks = Record.index(this) &+ 1 &+ scratch.pointee.extraTicks
    scratch.pointee.remaining &-= ticks
    if _slowPath(scratch.pointee.unfinished) {
        scratch.pointee.retired &+= UInt64(Record.index(this))
        core.file.pointee.rip &+= UInt64(Record.offset(this))
        return
    }
    scratch.pointee.retired &+= UInt64(Record.index(this) &+ 1)
    core.file.pointee.rip = scratch.pointee.nextIP
}

/// Leaves a trace before `next`.
@inline(never)
func leave(_ core: Core, _ next: Pointer, retired: Int) {
    let scratch = core.scratch
    scratch.pointee.remaining &-= Record.index(next) &+ scratch.pointee.extraTicks
    scratch.pointee.retired &+= UInt64(Record.index(next))
    core.file.pointee.rip &+= UInt64(Record.offset(next))
}

/// The instruction at `this` did not happen: flags as before it, rip at its first byte.
@inline(never)
func raise(_ core: Core, _ this: Pointer, _ result: UInt, _ carries: UInt, _ exception: Exception) {
    let scratch = core.scratch, interpreter = core.interpreter
    (scratch.pointee.flagResult, scratch.pointee.flagCarries) = interpreter.partialFlags ?? (result, carries)
    interpreter.partialFlags = nil
    interpreter.pending = exception
    scratch.pointee.exit = .fault
    scratch.pointee.remaining &-= Record.index(this) &+ scratch.pointee.extraTicks
    scratch.pointee.retired &+= UInt64(Record.index(this))
    core.file.pointee.rip &+= UInt64(Record.offset(this))
}

/// The record behind a trace's last instruction.
let traceEnd: Handler = { cpu, this, result, carries in
    let core = Core(cpu)
    core.scratch.pointee.flagResult = result
    core.scratch.pointee.flagCarries = carries
    leave(core, this, retired: 0)
}

extension Operation {
    /// Ends a trace: it changes rip, the mode, IF, an interrupt shadow or device state.
    var endsTrace: Bool {
        switch self {
        case .jcc, .jmp, .jmpIndirect, .jmpFar, .call, .callIndirect, .callFar, .ret, .retFar, .iret, .loop, .loope,
            .loopne, .jcxz, .int, .int1, .int3, .into, .movSegmentLoad, .popSegment, .lds, .les, .lfs, .lgs, .lss,
            .movControlLoad, .movDebugLoad, .lmsw, .clts, .popf, .sti, .cli, .hlt, .in, .out, .ins, .outs, .lgdt, .lidt,
            .lldt, .ltr, .invlpg, .invd, .wbinvd, .wrmsr, .rsm:
            true
        default: false
        }
    }
}
