extension InstructionText {
    /// The operands in the order of the syntax.
    mutating func operandTexts() -> [String] {
        if instruction.operation == .nop, instruction.map == 0, hasOperandPrefix, !instruction.prefixes.contains(.rep) {
            // 66 90 is the exchange of the accumulator with itself.
            prefixes.use(0x66)
            let name = register(Operand(.register, size: instruction.operandSize, number: 0))
            return [name, name]
        }
        var texts: [String] = []
        for (index, operand) in [
            instruction.operand0, instruction.operand1, instruction.operand2, instruction.operand3,
        ].enumerated() where operand.kind != .none {
            if isATT, operand.kind == .one { continue }
            if namesImmediate, operand.kind == .immediate { continue }
            texts.append(isTop(operand, index) ? isATT ? "%st" : "st" : text(operand))
        }
        let keepsOrder: Bool
        switch instruction.operation {
        case .bound, .enter: keepsOrder = true
        default: keepsOrder = false
        }
        return isATT && !keepsOrder ? texts.reversed() : texts
    }

    /// One operand.
    mutating func text(_ operand: Operand) -> String {
        switch operand.kind {
        case .none: return ""
        case .register:
            if isPort(operand) { return isATT ? "(%dx)" : "dx" }
            return (isATT && isIndirect ? "*" : "") + register(shown(operand))
        case .segmentRegister, .x87Register, .mmxRegister, .xmmRegister, .ymmRegister, .controlRegister, .testRegister:
            return (isATT ? "%" : "") + RegisterNames.name(of: operand)
        case .debugRegister:
            return isATT ? "%db\(operand.number)" : RegisterNames.name(of: operand)
        case .memory:
            return memory(operand)
        case .immediate:
            if operand.size != 1, operand.size == instruction.operandSize { useOperandSize() }
            return immediate(instruction.immediate, size: operand.size)
        case .immediate2:
            return immediate(UInt64(instruction.immediate2), size: operand.size)
        case .one:
            return isATT ? "$0x1" : "1"
        case .relative:
            return hex(target(operand))
        case .farPointer:
            prefixes.use(0x66)
            let selector = hex(UInt64(instruction.immediate2)), offset = hex(instruction.immediate)
            return isATT ? "$\(selector),$\(offset)" : "\(selector):\(offset)"
        case .stringSource:
            useString(operand)
            if let segment = prefixes.segment { prefixes.use(segment) }
            prefixes.useFlatSegment()
            return string("si", RegisterNames.segment(instruction.segment), size: operand.size)
        case .stringDestination:
            useString(operand)
            return string("di", "es", size: operand.size)
        }
    }

    /// DX as the port of IN, OUT, INS and OUTS.
    private func isPort(_ operand: Operand) -> Bool {
        switch instruction.operation {
        case .in, .out, .ins, .outs: operand.number == 2
        default: false
        }
    }

    /// The operand says where the target is: AT&T syntax marks it.
    private var isIndirect: Bool {
        switch instruction.operation {
        case .callIndirect, .jmpIndirect, .callFar, .jmpFar: true
        default: false
        }
    }

    /// The register with the size that `objdump` shows where the instruction takes only 16 bits of it.
    private func shown(_ operand: Operand) -> Operand {
        switch instruction.operation {
        case .movSegmentLoad, .lar, .lsl:
            Operand(.register, size: instruction.operandSize, number: operand.number)
        default: operand
        }
    }

    private mutating func register(_ operand: Operand) -> String {
        if usesOperandSize(operand) {
            useOperandSize()
        }
        return (isATT ? "%" : "") + RegisterNames.name(of: operand, hasREX: instruction.prefixes.contains(.rex))
    }

    /// The text shows the operand size, and so the prefix that chose it.
    private mutating func useOperandSize() {
        if sizeIsFixed { return }
        // W beats 66, and ports take it for nothing.
        if instruction.operandSize == 4, instruction.prefixes.contains(.rexW) { return }
        if instruction.operandSize != 8 {
            prefixes.use(0x66)
        } else if !widthIsFixed {
            prefixes.useREX(8)
        }
    }

