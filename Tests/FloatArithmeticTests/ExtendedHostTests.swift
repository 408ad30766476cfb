import FloatArithmetic
import Testing

private struct Bench {
    var name: String
    var stub: X87Stub
    var generator = Generator(state: seed)
    var differences = 0

    init(_ name: String, _ instruction: [UInt8], operands: Int = 2) {
        self.name = name
        stub = X87Stub(instruction, operands: operands)
    }

    mutating func differs(_ text: @autoclosure () -> String) {
        differences += 1
        if differences <= 5 { Issue.record("\(name): \(text())") }
    }

    /// Results in ST(0), all of it, with flags and C1; with `unmasking` half of the cases have random masks.
    mutating func compare(
        operands: (inout Generator) -> (Extended, Extended) = {
            let a = $0.extended(); return (a, $0.partner(of: a))
        },
        c1: Bool = true, isScale: Bool = false, _ ours: (Extended, Extended, inout FloatContext) -> Extended
    ) {
        for number in 0..<cases {
            let (a, b) = operands(&generator)
            let control = generator.controlWord(unmasking: number & 1 != 0)
            let host = stub.run(control, a, b)
            var context = FloatContext(controlWord: control)
            var result = ours(a, b, &context)
            _ = context.settle()
            if !context.unmasked.isDisjoint(with: .beforeResult) {
                result = a
                context.roundedUp = false
            }
            if isScale, raisesExactUnderflow(host.status, context.flags) { continue }
            if result != host.st0 || context.flags != host.flags || (c1 && context.roundedUp != host.c1) {
                differs(
                    "\(a) \(b) cw \(hex(control)): host \(host.st0) \(hex(host.status)), "
                        + "ours \(result) \(hex(context.flags.rawValue)) c1 \(context.roundedUp)")
            }
        }
        if differences > 5 { Issue.record("\(name): \(differences) of \(cases) differ") }
    }
}

/// CPUs of AMD raise an unmasked #U for a tiny result of FPREM, FPREM1 and FSCALE that is exact; those of Intel do not.
private func raisesExactUnderflow(_ status: UInt16, _ ours: FloatExceptions) -> Bool {
    !hostIsIntel && status & 0x90 == 0x90 && !ours.contains(.underflow)
}

@Suite("x87 arithmetic, against this computer's CPU", .enabled(if: isX86, "wants an x86-64 host"))
struct ExtendedHostTests {
    @Test func add() {
        var bench = Bench("fadd", [0xD8, 0xC1])
        bench.compare { Extended.add($0, $1, &$2) }
    }
    @Test func subtract() {
        var bench = Bench("fsub", [0xD8, 0xE1])
        bench.compare { Extended.subtract($0, $1, &$2) }
    }
    @Test func multiply() {
        var bench = Bench("fmul", [0xD8, 0xC9])
        bench.compare { Extended.multiply($0, $1, &$2) }
    }
    @Test func divide() {
        var bench = Bench("fdiv", [0xD8, 0xF1])
        bench.compare { Extended.divide($0, $1, &$2) }
    }
    @Test func squareRoot() {
        var bench = Bench("fsqrt", [0xD9, 0xFA])
        bench.compare { a, _, context in Extended.squareRoot(a, &context) }
    }
    @Test func scale() {
        var bench = Bench("fscale", [0xD9, 0xFD])
        bench.compare(
            operands: { g in
                let a = g.extended()
                guard g.below(2) == 0 else { return (a, g.partner(of: a)) }
                let exponent = UInt16(0x3FFF - 2 + g.below(19))
                return (
                    a, Extended(significand: g.bits(63) | 1 << 63, signAndExponent: exponent | UInt16(g.below(2)) << 15)
                )
            }, isScale: true
        ) { Extended.scale($0, by: $1, &$2) }
    }
    @Test func roundToIntegral() {
        var bench = Bench("frndint", [0xD9, 0xFC])
        bench.compare { a, _, context in Extended.roundToIntegral(a, &context) }
    }

