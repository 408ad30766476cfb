/// Words of the operations that say what runs next.
enum ControlWords {
    /// By the condition: `FlagEffects(of:)`.
    private static let condition = FlagEffects(read: [.OF, .SF, .ZF, .PF, .CF])
    private static let interrupt = FlagEffects(
        read: .all, modified: .IF, cleared: [.TF, .NT, .RF, .VM],
        note: "IF is cleared in real mode and by an interrupt gate; a trap gate leaves it.")

    static let all: [OperationWords] = jumps + calls + interrupts

    private static let jumps: [OperationWords] = [
        OperationWords(.setcc, "Sets {0} to 1 if {if}, else to 0.", condition),
        OperationWords(.jcc, "Jumps to {0} if {if}.", condition),
        OperationWords(.jmp, "Jumps to {0}."),
        OperationWords(.jmpIndirect, "Jumps to the offset in {0}."),
        OperationWords(.jmpFar, "Jumps to {0}, loading cs, or through the gate or task that its selector names."),
        OperationWords(.loop, "Subtracts 1 from {ae}cx and jumps to {0} if that leaves more than 0."),
        OperationWords(
            .loope, "Subtracts 1 from {ae}cx and jumps to {0} if that leaves more than 0 and ZF is set.",
            FlagEffects(read: .ZF)),
        OperationWords(
            .loopne, "Subtracts 1 from {ae}cx and jumps to {0} if that leaves more than 0 and ZF is clear.",
            FlagEffects(read: .ZF)),
        OperationWords(.jcxz, "Jumps to {0} if {ae}cx is 0."),
    ]

    private static let calls: [OperationWords] = [
        OperationWords(.call, "Pushes the offset of the next instruction and jumps to {0}."),
        OperationWords(.callIndirect, "Pushes the offset of the next instruction and jumps to the offset in {0}."),
        OperationWords(
            .callFar,
            "Pushes cs and the offset of the next instruction and jumps to {0}, loading cs, "
                + "or through the gate or task that its selector names."
        ),
        OperationWords(.ret, "Pops the offset of the next instruction{release}."),
        OperationWords(.retFar, "Pops the offset of the next instruction and cs{release}."),
    ]

    private static let interrupts: [OperationWords] = [
        OperationWords(
            .int, "Calls the handler of interrupt {0}: pushes {flags}, cs and the offset of the next instruction.",
            interrupt),
        OperationWords(.int1, "Calls the handler of interrupt 1 (debug).", interrupt),
        OperationWords(.int3, "Calls the handler of interrupt 3 (breakpoint).", interrupt),
        OperationWords(.into, "Calls the handler of interrupt 4 (overflow) if OF is set.", interrupt),
        OperationWords(
            .iret, "Returns from an interrupt: pops the offset of the next instruction, cs and {flags}.",
            FlagEffects(
                read: [.IOPL, .VM, .NT], modified: .all,
                note:
                    "IF changes only where CPL is at most IOPL, IOPL and the virtual flags only at CPL 0; "
                    + "with 16-bit operands the upper half stays."
            )),
        OperationWords(.bound, "Raises #BR unless {0}, with sign, lies between the two bounds at {address}."),
        OperationWords(
            .syscall,
            "Calls the system: rcx gets the offset of the next instruction, r11 the flags, and the target is in MSRs.",
            FlagEffects(
                read: .all, modified: FlagSet.all.subtracting(.RF), cleared: .RF,
                note: "The flags that IA32_FMASK names are cleared.")),
        OperationWords(
            .sysret, "Returns from SYSCALL: to the offset in rcx, with the flags in r11, at CPL 3.",
            FlagEffects(modified: FlagSet.all.subtracting([.RF, .VM]), cleared: [.RF, .VM])),
        OperationWords(
            .sysenter, "Calls the system at the offset and with the stack that are in MSRs.",
            FlagEffects(cleared: [.IF, .VM])),
        OperationWords(
            .sysexit, "Returns to the system's caller at CPL 3: to the offset in {e}dx, with {e}cx as stack pointer."),
        OperationWords(.ud0, "Raises #UD, which is its purpose."),
        OperationWords(.ud1, "Raises #UD, which is its purpose."),
        OperationWords(.ud2, "Raises #UD, which is its purpose."),
    ]
}
