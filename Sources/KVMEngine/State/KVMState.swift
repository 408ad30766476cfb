import CKVM
import Glibc
import Machine

/// CPUFile into the vCPU and back.
extension KVMEngine {
    /// Model-specific registers that travel. KVM refuses those that this host lacks.
    private static var modelRegisters: [(index: UInt32, field: WritableKeyPath<CPUFile, UInt64>)] {
        [
            (0x174, \.sysenterCS), (0x175, \.sysenterESP), (0x176, \.sysenterEIP), (0x277, \.pat),
            (0xC000_0081, \.star), (0xC000_0082, \.lstar), (0xC000_0083, \.cstar), (0xC000_0084, \.syscallMask),
            (0xC000_0102, \.kernelGSBase), (0xC000_0103, \.tscAux),
        ]
    }
    private static let timeStampCounter: UInt32 = 0x10

    // MARK: Out

    /// Gives the vCPU all of CPUFile.
    func export() throws(KVMError) {
        try finishAccess()
        let cpu = vm.block.load(as: CPUFile.self)
        let regs = kvm_regs(cpu), sregs = kvm_sregs(cpu)
        do throws(KVMError) {
            try processor.set(sregs)
            if cpu.loadsPointers, device.offers(.systemRegisters2) != 0 {
                try processor.setPointers((cpu.pdpte0, cpu.pdpte1, cpu.pdpte2, cpu.pdpte3))
            }
            try processor.set(regs)
        } catch {
            guard case .request(let name, let number) = error else { throw error }
            throw .state(
                request: name, errno: number, problem: StateValidator.problem(regs: regs, sregs: sregs))
        }
        // A KVM in software may drop the bit without a word, and would run other code than the guest's.
        if cpu.isVirtual8086, try processor.registers().rflags != cpu.rflags { throw .noVirtual8086 }
        try exportDebugRegisters(kvm_debugregs(cpu))
        if hasAVX { try processor.setExtendedControl(cpu.xcr0) }
        var area = kvm_xsave()
        store(cpu.vector, in: &area)
        try processor.set(&area)
        try exportModelRegisters(cpu)
        try processor.set(events(of: cpu))
        run.pointee.ready_for_interrupt_injection = 0
        run.pointee.if_flag = cpu.rflags & UInt64(Flags.interrupt) != 0 ? 1 : 0
        exportIsDue = false
        registersAreStale = false
        isShallow = false
        hasRun = false
    }

    private func exportDebugRegisters(_ registers: kvm_debugregs) throws(KVMError) {
        do throws(KVMError) { try processor.set(registers) } catch {
            guard case .request(let name, let number) = error else { throw error }
            throw .state(request: name, errno: number, problem: StateValidator.problem(registers))
        }
    }

    private func exportModelRegisters(_ cpu: CPUFile) throws(KVMError) {
        var list = Self.modelRegisters.map { (index: $0.index, value: cpu[keyPath: $0.field]) }
        list += slowRegisters(of: cpu)
        if exportedTSCOffset != cpu.tscOffset {
            exportedTSCOffset = cpu.tscOffset
            list.append((Self.timeStampCounter, io.events.now &+ cpu.tscOffset))
        }
        while !list.isEmpty {
            let done = try processor.setModelRegisters(list)
            guard done < list.count else { return }
            // A register that this host lacks matters only when the guest has put something into it.
            let refused = list[done], reset = CPUFile.afterReset
            let usual =
                Self.modelRegisters.first { $0.index == refused.index }.map { reset[keyPath: $0.field] }
                ?? vm.cpuModel.slowRegister(refused.index, of: CPUFile.afterReset(vm.cpuModel).slow)
            guard refused.value == usual || servesSlowRegister(refused.index) else {
                throw .state(
                    request: "KVM_SET_MSRS", errno: EINVAL,
                    problem: "MSR \(hexadecimal(UInt64(refused.index)))h cannot be \(hexadecimal(refused.value))h")
            }
            list.removeFirst(done + 1)
        }
    }

    private func events(of cpu: CPUFile) -> kvm_vcpu_events {
        var events = kvm_vcpu_events()
        events.flags = UInt32(KVM_VCPUEVENT_VALID_SHADOW | KVM_VCPUEVENT_VALID_NMI_PENDING)
        if cpu.stackShadow != 0 { events.interrupt.shadow |= UInt8(KVM_X86_SHADOW_INT_MOV_SS) }
        if cpu.stiShadow != 0 { events.interrupt.shadow |= UInt8(KVM_X86_SHADOW_INT_STI) }
        events.nmi.masked = cpu.nmiBlocked
        guard let pending = PendingEvent(bits: cpu.pendingEvent) else { return events }
        switch pending.kind {
        case .externalInterrupt, .softwareInterrupt:
            events.interrupt.injected = 1
            events.interrupt.nr = pending.vector
            events.interrupt.soft = pending.kind == .softwareInterrupt ? 1 : 0
        case .nonMaskable: events.nmi.injected = 1
        case .hardwareException, .softwareException:
            events.exception.injected = 1
            events.exception.nr = pending.vector
            if let code = pending.errorCode {
                events.exception.has_error_code = 1
                events.exception.error_code = code
            }
        }
        return events
    }

    // MARK: Back

    /// An access whose result the guest has not got yet is finished by an entry that ends at once.
    func finishAccess() throws(KVMError) {
        guard hasPendingAccess else { return }
        // An unaligned access comes in pieces; no instruction has more than a few dozen.
        for _ in 0..<64 {
            run.pointee.immediate_exit = 1
            let problem = enterGuest()
            run.pointee.immediate_exit = 0
            hasPendingAccess = false
            if problem == EINTR { return }
            guard problem == 0 else { throw .request("KVM_RUN", errno: problem) }
            switch Int32(bitPattern: run.pointee.exit_reason) {
            case KVM_EXIT_IO, KVM_EXIT_MMIO: _ = try handleExit()
            default: return
            }
        }
    }

