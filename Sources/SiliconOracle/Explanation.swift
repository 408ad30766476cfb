import X86ISA

/// Why a difference is no error.
enum Explanation: String, CaseIterable {
    case undefinedFlags = "flags that the manual leaves undefined"
    case undefinedResult =
        "results that the manual leaves undefined (BSF and BSR of zero, SHLD by more than the size ...)"
    case kernelAddress = "Linux tells users that a page of the kernel's half is present"
    case wrapAt4GiB =
        "an access across 4 GiB in a segment of 4 GiB may raise #GP or wrap, as the CPU likes (SDM 3A 6.3)"
    case maskedStore =
        "MASKMOVQ, MASKMOVDQU, VMASKMOV: where and whether bytes that the mask leaves out fault is the CPU's choice (SDM 2B)"
    case gatherTrap =
        "the trap of a step comes instead of a fault behind the first element of a gather (SDM 2C VGATHERDPS); the interpreter faults"
    case statusBeforeFault = "VCVTPS2PH to memory may set flags of MXCSR, or raise #XM, before the store faults"
    case partialStore =
        "FSTP of 80 bits and FBSTP into a page that faults: what lies before it may have been written (SDM 3A 9.1.1)"
    case otherElements =
        "VCVTPS2PH, DPPS, DPPD with an unmasked exception: the host may set PE for elements or stages that it has computed besides"
    case imageFault =
        "FXSAVE and the like: which byte of the image faults first, and #AC or #GP where it is misaligned, is the CPU's choice (SDM 2A FXSAVE)"
    case mmxBeforeFault = "an MMX instruction that faults may have set TOP and tags before"
    case callPushesFirst =
        "the host's CALL writes the return address below RSP before it finds the target not canonical; nothing else changes"
    case compareOrder = "which operand of CMPS or bound of BOUND is read first, and so faults, is not defined"
    case twoFaults = "a misaligned operand beyond the canonical addresses, by way of SS: #SS or #GP"
    case upperHalves =
        "a REP of 32-bit addresses without an iteration may clear the upper halves of RSI, RDI and RCX, or leave them"
    case partialPop = "a POPA that faults may have loaded registers before"
    case pointerWidth = "the host keeps 57 bits of FIP"
    case undefinedLength =
        "an undefined opcode at a page's end, or beyond 15 bytes: how many bytes it has is not defined"
    case undefinedConditions = "condition codes of the x87 that the manual leaves undefined"
    case oldPointers =
        "FOP and FDP: the host sets them at unmasked exceptions alone (CPUID 7:EBX.6, SDM 1 8.1.8 and 8.1.9)"
    case transcendental = "transcendental functions, within 1 ulp of the host's (SDM 1 8.3.10 promises no more)"
    case noSelectors = "the host has no FCS and FDS (CPUID 7:EBX.13)"
    case approximation =
        "RCPPS, RSQRTPS and their kin: within the relative error of 1.5 * 2^-12 that the manual allows (SDM 2B RCPPS)"

    // What AMD's CPUs do in another way (`AMDHost`).
    case nearBranchSize =
        "AMD: a near branch of 64-bit code with 66 has 16 bits; Intel's ignore the prefix (SDM 1 6.3.7)"
    case prefixedLoop = "AMD: F3 and F2 say of LOOPE and LOOPNE which of the two they are; Intel's ignore them"
    case prefixedPause = "AMD: PAUSE with REX.B is XCHG R8, RAX; Intel's ignore REX.B"
    case wideMOVSXD = "AMD: MOVSXD to 16 bits reads 32 all the same; Intel's read 16 (SDM 2B MOVSXD)"
    case trapOfINT1 = "AMD under a hypervisor: #DB of INT1 points at INT1 itself, not behind it (SDM 2A INT1)"
    case misalignedMode = "AMD: MXCSR has MM in bit 17, and its mask says so; a reserved bit elsewhere (SDM 1 10.2.3)"
    case otherNaN = "AMD: DPPS and DPPD of several NaNs gives another of them"
    case exactUnderflow = "AMD: FPREM, FPREM1 and FSCALE raise an unmasked #U for a tiny exact result"
    case repeatedFlags =
        "AMD: a trap or fault between two iterations of a REP leaves RF clear, and the flags of the iteration before"
    case gatherBeforeFault =
        "AMD: a gather that faults leaves other elements undone, and the rest of its mask as it was"
    case pointersOfExceptions = "AMD: FIP, FDP and FOP are kept of unmasked exceptions alone"
    case storeBeforeException = "AMD: an x87 store looks at its memory before it raises an unmasked exception"
    case alignmentOfSHA = "AMD: the SHA instructions need no aligned operands"
    case registerPrefetch = "AMD: 0F 0D with a register is #UD, elsewhere a NOP (SDM 2B PREFETCHW)"
    case wideInsert =
        "AMD: VPINSRD, VPEXTRD with W in 32-bit code are #UD, elsewhere W is ignored there (SDM 2B PINSRD)"
    case alignmentChecks =
        "AMD: #AC of vectors that need no alignment; it may come or not, as the CPU likes (SDM 2B MOVDQU)"

