import FloatArithmetic
import Testing

/// Runs `count` cases on this computer's CPU and here; records the first few that differ.
private struct Bench {
    var name: String
    var stub: SSEStub
    var generator: Generator
    var differences = 0

    init(_ name: String, _ instruction: [UInt8]) {
        self.name = name
        stub = SSEStub(instruction)
        generator = Generator(state: seed)
    }

    mutating func differs(_ text: @autoclosure () -> String) {
        differences += 1
        if differences <= 5 { Issue.record("\(name): \(text())") }
    }

    /// Results in the low `width` bits of XMM0.
    mutating func compare(
        operands: (inout Generator) -> (UInt64, UInt64, UInt64), mask: UInt64,
        _ ours: (UInt64, UInt64, UInt64, inout FloatContext) -> UInt64
    ) {
        for _ in 0..<cases {
            let (a, b, c) = operands(&generator)
            let mxcsr = generator.mxcsr()
            let host = stub.run(mxcsr: mxcsr, a, b, c)
            var context = FloatContext(mxcsr: mxcsr)
            let result = ours(a, b, c, &context)
            if result & mask != host.xmm & mask || context.mxcsr != host.mxcsr {
                differs(
                    "\(hex(a)) \(hex(b)) \(hex(c)) mxcsr \(hex(mxcsr)): host \(hex(host.xmm & mask)) \(hex(host.mxcsr)), "
                        + "ours \(hex(result & mask)) \(hex(context.mxcsr))")
            }
        }
        if differences > 5 { Issue.record("\(name): \(differences) of \(cases) differ") }
    }

    /// Results in the low bits of RAX, which held `rax` before.
    mutating func compareRAX(
        operands: (inout Generator) -> (UInt64, UInt64), mask: UInt64,
        _ ours: (UInt64, UInt64, inout FloatContext) -> UInt64
    ) {
        for _ in 0..<cases {
            let (a, b) = operands(&generator)
            let mxcsr = generator.mxcsr()
            let host = stub.run(mxcsr: mxcsr, a, b)
            var context = FloatContext(mxcsr: mxcsr)
            let result = ours(a, b, &context)
            if result & mask != host.rax & mask || context.mxcsr != host.mxcsr {
                differs(
                    "\(hex(a)) \(hex(b)) mxcsr \(hex(mxcsr)): host \(hex(host.rax & mask)) \(hex(host.mxcsr)), "
                        + "ours \(hex(result & mask)) \(hex(context.mxcsr))")
            }
        }
        if differences > 5 { Issue.record("\(name): \(differences) of \(cases) differ") }
    }
}

private typealias Op32 = @Sendable (UInt32, UInt32, inout FloatContext) -> UInt32
private typealias Op64 = @Sendable (UInt64, UInt64, inout FloatContext) -> UInt64

private func pair32(_ g: inout Generator) -> (UInt64, UInt64, UInt64) {
    let a = g.number32()
    return (a, g.partner(of: a, exponentBits: 8, fractionBits: 23), 0)
}
private func pair64(_ g: inout Generator) -> (UInt64, UInt64, UInt64) {
    let a = g.number64()
    return (a, g.partner(of: a, exponentBits: 11, fractionBits: 52), 0)
}

@Suite("SSE arithmetic, against this computer's CPU", .enabled(if: isX86, "wants an x86-64 host"))
struct BinaryHostTests {
    private static let operations: [(name: String, opcode: UInt8, single: Op32, double: Op64)] = [
        ("add", 0x58, { Binary32.add($0, $1, &$2) }, { Binary64.add($0, $1, &$2) }),
        ("mul", 0x59, { Binary32.multiply($0, $1, &$2) }, { Binary64.multiply($0, $1, &$2) }),
        ("sub", 0x5C, { Binary32.subtract($0, $1, &$2) }, { Binary64.subtract($0, $1, &$2) }),
        ("min", 0x5D, { Binary32.minimum($0, $1, &$2) }, { Binary64.minimum($0, $1, &$2) }),
        ("div", 0x5E, { Binary32.divide($0, $1, &$2) }, { Binary64.divide($0, $1, &$2) }),
        ("max", 0x5F, { Binary32.maximum($0, $1, &$2) }, { Binary64.maximum($0, $1, &$2) }),
    ]

