import Machine
import X86ISA

/// Runs an instruction's method on `Core`: (CPUFile and scratch, `Instruction`), true when it raised an exception, which is
/// then in `Interpreter.pending`.
typealias GeneralBody = @convention(c) (Pointer, Pointer) -> Bool

/// How an instruction is run with every check: complete for every form, and the slow half of every fast handler.
struct GeneralForm {
    let handler: Handler
    let body: GeneralBody

    static func plain(_ body: @escaping GeneralBody) -> GeneralForm { GeneralForm(handler: withinTrace, body: body) }
    static func near(_ body: @escaping GeneralBody) -> GeneralForm { GeneralForm(handler: endingNear, body: body) }
    static func passing(_ body: @escaping GeneralBody) -> GeneralForm {
        GeneralForm(handler: endingPassing, body: body)
    }
    static func terminal(_ body: @escaping GeneralBody) -> GeneralForm { GeneralForm(handler: ending, body: body) }
}

/// The body of a `GeneralForm`. Bodies return to their handler; were each a handler of its own, the compiler would merge
/// them and call the merged one, and a chain of them would use up the stack.
@inline(__always)
func attempt(
    _ cpu: Pointer, _ instruction: Pointer, _ method: (Core, UnsafePointer<Instruction>) throws(Exception) -> Void
) -> Bool {
    let core = Core(cpu)
    do throws(Exception) {
        try method(core, UnsafePointer(instruction.assumingMemoryBound(to: Instruction.self)))
        return false
    } catch {
        core.interpreter.pending = error
        return true
    }
}

/// An instruction within a trace: on success the next record follows.
private let withinTrace: Handler = { cpu, this, result, carries in
    let core = Core(cpu), scratch = core.scratch
    scratch.pointee.flagResult = result
    scratch.pointee.flagCarries = carries
    scratch.pointee.record = this
    if _slowPath(Record.body(this)(cpu, Record.instructionPointer(this))) { return raise(core, this, result, carries) }
    let next = this + Record.size
    if _slowPath(scratch.pointee.stopTrace != 0) { return leave(core, next) }
    return chain(cpu, next, scratch.pointee.flagResult, scratch.pointee.flagCarries)
}

/// An instruction that ends its trace: `nextIP` says what runs next.
private let ending: Handler = { cpu, this, result, carries in
    Core(cpu).scratch.pointee.modeChanged = 1
    return endTrace(cpu, this, result, carries)
}

/// An instruction that ends its trace and changes neither segments nor mode.
private let endingNear: Handler = { cpu, this, result, carries in
    return endTrace(cpu, this, result, carries)
}

/// An instruction that ends its trace since what is behind it may have to wait: a string instruction under REP, whose
/// iterations are ticks of their own, and IN and OUT, which may call for attention. If nothing does, the trace behind
/// follows at once.
private let endingPassing: Handler = { cpu, this, result, carries in
    let core = Core(cpu), scratch = core.scratch
    endTrace(cpu, this, result, carries)
    guard scratch.pointee.exit == .lookup, scratch.pointee.stopTrace == 0, !scratch.pointee.unfinished else { return }
    #if DEBUG
        scratch.pointee.chained += 1
        guard scratch.pointee.chained < 128 else { return }
    #endif
    let slot = this + Record.size
    guard let trace = Record.link(slot) else { return openPassing(core, slot) }
    guard scratch.pointee.remaining >= TraceCache.count(trace),
        core.file.pointee.rip &+ TraceCache.length(trace) <= scratch.pointee.codeEnd
    else { return }
    scratch.pointee.extraTicks = 0
    return chain(cpu, trace, scratch.pointee.flagResult, scratch.pointee.flagCarries)
}

/// What runs now may be linked to `slot`, the end of the trace that just ended before it.
@inline(never)
private func openPassing(_ core: Core, _ slot: Pointer) {
    let linear = core.file.pointee.linearInstructionPointer
    if core.isPaging {
        guard linear & 4095 != 0, let physical = core.physicalQuietly(linear, fetch: true) else { return }
        core.scratch.pointee.openTarget = physical
    } else {
        let length = Record.distance(slot)
        core.scratch.pointee.openTarget = ((linear &- length) & core.memory.a20Mask) &+ length
    }
    core.scratch.pointee.openLink = slot
}

@inline(__always)
private func endTrace(_ cpu: Pointer, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let core = Core(cpu), scratch = core.scratch
    scratch.pointee.flagResult = result
    scratch.pointee.flagCarries = carries
    scratch.pointee.record = this
    scratch.pointee.nextIP = core.file.pointee.rip &+ UInt64(Record.offset(this + Record.size))
    if _slowPath(Record.body(this)(cpu, Record.instructionPointer(this))) { return raise(core, this, result, carries) }
    scratch.pointee.remaining &-= Record.index(this) &+ 1 &+ scratch.pointee.extraTicks
    scratch.pointee.idleTicks &+= scratch.pointee.extraTicks
    if _slowPath(scratch.pointee.unfinished) {
        scratch.pointee.idleTicks &+= 1
        core.file.pointee.rip &+= UInt64(Record.offset(this))
        return
    }
    core.file.pointee.rip = scratch.pointee.nextIP
}

/// Leaves a trace before `next`.
@inline(never)
func leave(_ core: Core, _ next: Pointer) {
    let scratch = core.scratch
    scratch.pointee.remaining &-= Record.index(next) &+ scratch.pointee.extraTicks
    scratch.pointee.idleTicks &+= scratch.pointee.extraTicks
    core.file.pointee.rip &+= UInt64(Record.offset(next))
}

/// The instruction at `this` did not happen (`Interpreter.pending` says why): flags as before it, rip at its first byte.
@inline(never)
func raise(_ core: Core, _ this: Pointer, _ result: UInt, _ carries: UInt) {
    let scratch = core.scratch, interpreter = core.interpreter
    (scratch.pointee.flagResult, scratch.pointee.flagCarries) = interpreter.partialFlags ?? (result, carries)
    interpreter.partialFlags = nil
    scratch.pointee.exit = .fault
    leave(core, this)
}

/// The record behind a trace's last instruction, and the first record of a trace that was dropped.
let traceEnd: Handler = { cpu, this, result, carries in
    let core = Core(cpu)
    core.scratch.pointee.flagResult = result
    core.scratch.pointee.flagCarries = carries
    leave(core, this)
}

extension Operation {
    /// Ends a trace: it changes rip, the mode, IF, an interrupt shadow or device state.
    var endsTrace: Bool {
        switch self {
        case .jcc, .jmp, .jmpIndirect, .jmpFar, .call, .callIndirect, .callFar, .ret, .retFar, .iret, .loop, .loope,
            .loopne, .jcxz, .int, .int1, .int3, .into, .movSegmentLoad, .popSegment, .lds, .les, .lfs, .lgs, .lss,
            .movControlLoad, .movDebugLoad, .lmsw, .clts, .popf, .sti, .cli, .hlt, .in, .out, .ins, .outs, .lgdt, .lidt,
            .lldt, .ltr, .invlpg, .invpcid, .syscall, .sysret, .sysenter, .sysexit, .swapgs, .wrfsbase, .wrgsbase,
            .clac, .stac, .xsetbv,
            .monitor, .mwait, .ud0, .ud1, .ud2, .invd, .wbinvd, .wrmsr, .rsm:
            true
        default: false
        }
    }
}