    /// The exceptions are not the same.
    static func ofException(
        _ instruction: Instruction?, _ input: CaseInput, host: CaseOutput, guest: CaseOutput
    ) -> Explanation? {
        guard let instruction else {
            let isAtEnd =
                host.vector == 14 && host.faultAddress == Place.code + UInt64(Place.codeSize)
                && host.errorCode & 16 != 0
            let isUndefined = guest.vector == 6 && (isAtEnd || host.vector == 13)
            return isUndefined || host.vector == 6 && [13, 14].contains(guest.vector) ? .undefinedLength : nil
        }
        let wraps = host.faultAddress > 0xFFFF_FF00 || host.faultAddress < 0x100
        let isMisaligned = host.vector == 17 && input.registers.flags & 0x4_0000 != 0
        if !input.isLong, host.vector == 14 && wraps || isMisaligned, guest.vector == 12 || guest.vector == 13 {
            return .wrapAt4GiB
        }
        let isEitherZero = host.errorCode == 0 && guest.errorCode == 0
        if input.isLong, host.vector == 12, guest.vector == 13, isEitherZero { return .twoFaults }
        switch instruction.operation {
        // They have a ModR/M byte and what it asks for, or end behind the opcode (SDM 2B UD).
        case .ud0, .ud1: return host.vector == 6 && [13, 14].contains(guest.vector) ? .undefinedLength : nil
        case .bound: return host.vector == 5 && guest.vector == 14 ? .compareOrder : nil
        case .maskmovq, .maskmovdqu: return [12, 13, 14, 17].contains(host.vector) ? .maskedStore : nil
        case .vcvtps2ph: return host.vector == 19 && [12, 13, 14].contains(guest.vector) ? .statusBeforeFault : nil
        case .fxsave, .fxrstor: return host.vector == 17 && guest.vector == 13 ? .imageFault : nil
        // What the push meets.
        case .callIndirect where input.isLong && guest.vector == 13 && guest.errorCode == 0 && host.vector != 1:
            return .callPushesFirst
        case .cmps where [12, 13, 14, 17].contains(host.vector) && [12, 13, 14, 17].contains(guest.vector):
            return .compareOrder
        default:
            let isStep = host.vector == 1 && host.registers.instructionPointer == input.registers.instructionPointer
            return instruction.hasVectorIndex && isStep && guest.vector == 14 ? .gatherTrap : nil
        }
    }

    static func ofFaultAddress(_ instruction: Instruction?, _ host: UInt64, _ guest: UInt64) -> Explanation? {
        let distance = min(host &- guest, guest &- host)
        switch instruction?.operation {
        case .maskmovq, .maskmovdqu, .vmaskmovps, .vmaskmovpd, .vpmaskmovd, .vpmaskmovq:
            // Where addresses have 16 or 32 bits, the next byte may be that at 0.
            return [0, 1 << 16, 1 << 32].contains { max($0, distance) - min($0, distance) < 32 } ? .maskedStore : nil
        case .fxsave, .fxrstor, .fnsave, .frstor, .fnstenv, .fldenv: return distance < 512 ? .imageFault : nil
        case .cmps: return .compareOrder
        default: return nil
        }
    }

    static func ofMemory(_ instruction: Instruction?, _ vector: UInt64) -> Explanation? {
        guard vector != 1, vector != 3 else { return nil }
        switch instruction?.operation {
        case .callIndirect: return vector == 13 ? .callPushesFirst : nil
        case .fxsave: return .imageFault
        case .fbstp: return .partialStore
        case .fstp: return instruction?.operand0.size == 10 ? .partialStore : nil
        default: return nil
        }
    }

    static func ofGeneral(
        _ instruction: Instruction?, isFault: Bool, _ host: UInt64, _ guest: UInt64
    ) -> Explanation? {
        if isFault, instruction?.operation == .popa { return .partialPop }
        guard let instruction, instruction.repeatsString, instruction.addressSize == 4 else { return nil }
        return host == guest & 0xFFFF_FFFF ? .upperHalves : nil
    }

    /// Of MXCSR.
    static func ofVectorStatus(
        _ instruction: Instruction?, _ vector: UInt64, _ host: UInt64, _ guest: UInt64
    ) -> Explanation? {
        switch instruction?.operation {
        case .vcvtps2ph where [12, 13, 14].contains(vector):
            return host & ~0x3F == guest & ~0x3F && guest & ~host == 0 ? .statusBeforeFault : nil
        case .vcvtps2ph, .dpps, .dppd:
            return vector == 19 && host == guest | 0x20 ? .otherElements : nil
        default: return nil
        }
    }