    @Test(arguments: [false, true]) func remainder(toNearest: Bool) {
        var bench = Bench(toNearest ? "fprem1" : "fprem", [0xD9, toNearest ? 0xF5 : 0xF8])
        for number in 0..<cases {
            let a = bench.generator.extended(), b = bench.generator.partner(of: a)
            let control = bench.generator.controlWord(unmasking: number & 1 != 0)
            let host = bench.stub.run(control, a, b)
            var context = FloatContext(controlWord: control)
            let result = Extended.remainder(a, b, toNearest: toNearest, &context)
            _ = context.settle()
            let unwritten = !context.unmasked.isDisjoint(with: .beforeResult)
            let value = unwritten ? a : result.value
            // C0 is Q2, C3 Q1, C1 Q0.
            let q = result.quotient
            let codes = (q >> 1 & 1) << 2 | (result.isPartial ? 2 : 0) | q >> 2
            let same = unwritten || (codes == host.codes && (q & 1 != 0) == host.c1)
            if raisesExactUnderflow(host.status, context.flags) { continue }
            if value != host.st0 || context.flags != host.flags || !same {
                bench.differs(
                    "\(a) \(b) cw \(hex(control)): host \(host.st0) \(hex(host.status)), "
                        + "ours \(value) \(hex(context.flags.rawValue)) \(result)")
            }
        }
        if bench.differences > 5 { Issue.record("\(bench.name): \(bench.differences) of \(cases) differ") }
    }

    @Test func extract() {
        var bench = Bench("fxtract", [0xD9, 0xF4], operands: 1)
        for number in 0..<cases {
            let a = bench.generator.extended()
            let control = bench.generator.controlWord(unmasking: number & 1 != 0)
            let host = bench.stub.run(control, a)
            var context = FloatContext(controlWord: control)
            let result = Extended.extract(a, &context)
            let unwritten = context.settle()
            let same = unwritten ? host.st0 == a : host.st0 == result.significand && host.st1 == result.exponent
            if !same || context.flags != host.flags || host.c1 {
                bench.differs(
                    "\(a) cw \(hex(control)): host \(host.st0) \(host.st1) \(hex(host.status)), ours \(result)")
            }
        }
    }

    @Test(arguments: [false, true]) func compare(signalling: Bool) {
        var bench = Bench(signalling ? "fcom" : "fucom", signalling ? [0xD8, 0xD1] : [0xDD, 0xE1])
        for number in 0..<cases {
            let a = bench.generator.extended(), b = bench.generator.partner(of: a)
            let control = bench.generator.controlWord(unmasking: number & 1 != 0)
            let host = bench.stub.run(control, a, b)
            var context = FloatContext(controlWord: control)
            let order = Extended.compare(a, b, signalling: signalling, &context)
            // C3 is ZF, C2 PF, C0 CF.
            let codes: UInt8 = [.less: 1, .equal: 4, .greater: 0, .unordered: 7][order] ?? 0
            let unwritten = context.settle()
            if context.flags != host.flags || (!unwritten && codes != host.codes) || host.c1 {
                bench.differs("\(a) \(b) cw \(hex(control)): host \(hex(host.status)), ours \(order)")
            }
        }
    }

    @Test func classes() {
        var bench = Bench("fxam", [0xD9, 0xE5])
        for _ in 0..<cases {
            let a = bench.generator.extended()
            let host = bench.stub.run(0x37F, a)
            if a.classified.rawValue != host.codes || a.isNegative != host.c1 {
                bench.differs("\(a): host \(hex(host.status)), ours \(a.classified)")
            }
        }
    }

    @Test func constants() {
        for constant in ExtendedConstant.allCases {
            let stub = X87Stub([0xD9, 0xE8 + constant.rawValue], operands: 0)
            for rounding in RoundingMode.allCases {
                let host = stub.run(0x7F | UInt16(rounding.rawValue) << 10)
                #expect(host.st0 == constant.value(rounding), "\(constant) \(rounding)")
            }
        }
    }
}