    /// Whether the operand-size attribute says how large `operand` is.
    private func usesOperandSize(_ operand: Operand) -> Bool {
        switch instruction.operation {
        case .movControlLoad, .movControlStore, .movDebugLoad, .movDebugStore, .movTestLoad, .movTestStore, .arpl,
            .lldt,
            .ltr, .verr, .verw, .lmsw:
            false
        case .movzx, .movsx: operand == instruction.operand0
        case .lar, .lsl: true
        case _ where instruction.isX87 || instruction.operation.isVector:
            operand.size == 8
        default: operand.size != 1
        }
    }

    private func immediate(_ value: UInt64, size: UInt8) -> String {
        let mask: UInt64 = size >= 8 ? .max : (1 << (UInt64(size) * 8)) - 1
        return (isATT ? "$" : "") + hex(value & mask)
    }

    /// Target of a relative jump.
    private func target(_ operand: Operand) -> UInt64 {
        let next = address &+ UInt64(instruction.length)
        let raw = next &+ instruction.immediate
        if operand.size == 2 {
            return hasOperandPrefix ? raw & 0xFFFF : next & ~0xFFFF | raw & 0xFFFF
        }
        return isLong ? raw : raw & 0xFFFF_FFFF
    }

    // MARK: Memory

    private mutating func useString(_ operand: Operand) {
        prefixes.use(0x67)
        if operand.size != 1, !(hasOperandPrefix && instruction.prefixes.contains(.rexW)) { useOperandSize() }
    }

    private func string(_ pointer: String, _ segment: String, size: UInt8) -> String {
        let name = ["", "e", "r"][Int(instruction.addressSize / 4)] + pointer
        return isATT ? "%\(segment):(%\(name))" : sizeName(size) + "\(segment):[\(name)]"
    }

    private func sizeName(_ size: UInt8) -> String {
        switch size {
        case 1: "BYTE PTR "
        case 2: "WORD PTR "
        case 4: "DWORD PTR "
        case 6: "FWORD PTR "
        case 8: "QWORD PTR "
        case 10: "TBYTE PTR "
        case 16:
            instruction.operation == .cmpxchg16b
                ? "OWORD PTR " : instruction.operation == .invpcid ? "" : "XMMWORD PTR "
        case 32: "YMMWORD PTR "
        default: ""
        }
    }

    var isOffset: Bool { instruction.map == 0 && (0xA0...0xA3).contains(instruction.opcode) }

    /// Whether the operand-size attribute says how large the memory operand is.
    private var memoryUsesOperandSize: Bool {
        switch instruction.operation {
        case .lea, .invlpg, .sldt, .str, .lldt, .ltr, .verr, .verw, .smsw, .lmsw, .arpl, .movSegmentStore,
            .movSegmentLoad,
            .cmpxchg8b, .cmpxchg16b, .xlat, .sgdt, .sidt, .lgdt, .lidt, .movzx, .movsx, .lar, .lsl:
            false
        case .pop, .push, .callIndirect, .jmpIndirect, .callFar, .jmpFar: true
        case .ldmxcsr, .stmxcsr, .clflush, .fxsave, .fxrstor, .xsave, .xrstor, .xsaveopt, .xsavec, .xsaves, .xrstors,
            .invpcid:
            false
        case _ where instruction.isX87 || instruction.operation.isVector: false
        default: instruction.operandSize != 1
        }
    }

    private var memoryOperand: Operand { instruction.operands.first { $0.kind == .memory } ?? .none }

    private var sizeOfMemory: String {
        switch instruction.operation {
        case .lea, .sgdt, .sidt, .lgdt, .lidt, .lddqu: ""
        case .lss where isLong, .lfs where isLong, .lgs where isLong:
            // Of 64-bit offsets, too
            hasOperandPrefix ? "DWORD PTR " : "FWORD PTR "
        case .invlpg: "BYTE PTR "
        default: isOffset ? "" : sizeName(memoryOperand.size)
        }
    }

    /// The memory operand.
    mutating func memory(_ operand: Operand) -> String {
        if memoryUsesOperandSize {
            useOperandSize()
        }
        let override = prefixes.segment
        if let override { prefixes.use(override) }
        if instruction.operation == .xlat { prefixes.useFlatSegment() }
        let hasRegister = instruction.base != Instruction.noRegister || instruction.index != Instruction.noRegister
        if hasRegister || instruction.addressSize == 2 && !isOffset { prefixes.use(0x67) }
        let star = isIndirect ? "*" : ""
        let segment = override == nil ? "" : RegisterNames.segment(instruction.segment)
        if isATT {
            return star + (segment.isEmpty ? "" : "%" + segment + ":") + attAddress(hasRegister)
        }
        return sizeOfMemory + intelAddress(segment, hasRegister)
    }

