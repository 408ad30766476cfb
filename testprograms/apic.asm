; teaches: the local APIC: interrupts to oneself, priorities, its timer, NMI, errors, and the 8259s behind LINT0
; run: --budget 2000000000
; media: floppy
; qemu: same
; expect-serial: identity
; expect-serial: interrupts to oneself
; expect-serial: priorities
; expect-serial: timer
; expect-serial: NMI
; expect-serial: errors
; expect-serial: 8259
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        %include "apic.inc"

main:
        enter_protected
        setup_apic
        print   `identity\n`
        mov     eax, 1
        cpuid
        and     edx, 1 << 9
        expect32 edx, 1 << 9, "CPUID has APIC"
        shr     ebx, 24
        expect32 ebx, 0, "initial identity"
        mov     ecx, 0x1B               ; IA32_APIC_BASE: enabled, bootstrap processor
        rdmsr
        expect32 eax, 0xFEE00900, "IA32_APIC_BASE"
        apic_read APIC_ID
        expect32 eax, 0, "identity"
        apic_read APIC_VERSION
        and     eax, 0xFF
        expect32 eax, 0x14, "version"
        apic_read APIC_LVT_TIMER
        expect32 eax, MASKED, "the timer is masked"

        print   `interrupts to oneself\n`
        on_vector 0x40
        on_vector 0x45
        on_vector 0x61
        on_vector 0x6F
        on_vector 0x70
        apic_write APIC_ICR_LOW, TO_SELF | 0x4040
        apic_read APIC_IRR + 0x20
        expect32 eax, 1, "IRR has vector 40h while IF is 0"
        sti
        nop
        cli
        expect_log 1, 0x40, "self shorthand"
        apic_write APIC_ICR_HIGH, 0
        apic_write APIC_ICR_LOW, 0x4061         ; physical destination 0
        sti
        nop
        cli
        expect_log 1, 0x61, "physical destination"
        apic_write APIC_LDR, 0x04000000
        apic_write APIC_DFR, 0xFFFFFFFF
        apic_write APIC_ICR_HIGH, 0x06000000
        apic_write APIC_ICR_LOW, 0x4861         ; logical destination, flat
        sti
        nop
        cli
        expect_log 1, 0x61, "logical destination"
        apic_write APIC_ICR_HIGH, 0x03000000
        apic_write APIC_ICR_LOW, 0x4861
        sti
        nop
        cli
        expect_log 0, 0, "logical destination of others"
        apic_write APIC_ICR_LOW, 0xC4061        ; all but oneself
        sti
        nop
        cli
        expect_log 0, 0, "all but oneself"
        apic_write APIC_ICR_LOW, 0x84061        ; all
        sti
        nop
        cli
        expect_log 1, 0x61, "all"

        print   `priorities\n`
        apic_write APIC_ICR_LOW, TO_SELF | 0x4045
        apic_write APIC_ICR_LOW, TO_SELF | 0x406F
        apic_write APIC_ICR_LOW, TO_SELF | 0x4061
        apic_write APIC_ICR_LOW, TO_SELF | 0x4061
        sti
        nop
        nop
        cli
        expect_log 3, 0x6F6145, "the highest vector first, and two requests are one"
        mov     dword [log_keeps], 1
        apic_write APIC_ICR_LOW, TO_SELF | 0x4061
        sti
        nop
        cli
        apic_read APIC_ISR + 0x30
        expect32 eax, 2, "ISR"
        apic_read APIC_PPR
        expect32 eax, 0x60, "PPR is the class in service"
        apic_write APIC_ICR_LOW, TO_SELF | 0x406F
        sti
        nop
        cli
        expect_log 1, 0x61, "the same class waits"
        mov     dword [log_keeps], 0
        apic_write APIC_ICR_LOW, TO_SELF | 0x4070
        sti
        nop
        cli
        expect_log 1, 0x70, "a higher class does not"
        apic_write APIC_EOI, 0
        sti
        nop
        cli
        expect_log 1, 0x6F, "until the EOI"
        apic_write APIC_TPR, 0x4F
        apic_read APIC_PPR
        expect32 eax, 0x4F, "PPR is TPR"
        apic_write APIC_ICR_LOW, TO_SELF | 0x4045
        sti
        nop
        cli
        expect_log 0, 0, "TPR holds its class back"
        apic_write APIC_TPR, 0x3F
        sti
        nop
        cli
        expect_log 1, 0x45, "and lets it go"
        apic_write APIC_TPR, 0

        print   `timer\n`
        apic_write APIC_LVT_TIMER, 0x40
        apic_write APIC_INITIAL, 3000000
        apic_read APIC_CURRENT
        test    eax, eax
        setnz   al
        expect8 al, 1, "it counts"
        sti
.once:  hlt
        cmp     dword [log_count], 0
        je      .once
        cli
        expect_log 1, 0x40, "one shot"
        apic_read APIC_CURRENT
        expect32 eax, 0, "the count ends at zero"
        apic_write APIC_LVT_TIMER, PERIODIC | 0x40
        apic_write APIC_INITIAL, 200000
        sti
.again: hlt
        cmp     dword [log_count], 4
        jb      .again
        cli
        expect_log 4, 0x40404040, "periodic"
        apic_write APIC_INITIAL, 0
        apic_read APIC_CURRENT
        expect32 eax, 0, "an initial count of zero stops it"
        apic_write APIC_LVT_TIMER, MASKED | 0x40
        apic_write APIC_INITIAL, 1000
        wait_ticks 1000
        sti
        nop
        cli
        expect_log 0, 0, "masked"
        apic_read APIC_CURRENT
        expect32 eax, 0, "it counts all the same"

        print   `NMI\n`
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], .nmi
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        apic_write APIC_ICR_HIGH, 0
        apic_write APIC_ICR_LOW, 0x4400
        nop
        nop
.nmi:   expect32 [fault_vector], 2, "NMI to oneself comes with IF at 0"
        call    unblock                 ; IRET lets the next one in

        print   `errors\n`
        apic_read 0x40                  ; there is no such register
        apic_write APIC_ESR, 0          ; a write shows what has come up
        apic_read APIC_ESR
        and     eax, 0x80
        expect32 eax, 0x80, "illegal register"

        print   `8259\n`
        mov     al, 0x11                ; vectors 70h on
        out     0x20, al
        mov     al, 0x70
        out     0x21, al
        mov     al, 4
        out     0x21, al
        mov     al, 1
        out     0x21, al
        mov     al, 0xFE
        out     0x21, al
        mov     dword [log_keeps], 1
        apic_write APIC_LVT_LINT0, MASKED | 0x700
        call    one_tick
        expect_log 0, 0, "LINT0 masked"
        apic_write APIC_LVT_LINT0, 0x700
        sti
        nop
        cli
        expect_log 1, 0x70, "the vector is the 8259's"
        apic_read APIC_ISR + 0x30
        and     eax, 1 << 16
        expect32 eax, 0, "the local APIC has nothing in service"
        mov     al, 0xFF
        out     0x21, al
        finish

; IRQ 0 once, a millisecond later
one_tick:
        mov     al, 0x30
        out     0x43, al
        mov     al, 0xA9
        out     0x40, al
        mov     al, 0x04
        out     0x40, al
        wait_ticks 4000
        sti
        nop
        cli
        ret

unblock:
        pushfd
        push    dword KERNEL_CODE
        push    dword .home
        iretd
.home:  ret

        begin_gdt
        end_gdt
        %include "end.inc"
