import FloatArithmetic
import Machine
import X86ISA

extension Interpreter {
    /// Floating point of SSE and AVX.
    static func floatVector(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .addps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.add($0, $1, &$2) }
                }
            }
        case .addpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.add($0, $1, &$2) }
                }
            }
        case .addss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.add($0, $1, &$2) }
                }
            }
        case .addsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.add($0, $1, &$2) }
                }
            }
        case .subps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.subtract($0, $1, &$2) }
                }
            }
        case .subpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.subtract($0, $1, &$2) }
                }
            }
        case .subss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.subtract($0, $1, &$2) }
                }
            }
        case .subsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.subtract($0, $1, &$2) }
                }
            }
        case .mulps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.multiply($0, $1, &$2) }
                }
            }
        case .mulpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.multiply($0, $1, &$2) }
                }
            }
        case .mulss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.multiply($0, $1, &$2) }
                }
            }
        case .mulsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.multiply($0, $1, &$2) }
                }
            }
        case .divps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.divide($0, $1, &$2) }
                }
            }
        case .divpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.divide($0, $1, &$2) }
                }
            }
        case .divss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.divide($0, $1, &$2) }
                }
            }
        case .divsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.divide($0, $1, &$2) }
                }
            }
        case .minps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.minimum($0, $1, &$2) }
                }
            }
        case .minpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.minimum($0, $1, &$2) }
                }
            }
        case .minss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.minimum($0, $1, &$2) }
                }
            }
        case .minsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.minimum($0, $1, &$2) }
                }
            }
        case .maxps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary32.self) { Binary32.maximum($0, $1, &$2) }
                }
            }
        case .maxpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packed(i, Binary64.self) { Binary64.maximum($0, $1, &$2) }
                }
            }
        case .maxss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.maximum($0, $1, &$2) }
                }
            }
        case .maxsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.maximum($0, $1, &$2) }
                }
            }
        case .sqrtps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packedMap(i, Binary32.self) { Binary32.squareRoot($0, &$1) }
                }
            }
        case .sqrtss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary32.self) { Binary32.squareRoot($1, &$2) }
                }
            }
        case .cmpps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.comparePacked(i, Binary32.self) } }
        case .cmpss:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compareScalar(i, Binary32.self) } }
        case .comiss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareFlags(i, Binary32.self, signalling: true) }
            }
        case .ucomiss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareFlags(i, Binary32.self, signalling: false) }
            }
        case .cvtsi2ss:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fromInteger(i, Binary32.self) } }
        case .cvtss2si:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.toInteger(i, Binary32.self, truncates: false) }
            }
        case .cvttss2si:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.toInteger(i, Binary32.self, truncates: true) }
            }
        case .cvtps2dq, .cvtps2pi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.packedToIntegers(i, Binary32.self, truncates: false)
                }
            }
        case .cvttps2dq, .cvttps2pi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.packedToIntegers(i, Binary32.self, truncates: true)
                }
            }
        case .sqrtpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.packedMap(i, Binary64.self) { Binary64.squareRoot($0, &$1) }
                }
            }
        case .sqrtsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.scalar(i, Binary64.self) { Binary64.squareRoot($1, &$2) }
                }
            }
        case .cmppd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.comparePacked(i, Binary64.self) } }
        case .cmpsdScalar:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.compareScalar(i, Binary64.self) } }
        case .comisd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareFlags(i, Binary64.self, signalling: true) }
            }
        case .ucomisd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareFlags(i, Binary64.self, signalling: false) }
            }
        case .cvtsi2sd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fromInteger(i, Binary64.self) } }
        case .cvtsd2si:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.toInteger(i, Binary64.self, truncates: false) }
            }
        case .cvttsd2si:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.toInteger(i, Binary64.self, truncates: true) }
            }
        case .cvtpd2dq, .cvtpd2pi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.packedToIntegers(i, Binary64.self, truncates: false)
                }
            }
        case .cvttpd2dq, .cvttpd2pi:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.packedToIntegers(i, Binary64.self, truncates: true)
                }
            }
        case .cvtdq2ps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.packedFromIntegers(i, Binary32.self) } }
        case .cvtdq2pd, .cvtpi2pd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.packedFromIntegers(i, Binary64.self) } }
        case .cvtpi2ps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.cvtpi2ps(i) } }
        case .cvtss2sd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.convertScalar(i, Binary32.self, Binary64.self) }
            }
        case .cvtsd2ss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.convertScalar(i, Binary64.self, Binary32.self) }
            }
        case .cvtps2pd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.convertPacked(i, UInt32.self, UInt64.self) { Binary32.convert($0, to: Binary64.self, &$1) }
                }
            }
        case .cvtpd2ps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.convertPacked(i, UInt64.self, UInt32.self) { Binary64.convert($0, to: Binary32.self, &$1) }
                }
            }
        case .rcpps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.approximate(i, Binary32.reciprocalApproximation) }
            }
        case .rcpss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.approximateScalar(i, Binary32.reciprocalApproximation)
                }
            }
        case .rsqrtps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.approximate(i, Binary32.reciprocalSquareRootApproximation)
                }
            }
        case .rsqrtss:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.approximateScalar(i, Binary32.reciprocalSquareRootApproximation)
                }
            }
        default: return laterVector(operation)
        }
    }
}
