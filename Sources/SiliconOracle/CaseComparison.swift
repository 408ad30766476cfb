import Lockstep
import Machine
import X86ISA

#if canImport(Glibc)
    import Glibc
#endif

/// One thing that is not the same on the host and on the interpreter.
struct CaseDifference {
    /// What, in words that are the same for all cases: `flags CF`, `exception 13 instead of 14`.
    var kind: String
    /// The host's value and the interpreter's.
    var detail: String
    var explanation: Explanation?
}

/// Compares what both CPUs left of a case.
struct CaseComparison {
    let instruction: Instruction?
    let input: CaseInput
    let host: CaseOutput
    let guest: CaseOutput
    let pattern: UnsafeRawPointer
    private(set) var differences: [CaseDifference] = []

    init(
        _ instruction: Instruction?, _ input: CaseInput, host: CaseOutput, guest: CaseOutput, pattern: UnsafeRawPointer
    ) {
        self.instruction = instruction
        self.input = input
        self.host = host
        self.guest = guest
        self.pattern = pattern
    }

    /// Bytes that hold no register become zero.
    static func normalize(_ output: CaseOutput) {
        let image = output.registers.vector
        (image + 5).storeBytes(of: 0, as: UInt8.self)
        (image + 28).storeBytes(of: 0, as: UInt32.self)
        for number in 0..<8 {
            (image + 42 + number * 16).storeBytes(of: 0, as: UInt16.self)
            (image + 44 + number * 16).storeBytes(of: 0, as: UInt32.self)
        }
        memset(image + 416, 0, 96)
    }

    /// Nothing differs, in the cheapest way.
    var isSame: Bool {
        memcmp(host.base, guest.base, Registers.size) == 0 && host.vector == guest.vector
            && host.errorCode == guest.errorCode && host.faultAddress == guest.faultAddress
            && host.memoryChanged == guest.memoryChanged
            && (!host.memoryChanged || memcmp(host.memory, guest.memory, Place.dataSize) == 0)
    }

    private mutating func add(_ kind: String, _ host: UInt64, _ guest: UInt64, _ explanation: Explanation? = nil) {
        differences.append(
            CaseDifference(
                kind: kind, detail: "\(kind): host \(hexadecimal(host)), interpreter \(hexadecimal(guest))",
                explanation: explanation))
    }

    mutating func compare() {
        compareOutputs()
        guard AMDHost.isHere else { return }
        for index in differences.indices where differences[index].explanation == nil {
            differences[index].explanation = AMDHost.explanation(
                differences[index].kind, instruction, input, host: host, guest: guest)
        }
    }

    private mutating func compareOutputs() {
        guard host.vector == guest.vector else {
            let explanation = Explanation.ofException(instruction, input, host: host, guest: guest)
            let names = [host, guest].map { Vector(UInt8(truncatingIfNeeded: $0.vector)).name }
            differences.append(
                CaseDifference(
                    kind: "exception: \(names[0]) on the host, \(names[1]) on the interpreter",
                    detail:
                        "at \(hexadecimal(host.registers.instructionPointer)), error code \(hexadecimal(host.errorCode)),"
                        + " and at \(hexadecimal(guest.registers.instructionPointer)), \(hexadecimal(guest.errorCode))",
                    explanation: explanation))
            return
        }
        compareFault()
        let undefined = self.undefined
        compareGeneral(undefined)
        compareMemory(undefined)
        compareVector()
    }

    private mutating func compareFault() {
        if host.errorCode != guest.errorCode {
            let isKernel = host.vector == 14 && host.faultAddress >= Place.userEnd
            add(
                "error code", host.errorCode, guest.errorCode,
                isKernel && (host.errorCode ^ guest.errorCode) == 1
                    ? .kernelAddress : instruction?.operation == .fxsave ? .imageFault : nil)
        }
        if host.faultAddress != guest.faultAddress {
            add(
                "CR2", host.faultAddress, guest.faultAddress,
                Explanation.ofFaultAddress(instruction, host.faultAddress, guest.faultAddress))
        }
    }

    private var undefined: UndefinedResults? {
        guard let instruction, [1, 3].contains(host.vector) else { return nil }
        return UndefinedResults(
            instruction, before: file(input.registers), after: file(host.registers), hasOwnClock: false)
    }

    private func file(_ registers: Registers) -> CPUFile {
        var cpu = CPUFile()
        for number in 0..<16 { cpu[register: number] = registers[number] }
        cpu.rflags = registers.flags
        cpu.rip = registers.instructionPointer
        cpu.fs.base = registers.fsBase
        cpu.gs.base = registers.gsBase
        // Writable data with B.
        cpu.ss.attributes = 0xC0F3
        return cpu
    }

    private static let names = [
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
    ]

