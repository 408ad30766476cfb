import Interpreter
import Machine
import Testing
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// splitmix64
private struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }
}

/// An XSAVE area in standard format, 832 bytes: in one the registers, in the other what ESI points at.
private struct AreaWorld: Equatable {
    static let words = 104
    var state = Array(repeating: UInt64(0), count: words)
    var area = Array(repeating: UInt64(0), count: words)
    var mask: UInt32 = 7

    /// Components in use, x87, SSE and AVX; those that are not are as after INIT.
    init(used: UInt64, mask: UInt32, _ generator: inout Generator) {
        self.mask = mask
        state = Self.registers(used, &generator)
        area = Self.registers(7, &generator)
        area[66...] = area[66...].map { _ in 0 }[...]
        for index in 72..<Self.words { area[index] = generator.next() }
    }

    init() {}

    private static func registers(_ used: UInt64, _ generator: inout Generator) -> [UInt64] {
        var words = Array(repeating: UInt64(0), count: Self.words)
        words[0] = 0x37F
        words[3] = 0x1F80
        words[64] = used
        if used & 1 != 0 {
            let r = generator.next()
            words[0] = 0x37F | r & 0x7F00_0000 | (r >> 32 & 0xFF) << 32 | (r >> 40 & 0x7FF) << 48 | (r >> 51 & 0xF) << 8
            (words[1], words[2]) = (generator.next() >> 32, generator.next() >> 32)
            for number in 0..<8 {
                words[4 + number * 2] = generator.next()
                words[5 + number * 2] = generator.next() & 0xFFFF
            }
        }
        if used & 2 != 0 {
            words[3] = generator.next() & 0x603F | 0x1F80
            for index in 20..<36 { words[index] = generator.next() }
        }
        if used & 4 != 0 { for index in 72..<88 { words[index] = generator.next() } }
        return words
    }

    func difference(from other: AreaWorld) -> String {
        func list(_ name: String, _ a: [UInt64], _ b: [UInt64]) -> [String] {
            a.indices.filter { a[$0] != b[$0] }.prefix(12).map {
                "\(name) \($0 * 8): \(String(a[$0], radix: 16)) for \(String(b[$0], radix: 16))"
            }
        }
        return (list("registers", state, other.state) + list("area", area, other.area)).joined(separator: ", ")
    }

    /// CPUs of AMD keep pointers of unmasked exceptions alone.
    mutating func takePointers(of other: AreaWorld) {
        let opcode: UInt64 = 0xFFFF << 48
        state[0] = state[0] & ~opcode | other.state[0] & opcode
        area[0] = area[0] & ~opcode | other.area[0] & opcode
        for index in 1..<3 { (state[index], area[index]) = (other.state[index], other.area[index]) }
    }

    /// Of vector registers 8 to 15, which only 64-bit mode has.
    mutating func keepUpper(of other: AreaWorld) {
        for index in Array(36..<52) + Array(88..<104) {
            area[index] = other.area[index]
            state[index] = other.state[index]
        }
    }

    /// What no image holds is left out of comparisons: XSTATE_BV of the registers, MXCSR_MASK, reserved bytes.
    mutating func settle() {
        state[3] &= 0xFFFF_FFFF
        for index in 52..<72 { state[index] = 0 }
    }
}

/// The instruction on the CPU that runs the tests.
private final class AreaHost {
    #if canImport(Glibc) && arch(x86_64)
        typealias Entry = @convention(c) (UnsafeMutableRawPointer) -> Void
        private let page: UnsafeMutableRawPointer
        private let block: UnsafeMutableRawPointer
        private let entry: Entry
        private static let (before, area, after) = (1024, 2048, 3072)

        /// XSAVE, XSAVEOPT, XSAVEC and AVX are there.
        static let isThere: Bool = {
            // push rbx; mov eax, 1; cpuid; mov [rdi], ecx; mov eax, 13; mov ecx, 1; cpuid; mov [rdi+4], eax; pop rbx; ret
            let host = AreaHost(
                code: [
                    0x53, 0xB8, 1, 0, 0, 0, 0x0F, 0xA2, 0x89, 0x0F, 0xB8, 13, 0, 0, 0, 0xB9, 1, 0, 0, 0, 0x0F, 0xA2,
                    0x89, 0x47, 4, 0x5B, 0xC3,
                ])
            host.entry(host.block)
            let features = host.block.load(as: UInt32.self)
            return features >> 27 & 3 == 3 && host.block.load(fromByteOffset: 4, as: UInt32.self) & 3 == 3
        }()

