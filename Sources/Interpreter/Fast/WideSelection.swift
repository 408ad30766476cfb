import Machine
import X86ISA

/// Chooses the fast handlers of 64-bit code: segments have no limits there, and addresses 64 bits. What is addressed with 32 bits
/// goes the general way, and most of what is addressed through FS or GS.
enum WideSelection {
    static func lay(_ record: Pointer, _ i: Instruction, index: Int, offset: Int) {
        if let handler = branch(i) {
            Record.setBranch(
                record, distance: offset + Int(i.length) + Int(truncatingIfNeeded: Int64(bitPattern: i.immediate)),
                retired: index + 1)
            return Record.setHandler(record, handler)
        }
        guard let handler = handler(i) else { return }
        Record.setOperands(record, i)
        if i.base == Instruction.instructionPointer {
            // RIP is that of the trace's first byte as long as it runs.
            let distance = i.displacement &+ Int64(offset + Int(i.length))
            guard let narrow = Int32(exactly: distance) else { return }
            Record.setDisplacement(record, UInt32(bitPattern: narrow))
            Record.setBase(record, CoreLayout.instructionPointer)
        }
        switch i.operation {
        case .shl, .sal, .shr, .sar, .rol, .ror:
            if let count = shiftCount(i) { Record.setImmediate(record, UInt32(count)) }
        case .ret: Record.setDisplacement(record, i.operand0.kind == .immediate ? UInt32(i.immediate & 0xFFFF) : 0)
        default: break
        }
        Record.setVectorOperands(record, i)
        Record.setHandler(record, handler)
    }

    // MARK: Indices into the tables

    private static func lane(_ size: UInt8) -> Int? {
        switch size {
        case 1: 0
        case 2: 1
        case 4: 2
        case 8: 3
        default: nil
        }
    }

    /// Base or index; nil for what has no fast form.
    static func address(_ i: Instruction) -> Int? {
        let rip = i.base == Instruction.instructionPointer
        guard i.addressSize == 8, i.segment != .fs, i.segment != .gs, Int32(exactly: i.displacement) != nil,
            !rip || i.index >= 16
        else { return nil }
        return i.index < 16 ? 1 : 0
    }

    /// The record keeps 32 bits, which are extended by their sign.
    private static func fits(_ i: Instruction, _ size: UInt8) -> Bool {
        size < 8 || Int32(exactly: Int64(bitPattern: i.immediate)) != nil
    }

    /// Register, immediate, loads, stores, stores of an immediate.
    private static func form(_ i: Instruction) -> Int? {
        switch (i.operand0.kind, i.operand1.kind) {
        case (.register, .register): return 0
        case (.register, .immediate): return fits(i, i.operand0.size) ? 1 : nil
        case (.register, .memory): return address(i).map { 2 + $0 }
        case (.memory, .register): return address(i).map { 4 + $0 }
        case (.memory, .immediate): return fits(i, i.operand0.size) ? address(i).map { 6 + $0 } : nil
        default: return nil
        }
    }

    private static func shiftCount(_ i: Instruction) -> Int? {
        switch i.operand1.kind {
        case .one: 1
        case .immediate: Int(i.immediate & (i.operand0.size == 8 ? 63 : 31))
        default: nil
        }
    }

    // MARK: Selection

    private static func branch(_ i: Instruction) -> Handler? {
        let distance = Int64(i.length) &+ Int64(bitPattern: i.immediate)
        // A branch to itself is looked at by its general handler: it may be stuck.
        guard i.operand0.kind == .relative, distance != 0, i.operandSize == 8 else { return nil }
        switch i.operation {
        case .jcc: return FastTable.wideJcc[Int(i.condition & 15)]
        case .jmp: return FastTable.wideJmp[0]
        case .call: return FastTable.wideCall[0]
        default: return nil
        }
    }

