import CKVM
import Glibc
import Machine
import X86ISA

/// What the vCPU came back for.
extension KVMEngine {
    /// Deals with the exit; a value ends the run, nil enters again.
    func handleExit() throws(KVMError) -> EngineExit? {
        hasPendingAccess = false
        switch Int32(bitPattern: run.pointee.exit_reason) {
        case KVM_EXIT_IO: serveIO()
        case KVM_EXIT_MMIO: serveMMIO()
        case KVM_EXIT_X86_RDMSR, KVM_EXIT_X86_WRMSR: serveModelRegister()
        case KVM_EXIT_HLT: return try halt()
        // CR8 was lowered: what waited behind it is offered at the next entry.
        case KVM_EXIT_IRQ_WINDOW_OPEN, KVM_EXIT_INTR, KVM_EXIT_SET_TPR: break
        case KVM_EXIT_DEBUG:
            let debug = ckvm_exit_debug(run)
            if singleSteps, !breakpoints.contains(debug.pc) { return nil }
            passing = debug.pc
            return .breakpoint(linear: debug.pc)
        case KVM_EXIT_SHUTDOWN: return .ended(try tripleFault())
        case KVM_EXIT_INTERNAL_ERROR: return try internalError()
        case KVM_EXIT_FAIL_ENTRY:
            let reason = ckvm_exit_fail_entry_reason(run)
            try collect()
            let problem = StateValidator.problem(regs: kvm_regs(vm.cpu), sregs: kvm_sregs(vm.cpu))
            return .ended(
                engineFailed(
                    "the CPU refused to enter the guest (hardware reason \(hexadecimal(reason))h): "
                        + (problem ?? "no rule of the manual is broken")))
        default:
            return .ended(engineFailed("exit reason \(run.pointee.exit_reason) of KVM_RUN is not known here"))
        }
        return nil
    }

    /// HLT. Halted is ours to keep: without an irqchip KVM only tells.
    private func halt() throws(KVMError) -> EngineExit? {
        if io.interruptLine, run.pointee.if_flag != 0 { return nil }
        // An interrupt that KVM holds already wakes the CPU.
        let events = try processor.events()
        if events.interrupt.injected | events.exception.injected | events.nmi.injected != 0 { return nil }
        try collect()
        let file = vm.block.assumingMemoryBound(to: CPUFile.self)
        // Some software KVM tells of an HLT that was stepped over long after it.
        guard file.pointee.isPaged || memory.peek(file.pointee.linearInstructionPointer &- 1, count: 1) == [0xF4] else {
            return nil
        }
        file.pointee.halted = 1
        return .halted
    }

    func engineFailed(_ text: String) -> Ending {
        Ending(.unsupported(text), sentence: "KVM cannot go on at \(place): \(text)")
    }

    // MARK: The gate to vIO

    /// A device is about to be called: the clock is exact, and what is due has happened.
    private func synchronise() {
        guard !countsInstructions else { return }
        io.events.advance(to: clock.now)
        if io.events.next <= io.events.now { io.events.runDue() }
    }

    private func serveIO() {
        let exit = ckvm_exit_io(run)
        hasPendingAccess = true
        guard var data = processor.ioData(exit) else { return }
        synchronise()
        let port = Port(exit.port), width = Int(exit.size), isInput = Int32(exit.direction) == KVM_EXIT_IO_IN
        for _ in 0..<exit.count {
            // SAFETY: `ioData` checked that count elements of this width lie within the shared page.
            if isInput {
                let value = io.ports.read(port, width: width)
                switch width {
                case 1: data.storeBytes(of: UInt8(truncatingIfNeeded: value), as: UInt8.self)
                case 2: data.storeBytes(of: UInt16(truncatingIfNeeded: value), as: UInt16.self)
                default: data.storeBytes(of: value, as: UInt32.self)
                }
            } else {
                let value =
                    switch width {
                    case 1: UInt32(data.load(as: UInt8.self))
                    case 2: UInt32(data.loadUnaligned(as: UInt16.self))
                    default: data.loadUnaligned(as: UInt32.self)
                    }
                io.ports.write(port, width: width, value: value)
            }
            data += width
        }
    }