        convenience init(_ instruction: [UInt8]) {
            var code: [UInt8] = [0x31, 0xD2, 0xB8, 7, 0, 0, 0]  // xor edx, edx; mov eax, 7
            code += [0x48, 0x0F, 0xAE, 0xAF, 0, 4, 0, 0]  // xrstor64 [rdi+1024]
            code += [0x48, 0x8D, 0xB7, 0, 8, 0, 0, 0x8B, 0x07]  // lea rsi, [rdi+2048]; mov eax, [rdi]
            code += instruction
            code += [0x31, 0xD2, 0xB8, 7, 0, 0, 0, 0x48, 0x0F, 0xAE, 0xA7, 0, 12, 0, 0]  // xsave64 [rdi+3072]
            // fninit; ldmxcsr [rdi+4]; vzeroupper; ret
            code += [0xDB, 0xE3, 0x0F, 0xAE, 0x57, 4, 0xC5, 0xF8, 0x77, 0xC3]
            self.init(code: code)
        }

        private init(code: [UInt8]) {
            let memory = mmap(nil, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            guard let memory, memory != MAP_FAILED else { preconditionFailure("no memory for code") }
            page = memory
            page.copyMemory(from: code, byteCount: code.count)
            guard mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0 else { preconditionFailure("no executable memory") }
            // SAFETY: a whole function that touches RAX, RCX, RDX, RSI, the x87, vector registers and `block` alone.
            entry = unsafeBitCast(page, to: Entry.self)
            block = .allocate(byteCount: 4096, alignment: 64)
            block.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
        }

        deinit {
            munmap(page, 4096)
            block.deallocate()
        }

        func run(_ world: AreaWorld) -> AreaWorld {
            func set<T>(_ value: T, _ offset: Int) { block.storeBytes(of: value, toByteOffset: offset, as: T.self) }
            set(world.mask, 0)
            set(0x1F80 as UInt32, 4)
            for index in 0..<AreaWorld.words {
                set(world.state[index], Self.before + index * 8)
                set(world.area[index], Self.area + index * 8)
                set(UInt64(0), Self.after + index * 8)
            }
            entry(block)
            var out = AreaWorld()
            out.mask = world.mask
            for index in 0..<AreaWorld.words {
                out.state[index] = block.load(fromByteOffset: Self.after + index * 8, as: UInt64.self)
                out.area[index] = block.load(fromByteOffset: Self.area + index * 8, as: UInt64.self)
            }
            out.settle()
            return out
        }
    #else
        static let isThere = false
        init(_ instruction: [UInt8]) {}
        func run(_ world: AreaWorld) -> AreaWorld { world }
    #endif
}

private struct AreaGuest {
    static let buffer: UInt64 = 0x10000
    let rig: ProtectedRig
    private let start: CPUFile

    init(
        _ instruction: [UInt8], model: CPUModel = X87Guest.model, change: (inout CPUFile) -> Void = { _ in }
    ) throws {
        rig = try ProtectedRig(instruction + [0xF4], cpuModel: model)
        var cpu = rig.vm.cpu
        cpu.cr4 = ControlBits.xsaveEnable | 0x600
        cpu.xcr0 = 7
        cpu.vector.controlWord = 0x37F
        cpu[register: 6] = Self.buffer
        cpu[register: 0] = 7
        change(&cpu)
        start = cpu
    }

    func run(_ world: AreaWorld) -> (AreaWorld, vector: UInt64?) {
        var cpu = start
        cpu[register: 0] = UInt64(world.mask)
        cpu.vector.withUnsafeMutableBytes { bytes in
            for index in 0..<52 { bytes.storeBytes(of: world.state[index], toByteOffset: index * 8, as: UInt64.self) }
            for index in 0..<32 {
                bytes.storeBytes(of: world.state[72 + index], toByteOffset: 512 + index * 8, as: UInt64.self)
            }
        }
        rig.vm.cpu = cpu
        put(world.area)
        let vector = rig.run()
        var out = AreaWorld()
        out.mask = world.mask
        rig.vm.cpu.vector.withUnsafeBytes { bytes in
            for index in 0..<52 { out.state[index] = bytes.load(fromByteOffset: index * 8, as: UInt64.self) }
            for index in 0..<32 { out.state[72 + index] = bytes.load(fromByteOffset: 512 + index * 8, as: UInt64.self) }
        }
        out.area = (0..<AreaWorld.words).map {
            UInt64(rig.get(Self.buffer + UInt64($0 * 8))) | UInt64(rig.get(Self.buffer + UInt64($0 * 8 + 4))) << 32
        }
        out.settle()
        return (out, vector)
    }

