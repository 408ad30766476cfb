/// Where things lie in the address space that an instruction of the oracle sees, on the host and on the interpreter alike.
enum Place {
    static let page = 4096
    /// Two pages of code, full of INT3, that can be read and run.
    static let code: UInt64 = 0x1000_0000
    static let codeSize = 2 * page
    /// Two pages of data between pages that are not there.
    static let data: UInt64 = 0x2000_0000
    static let dataSize = 2 * page
    /// A page that can be read alone.
    static let constants: UInt64 = 0x3000_0000
    static let constantsSize = page
    /// Linux's selectors of user code and data; those of TLS are zero.
    static let code64: UInt64 = 0x33
    static let code32: UInt64 = 0x23
    static let flatData: UInt16 = 0x2B
    /// The first byte that no user of Linux can map.
    static let userEnd: UInt64 = 0x7FFF_FFFF_F000
}

/// The file that the oracle and its child share.
enum SharedFile {
    static let batch = 256
    /// Cases of the batch, the first that is to run, and the one that runs now.
    static let count = 0
    static let first = 8
    static let progress = 16
    static let code = Place.page
    /// What `Place.data` has before each case.
    static let pattern = code + Place.codeSize
    static let constants = pattern + Place.dataSize
    static let inputs = constants + Place.constantsSize
    static let outputs = inputs + batch * CaseInput.size
    static let size = outputs + batch * CaseOutput.size
}

/// Registers in memory: those of a case before it runs, or afterwards.
struct Registers {
    static let vectorOffset = 256
    /// With `VectorState`'s 768 bytes.
    static let size = vectorOffset + 768

    let base: UnsafeMutableRawPointer

    private func word(_ index: Int) -> UnsafeMutablePointer<UInt64> {
        (base + index * 8).assumingMemoryBound(to: UInt64.self)
    }

    /// By encoding.
    subscript(_ number: Int) -> UInt64 {
        get { word(number & 15).pointee }
        nonmutating set { word(number & 15).pointee = newValue }
    }
    var instructionPointer: UInt64 {
        get { word(16).pointee }
        nonmutating set { word(16).pointee = newValue }
    }
    var flags: UInt64 {
        get { word(17).pointee }
        nonmutating set { word(17).pointee = newValue }
    }
    var codeSelector: UInt64 {
        get { word(18).pointee }
        nonmutating set { word(18).pointee = newValue }
    }
    var fsBase: UInt64 {
        get { word(19).pointee }
        nonmutating set { word(19).pointee = newValue }
    }
    var gsBase: UInt64 {
        get { word(20).pointee }
        nonmutating set { word(20).pointee = newValue }
    }
    /// In the form of `VectorState`.
    var vector: UnsafeMutableRawPointer { base + Self.vectorOffset }
}

/// What a case begins with.
struct CaseInput {
    /// Bytes of `Place.data` that a case has of its own.
    static let patchSize = 64
    static let size = Registers.size + 64 + patchSize

    let base: UnsafeMutableRawPointer

    var registers: Registers { Registers(base: base) }
    private var words: UnsafeMutablePointer<UInt64> {
        (base + Registers.size).assumingMemoryBound(to: UInt64.self)
    }
    /// Bytes of code, 0-15.
    var length: Int {
        get { Int(words[0]) }
        nonmutating set { words[0] = UInt64(newValue) }
    }
    /// Place of the patch in `Place.data`.
    var patchOffset: Int {
        get { Int(words[1]) }
        nonmutating set { words[1] = UInt64(newValue) }
    }
    var code: UnsafeMutablePointer<UInt8> { (base + Registers.size + 16).assumingMemoryBound(to: UInt8.self) }
    var patch: UnsafeMutableRawPointer { base + Registers.size + 64 }
    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: code, count: length)) }
    var isLong: Bool { registers.codeSelector == Place.code64 }
}

/// What a case ended with: always an exception, be it the single-step trap.
struct CaseOutput {
    static let size = Registers.size + 64 + Place.dataSize

    let base: UnsafeMutableRawPointer

    var registers: Registers { Registers(base: base) }
    private var words: UnsafeMutablePointer<UInt64> {
        (base + Registers.size).assumingMemoryBound(to: UInt64.self)
    }
    var vector: UInt64 {
        get { words[0] }
        nonmutating set { words[0] = newValue }
    }
    /// 0 for vectors without one.
    var errorCode: UInt64 {
        get { words[1] }
        nonmutating set { words[1] = newValue }
    }
    /// CR2 of a page fault.
    var faultAddress: UInt64 {
        get { words[2] }
        nonmutating set { words[2] = newValue }
    }
    /// `memory` is filled; else it is as before.
    var memoryChanged: Bool {
        get { words[3] != 0 }
        nonmutating set { words[3] = newValue ? 1 : 0 }
    }
    /// The child ended here, or hung.
    var isLost: Bool {
        get { words[4] != 0 }
        nonmutating set { words[4] = newValue ? 1 : 0 }
    }
    var memory: UnsafeMutableRawPointer { base + Registers.size + 64 }
}

extension UnsafeMutableRawPointer {
    func input(_ index: Int) -> CaseInput { CaseInput(base: self + SharedFile.inputs + index * CaseInput.size) }
    func output(_ index: Int) -> CaseOutput { CaseOutput(base: self + SharedFile.outputs + index * CaseOutput.size) }
    func word(_ offset: Int) -> UnsafeMutablePointer<UInt64> {
        (self + offset).assumingMemoryBound(to: UInt64.self)
    }
}
