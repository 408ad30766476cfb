// Made by scripts/generate-handlers; do not edit.

extension FastTable {
    /// PUSH: [16, 32 bits][stack][register, immediate, 4 addresses]
    static let push: [Handler] = [
        { pushRegister(UInt16.self, FlatStack.self, $0, $1, $2, $3) },
        { pushImmediate(UInt16.self, FlatStack.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, FlatStack.self, FlatBase.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, FlatStack.self, FlatIndex.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, FlatStack.self, Segmented32.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, FlatStack.self, Segmented16.self, $0, $1, $2, $3) },
        { pushRegister(UInt16.self, Stack16.self, $0, $1, $2, $3) },
        { pushImmediate(UInt16.self, Stack16.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, Stack16.self, FlatBase.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, Stack16.self, FlatIndex.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, Stack16.self, Segmented32.self, $0, $1, $2, $3) },
        { pushLoad(UInt16.self, Stack16.self, Segmented16.self, $0, $1, $2, $3) },
        { pushRegister(UInt32.self, FlatStack.self, $0, $1, $2, $3) },
        { pushImmediate(UInt32.self, FlatStack.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, FlatStack.self, FlatBase.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, FlatStack.self, FlatIndex.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, FlatStack.self, Segmented32.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, FlatStack.self, Segmented16.self, $0, $1, $2, $3) },
        { pushRegister(UInt32.self, Stack16.self, $0, $1, $2, $3) },
        { pushImmediate(UInt32.self, Stack16.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, Stack16.self, FlatBase.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, Stack16.self, FlatIndex.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, Stack16.self, Segmented32.self, $0, $1, $2, $3) },
        { pushLoad(UInt32.self, Stack16.self, Segmented16.self, $0, $1, $2, $3) },
    ]

    /// POP of a register, LEAVE: [16, 32 bits][stack][operation]
    static let pop: [Handler] = [
        { popRegister(UInt16.self, FlatStack.self, $0, $1, $2, $3) },
        { leaveFrame(UInt16.self, FlatStack.self, $0, $1, $2, $3) },
        { popRegister(UInt16.self, Stack16.self, $0, $1, $2, $3) },
        { leaveFrame(UInt16.self, Stack16.self, $0, $1, $2, $3) },
        { popRegister(UInt32.self, FlatStack.self, $0, $1, $2, $3) },
        { leaveFrame(UInt32.self, FlatStack.self, $0, $1, $2, $3) },
        { popRegister(UInt32.self, Stack16.self, $0, $1, $2, $3) },
        { leaveFrame(UInt32.self, Stack16.self, $0, $1, $2, $3) },
    ]

    /// Jcc: [code][condition]
    static let jcc: [Handler] = [
        { jumpIf(Condition0.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition1.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition2.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition3.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition4.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition5.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition6.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition7.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition8.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition9.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition10.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition11.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition12.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition13.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition14.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition15.self, FlatCode.self, $0, $1, $2, $3) },
        { jumpIf(Condition0.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition1.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition2.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition3.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition4.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition5.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition6.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition7.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition8.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition9.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition10.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition11.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition12.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition13.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition14.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition15.self, Code16.self, $0, $1, $2, $3) },
        { jumpIf(Condition0.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition1.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition2.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition3.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition4.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition5.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition6.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition7.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition8.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition9.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition10.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition11.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition12.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition13.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition14.self, Code32.self, $0, $1, $2, $3) },
        { jumpIf(Condition15.self, Code32.self, $0, $1, $2, $3) },
    ]

    /// JMP, and the end of a trace: [code]
    static let jmp: [Handler] = [
        { jump(FlatCode.self, $0, $1, $2, $3) },
        { jump(Code16.self, $0, $1, $2, $3) },
        { jump(Code32.self, $0, $1, $2, $3) },
    ]

