; teaches: CR8 is the priority of 64-bit code: the upper half of the local APIC's TPR, which holds interrupts of its class back
; run: --budget 2000000000
; media: floppy
; cpu: max,+x2apic
; qemu: differs because its TCG has no x2APIC
; expect-serial: the same register
; expect-serial: held back
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 3A 11.8.6 (task priority in IA-32e mode), 11.8.3.1 (processor priorities).

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"
        %include "apic.inc"

X2_TPR          equ 0x808
X2_EOI          equ 0x80B
X2_SELF         equ 0x83F

main:
        enter_protected
        setup_apic
        msr_write 0x1B, 0xFEE00D00, 0
        enter_long
        lidt    [gates_pointer]
        set_gate64 0x61, LONG_CODE, addr(noted), INT_GATE, 0
        set_gate64 0x72, LONG_CODE, addr(noted), INT_GATE, 0

        print   `the same register\n`
        mov     rax, cr8
        expect64 rax, 0, "CR8 is clear"
        mov     eax, 9
        mov     cr8, rax
        mov     ecx, X2_TPR
        rdmsr
        mov     eax, eax
        expect64 rax, 0x90, "CR8 is TPR's upper half"
        msr_write X2_TPR, 0x5C, 0
        mov     rax, cr8
        expect64 rax, 5, "and TPR's upper half is CR8"

        print   `held back\n`
        mov     eax, 6
        mov     cr8, rax
        msr_write X2_SELF, 0x61, 0
        let_in
        expect64 qword [abs count], 0, "CR8 holds its class back"
        msr_write X2_SELF, 0x72, 0
        let_in
        expect64 qword [abs count], 1, "not a higher one"
        mov     eax, 5
        mov     cr8, rax
        out     0x80, al                ; some KVM in software looks at CR8 only when something leaves the guest
        let_in
        expect64 qword [abs count], 2, "a lower CR8 lets it go"
        finish

noted:  push    rax
        push    rcx
        push    rdx
        inc     qword [abs count]
        msr_write X2_EOI, 0, 0
        pop     rdx
        pop     rcx
        pop     rax
        iretq

        align   8, db 0
count:          dq 0
gates_pointer:    dw 0x7FF
                dq IDT64

        begin_gdt
        long_descriptors
        end_gdt
        %include "end.inc"
