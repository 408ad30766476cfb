import Machine
import X86ISA

/// Chooses the fast handler of an instruction, where there is one, and fills in its record.
struct FastSelection {
    let mode: TraceMode
    /// PAUSE lets another processor run.
    let pauses: Bool

    /// Lays the fast form over a record that has its general one. `offset` is where the instruction begins in the trace,
    /// `index` its place.
    func lay(_ record: Pointer, _ i: Instruction, index: Int, offset: Int) {
        // General handlers alone know of alignment; CALL pushes.
        if mode.checksAlignment, i.operation != .jcc, i.operation != .jmp { return }
        if pauses, i.isPause { return }
        if mode.codeSize == .bits64 { return WideSelection.lay(record, i, index: index, offset: offset) }
        if let handler = branch(i, offset: offset) {
            Record.setBranch(
                record, distance: offset + Int(i.length) + Int(truncatingIfNeeded: Int64(bitPattern: i.immediate)),
                retired: index + 1)
            return Record.setHandler(record, handler)
        }
        guard let handler = handler(i) else { return }
        Record.setOperands(record, i)
        switch i.operation {
        case .shl, .sal, .shr, .sar, .rol, .ror:
            if let count = shiftCount(i.operand1, i) { Record.setImmediate(record, UInt32(count)) }
        case .shld, .shrd: Record.setDisplacement(record, UInt32(i.immediate & 31))
        case .ret:
            Record.setDisplacement(record, i.operand0.kind == .immediate ? UInt32(i.immediate & 0xFFFF) : 0)
        default: break
        }
        Record.setHandler(record, handler)
    }

    /// The record behind the last instruction: goes on with the trace that follows.
    func layEnd(_ record: Pointer, count: Int, length: Int) {
        Record.setBranch(record, distance: length, retired: count)
        if mode.codeSize == .bits64 { return Record.setHandler(record, FastTable.wideJmp[0]) }
        let code = mode.codeSize == .bits16 ? 1 : mode.codeIsFlat ? 0 : 2
        Record.setHandler(record, FastTable.jmp[code])
    }

    // MARK: Indices into the tables

    private func lane(_ size: UInt8) -> Int? {
        switch size {
        case 1: 0
        case 2: 1
        case 4: 2
        default: nil
        }
    }

    /// 16 or 32 bits.
    private func wide(_ size: UInt8) -> Int? {
        switch size {
        case 2: 0
        case 4: 1
        default: nil
        }
    }

    /// Flat base, flat index, segmented with 32 or 16 bits.
    private func address(_ i: Instruction) -> Int {
        guard i.addressSize == 4 else { return 3 }
        guard mode.isFlat(i.segment) else { return 2 }
        return i.index < 16 ? 1 : 0
    }

    private var stack: Int? {
        guard mode.stackIsBig else { return 1 }
        return mode.isFlat(.ss) ? 0 : nil
    }

    private func code(_ size: UInt8) -> Int? {
        switch size {
        case 2: 1
        case 4: mode.codeIsFlat ? 0 : 2
        default: nil
        }
    }

    /// Register, immediate, loads, stores, stores of an immediate: what the tables of two operands are ordered by.
    private func form(_ i: Instruction) -> Int? {
        switch (i.operand0.kind, i.operand1.kind) {
        case (.register, .register): 0
        case (.register, .immediate): 1
        case (.register, .memory): 2 + address(i)
        case (.memory, .register): 6 + address(i)
        case (.memory, .immediate): 10 + address(i)
        default: nil
        }
    }

    private func shiftCount(_ operand: Operand, _ i: Instruction) -> Int? {
        switch operand.kind {
        case .one: 1
        case .immediate: Int(i.immediate & 31)
        default: nil
        }
    }

    // MARK: Selection

    private func branch(_ i: Instruction, offset: Int) -> Handler? {
        let distance = Int64(i.length) &+ Int64(bitPattern: i.immediate)
        // A branch to itself is looked at by its general handler: it may be stuck.
        guard i.operand0.kind == .relative, distance != 0, let code = code(i.operandSize) else { return nil }
        switch i.operation {
        case .jcc: return FastTable.jcc[code * 16 + Int(i.condition & 15)]
        case .jmp: return FastTable.jmp[code]
        case .call: return stack.map { FastTable.call[code * 2 + $0] }
        case .loop: return wide(i.addressSize).map { FastTable.loop[$0 * 3 + code] }
        default: return nil
        }
    }

