import Machine
import X86ISA

/// Operands of an instruction with the values that they have now.
struct OperandsNow {
    let vm: VM
    let instruction: Instruction
    /// Offset of the instruction in CS.
    let offset: UInt64

    private var cpu: CPUFile { vm.cpu }

    private static func mask(_ size: UInt8) -> UInt64 {
        size >= 8 || size == 0 ? .max : (1 &<< (UInt64(size) &* 8)) &- 1
    }
    private static func hex(_ value: UInt64, _ size: UInt8) -> String {
        hexadecimal(value & mask(size), digits: Int(size == 0 ? 4 : size) * 2)
    }
    private static func unit(_ size: UInt8) -> String {
        switch size {
        case 1: "byte"
        case 2: "word"
        case 4: "dword"
        case 8: "qword"
        default: "\(size) bytes"
        }
    }

    /// With what the instruction does with it before the value.
    func now(_ explained: ExplainedOperand) -> Explained.OperandNow? {
        guard var operand = now(explained.operand) else { return nil }
        operand.access = explained.access.rawValue
        operand.text = "\(explained.access.rawValue): \(operand.text)" + (explained.isImplicit ? " (implied)" : "")
        return operand
    }

    private func now(_ operand: Operand) -> Explained.OperandNow? {
        switch operand.kind {
        case .none: return nil
        case .register:
            let name = RegisterNames.general(operand.number, size: operand.size)
            return named(name, register(operand.number, operand.size), operand.size)
        case .segmentRegister:
            guard let segment = SegmentRegister(rawValue: operand.number) else { return nil }
            let now = cpu[segment], name = RegisterNames.segment(segment)
            let value = UInt64(now.selector)
            return Explained.OperandNow(
                name: name, access: "", linear: nil, value: value,
                text:
                    "\(name) = \(Self.hex(value, 2)) (base \(Self.hex(now.base, 4)), limit \(Self.hex(UInt64(now.limit), 4)))"
            )
        case .controlRegister, .debugRegister, .testRegister:
            let name = RegisterNames.name(of: operand)
            guard let field = CPUFile.fields.first(where: { $0.name == name }) else {
                return Explained.OperandNow(name: name, access: "", linear: nil, value: nil, text: name)
            }
            return named(name, cpu[field], 4)
        case .memory: return memory(operand.size)
        case .immediate, .one:
            let value = operand.kind == .one ? 1 : instruction.immediate
            let size = operand.size == 0 ? max(1, instruction.operandSize) : operand.size
            return constant("immediate", value, size)
        case .immediate2: return constant("level", UInt64(instruction.immediate2), 1)
        case .relative: return target
        case .farPointer:
            let selector = instruction.immediate2, place = instruction.immediate & 0xFFFF_FFFF
            let base = try? DescriptorTables(vm).base(of: selector)
            let linear = base.map { ($0 &+ place) & 0xFFFF_FFFF }
            let name = Self.hex(UInt64(selector), 2) + ":" + Self.hex(place, instruction.operandSize)
            return Explained.OperandNow(
                name: name, access: "", linear: linear, value: nil,
                text: "target \(name)"
                    + (linear.map { ", linear \(Self.hex($0, 4))" } ?? ", a selector without a segment"))
        case .stringSource:
            return string(instruction.segment, 6, operand.size)
        case .stringDestination: return string(.es, 7, operand.size)
        case .x87Register, .mmxRegister, .xmmRegister, .ymmRegister:
            let name = RegisterNames.name(of: operand)
            return Explained.OperandNow(name: name, access: "", linear: nil, value: nil, text: name)
        }
    }

    /// Value of a general register by its encoding: 4-7 of size 1 are AH CH DH BH.
    func register(_ number: UInt8, _ size: UInt8) -> UInt64 {
        if size == 1, number >= 4, number < 8 { return cpu[register: Int(number) - 4] >> 8 & 0xFF }
        return cpu[register: Int(number)] & Self.mask(size)
    }

    private func named(_ name: String, _ value: UInt64, _ size: UInt8) -> Explained.OperandNow {
        Explained.OperandNow(
            name: name, access: "", linear: nil, value: value, text: "\(name) = \(Self.hex(value, size))")
    }

