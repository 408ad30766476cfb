/// Words of the operations on flags and the system's registers.
enum SystemWords {
    private static let zero = FlagEffects(modified: .ZF)

    static let all: [OperationWords] = flags + tables + processor + later + states

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
        OperationWords(.lgdt, "Loads GDTR, limit and base, from the {tablebytes} bytes at {address}."),
        OperationWords(.sgdt, "Stores GDTR, limit and base, into the {tablebytes} bytes at {address}."),
        OperationWords(.lidt, "Loads IDTR, limit and base, from the {tablebytes} bytes at {address}."),
        OperationWords(.sidt, "Stores IDTR, limit and base, into the {tablebytes} bytes at {address}."),
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
    ]

    private static let later: [OperationWords] = [
        OperationWords(.invpcid, "Drops TLB entries of the kind {0} that the descriptor at {address} names."),
        OperationWords(.rdtscp, "Loads edx:eax with the time-stamp counter and ecx with IA32_TSC_AUX."),
        OperationWords(.rdpmc, "Loads edx:eax from the performance counter that ecx names."),
        OperationWords(.rdpid, "Loads {0} with IA32_TSC_AUX."),
        OperationWords(.swapgs, "Exchanges the base of gs and IA32_KERNEL_GS_BASE."),
        OperationWords(.rdfsbase, "Copies the base of fs to {0}."),
        OperationWords(.rdgsbase, "Copies the base of gs to {0}."),
        OperationWords(.wrfsbase, "Loads the base of fs from {0}."),
        OperationWords(.wrgsbase, "Loads the base of gs from {0}."),
        OperationWords(.clac, "Clears AC: the system may not touch the pages of users.", FlagEffects(cleared: .AC)),
        OperationWords(.stac, "Sets AC: the system may touch the pages of users.", FlagEffects(set: .AC)),
        OperationWords(.monitor, "Begins to watch the memory at {segment}:[{ae}ax] for writes."),
        OperationWords(.mwait, "Waits until what MONITOR watches is written, or an interrupt comes."),
        OperationWords(.endbr32, "Marks a target of indirect branches in 32-bit code; else does nothing."),
        OperationWords(.endbr64, "Marks a target of indirect branches in 64-bit code; else does nothing."),
        OperationWords(.clflush, "Writes the cache line at {address} back and drops it."),
        OperationWords(.clflushopt, "Writes the cache line at {address} back and drops it, in no order with others."),
        OperationWords(.clwb, "Writes the cache line at {address} back."),
        OperationWords(.prefetch, "Asks for the cache line at {address}; does nothing else."),
        OperationWords(.prefetchw, "Asks for the cache line at {address}, to be written; does nothing else."),
        OperationWords(.prefetchnta, "Asks for the cache line at {address}, to be used once; does nothing else."),
        OperationWords(.prefetcht0, "Asks for the cache line at {address}, in all caches; does nothing else."),
        OperationWords(
            .prefetcht1, "Asks for the cache line at {address}, from the second cache on; does nothing else."),
        OperationWords(
            .prefetcht2, "Asks for the cache line at {address}, from the third cache on; does nothing else."),
        OperationWords(.lfence, "Waits until all earlier loads are done."),
        OperationWords(.mfence, "Waits until all earlier loads and stores are done."),
        OperationWords(.sfence, "Waits until all earlier stores are done."),
    ]

    private static let states: [OperationWords] = [
        OperationWords(.xgetbv, "Loads edx:eax from the extended control register that ecx names."),
        OperationWords(.xsetbv, "Loads the extended control register that ecx names from edx:eax."),
        OperationWords(.fxsave, "Stores the state of x87, MMX and SSE in the 512 bytes at {address}."),
        OperationWords(.fxrstor, "Loads the state of x87, MMX and SSE from the 512 bytes at {address}."),
        OperationWords(.xsave, "Stores the states that edx:eax and XCR0 choose at {address}."),
        OperationWords(.xrstor, "Loads the states that edx:eax and XCR0 choose from {address}."),
        OperationWords(
            .xsaveopt, "Stores the states that edx:eax and XCR0 choose at {address}, as far as they have changed."),
        OperationWords(.xsavec, "Stores the states that edx:eax and XCR0 choose at {address}, without gaps."),
        OperationWords(
            .xsaves,
            "Stores the states that edx:eax, XCR0 and IA32_XSS choose at {address}, without gaps and as far as they "
                + "have changed."),
        OperationWords(.xrstors, "Loads the states that edx:eax, XCR0 and IA32_XSS choose from {address}."),
    ]
}
