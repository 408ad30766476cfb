// Made by scripts/generate-handlers; do not edit.

extension FastTable {
    /// and32Immediate and Jcc: [condition after logic]
    static let fusedAnd32Immediate: [Handler] = [
        { fusedImmediate(Condition4.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition5.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition8.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition9.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition10.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition11.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition14.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedImmediate(Condition15.self, And.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// dec32 and Jcc: [condition]
    static let fusedDec32: [Handler] = [
        { fusedUnary(Condition0.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition1.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition2.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition3.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition4.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition5.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition6.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition7.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition8.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition9.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition10.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition11.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition12.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition13.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition14.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition15.self, Dec.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// inc32 and Jcc: [condition]
    static let fusedInc32: [Handler] = [
        { fusedUnary(Condition0.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition1.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition2.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition3.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition4.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition5.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition6.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition7.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition8.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition9.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition10.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition11.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition12.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition13.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition14.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedUnary(Condition15.self, Inc.self, UInt32.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp8LoadBase and Jcc: [condition]
    static let fusedCmp8LoadBase: [Handler] = [
        { fusedLoad(Condition0.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition1.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition2.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition3.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition4.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition5.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition6.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition7.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition8.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition9.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition10.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition11.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition12.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition13.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition14.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition15.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp8LoadIndex and Jcc: [condition]
    static let fusedCmp8LoadIndex: [Handler] = [
        { fusedLoad(Condition0.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition1.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition2.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition3.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition4.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition5.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition6.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition7.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition8.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition9.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition10.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition11.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition12.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition13.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition14.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition15.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32LoadBase and Jcc: [condition]
    static let fusedCmp32LoadBase: [Handler] = [
        { fusedLoad(Condition0.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition1.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition2.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition3.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition4.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition5.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition6.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition7.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition8.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition9.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition10.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition11.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition12.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition13.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition14.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition15.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32LoadIndex and Jcc: [condition]
    static let fusedCmp32LoadIndex: [Handler] = [
        { fusedLoad(Condition0.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition1.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition2.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition3.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition4.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition5.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition6.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition7.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition8.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition9.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition10.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition11.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition12.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition13.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition14.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedLoad(Condition15.self, UInt32.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32StoreBase and Jcc: [condition]
    static let fusedCmp32StoreBase: [Handler] = [
        { fusedStore(Condition0.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition1.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition2.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition3.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition4.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition5.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition6.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition7.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition8.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition9.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition10.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition11.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition12.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition13.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition14.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStore(Condition15.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp8StoreImmediateBase and Jcc: [condition]
    static let fusedCmp8StoreImmediateBase: [Handler] = [
        { fusedStoreImmediate(Condition0.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition1.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition2.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition3.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition4.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition6.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition7.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition12.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition13.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Cmp.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp8StoreImmediateIndex and Jcc: [condition]
    static let fusedCmp8StoreImmediateIndex: [Handler] = [
        { fusedStoreImmediate(Condition0.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition1.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition2.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition3.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition4.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition6.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition7.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition12.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition13.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Cmp.self, UInt8.self, FlatIndex.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// cmp32StoreImmediateBase and Jcc: [condition]
    static let fusedCmp32StoreImmediateBase: [Handler] = [
        { fusedStoreImmediate(Condition0.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition1.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition2.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition3.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition4.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition6.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition7.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition12.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition13.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Cmp.self, UInt32.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]

    /// test8StoreImmediateBase and Jcc: [condition after logic]
    static let fusedTest8StoreImmediateBase: [Handler] = [
        { fusedStoreImmediate(Condition4.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition5.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition8.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition9.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition10.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition11.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition14.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
        { fusedStoreImmediate(Condition15.self, Test.self, UInt8.self, FlatBase.self, FlatCode.self, $0, $1, $2, $3) },
    ]
}
