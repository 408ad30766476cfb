import Machine
import X86ISA

/// Host pointer to CPUFile or to a record.
typealias Pointer = UnsafeMutableRawPointer
/// (CPUFile and scratch, record, last result, carries out of each bit of that result)
typealias Handler = @convention(c) (Pointer, Pointer, UInt, UInt) -> Void

/// What the interpreter keeps behind CPUFile, so that one pointer reaches all. Never saved.
struct Scratch {
    typealias Ends = (
        UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64
    )
    /// `Segment.readEnd` and `writeEnd` of ES CS SS DS FS GS, for fast handlers; stands first.
    var segmentEnds: Ends = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    /// CS's limit + 1.
    var codeEnd: UInt64 = 0
    /// The same, 64 KiB at most.
    var codeEnd16: UInt64 = 0
    /// `TraceMode.bits` of what runs now.
    var mode: UInt64 = 0
    /// `JumpCache`
    var jumps: Pointer
    #if DEBUG
        /// Traces entered since the dispatcher. Without -O a jump to the next handler is a call, so a chain is kept short:
        /// 128 traces have 4,096 handlers at most.
        var chained = 0
    #endif
    /// A branch whose link is not known yet and that was just taken.
    var openLink: Pointer?
    /// Physical address of its target, as far from the trace's as in every segment and at every address.
    var openTarget: UInt64 = 0
    /// Nonzero: segments, mode or A20 may have changed since `mode` and the ends were computed.
    var modeChanged: UInt8 = 1
    /// Lazy arithmetic flags, where they are not in handler arguments. See `LazyFlags`.
    var flagResult: UInt = 0
    var flagCarries: UInt = 0
    /// Ticks from the start of the current trace to the deadline.
    var remaining: Int = 0
    /// Ticks at which the engine must return.
    var deadline: UInt64 = 0
    /// IP of what runs next, set by terminal handlers.
    var nextIP: UInt64 = 0
    /// `remaining` at the start of the run.
    var allTicks: Int = 0
    /// Ticks since the start of the run that were no retired instructions: REP iterations, deliveries.
    var idleTicks: Int = 0
    /// Extra ticks of REP iterations, which are no instructions of their own.
    var extraTicks: Int = 0
    /// The TLB's table that accesses go by now; `Core.selectTable` sets it.
    var tlb: Pointer
    /// The TLB's first table.
    var tables: Pointer
    /// CR0.PG
    var isPaging = false
    /// `vMEM.a20Mask`
    var a20Mask: UInt64 = .max
    /// The record that runs now.
    var record: Pointer
    /// Nonzero: leave the trace before its next instruction.
    var stopTrace: UInt8 = 0
    var exit: TraceExit = .lookup
    /// B0 to B3 of the data and port breakpoints that were met since the last trap.
    var breakpointHits: UInt8 = 0
    var hasPortBreakpoints = false
    /// CR0.AM, EFLAGS.AC and CPL 3.
    var checksAlignment = false
    /// The instruction did not retire: a REP that goes on later.
    var unfinished: Bool = false
    var interpreter: Unmanaged<Interpreter>
    var memory: Unmanaged<vMEM>
    var io: Unmanaged<vIO>
    /// Of the processor that runs now: vMEM holds those of all.
    var translations: Unmanaged<TranslationBuffer>
    /// `TranslationBuffer.codeStamp` of that processor.
    var codeStamp: UnsafePointer<UInt64>
}

/// Why a trace was left.
enum TraceExit: UInt8 {
    /// Look up what is at rip.
    case lookup
    /// `Interpreter.pending` holds an exception.
    case fault
    /// A data or port breakpoint was met.
    case trapped
    case halted
    case stuck
}

/// The CPU as handlers see it: CPUFile with the scratch behind it, and all semantics as its methods.
struct Core {
    let raw: Pointer

    @inline(__always) init(_ raw: Pointer) { self.raw = raw }

    @inline(__always) var file: UnsafeMutablePointer<CPUFile> { raw.assumingMemoryBound(to: CPUFile.self) }
    @inline(__always) var scratch: UnsafeMutablePointer<Scratch> {
        (raw + VM.engineArea).assumingMemoryBound(to: Scratch.self)
    }
    @inline(__always) var memory: vMEM { scratch.pointee.memory._withUnsafeGuaranteedRef { $0 } }
    @inline(__always) var io: vIO { scratch.pointee.io._withUnsafeGuaranteedRef { $0 } }
    @inline(__always) var translations: TranslationBuffer {
        scratch.pointee.translations._withUnsafeGuaranteedRef { $0 }
    }
    @inline(__always) var interpreter: Interpreter { scratch.pointee.interpreter._withUnsafeGuaranteedRef { $0 } }

    @inline(__always) var isProtected: Bool { file.pointee.cr0 & ControlBits.protectionEnable != 0 }
    /// Protected mode with segment descriptors, not V86.
    @inline(__always) var usesDescriptors: Bool { isProtected && !file.pointee.isVirtual8086 }
    @inline(__always) var cpl: UInt8 { file.pointee.ss.privilege }
    @inline(__always) var ioPrivilege: UInt8 { UInt8(truncatingIfNeeded: (file.pointee.rflags >> 12) & 3) }

