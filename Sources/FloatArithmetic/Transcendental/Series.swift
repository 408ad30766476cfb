/// Sums of Taylor series and constants, to 128 bits. Arguments and results are fractions of 2^128; the truncated rest
/// of a series is below 2^-110 of its sum, and so is what `high` cuts off.
enum Series {
    /// The upper half of a product, less 3 at most.
    @inline(__always) static func high(_ a: UInt128, _ b: UInt128) -> UInt128 { WideReal.high(a, b) }

    /// 1/3! - z/5! + z^2/7! - ...: (1 - sin(r) / r) / z for z = r^2 up to (pi / 4)^2.
    static func sineSeries(_ z: UInt128) -> UInt128 {
        var t: UInt128 = 0x0000_0000_0000_0000_0000_0000_024B_3F31
        t = 0x0000_0000_0000_0000_0000_0007_46AC_70B7 &- high(z, t)
        t = 0x0000_0000_0000_0000_0000_13F3_CCDD_1660 &- high(z, t)
        t = 0x0000_0000_0000_0000_002E_C368_262C_7034 &- high(z, t)
        t = 0x0000_0000_0000_0000_5C6E_3BDB_73D5_C630 &- high(z, t)
        t = 0x0000_0000_0000_0097_A4DA_340A_0AB9_2651 &- high(z, t)
        t = 0x0000_0000_0000_CA96_3B81_856A_5359_3029 &- high(z, t)
        t = 0x0000_0000_00D7_3F9F_399D_C0F8_8EC3_2B58 &- high(z, t)
        t = 0x0000_0000_B092_309D_4368_4BE5_1C19_8E92 &- high(z, t)
        t = 0x0000_006B_9915_9FD5_138E_3F9D_1F92_E0DF &- high(z, t)
        t = 0x0000_2E3B_C74A_AD8E_671F_5583_911C_A003 &- high(z, t)
        t = 0x000D_00D0_0D00_D00D_00D0_0D00_D00D_00D0 &- high(z, t)
        t = 0x0222_2222_2222_2222_2222_2222_2222_2222 &- high(z, t)
        t = 0x2AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &- high(z, t)
        return t
    }

    /// 1/2! - z/4! + z^2/6! - ...: (1 - cos(r)) / z for z = r^2 up to (pi / 4)^2.
    static func cosineSeries(_ z: UInt128) -> UInt128 {
        var t: UInt128 = 0x0000_0000_0000_0000_0000_0000_4286_2899
        t = 0x0000_0000_0000_0000_0000_00C4_742F_E352 &- high(z, t)
        t = 0x0000_0000_0000_0000_0001_F2CF_0197_2F57 &- high(z, t)
        t = 0x0000_0000_0000_0000_0433_8E5B_6DFE_14A5 &- high(z, t)
        t = 0x0000_0000_0000_0007_950A_E900_8089_41EA &- high(z, t)
        t = 0x0000_0000_0000_0B41_3C31_DCBE_CBBD_D802 &- high(z, t)
        t = 0x0000_0000_000D_73F9_F399_DC0F_88EC_32B6 &- high(z, t)
        t = 0x0000_0000_0C9C_BA54_603E_4E90_5D6F_8A2F &- high(z, t)
        t = 0x0000_0008_F76C_77FC_6C4B_DAA2_6D4C_3D68 &- high(z, t)
        t = 0x0000_049F_93ED_DE27_D71C_BBC0_5B4F_A99A &- high(z, t)
        t = 0x0001_A01A_01A0_1A01_A01A_01A0_1A01_A01A &- high(z, t)
        t = 0x005B_05B0_5B05_B05B_05B0_5B05_B05B_05B0 &- high(z, t)
        t = 0x0AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &- high(z, t)
        t = 0x8000_0000_0000_0000_0000_0000_0000_0000 &- high(z, t)
        return t
    }

