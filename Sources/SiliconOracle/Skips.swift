import X86ISA

/// Instructions that are not compared, by name and with the reason.
enum Skip {
    static let operations: [Operation: String] = {
        var list: [Operation: String] = [:]
        let groups: [(String, [Operation])] = [
            ("their results are the CPU's own", [.rdtsc, .rdtscp, .rdpmc, .rdrand, .rdseed, .cpuid, .rdpid, .xgetbv]),
            ("they call the kernel", [.syscall, .sysenter, .sysret, .sysexit]),
            (
                "they read the kernel's descriptors",
                [
                    .movSegmentLoad, .popSegment, .lds, .les, .lfs, .lgs, .lss, .jmpFar, .callFar, .retFar, .iret, .lar,
                    .lsl, .verr, .verw,
                ]
            ),
            ("Linux emulates them or not (CR4.UMIP)", [.sldt, .str, .sgdt, .sidt, .smsw]),
            (
                "their images depend on what else the CPU has",
                [.xsave, .xrstor, .xsaveopt, .xsavec, .xsaves, .xrstors]
            ),
        ]
        for (reason, operations) in groups { for operation in operations { list[operation] = reason } }
        return list
    }()

    /// Why the case is not compared, or nil.
    static func reason(_ instruction: Instruction) -> String? {
        if instruction.operation == .int, instruction.immediate & 0xFF == 0x80 { return "they call the kernel" }
        return operations[instruction.operation]
    }

    /// The name of an encoding that is no instruction of our CPUs and may be one of the host's; nil for others.
    static func hostOnly(_ bytes: [UInt8], isLong: Bool) -> String? {
        var place = 0, has66 = false, last: UInt8 = 0
        prefixes: while place < bytes.count {
            switch bytes[place] {
            case 0x66: has66 = true
            case 0xF2, 0xF3: last = bytes[place]
            case 0xF0, 0x67, 0x26, 0x2E, 0x36, 0x3E, 0x64, 0x65: break
            case 0x40...0x4F where isLong: break
            default: break prefixes
            }
            place += 1
        }
        func byte(_ offset: Int) -> UInt8 { place + offset < bytes.count ? bytes[place + offset] : 0 }
        let opcode = byte(0)
        if opcode == 0x62, isLong || byte(1) >= 0xC0 { return "AVX-512" }
        if opcode == 0xD5, isLong { return "REX2" }
        if opcode & 0xFE == 0xC6, byte(1) == 0xF8 { return "TSX" }
        if opcode & 0xFE == 0xC4, isLong || byte(1) >= 0xC0 {
            let isLong3 = opcode == 0xC4
            return hostOnlyVEX(map: isLong3 ? byte(1) & 31 : 1, opcode: byte(isLong3 ? 3 : 2))
        }
        guard opcode == 0x0F else { return nil }
        switch (byte(1), byte(2)) {
        case (0x01, 0xC0...0xDF), (0x01, 0xE8...0xEF), (0x01, 0xFA...0xFF): return "0F 01 of later CPUs"
        case (0x38, 0xCF), (0x3A, 0xCE), (0x3A, 0xCF): return has66 ? "GFNI" : nil
        case (0x38, 0xF8), (0x38, 0xF9): return "MOVDIRI, MOVDIR64B, ENQCMD"
        case (0x38, 0xD8...0xDF) where last == 0xF3: return "Key Locker"
        case (0x38, 0xFA...0xFF): return "Key Locker"
        case (0x78...0x79, _) where has66 || last == 0xF2, (0x2B, _) where last != 0: return "SSE4a"
        case (0xAE, _), (0xC7, _): return last != 0 || has66 ? "0F AE and 0F C7 of later CPUs" : nil
        default: return nil
        }
    }

    private static func hostOnlyVEX(map: UInt8, opcode: UInt8) -> String? {
        switch (map, opcode) {
        case (1, 0x41...0x4B), (1, 0x90...0x93), (1, 0x98...0x99), (3, 0x30...0x33): "AVX-512 masks"
        case (2, 0x50...0x53), (2, 0xD2...0xD3): "AVX-VNNI"
        case (2, 0xCF), (3, 0xCE...0xCF): "GFNI"
        case (2, 0xDC...0xDF): "VAES"
        case (3, 0x44): "VPCLMULQDQ"
        case (2, 0xB0...0xB5), (2, 0x72): "AVX-IFMA, AVX-NE-CONVERT"
        case (2, 0x48...0x4B), (2, 0x5C...0x5E): "AMX"
        case (2, 0xE0...0xEF): "CMPccXADD"
        default: nil
        }
    }
}
