/// Words of the operations on flags and the system's registers.
enum SystemWords {
    private static let zero = FlagEffects(modified: .ZF)

    static let all: [OperationWords] = flags + tables + processor

    private static let flags: [OperationWords] = [
        OperationWords(.clc, "Clears CF.", FlagEffects(cleared: .CF)),
        OperationWords(.stc, "Sets CF.", FlagEffects(set: .CF)),
        OperationWords(.cmc, "Flips CF.", FlagEffects(read: .CF, modified: .CF)),
        OperationWords(.cld, "Clears DF: string instructions go up.", FlagEffects(cleared: .DF)),
        OperationWords(.std, "Sets DF: string instructions go down.", FlagEffects(set: .DF)),
        OperationWords(.cli, "Clears IF: maskable interrupts wait.", FlagEffects(read: [.IOPL, .VM], cleared: .IF)),
        OperationWords(
            .sti, "Sets IF: maskable interrupts are taken, from the end of the next instruction on.",
            FlagEffects(read: [.IOPL, .VM], set: .IF)),
    ]

    private static let tables: [OperationWords] = [
        OperationWords(.lgdt, "Loads GDTR, limit and base, from the six bytes at {address}."),
        OperationWords(.sgdt, "Stores GDTR, limit and base, into the six bytes at {address}."),
        OperationWords(.lidt, "Loads IDTR, limit and base, from the six bytes at {address}."),
        OperationWords(.sidt, "Stores IDTR, limit and base, into the six bytes at {address}."),
        OperationWords(.lldt, "Loads LDTR with the selector in {0}, and the hidden part that goes with it."),
        OperationWords(.sldt, "Copies the selector in LDTR to {0}."),
        OperationWords(.ltr, "Loads the task register with the selector in {0}, and marks its TSS as busy."),
        OperationWords(.str, "Copies the selector in the task register to {0}."),
        OperationWords(
            .lar,
            "Loads {0} with the access rights of the segment that the selector in {1} names, if it may see them: ZF says so.",
            zero),
        OperationWords(
            .lsl,
            "Loads {0} with the limit of the segment that the selector in {1} names, if it may be seen: ZF says so.",
            zero),
        OperationWords(
            .verr, "Sets ZF if the segment that the selector in {0} names can be read, else clears it.", zero),
        OperationWords(
            .verw, "Sets ZF if the segment that the selector in {0} names can be written, else clears it.", zero),
        OperationWords(
            .arpl,
            "Raises the RPL of the selector in {0} to that of {1} and sets ZF, or clears ZF where it was as high.", zero
        ),
    ]

    private static let processor: [OperationWords] = [
        OperationWords(.hlt, "Halts until an interrupt or reset comes."),
        OperationWords(.nop, "Does nothing."),
        OperationWords(.wait, "Waits for the x87 and takes the exception that it may have pending."),
        OperationWords(.lmsw, "Loads PE, MP, EM and TS of CR0 from {0}; PE can be set but not cleared."),
        OperationWords(.smsw, "Copies CR0, as far as it fits, to {0}."),
        OperationWords(.clts, "Clears TS in CR0."),
        OperationWords(.invd, "Drops the caches without writing them back."),
        OperationWords(.wbinvd, "Writes the caches back and drops them."),
        OperationWords(.invlpg, "Drops the TLB entry of the page with {address}."),
        OperationWords(.cpuid, "Tells about the processor in eax, ebx, ecx and edx, as eax asks."),
        OperationWords(.rdtsc, "Loads edx:eax with the time-stamp counter."),
        OperationWords(.rdmsr, "Loads edx:eax from the model-specific register that ecx names."),
        OperationWords(.wrmsr, "Loads the model-specific register that ecx names from edx:eax."),
        OperationWords(
            .rsm, "Returns from system-management mode, with all registers as they were saved.",
            FlagEffects(modified: .all)),
        OperationWords(.escape, "The x87 runs {x87}."),
    ]
}