    /// 1/2! + y/3! + y^2/4! + ...: ((e^y - 1) / y - 1) / y for y up to ln 2.
    static func growthSeries(_ y: UInt128) -> UInt128 {
        var t: UInt128 = 0x0000_0000_0000_0000_0000_0000_0013_932C
        t = 0x0000_0000_0000_0000_0000_0000_024B_3F31 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0000_0000_4286_2899 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0000_0007_46AC_70B7 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0000_00C4_742F_E352 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0000_13F3_CCDD_1660 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0001_F2CF_0197_2F57 &+ high(y, t)
        t = 0x0000_0000_0000_0000_002E_C368_262C_7034 &+ high(y, t)
        t = 0x0000_0000_0000_0000_0433_8E5B_6DFE_14A5 &+ high(y, t)
        t = 0x0000_0000_0000_0000_5C6E_3BDB_73D5_C630 &+ high(y, t)
        t = 0x0000_0000_0000_0007_950A_E900_8089_41EA &+ high(y, t)
        t = 0x0000_0000_0000_0097_A4DA_340A_0AB9_2651 &+ high(y, t)
        t = 0x0000_0000_0000_0B41_3C31_DCBE_CBBD_D802 &+ high(y, t)
        t = 0x0000_0000_0000_CA96_3B81_856A_5359_3029 &+ high(y, t)
        t = 0x0000_0000_000D_73F9_F399_DC0F_88EC_32B6 &+ high(y, t)
        t = 0x0000_0000_00D7_3F9F_399D_C0F8_8EC3_2B58 &+ high(y, t)
        t = 0x0000_0000_0C9C_BA54_603E_4E90_5D6F_8A2F &+ high(y, t)
        t = 0x0000_0000_B092_309D_4368_4BE5_1C19_8E92 &+ high(y, t)
        t = 0x0000_0008_F76C_77FC_6C4B_DAA2_6D4C_3D68 &+ high(y, t)
        t = 0x0000_006B_9915_9FD5_138E_3F9D_1F92_E0DF &+ high(y, t)
        t = 0x0000_049F_93ED_DE27_D71C_BBC0_5B4F_A99A &+ high(y, t)
        t = 0x0000_2E3B_C74A_AD8E_671F_5583_911C_A003 &+ high(y, t)
        t = 0x0001_A01A_01A0_1A01_A01A_01A0_1A01_A01A &+ high(y, t)
        t = 0x000D_00D0_0D00_D00D_00D0_0D00_D00D_00D0 &+ high(y, t)
        t = 0x005B_05B0_5B05_B05B_05B0_5B05_B05B_05B0 &+ high(y, t)
        t = 0x0222_2222_2222_2222_2222_2222_2222_2222 &+ high(y, t)
        t = 0x0AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &+ high(y, t)
        t = 0x2AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &+ high(y, t)
        t = 0x8000_0000_0000_0000_0000_0000_0000_0000 &+ high(y, t)
        return t
    }

    /// 1/2! - y/3! + y^2/4! - ...: (1 - (1 - e^-y) / y) / y for y up to ln 2.
    static func decaySeries(_ y: UInt128) -> UInt128 {
        var t: UInt128 = 0x0000_0000_0000_0000_0000_0000_0013_932C
        t = 0x0000_0000_0000_0000_0000_0000_024B_3F31 &- high(y, t)
        t = 0x0000_0000_0000_0000_0000_0000_4286_2899 &- high(y, t)
        t = 0x0000_0000_0000_0000_0000_0007_46AC_70B7 &- high(y, t)
        t = 0x0000_0000_0000_0000_0000_00C4_742F_E352 &- high(y, t)
        t = 0x0000_0000_0000_0000_0000_13F3_CCDD_1660 &- high(y, t)
        t = 0x0000_0000_0000_0000_0001_F2CF_0197_2F57 &- high(y, t)
        t = 0x0000_0000_0000_0000_002E_C368_262C_7034 &- high(y, t)
        t = 0x0000_0000_0000_0000_0433_8E5B_6DFE_14A5 &- high(y, t)
        t = 0x0000_0000_0000_0000_5C6E_3BDB_73D5_C630 &- high(y, t)
        t = 0x0000_0000_0000_0007_950A_E900_8089_41EA &- high(y, t)
        t = 0x0000_0000_0000_0097_A4DA_340A_0AB9_2651 &- high(y, t)
        t = 0x0000_0000_0000_0B41_3C31_DCBE_CBBD_D802 &- high(y, t)
        t = 0x0000_0000_0000_CA96_3B81_856A_5359_3029 &- high(y, t)
        t = 0x0000_0000_000D_73F9_F399_DC0F_88EC_32B6 &- high(y, t)
        t = 0x0000_0000_00D7_3F9F_399D_C0F8_8EC3_2B58 &- high(y, t)
        t = 0x0000_0000_0C9C_BA54_603E_4E90_5D6F_8A2F &- high(y, t)
        t = 0x0000_0000_B092_309D_4368_4BE5_1C19_8E92 &- high(y, t)
        t = 0x0000_0008_F76C_77FC_6C4B_DAA2_6D4C_3D68 &- high(y, t)
        t = 0x0000_006B_9915_9FD5_138E_3F9D_1F92_E0DF &- high(y, t)
        t = 0x0000_049F_93ED_DE27_D71C_BBC0_5B4F_A99A &- high(y, t)
        t = 0x0000_2E3B_C74A_AD8E_671F_5583_911C_A003 &- high(y, t)
        t = 0x0001_A01A_01A0_1A01_A01A_01A0_1A01_A01A &- high(y, t)
        t = 0x000D_00D0_0D00_D00D_00D0_0D00_D00D_00D0 &- high(y, t)
        t = 0x005B_05B0_5B05_B05B_05B0_5B05_B05B_05B0 &- high(y, t)
        t = 0x0222_2222_2222_2222_2222_2222_2222_2222 &- high(y, t)
        t = 0x0AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &- high(y, t)
        t = 0x2AAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAA_AAAB &- high(y, t)
        t = 0x8000_0000_0000_0000_0000_0000_0000_0000 &- high(y, t)
        return t
    }