    var hasSIB: Bool {
        instruction.addressSize != 2 && instruction.modRM & 7 == 4 && instruction.modRM < 0xC0 && !isOffset
            && instruction.operation != .xlat
    }

    /// Where a SIB byte names no index but was not needed, or has a scale, `objdump` shows an index that is none.
    private var index: (name: String, scale: Int)? {
        if instruction.operation == .xlat { return nil }
        if instruction.hasVectorIndex {
            let name = (instruction.vectorIndexSize == 32 ? "ymm" : "xmm") + "\(instruction.index)"
            return (name, 1 << Int(instruction.scale))
        }
        if instruction.index != Instruction.noRegister {
            let name = RegisterNames.general(instruction.index, size: instruction.addressSize)
            return (name, 1 << Int(instruction.scale))
        }
        let isPlain = instruction.base & 0xF7 == 4 || instruction.base == Instruction.noRegister && codeSize != .bits32
        guard hasSIB, !isPlain || instruction.scale != 0 else { return nil }
        return (instruction.addressSize == 8 ? "riz" : "eiz", 1 << Int(instruction.scale))
    }

    /// The decoder keeps an absolute address without a sign; beside a register that is none it has one.
    private var signedDisplacement: Int64 {
        instruction.base == Instruction.noRegister
            ? Int64(Int32(truncatingIfNeeded: instruction.displacement)) : instruction.displacement
    }

    private var base: String? {
        switch instruction.base {
        case Instruction.noRegister: nil
        case Instruction.instructionPointer: instruction.addressSize == 8 ? "rip" : "eip"
        default: RegisterNames.general(instruction.base, size: instruction.addressSize)
        }
    }

    /// A displacement is shown where the encoding has one, 0 as well.
    private var hasDisplacement: Bool {
        if isOffset { return true }
        if instruction.operation == .xlat { return false }
        return instruction.modRM >= 0x40 || instruction.base >= Instruction.instructionPointer
    }

    private var addressMask: UInt64 {
        instruction.addressSize == 2 ? 0xFFFF : instruction.addressSize == 4 ? 0xFFFF_FFFF : .max
    }

    private func intelAddress(_ segment: String, _ hasRegister: Bool) -> String {
        let is16 = instruction.addressSize == 2
        if !hasRegister, index == nil {
            return (segment.isEmpty ? "ds" : segment) + ":"
                + hex(UInt64(bitPattern: instruction.displacement) & addressMask)
        }
        var parts = base ?? ""
        if let index {
            if !parts.isEmpty { parts += "+" }
            parts += index.name
            if !is16 { parts += "*\(index.scale)" }
        }
        if hasDisplacement {
            let value = signedDisplacement
            if instruction.base == Instruction.instructionPointer {
                return (segment.isEmpty ? "" : segment + ":") + "[" + parts + "+" + hex(UInt64(bitPattern: value)) + "]"
            }
            parts += (value < 0 ? "-" : "+") + hex(value.magnitude)
        }
        let isTable = instruction.operation == .xlat && segment.isEmpty
        return (isTable ? "ds:" : segment.isEmpty ? "" : segment + ":") + "[" + parts + "]"
    }

    /// The memory operand without its size: `[bx+0x2]`, `es:[bx+0x2]`, `ds:0x1234`.
    func addressText() -> String {
        let override = instruction.prefixes.contains(.segment) ? RegisterNames.segment(instruction.segment) : ""
        let hasRegister = instruction.base != Instruction.noRegister || instruction.index != Instruction.noRegister
        return intelAddress(override, hasRegister)
    }

    private func attAddress(_ hasRegister: Bool) -> String {
        let is16 = instruction.addressSize == 2
        if !hasRegister, index == nil {
            if is16, !isOffset {
                return signedHex(Int64(Int16(truncatingIfNeeded: instruction.displacement)))
            }
            return hex(UInt64(bitPattern: instruction.displacement) & addressMask)
        }
        var parts = base.map { "%" + $0 } ?? ""
        if let index {
            parts += ",%" + index.name
            if !is16 { parts += ",\(index.scale)" }
        }
        let start = instruction.operation == .xlat && prefixes.segment == nil ? "%ds:" : ""
        return start + (hasDisplacement ? signedHex(signedDisplacement) : "") + "(" + parts + ")"
    }
}
