import FloatArithmetic
import Foundation
import Testing

/// Results beside those of this computer's CPU, in units of the last place.
private struct Distance {
    var name: String
    var total = 0
    var equal = 0
    var largest: UInt64 = 0
    /// Cases with the same C1, of those with the same result.
    var sameC1 = 0
    var differences = 0

    init(_ name: String) { self.name = name }

    mutating func differs(_ text: @autoclosure () -> String) {
        differences += 1
        if differences <= 6 { Issue.record("\(name): \(text())") }
    }

    mutating func add(
        _ ours: Extended, _ host: X87Stub.Result, _ value: Extended, _ flags: FloatExceptions, c1: Bool,
        _ text: @autoclosure () -> String
    ) {
        total += 1
        let distance = ours.steps(to: value)
        largest = max(largest, distance)
        if distance == 0 { equal += 1 }
        if distance == 0 && c1 == host.c1 { sameC1 += 1 }
        if distance > 1 || flags != host.flags {
            differs("\(text()): host \(value) \(hex(host.status)), ours \(ours) \(hex(flags.rawValue))")
        }
    }

    func report() {
        if differences > 6 { Issue.record("\(name): \(differences) of \(total) differ") }
        guard ProcessInfo.processInfo.environment["LUCID86_FLOAT_REPORT"] != nil else { return }
        print(
            "\(name): \(total) cases, \(equal) equal, \(sameC1) of them with the same C1, at most \(largest) ulp apart")
    }
}

extension Extended {
    /// How many representable numbers apart; far for different signs.
    fileprivate func steps(to other: Extended) -> UInt64 {
        if self == other { return 0 }
        if signAndExponent == other.signAndExponent {
            return significand > other.significand ? significand - other.significand : other.significand - significand
        }
        let low = signAndExponent < other.signAndExponent ? self : other, high = low == self ? other : self
        if high.signAndExponent == low.signAndExponent + 1, low.significand == .max, high.significand == 1 << 63 {
            return 1
        }
        return .max
    }
}

extension Generator {
    /// Of any kind, or with an exponent in a range around that of 1.
    fileprivate mutating func argument(_ exponents: ClosedRange<Int>) -> Extended {
        if below(4) == 0 { return extended() }
        let exponent = 0x3FFF + exponents.lowerBound + Int(below(UInt64(exponents.count)))
        return Extended(
            significand: (below(4) == 0 ? bits(63) : next()) | 1 << 63,
            signAndExponent: UInt16(exponent) | UInt16(below(2)) << 15)
    }
}

@Suite("x87 transcendentals, against this computer's CPU", .enabled(if: isX86 && hostIsIntel, "wants an Intel host"))
struct TranscendentalHostTests {
    private typealias OneOperand = (Extended, inout FloatContext) -> (value: Extended, isPartial: Bool)

    /// Whether an unmasked exception keeps ST(0) as it is; compares that.
    private static func unwritten(
        _ context: inout FloatContext, _ a: Extended, _ host: X87Stub.Result, _ distance: inout Distance
    ) -> Bool {
        _ = context.settle()
        guard !context.unmasked.isDisjoint(with: .beforeResult) else { return false }
        if host.st0 != a || host.flags != context.flags {
            distance.differs("\(a): host \(host.st0) \(hex(host.status)), ours keeps it")
        }
        return true
    }

    private static func compare(
        _ name: String, _ instruction: [UInt8], exponents: ClosedRange<Int>, pushes: Bool = false, _ ours: OneOperand
    ) {
        let stub = X87Stub(instruction, operands: 1)
        var generator = Generator(state: seed), distance = Distance(name)
        for number in 0..<cases {
            let a = generator.argument(exponents)
            let control = generator.controlWord(unmasking: number & 3 == 0)
            let host = stub.run(control, a)
            var context = FloatContext(controlWord: control)
            let (value, isPartial) = ours(a, &context)
            if unwritten(&context, a, host, &distance) { continue }
            let pushed = pushes && !isPartial
            distance.add(
                value, host, pushed ? host.st1 : host.st0, context.flags, c1: context.roundedUp,
                "\(a) cw \(hex(control))")
            if isPartial != host.c2 { distance.differs("\(a): C2 \(host.c2)") }
            if pushed {
                let second: Extended = value.isNaN ? value : .one
                if host.st0 != second { distance.differs("\(a): pushed \(host.st0)") }
            }
        }
        distance.report()
    }

    private static func compare(
        _ name: String, _ instruction: [UInt8], _ exponents: ClosedRange<Int>, _ others: ClosedRange<Int>,
        near: Extended? = nil, limit: (Extended) -> Bool = { _ in true },
        _ ours: (Extended, Extended, inout FloatContext) -> Extended
    ) {
        let stub = X87Stub(instruction)
        var generator = Generator(state: seed), distance = Distance(name)
        for number in 0..<cases {
            var a = generator.argument(exponents)
            if let near, generator.below(4) == 0 { a = generator.partner(of: near) }
            if !limit(a) { continue }
            let b = generator.argument(others)
            let control = generator.controlWord(unmasking: number & 3 == 0)
            let host = stub.run(control, a, b)
            var context = FloatContext(controlWord: control)
            let value = ours(a, b, &context)
            if unwritten(&context, a, host, &distance) { continue }
            distance.add(value, host, host.st0, context.flags, c1: context.roundedUp, "\(a) \(b) cw \(hex(control))")
        }
        distance.report()
    }

    @Test func sine() {
        Self.compare("fsin", [0xD9, 0xFE], exponents: -40...64) { Extended.sine($0, &$1) }
    }
    @Test func cosine() {
        Self.compare("fcos", [0xD9, 0xFF], exponents: -40...64) { Extended.cosine($0, &$1) }
    }
    @Test func tangent() {
        Self.compare("fptan", [0xD9, 0xF2], exponents: -40...64, pushes: true) { Extended.tangent($0, &$1) }
    }
    @Test func exponential() {
        Self.compare("f2xm1", [0xD9, 0xF0], exponents: -40 ... -1) {
            (Extended.exponentialMinusOne($0, &$1), false)
        }
    }
    @Test func logarithm() {
        Self.compare("fyl2x", [0xD9, 0xF1], -40...40, -20...20, near: .one) {
            Extended.logarithm($0, times: $1, &$2)
        }
    }
    @Test func logarithmOfOnePlus() {
        Self.compare("fyl2xp1", [0xD9, 0xF9], -40 ... -2, -20...20) {
            Extended.logarithmOfOnePlus($0, times: $1, &$2)
        }
    }
    @Test func arcTangent() {
        Self.compare("fpatan", [0xD9, 0xF3], -20...20, -20...20) {
            Extended.arcTangent(y: $1, x: $0, &$2)
        }
    }
    /// The sine goes to ST(1), the cosine to ST(0).
    @Test func sineAndCosine() {
        let stub = X87Stub([0xD9, 0xFB], operands: 1)
        var generator = Generator(state: seed), distance = Distance("fsincos")
        for _ in 0..<cases {
            let a = generator.argument(-40...64)
            let control = generator.controlWord()
            let host = stub.run(control, a)
            var context = FloatContext(controlWord: control)
            let (sine, cosine, isPartial) = Extended.sineAndCosine(a, &context)
            distance.add(cosine, host, host.st0, context.flags, c1: context.roundedUp, "\(a) cw \(hex(control)) cos")
            if !isPartial {
                distance.add(sine, host, host.st1, context.flags, c1: context.roundedUp, "\(a) cw \(hex(control)) sin")
            }
            if isPartial != host.c2 { distance.differs("\(a): C2 \(host.c2)") }
        }
        distance.report()
    }
}
