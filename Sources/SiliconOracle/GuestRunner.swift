@_spi(Testing) import Interpreter
import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// The interpreter: a machine of 1 MiB that has at CPL 3 what a process of Linux has.
///
/// Pages as `Place` says, with the kernel at FFFF800000000000h: GDT at 1000h, IDT at 2000h, TSS at 3000h, stack below
/// 6000h, handler n at 7000h + 16 * n. Page tables from 80000h on.
final class GuestRunner {
    private static let kernel: UInt64 = 0xFFFF_8000_0000_0000
    private static let (gdt, idt, tss, stack, handlers) = (0x1000, 0x2000, 0x3000, 0x6000, 0x7000)
    private static let (code, data, constants, tables) = (0x10000, 0x20000, 0x30000, 0x80000)

    let vm: VM
    let interpreter: Interpreter
    private var start: CPUFile
    private var codeOffset = 0
    private var codeLength = 0

    private var ram: UnsafeMutableRawPointer { vm.memory.ram }

    /// `max` with every feature of the decoder, and x87 pointers as late CPUs keep them (SDM 1 8.1.8).
    static let model: CPUModel = {
        func bits(_ numbers: [UInt32]) -> UInt32 { numbers.reduce(0) { $0 | 1 << $1 } }
        var leaves = CPUModel.maximum.leaves
        func add(_ function: UInt32, _ index: UInt32? = nil, _ more: CPUModel.Registers) {
            guard let place = leaves.firstIndex(where: { $0.function == function && ($0.index ?? 0) == index ?? 0 })
            else {
                leaves.append(CPUModel.Leaf(function, index: index, more))
                return
            }
            leaves[place].registers.eax |= more.eax
            leaves[place].registers.ebx |= more.ebx
            leaves[place].registers.ecx |= more.ecx
            leaves[place].registers.edx |= more.edx
        }
        add(0, nil, .init(eax: 0xD))
        add(
            1, nil,
            .init(
                ecx: bits([0, 1, 9, 12, 13, 19, 20, 22, 23, 25, 26, 28, 29, 30]), edx: bits([0, 15, 23, 24, 25, 26])))
        add(7, 0, .init(ebx: bits([0, 3, 5, 6, 8, 13, 18, 19, 29])))
        if !leaves.contains(where: { $0.function == 0xD }) {
            add(0xD, 0, .init(eax: 7, ebx: 832, ecx: 832))
            add(0xD, 1, .init(eax: 7))
            add(0xD, 2, .init(eax: 256, ebx: 576))
        }
        return CPUModel(
            name: "oracle", leaves: leaves, signature: CPUModel.maximum.signature,
            modelRegisters: CPUModel.maximum.modelRegisters)
    }()

    init() throws {
        vm = try VM(memorySize: 1 << 20, cpuModel: Self.model)
        interpreter = Interpreter(vm: vm)
        vm.start(with: interpreter)
        start = CPUFile.afterReset(Self.model)
        makeTables()
        makePages()
        memset(ram + Self.code, 0xCC, Place.codeSize)
        var cpu = start
        cpu.cr0 = 0x8005_0033
        cpu.cr3 = UInt64(Self.tables)
        cpu.cr4 =
            ControlBits.physicalAddressExtension | ControlBits.fxsave | ControlBits.vectorExceptions
            | ControlBits.segmentBaseAccess | ControlBits.xsaveEnable
        cpu.efer = 0xD01
        cpu.xcr0 = 7
        let flat = Segment(selector: Place.flatData, base: 0, limit: .max, attributes: 0xC0F3)
        (cpu.ss, cpu.ds, cpu.es, cpu.gs) = (flat, flat, flat, flat)
        cpu.fs = Segment()
        cpu.ldtr = Segment()
        cpu.tr = Segment(selector: 0x40, base: Self.kernel + UInt64(Self.tss), limit: 0x67, attributes: 0x8B)
        cpu.gdtr = TableRegister(base: Self.kernel + UInt64(Self.gdt), limit: 0x7F)
        cpu.idtr = TableRegister(base: Self.kernel + UInt64(Self.idt), limit: 0xFFF)
        start = cpu
    }

    private func put(_ value: UInt64, _ place: Int) { ram.storeBytes(of: value, toByteOffset: place, as: UInt64.self) }

    /// Linux's GDT as far as user code can name it, gates for all vectors (DPL 3 for INT3 and INTO), RSP0.
    private func makeTables() {
        for (selector, descriptor) in [
            (0x10, 0x00AF_9B00_0000_FFFF), (0x18, 0x00CF_9300_0000_FFFF), (0x20, 0x00CF_FB00_0000_FFFF),
            (0x28, 0x00CF_F300_0000_FFFF), (0x30, 0x00AF_FB00_0000_FFFF),
        ] as [(Int, UInt64)] {
            put(descriptor, Self.gdt + selector)
        }
        for vector in 0..<256 {
            let offset = Self.kernel + UInt64(Self.handlers + vector * 16)
            let type: UInt64 = vector == 3 || vector == 4 ? 0xEE : 0x8E
            put(
                offset & 0xFFFF | 0x10 << 16 | type << 40 | (offset >> 16 & 0xFFFF) << 48, Self.idt + vector * 16)
            put(offset >> 32, Self.idt + vector * 16 + 8)
        }
        ram.storeBytes(of: Self.kernel + UInt64(Self.stack), toByteOffset: Self.tss + 4, as: UInt64.self)
        ram.storeBytes(of: 0x68, toByteOffset: Self.tss + 0x66, as: UInt16.self)
    }