    private func serveMMIO() {
        let exit = ckvm_exit_mmio(run)
        hasPendingAccess = true
        let count = min(Int(exit.length), 8)
        guard let data = ckvm_exit_mmio_data(run) else { return }
        synchronise()
        var offset = 0
        while offset < count {
            let address = exit.address &+ UInt64(offset), left = count - offset
            switch left {
            case 8: access(address, data + offset, exit.is_write != 0, as: UInt64.self)
            case 4...: access(address, data + offset, exit.is_write != 0, as: UInt32.self)
            case 2...: access(address, data + offset, exit.is_write != 0, as: UInt16.self)
            default: access(address, data + offset, exit.is_write != 0, as: UInt8.self)
            }
            offset += left == 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1
        }
    }

    private func access<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
        _ address: UInt64, _ data: UnsafeMutableRawPointer, _ isWrite: Bool, as type: T.Type
    ) {
        if isWrite {
            memory.write(address, data.loadUnaligned(as: T.self))
        } else {
            data.storeBytes(of: memory.read(address, as: T.self), as: T.self)
        }
    }

    /// Registers that KVM does not model: those of our CPU model and of its local APIC, and #GP for the rest.
    private func serveModelRegister() {
        hasPendingAccess = true
        let index = ckvm_exit_msr_index(run)
        let isRead = Int32(bitPattern: run.pointee.exit_reason) == KVM_EXIT_X86_RDMSR
        if vm.cpuModel.hasLocalAPIC, KVMEngine.localRegisters.contains(where: { $0.contains(index) }) {
            synchronise()
            let value =
                isRead ? localRegister(index) : setLocalRegister(index, ckvm_exit_msr_data(run)) ? 0 : nil
            return ckvm_answer_msr(run, value == nil ? 1 : 0, value ?? 0)
        }
        if servesSlowRegister(index) {
            let file = vm.block.assumingMemoryBound(to: CPUFile.self)
            let value =
                isRead
                ? vm.cpuModel.slowRegister(index, of: file.pointee.slow)
                : vm.cpuModel.setSlowRegister(index, ckvm_exit_msr_data(run), of: &file.pointee.slow) == .done ? 0 : nil
            return ckvm_answer_msr(run, value == nil ? 1 : 0, value ?? 0)
        }
        // Machine check address and type, as the Pentium has them: nothing was ever logged.
        let isKnown = vm.cpuModel.modelRegisters.contains(index)
        ckvm_answer_msr(run, isKnown ? 0 : 1, isRead ? 0 : ckvm_exit_msr_data(run))
    }

    private func localRegister(_ index: UInt32) -> UInt64? {
        if index == KVMEngine.apicBase { return vm.block.assumingMemoryBound(to: CPUFile.self).pointee.apicBase }
        return io.localAPIC?.modelRegister(index)
    }

    /// False for #GP.
    private func setLocalRegister(_ index: UInt32, _ value: UInt64) -> Bool {
        guard index == KVMEngine.apicBase else {
            guard let apic = io.localAPIC else { return false }
            if index == KVMEngine.deadline { noteTimeStamp(apic) }
            return apic.setModelRegister(index, value) == .done
        }
        let file = vm.block.assumingMemoryBound(to: CPUFile.self)
        let change = vm.cpuModel.change(ofAPICBase: file.pointee.apicBase, to: value)
        guard case .allowed(let base) = change else { return false }
        file.pointee.apicBase = base
        io.localAPIC?.base = base
        return true
    }

    /// The guest's TSC may have been written, or run at another rate, since the local APIC was told of it.
    private func noteTimeStamp(_ apic: any LocalInterruptController) {
        guard let count = try? processor.modelRegisters([0x10]).first else { return }
        apic.timeStampOffset = count &- io.events.now
    }

    // MARK: Ends and failures

    /// What KVM's emulator could not do, the assistant does; the guest goes on in KVM.
    private func internalError() throws(KVMError) -> EngineExit? {
        let kind = ckvm_exit_internal_suberror(run)
        try collect()
        guard kind == UInt32(KVM_INTERNAL_ERROR_EMULATION) else {
            return .ended(engineFailed("KVM reports internal error \(kind)"))
        }
        let cpu = vm.cpu
        let bytes = memory.peek(cpu.linearInstructionPointer, count: 15)
        let text = instructionText(bytes, cpu)
        guard let assistant, let exit = runAssistant(assistant) else {
            let reason = assistant?.refusal(of: cpu).map { ", nor can the interpreter, since \($0)" } ?? ""
            return .ended(engineFailed("KVM's emulator cannot do \(text)\(reason)"))
        }
        if assisted == 0 { firstAssisted = text }
        assisted &+= 1
        switch exit {
        case .ended, .halted: return exit
        default:
            try prepare()
            return nil
        }
    }

    /// One instruction by the assistant; nil where it cannot.
    func runAssistant(_ assistant: any Engine) -> EngineExit? {
        settle()
        guard assistant.refusal(of: vm.cpu) == nil else { return nil }
        // KVM's guest has written, and invalidated translations, behind its back.
        memory.translations.invalidateAll()
        assistant.machineChanged()
        io.events.advance(to: countsInstructions ? io.events.now : clock.now)
        let exit = assistant.stepInstruction()
        exportIsDue = true
        return exit
    }

    func instructionText(_ bytes: [UInt8], _ cpu: CPUFile) -> String {
        let line = Disassembler().line(bytes, at: cpu.rip, codeSize: cpu.codeSize)
        return "'\(line.text)' at \(place)"
    }

    /// KVM tells nothing of a triple fault. The registers are still those before it: the assistant runs the instruction
    /// again, and where it ends the same way, it knows why.
    private func tripleFault() throws(KVMError) -> Ending {
        try collect()
        settle()
        let before = vm.cpu
        if let assistant, case .ended(let ending)? = runAssistant(assistant), ending.kind == .tripleFault {
            return ending
        }
        vm.cpu = before
        return Ending(
            .tripleFault,
            sentence: "triple fault under KVM at \(place), CPL \(before.privilege): KVM does not say why; run it with "
                + "--engine interpreter to see the chain of faults")
    }

    /// The guest was found at the same place by two kicks, with interrupts off, in a branch to itself: nothing gets it
    /// out of there. Nor out of memory that is all zeros.
    func stuckAtKick() throws(KVMError) -> Ending? {
        guard HostTicks.monotonic >= nextKickLook else { return nil }
        nextKickLook = HostTicks.monotonic &+ 50_000_000
        try collect()
        let cpu = vm.block.assumingMemoryBound(to: CPUFile.self).pointee
        let linear = cpu.linearInstructionPointer
        defer { lastKickPlace = linear }
        guard lastKickPlace == linear, cpu.rflags & UInt64(Flags.interrupt) == 0, !cpu.isPaged else { return nil }
        let bytes = memory.peek(linear, count: 15)
        guard let instruction = try? Decoder(cpu.codeSize).decode(bytes), instruction.branchesToItself else {
            return nil
        }
        return Ending(.stuck, sentence: "stuck at \(place): a jump to itself with interrupts off")
    }
}

extension Instruction {
    /// An unconditional near jump to its own first byte.
    fileprivate var branchesToItself: Bool {
        operation == .jmp && operand0.kind == .relative && Int64(bitPattern: immediate) == -Int64(length)
    }
}

extension CPUFile {
    /// CR0.PG
    var isPaged: Bool { cr0 & ControlBits.paging != 0 }
}