    /// LOOP: [CX, ECX][code]
    static let loop: [Handler] = [
        { loopCount(UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { loopCount(UInt16.self, Code16.self, $0, $1, $2, $3) },
        { loopCount(UInt16.self, Code32.self, $0, $1, $2, $3) },
        { loopCount(UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { loopCount(UInt32.self, Code16.self, $0, $1, $2, $3) },
        { loopCount(UInt32.self, Code32.self, $0, $1, $2, $3) },
    ]

    /// CALL: [code][stack]
    static let call: [Handler] = [
        { callNear(FlatCode.self, FlatStack.self, $0, $1, $2, $3) },
        { callNear(FlatCode.self, Stack16.self, $0, $1, $2, $3) },
        { callNear(Code16.self, FlatStack.self, $0, $1, $2, $3) },
        { callNear(Code16.self, Stack16.self, $0, $1, $2, $3) },
        { callNear(Code32.self, FlatStack.self, $0, $1, $2, $3) },
        { callNear(Code32.self, Stack16.self, $0, $1, $2, $3) },
    ]

    /// RET: [code][stack]
    static let ret: [Handler] = [
        { returnNear(FlatCode.self, FlatStack.self, $0, $1, $2, $3) },
        { returnNear(FlatCode.self, Stack16.self, $0, $1, $2, $3) },
        { returnNear(Code16.self, FlatStack.self, $0, $1, $2, $3) },
        { returnNear(Code16.self, Stack16.self, $0, $1, $2, $3) },
        { returnNear(Code32.self, FlatStack.self, $0, $1, $2, $3) },
        { returnNear(Code32.self, Stack16.self, $0, $1, $2, $3) },
    ]

    /// JMP of a register: [code]
    static let jmpRegister: [Handler] = [
        { jumpRegister(FlatCode.self, $0, $1, $2, $3) },
        { jumpRegister(Code16.self, $0, $1, $2, $3) },
        { jumpRegister(Code32.self, $0, $1, $2, $3) },
    ]

    /// JMP through memory: [code][address]
    static let jmpMemory: [Handler] = [
        { jumpMemory(FlatCode.self, FlatBase.self, $0, $1, $2, $3) },
        { jumpMemory(FlatCode.self, FlatIndex.self, $0, $1, $2, $3) },
        { jumpMemory(FlatCode.self, Segmented32.self, $0, $1, $2, $3) },
        { jumpMemory(FlatCode.self, Segmented16.self, $0, $1, $2, $3) },
        { jumpMemory(Code16.self, FlatBase.self, $0, $1, $2, $3) },
        { jumpMemory(Code16.self, FlatIndex.self, $0, $1, $2, $3) },
        { jumpMemory(Code16.self, Segmented32.self, $0, $1, $2, $3) },
        { jumpMemory(Code16.self, Segmented16.self, $0, $1, $2, $3) },
        { jumpMemory(Code32.self, FlatBase.self, $0, $1, $2, $3) },
        { jumpMemory(Code32.self, FlatIndex.self, $0, $1, $2, $3) },
        { jumpMemory(Code32.self, Segmented32.self, $0, $1, $2, $3) },
        { jumpMemory(Code32.self, Segmented16.self, $0, $1, $2, $3) },
    ]

    /// CALL of a register: [code][stack]
    static let callRegister: [Handler] = [
        { callByRegister(FlatCode.self, FlatStack.self, $0, $1, $2, $3) },
        { callByRegister(FlatCode.self, Stack16.self, $0, $1, $2, $3) },
        { callByRegister(Code16.self, FlatStack.self, $0, $1, $2, $3) },
        { callByRegister(Code16.self, Stack16.self, $0, $1, $2, $3) },
        { callByRegister(Code32.self, FlatStack.self, $0, $1, $2, $3) },
        { callByRegister(Code32.self, Stack16.self, $0, $1, $2, $3) },
    ]

    /// CALL through memory: [code][stack][address]
    static let callMemory: [Handler] = [
        { callThroughMemory(FlatCode.self, FlatStack.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, FlatStack.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, FlatStack.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, FlatStack.self, Segmented16.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, Stack16.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, Stack16.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, Stack16.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(FlatCode.self, Stack16.self, Segmented16.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, FlatStack.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, FlatStack.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, FlatStack.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, FlatStack.self, Segmented16.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, Stack16.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, Stack16.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, Stack16.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(Code16.self, Stack16.self, Segmented16.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, FlatStack.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, FlatStack.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, FlatStack.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, FlatStack.self, Segmented16.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, Stack16.self, FlatBase.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, Stack16.self, FlatIndex.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, Stack16.self, Segmented32.self, $0, $1, $2, $3) },
        { callThroughMemory(Code32.self, Stack16.self, Segmented16.self, $0, $1, $2, $3) },
    ]
}