    private func handler(_ i: Instruction) -> Handler? {
        switch i.operation {
        case .add: return alu(FastTable.add, i)
        case .or: return alu(FastTable.or, i)
        case .adc: return alu(FastTable.adc, i)
        case .sbb: return alu(FastTable.sbb, i)
        case .and: return alu(FastTable.and, i)
        case .sub: return alu(FastTable.sub, i)
        case .xor: return alu(FastTable.xor, i)
        case .cmp: return alu(FastTable.cmp, i)
        case .test: return alu(FastTable.test, i)
        case .mov: return alu(FastTable.mov, i)
        case .inc: return unary(0, i)
        case .dec: return unary(1, i)
        case .neg: return unary(2, i)
        case .not: return unary(3, i)
        case .movzx: return extend(0, i)
        case .movsx: return extend(1, i)
        case .lea:
            guard let lane = wide(i.operand0.size) else { return nil }
            return FastTable.lea[lane == 0 ? 0 : i.addressSize == 2 ? 3 : i.index < 16 ? 2 : 1]
        case .xchg:
            guard let lane = lane(i.operand0.size), let form = form(i) else { return nil }
            if form == 0 { return FastTable.xchg[lane] }
            return (6...9).contains(form) ? FastTable.xchgMemory[lane * 4 + form - 6] : nil
        case .cbw: return wide(i.operandSize).map { FastTable.widen[$0] }
        case .cwd: return wide(i.operandSize).map { FastTable.widen[2 + $0] }
        case .setcc: return i.operand0.kind == .register ? FastTable.setcc[Int(i.condition & 15)] : nil
        case .imul2, .imul3: return product(i)
        case .mul: return wideProduct(0, i)
        case .imul: return wideProduct(1, i)
        case .div: return wideProduct(2, i)
        case .idiv: return wideProduct(3, i)
        case .shl, .sal: return shift(0, i)
        case .shr: return shift(1, i)
        case .sar: return shift(2, i)
        case .rol: return shift(3, i)
        case .ror: return shift(4, i)
        case .shld: return double(0, i)
        case .shrd: return double(1, i)
        case .push, .pop, .leave: return stackHandler(i)
        case .ret, .jmpIndirect, .callIndirect: return computedBranch(i)
        case .nop: return nothing
        case .clc: return clearCarry
        case .stc: return setCarryFlag
        case .cmc: return complementCarry
        default: return nil
        }
    }

    private func alu(_ table: [Handler], _ i: Instruction) -> Handler? {
        guard let lane = lane(i.operand0.size), let form = form(i) else { return nil }
        return table[lane * 14 + form]
    }

    private func unary(_ operation: Int, _ i: Instruction) -> Handler? {
        guard let lane = lane(i.operand0.size) else { return nil }
        let form: Int
        switch i.operand0.kind {
        case .register: form = 0
        case .memory: form = 1 + address(i)
        default: return nil
        }
        return FastTable.unary[(operation * 3 + lane) * 5 + form]
    }

    private func extend(_ operation: Int, _ i: Instruction) -> Handler? {
        let sizes: Int
        switch (i.operand1.size, i.operand0.size) {
        case (1, 2): sizes = 0
        case (1, 4): sizes = 1
        case (2, 4): sizes = 2
        default: return nil
        }
        let form: Int
        switch i.operand1.kind {
        case .register: form = 0
        case .memory: form = 1 + address(i)
        default: return nil
        }
        return FastTable.extend[(operation * 3 + sizes) * 5 + form]
    }

    private func product(_ i: Instruction) -> Handler? {
        guard let lane = wide(i.operand0.size) else { return nil }
        switch (i.operation, i.operand1.kind) {
        case (.imul2, .register): return FastTable.product[lane * 6]
        case (.imul3, .register): return FastTable.product[lane * 6 + 1]
        case (.imul2, .memory): return FastTable.product[lane * 6 + 2 + address(i)]
        default: return nil
        }
    }

    private func wideProduct(_ operation: Int, _ i: Instruction) -> Handler? {
        guard i.operand0.kind == .register, let lane = wide(i.operand0.size) else { return nil }
        return FastTable.wide[lane * 4 + operation]
    }

    private func shift(_ operation: Int, _ i: Instruction) -> Handler? {
        guard i.operand0.kind == .register, let lane = lane(i.operand0.size) else { return nil }
        if i.operand1.kind == .register { return FastTable.shift[(operation * 3 + lane) * 2 + 1] }
        guard let count = shiftCount(i.operand1, i), count != 0 else { return nil }
        return FastTable.shift[(operation * 3 + lane) * 2]
    }

    private func double(_ operation: Int, _ i: Instruction) -> Handler? {
        guard i.operand0.kind == .register, i.operand0.size == 4, i.operand2.kind == .immediate, i.immediate & 31 != 0
        else { return nil }
        return FastTable.shiftDouble[operation]
    }

    private func stackHandler(_ i: Instruction) -> Handler? {
        guard let stack, let lane = wide(i.operandSize) else { return nil }
        let place = lane * 2 + stack
        switch (i.operation, i.operand0.kind) {
        case (.push, .register): return FastTable.push[place * 6]
        case (.push, .immediate): return FastTable.push[place * 6 + 1]
        case (.push, .memory): return FastTable.push[place * 6 + 2 + address(i)]
        case (.pop, .register): return i.operand0.number == 4 ? nil : FastTable.pop[place * 2]
        case (.leave, _): return FastTable.pop[place * 2 + 1]
        default: return nil
        }
    }

