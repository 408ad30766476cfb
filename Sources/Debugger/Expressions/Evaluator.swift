import Machine

/// A value with the size that it was read with: 0 for numbers and what was computed.
struct Value: Equatable {
    var bits: UInt64
    /// In bytes.
    var width: Int
}

/// Computes expressions on a machine, without side effects on it.
struct Evaluator {
    let vm: VM

    func value(_ expression: Expression) throws(DebuggerError) -> UInt64 { try sized(expression).bits }

    func sized(_ expression: Expression) throws(DebuggerError) -> Value {
        switch expression {
        case .number(let value): return Value(bits: value, width: 0)
        case .register(let register): return Value(bits: register.read(vm), width: register.width)
        case .memory(let width, let address):
            let place = try value(address)
            return Value(bits: try GuestMemory(vm).integer(linear: place, width: width), width: width)
        case .far(let segment, let offset):
            let base = try base(of: segment)
            return Value(bits: (base &+ (try value(offset))) & 0xFFFF_FFFF, width: 4)
        case .unary(let sign, let operand):
            let inner = try sized(operand)
            switch sign {
            case "-": return Value(bits: 0 &- inner.bits, width: inner.width)
            case "~": return Value(bits: ~inner.bits & Self.mask(inner.width), width: inner.width)
            default: return Value(bits: inner.bits == 0 ? 1 : 0, width: 0)
            }
        case .binary(let sign, let left, let right):
            if sign == "&&" || sign == "||" {
                let first = try value(left) != 0
                if first == (sign == "||") { return Value(bits: first ? 1 : 0, width: 0) }
                return Value(bits: try value(right) != 0 ? 1 : 0, width: 0)
            }
            return Value(bits: try Self.combine(sign, try sized(left), try sized(right)), width: 0)
        }
    }

    /// Linear base of what stands before a colon: a segment register has its hidden base, a number is a selector.
    func base(of segment: Expression) throws(DebuggerError) -> UInt64 {
        if case .register(let register) = segment, case .segment(let which) = register.place {
            return vm.cpu[which].base
        }
        let selector = try value(segment)
        guard selector <= 0xFFFF else {
            throw DebuggerError("\(hexadecimal(selector))h is no selector: it has 16 bits")
        }
        return try DescriptorTables(vm).base(of: UInt16(selector))
    }

    private static func mask(_ width: Int) -> UInt64 {
        width == 0 || width >= 8 ? .max : (1 &<< UInt64(width * 8)) &- 1
    }

    private static func combine(_ sign: String, _ a: Value, _ b: Value) throws(DebuggerError) -> UInt64 {
        let left = a.bits, right = b.bits
        func truth(_ value: Bool) -> UInt64 { value ? 1 : 0 }
        switch sign {
        case "+": return left &+ right
        case "-": return left &- right
        case "*": return left &* right
        case "/", "%":
            guard right != 0 else { throw DebuggerError("a division by zero in the expression") }
            return sign == "/" ? left / right : left % right
        case "&": return left & right
        case "|": return left | right
        case "^": return left ^ right
        // Counts of 64 and more shift everything out.
        case "<<": return right > 63 ? 0 : left << right
        case ">>": return right > 63 ? 0 : left >> right
        case "==", "!=":
            // `ax == -1`: a negative number is compared in the size of the register beside it.
            var (x, y) = (left, right)
            if a.width != 0, b.width == 0, right | mask(a.width) == .max { y = right & mask(a.width) }
            if b.width != 0, a.width == 0, left | mask(b.width) == .max { x = left & mask(b.width) }
            return truth((x == y) == (sign == "=="))
        case "<": return truth(left < right)
        case "<=": return truth(left <= right)
        case ">": return truth(left > right)
        default: return truth(left >= right)
        }
    }
}

/// Guest memory as the debugger sees it: by linear address, without side effects.
struct GuestMemory {
    let vm: VM
    init(_ vm: VM) { self.vm = vm }

    /// Where a linear address leads by the page tables as they are now, whatever the TLB holds; a place where nothing is for
    /// one that leads nowhere. Without paging the linear address is physical, but for the A20 gate.
    func physical(_ linear: UInt64) -> UInt64 {
        guard vm.cpu.cr0 & ControlBits.paging != 0 else { return linear & 0xFFFF_FFFF & vm.memory.a20Mask }
        guard let leaf = try? walk(linear) else { return .max }
        return (leaf.physical | linear & 4095) & vm.memory.a20Mask
    }

    /// A page walk that changes nothing and asks for no rights.
    func walk(_ linear: UInt64, step: (PageWalk.Step) -> Void = { _ in }) throws(PageFault) -> PageLeaf {
        let result = withUnsafePointer(to: vm.cpu) { cpu -> Result<PageLeaf, PageFault> in
            let address = cpu.pointee.isLong && cpu.pointee.cs.isLong ? linear : linear & 0xFFFF_FFFF
            let walk = PageWalk(vm.memory, cpu, model: vm.cpuModel)
            do throws(PageFault) {
                return .success(try walk.translate(address, .accessesUser, marks: false, step: step))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Nil where nothing is mapped, or a device whose reads have side effects.
    func byte(linear: UInt64) -> UInt8? { vm.memory.peekByte(physical(linear)) }

    func bytes(linear: UInt64, count: Int) -> [UInt8] {
        (0..<UInt64(max(0, count))).map { byte(linear: linear &+ $0) ?? 0xFF }
    }

    func integer(linear: UInt64, width: Int) throws(DebuggerError) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<UInt64(width) {
            guard let byte = byte(linear: linear &+ index) else {
                throw DebuggerError("there is no readable memory at \(hexadecimal((linear &+ index) & 0xFFFF_FFFF))h")
            }
            value |= UInt64(byte) << (index * 8)
        }
        return value
    }

    /// Writes RAM, where decoded code is dropped, or a device's memory through the device; ROM refuses.
    func write(_ bytes: [UInt8], physical: UInt64) throws(DebuggerError) {
        for (index, byte) in bytes.enumerated() {
            let place = physical &+ UInt64(index)
            switch vm.memory.target(of: place) {
            case .ram: vm.memory.load([byte], at: place)
            case .mmio: vm.memory.write(place, byte)
            case .rom: throw DebuggerError("\(hexadecimal(place))h is ROM")
            case .nothing: throw DebuggerError("there is no memory at \(hexadecimal(place))h")
            }
        }
    }
}
