; teaches: the local APIC through its MSRs (x2APIC): interrupts to oneself, NMI, priorities, the TSC deadline, and what is #GP
; run: --budget 2000000000
; media: floppy
; cpu: max,+x2apic
; qemu: differs because its TCG has neither x2APIC nor the TSC deadline
; expect-serial: modes
; expect-serial: registers
; expect-serial: interrupts
; expect-serial: NMI
; expect-serial: deadline
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        %include "apic.inc"

APIC_BASE_MSR   equ 0x1B
DEADLINE_MSR    equ 0x6E0
X2_ID           equ 0x802
X2_VERSION      equ 0x803
X2_TPR          equ 0x808
X2_PPR          equ 0x80A
X2_EOI          equ 0x80B
X2_LDR          equ 0x80D
X2_SVR          equ 0x80F
X2_ESR          equ 0x828
X2_ICR          equ 0x830
X2_LVT_TIMER    equ 0x832
X2_SELF         equ 0x83F
TSC_DEADLINE    equ 2 << 17

; refused "name", NUMBER, LOW: a write that is #GP; refused_read "name", NUMBER
%macro refused 3
        mov     ecx, %2
        mov     eax, %3
        xor     edx, edx
        expect_fault GP_, 0, %1, wrmsr
%endmacro
%macro refused_read 2
        mov     ecx, %2
        expect_fault GP_, 0, %1, rdmsr
%endmacro

main:
        enter_protected
        setup_apic
        mov     dword [log_keeps], 1    ; the handler's EOI goes to a register in memory, which is not there any more
        print   `modes\n`
        mov     eax, 1
        cpuid
        and     ecx, (1 << 21) | (1 << 24)
        expect32 ecx, (1 << 21) | (1 << 24), "CPUID has x2APIC and the TSC deadline"
        refused_read "an MSR of x2APIC in xAPIC mode", X2_ID
        msr_write APIC_BASE_MSR, 0xFEE00D00, 0
        msr_read APIC_BASE_MSR
        expect32 eax, 0xFEE00D00, "IA32_APIC_BASE.EXTD"
        refused "back to xAPIC mode at once", APIC_BASE_MSR, 0xFEE00900

        print   `registers\n`
        msr_read X2_ID
        expect32 eax, 0, "identity"
        msr_read X2_LDR
        expect32 eax, 1, "the logical identity follows from it"
        msr_read X2_SVR
        expect32 eax, 0x1FF, "SVR is kept"
        refused "ID is read-only", X2_ID, 0
        refused "PPR is read-only", X2_PPR, 0
        refused "EOI is written with 0 only", X2_EOI, 1
        refused_read "EOI cannot be read", X2_EOI
        refused "ESR is written with 0 only", X2_ESR, 1
        refused "bits 8 up of TPR are reserved", X2_TPR, 0x100
        refused_read "there is no upper half of ICR", 0x831

        print   `interrupts\n`
        on_vector 0x40
        on_vector 0x61
        on_vector 0x6F
        msr_write X2_SELF, 0x61, 0
        let_in
        expect_log 1, 0x61, "SELF IPI"
        msr_write X2_EOI, 0, 0
        msr_write X2_ICR, 0x4061, 0             ; physical destination 0
        let_in
        expect_log 1, 0x61, "physical destination"
        msr_write X2_EOI, 0, 0
        msr_write X2_ICR, 0x4861, 1             ; logical destination: cluster 0, first
        let_in
        expect_log 1, 0x61, "logical destination"
        msr_write X2_EOI, 0, 0
        msr_write X2_ICR, 0x4861, 0x10001       ; cluster 1
        let_in
        expect_log 0, 0, "another cluster"
        msr_write X2_TPR, 0x60, 0
        msr_read X2_PPR
        expect32 eax, 0x60, "PPR is TPR"
        msr_write X2_SELF, 0x6F, 0
        let_in
        expect_log 0, 0, "TPR holds its class back"
        msr_write X2_TPR, 0x50, 0
        let_in
        expect_log 1, 0x6F, "and lets it go"
        msr_write X2_TPR, 0, 0
        msr_write X2_SELF, 0x61, 0
        let_in
        expect_log 0, 0, "what is in service holds its class back"
        msr_write X2_EOI, 0, 0
        let_in
        expect_log 1, 0x61, "until the EOI"
        msr_write X2_EOI, 0, 0

        print   `NMI\n`
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], .nmi
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        msr_write X2_ICR, 0x4400, 0
        mov     ecx, 2000
.wait:  dec     ecx
        jnz     .wait
.nmi:   expect32 [fault_vector], 2, "NMI to oneself comes with IF at 0"
        pushfd
        push    dword KERNEL_CODE
        push    dword .home
        iretd                           ; lets the next one in
.home:

        print   `deadline\n`
        msr_write X2_LVT_TIMER, TSC_DEADLINE | 0x40, 0
        rdtsc
        add     eax, 20000000
        adc     edx, 0
        mov     [until], eax
        mov     [until + 4], edx
        mov     ecx, DEADLINE_MSR
        wrmsr
        msr_read DEADLINE_MSR
        expect32 eax, [until], "the deadline can be read"
        sti
.early: cmp     dword [log_count], 0    ; no HLT: whoever skips the wait may not skip it on the TSC
        je      .early
        cli
        rdtsc
        sub     eax, [until]
        sbb     edx, [until + 4]
        expect32 edx, 0, "not before its time"
        expect_log 1, 0x40, "one interrupt"
        msr_write X2_EOI, 0, 0
        msr_read DEADLINE_MSR
        or      eax, edx
        expect32 eax, 0, "then it is zero"
        let_in
        expect_log 0, 0, "and no other"
        rdtsc
        mov     ecx, DEADLINE_MSR
        wrmsr                           ; it has passed already
        let_in
        expect_log 1, 0x40, "a deadline in the past comes at once"
        msr_write X2_EOI, 0, 0
        rdtsc
        add     edx, 1
        mov     ecx, DEADLINE_MSR
        wrmsr
        msr_write DEADLINE_MSR, 0, 0
        msr_read DEADLINE_MSR
        or      eax, edx
        expect32 eax, 0, "zero disarms it"
        finish

        begin_gdt
        end_gdt
        align   8, db 0
until:  dq      0
        %include "end.inc"
