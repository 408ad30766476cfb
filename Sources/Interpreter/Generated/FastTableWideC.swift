// Made by scripts/generate-handlers; do not edit.

extension FastTable {
    /// INC, DEC, NEG, NOT: [operation][lane][register, 2 addresses]
    static let wideUnary: [Handler] = [
        { unaryRegister(Inc.self, UInt8.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt8.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt8.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Inc.self, UInt16.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt16.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt16.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Inc.self, UInt32.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Inc.self, UInt64.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Inc.self, UInt64.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Dec.self, UInt8.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt8.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt8.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Dec.self, UInt16.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt16.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt16.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Dec.self, UInt32.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Dec.self, UInt64.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Dec.self, UInt64.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Neg.self, UInt8.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt8.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt8.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Neg.self, UInt16.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt16.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt16.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Neg.self, UInt32.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Neg.self, UInt64.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Neg.self, UInt64.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Not.self, UInt8.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt8.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt8.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Not.self, UInt16.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt16.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt16.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Not.self, UInt32.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { unaryRegister(Not.self, UInt64.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { unaryMemory(Not.self, UInt64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// MOVZX, then MOVSX and MOVSXD: [sizes][register, 2 addresses]
    static let wideExtend: [Handler] = [
        { extendRegister(UInt8.self, UInt32.self, signed: false, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt32.self, WideBase.self, signed: false, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt32.self, WideIndex.self, signed: false, $0, $1, $2, $3) },
        { extendRegister(UInt16.self, UInt32.self, signed: false, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt32.self, WideBase.self, signed: false, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt32.self, WideIndex.self, signed: false, $0, $1, $2, $3) },
        { extendRegister(UInt8.self, UInt32.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt32.self, WideBase.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt32.self, WideIndex.self, signed: true, $0, $1, $2, $3) },
        { extendRegister(UInt16.self, UInt32.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt32.self, WideBase.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt32.self, WideIndex.self, signed: true, $0, $1, $2, $3) },
        { extendRegister(UInt8.self, UInt64.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt64.self, WideBase.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt8.self, UInt64.self, WideIndex.self, signed: true, $0, $1, $2, $3) },
        { extendRegister(UInt16.self, UInt64.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt64.self, WideBase.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt16.self, UInt64.self, WideIndex.self, signed: true, $0, $1, $2, $3) },
        { extendRegister(UInt32.self, UInt64.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt32.self, UInt64.self, WideBase.self, signed: true, $0, $1, $2, $3) },
        { extendLoad(UInt32.self, UInt64.self, WideIndex.self, signed: true, $0, $1, $2, $3) },
    ]

    /// LEA: [32, 64 bits][address]
    static let wideLea: [Handler] = [
        { loadAddress(UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { loadAddress(UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { loadAddress(UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { loadAddress(UInt64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// CDQE, CQO
    static let wideWiden: [Handler] = [
        { extendAccumulator(UInt32.self, UInt64.self, $0, $1, $2, $3) },
        { spreadSign(UInt64.self, $0, $1, $2, $3) },
    ]

    /// IMUL with two or three operands: [32, 64 bits][register, immediate, 2 addresses]
    static let wideProduct: [Handler] = [
        { multiplyRegister(UInt32.self, $0, $1, $2, $3) },
        { multiplyImmediate(UInt32.self, $0, $1, $2, $3) },
        { multiplyLoad(UInt32.self, WideBase.self, $0, $1, $2, $3) },
        { multiplyLoad(UInt32.self, WideIndex.self, $0, $1, $2, $3) },
        { multiplyRegister(UInt64.self, $0, $1, $2, $3) },
        { multiplyImmediate(UInt64.self, $0, $1, $2, $3) },
        { multiplyLoad(UInt64.self, WideBase.self, $0, $1, $2, $3) },
        { multiplyLoad(UInt64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// SHL, SHR, SAR, ROL, ROR of a register: [operation][lane][immediate, CL]
    static let wideShift: [Handler] = [
        { shiftImmediate(Shl.self, UInt8.self, $0, $1, $2, $3) },
        { shiftCL(Shl.self, UInt8.self, $0, $1, $2, $3) },
        { shiftImmediate(Shl.self, UInt16.self, $0, $1, $2, $3) },
        { shiftCL(Shl.self, UInt16.self, $0, $1, $2, $3) },
        { shiftImmediate(Shl.self, UInt32.self, $0, $1, $2, $3) },
        { shiftCL(Shl.self, UInt32.self, $0, $1, $2, $3) },
        { shiftImmediate(Shl.self, UInt64.self, $0, $1, $2, $3) },
        { shiftCL(Shl.self, UInt64.self, $0, $1, $2, $3) },
        { shiftImmediate(Shr.self, UInt8.self, $0, $1, $2, $3) },
        { shiftCL(Shr.self, UInt8.self, $0, $1, $2, $3) },
        { shiftImmediate(Shr.self, UInt16.self, $0, $1, $2, $3) },
        { shiftCL(Shr.self, UInt16.self, $0, $1, $2, $3) },
        { shiftImmediate(Shr.self, UInt32.self, $0, $1, $2, $3) },
        { shiftCL(Shr.self, UInt32.self, $0, $1, $2, $3) },
        { shiftImmediate(Shr.self, UInt64.self, $0, $1, $2, $3) },
        { shiftCL(Shr.self, UInt64.self, $0, $1, $2, $3) },
        { shiftImmediate(Sar.self, UInt8.self, $0, $1, $2, $3) },
        { shiftCL(Sar.self, UInt8.self, $0, $1, $2, $3) },
        { shiftImmediate(Sar.self, UInt16.self, $0, $1, $2, $3) },
        { shiftCL(Sar.self, UInt16.self, $0, $1, $2, $3) },
        { shiftImmediate(Sar.self, UInt32.self, $0, $1, $2, $3) },
        { shiftCL(Sar.self, UInt32.self, $0, $1, $2, $3) },
        { shiftImmediate(Sar.self, UInt64.self, $0, $1, $2, $3) },
        { shiftCL(Sar.self, UInt64.self, $0, $1, $2, $3) },
        { shiftImmediate(Rol.self, UInt8.self, $0, $1, $2, $3) },
        { shiftCL(Rol.self, UInt8.self, $0, $1, $2, $3) },
        { shiftImmediate(Rol.self, UInt16.self, $0, $1, $2, $3) },
        { shiftCL(Rol.self, UInt16.self, $0, $1, $2, $3) },
        { shiftImmediate(Rol.self, UInt32.self, $0, $1, $2, $3) },
        { shiftCL(Rol.self, UInt32.self, $0, $1, $2, $3) },
        { shiftImmediate(Rol.self, UInt64.self, $0, $1, $2, $3) },
        { shiftCL(Rol.self, UInt64.self, $0, $1, $2, $3) },
        { shiftImmediate(Ror.self, UInt8.self, $0, $1, $2, $3) },
        { shiftCL(Ror.self, UInt8.self, $0, $1, $2, $3) },
        { shiftImmediate(Ror.self, UInt16.self, $0, $1, $2, $3) },
        { shiftCL(Ror.self, UInt16.self, $0, $1, $2, $3) },
        { shiftImmediate(Ror.self, UInt32.self, $0, $1, $2, $3) },
        { shiftCL(Ror.self, UInt32.self, $0, $1, $2, $3) },
        { shiftImmediate(Ror.self, UInt64.self, $0, $1, $2, $3) },
        { shiftCL(Ror.self, UInt64.self, $0, $1, $2, $3) },
    ]

    /// PUSH: register, immediate, 2 addresses
    static let widePush: [Handler] = [
        { pushRegister(UInt64.self, Stack64.self, $0, $1, $2, $3) },
        { pushImmediate(UInt64.self, Stack64.self, $0, $1, $2, $3) },
        { pushLoad(UInt64.self, Stack64.self, WideBase.self, $0, $1, $2, $3) },
        { pushLoad(UInt64.self, Stack64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// POP of a register, LEAVE
    static let widePop: [Handler] = [
        { popRegister(UInt64.self, Stack64.self, $0, $1, $2, $3) },
        { leaveFrame(UInt64.self, Stack64.self, $0, $1, $2, $3) },
    ]

    /// Jcc: [condition]
    static let wideJcc: [Handler] = [
        { jumpIf(Condition0.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition1.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition2.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition3.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition4.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition5.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition6.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition7.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition8.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition9.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition10.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition11.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition12.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition13.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition14.self, Code64.self, $0, $1, $2, $3) },
        { jumpIf(Condition15.self, Code64.self, $0, $1, $2, $3) },
    ]

    /// JMP, and the end of a trace
    static let wideJmp: [Handler] = [
        { jump(Code64.self, $0, $1, $2, $3) }
    ]

    /// CALL
    static let wideCall: [Handler] = [
        { callNear(Code64.self, Stack64.self, $0, $1, $2, $3) }
    ]

    /// RET
    static let wideRet: [Handler] = [
        { returnNear(Code64.self, Stack64.self, $0, $1, $2, $3) }
    ]

    /// JMP: register, 2 addresses
    static let wideJmpIndirect: [Handler] = [
        { jumpRegister(Code64.self, $0, $1, $2, $3) },
        { jumpMemory(Code64.self, WideBase.self, $0, $1, $2, $3) },
        { jumpMemory(Code64.self, WideIndex.self, $0, $1, $2, $3) },
    ]

    /// CALL: register, 2 addresses
    static let wideCallIndirect: [Handler] = [
        { callByRegister(Code64.self, Stack64.self, $0, $1, $2, $3) },
        { callThroughMemory(Code64.self, Stack64.self, WideBase.self, $0, $1, $2, $3) },
        { callThroughMemory(Code64.self, Stack64.self, WideIndex.self, $0, $1, $2, $3) },
    ]
}