    // MARK: General registers; size in bytes

    @inline(__always) func register32(_ number: UInt8) -> UInt32 {
        raw.load(fromByteOffset: Int(number) &* 8, as: UInt32.self)
    }

    @inline(__always) func setRegister32(_ number: UInt8, _ value: UInt32) {
        raw.storeBytes(of: UInt64(value), toByteOffset: Int(number) &* 8, as: UInt64.self)
    }

    @inline(__always) func register64(_ number: UInt8) -> UInt64 {
        raw.load(fromByteOffset: Int(number) &* 8, as: UInt64.self)
    }

    @inline(__always) func setRegister64(_ number: UInt8, _ value: UInt64) {
        raw.storeBytes(of: value, toByteOffset: Int(number) &* 8, as: UInt64.self)
    }

    @inline(__always) func register16(_ number: UInt8) -> UInt16 {
        raw.load(fromByteOffset: Int(number) &* 8, as: UInt16.self)
    }

    @inline(__always) func setRegister16(_ number: UInt8, _ value: UInt16) {
        raw.storeBytes(of: value, toByteOffset: Int(number) &* 8, as: UInt16.self)
    }

    /// Byte offset of AL CL DL BL AH CH DH BH, and from `ByteRegister.uniform` on of the low bytes of all sixteen.
    @inline(__always) func byteOffset(_ number: UInt8) -> Int {
        number >= ByteRegister.uniform
            ? Int(number & 15) &* 8 : Int(number & 3) &* 8 &+ Int(number >> 2)
    }

    @inline(__always) func register(_ number: UInt8, _ size: UInt8) -> UInt64 {
        switch size {
        case 1: UInt64(raw.load(fromByteOffset: byteOffset(number), as: UInt8.self))
        case 2: UInt64(register16(number))
        case 4: UInt64(register32(number))
        default: register64(number)
        }
    }

    @inline(__always) func setRegister(_ number: UInt8, _ size: UInt8, _ value: UInt64) {
        switch size {
        case 1: raw.storeBytes(of: UInt8(truncatingIfNeeded: value), toByteOffset: byteOffset(number), as: UInt8.self)
        case 2: setRegister16(number, UInt16(truncatingIfNeeded: value))
        case 4: setRegister32(number, UInt32(truncatingIfNeeded: value))
        default: setRegister64(number, value)
        }
    }

    @inline(__always) func segment(_ register: SegmentRegister) -> UnsafeMutablePointer<Segment> {
        (raw + CoreLayout.segments + Int(register.rawValue) &* 16).assumingMemoryBound(to: Segment.self)
    }

    // MARK: Time

    /// Ticks at the start of the instruction that runs now.
    var now: UInt64 {
        let index = Record.index(scratch.pointee.record)
        let left = scratch.pointee.remaining &- index &- scratch.pointee.extraTicks
        return left < 0 ? scratch.pointee.deadline : scratch.pointee.deadline &- UInt64(left)
    }

    /// Makes the clock exact before a device is called.
    func synchroniseClock() { io.events.advance(to: now) }
}

/// Numbers of byte registers in decoded instructions as traces keep them.
enum ByteRegister {
    /// With REX, numbers 4-7 are SPL BPL SIL DIL: such an operand has this added.
    @inline(__always) static var uniform: UInt8 { 16 }

    static func settle(_ i: inout Instruction) {
        guard i.prefixes.contains(.rex) else { return }
        func settle(_ operand: inout Operand) {
            if operand.kind == .register, operand.size == 1, operand.number < uniform { operand.number += uniform }
        }
        settle(&i.operand0)
        settle(&i.operand1)
        settle(&i.operand2)
    }
}

enum CoreLayout {
    /// Offset of ES in CPUFile: after sixteen registers, zero, RIP and RFLAGS. Checked at start.
    @inline(__always) static var segments: Int { 152 }
    /// Offset of RIP, behind the zero.
    @inline(__always) static var instructionPointer: UInt8 { 136 }
}

@inline(__always) func mask(_ size: UInt8) -> UInt64 {
    switch size {
    case 1: 0xFF
    case 2: 0xFFFF
    case 4: 0xFFFF_FFFF
    default: .max
    }
}

@inline(__always) func signExtend(_ value: UInt64, _ size: UInt8) -> UInt64 {
    switch size {
    case 1: UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: value)))
    case 2: UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: value)))
    case 4: UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: value)))
    default: value
    }
}

@inline(__always) func signBit(_ size: UInt8) -> UInt64 { 1 &<< (UInt64(size) &* 8 &- 1) }

func generalProtection(_ code: UInt32, _ reason: FaultReason) -> Exception {
    Exception(.generalProtection, code, reason)
}

func invalidOpcode(_ reason: FaultReason) -> Exception { Exception(.invalidOpcode, nil, reason) }