    @Test(arguments: operations.indices) func twoOperands(_ index: Int) {
        let (name, opcode, single, double) = Self.operations[index]
        var bench = Bench(name + "ss", [0xF3, 0x0F, opcode, 0xC1])
        bench.compare(operands: pair32, mask: 0xFFFF_FFFF) {
            UInt64(single(UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1), &$3))
        }
        bench = Bench(name + "sd", [0xF2, 0x0F, opcode, 0xC1])
        bench.compare(operands: pair64, mask: .max) { double($0, $1, &$3) }
    }

    @Test func squareRoots() {
        var bench = Bench("sqrtss", [0xF3, 0x0F, 0x51, 0xC1])
        bench.compare(operands: pair32, mask: 0xFFFF_FFFF) { _, b, _, context in
            UInt64(Binary32.squareRoot(UInt32(truncatingIfNeeded: b), &context))
        }
        bench = Bench("sqrtsd", [0xF2, 0x0F, 0x51, 0xC1])
        bench.compare(operands: pair64, mask: .max) { _, b, _, context in Binary64.squareRoot(b, &context) }
    }

    /// VFMADDxxx, VFMSUBxxx, VFNMADDxxx, VFNMSUBxxx xmm0, xmm1, xmm2; the upper digit of the opcode says which
    /// operand is what.
    @Test(
        .enabled(if: hostHasFMA, "this CPU has no FMA"),
        arguments: [0x90, 0xA0, 0xB0] as [UInt8],
        [(0x9 as UInt8, false, false), (0xB, false, true), (0xD, true, false), (0xF, true, true)])
    func fusedMultiplyAdd(_ order: UInt8, _ form: (opcode: UInt8, negateProduct: Bool, negateAddend: Bool)) {
        let places = [0x90: (0, 2, 1), 0xA0: (1, 0, 2), 0xB0: (1, 2, 0)][order] ?? (0, 0, 0)
        func placed(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> (UInt64, UInt64, UInt64) {
            var registers: [UInt64] = [0, 0, 0]
            (registers[places.0], registers[places.1], registers[places.2]) = (a, b, c)
            return (registers[0], registers[1], registers[2])
        }
        var bench = Bench("fma ss \(hex(order | form.opcode))", [0xC4, 0xE2, 0x71, order | form.opcode, 0xC2])
        bench.compare(
            operands: { g in
                let a = g.number32(), b = g.partner(of: a, exponentBits: 8, fractionBits: 23)
                let product = Float(bitPattern: UInt32(a)) * Float(bitPattern: UInt32(b))
                return placed(a, b, g.partner(of: UInt64(product.bitPattern), exponentBits: 8, fractionBits: 23))
            }, mask: 0xFFFF_FFFF
        ) {
            let registers = [UInt32($0), UInt32($1), UInt32($2)]
            return UInt64(
                Binary32.multiplyAdd(
                    registers[places.0], registers[places.1], registers[places.2],
                    negateProduct: form.negateProduct, negateAddend: form.negateAddend, &$3))
        }
        bench = Bench("fma sd \(hex(order | form.opcode))", [0xC4, 0xE2, 0xF1, order | form.opcode, 0xC2])
        bench.compare(
            operands: { g in
                let a = g.number64(), b = g.partner(of: a, exponentBits: 11, fractionBits: 52)
                let product = Double(bitPattern: a) * Double(bitPattern: b)
                return placed(a, b, g.partner(of: product.bitPattern, exponentBits: 11, fractionBits: 52))
            }, mask: .max
        ) {
            let registers = [$0, $1, $2]
            return Binary64.multiplyAdd(
                registers[places.0], registers[places.1], registers[places.2],
                negateProduct: form.negateProduct, negateAddend: form.negateAddend, &$3)
        }
    }

    /// UCOMISx, COMISx: ZF, PF, CF.
    @Test(arguments: [false, true]) func comparisonsToFlags(signalling: Bool) {
        let opcode: UInt8 = signalling ? 0x2F : 0x2E
        let flags: (FloatOrdering) -> UInt64 = { [.less: 1, .equal: 0x40, .greater: 0, .unordered: 0x45][$0] ?? 0 }
        var bench = Bench("comiss \(signalling)", [0x0F, opcode, 0xC1, 0x9C, 0x58])
        bench.compareRAX(
            operands: {
                let (a, b, _) = pair32(&$0); return (a, b)
            }, mask: 0x45
        ) {
            flags(
                Binary32.compare(
                    UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1), signalling: signalling, &$2))
        }
        bench = Bench("comisd \(signalling)", [0x66, 0x0F, opcode, 0xC1, 0x9C, 0x58])
        bench.compareRAX(
            operands: {
                let (a, b, _) = pair64(&$0); return (a, b)
            }, mask: 0x45
        ) {
            flags(Binary64.compare($0, $1, signalling: signalling, &$2))
        }
    }

    @Test(.enabled(if: hostHasAVX, "this CPU has no AVX"), arguments: 0..<32 as Range<UInt8>)
    func comparePredicates(_ immediate: UInt8) {
        let predicate = ComparePredicate(immediate: immediate)
        var bench = Bench("vcmpss \(immediate)", [0xC5, 0xFA, 0xC2, 0xC1, immediate])
        bench.compare(operands: pair32, mask: 0xFFFF_FFFF) {
            UInt64(
                Binary32.compareMask(
                    UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $1), predicate, &$3))
        }
        bench = Bench("vcmpsd \(immediate)", [0xC5, 0xFB, 0xC2, 0xC1, immediate])
        bench.compare(operands: pair64, mask: .max) { Binary64.compareMask($0, $1, predicate, &$3) }
    }

    @Test(.enabled(if: hostHasSSE41, "this CPU has no SSE4.1"), arguments: 0..<16 as Range<UInt8>)
    func roundsToIntegral(_ immediate: UInt8) {
        var bench = Bench("roundss \(immediate)", [0x66, 0x0F, 0x3A, 0x0A, 0xC1, immediate])
        bench.compare(operands: pair32, mask: 0xFFFF_FFFF) {
            UInt64(Binary32.round(UInt32(truncatingIfNeeded: $1), immediate: immediate, &$3))
        }
        bench = Bench("roundsd \(immediate)", [0x66, 0x0F, 0x3A, 0x0B, 0xC1, immediate])
        bench.compare(operands: pair64, mask: .max) { Binary64.round($1, immediate: immediate, &$3) }
    }
}