@Suite("x87 conversions, against this computer's CPU", .enabled(if: isX86, "wants an x86-64 host"))
struct ExtendedConversionHostTests {
    /// FLD m32, FLD m64, FILD, FBLD: `instruction` has its memory operand at [rdi+64].
    private static func loads(
        _ name: String, _ instruction: [UInt8], _ operand: (inout Generator) -> Extended,
        _ ours: (Extended, inout FloatContext) -> Extended
    ) {
        var bench = Bench(name, instruction, operands: 1)
        for number in 0..<cases {
            let memory = operand(&bench.generator)
            let control = bench.generator.controlWord(unmasking: number & 1 != 0)
            let host = bench.stub.run(control, .one, memory: memory)
            var context = FloatContext(controlWord: control)
            let result = ours(memory, &context)
            let unwritten = context.settle()
            if (!unwritten && result != host.st0) || context.flags != host.flags || host.c1 {
                bench.differs("\(memory) cw \(hex(control)): host \(host.st0) \(hex(host.status)), ours \(result)")
            }
        }
    }

    @Test func loadsFromMemory() {
        Self.loads("fld m32", [0xD9, 0x47, 64], { Extended(significand: $0.number32(), signAndExponent: 0) }) {
            Extended.load(UInt32($0.significand), Binary32.self, &$1)
        }
        Self.loads("fld m64", [0xDD, 0x47, 64], { Extended(significand: $0.number64(), signAndExponent: 0) }) {
            Extended.load($0.significand, Binary64.self, &$1)
        }
        let integer: (inout Generator) -> Extended = {
            Extended(significand: ($0.below(2) == 0 ? 0 : UInt64.max) ^ $0.bits(64) >> $0.below(64), signAndExponent: 0)
        }
        Self.loads("fild m16", [0xDF, 0x47, 64], integer) { memory, _ in
            Extended(Int64(Int16(truncatingIfNeeded: memory.significand)))
        }
        Self.loads("fild m32", [0xDB, 0x47, 64], integer) { memory, _ in
            Extended(Int64(Int32(truncatingIfNeeded: memory.significand)))
        }
        Self.loads("fild m64", [0xDF, 0x6F, 64], integer) { memory, _ in
            Extended(Int64(bitPattern: memory.significand))
        }
        // Any digits; a quarter of them decimal.
        let digits: (inout Generator) -> Extended = { g in
            var value: UInt64 = 0
            for _ in 0..<16 { value = value << 4 | g.below(10) }
            if g.below(4) != 0 { value = g.bits(64) }
            return Extended(significand: value, signAndExponent: UInt16(g.bits(16)))
        }
        Self.loads("fbld", [0xDF, 0x67, 64], digits) { memory, _ in
            Extended(packedBCD: memory.significand, signAndTopDigits: memory.signAndExponent)
        }
    }

    /// FADD m32, FADD m64, FCOM m32: an SNaN and a denormal from memory.
    @Test func operandsFromMemory() {
        var bench = Bench("fadd m32", [0xD8, 0x47, 64], operands: 1)
        for number in 0..<cases {
            let double = number & 2 != 0
            if number & 3 == 2 { bench.stub = X87Stub([0xDC, 0x47, 64], operands: 1) }
            if number & 3 == 0 { bench.stub = X87Stub([0xD8, 0x47, 64], operands: 1) }
            let bits = double ? bench.generator.number64() : bench.generator.number32()
            let wide =
                double
                ? Extended(widening: bits, Binary64.self) : Extended(widening: UInt32(bits), Binary32.self)
            let denormal = double ? Binary64.isDenormal(bits) : Binary32.isDenormal(UInt32(bits))
            let a = bench.generator.below(2) == 0 ? bench.generator.extended() : bench.generator.partner(of: wide)
            let control = bench.generator.controlWord()
            let host = bench.stub.run(
                control, a, memory: Extended(significand: bits, signAndExponent: 0))
            var context = FloatContext(controlWord: control)
            let result = Extended.add(a, wide, denormal: denormal, &context)
            if result != host.st0 || context.flags != host.flags || context.roundedUp != host.c1 {
                bench.differs(
                    "\(a) \(hex(bits)) cw \(hex(control)): host \(host.st0) \(hex(host.status)), "
                        + "ours \(result) \(hex(context.flags.rawValue))")
            }
        }
    }