    /// Three regions of the first GiB, and the kernel.
    private func makePages() {
        let (root, pointers, directory) = (Self.tables, Self.tables + 0x1000, Self.tables + 0x2000)
        put(UInt64(pointers) | 7, root)
        put(UInt64(directory) | 7, pointers)
        put(UInt64(Self.tables + 0x6000) | 3, root + 256 * 8)
        put(UInt64(Self.tables + 0x7000) | 3, Self.tables + 0x6000)
        // 2 MiB, supervisor, writable
        put(0x83, Self.tables + 0x7000)
        let noExecute: UInt64 = 1 << 63
        for (number, region) in [
            (Place.code, Self.code, 2, 0x65), (Place.data, Self.data, 2, 0x67 | noExecute),
            (Place.constants, Self.constants, 1, 0x65 | noExecute),
        ].enumerated() as EnumeratedSequence<[(UInt64, Int, Int, UInt64)]> {
            let table = Self.tables + 0x3000 + number * 0x1000
            put(UInt64(table) | 7, directory + Int(region.0 >> 21) * 8)
            for page in 0..<region.2 { put(UInt64(region.1 + page * Place.page) | region.3, table + page * 8) }
        }
    }

    /// What the cases of a batch have in common.
    func begin(_ shared: UnsafeMutableRawPointer) {
        memcpy(ram + Self.data, shared + SharedFile.pattern, Place.dataSize)
        memcpy(ram + Self.constants, shared + SharedFile.constants, Place.constantsSize)
    }

    /// Nil, or what kept the machine from ending as it should.
    func run(_ input: CaseInput, pattern: UnsafeRawPointer, into output: CaseOutput) -> String? {
        let registers = input.registers
        var cpu = start
        for number in 0..<16 { cpu[register: number] = registers[number] }
        cpu.rip = registers.instructionPointer
        cpu.rflags = registers.flags
        cpu.cs = Segment(
            selector: UInt16(truncatingIfNeeded: registers.codeSelector), base: 0, limit: .max,
            attributes: input.isLong ? 0xA0FB : 0xC0FB)
        cpu.fs.base = registers.fsBase
        cpu.gs.base = registers.gsBase
        cpu.vector.withUnsafeMutableBytes {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: registers.vector, count: 768))
        }
        memset(ram + Self.code + codeOffset, 0xCC, codeLength)
        codeOffset = Int(registers.instructionPointer - Place.code)
        codeLength = input.length
        memcpy(ram + Self.code + codeOffset, input.code, input.length)
        memcpy(ram + Self.data + input.patchOffset, input.patch, CaseInput.patchSize)
        vm.cpu = cpu
        defer { memcpy(ram + Self.data, pattern, Place.dataSize) }
        let problem = step() ?? (isInKernel ? nil : step())
        return problem ?? finish(output, input, pattern)
    }

    private var file: UnsafeMutablePointer<CPUFile> { vm.block.assumingMemoryBound(to: CPUFile.self) }
    private var isInKernel: Bool { file.pointee.cs.selector == 0x10 }

    private func step() -> String? {
        if case .ended(let ending) = interpreter.stepInstruction() { return ending.name + ": " + ending.sentence }
        return nil
    }

    /// Reads what the delivery of the exception pushed.
    private func finish(_ output: CaseOutput, _ input: CaseInput, _ pattern: UnsafeRawPointer) -> String? {
        guard isInKernel else { return "no exception came, at \(hexadecimal(file.pointee.rip))" }
        let handler = file.pointee.rip &- Self.kernel &- UInt64(Self.handlers)
        let vector = handler / 16
        let hasErrorCode = [8, 10, 11, 12, 13, 14, 17].contains(vector)
        let frame = ram + Self.stack - 40
        let registers = output.registers
        for number in 0..<16 { registers[number] = file.pointee[register: number] }
        registers.instructionPointer = frame.load(as: UInt64.self)
        registers.codeSelector = frame.load(fromByteOffset: 8, as: UInt64.self)
        registers.flags = frame.load(fromByteOffset: 16, as: UInt64.self)
        registers[4] = frame.load(fromByteOffset: 24, as: UInt64.self)
        registers.fsBase = file.pointee.fs.base
        registers.gsBase = file.pointee.gs.base
        memcpy(registers.vector, vm.block + vectorPlace, 768)
        output.vector = vector
        output.errorCode = hasErrorCode ? (frame - 8).load(as: UInt64.self) : 0
        output.faultAddress = vector == 14 ? file.pointee.cr2 : 0
        let data = ram + Self.data
        let end = input.patchOffset + CaseInput.patchSize
        let isSame =
            memcmp(data, pattern, input.patchOffset) == 0
            && memcmp(data + input.patchOffset, input.patch, CaseInput.patchSize) == 0
            && memcmp(data + end, pattern + end, Place.dataSize - end) == 0
        output.memoryChanged = !isSame
        if !isSame { memcpy(output.memory, data, Place.dataSize) }
        return nil
    }

    private let vectorPlace = MemoryLayout<CPUFile>.offset(of: \CPUFile.vector) ?? 0
}

extension GuestRunner {
    func plant(_ flaw: @escaping (Instruction, inout CPUFile) -> Void) { interpreter.flaw = flaw }
}