/// Exceptions that are not masked: a signal handler goes on behind the instruction.
@Suite(
    "SSE faults, against this computer's CPU", .enabled(if: isX86 && skipsFaults, "wants an x86-64 host with Linux"))
struct UnmaskedHostTests {
    private typealias Double2 = @Sendable (UInt64, UInt64, inout FloatContext) -> UInt64

    private static let operations: [(name: String, code: [UInt8], ours: Double2)] = [
        ("addsd", [0xF2, 0x0F, 0x58, 0xC1], { Binary64.add($0, $1, &$2) }),
        ("mulsd", [0xF2, 0x0F, 0x59, 0xC1], { Binary64.multiply($0, $1, &$2) }),
        ("subsd", [0xF2, 0x0F, 0x5C, 0xC1], { Binary64.subtract($0, $1, &$2) }),
        ("divsd", [0xF2, 0x0F, 0x5E, 0xC1], { Binary64.divide($0, $1, &$2) }),
        ("maxsd", [0xF2, 0x0F, 0x5F, 0xC1], { Binary64.maximum($0, $1, &$2) }),
        ("sqrtsd", [0xF2, 0x0F, 0x51, 0xC1], { Binary64.squareRoot($1, &$2) }),
        (
            "cvtsd2ss", [0xF2, 0x0F, 0x5A, 0xC1],
            { $0 & ~0xFFFF_FFFF | UInt64(Binary64.convert($1, to: Binary32.self, &$2)) }
        ),
        (
            "cvtss2sd", [0xF3, 0x0F, 0x5A, 0xC1],
            { Binary32.convert(UInt32(truncatingIfNeeded: $1), to: Binary64.self, &$2) }
        ),
        ("roundsd", [0x66, 0x0F, 0x3A, 0x0B, 0xC1, 4], { Binary64.round($1, immediate: 4, &$2) }),
        (
            "cmpltsd", [0xF2, 0x0F, 0xC2, 0xC1, 1],
            { Binary64.compareMask($0, $1, ComparePredicate(immediate: 1), &$2) }
        ),
    ]