    /// FST, FIST, FISTTP, FBSTP to [rdi+64].
    private static func stores(
        _ name: String, _ instruction: [UInt8], width: Int, center: UInt64,
        _ ours: (Extended, inout FloatContext) -> Extended
    ) {
        var bench = Bench(name, instruction, operands: 1)
        let before = Extended(significand: 0x5555_5555_5555_5555, signAndExponent: 0x5555)
        let mask: UInt64 = width >= 8 ? .max : 1 << UInt64(width * 8) - 1
        for number in 0..<cases {
            var a = bench.generator.extended()
            if bench.generator.below(2) == 0 {
                a = Extended(
                    significand: bench.generator.bits(63) | 1 << 63,
                    signAndExponent: UInt16(center + bench.generator.below(80) - 40))
            }
            let control = bench.generator.controlWord(unmasking: number & 1 != 0)
            let host = bench.stub.run(control, a, memory: before)
            var context = FloatContext(controlWord: control)
            var result = ours(a, &context)
            _ = context.settle()
            // PE does not keep a store from being made.
            if !context.unmasked.subtracting(.precision).isEmpty { result = before }
            let same =
                (result.significand ^ host.memory.significand) & mask == 0
                && (width < 10 || result.signAndExponent == host.memory.signAndExponent)
            if !same || context.flags != host.flags || context.roundedUp != host.c1 {
                bench.differs(
                    "\(a) cw \(hex(control)): host \(host.memory) \(hex(host.status)), "
                        + "ours \(result) \(hex(context.flags.rawValue)) c1 \(context.roundedUp)")
            }
        }
        if bench.differences > 5 { Issue.record("\(name): \(bench.differences) of \(cases) differ") }
    }

    @Test func storesToFloats() {
        Self.stores("fst m32", [0xD9, 0x57, 64], width: 4, center: 0x3FFF - 149) {
            Extended(significand: UInt64(Extended.store($0, Binary32.self, &$1)), signAndExponent: 0)
        }
        Self.stores("fst m32", [0xD9, 0x57, 64], width: 4, center: 0x3FFF + 127) {
            Extended(significand: UInt64(Extended.store($0, Binary32.self, &$1)), signAndExponent: 0)
        }
        Self.stores("fst m64", [0xDD, 0x57, 64], width: 8, center: 0x3FFF - 1060) {
            Extended(significand: Extended.store($0, Binary64.self, &$1), signAndExponent: 0)
        }
        Self.stores("fst m64", [0xDD, 0x57, 64], width: 8, center: 0x3FFF + 1023) {
            Extended(significand: Extended.store($0, Binary64.self, &$1), signAndExponent: 0)
        }
    }

    @Test func storesToIntegers() {
        for truncating in [false, true] {
            func mode(_ context: FloatContext) -> RoundingMode { truncating ? .zero : context.rounding }
            let name = truncating ? "fisttp" : "fist"
            Self.stores(name + " m16", [0xDF, truncating ? 0x4F : 0x57, 64], width: 2, center: 0x3FFF + 15) {
                let value = Extended.toInteger($0, as: Int16.self, rounding: mode($1), &$1)
                return Extended(significand: UInt64(UInt16(bitPattern: value)), signAndExponent: 0)
            }
            Self.stores(name + " m32", [0xDB, truncating ? 0x4F : 0x57, 64], width: 4, center: 0x3FFF + 31) {
                let value = Extended.toInteger($0, as: Int32.self, rounding: mode($1), &$1)
                return Extended(significand: UInt64(UInt32(bitPattern: value)), signAndExponent: 0)
            }
            // FISTTP m64 is DD /1; FISTP m64 DF /7.
            let code: [UInt8] = truncating ? [0xDD, 0x4F, 64] : [0xDF, 0x7F, 64]
            Self.stores(name + " m64", code, width: 8, center: 0x3FFF + 40) {
                let value = Extended.toInteger($0, as: Int64.self, rounding: mode($1), &$1)
                return Extended(significand: UInt64(bitPattern: value), signAndExponent: 0)
            }
        }
    }

    @Test func storesToPackedBCD() {
        Self.stores("fbstp", [0xDF, 0x77, 64], width: 10, center: 0x3FFF + 40) {
            let (digits, top) = Extended.toPackedBCD($0, &$1)
            return Extended(significand: digits, signAndExponent: top)
        }
    }
}
