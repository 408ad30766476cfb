; teaches: VME and PVI: interrupts that an 8086 program gets from its own table, and an interrupt flag of its own (VIF)
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG has no VME
; expect-serial: redirection
; expect-serial: the virtual interrupt flag
; expect-serial: a pending interrupt
; expect-serial: protected-mode virtual interrupts
; expect-serial: PASS
; expect-end: debug-exit 33
;
; With CR4.VME the 32 bytes below the I/O bitmap have a bit for each INT n: 0 sends it to the table at linear address 0.

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        %include "v86.inc"
        bits    16

V_BASE          equ 0x2000
MAP             equ 0x88                ; I/O bitmap, behind 32 bytes of redirection bitmap
REDIRECT        equ V_BASE + MAP - 32

main:
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        enter_protected
        mov     eax, 1
        cpuid
        test    dl, 2
        jnz     .has
        print   `no VME\n`
        finish
.has:   make_task32 V_BASE, 0, 0
        mov     dword [V_BASE + T_ESP0], KERNEL_STACK
        mov     dword [V_BASE + T_SS0], KERNEL_DATA
        mov     word [V_BASE + T_MAP], MAP
        mov     edi, REDIRECT
        mov     ecx, 33
        mov     al, 0xFF
        rep stosb
        mov     eax, V_TSS
        ltr     ax
        mov     eax, cr4
        or      eax, 1                  ; VME
        mov     cr4, eax

        print   `redirection\n`
        set_gate 0x28, KERNEL_CODE, addr(fault_return), INT_GATE | RING3
        mov     eax, [0x28 * 4]
        mov     [old_vector], eax
        mov     dword [0x28 * 4], on_int28
        v86_fault GP_, 0, 0, "bit 1, IOPL 0", int 0x28
        as_v86  IOPL3, int_it
        expect32 [fault_vector], RETURN_VECTOR, "bit 1, IOPL 3: through the IDT"
        mov     byte [REDIRECT + 0x28 / 8], ~1
        as_v86  IF_ | VIF | CF | NT, int_it
        expect32 [fault_vector], GP_, "bit 0, IOPL 0: its own handler, and HLT"
        expect32 [fault_eip], int_back, "back by IRET"
        expect16 [seen_ip], int_there, "pushed IP"
        expect16 [seen_cs], 0, "pushed CS"
        mov     ax, [seen_flags]
        and     ax, 0x7000 | IF_ | CF | TF
        expect16 ax, 0x7000 | IF_ | CF, "pushed FLAGS: VIF as IF, IOPL 3"
        mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_ | VIF | CF
        expect32 eax, VM_ | IF_ | VIF | CF, "IRET brings VIF back"
        mov     eax, [seen_inside]
        and     eax, IF_ | CF
        expect32 eax, CF, "VIF is clear inside"
        as_v86  IF_ | VIF, int_it_2
        mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_ | VIF | TF
        expect32 eax, VM_ | IF_, "inside: VIF clear, IF as it was"
        as_v86  IOPL3 | IF_ | VIF, int_it_2
        mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_ | VIF
        expect32 eax, VM_ | IOPL3 | VIF, "IOPL 3: IF clear, VIF as it was"
        mov     byte [REDIRECT + 3 / 8], 0
        v86_fault GP_, 3 * 8 + 2, 0, "INT3 is never redirected", int3
        mov     eax, SHORT_TSS
        ltr     ax
        v86_fault GP_, 0, 0, "the redirection bitmap ends before the vector", int 0x28
        mov     eax, V2_TSS
        ltr     ax

        print   `the virtual interrupt flag\n`
        as_v86  IF_, sti_it
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF | IOPL3
        expect32 eax, IF_ | VIF, "sti sets VIF"
        as_v86  IF_ | VIF, cli_it
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF | IOPL3
        expect32 eax, IF_, "cli clears VIF"
        as_v86  VIF | ZF, push_it
        mov     ax, [seen_flags]
        and     ax, IOPL3 | IF_ | ZF
        expect16 ax, IOPL3 | IF_ | ZF, "pushf shows VIF as IF, and IOPL 3"
        as_v86  IF_, push_it
        mov     ax, [seen_flags]
        and     ax, IOPL3 | IF_
        expect16 ax, IOPL3, "but not IF"
        as_v86  IF_, pop_it
        mov     eax, [fault_eflags]
        and     eax, IOPL3 | IF_ | VIF | CF | NT
        expect32 eax, IF_ | VIF | CF | NT, "popf sets VIF; IF and IOPL stay"
        as_v86  VIF, pop_it_2
        mov     eax, [fault_eflags]
        and     eax, IOPL3 | IF_ | VIF
        expect32 eax, 0, "popf clears VIF"
        as_v86  IOPL3, sti_it
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF
        expect32 eax, IF_, "at IOPL 3 sti sets IF"
        v86_fault GP_, 0, 0, "pushfd", pushfd
        v86_fault GP_, 0, 0, "popfd", popfd
        v86_fault GP_, 0, 0, "iretd", iretd

        print   `a pending interrupt\n`
        v86_fault GP_, 0, VIP, "sti under VIP", sti
        as_v86  VIP, pop_it
        expect32 [fault_eip], pop_there, "popf of IF under VIP"
        expect32 [fault_esp], V86_STACK - 2, "nothing popped"
        v86_runs VIP, "cli under VIP", cli
        as_v86  VIP, iret_it
        expect32 [fault_eip], iret_there, "iret of IF under VIP"
        as_v86  VIP, iret_it_2
        expect32 [fault_eip], iret_back, "iret without IF under VIP"

        as_v86  VIP | VIF, cli_it
        expect32 [fault_vector], GP_, "IRETD that brings VIF and VIP"
        expect32 [fault_eip], cli_it, "faults before the first instruction"
        as_v86  VIP | VIF | IOPL3, cli_it
        expect32 [fault_eip], cli_it, "at any IOPL"

        print   `protected-mode virtual interrupts\n`
        mov     eax, cr4
        and     al, ~1
        or      al, 2                   ; PVI
        mov     cr4, eax
        as_user 0, sti
        expect32 [fault_vector], RETURN_VECTOR, "sti at IOPL 0"
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF
        expect32 eax, VIF, "sets VIF"
        as_user VIF, cli
        expect32 [fault_vector], RETURN_VECTOR, "cli at IOPL 0"
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF
        expect32 eax, 0, "clears VIF"
        as_user VIP, sti
        expect32 [fault_vector], GP_, "sti under VIP"
        as_user IOPL3, sti
        mov     eax, [fault_eflags]
        and     eax, IF_ | VIF
        expect32 eax, IF_, "at IOPL 3 it is IF"
        as_user VIF, jmp user_pushf
        and     eax, IF_ | VIF
        expect32 eax, VIF, "pushfd shows what is there"
        v86_fault GP_, 0, 0, "PVI is not VME", sti
        mov     eax, cr4
        and     al, ~2
        mov     cr4, eax
        expect_user_fault GP_, 0, "without PVI", sti
        mov     eax, [old_vector]
        mov     [0x28 * 4], eax
        finish