    private mutating func compareGeneral(_ undefined: UndefinedResults?) {
        let (a, b) = (host.registers, guest.registers)
        let isFault = host.vector != 1 && host.vector != 3
        for number in 0..<16 where a[number] != b[number] {
            let mask = undefined?.registers.filter { $0.number == number }.reduce(0) { $0 | $1.mask } ?? 0
            add(
                "general register", a[number], b[number],
                (a[number] ^ b[number]) & ~mask == 0
                    ? .undefinedResult : Explanation.ofGeneral(instruction, isFault: isFault, a[number], b[number]))
            differences[differences.count - 1].detail =
                Self.names[number] + ": host \(hexadecimal(a[number])), interpreter \(hexadecimal(b[number]))"
        }
        if a.instructionPointer != b.instructionPointer { add("rip", a.instructionPointer, b.instructionPointer) }
        if a.codeSelector != b.codeSelector { add("cs", a.codeSelector, b.codeSelector) }
        if a.fsBase != b.fsBase { add("base of fs", a.fsBase, b.fsBase) }
        if a.gsBase != b.gsBase { add("base of gs", a.gsBase, b.gsBase) }
        let open = UInt64(undefined?.flags ?? 0), flags = a.flags ^ b.flags
        for (mask, explanation) in [(flags & ~open, nil), (flags & open, .undefinedFlags)]
            as [(UInt64, Explanation?)] where mask != 0
        {
            let text = FlagSet(rawValue: UInt32(truncatingIfNeeded: mask)).text
            add("flags " + text, a.flags, b.flags, explanation)
        }
    }

    private mutating func compareMemory(_ undefined: UndefinedResults?) {
        guard host.memoryChanged || guest.memoryChanged else { return }
        let before = UnsafeMutableRawPointer.allocate(byteCount: Place.dataSize, alignment: 64)
        defer { before.deallocate() }
        memcpy(before, pattern, Place.dataSize)
        memcpy(before + input.patchOffset, input.patch, CaseInput.patchSize)
        let a = host.memoryChanged ? host.memory : before, b = guest.memoryChanged ? guest.memory : before
        var lines: [String] = [], isExplained = true
        for offset in 0..<Place.dataSize {
            let (x, y) = (
                a.load(fromByteOffset: offset, as: UInt8.self), b.load(fromByteOffset: offset, as: UInt8.self)
            )
            guard x != y else { continue }
            let linear = Place.data + UInt64(offset)
            if lines.count < 16 {
                lines.append(
                    "[\(hexadecimal(linear))] \(hexadecimal(UInt64(x), digits: 2)) \(hexadecimal(UInt64(y), digits: 2))"
                )
            }
            let isOpen = undefined?.memory.contains { $0.linear <= linear && linear < $0.linear + $0.count } ?? false
            isExplained = isExplained && isOpen
        }
        guard !lines.isEmpty else { return }
        differences.append(
            CaseDifference(
                kind: "memory", detail: "memory, host and interpreter: " + lines.joined(separator: ", "),
                explanation: isExplained ? .undefinedResult : Explanation.ofMemory(instruction, host.vector)))
    }

    private mutating func compareVector() {
        let (a, b) = (host.registers.vector, guest.registers.vector)
        guard memcmp(a, b, 768) != 0 else { return }
        func word<T: FixedWidthInteger>(_ image: UnsafeMutableRawPointer, _ offset: Int, _ type: T.Type) -> UInt64 {
            UInt64(image.load(fromByteOffset: offset, as: type))
        }
        let x87 = Explanation.ofX87(instruction, host: host, guest: guest)
        func check<T: FixedWidthInteger>(
            _ name: String, _ offset: Int, _ type: T.Type,
            _ explanation: (UInt64, UInt64) -> Explanation? = { _, _ in nil }
        ) {
            let (x, y) = (word(a, offset, type), word(b, offset, type))
            if x != y { add(name, x, y, explanation(x, y)) }
        }
        let before = input.registers.vector, isX87 = instruction?.isX87 == true
        func isOld(_ value: UInt64, _ offset: Int, _ mask: UInt64) -> Bool {
            isX87 && value == before.load(fromByteOffset: offset, as: UInt64.self) & mask
        }
        check("FCW", 0, UInt16.self)
        check("FSW", 2, UInt16.self) { Explanation.ofStatus(instruction, $0, $1) ?? x87 }
        check("FTW", 4, UInt8.self) { _, _ in x87 }
        check("FOP", 6, UInt16.self) { host, _ in
            isX87 && host == word(before, 6, UInt16.self) ? .oldPointers : nil
        }
        check("FIP", 8, UInt64.self) { Explanation.ofPointer(instruction, $0, $1) }
        check("FDP", 16, UInt64.self) { host, guest in
            isOld(host, 16, .max) ? .oldPointers : Explanation.ofPointer(instruction, host, guest)
        }
        let vector = self.host.vector
        check("MXCSR", 24, UInt32.self) { Explanation.ofVectorStatus(instruction, vector, $0, $1) }
        for number in 0..<8 {
            let place = 32 + number * 16
            func value(_ image: UnsafeMutableRawPointer) -> (UInt64, UInt16) {
                (
                    image.load(fromByteOffset: place, as: UInt64.self),
                    image.load(fromByteOffset: place + 8, as: UInt16.self)
                )
            }
            let explanation = Explanation.ofRegister(instruction, value(a), value(b)) ?? x87
            check("ST significand", place, UInt64.self) { _, _ in explanation }
            check("ST exponent", place + 8, UInt16.self) { _, _ in explanation }
        }
        for (name, start) in [("xmm", 160), ("ymm high", 512)] {
            for number in 0..<32 {
                check(name, start + number * 8, UInt64.self) { Explanation.ofVector(instruction, $0, $1) }
            }
        }
    }
}