    /// Brings what VM and debugger look at when a run has ended into CPUFile; the rest is left to `settle`.
    func collect() throws(KVMError) {
        guard !exportIsDue, registersAreStale else { return }
        try finishAccess()
        let regs = try processor.registers(), sregs = try processor.systemRegisters(), events = try processor.events()
        let file = vm.block.assumingMemoryBound(to: CPUFile.self)
        regs.store(in: &file.pointee)
        // KVM has not seen what the guest wrote there.
        let apicBase = file.pointee.apicBase
        sregs.store(in: &file.pointee)
        file.pointee.apicBase = apicBase
        if let apic = io.localAPIC, vm.cpuModel.hasLongMode { file.pointee.cr8 = UInt64(apic.taskPriority) }
        file.pointee.stackShadow = events.interrupt.shadow & UInt8(KVM_X86_SHADOW_INT_MOV_SS) != 0 ? 1 : 0
        file.pointee.stiShadow =
            events.interrupt.shadow & UInt8(KVM_X86_SHADOW_INT_STI) != 0
                && regs.rflags & UInt64(Flags.interrupt) != 0 && file.pointee.stackShadow == 0 ? 1 : 0
        try collectPointers()
        file.pointee.nmiBlocked = events.nmi.masked
        file.pointee.pendingEvent = pendingEvent(events)?.bits ?? 0
        registersAreStale = false
        isShallow = true
    }

    /// PDPTEs are registers of their own under PAE paging (SDM 3A 4.4.1).
    private func collectPointers() throws(KVMError) {
        let file = vm.block.assumingMemoryBound(to: CPUFile.self)
        let values =
            file.pointee.loadsPointers && device.offers(.systemRegisters2) != 0
            ? try processor.pointers() : (0, 0, 0, 0)
        (file.pointee.pdpte0, file.pointee.pdpte1, file.pointee.pdpte2, file.pointee.pdpte3) = values
    }

    private func pendingEvent(_ events: kvm_vcpu_events) -> PendingEvent? {
        if events.exception.injected != 0 || events.exception.pending != 0 {
            let isSoftware = events.exception.nr == 3 || events.exception.nr == 4
            return PendingEvent(
                isSoftware ? .softwareException : .hardwareException, vector: events.exception.nr,
                errorCode: events.exception.has_error_code != 0 ? events.exception.error_code : nil)
        }
        if events.interrupt.injected != 0 {
            return PendingEvent(
                events.interrupt.soft != 0 ? .softwareInterrupt : .externalInterrupt, vector: events.interrupt.nr)
        }
        if events.nmi.injected != 0 { return PendingEvent(.nonMaskable, vector: 2) }
        return nil
    }

    /// All that is not in CPUFile yet.
    public func settle() {
        guard !exportIsDue, isShallow || registersAreStale else { return }
        do throws(KVMError) {
            try collect()
            let file = vm.block.assumingMemoryBound(to: CPUFile.self)
            try processor.debugRegisters().store(in: &file.pointee)
            if hasAVX { file.pointee.xcr0 = try processor.extendedControl() }
            let area = try processor.extendedState()
            load(area, into: &file.pointee.vector)
            for (index, field) in Self.modelRegisters {
                if let value = try processor.modelRegisters([index]).first { file.pointee[keyPath: field] = value }
            }
            try collectSlowRegisters(&file.pointee.slow)
            // A guest that did not run saw no time pass.
            if hasRun, let count = try processor.modelRegisters([Self.timeStampCounter]).first {
                file.pointee.tscOffset = count &- io.events.now
                exportedTSCOffset = file.pointee.tscOffset
                io.localAPIC?.timeStampOffset = file.pointee.tscOffset
            }
            isShallow = false
        } catch {
            notes.append("registers could not be read whole: \(error.description)")
        }
    }

    // MARK: XSAVE area, standard format (SDM 1 13.4)

    private static var header: Int { 512 }
    private static var upperHalves: Int { 576 }
    private static var upperSize: Int { 256 }

    private func store(_ vector: VectorState, in area: inout kvm_xsave) {
        withUnsafeMutableBytes(of: &area) { target in
            vector.withUnsafeBytes { source in
                target.copyBytes(from: source[0..<VectorState.imageSize])
                let upper = UnsafeMutableRawBufferPointer(rebasing: target[Self.upperHalves...])
                upper.copyBytes(from: source[VectorState.imageSize..<VectorState.imageSize + Self.upperSize])
            }
            // XSTATE_BV: x87 and SSE, and AVX where there is one.
            target.storeBytes(of: hasAVX ? 7 : 3, toByteOffset: Self.header, as: UInt64.self)
        }
    }

    private func load(_ area: kvm_xsave, into vector: inout VectorState) {
        withUnsafeBytes(of: area) { source in
            vector.withUnsafeMutableBytes { target in
                target.copyBytes(from: source[0..<VectorState.imageSize])
                let upper = UnsafeMutableRawBufferPointer(rebasing: target[VectorState.imageSize...])
                if hasAVX { upper.copyBytes(from: source[Self.upperHalves..<Self.upperHalves + Self.upperSize]) }
            }
        }
        vector.clearReserved()
    }
}

extension CPUFile {
    /// PAE paging outside long mode.
    fileprivate var loadsPointers: Bool { isPaged && cr4 & 0x20 != 0 && efer & 0x400 == 0 }
}