user_pushf:
        pushfd
        pop     eax
        int     RETURN_VECTOR

        bits    16
int_it: int     0x28
int_there:
        jmp     int_back
        nop
int_back:
        hlt
int_it_2:
        mov     word [0x28 * 4], on_int28_2
        int     0x28
on_int28_2:
        mov     word [0x28 * 4], on_int28
        hlt
on_int28:
        pushf
        push    bp
        mov     bp, sp
        push    ax
        mov     ax, [bp + 2]
        mov     [seen_inside], ax
        mov     ax, [bp + 4]
        mov     [seen_ip], ax
        mov     ax, [bp + 6]
        mov     [seen_cs], ax
        mov     ax, [bp + 8]
        mov     [seen_flags], ax
        pop     ax
        pop     bp
        add     sp, 2
        iret
sti_it: sti
        hlt
cli_it: cli
        hlt
push_it:
        pushf
        pop     word [seen_flags]
        hlt
pop_it: push    word IF_ | CF | NT | 2
pop_there:
        popf
        hlt
pop_it_2:
        push    word 2 | IOPL3
        popf
        hlt
iret_it:
        push    word IF_ | 2
        push    cs
        push    word iret_back
iret_there:
        iret
iret_it_2:
        push    word 2
        push    cs
        push    word iret_back
        iret
        nop
iret_back:
        hlt
        bits    32

        align   4, db 0
old_vector:     dd 0
seen_inside:    dd 0
seen_ip:        dw 0
seen_cs:        dw 0
seen_flags:     dw 0
        align   8, db 0
        begin_gdt
        descriptor V_TSS, V_BASE, MAP, TSS_TYPE, 0
        descriptor V2_TSS, V_BASE, MAP, TSS_TYPE, 0
        descriptor SHORT_TSS, V_BASE, MAP - 32 + 4, TSS_TYPE, 0
        end_gdt
        %include "end.inc"