    private static func handler(_ i: Instruction) -> Handler? {
        let usesMemory = i.operand0.kind == .memory || i.operand1.kind == .memory
        if usesMemory, i.segment == .fs || i.segment == .gs, let handler = throughThread(i) { return handler }
        switch i.operation {
        case .add: return alu(FastTable.wideAdd, i)
        case .or: return alu(FastTable.wideOr, i)
        case .adc: return alu(FastTable.wideAdc, i)
        case .sbb: return alu(FastTable.wideSbb, i)
        case .and: return alu(FastTable.wideAnd, i)
        case .sub: return alu(FastTable.wideSub, i)
        case .xor: return alu(FastTable.wideXor, i)
        case .cmp: return alu(FastTable.wideCmp, i)
        case .test: return alu(FastTable.wideTest, i)
        case .mov: return alu(FastTable.wideMov, i)
        case .inc: return unary(0, i)
        case .dec: return unary(1, i)
        case .neg: return unary(2, i)
        case .not: return unary(3, i)
        case .movzx: return extend(0, i)
        case .movsx, .movsxd: return extend(1, i)
        case .lea:
            guard i.operand0.size >= 4, let address = address(i) else { return nil }
            return FastTable.wideLea[(i.operand0.size == 8 ? 2 : 0) + address]
        case .cbw: return i.operandSize == 8 ? FastTable.wideWiden[0] : i.operandSize == 4 ? FastTable.widen[1] : nil
        case .cwd: return i.operandSize == 8 ? FastTable.wideWiden[1] : i.operandSize == 4 ? FastTable.widen[3] : nil
        case .setcc: return i.operand0.kind == .register ? FastTable.setcc[Int(i.condition & 15)] : nil
        case .cmovcc: return conditional(i)
        case .xchg: return exchange(i)
        case .clc: return clearCarry
        case .stc: return setCarryFlag
        case .cmc: return complementCarry
        case .imul2, .imul3: return product(i)
        case .mul: return narrowProduct(0, i)
        case .imul: return narrowProduct(1, i)
        case .div: return narrowProduct(2, i)
        case .idiv: return narrowProduct(3, i)
        case .shl, .sal: return shift(0, i)
        case .shr: return shift(1, i)
        case .sar: return shift(2, i)
        case .rol: return shift(3, i)
        case .ror: return shift(4, i)
        case .push: return push(i)
        case .pop:
            guard i.operandSize == 8, i.operand0.kind == .register, i.operand0.number != 4 else { return nil }
            return FastTable.widePop[0]
        case .leave: return i.operandSize == 8 ? FastTable.widePop[1] : nil
        case .ret: return i.operandSize == 8 ? FastTable.wideRet[0] : nil
        case .jmpIndirect: return indirect(FastTable.wideJmpIndirect, i)
        case .callIndirect: return indirect(FastTable.wideCallIndirect, i)
        case .nop: return nothing
        default: return WideVectorSelection.handler(i)
        }
    }

    private static let threadOperations: [Operation] = [.add, .sub, .and, .or, .xor, .cmp]

    /// Through FS or GS.
    private static func throughThread(_ i: Instruction) -> Handler? {
        guard i.addressSize == 8, Int32(exactly: i.displacement) != nil else { return nil }
        let memory = i.operand0.kind == .memory ? i.operand0 : i.operand1
        guard memory.kind == .memory, let lane = lane(memory.size) else { return nil }
        let form: Int
        switch (i.operand0.kind, i.operand1.kind) {
        case (.register, .memory): form = 0
        case (.memory, .register): form = 1
        case (.memory, .immediate) where fits(i, memory.size): form = 2
        case (.memory, .none): form = 0
        default: return nil
        }
        let table = FastTable.wideThread
        if i.operation == .mov { return table[lane * 3 + form] }
        if i.operation == .movzx { return lane < 2 && i.operand0.size >= 4 ? table[52 + lane] : nil }
        guard lane >= 2 else { return nil }
        switch i.operation {
        case .inc: return table[48 + lane - 2]
        case .dec: return table[50 + lane - 2]
        default:
            return threadOperations.firstIndex(of: i.operation).map { table[12 + ($0 * 2 + lane - 2) * 3 + form] }
        }
    }

    private static func alu(_ table: [Handler], _ i: Instruction) -> Handler? {
        guard let lane = lane(i.operand0.size), let form = form(i) else { return nil }
        return table[lane * 8 + form]
    }

    private static func unary(_ operation: Int, _ i: Instruction) -> Handler? {
        guard let lane = lane(i.operand0.size) else { return nil }
        let place = (operation * 4 + lane) * 3
        switch i.operand0.kind {
        case .register: return FastTable.wideUnary[place]
        case .memory: return address(i).map { FastTable.wideUnary[place + 1 + $0] }
        default: return nil
        }
    }

    private static func extend(_ operation: Int, _ i: Instruction) -> Handler? {
        let sizes: Int
        switch (operation, i.operand1.size, i.operand0.size) {
        case (0, 1, 4...8): sizes = 0
        case (0, 2, 4...8): sizes = 1
        case (1, 1, 4): sizes = 2
        case (1, 2, 4): sizes = 3
        case (1, 1, 8): sizes = 4
        case (1, 2, 8): sizes = 5
        case (1, 4, 8): sizes = 6
        default: return nil
        }
        let place = sizes * 3
        switch i.operand1.kind {
        case .register: return FastTable.wideExtend[place]
        case .memory: return address(i).map { FastTable.wideExtend[place + 1 + $0] }
        default: return nil
        }
    }

