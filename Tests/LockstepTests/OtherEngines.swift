import Interpreter
import Machine
import X86ISA

/// An interpreter that is not quite one: subclasses change what a step does.
class WrappedEngine: Engine {
    let vm: VM
    let inner: Interpreter
    var name: String { "other" }
    var countsInstructions: Bool { true }
    var breakpoints: Set<UInt64> = []
    /// Steps so far.
    private(set) var steps = 0

    init(_ vm: VM) {
        self.vm = vm
        inner = Interpreter(vm: vm)
    }

    var file: UnsafeMutablePointer<CPUFile> { vm.block.assumingMemoryBound(to: CPUFile.self) }

    func refusal(of cpu: CPUFile) -> String? { inner.refusal(of: cpu) }
    func takeOver() throws(EngineError) { try inner.takeOver() }
    func run(until deadline: UInt64) -> EngineExit { inner.run(until: deadline) }
    func machineChanged() { inner.machineChanged() }

    final func stepInstruction() -> EngineExit {
        steps += 1
        return step()
    }

    func step() -> EngineExit { inner.stepInstruction() }

    /// What runs next, if no interrupt comes before it.
    var next: Instruction? {
        try? Decoder(file.pointee.codeSize).decode(vm.memory.peek(file.pointee.linearInstructionPointer, count: 15))
    }

    /// An interrupt is taken by the next step.
    var takesInterrupt: Bool {
        vm.io.interruptLine && file.pointee.rflags & UInt64(Flags.interrupt) != 0
            && file.pointee.stiShadow | file.pointee.stackShadow == 0
    }

    /// A byte of the stack, real mode.
    func stackPlace(_ distance: UInt64) -> UInt64 {
        file.pointee.ss.base &+ ((file.pointee.general.4 &+ distance) & 0xFFFF)
    }
}

/// Runs beyond each delivery, INT and shadow, as a CPU does that is stepped by its trap flag.
final class OvershootingEngine: WrappedEngine {
    private(set) var overshoots = 0

    override func step() -> EngineExit {
        var left = 3
        while true {
            let faults = inner.faultCount, isInterrupt = takesInterrupt
            let isSoftware = next.map { [.int, .int3, .into, .int1].contains($0.operation) } ?? false
            let exit = inner.stepInstruction()
            let isDelivery = isInterrupt || isSoftware || inner.faultCount != faults
            let isShadow = file.pointee.stackShadow | file.pointee.stiShadow != 0
            guard exit == .deadline, isDelivery || isShadow, file.pointee.halted == 0, left > 0 else { return exit }
            left -= 1
            overshoots += 1
            vm.io.attention = false
        }
    }
}

/// Leaves other values in flags and registers that the manual calls undefined. The sets are those of SDM 2A and 2B, by hand.
final class ScramblingEngine: WrappedEngine {
    private(set) var scrambled = 0

    override var countsInstructions: Bool { false }

    private static let of: UInt64 = 0x800, sf: UInt64 = 0x80, zf: UInt64 = 0x40, af: UInt64 = 0x10, pf: UInt64 = 4
    private static let cf: UInt64 = 1

    /// Undefined flags of an instruction that runs with this CL.
    private static func flags(_ instruction: Instruction, cl: UInt64) -> UInt64 {
        switch instruction.operation {
        case .mul, .imul, .imul2, .imul3: return sf | zf | af | pf
        case .div, .idiv: return of | sf | zf | af | pf | cf
        case .and, .or, .xor, .test: return af
        case .bt, .bts, .btr, .btc: return of | sf | af | pf
        case .bsf, .bsr: return cf | of | sf | af | pf
        case .aaa, .aas: return of | sf | zf | pf
        case .aam, .aad: return of | af | cf
        case .daa, .das: return of
        case .shl, .sal, .shr, .sar, .rol, .ror, .rcl, .rcr, .shld, .shrd:
            let isDouble = instruction.operation == .shld || instruction.operation == .shrd
            let source = isDouble ? instruction.operand2 : instruction.operand1
            let count = source.kind == .one ? 1 : (source.kind == .immediate ? instruction.immediate : cl) & 31
            guard count > 0 else { return 0 }
            if isDouble, count > UInt64(instruction.operand0.size) * 8 { return of | sf | zf | af | pf | cf }
            let isRotation = [.rol, .ror, .rcl, .rcr].contains(instruction.operation)
            return (isRotation ? 0 : af) | (count > 1 ? of : 0)
        default: return 0
        }
    }

    override func step() -> EngineExit {
        let instruction = takesInterrupt ? nil : next
        let faults = inner.faultCount, cl = file.pointee.general.1 & 0xFF
        let traps = file.pointee.rflags & UInt64(Flags.trap) != 0
        let exit = inner.stepInstruction()
        let isTrap = traps && inner.faultCount == faults + 1
        guard let instruction, exit == .deadline, isTrap || inner.faultCount == faults else { return exit }
        let flags = Self.flags(instruction, cl: cl)
        if flags != 0 {
            scrambled += 1
            file.pointee.rflags ^= flags
            // The handler's stack holds them too.
            if isTrap, !file.pointee.isProtected {
                let place = stackPlace(4)
                vm.memory.write(place, vm.memory.read(place, as: UInt16.self) ^ UInt16(truncatingIfNeeded: flags))
            }
        }
        scrambleResult(instruction, cl: cl, isTrap: isTrap)
        inner.machineChanged()
        return exit
    }

    private func scrambleResult(_ instruction: Instruction, cl: UInt64, isTrap: Bool) {
        switch instruction.operation {
        case .bsf, .bsr:
            if file.pointee.rflags & Self.zf != 0 { file.pointee[register: Int(instruction.operand0.number)] ^= 0x55 }
        case .shld where cl == 20 && instruction.operand0.size == 2:
            if instruction.operand0.kind == .register {
                file.pointee[register: Int(instruction.operand0.number)] ^= 0xFF0F
            } else {
                let place = UInt64(bitPattern: instruction.displacement)
                vm.memory.write(place, vm.memory.read(place, as: UInt16.self) ^ 0xA55A)
            }
        case .smsw where instruction.operand0.size == 4:
            file.pointee[register: Int(instruction.operand0.number)] ^= 0xBEEF_0000
        case .pushSegment where instruction.operandSize == 4 && !isTrap:
            let place = stackPlace(2)
            vm.memory.write(place, vm.memory.read(place, as: UInt16.self) ^ 0x1234)
        case .rdtsc:
            file.pointee.general.0 ^= 0x1357_9BDF
            file.pointee.general.2 ^= 0x2468
        default: break
        }
        file.pointee.tscOffset = UInt64(steps)
    }
}

/// Does something wrong, or something else, instead of its step number `at` or of all that `isWrong` chooses.
final class WrongEngine: WrappedEngine {
    /// Given before each step; what it returns is the step, nil for the right one.
    private let wrong: (WrongEngine) -> EngineExit?

    init(_ vm: VM, _ wrong: @escaping (WrongEngine) -> EngineExit?) {
        self.wrong = wrong
        super.init(vm)
    }

    override func step() -> EngineExit { wrong(self) ?? inner.stepInstruction() }
}
