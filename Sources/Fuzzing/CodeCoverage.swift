import Machine
import X86ISA

extension VM {
    /// The instruction at CS:IP is what comes next: no interrupt before it, no halt.
    var runsNext: Bool {
        let cpu = block.assumingMemoryBound(to: CPUFile.self)
        guard cpu.pointee.halted == 0 else { return false }
        let isShadowed = cpu.pointee.stiShadow | cpu.pointee.stackShadow != 0
        return !io.interruptLine || isShadowed || cpu.pointee.rflags & UInt64(Flags.interrupt) == 0
    }
}

/// Which bytes of a case's code were run.
///
/// A byte counts once, when it is part of an instruction whose turn came, and only while it is still what was placed there. Of
/// what is no instruction the first byte counts.
public struct CodeCoverage {
    private let start: UInt64
    private let bytes: [UInt8]
    private var isRun: [Bool]
    private var isSeen: [Bool]

    public init(_ fuzzCase: FuzzCase) {
        bytes = fuzzCase.codeBytes
        start = fuzzCase.pieces.indices.contains(fuzzCase.code) ? fuzzCase.pieces[fuzzCase.code].address : 0
        isRun = Array(repeating: false, count: bytes.count)
        isSeen = isRun
    }

    /// Bytes that lie in memory.
    public var placed: Int { bytes.count }
    /// Bytes that were run.
    public var run: Int { isRun.count { $0 } }

    /// Looks at the machine at an instruction boundary.
    mutating func visit(_ vm: VM) {
        let cpu = vm.block.assumingMemoryBound(to: CPUFile.self)
        let linear = cpu.pointee.linearInstructionPointer
        guard linear >= start, linear < start + UInt64(bytes.count), vm.runsNext else { return }
        let first = Int(linear - start)
        guard !isSeen[first] else { return }
        let found = vm.memory.peek(linear, count: 15)
        let length = (try? Decoder(cpu.pointee.codeSize).decode(found)).map { Int($0.length) } ?? 1
        // Changed code may become what it was.
        isSeen[first] = found.first == bytes[first]
        for index in 0..<min(length, bytes.count - first) where found[index] == bytes[first + index] {
            isRun[first + index] = true
        }
    }
}
