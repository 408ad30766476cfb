import Machine
import X86ISA

/// String instructions. With REP, an instruction yields at the deadline with its progress in the registers; interrupts
/// are taken between iterations (SDM 2B, REP).
extension Core {
    @inline(__always) private func step(_ i: UnsafePointer<Instruction>, _ size: UInt8) -> UInt64 {
        file.pointee.rflags & UInt64(Flags.direction) != 0 ? 0 &- UInt64(size) : UInt64(size)
    }

    @inline(__always) private func index(_ number: UInt8, _ i: UnsafePointer<Instruction>) -> UInt64 {
        register(number, i.pointee.addressSize)
    }

    @inline(__always) private func advance(_ number: UInt8, _ i: UnsafePointer<Instruction>, _ size: UInt8) {
        setRegister(number, i.pointee.addressSize, index(number, i) &+ step(i, size))
    }

    /// Runs `iteration` once, or as REP says; it returns false when the compare ends a REPE or REPNE.
    @inline(__always)
    private func repeated(
        _ i: UnsafePointer<Instruction>, _ iteration: (Core) throws(Exception) -> Void, compares: Bool = false
    ) throws(Exception) {
        let prefixes = i.pointee.prefixes
        guard prefixes.contains(.rep) || prefixes.contains(.repne) else { return try iteration(self) }
        let size = i.pointee.addressSize
        var count = register(1, size)
        guard count != 0 else { return }
        let left = scratch.pointee.remaining &- Record.index(scratch.pointee.record)
        let mayContinue = file.pointee.rflags & UInt64(Flags.trap) == 0
        var done = 0
        let incomingResult = scratch.pointee.flagResult, incomingCarries = scratch.pointee.flagCarries
        var finished = false
        while true {
            do throws(Exception) {
                try iteration(self)
            } catch {
                // Iterations before the fault stay done; flags are those of the last of them.
                if compares, done > 0 {
                    interpreter.partialFlags = (scratch.pointee.flagResult, scratch.pointee.flagCarries)
                } else {
                    scratch.pointee.flagResult = incomingResult
                    scratch.pointee.flagCarries = incomingCarries
                }
                throw error
            }
            done &+= 1
            scratch.pointee.extraTicks = done
            count &-= 1
            setRegister(1, size, count)
            if count == 0 || compares && zero != prefixes.contains(.rep) {
                finished = true
                break
            }
            if done >= left || !mayContinue || scratch.pointee.stopTrace != 0 { break }
        }
        // The instruction itself is the first of these ticks.
        scratch.pointee.extraTicks = done &- 1
        if !finished {
            scratch.pointee.unfinished = true
            scratch.pointee.stopTrace = 1
        }
    }

    func movs(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            let value = try core.read(i.pointee.segment, core.index(6, i), size)
            try core.write(.es, core.index(7, i), size, value)
            core.advance(6, i, size)
            core.advance(7, i, size)
        }
    }

    func stos(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            try core.write(.es, core.index(7, i), size, core.register(0, size))
            core.advance(7, i, size)
        }
    }

    func lods(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(i) { (core) throws(Exception) in
            core.setRegister(0, size, try core.read(i.pointee.segment, core.index(6, i), size))
            core.advance(6, i, size)
        }
    }

    func cmps(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(
            i,
            { (core) throws(Exception) in
                let a = try core.read(i.pointee.segment, core.index(6, i), size)
                let b = try core.read(.es, core.index(7, i), size)
                _ = core.difference(a, b, 0, size)
                core.advance(6, i, size)
                core.advance(7, i, size)
            }, compares: true)
    }

    func scas(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try repeated(
            i,
            { (core) throws(Exception) in
                let b = try core.read(.es, core.index(7, i), size)
                _ = core.difference(core.register(0, size), b, 0, size)
                core.advance(7, i, size)
            }, compares: true)
    }

    func ins(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try checkPort(register16(2), size)
        try repeated(i) { (core) throws(Exception) in
            let place = try core.linear(.es, core.index(7, i), UInt64(size), write: true)
            core.writeLinear(place, size, core.portIn(core.register16(2), size))
            core.advance(7, i, size)
        }
    }

    func outs(_ i: UnsafePointer<Instruction>) throws(Exception) {
        let size = i.pointee.operandSize
        try checkPort(register16(2), size)
        try repeated(i) { (core) throws(Exception) in
            let value = try core.read(i.pointee.segment, core.index(6, i), size)
            core.portOut(core.register16(2), size, value)
            core.advance(6, i, size)
        }
    }
}