    func put(_ area: [UInt64]) {
        for (index, word) in area.enumerated() {
            rig.put(Self.buffer + UInt64(index * 8), UInt32(truncatingIfNeeded: word))
            rig.put(Self.buffer + UInt64(index * 8 + 4), UInt32(truncatingIfNeeded: word >> 32))
        }
    }
}

@Suite("XSAVE areas")
struct ExtendedStateTests {
    private static let xsave: [UInt8] = [0x0F, 0xAE, 0x26], xrstor: [UInt8] = [0x0F, 0xAE, 0x2E]
    private static let xsaveopt: [UInt8] = [0x0F, 0xAE, 0x36], xsavec: [UInt8] = [0x0F, 0xC7, 0x26]
    private static let xsaves: [UInt8] = [0x0F, 0xC7, 0x2E], xrstors: [UInt8] = [0x0F, 0xC7, 0x1E]

    @Test(
        "Each instruction as on the host's CPU", .enabled(if: AreaHost.isThere, "the host has no XSAVEC or AVX"),
        arguments: [xsave, xsaveopt, xsavec, xrstor], [false, true])
    func asOnTheHost(code: [UInt8], compacted: Bool) throws {
        // The saves do not look at the format of what was there.
        guard !compacted || code == Self.xrstor else { return }
        var generator = Generator(state: 89)
        let host = AreaHost(code), guest = try AreaGuest(code)
        var failures = 0
        for used: UInt64 in 0..<8 {
            for mask: UInt32 in 0..<8 {
                for held: UInt64 in 0..<8 {
                    var world = AreaWorld(used: used, mask: mask, &generator)
                    world.area[64] = held
                    if compacted { world.area[65] = 1 << 63 | held | generator.next() & 7 }
                    if generator.next() & 1 == 0 { world.state[3] = 0x1F80 | generator.next() & 0x6000 }
                    // A save leaves what was in the header behind XSTATE_BV; XRSTOR wants zeros.
                    var expected = host.run(world)
                    expected.keepUpper(of: world)
                    var (result, vector) = guest.run(world)
                    if !VectorHost.isIntel {
                        result.takePointers(of: expected)
                        // MXCSR_MASK has AMD's bit for misaligned operands.
                        expected.area[3] &= ~(1 << 49)
                        result.area[3] &= ~(1 << 49)
                    }
                    guard vector != nil || result != expected else { continue }
                    failures += 1
                    if failures > 12 { return }
                    Issue.record(
                        """
                        \(code) used \(used) mask \(mask) held \(held) of \(String(world.area[65], radix: 16)): vector \
                        \(vector.map(String.init) ?? "none"), \(result.difference(from: expected)); MXCSR \
                        \(String(world.state[3], radix: 16))
                        """)
                }
            }
        }
    }

    @Test("FXRSTOR leaves reserved bits as they must be")
    func reservedBits() throws {
        var generator = Generator(state: 90)
        let guest = try AreaGuest([0x0F, 0xAE, 0x0E])
        var world = AreaWorld(used: 7, mask: 7, &generator)
        // Invalid, not masked; ES and B are clear, reserved bits of FCW and FOP set.
        world.area[0] = 0xFFFF_00FF_0001_FFBE
        let (result, vector) = guest.run(world)

        #expect(vector == nil)
        #expect(result.state[0] == 0x07FF_00FF_8081_1F7E)
        #expect(guest.rig.vm.cpu.inconsistency == nil)
    }

    // MARK: Faults (SDM 1 13.5.2, 13.7, 13.8)

    struct Fault: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var code = ExtendedStateTests.xrstor
        var vector: UInt64 = 13
        /// Word of the area and its value.
        var word = 64
        var value: UInt64 = 0
        var change: @Sendable (inout CPUFile) -> Void = { _ in }
    }