    /// Flags begin empty and set; those set before raise nothing.
    @Test(arguments: operations.indices) func scalars(_ index: Int) {
        let (name, code, ours) = Self.operations[index]
        var bench = Bench(name, code)
        for _ in 0..<cases / 4 {
            let pair = pair64(&bench.generator), a = pair.0
            var b = pair.1
            if name == "cvtsd2ss" && bench.generator.below(2) == 0 {
                b =
                    bench.generator.below(2) << 63 | (1023 - 155 + bench.generator.below(290)) << 52
                    | bench.generator.bits(52)
            }
            if name == "cvtss2sd" { b = bench.generator.number32() }
            let mxcsr = bench.generator.mxcsr() & ~(UInt32(bench.generator.bits(6)) << 7)
            let host = bench.stub.run(mxcsr: mxcsr, a, b)
            var context = FloatContext(mxcsr: mxcsr)
            context.flags = []
            var result = ours(a, b, &context)
            if context.settle() { result = a }
            context.raise(FloatContext(mxcsr: mxcsr).flags)
            if result != host.xmm || context.mxcsr != host.mxcsr {
                bench.differs(
                    "\(hex(a)) \(hex(b)) mxcsr \(hex(mxcsr)): host \(hex(host.xmm)) \(hex(host.mxcsr)), "
                        + "ours \(hex(result)) \(hex(context.mxcsr))")
            }
        }
        if bench.differences > 5 { Issue.record("\(name): \(bench.differences) of \(cases / 4) differ") }
    }

    /// Two elements: an unmasked IE, DE or ZE of one keeps OE, UE and PE of the other from being set.
    @Test(arguments: 0..<4) func packed(_ index: Int) {
        let (name, code, ours) = Self.operations[index]
        var bench = Bench("packed " + name, [0x66] + code.dropFirst())
        for _ in 0..<cases / 4 {
            let (a, b, _) = pair64(&bench.generator), (c, d, _) = pair64(&bench.generator)
            let mxcsr = bench.generator.mxcsr() & ~(UInt32(bench.generator.bits(6)) << 7)
            bench.stub.code.set(c, at: 24)
            bench.stub.code.set(d, at: 40)
            let host = bench.stub.run(mxcsr: mxcsr, a, b)
            let high: UInt64 = bench.stub.code.get(at: 72)
            var context = FloatContext(mxcsr: mxcsr)
            context.flags = []
            var (low, upper) = (ours(a, b, &context), ours(c, d, &context))
            if context.settle() { (low, upper) = (a, c) }
            context.raise(FloatContext(mxcsr: mxcsr).flags)
            if low != host.xmm || upper != high || context.mxcsr != host.mxcsr {
                bench.differs(
                    "\(hex(a)) \(hex(b)), \(hex(c)) \(hex(d)) mxcsr \(hex(mxcsr)): host \(hex(host.mxcsr)), "
                        + "ours \(hex(context.mxcsr))")
            }
        }
        if bench.differences > 5 { Issue.record("\(bench.name): \(bench.differences) of \(cases / 4) differ") }
    }
}

