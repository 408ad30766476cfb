import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// What CPUs of AMD do in another way than those of Intel. The interpreter follows Intel's manual in all of it.
enum AMDHost {
    /// The oracle runs on one.
    static let isHere: Bool = {
        guard let file = fopen("/proc/cpuinfo", "r") else { return false }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix("vendor_id") else { continue }
            return text.contains("AuthenticAMD") || text.contains("HygonGenuine")
        }
        return false
    }()

    private static let nearBranches: Set<Operation> = [
        .jcc, .jmp, .call, .ret, .jmpIndirect, .callIndirect, .loop, .loope, .loopne, .jcxz,
    ]
    private static let floatStores: Set<Operation> = [.fst, .fstp, .fist, .fistp, .fisttp, .fbstp]
    private static let hashes: Set<Operation> = [
        .sha1msg1, .sha1msg2, .sha1nexte, .sha1rnds4, .sha256msg1, .sha256msg2, .sha256rnds2,
    ]
    private static let strings: Set<Operation> = [.movs, .stos, .lods, .cmps, .scas, .ins, .outs]
    private static let memoryFaults: Set<UInt64> = [12, 13, 14, 17]

    /// Of a difference that nothing else explains; `kind` is as `CaseComparison` words it.
    static func explanation(
        _ kind: String, _ instruction: Instruction?, _ input: CaseInput, host: CaseOutput, guest: CaseOutput
    ) -> Explanation? {
        guard let instruction else {
            // The displacement has 16 bits then, and the instruction less than 16 bytes.
            let isShort = input.isLong && input.bytes.contains(0x66) && guest.vector == 13 && host.vector == 1
            return isShort ? .nearBranchSize : nil
        }
        if nearBranches.contains(instruction.operation), input.isLong, instruction.prefixes.contains(.operandSize) {
            return .nearBranchSize
        }
        if kind.hasPrefix("exception") { return ofException(instruction, input, host.vector, guest.vector) }
        switch instruction.operation {
        case .loope, .loopne:
            return kind == "rip" && !instruction.prefixes.isDisjoint(with: [.rep, .repne]) ? .prefixedLoop : nil
        case .nop: return kind == "general register" && instruction.prefixes.contains(.rexB) ? .prefixedPause : nil
        case .int1:
            let isAtItself = host.registers.instructionPointer == input.registers.instructionPointer
            return kind == "rip" && isAtItself ? .trapOfINT1 : nil
        case .fxsave: return kind == "memory" ? .misalignedMode : nil
        case .dpps, .dppd: return kind == "xmm" || kind == "ymm high" ? .otherNaN : nil
        case .vcvtps2ph: return kind == "MXCSR" && memoryFaults.contains(host.vector) ? .statusBeforeFault : nil
        case .fprem, .fprem1, .fscale:
            let hasUnderflow = status(host) & 0x90 == 0x90 && status(guest) & 0x80 == 0
            if hasUnderflow { return .exactUnderflow }
        default: break
        }
        if strings.contains(instruction.operation), instruction.repeatsString, kind.hasPrefix("flags") {
            return kind == "flags RF" || [.cmps, .scas].contains(instruction.operation) ? .repeatedFlags : nil
        }
        if instruction.hasVectorIndex, memoryFaults.contains(host.vector) || host.vector == 1 {
            return ["xmm", "ymm high", "flags RF"].contains(kind) ? .gatherBeforeFault : nil
        }
        let isPointer = kind == "FIP" || kind == "FDP" || kind == "FOP"
        let isRestored = instruction.operation == .fxrstor || instruction.operation.isX87 && status(host) & 0x80 == 0
        return isPointer && isRestored ? .pointersOfExceptions : nil
    }

    private static func status(_ output: CaseOutput) -> UInt16 {
        output.registers.vector.load(fromByteOffset: 2, as: UInt16.self)
    }

    private static func ofException(
        _ instruction: Instruction, _ input: CaseInput, _ host: UInt64, _ guest: UInt64
    ) -> Explanation? {
        let operation = instruction.operation
        if floatStores.contains(operation), memoryFaults.contains(host), guest == 1 { return .storeBeforeException }
        if hashes.contains(operation), guest == 13 { return .alignmentOfSHA }
        // MXCSR.MM, which Intel's CPUs refuse.
        if [.ldmxcsr, .fxrstor].contains(operation), host == 1, guest == 13 { return .misalignedMode }
        if operation == .vcvtps2ph, memoryFaults.contains(host), guest == 19 { return .statusBeforeFault }
        if host == 6 {
            // PREFETCH of a register.
            if operation == .nop, instruction.map == 1, instruction.opcode == 0x0D { return .registerPrefetch }
            if [.pextrd, .pinsrd].contains(operation), !input.isLong, instruction.vectorLength != 0 {
                return .wideInsert
            }
        }
        if operation == .movsxd, instruction.operand0.size == 2, memoryFaults.contains(host) { return .wideMOVSXD }
        let checks = input.registers.flags & 0x4_0000 != 0
        return host == 17 && checks && [1, 3, 12, 14, 19].contains(guest) ? .alignmentChecks : nil
    }
}
