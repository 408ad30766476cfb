import Interpreter
import Machine

/// A machine in flat 32-bit protected mode with tables that a test fills.
///
/// GDT at 1000h: 08h code and 10h data of ring 0, 18h and 20h (| 3) of ring 3, 28h TSS at 2000h, 30h TSS at 2100h, 38h a task
/// gate to 30h (DPL 3). TR is 28h. IDT at 3000h: gate n leads to 0008:(20000h + 16 * n), where HLT stands; DPL 3.
/// Ring 0's stack is at 9000h, code at 7C00h, ESP 8000h.
final class ProtectedRig {
    let vm: VM
    let interpreter: Interpreter

    init(_ code: [UInt8], cpl: UInt16 = 0, cpuModel: CPUModel = .pentium) throws {
        vm = try VM(memorySize: 1 << 20, cpuModel: cpuModel)
        interpreter = Interpreter(vm: vm)
        vm.start(with: interpreter)
        vm.memory.load(code, at: 0x7C00)
        for (number, access) in zip([1, 2, 3, 4], [0x9B, 0x93, 0xFB, 0xF3] as [UInt8]) {
            vm.memory.load([0xFF, 0xFF, 0, 0, 0, access, 0xCF, 0], at: UInt64(0x1000 + number * 8))
        }
        descriptor(0x28, base: 0x2000, limit: 0x67, access: 0x8B)
        descriptor(0x30, base: 0x2100, limit: 0x67, access: 0x89)
        gate(at: 0x1038, selector: 0x30, offset: 0, access: 0xE5)
        for vector in 0..<256 {
            gate(at: UInt64(0x3000 + vector * 8), selector: 8, offset: UInt32(0x20000 + vector * 16), access: 0xEE)
            vm.memory.load([0xF4], at: UInt64(0x20000 + vector * 16))
        }
        put(0x2004, 0x9000)
        put(0x2008, 0x10)
        put(0x2066, 0x68, 2)
        var cpu = CPUFile.afterReset(cpuModel)
        cpu.cr0 = 0x11
        cpu.cs = segment(cpl == 0 ? 0x08 : 0x1B, 0xC09B | cpl << 5)
        let data = segment(cpl == 0 ? 0x10 : 0x23, 0xC093 | cpl << 5)
        (cpu.ss, cpu.ds, cpu.es, cpu.fs, cpu.gs) = (data, data, data, data, data)
        cpu.ldtr = Segment()
        cpu.tr = Segment(selector: 0x28, base: 0x2000, limit: 0x67, attributes: 0x8B)
        cpu.gdtr = TableRegister(base: 0x1000, limit: 0xFF)
        cpu.idtr = TableRegister(base: 0x3000, limit: 0x7FF)
        cpu.rip = 0x7C00
        cpu[register: 4] = 0x8000
        vm.cpu = cpu
    }

    private func segment(_ selector: UInt16, _ attributes: UInt16) -> Segment {
        Segment(selector: selector, base: 0, limit: .max, attributes: attributes)
    }

    func descriptor(_ selector: UInt64, base: UInt64, limit: UInt32, access: UInt8) {
        let b = UInt32(truncatingIfNeeded: base)
        vm.memory.load(
            [
                UInt8(truncatingIfNeeded: limit), UInt8(truncatingIfNeeded: limit >> 8), UInt8(truncatingIfNeeded: b),
                UInt8(truncatingIfNeeded: b >> 8), UInt8(truncatingIfNeeded: b >> 16), access,
                UInt8(truncatingIfNeeded: limit >> 16) & 15, UInt8(truncatingIfNeeded: b >> 24),
            ], at: 0x1000 + selector)
    }

    func gate(at place: UInt64, selector: UInt16, offset: UInt32, access: UInt8) {
        vm.memory.load(
            [
                UInt8(truncatingIfNeeded: offset), UInt8(truncatingIfNeeded: offset >> 8),
                UInt8(truncatingIfNeeded: selector), UInt8(truncatingIfNeeded: selector >> 8), 0, access,
                UInt8(truncatingIfNeeded: offset >> 16), UInt8(truncatingIfNeeded: offset >> 24),
            ], at: place)
    }

    func put(_ address: UInt64, _ value: UInt32, _ width: Int = 4) {
        vm.memory.load((0..<width).map { UInt8(truncatingIfNeeded: value >> UInt32($0 * 8)) }, at: address)
    }

    func get(_ address: UInt64, _ width: Int = 4) -> UInt32 {
        vm.memory.peek(address, count: width).reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// The TSS at 2100h: ring 0 at 7D00h with ESP 8800h, where HLT stands.
    func fillTask() {
        vm.memory.load([0xF4], at: 0x7D00)
        put(0x2120, 0x7D00)
        put(0x2124, 2)
        put(0x2138, 0x8800)
        for (offset, selector) in zip(
            stride(from: 0x48, through: 0x5C, by: 4), [0x10, 8, 0x10, 0x10, 0, 0] as [UInt32])
        {
            put(UInt64(0x2100 + offset), selector)
        }
    }

    /// Runs to HLT or the machine's end; gives the vector whose handler halted, if it was one.
    @discardableResult func run(ticks: UInt64 = 1000) -> UInt64? {
        _ = vm.run(until: vm.io.events.now + ticks)
        let place = vm.cpu.rip
        return vm.cpu.halted != 0 && place > 0x20000 ? (place - 0x20001) / 16 : nil
    }

    /// Runs code that ends in HLT; 255 where it does not get there.
    func runToHalt() -> UInt64? {
        _ = vm.run(until: vm.io.events.now + 100)
        return vm.cpu.halted != 0 && vm.cpu.rip < 0x20000 ? nil : 255
    }

    var reason: String? { interpreter.lastFault?.exception.reason.name }
}
