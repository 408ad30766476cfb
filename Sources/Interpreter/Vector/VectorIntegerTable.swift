import Machine
import X86ISA

extension Interpreter {
    /// MMX, SSE and AVX: moves and integers first.
    static func vector(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .paddb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { $0 &+ $1 } } }
        case .psubb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { $0 &- $1 } } }
        case .paddw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0 &+ $1 } } }
        case .psubw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0 &- $1 } } }
        case .paddd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { $0 &+ $1 } } }
        case .psubd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { $0 &- $1 } } }
        case .paddq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 &+ $1 } } }
        case .psubq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 &- $1 } } }
        case .paddsb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int8.self) { $0.saturatingAdd($1) } }
            }
        case .psubsb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int8.self) { $0.saturatingSubtract($1) } }
            }
        case .paddusb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { $0.saturatingAdd($1) } }
            }
        case .psubusb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { $0.saturatingSubtract($1) } }
            }
        case .paddsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int16.self) { $0.saturatingAdd($1) } }
            }
        case .psubsw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int16.self) { $0.saturatingSubtract($1) } }
            }
        case .paddusw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0.saturatingAdd($1) } }
            }
        case .psubusw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0.saturatingSubtract($1) }
                }
            }
        case .pand, .andps, .andpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 & $1 } } }
        case .pandn, .andnps, .andnpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { ~$0 & $1 } } }
        case .por, .orps, .orpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 | $1 } } }
        case .pxor, .xorps, .xorpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt64.self) { $0 ^ $1 } } }
        case .pavgb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt8.self) { UInt8((UInt16($0) + UInt16($1) + 1) >> 1) }
                }
            }
        case .pavgw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt16.self) { UInt16((UInt32($0) + UInt32($1) + 1) >> 1) }
                }
            }
        case .pcmpeqb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { $0 == $1 ? .max : 0 } }
            }
        case .pcmpgtb:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int8.self) { $0 > $1 ? -1 : 0 } }
            }
        case .pcmpeqw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0 == $1 ? .max : 0 } }
            }
        case .pcmpgtw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int16.self) { $0 > $1 ? -1 : 0 } }
            }
        case .pcmpeqd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt32.self) { $0 == $1 ? .max : 0 } }
            }
        case .pcmpgtd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int32.self) { $0 > $1 ? -1 : 0 } }
            }
        case .pmaxsw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int16.self) { max($0, $1) } } }
        case .pminsw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, Int16.self) { min($0, $1) } } }
        case .pmaxub:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { max($0, $1) } } }
        case .pminub:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt8.self) { min($0, $1) } } }
        case .pmulhuw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt16.self) { $0.multipliedFullWidth(by: $1).high }
                }
            }
        case .pmulhw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int16.self) { $0.multipliedFullWidth(by: $1).high }
                }
            }
        case .pmullw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.lanes(i, UInt16.self) { $0 &* $1 } } }
        case .pmuludq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt64.self) { ($0 & 0xFFFF_FFFF) &* ($1 & 0xFFFF_FFFF) }
                }
            }
        case .pmaddwd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pmaddwd(i) } }
        case .psadbw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.psadbw(i) } }
        case .packsswb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pack(i, Int16.self, Int8.self) } }
        case .packssdw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pack(i, Int32.self, Int16.self) } }
        case .packuswb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pack(i, Int16.self, UInt8.self) } }
        case .punpcklbw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt8.self, high: false) } }
        case .punpcklwd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt16.self, high: false) } }
        case .punpckldq, .unpcklps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt32.self, high: false) } }
        case .punpcklqdq, .unpcklpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt64.self, high: false) } }
        case .punpckhbw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt8.self, high: true) } }
        case .punpckhwd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt16.self, high: true) } }
        case .punpckhdq, .unpckhps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt32.self, high: true) } }
        case .punpckhqdq, .unpckhpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.unpack(i, UInt64.self, high: true) } }
        case .psllw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt16.self) { $0 << $1 } }
            }
        case .psrlw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt16.self) { $0 >> $1 } }
            }
        case .psraw:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, Int16.self) { $0 >> $1 } }
            }
        case .pslld:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt32.self) { $0 << $1 } }
            }
        case .psrld:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt32.self) { $0 >> $1 } }
            }
        case .psrad:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, Int32.self) { $0 >> $1 } }
            }
        case .psllq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt64.self) { $0 << $1 } }
            }
        case .psrlq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.shiftLanes(i, UInt64.self) { $0 >> $1 } }
            }
        case .pslldq: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shiftBytes(i, left: true) } }
        case .psrldq: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shiftBytes(i, left: false) } }
        case .pshufw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shuffleLanes(i, UInt16.self) } }
        case .pshufd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shuffleLanes(i, UInt32.self) } }
        case .pshuflw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shuffleWords(i, from: 0) } }
        case .pshufhw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shuffleWords(i, from: 4) } }
        case .shufps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shufps(i) } }
        case .shufpd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.shufpd(i) } }
        case .pmovmskb: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.signMask(i, UInt8.self) } }
        case .movmskps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.signMask(i, UInt32.self) } }
        case .movmskpd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.signMask(i, UInt64.self) } }
        case .pextrw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.extract(i, UInt16.self) } }
        case .pinsrw: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insert(i, UInt16.self) } }
        case .maskmovq, .maskmovdqu:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.maskedMove(i) } }
        case .movd, .movq, .movq2dq, .movdq2q, .movntq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveLow(i) } }
        case .movaps, .movapd, .movdqa, .movntps, .movntpd, .movntdq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveVector(i, aligned: true) } }
        case .movups, .movupd, .movdqu:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveVector(i, aligned: false) } }
        case .movss: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveScalar(i, UInt32.self) } }
        case .movsdScalar:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveScalar(i, UInt64.self) } }
        case .movlps, .movlpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveHalf(i, high: false) } }
        case .movhps, .movhpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveHalf(i, high: true) } }
        case .movhlps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveAcross(i, toHigh: false) } }
        case .movlhps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.moveAcross(i, toHigh: true) } }
        case .ldmxcsr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.ldmxcsr(i) } }
        case .stmxcsr: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.stmxcsr(i) } }
        case .emms: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.emms(i) } }
        case .fxsave: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fxsave(i) } }
        case .fxrstor: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.fxrstor(i) } }
        default: return floatVector(operation)
        }
    }
}