    /// 1/3 + z/5 + z^2/7 + ...: (artanh(s) / s - 1) / z for z = s^2 up to (3 - sqrt 8)^2.
    static func logarithmSeries(_ z: UInt128) -> UInt128 {
        var t: UInt128 = 0x0572_620A_E4C4_15C9_882B_9310_5726_20AE
        t = 0x05B0_5B05_B05B_05B0_5B05_B05B_05B0_5B06 &+ high(z, t)
        t = 0x05F4_17D0_5F41_7D05_F417_D05F_417D_05F4 &+ high(z, t)
        t = 0x063E_7063_E706_3E70_63E7_063E_7063_E706 &+ high(z, t)
        t = 0x0690_6906_9069_0690_6906_9069_0690_6907 &+ high(z, t)
        t = 0x06EB_3E45_306E_B3E4_5306_EB3E_4530_6EB4 &+ high(z, t)
        t = 0x0750_7507_5075_0750_7507_5075_0750_7507 &+ high(z, t)
        t = 0x07C1_F07C_1F07_C1F0_7C1F_07C1_F07C_1F08 &+ high(z, t)
        t = 0x0842_1084_2108_4210_8421_0842_1084_2108 &+ high(z, t)
        t = 0x08D3_DCB0_8D3D_CB08_D3DC_B08D_3DCB_08D4 &+ high(z, t)
        t = 0x097B_425E_D097_B425_ED09_7B42_5ED0_97B4 &+ high(z, t)
        t = 0x0A3D_70A3_D70A_3D70_A3D7_0A3D_70A3_D70A &+ high(z, t)
        t = 0x0B21_642C_8590_B216_42C8_590B_2164_2C86 &+ high(z, t)
        t = 0x0C30_C30C_30C3_0C30_C30C_30C3_0C30_C30C &+ high(z, t)
        t = 0x0D79_435E_50D7_9435_E50D_7943_5E50_D794 &+ high(z, t)
        t = 0x0F0F_0F0F_0F0F_0F0F_0F0F_0F0F_0F0F_0F0F &+ high(z, t)
        t = 0x1111_1111_1111_1111_1111_1111_1111_1111 &+ high(z, t)
        t = 0x13B1_3B13_B13B_13B1_3B13_B13B_13B1_3B14 &+ high(z, t)
        t = 0x1745_D174_5D17_45D1_745D_1745_D174_5D17 &+ high(z, t)
        t = 0x1C71_C71C_71C7_1C71_C71C_71C7_1C71_C71C &+ high(z, t)
        t = 0x2492_4924_9249_2492_4924_9249_2492_4925 &+ high(z, t)
        t = 0x3333_3333_3333_3333_3333_3333_3333_3333 &+ high(z, t)
        t = 0x5555_5555_5555_5555_5555_5555_5555_5555 &+ high(z, t)
        return t
    }