    static let faults = [
        Fault(testDescription: "CR4.OSXSAVE is clear", vector: 6) { $0.cr4 = 0 },
        Fault(testDescription: "CR4.OSXSAVE is clear, of XSAVE", code: xsave, vector: 6) { $0.cr4 = 0 },
        Fault(testDescription: "CR0.TS", code: xsaveopt, vector: 7) { $0.cr0 |= ControlBits.taskSwitched },
        Fault(testDescription: "misaligned", code: xsavec) { $0[register: 6] += 16 },
        Fault(testDescription: "misaligned, of XRSTOR") { $0[register: 6] += 32 },
        Fault(testDescription: "XSTATE_BV beyond XCR0", value: 4) { $0.xcr0 = 3 },
        Fault(testDescription: "XSTATE_BV bit 63", value: 1 << 63),
        Fault(testDescription: "XCOMP_BV without bit 63", word: 65, value: 1),
        Fault(testDescription: "bytes 16 to 23 of the header", word: 66, value: 1),
        Fault(testDescription: "XCOMP_BV beyond XCR0", word: 65, value: 1 << 63 | 8),
        Fault(testDescription: "XSTATE_BV beyond XCOMP_BV", word: 65, value: 1 << 63),
        Fault(testDescription: "MXCSR", word: 3, value: 0x1_1F80),
        Fault(testDescription: "XRSTORS of the standard format", code: xrstors, word: 65, value: 0),
        Fault(testDescription: "XRSTORS, XCOMP_BV beyond XCR0", code: xrstors, word: 65, value: 1 << 63 | 8),
        Fault(testDescription: "misaligned, of XSAVES", code: xsaves) { $0[register: 6] += 16 },
        Fault(testDescription: "IA32_XSS of a component", code: writeXSS) { $0[register: 0] = 0x100 },
    ]
    /// MOV ECX, 0DA0h; XOR EDX, EDX; WRMSR
    private static let writeXSS: [UInt8] = [0xB9, 0xA0, 0x0D, 0, 0, 0x31, 0xD2, 0x0F, 0x30]

    /// There are no supervisor components, so the areas are the same (SDM 1 13.10, 13.11).
    @Test("XSAVES writes what XSAVEC does, and XRSTORS reads it as XRSTOR does", arguments: 0..<8 as Range<UInt64>)
    func supervisorForms(used: UInt64) throws {
        var generator = Generator(state: 95)
        for mask: UInt32 in 0..<8 {
            var world = AreaWorld(used: used, mask: mask, &generator)
            let (saved, vector) = try AreaGuest(Self.xsaves, model: .maximum).run(world)
            let (expected, _) = try AreaGuest(Self.xsavec).run(world)
            #expect(vector == nil)
            #expect(saved == expected)

            (world.area[64], world.area[65]) = (used & 5, 1 << 63 | used)
            let (restored, second) = try AreaGuest(Self.xrstors, model: .maximum).run(world)
            let (other, _) = try AreaGuest(Self.xrstor).run(world)
            #expect(second == nil)
            #expect(restored == other)
            #expect(restored.state != world.state || UInt64(mask) & used & 5 == 0)
        }
    }

    @Test(arguments: faults)
    func isRefused(fault: Fault) throws {
        var generator = Generator(state: 91)
        let guest = try AreaGuest(fault.code, model: .maximum, change: fault.change)
        var world = AreaWorld(used: 7, mask: 7, &generator)
        world.area[64] = 3
        world.area[fault.word] = fault.value
        let (result, vector) = guest.run(world)

        #expect(vector == fault.vector)
        // Nothing has changed.
        var before = world
        before.settle()
        #expect(result == before)
    }

    @Test("EM does not matter, nor does an x87 exception that waits")
    func emulationIsIgnored() throws {
        var generator = Generator(state: 92)
        let guest = try AreaGuest(Self.xsave) { $0.cr0 |= ControlBits.emulation }
        let (result, vector) = guest.run(AreaWorld(used: 7, mask: 7, &generator))

        #expect(vector == nil)
        #expect(result.area[64] == 7)
    }

    /// SDM 1 13.2: 512 + 64 bytes, and 256 of AVX.
    @Test("CPUID tells the size of what XCR0 enables", arguments: [(1, 576), (3, 576), (7, 832)] as [(UInt64, UInt64)])
    func sizes(enabled: UInt64, size: UInt64) throws {
        for index: UInt8 in 0..<2 {
            // MOV EAX, 13; MOV ECX, index; CPUID
            let guest = try AreaGuest([0xB8, 13, 0, 0, 0, 0xB9, index, 0, 0, 0, 0x0F, 0xA2]) { $0.xcr0 = enabled }
            var generator = Generator(state: 94)
            _ = guest.run(AreaWorld(used: 1, mask: 7, &generator))

            #expect(guest.rig.vm.cpu[register: 3] == size)
        }
    }

    @Test("XGETBV of 1 tells what is in use", arguments: 0..<8 as Range<UInt64>)
    func inUse(components: UInt64) throws {
        var generator = Generator(state: 93)
        // MOV ECX, 1; XGETBV
        let guest = try AreaGuest([0xB9, 1, 0, 0, 0, 0x0F, 0x01, 0xD0])
        _ = guest.run(AreaWorld(used: components, mask: 7, &generator))

        #expect(guest.rig.vm.cpu[register: 0] == components)
    }
}
