// Made by scripts/generate-handlers; do not edit.

extension FastTable {
    /// cmp8 and Jcc: [condition]
    static let fusedCmp8: [Handler] = [
        { fusedRegister(Condition0.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp8Immediate and Jcc: [condition]
    static let fusedCmp8Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Cmp.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp16 and Jcc: [condition]
    static let fusedCmp16: [Handler] = [
        { fusedRegister(Condition0.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp16Immediate and Jcc: [condition]
    static let fusedCmp16Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Cmp.self, UInt16.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32 and Jcc: [condition]
    static let fusedCmp32: [Handler] = [
        { fusedRegister(Condition0.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32Immediate and Jcc: [condition]
    static let fusedCmp32Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Cmp.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// test8 and Jcc: [condition after logic]
    static let fusedTest8: [Handler] = [
        { fusedRegister(Condition4.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// test8Immediate and Jcc: [condition after logic]
    static let fusedTest8Immediate: [Handler] = [
        { fusedImmediate(Condition4.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Test.self, UInt8.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// test32 and Jcc: [condition after logic]
    static let fusedTest32: [Handler] = [
        { fusedRegister(Condition4.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// test32Immediate and Jcc: [condition after logic]
    static let fusedTest32Immediate: [Handler] = [
        { fusedImmediate(Condition4.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Test.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// sub32 and Jcc: [condition]
    static let fusedSub32: [Handler] = [
        { fusedRegister(Condition0.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// sub32Immediate and Jcc: [condition]
    static let fusedSub32Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Sub.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// add32Immediate and Jcc: [condition]
    static let fusedAdd32Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Add.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]
}