    /// 1/3 - z/5 + z^2/7 - ...: (1 - arctan(u) / u) / z for z = u^2 up to 2^-10.
    static func arcTangentSeries(_ z: UInt128) -> UInt128 {
        var t: UInt128 = 0x0A3D_70A3_D70A_3D70_A3D7_0A3D_70A3_D70A
        t = 0x0B21_642C_8590_B216_42C8_590B_2164_2C86 &- high(z, t)
        t = 0x0C30_C30C_30C3_0C30_C30C_30C3_0C30_C30C &- high(z, t)
        t = 0x0D79_435E_50D7_9435_E50D_7943_5E50_D794 &- high(z, t)
        t = 0x0F0F_0F0F_0F0F_0F0F_0F0F_0F0F_0F0F_0F0F &- high(z, t)
        t = 0x1111_1111_1111_1111_1111_1111_1111_1111 &- high(z, t)
        t = 0x13B1_3B13_B13B_13B1_3B13_B13B_13B1_3B14 &- high(z, t)
        t = 0x1745_D174_5D17_45D1_745D_1745_D174_5D17 &- high(z, t)
        t = 0x1C71_C71C_71C7_1C71_C71C_71C7_1C71_C71C &- high(z, t)
        t = 0x2492_4924_9249_2492_4924_9249_2492_4925 &- high(z, t)
        t = 0x3333_3333_3333_3333_3333_3333_3333_3333 &- high(z, t)
        t = 0x5555_5555_5555_5555_5555_5555_5555_5555 &- high(z, t)
        return t
    }

    /// arctan(k / 16), k from 1 to 16.
    static func arcTangent(ofSixteenths k: Int) -> UInt128 {
        switch k {
        case 1: 0x0FFA_ADDB_967E_F4E3_6CB2_792D_C0E2_E0D5
        case 2: 0x1FD5_BA9A_AC2F_6DC6_5912_F313_E7D1_11DF
        case 3: 0x2F72_F697_9CB6_044D_1EC2_D3E2_0727_1D22
        case 4: 0x3EB6_EBF2_5901_BAC5_5B71_E7BD_7DE8_85F9
        case 5: 0x4D89_DCDC_1FAF_2F34_E2D5_DA4C_693D_7994
        case 6: 0x5BD8_6507_937B_C239_C551_9091_6E7F_2242
        case 7: 0x6993_BB0F_308F_F2DB_213E_4AF4_800F_389B
        case 8: 0x76B1_9C15_86ED_3DA2_B7F2_22F6_5E1D_4682
        case 9: 0x832B_F4A6_D986_7E2A_4B6A_09CB_61A5_15C1
        case 10: 0x8F00_5D5E_F7F5_9F9B_5C83_5E16_65C4_3748
        case 11: 0x9A2F_80E6_71BD_DA20_4226_F8E2_204F_F3BD
        case 12: 0xA4BC_7D19_34F7_0924_19A8_7F2A_457D_AC9F
        case 13: 0xAEAC_4C38_B4D8_C080_1472_5E2F_3E52_070A
        case 14: 0xB805_3E2B_C231_9E73_CB2D_A552_10A4_443D
        case 15: 0xC0CE_85B8_AC52_6640_89DD_62C4_6E92_FA25
        default: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1
        }
    }
}

extension WideReal {
    @inline(__always) static var pi: WideReal {
        WideReal(exponent: 1, significand: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1)
    }
    @inline(__always) static var halfPi: WideReal {
        WideReal(exponent: 0, significand: 0xC90F_DAA2_2168_C234_C4C6_628B_80DC_1CD1)
    }
    @inline(__always) static var lnOf2: WideReal {
        WideReal(exponent: -1, significand: 0xB172_17F7_D1CF_79AB_C9E3_B398_03F2_F6AF)
    }
    @inline(__always) static var twoOverLnOf2: WideReal {
        WideReal(exponent: 1, significand: 0xB8AA_3B29_5C17_F0BB_BE87_FED0_691D_3E89)
    }
}