    private func constant(_ what: String, _ value: UInt64, _ size: UInt8) -> Explained.OperandNow {
        let cut = value & Self.mask(size)
        let signed = NumberText.signed(cut, Int(size))
        let decimal = signed < 0 ? "\(cut), as a signed number \(signed)" : "\(cut)"
        return Explained.OperandNow(
            name: Self.hex(cut, size), access: "", linear: nil, value: cut,
            text: "\(what) \(Self.hex(cut, size))h (\(decimal))")
    }

    private var target: Explained.OperandNow {
        let mask: UInt64 = instruction.operandSize == 2 ? 0xFFFF : 0xFFFF_FFFF
        let place = (offset &+ UInt64(instruction.length) &+ instruction.immediate) & mask
        let linear = (cpu.cs.base &+ place) & 0xFFFF_FFFF
        let distance = Int64(bitPattern: instruction.immediate)
        let name = Self.hex(UInt64(cpu.cs.selector), 2) + ":" + Self.hex(place, instruction.operandSize)
        return Explained.OperandNow(
            name: name, access: "", linear: linear, value: place,
            text: "target \(name), linear \(Self.hex(linear, 4)): \(distance) bytes from the next instruction")
    }

    /// Offset of the memory operand in its segment.
    var effectiveAddress: UInt64 {
        let mask: UInt64 = instruction.addressSize == 2 ? 0xFFFF : 0xFFFF_FFFF
        var address = UInt64(bitPattern: instruction.displacement)
        if instruction.base < 16 { address &+= cpu[register: Int(instruction.base)] }
        if instruction.index < 16 { address &+= cpu[register: Int(instruction.index)] &<< UInt64(instruction.scale) }
        return address & mask
    }

    private var addressText: String {
        let size = instruction.addressSize
        var text = ""
        if instruction.base < 16 { text = RegisterNames.general(instruction.base, size: size) }
        if instruction.index < 16 {
            text += (text.isEmpty ? "" : "+") + RegisterNames.general(instruction.index, size: size)
            if instruction.scale > 0 { text += "*\(1 << Int(instruction.scale & 3))" }
        }
        let displacement = instruction.displacement
        if text.isEmpty {
            return "0x" + String(UInt64(bitPattern: displacement) & (size == 2 ? 0xFFFF : 0xFFFF_FFFF), radix: 16)
        }
        if displacement > 0 { text += "+0x" + String(displacement, radix: 16) }
        if displacement < 0 { text += "-0x" + String(displacement.magnitude, radix: 16) }
        return text
    }

    private func memory(_ size: UInt8) -> Explained.OperandNow {
        let name = "\(RegisterNames.segment(instruction.segment)):[\(addressText)]"
        let place = effectiveAddress
        if size == 0 {
            return Explained.OperandNow(
                name: name, access: "", linear: nil, value: nil,
                text: "[\(addressText)] is offset \(Self.hex(place, instruction.addressSize)); nothing is read there")
        }
        return self.place(name, instruction.segment, place, size)
    }

    private func string(_ segment: SegmentRegister, _ number: UInt8, _ size: UInt8) -> Explained.OperandNow {
        let register = RegisterNames.general(number, size: instruction.addressSize)
        let place = self.register(number, instruction.addressSize)
        return self.place("\(RegisterNames.segment(segment)):[\(register)]", segment, place, size)
    }

    private func place(_ name: String, _ segment: SegmentRegister, _ place: UInt64, _ size: UInt8)
        -> Explained.OperandNow
    {
        let hidden = cpu[segment]
        let linear = (hidden.base &+ place) & 0xFFFF_FFFF
        let readable = size <= 8 ? try? GuestMemory(vm).integer(linear: linear, width: Int(size)) : nil
        var text =
            "\(name): \(Self.unit(size)) at base \(Self.hex(hidden.base, 4)) + offset "
            + "\(Self.hex(place, instruction.addressSize)) = linear \(Self.hex(linear, 4))"
        text += readable.map { ", holds \(Self.hex($0, size))" } ?? (size <= 8 ? ", not readable" : "")
        return Explained.OperandNow(name: name, access: "", linear: linear, value: readable, text: text)
    }
}
