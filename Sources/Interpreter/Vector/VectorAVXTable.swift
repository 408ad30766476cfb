import FloatArithmetic
import Machine
import X86ISA

extension Interpreter {
    /// AES, PCLMULQDQ, SHA, and what AVX, AVX2, F16C and FMA have without a legacy form.
    static func newestVector(_ operation: Operation) -> GeneralForm? {
        switch operation {
        case .aesenc:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.aesRound(i, inverse: false, isLast: false) }
            }
        case .aesenclast:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.aesRound(i, inverse: false, isLast: true) }
            }
        case .aesdec:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.aesRound(i, inverse: true, isLast: false) }
            }
        case .aesdeclast:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in try c.aesRound(i, inverse: true, isLast: true) }
            }
        case .aesimc: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aesimc(i) } }
        case .aeskeygenassist:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.aeskeygenassist(i) } }
        case .pclmulqdq: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.pclmulqdq(i) } }
        case .sha1rnds4: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha1rnds4(i) } }
        case .sha1nexte: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha1nexte(i) } }
        case .sha1msg1: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha1msg1(i) } }
        case .sha1msg2: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha1msg2(i) } }
        case .sha256rnds2: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha256rnds2(i) } }
        case .sha256msg1: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha256msg1(i) } }
        case .sha256msg2: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.sha256msg2(i) } }
        case .vbroadcastss, .vpbroadcastd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.broadcast(i, UInt32.self) } }
        case .vbroadcastsd, .vpbroadcastq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.broadcast(i, UInt64.self) } }
        case .vpbroadcastb:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.broadcast(i, UInt8.self) } }
        case .vpbroadcastw:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.broadcast(i, UInt16.self) } }
        case .vbroadcastf128, .vbroadcasti128:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.broadcastBlock(i) } }
        case .vextractf128, .vextracti128:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.extractBlock(i) } }
        case .vinsertf128, .vinserti128:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.insertBlock(i) } }
        case .vperm2f128, .vperm2i128:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.permuteBlocks(i) } }
        case .vpermilps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.permuteInBlock(i, UInt32.self) } }
        case .vpermilpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.permuteInBlock(i, UInt64.self) } }
        case .vpermd, .vpermps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.permuteDoublewords(i) } }
        case .vpermq, .vpermpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.permuteQuadwords(i) } }
        case .vpblendd: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.blend(i, UInt32.self) } }
        case .vtestps:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.testSigns(i, 0x8000_0000_8000_0000) } }
        case .vtestpd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.testSigns(i, 1 << 63) } }
        case .vzeroupper:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.zeroRegisters(i, all: false) } }
        case .vzeroall:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.zeroRegisters(i, all: true) } }
        case .vpsllvd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt32.self) { $1 > 31 ? 0 : $0 &<< $1 }
                }
            }
        case .vpsllvq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt64.self) { $1 > 63 ? 0 : $0 &<< $1 }
                }
            }
        case .vpsrlvd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt32.self) { $1 > 31 ? 0 : $0 &>> $1 }
                }
            }
        case .vpsrlvq:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, UInt64.self) { $1 > 63 ? 0 : $0 &>> $1 }
                }
            }
        case .vpsravd:
            return .plain {
                attempt($0, $1) { (c, i) throws(Exception) in
                    try c.lanes(i, Int32.self) { $0 &>> ($1 < 0 || $1 > 31 ? 31 : $1) }
                }
            }
        case .vmaskmovps, .vpmaskmovd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.maskedElements(i, UInt32.self) } }
        case .vmaskmovpd, .vpmaskmovq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.maskedElements(i, UInt64.self) } }
        case .vgatherdps, .vpgatherdd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.gather(i, UInt32.self, Int32.self) } }
        case .vgatherqps, .vpgatherqd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.gather(i, UInt32.self, Int64.self) } }
        case .vgatherdpd, .vpgatherdq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.gather(i, UInt64.self, Int32.self) } }
        case .vgatherqpd, .vpgatherqq:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.gather(i, UInt64.self, Int64.self) } }
        case .vcvtph2ps: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.vcvtph2ps(i) } }
        case .vcvtps2ph: return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.vcvtps2ph(i) } }
        case _ where operation.isMultiplyAdd:
            return .plain { attempt($0, $1) { (c, i) throws(Exception) in try c.multiplyAdd(i) } }
        default: return nil
        }
    }
}

extension Operation {
    /// FMA
    var isMultiplyAdd: Bool {
        rawValue >= Operation.vfmadd132ps.rawValue && rawValue <= Operation.vfmsubadd231pd.rawValue
    }
}
