#if canImport(Glibc) && arch(x86_64)
    import Glibc

    /// The process in which the host's CPU runs the instructions.
    ///
    /// Each case begins with the return from a signal handler, which loads all registers, and ends with a signal: that of
    /// its fault, of its single-step trap, or of the INT3 behind it. The handler stores what it finds and loads the next
    /// case. Standard input asks for a batch (one byte), standard output tells that it is done; descriptor 3 is the shared file.
    package enum HostChild {
        /// What the handler needs, in plain memory: it allocates nothing.
        private struct State {
            var shared: UnsafeMutableRawPointer
            var data: UnsafeMutableRawPointer
            var stub: UnsafeMutablePointer<UInt64>
            var index = 0
            var count = 0
            var isRunning = false
            var codeOffset = 0
            var codeLength = 0
        }

        nonisolated(unsafe) private static var state: UnsafeMutablePointer<State>?

        /// Runs until standard input ends. Comes back where something is missing, and says what.
        package static func run() -> String {
            guard let shared = map(0, SharedFile.size, PROT_READ | PROT_WRITE, MAP_SHARED, 3, 0) else {
                return "the shared file cannot be mapped"
            }
            // MAP_FIXED_NOREPLACE
            let fixed: Int32 = 0x100000
            guard
                map(Place.code, Place.codeSize, PROT_READ | PROT_EXEC, MAP_SHARED | fixed, 3, SharedFile.code) != nil,
                map(Place.constants, Place.constantsSize, PROT_READ, MAP_SHARED | fixed, 3, SharedFile.constants)
                    != nil,
                let data = map(
                    Place.data, Place.dataSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | fixed, -1, 0),
                let stub = map(0, Place.page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
            else { return "an address that the cases need is taken" }
            memset(shared + SharedFile.code, 0xCC, Place.codeSize)
            let area = (stub + 2048).assumingMemoryBound(to: UInt64.self)
            let place = UnsafeMutablePointer<State>.allocate(capacity: 1)
            place.initialize(to: State(shared: shared, data: data, stub: area))
            state = place
            fill(stub, area: area)
            guard installHandler(stub) else { return "no signal handler can be installed" }
            // SAFETY: a whole function of the C calling convention behind the handler's stub.
            unsafeBitCast(stub + 1024, to: (@convention(c) () -> Void).self)()
            raise(SIGTRAP)
            return "the first case did not begin"
        }

        private static func map(
            _ address: UInt64, _ size: Int, _ rights: Int32, _ flags: Int32, _ file: Int32, _ offset: Int
        ) -> UnsafeMutableRawPointer? {
            let wanted = UnsafeMutableRawPointer(bitPattern: UInt(address))
            let result = mmap(wanted, size, rights, flags | Int32(MAP_POPULATE), file, offset)
            guard result != MAP_FAILED, wanted == nil || result == wanted else { return nil }
            return result
        }

        /// Signals on a stack of their own, without others meanwhile.
        private static func installHandler(_ stub: UnsafeMutableRawPointer) -> Bool {
            let size = 256 * 1024
            var stack = stack_t()
            stack.ss_sp = .allocate(byteCount: size, alignment: 64)
            stack.ss_size = size
            guard sigaltstack(&stack, nil) == 0 else { return false }
            var action = sigaction()
            action.sa_flags = SA_SIGINFO | Int32(SA_ONSTACK)
            sigfillset(&action.sa_mask)
            // SAFETY: the stub has the convention of a signal handler.
            action.__sigaction_handler.sa_sigaction = unsafeBitCast(
                stub,
                to: (@convention(c) (Int32, UnsafeMutablePointer<siginfo_t>?, UnsafeMutableRawPointer?) -> Void)
                    .self)
            return [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP].allSatisfy { sigaction($0, &action, nil) == 0 }
        }

        /// Swift's own base of FS, which a case may change, is put in its place around the handler. `area`: FS and GS base of
        /// the case that ended, Swift's FS base, FS and GS base of the next case.
        private static func fill(_ stub: UnsafeMutableRawPointer, area: UnsafeMutablePointer<UInt64>) {
            func quad(_ value: UInt) -> [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
            let handler: @convention(c) (Int32, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Void = {
                _, _, context in HostChild.handle(context)
            }
            let place = quad(UInt(bitPattern: area))
            var code: [UInt8] = [0x6A, 0x02, 0x9D]  // push 2; popfq: no AC, NT, ID
            code += [0x48, 0xB8] + place  // mov rax, area
            code += [0xF3, 0x48, 0x0F, 0xAE, 0xC1, 0x48, 0x89, 0x08]  // rdfsbase rcx; mov [rax], rcx
            code += [0xF3, 0x48, 0x0F, 0xAE, 0xC9, 0x48, 0x89, 0x48, 0x08]  // rdgsbase rcx; mov [rax+8], rcx
            code += [0x48, 0x8B, 0x48, 0x10, 0xF3, 0x48, 0x0F, 0xAE, 0xD1]  // mov rcx, [rax+16]; wrfsbase rcx
            code += [0x48, 0x83, 0xEC, 0x08, 0x48, 0xB8] + quad(unsafeBitCast(handler, to: UInt.self))
            code += [0xFF, 0xD0, 0x48, 0x83, 0xC4, 0x08]  // sub rsp, 8; mov rax, handler; call rax; add rsp, 8
            code += [0x48, 0xB8] + place
            code += [0x48, 0x8B, 0x48, 0x18, 0xF3, 0x48, 0x0F, 0xAE, 0xD1]  // mov rcx, [rax+24]; wrfsbase rcx
            // mov rcx, [rax+32]; wrgsbase rcx; ret
            code += [0x48, 0x8B, 0x48, 0x20, 0xF3, 0x48, 0x0F, 0xAE, 0xD9, 0xC3]
            stub.copyMemory(from: code, byteCount: code.count)
            // Notes the base of FS; DS, ES and GS get the flat data that 32-bit code needs. FS stays null.
            var first: [UInt8] = [0x48, 0xB8] + place
            first += [0xF3, 0x48, 0x0F, 0xAE, 0xC1, 0x48, 0x89, 0x48, 0x10]  // rdfsbase rcx; mov [rax+16], rcx
            first += [0xB9, UInt8(Place.flatData), 0, 0, 0, 0x8E, 0xD9, 0x8E, 0xC1, 0x8E, 0xE9, 0xC3]  // mov ds, es, gs
            (stub + 1024).copyMemory(from: first, byteCount: first.count)
        }

        /// uc_mcontext.gregs, as numbers of `Registers` have them: RAX RCX RDX RBX RSP RBP RSI RDI R8-R15.
        private static func gregs(_ number: Int) -> Int {
            switch number {
            case 0: 13
            case 1: 14
            case 2: 12
            case 3: 11
            case 4: 15
            case 5: 10
            case 6: 9
            case 7: 8
            default: number - 8
            }
        }

        private static func handle(_ context: UnsafeMutableRawPointer) {
            guard let state else { _exit(1) }
            // SAFETY: Linux hands over a ucontext_t, whose uc_mcontext.gregs begin at 40 and whose fpstate at index 23.
            let gregs = (context + 40).assumingMemoryBound(to: UInt64.self)
            guard let image = UnsafeMutableRawPointer(bitPattern: UInt(gregs[23])) else { _exit(1) }
            if state.pointee.isRunning {
                store(state, gregs, image)
                state.pointee.index += 1
            }
            if state.pointee.index >= state.pointee.count { nextBatch(state) }
            state.pointee.shared.word(SharedFile.progress).pointee = UInt64(state.pointee.index)
            state.pointee.isRunning = true
            load(state, gregs, image)
        }

        private static func nextBatch(_ state: UnsafeMutablePointer<State>) {
            var byte: UInt8 = 1
            if state.pointee.isRunning, write(1, &byte, 1) != 1 { _exit(0) }
            guard read(0, &byte, 1) == 1 else { _exit(0) }
            let shared = state.pointee.shared
            state.pointee.index = Int(shared.word(SharedFile.first).pointee)
            state.pointee.count = Int(shared.word(SharedFile.count).pointee)
            memcpy(state.pointee.data, shared + SharedFile.pattern, Place.dataSize)
        }

        private static func load(
            _ state: UnsafeMutablePointer<State>, _ gregs: UnsafeMutablePointer<UInt64>,
            _ image: UnsafeMutableRawPointer
        ) {
            let shared = state.pointee.shared
            let input = shared.input(state.pointee.index)
            let registers = input.registers
            for number in 0..<16 { gregs[Self.gregs(number)] = registers[number] }
            gregs[16] = registers.instructionPointer
            gregs[17] = registers.flags
            gregs[18] = gregs[18] & ~0xFFFF | registers.codeSelector
            state.pointee.stub[3] = registers.fsBase
            state.pointee.stub[4] = registers.gsBase
            memcpy(image, registers.vector, 416)
            memcpy(image + 576, registers.vector + 512, 256)
            image.word(512).pointee |= 7
            memset(shared + SharedFile.code + state.pointee.codeOffset, 0xCC, state.pointee.codeLength)
            state.pointee.codeOffset = Int(registers.instructionPointer - Place.code)
            state.pointee.codeLength = input.length
            memcpy(shared + SharedFile.code + state.pointee.codeOffset, input.code, input.length)
            memcpy(state.pointee.data + input.patchOffset, input.patch, CaseInput.patchSize)
        }

        private static func store(
            _ state: UnsafeMutablePointer<State>, _ gregs: UnsafeMutablePointer<UInt64>,
            _ image: UnsafeMutableRawPointer
        ) {
            let shared = state.pointee.shared
            let input = shared.input(state.pointee.index)
            let output = shared.output(state.pointee.index)
            let registers = output.registers
            for number in 0..<16 { registers[number] = gregs[Self.gregs(number)] }
            registers.instructionPointer = gregs[16]
            registers.flags = gregs[17]
            registers.codeSelector = gregs[18] & 0xFFFF
            registers.fsBase = state.pointee.stub[0]
            registers.gsBase = state.pointee.stub[1]
            memcpy(registers.vector, image, 512)
            if image.word(512).pointee & 4 != 0 {
                memcpy(registers.vector + 512, image + 576, 256)
            } else {
                memset(registers.vector + 512, 0, 256)
            }
            output.vector = gregs[20]
            output.errorCode = gregs[19]
            output.faultAddress = gregs[20] == 14 ? gregs[22] : 0
            output.isLost = false
            let data = state.pointee.data
            // What it began with, again.
            let pattern = shared + SharedFile.pattern
            let end = input.patchOffset + CaseInput.patchSize
            let isSame =
                memcmp(data, pattern, input.patchOffset) == 0
                && memcmp(data + input.patchOffset, input.patch, CaseInput.patchSize) == 0
                && memcmp(data + end, pattern + end, Place.dataSize - end) == 0
            output.memoryChanged = !isSame
            if isSame {
                memcpy(data + input.patchOffset, pattern + input.patchOffset, CaseInput.patchSize)
            } else {
                memcpy(output.memory, data, Place.dataSize)
                memcpy(data, pattern, Place.dataSize)
            }
        }
    }
#else
    package enum HostChild {
        package static func run() -> String { "the host's CPU is no x86-64" }
    }
#endif