    private func computedBranch(_ i: Instruction) -> Handler? {
        guard let code = code(i.operandSize) else { return nil }
        switch (i.operation, i.operand0.kind) {
        case (.ret, _): return stack.map { FastTable.ret[code * 2 + $0] }
        case (.jmpIndirect, .register): return FastTable.jmpRegister[code]
        case (.jmpIndirect, .memory): return FastTable.jmpMemory[code * 4 + address(i)]
        case (.callIndirect, .register): return stack.map { FastTable.callRegister[code * 2 + $0] }
        case (.callIndirect, .memory): return stack.map { FastTable.callMemory[(code * 2 + $0) * 4 + address(i)] }
        default: return nil
        }
    }

    // MARK: Pairs

    /// The handler that runs `first` and the Jcc behind it.
    func fused(_ first: Instruction, _ second: Instruction) -> Handler? {
        if mode.codeSize == .bits64 { return mode.checksAlignment ? nil : WideSelection.fused(first, second) }
        guard !mode.checksAlignment, second.operation == .jcc, branch(second, offset: 0) != nil else { return nil }
        let table: [Handler]?
        switch code(second.operandSize) {
        case 0: table = fusedFlat(first)
        case 1: table = fused16(first)
        default: table = nil
        }
        guard let table else { return nil }
        if table.count == 16 { return table[Int(second.condition & 15)] }
        return Self.conditionAfterLogic[Int(second.condition & 15)].map { table[$0] }
    }

    /// Place in a table of conditions after AND, OR and TEST, where CF and OF are clear: E NE S NS P NP LE G.
    private static let conditionAfterLogic: [Int?] = [
        nil, nil, nil, nil, 0, 1, 0, 1, 2, 3, 4, 5, 2, 3, 6, 7,
    ]

    private func fusedFlat(_ i: Instruction) -> [Handler]? {
        guard let form = i.operation == .inc || i.operation == .dec ? 0 : form(i) else { return nil }
        switch (i.operation, i.operand0.size, form) {
        case (.cmp, 1, 0): return FastTable.fusedCmp8
        case (.cmp, 1, 1): return FastTable.fusedCmp8Immediate
        case (.cmp, 2, 0): return FastTable.fusedCmp16
        case (.cmp, 2, 1): return FastTable.fusedCmp16Immediate
        case (.cmp, 4, 0): return FastTable.fusedCmp32
        case (.cmp, 4, 1): return FastTable.fusedCmp32Immediate
        case (.test, 1, 0): return FastTable.fusedTest8
        case (.test, 1, 1): return FastTable.fusedTest8Immediate
        case (.test, 4, 0): return FastTable.fusedTest32
        case (.test, 4, 1): return FastTable.fusedTest32Immediate
        case (.sub, 4, 0): return FastTable.fusedSub32
        case (.sub, 4, 1): return FastTable.fusedSub32Immediate
        case (.add, 4, 1): return FastTable.fusedAdd32Immediate
        case (.and, 4, 1): return FastTable.fusedAnd32Immediate
        case (.dec, 4, 0) where i.operand0.kind == .register: return FastTable.fusedDec32
        case (.inc, 4, 0) where i.operand0.kind == .register: return FastTable.fusedInc32
        case (.cmp, 1, 2): return FastTable.fusedCmp8LoadBase
        case (.cmp, 1, 3): return FastTable.fusedCmp8LoadIndex
        case (.cmp, 4, 2): return FastTable.fusedCmp32LoadBase
        case (.cmp, 4, 3): return FastTable.fusedCmp32LoadIndex
        case (.cmp, 4, 6): return FastTable.fusedCmp32StoreBase
        case (.cmp, 1, 10): return FastTable.fusedCmp8StoreImmediateBase
        case (.cmp, 1, 11): return FastTable.fusedCmp8StoreImmediateIndex
        case (.cmp, 4, 10): return FastTable.fusedCmp32StoreImmediateBase
        case (.test, 1, 10): return FastTable.fusedTest8StoreImmediateBase
        default: return nil
        }
    }

    private func fused16(_ i: Instruction) -> [Handler]? {
        guard let form = i.operation == .dec ? 0 : form(i) else { return nil }
        switch (i.operation, i.operand0.size, form) {
        case (.cmp, 1, 0): return FastTable.fusedReal8
        case (.cmp, 1, 1): return FastTable.fusedReal8Immediate
        case (.cmp, 2, 0): return FastTable.fusedReal16
        case (.cmp, 2, 1): return FastTable.fusedReal16Immediate
        case (.test, 1, 0): return FastTable.fusedRealTest8
        case (.test, 1, 1): return FastTable.fusedRealTest8Immediate
        case (.test, 2, 0): return FastTable.fusedRealTest16
        case (.or, 1, 0): return FastTable.fusedRealOr8
        case (.or, 2, 0): return FastTable.fusedRealOr16
        case (.dec, 2, 0) where i.operand0.kind == .register: return FastTable.fusedRealDec16
        case (.cmp, 2, 5): return FastTable.fusedReal16Load
        case (.cmp, 2, 13): return FastTable.fusedReal16StoreImmediate
        case (.cmp, 1, 13): return FastTable.fusedReal8StoreImmediate
        default: return nil
        }
    }
}