@Suite("SSE conversions, against this computer's CPU", .enabled(if: isX86, "wants an x86-64 host"))
struct ConversionHostTests {
    @Test func integersToFloats() {
        let integer: (inout Generator) -> (UInt64, UInt64, UInt64) = { g in
            let value = g.bits(64) >> g.below(64)
            return (0, g.below(2) == 0 ? value : 0 &- value, 0)
        }
        // movq rax, xmm1 first; pxor xmm0, xmm0 keeps the rest clear.
        let load: [UInt8] = [0x66, 0x48, 0x0F, 0x7E, 0xC8]
        var bench = Bench("cvtsi2ss 32", load + [0xF3, 0x0F, 0x2A, 0xC0])
        bench.compare(operands: integer, mask: 0xFFFF_FFFF) {
            UInt64(Binary32.from(Int64(Int32(truncatingIfNeeded: $1)), &$3))
        }
        bench = Bench("cvtsi2ss 64", load + [0xF3, 0x48, 0x0F, 0x2A, 0xC0])
        bench.compare(operands: integer, mask: 0xFFFF_FFFF) {
            UInt64(Binary32.from(Int64(bitPattern: $1), &$3))
        }
        bench = Bench("cvtsi2sd 32", load + [0xF2, 0x0F, 0x2A, 0xC0])
        bench.compare(operands: integer, mask: .max) { Binary64.from(Int64(Int32(truncatingIfNeeded: $1)), &$3) }
        bench = Bench("cvtsi2sd 64", load + [0xF2, 0x48, 0x0F, 0x2A, 0xC0])
        bench.compare(operands: integer, mask: .max) { Binary64.from(Int64(bitPattern: $1), &$3) }
    }

    @Test(arguments: [false, true]) func floatsToIntegers(truncating: Bool) {
        let opcode: UInt8 = truncating ? 0x2C : 0x2D
        func mode(_ context: FloatContext) -> RoundingMode { truncating ? .zero : context.rounding }
        func near32(_ g: inout Generator) -> (UInt64, UInt64) {
            guard g.below(2) == 0 else { return (g.number32(), 0) }
            return (g.below(2) << 31 | (120 + g.below(72)) << 23 | g.bits(23), 0)
        }
        func near64(_ g: inout Generator) -> (UInt64, UInt64) {
            guard g.below(2) == 0 else { return (g.number64(), 0) }
            return (g.below(2) << 63 | (1015 + g.below(72)) << 52 | g.bits(52), 0)
        }
        var bench = Bench("cvtss2si 32", [0xF3, 0x0F, opcode, 0xC0])
        bench.compareRAX(operands: near32, mask: .max) { a, _, context in
            let value: Int32 = Binary32.toInteger(
                UInt32(truncatingIfNeeded: a), rounding: mode(context), &context)
            return UInt64(UInt32(bitPattern: value))
        }
        bench = Bench("cvtss2si 64", [0xF3, 0x48, 0x0F, opcode, 0xC0])
        bench.compareRAX(operands: near32, mask: .max) { a, _, context in
            let value: Int64 = Binary32.toInteger(
                UInt32(truncatingIfNeeded: a), rounding: mode(context), &context)
            return UInt64(bitPattern: value)
        }
        bench = Bench("cvtsd2si 32", [0xF2, 0x0F, opcode, 0xC0])
        bench.compareRAX(operands: near64, mask: .max) { a, _, context in
            let value: Int32 = Binary64.toInteger(a, rounding: mode(context), &context)
            return UInt64(UInt32(bitPattern: value))
        }
        bench = Bench("cvtsd2si 64", [0xF2, 0x48, 0x0F, opcode, 0xC0])
        bench.compareRAX(operands: near64, mask: .max) { a, _, context in
            let value: Int64 = Binary64.toInteger(a, rounding: mode(context), &context)
            return UInt64(bitPattern: value)
        }
    }

