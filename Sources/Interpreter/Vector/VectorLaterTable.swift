import FloatArithmetic
import Machine
import X86ISA

extension Interpreter {
    /// SSE3 to SSE4.2.
    static func laterVector(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .addsubps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.addSubtract(i, Binary32.self) } }
        case .haddps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.horizontalFloats(i, Binary32.self) { Binary32.add($0, $1, &$2) }
                }
            }
        case .hsubps:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.horizontalFloats(i, Binary32.self) { Binary32.subtract($0, $1, &$2) }
                }
            }
        case .addsubpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.addSubtract(i, Binary64.self) } }
        case .haddpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.horizontalFloats(i, Binary64.self) { Binary64.add($0, $1, &$2) }
                }
            }
        case .hsubpd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.horizontalFloats(i, Binary64.self) { Binary64.subtract($0, $1, &$2) }
                }
            }
        case .movddup:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.duplicate(i, UInt64.self, high: false) }
            }
        case .movsldup:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.duplicate(i, UInt32.self, high: false) }
            }
        case .movshdup:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.duplicate(i, UInt32.self, high: true) }
            }
        case .lddqu:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveVector(i, aligned: false) } }
        case .pabsb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.laneMap(i, Int8.self) { $0 < 0 ? 0 &- $0 : $0 } }
            }
        case .pabsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.laneMap(i, Int16.self) { $0 < 0 ? 0 &- $0 : $0 } }
            }
        case .pabsd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.laneMap(i, Int32.self) { $0 < 0 ? 0 &- $0 : $0 } }
            }
        case .psignb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int8.self) { $1 < 0 ? 0 &- $0 : $1 == 0 ? 0 : $0 }
                }
            }
        case .psignw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int16.self) { $1 < 0 ? 0 &- $0 : $1 == 0 ? 0 : $0 }
                }
            }
        case .psignd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int32.self) { $1 < 0 ? 0 &- $0 : $1 == 0 ? 0 : $0 }
                }
            }
        case .phaddw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.horizontal(i, UInt16.self) { $0 &+ $1 } }
            }
        case .phaddd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.horizontal(i, UInt32.self) { $0 &+ $1 } }
            }
        case .phsubw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.horizontal(i, UInt16.self) { $0 &- $1 } }
            }
        case .phsubd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.horizontal(i, UInt32.self) { $0 &- $1 } }
            }
        case .phaddsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.horizontal(i, Int16.self) { $0.saturatingAdd($1) } }
            }
        case .phsubsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.horizontal(i, Int16.self) { $0.saturatingSubtract($1) }
                }
            }
        case .pmaddubsw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pmaddubsw(i) } }
        case .pshufb: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pshufb(i) } }
        case .palignr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.palignr(i) } }
        case .pmulhrsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int16.self) { Int16(truncatingIfNeeded: (((Int32($0) * Int32($1)) >> 14) + 1) >> 1) }
                }
            }
        case .pmaxsb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int8.self) { max($0, $1) } } }
        case .pminsb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int8.self) { min($0, $1) } } }
        case .pmaxuw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { max($0, $1) } }
            }
        case .pminuw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { min($0, $1) } }
            }
        case .pmaxsd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int32.self) { max($0, $1) } } }
        case .pmaxud:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { max($0, $1) } }
            }
        case .pminsd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int32.self) { min($0, $1) } } }
        case .pminud:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { min($0, $1) } }
            }
        case .pmulld:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { $0 &* $1 } } }
        case .pcmpeqq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 == $1 ? .max : 0 } }
            }
        case .pcmpgtq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int64.self) { $0 > $1 ? -1 : 0 } }
            }
        case .pmuldq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int64.self) {
                        Int64(Int32(truncatingIfNeeded: $0)) * Int64(Int32(truncatingIfNeeded: $1))
                    }
                }
            }
        case .packusdw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pack(i, Int32.self, UInt16.self) } }
        case .pmovsxbw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int8.self, Int16.self) } }
        case .pmovsxbd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int8.self, Int32.self) } }
        case .pmovsxbq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int8.self, Int64.self) } }
        case .pmovsxwd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int16.self, Int32.self) } }
        case .pmovsxwq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int16.self, Int64.self) } }
        case .pmovsxdq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, Int32.self, Int64.self) } }
        case .pmovzxbw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt8.self, UInt16.self) } }
        case .pmovzxbd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt8.self, UInt32.self) } }
        case .pmovzxbq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt8.self, UInt64.self) } }
        case .pmovzxwd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt16.self, UInt32.self) } }
        case .pmovzxwq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt16.self, UInt64.self) } }
        case .pmovzxdq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.widen(i, UInt32.self, UInt64.self) } }
        case .pextrb: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.extract(i, UInt8.self) } }
        case .pinsrb: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insert(i, UInt8.self) } }
        case .pextrd, .extractps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.extract(i, UInt32.self) } }
        case .pinsrd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insert(i, UInt32.self) } }
        case .pextrq: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.extract(i, UInt64.self) } }
        case .pinsrq: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insert(i, UInt64.self) } }
        case .blendps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blend(i, UInt32.self) } }
        case .blendpd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blend(i, UInt64.self) } }
        case .pblendw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blend(i, UInt16.self) } }
        case .blendvps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blendVariable(i, UInt32.self) } }
        case .blendvpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blendVariable(i, UInt64.self) } }
        case .pblendvb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blendVariable(i, UInt8.self) } }
        case .ptest: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ptest(i) } }
        case .insertps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insertps(i) } }
        case .movntdqa:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveVector(i, aligned: true) } }
        case .phminposuw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.phminposuw(i) } }
        case .mpsadbw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.mpsadbw(i) } }
        case .roundps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.roundPacked(i, Binary32.self) } }
        case .roundpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.roundPacked(i, Binary64.self) } }
        case .roundss:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.roundScalar(i, Binary32.self) } }
        case .roundsd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.roundScalar(i, Binary64.self) } }
        case .dpps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.dotProduct(i, Binary32.self) } }
        case .dppd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.dotProduct(i, Binary64.self) } }
        case .pcmpestri:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareStrings(i, explicit: true, givesMask: false)
                }
            }
        case .pcmpestrm:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareStrings(i, explicit: true, givesMask: true) }
            }
        case .pcmpistri:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareStrings(i, explicit: false, givesMask: false)
                }
            }
        case .pcmpistrm:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.compareStrings(i, explicit: false, givesMask: true)
                }
            }
        default: return newestVector(operation)
        }
    }
}