    /// Of an offset in FIP or FDP: one has a selector above it.
    static func ofPointer(_ instruction: Instruction?, _ host: UInt64, _ guest: UInt64) -> Explanation? {
        let kept = (Int64(bitPattern: guest) << 7) >> 7
        if kept != Int64(bitPattern: guest), Int64(bitPattern: host) == kept { return .pointerWidth }
        return switch instruction?.operation {
        case .fxrstor, .frstor, .fldenv: host == guest & 0xFFFF_FFFF && guest >> 48 == 0 ? .noSelectors : nil
        default: nil
        }
    }

    /// TOP and tags of the one are those of an MMX instruction, and the physical registers are the same.
    static func ofX87(_ instruction: Instruction?, host: CaseOutput, guest: CaseOutput) -> Explanation? {
        guard let instruction, host.vector != 1, host.vector != 3 else { return nil }
        let operands = [instruction.operand0, instruction.operand1, instruction.operand2]
        guard operands.contains(where: { $0.kind == .mmxRegister }) else { return nil }
        let (a, b) = (host.registers.vector, guest.registers.vector)
        func status(_ image: UnsafeMutableRawPointer) -> UInt16 { image.load(fromByteOffset: 2, as: UInt16.self) }
        guard (status(a) ^ status(b)) & ~0x3800 == 0, a.load(as: UInt16.self) == b.load(as: UInt16.self) else {
            return nil
        }
        let tops = [a, b].map { Int(status($0) >> 11 & 7) }
        for number in 0..<8 {
            let places = tops.map { 32 + ((number - $0) & 7) * 16 }
            guard
                a.load(fromByteOffset: places[0], as: UInt64.self) == b.load(fromByteOffset: places[1], as: UInt64.self)
            else { return nil }
        }
        return .mmxBeforeFault
    }

    private static let approximations: Set<Operation> = [.rcpps, .rcpss, .rsqrtps, .rsqrtss]

    /// Of 64 bits of a vector register.
    static func ofVector(_ instruction: Instruction?, _ host: UInt64, _ guest: UInt64) -> Explanation? {
        guard let operation = instruction?.operation, approximations.contains(operation) else { return nil }
        for shift in [0, 32] as [UInt64] {
            let bits = [host, guest].map { UInt32(truncatingIfNeeded: $0 >> shift) }
            let (a, b) = (Float(bitPattern: bits[0]), Float(bitPattern: bits[1]))
            // Both may be as far off as that, to either side.
            guard bits[0] == bits[1] || abs(a / b - 1) < 2 * 1.5 / 4096 else { return nil }
        }
        return .approximation
    }

    // MARK: x87

    private static let compares: Set<Operation> = [
        .fcom, .fcomp, .fcompp, .fucom, .fucomp, .fucompp, .ficom, .ficomp, .ftst, .fxam, .fprem, .fprem1, .frstor,
        .fldenv, .fnsave, .fninit,
    ]
    private static let functions: Set<Operation> = [
        .fsin, .fcos, .fsincos, .fptan, .fpatan, .f2xm1, .fyl2x, .fyl2xp1,
    ]
    /// Those that leave C1 undefined, too.
    private static let controls: Set<Operation> = [
        .ffree, .ffreep, .fnclex, .fldcw, .fnstcw, .fnstsw, .fnstenv, .fnop, .fneni, .fndisi, .fnsetpm,
    ]

    /// Of FSW behind an instruction that has retired.
    static func ofStatus(_ instruction: Instruction?, _ host: UInt64, _ guest: UInt64) -> Explanation? {
        guard let operation = instruction?.operation, operation.isX87 else { return nil }
        let difference = host ^ guest
        // C0, C2, C3; C2 tells of trigonometric functions whether they were reduced.
        if functions.contains(operation) {
            if difference & ~0x4100 == 0 { return .undefinedConditions }
            // C1 tells how the last bit was rounded.
            return difference & ~0x4300 == 0 ? .transcendental : nil
        }
        if compares.contains(operation) { return nil }
        return difference & ~(controls.contains(operation) ? 0x4700 : 0x4500) == 0 ? .undefinedConditions : nil
    }

    /// Of a register that a transcendental function wrote: significand, and sign with exponent.
    static func ofRegister(
        _ instruction: Instruction?, _ host: (UInt64, UInt16), _ guest: (UInt64, UInt16)
    ) -> Explanation? {
        guard let operation = instruction?.operation, functions.contains(operation) else { return nil }
        func place(_ number: (UInt64, UInt16)) -> Int128 {
            Int128(number.1 & 0x7FFF) << 63 + Int128(number.0 & (UInt64.max >> 1))
        }
        guard (host.1 ^ guest.1) & 0x8000 == 0 else { return nil }
        return abs(place(host) - place(guest)) <= 1 ? .transcendental : nil
    }
}