    @Test func betweenSingleAndDouble() {
        var bench = Bench("cvtss2sd", [0xF3, 0x0F, 0x5A, 0xC1])
        bench.compare(operands: pair32, mask: .max) {
            Binary32.convert(UInt32(truncatingIfNeeded: $1), to: Binary64.self, &$3)
        }
        bench = Bench("cvtsd2ss", [0xF2, 0x0F, 0x5A, 0xC1])
        bench.compare(
            operands: { g in
                guard g.below(2) == 0 else { return (0, g.number64(), 0) }
                // Around the range of singles and its ends.
                return (0, g.below(2) << 63 | (1023 - 155 + g.below(290)) << 52 | g.bits(52), 0)
            }, mask: 0xFFFF_FFFF
        ) { UInt64(Binary64.convert($1, to: Binary32.self, &$3)) }
    }

    @Test(.enabled(if: hostHasF16C, "this CPU has no F16C")) func everyHalfToSingle() {
        let stub = SSEStub([0xC4, 0xE2, 0x79, 0x13, 0xC0])
        for mxcsr in [0x1F80, 0x9FC0] as [UInt32] {
            for half in UInt16.min...UInt16.max {
                let host = stub.run(mxcsr: mxcsr, UInt64(half))
                var context = FloatContext(mxcsr: mxcsr)
                let result = Binary16.toBinary32(half, &context)
                guard UInt64(result) == host.xmm & 0xFFFF_FFFF, context.mxcsr == host.mxcsr else {
                    Issue.record("\(hex(half)): host \(hex(host.xmm)) \(hex(host.mxcsr)), ours \(hex(result))")
                    return
                }
            }
        }
    }

    @Test(.enabled(if: hostHasF16C, "this CPU has no F16C"), arguments: 0..<8 as Range<UInt8>)
    func singleToHalf(_ immediate: UInt8) {
        var bench = Bench("vcvtps2ph \(immediate)", [0xC4, 0xE3, 0x79, 0x1D, 0xC8, immediate])
        bench.compare(
            operands: { g in
                guard g.below(2) == 0 else { return (0, g.number32(), 0) }
                return (0, g.below(2) << 31 | (127 - 28 + g.below(48)) << 23 | g.bits(23), 0)
            }, mask: 0xFFFF
        ) { _, b, _, context in
            UInt64(Binary16.fromBinary32(UInt32(truncatingIfNeeded: b), immediate: immediate, &context))
        }
    }
}

@Suite("Approximations, against this computer's CPU", .enabled(if: isX86 && hostIsIntel, "wants an Intel host"))
struct ApproximationHostTests {
    /// LUCID86_FLOAT_CASES of 8388608 or more: every fraction.
    @Test(arguments: [0x53 as UInt8, 0x52]) func reciprocals(_ opcode: UInt8) {
        let stub = SSEStub([0xF3, 0x0F, opcode, 0xC1])
        var generator = Generator(state: seed)
        var differences = 0
        for number in 0..<max(cases, 8192) {
            // All intervals first; then anything.
            let operand = number < 8192 ? UInt32(0x3F80_0000 + number << 11) : UInt32(generator.number32())
            let host = UInt32(truncatingIfNeeded: stub.run(mxcsr: 0x1F80, 0, UInt64(operand)).xmm)
            let ours =
                opcode == 0x53
                ? Binary32.reciprocalApproximation(operand) : Binary32.reciprocalSquareRootApproximation(operand)
            if ours != host {
                differences += 1
                if differences < 5 {
                    Issue.record("\(hex(opcode)) \(hex(operand)): host \(hex(host)), ours \(hex(ours))")
                }
            }
        }
    }
}
