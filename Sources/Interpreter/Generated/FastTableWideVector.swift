// Made by scripts/generate-handlers; do not edit.

import FloatArithmetic

extension FastTable {
    /// MOVUPS, MOVAPS: register; loads unaligned and aligned, stores likewise: [2 addresses]
    static let vectorMoves: [Handler] = [
        { vectorMoveRegister($0, $1, $2, $3) },
        { vectorMoveLoad(WideBase.self, aligned: false, $0, $1, $2, $3) },
        { vectorMoveLoad(WideIndex.self, aligned: false, $0, $1, $2, $3) },
        { vectorMoveLoad(WideBase.self, aligned: true, $0, $1, $2, $3) },
        { vectorMoveLoad(WideIndex.self, aligned: true, $0, $1, $2, $3) },
        { vectorMoveStore(WideBase.self, aligned: false, $0, $1, $2, $3) },
        { vectorMoveStore(WideIndex.self, aligned: false, $0, $1, $2, $3) },
        { vectorMoveStore(WideBase.self, aligned: true, $0, $1, $2, $3) },
        { vectorMoveStore(WideIndex.self, aligned: true, $0, $1, $2, $3) },
    ]

    /// MOVSS, MOVD, then MOVSD, MOVQ: [register, from and to general, 2 loads, 2 stores]
    static let vectorLow: [Handler] = [
        { vectorMoveLow(UInt32.self, $0, $1, $2, $3) },
        { vectorFromGeneral(UInt32.self, $0, $1, $2, $3) },
        { vectorToGeneral(UInt32.self, $0, $1, $2, $3) },
        { vectorLoadLow(UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { vectorLoadLow(UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorStoreLow(UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { vectorStoreLow(UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorMoveLow(UInt64.self, $0, $1, $2, $3) },
        { vectorFromGeneral(UInt64.self, $0, $1, $2, $3) },
        { vectorToGeneral(UInt64.self, $0, $1, $2, $3) },
        { vectorLoadLow(UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { vectorLoadLow(UInt64.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorStoreLow(UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { vectorStoreLow(UInt64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// Integers and logic of 16 bytes: [operation][register, 2 addresses]
    static let vectorIntegers: [Handler] = [
        { vectorRegisters(VectorAdd8.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd8.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd8.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorAdd16.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd16.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd16.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorAdd32.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd32.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd32.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorAdd64.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd64.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAdd64.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorSubtract8.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract8.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract8.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorSubtract16.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract16.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract16.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorSubtract32.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract32.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract32.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorSubtract64.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract64.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorSubtract64.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorAnd.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAnd.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAnd.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorAndNot.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAndNot.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorAndNot.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorOr.self, $0, $1, $2, $3) },
        { vectorMemory(VectorOr.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorOr.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorXor.self, $0, $1, $2, $3) },
        { vectorMemory(VectorXor.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorXor.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorLowHalves.self, $0, $1, $2, $3) },
        { vectorMemory(VectorLowHalves.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorLowHalves.self, WideIndex.self, $0, $1, $2, $3) },
        { vectorRegisters(VectorEqual8.self, $0, $1, $2, $3) },
        { vectorMemory(VectorEqual8.self, WideBase.self, $0, $1, $2, $3) },
        { vectorMemory(VectorEqual8.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// ADDSS, SUBSS, MULSS, DIVSS, then those of SD: [operation][register, 2 addresses]
    static let vectorScalar: [Handler] = [
        { scalarRegisters(FloatAdd.self, Binary32.self, $0, $1, $2, $3) },
        { scalarMemory(FloatAdd.self, Binary32.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatAdd.self, Binary32.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatSubtract.self, Binary32.self, $0, $1, $2, $3) },
        { scalarMemory(FloatSubtract.self, Binary32.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatSubtract.self, Binary32.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatMultiply.self, Binary32.self, $0, $1, $2, $3) },
        { scalarMemory(FloatMultiply.self, Binary32.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatMultiply.self, Binary32.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatDivide.self, Binary32.self, $0, $1, $2, $3) },
        { scalarMemory(FloatDivide.self, Binary32.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatDivide.self, Binary32.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatAdd.self, Binary64.self, $0, $1, $2, $3) },
        { scalarMemory(FloatAdd.self, Binary64.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatAdd.self, Binary64.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatSubtract.self, Binary64.self, $0, $1, $2, $3) },
        { scalarMemory(FloatSubtract.self, Binary64.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatSubtract.self, Binary64.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatMultiply.self, Binary64.self, $0, $1, $2, $3) },
        { scalarMemory(FloatMultiply.self, Binary64.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatMultiply.self, Binary64.self, WideIndex.self, $0, $1, $2, $3) },
        { scalarRegisters(FloatDivide.self, Binary64.self, $0, $1, $2, $3) },
        { scalarMemory(FloatDivide.self, Binary64.self, WideBase.self, $0, $1, $2, $3) },
        { scalarMemory(FloatDivide.self, Binary64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// ADDPD, SUBPD, MULPD, DIVPD: [operation][register, 2 addresses]
    static let vectorPacked: [Handler] = [
        { packedRegisters(FloatAdd.self, $0, $1, $2, $3) },
        { packedMemory(FloatAdd.self, WideBase.self, $0, $1, $2, $3) },
        { packedMemory(FloatAdd.self, WideIndex.self, $0, $1, $2, $3) },
        { packedRegisters(FloatSubtract.self, $0, $1, $2, $3) },
        { packedMemory(FloatSubtract.self, WideBase.self, $0, $1, $2, $3) },
        { packedMemory(FloatSubtract.self, WideIndex.self, $0, $1, $2, $3) },
        { packedRegisters(FloatMultiply.self, $0, $1, $2, $3) },
        { packedMemory(FloatMultiply.self, WideBase.self, $0, $1, $2, $3) },
        { packedMemory(FloatMultiply.self, WideIndex.self, $0, $1, $2, $3) },
        { packedRegisters(FloatDivide.self, $0, $1, $2, $3) },
        { packedMemory(FloatDivide.self, WideBase.self, $0, $1, $2, $3) },
        { packedMemory(FloatDivide.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// COMISS, COMISD, and those with a U: [format][register, 2 addresses]
    static let vectorCompare: [Handler] = [
        { compareRegisters(Binary32.self, $0, $1, $2, $3) },
        { compareMemory(Binary32.self, WideBase.self, $0, $1, $2, $3) },
        { compareMemory(Binary32.self, WideIndex.self, $0, $1, $2, $3) },
        { compareRegisters(Binary64.self, $0, $1, $2, $3) },
        { compareMemory(Binary64.self, WideBase.self, $0, $1, $2, $3) },
        { compareMemory(Binary64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// CVTSI2SD of 32 bits
    static let vectorFromInteger: [Handler] = [
        { doubleFromInteger($0, $1, $2, $3) }
    ]
}