    private static func conditional(_ i: Instruction) -> Handler? {
        guard i.operand0.size >= 4 else { return nil }
        let place = ((i.operand0.size == 8 ? 16 : 0) + Int(i.condition & 15)) * 3
        switch i.operand1.kind {
        case .register: return FastTable.wideCmov[place]
        case .memory: return address(i).map { FastTable.wideCmov[place + 1 + $0] }
        default: return nil
        }
    }

    private static func exchange(_ i: Instruction) -> Handler? {
        guard let lane = lane(i.operand0.size) else { return nil }
        switch (i.operand0.kind, i.operand1.kind) {
        case (.register, .register): return lane == 3 ? FastTable.wideXchg[0] : FastTable.xchg[lane]
        case (.memory, .register): return address(i).map { FastTable.wideXchg[1 + lane * 2 + $0] }
        default: return nil
        }
    }

    private static func product(_ i: Instruction) -> Handler? {
        guard i.operand0.size >= 4 else { return nil }
        let place = i.operand0.size == 8 ? 4 : 0
        switch (i.operation, i.operand1.kind) {
        case (.imul2, .register): return FastTable.wideProduct[place]
        case (.imul3, .register): return fits(i, i.operand0.size) ? FastTable.wideProduct[place + 1] : nil
        case (.imul2, .memory): return address(i).map { FastTable.wideProduct[place + 2 + $0] }
        default: return nil
        }
    }

    /// 32 bits: those of 64 go the general way.
    private static func narrowProduct(_ operation: Int, _ i: Instruction) -> Handler? {
        guard i.operand0.kind == .register, i.operand0.size == 4 else { return nil }
        return FastTable.wide[4 + operation]
    }

    private static func shift(_ operation: Int, _ i: Instruction) -> Handler? {
        guard i.operand0.kind == .register, let lane = lane(i.operand0.size) else { return nil }
        if i.operand1.kind == .register { return FastTable.wideShift[(operation * 4 + lane) * 2 + 1] }
        guard let count = shiftCount(i), count != 0 else { return nil }
        return FastTable.wideShift[(operation * 4 + lane) * 2]
    }

    private static func push(_ i: Instruction) -> Handler? {
        guard i.operandSize == 8 else { return nil }
        switch i.operand0.kind {
        case .register: return FastTable.widePush[0]
        case .immediate: return fits(i, 8) ? FastTable.widePush[1] : nil
        case .memory: return address(i).map { FastTable.widePush[2 + $0] }
        default: return nil
        }
    }

    private static func indirect(_ table: [Handler], _ i: Instruction) -> Handler? {
        guard i.operandSize == 8 else { return nil }
        switch i.operand0.kind {
        case .register: return table[0]
        case .memory: return address(i).map { table[1 + $0] }
        default: return nil
        }
    }

    // MARK: Pairs

    /// Place in a table of conditions after TEST, where CF and OF are clear: E NE S NS P NP LE G.
    private static let conditionAfterLogic: [Int?] = [
        nil, nil, nil, nil, 0, 1, 0, 1, 2, 3, 4, 5, 2, 3, 6, 7,
    ]

    /// The handler that runs `first` and the Jcc behind it.
    static func fused(_ first: Instruction, _ second: Instruction) -> Handler? {
        guard second.operation == .jcc, branch(second) != nil, let form = form(first) else { return nil }
        let condition = Int(second.condition & 15)
        switch (first.operation, first.operand0.size, form) {
        case (.cmp, 1, 0...1): return FastTable.wideFusedCmp[form * 16 + condition]
        case (.cmp, 4, 0...1): return FastTable.wideFusedCmp[(2 + form) * 16 + condition]
        case (.cmp, 8, 0...1): return FastTable.wideFusedCmp[(4 + form) * 16 + condition]
        case (.test, 1, 0...1): return logic(form, condition)
        case (.test, 4, 0...1): return logic(2 + form, condition)
        case (.test, 8, 0...1): return logic(4 + form, condition)
        default: return nil
        }
    }

    private static func logic(_ row: Int, _ condition: Int) -> Handler? {
        conditionAfterLogic[condition].map { FastTable.wideFusedTest[row * 8 + $0] }
    }
}
