// Made by scripts/generate-handlers; do not edit.

extension FastTable {
    /// real8 and Jcc: [condition]
    static let fusedReal8: [Handler] = [
        { fusedRegister(Condition0.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real8Immediate and Jcc: [condition]
    static let fusedReal8Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Cmp.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real16 and Jcc: [condition]
    static let fusedReal16: [Handler] = [
        { fusedRegister(Condition0.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition1.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition2.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition3.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition4.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition6.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition7.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition12.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition13.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real16Immediate and Jcc: [condition]
    static let fusedReal16Immediate: [Handler] = [
        { fusedImmediate(Condition0.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition1.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition2.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition3.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition4.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition6.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition7.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition12.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition13.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Cmp.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realTest8 and Jcc: [condition after logic]
    static let fusedRealTest8: [Handler] = [
        { fusedRegister(Condition4.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realTest8Immediate and Jcc: [condition after logic]
    static let fusedRealTest8Immediate: [Handler] = [
        { fusedImmediate(Condition4.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, Test.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realTest16 and Jcc: [condition after logic]
    static let fusedRealTest16: [Handler] = [
        { fusedRegister(Condition4.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Test.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realOr8 and Jcc: [condition after logic]
    static let fusedRealOr8: [Handler] = [
        { fusedRegister(Condition4.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Or.self, UInt8.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realOr16 and Jcc: [condition after logic]
    static let fusedRealOr16: [Handler] = [
        { fusedRegister(Condition4.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition5.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition8.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition9.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition10.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition11.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition14.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedRegister(Condition15.self, Or.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// realDec16 and Jcc: [condition]
    static let fusedRealDec16: [Handler] = [
        { fusedUnary(Condition0.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition1.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition2.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition3.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition4.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition5.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition6.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition7.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition8.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition9.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition10.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition11.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition12.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition13.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition14.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
        { fusedUnary(Condition15.self, Dec.self, UInt16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real16Load and Jcc: [condition]
    static let fusedReal16Load: [Handler] = [
        { fusedLoad(Condition0.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition1.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition2.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition3.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition4.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition5.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition6.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition7.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition8.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition9.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition10.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition11.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition12.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition13.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition14.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedLoad(Condition15.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real16StoreImmediate and Jcc: [condition]
    static let fusedReal16StoreImmediate: [Handler] = [
        { fusedStoreImmediate(Condition0.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition1.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition2.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition3.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition4.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition6.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition7.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition12.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition13.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Cmp.self, UInt16.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
    ]

    /// real8StoreImmediate and Jcc: [condition]
    static let fusedReal8StoreImmediate: [Handler] = [
        { fusedStoreImmediate(Condition0.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition1.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition2.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition3.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition4.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition6.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition7.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition12.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition13.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Cmp.self, UInt8.self, Segmented16.self, Code16.self, $0, $1, $2, $3) },
    ]
}
