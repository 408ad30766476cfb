; teaches: task switches with 16-bit TSSs, as the 80286 has them: there, back, and between the two kinds
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: jmp
; expect-serial: call and iret
; expect-serial: between two of 16 bits
; expect-serial: interrupts and exceptions
; expect-serial: refused
; expect-serial: PASS
; expect-end: debug-exit 33
;
; A 16-bit TSS has no FS and GS, and half of each register.

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        bits    16

A_BASE          equ 0x2000
B_BASE          equ 0x2100
A_STACK         equ 0x3000
B_STACK         equ 0x3400

main:
        enter_protected

        print   `jmp\n`
        make_task16 A_BASE, from_jmp, A_STACK
        mov     word [A_BASE + S_FLAGS], 2 | CF | ZF
        clts
        mov     eax, 0x11112222
        mov     [old_esp], esp
        jmp     A_TSS:0
after_jmp:
        expect32 eax, 0x11112222, "eax back again: its TSS has 32 bits"
        expect32 esp, [old_esp], "esp back again"
        mov     eax, 0
        mov     ax, fs
        expect32 eax, KERNEL_DATA, "fs back again"
        expect32 [seen + 0], TASK_EAX & 0xFFFF, "ax"
        expect32 [seen + 4], TASK_ECX & 0xFFFF, "cx"
        expect32 [seen + 8], TASK_EDX & 0xFFFF, "dx"
        expect32 [seen + 12], TASK_EBX & 0xFFFF, "bx"
        expect32 [seen + 16], A_STACK, "sp"
        expect32 [seen + 20], TASK_EBP & 0xFFFF, "bp"
        expect32 [seen + 24], TASK_ESI & 0xFFFF, "si"
        expect32 [seen + 28], TASK_EDI & 0xFFFF, "di"
        expect32 [seen + 32], 0, "fs is null"
        expect32 [seen + 36], 0, "gs is null"
        expect32 [seen + 40], CF | ZF, "flags"
        expect32 [seen + 44], 8, "CR0.TS"
        expect32 [seen + 48], A_TSS, "tr"
        expect16 [A_BASE + S_IP], after_a_jmp, "where the other will go on"
        expect16 [A_BASE + S_AX], 0x5566, "its saved ax"
        expect16 [A_BASE + S_SP], A_STACK, "its saved sp"
        expect16 [A_BASE + S_SS], DATA16, "its saved ss"
        expect16 [A_BASE + S_LDT], 0, "LDT is not saved"
        busy    A_TSS
        expect8 al, 0, "it is not busy"

        print   `call and iret\n`
        make_task16 A_BASE, from_call, A_STACK
        call    A_TSS:0
after_call:
        expect32 [ran], 1, "it ran"
        expect16 [A_BASE + S_IP], after_iret, "it will go on behind its iret"
        expect16 [A_BASE + S_LINK], MAIN_TSS, "the back link"
        mov     ax, [A_BASE + S_FLAGS]
        and     ax, NT
        expect16 ax, 0, "NT is clear in its saved flags"
        expect32 [TSS_BASE + T_EIP], after_call, "saved EIP of the caller"

        print   `between two of 16 bits\n`
        make_task16 A_BASE, to_other, A_STACK
        make_task16 B_BASE, other, B_STACK
        call    A_GATE:0
        expect32 [ran], 2, "there and back"
        expect16 [B_BASE + S_LINK], A_TSS, "the inner back link"
        expect16 [A_BASE + S_AX + 2], 0x1234, "the saved cx of the outer"
        busy    A_TSS
        expect8 al, 0, "neither is busy"
        busy    B_TSS
        expect8 al, 0, "neither is busy"

        print   `interrupts and exceptions\n`
        make_task16 A_BASE, from_int, A_STACK
        mov     word [IDT_BASE + 0x20 * 8 + 2], A_TSS
        mov     word [IDT_BASE + 0x20 * 8 + 4], TASK_GATE << 8
        mov     dword [ran], 0
        int     0x20
        expect32 [ran], 3, "int"
        mov     eax, [IDT_BASE + NP_ * 8]
        mov     edx, [IDT_BASE + NP_ * 8 + 4]
        mov     [old_gate], eax
        mov     [old_gate + 4], edx
        mov     word [IDT_BASE + NP_ * 8 + 2], A_TSS
        mov     word [IDT_BASE + NP_ * 8 + 4], TASK_GATE << 8
        make_task16 A_BASE, on_np, A_STACK
        mov     ax, ABSENT_DATA
        mov     fs, ax
after_np:
        expect32 [seen + 0], A_STACK - 2, "an error code of 16 bits"
        expect32 [seen + 4], ABSENT_DATA, "which one"
        mov     eax, [old_gate]
        mov     edx, [old_gate + 4]
        mov     [IDT_BASE + NP_ * 8], eax
        mov     [IDT_BASE + NP_ * 8 + 4], edx

        print   `refused\n`
        expect_fault TS_, SHORT_TSS, "too short", {call SHORT_TSS:0}
        expect_fault GP_, BUSY_TSS, "busy", {call BUSY_TSS:0}
        expect_fault NP_, ABSENT_TSS, "not present", {jmp ABSENT_TSS:0}
        mov     word [TSS_BASE + T_LINK], A_TSS
        pushfd
        or      dword [esp], NT
        popfd
        expect_fault TS_, A_TSS, "iret to one that is not busy", iretd
        pushfd
        and     dword [esp], ~NT
        popfd
        finish

; SP is 16 bits in these tasks; the text output wants ESP
%macro narrow 0
        movzx   esp, sp
%endmacro

from_jmp:
        narrow
        pushfd
        pop     dword [seen + 40]
        and     dword [seen + 40], ARITH | NT
        movzx   eax, ax
        mov     [seen + 0], eax
        movzx   eax, cx
        mov     [seen + 4], eax
        movzx   eax, dx
        mov     [seen + 8], eax
        movzx   eax, bx
        mov     [seen + 12], eax
        mov     [seen + 16], esp
        movzx   eax, bp
        mov     [seen + 20], eax
        movzx   eax, si
        mov     [seen + 24], eax
        movzx   eax, di
        mov     [seen + 28], eax
        mov     eax, 0
        mov     ax, fs
        mov     [seen + 32], eax
        mov     ax, gs
        mov     [seen + 36], eax
        mov     eax, cr0
        and     eax, 8
        mov     [seen + 44], eax
        mov     eax, 0
        str     ax
        mov     [seen + 48], eax
        mov     eax, 0x33445566
        jmp     MAIN_TSS:0
after_a_jmp:
        jmp     never

from_call:
        narrow
        mov     dword [ran], 1
        pushfd
        pop     eax
        and     eax, NT
        expect32 eax, NT, "NT in the called task"
        iretd
after_iret:
        jmp     never

to_other:
        mov     cx, 0x1234
        call    B_TSS:0
        mov     dword [ran], 2
        iretd
other:
        iretd

from_int:
        mov     dword [ran], 3
        iretd

on_np:
        narrow
        mov     [seen + 0], esp
        pop     ax
        movzx   eax, ax
        mov     [seen + 4], eax
        mov     dword [TSS_BASE + T_EIP], after_np
        iretd

never:
        narrow
        print   `FAIL: a task ran that should not\n`
        finish

        align   4, db 0
seen:           times 13 dd 0
old_esp:        dd 0
ran:            dd 0
old_gate:       dd 0, 0
        begin_gdt
        descriptor A_TSS, A_BASE, 0x2B, TSS16_TYPE, 0
        descriptor B_TSS, B_BASE, 0x2B, TSS16_TYPE, 0
        descriptor SHORT_TSS, A_BASE, 0x2A, TSS16_TYPE, 0
        descriptor BUSY_TSS, A_BASE, 0x2B, TSS16_TYPE | 2, 0
        descriptor ABSENT_TSS, A_BASE, 0x2B, TSS16_TYPE & ~PRESENT, 0
        descriptor ABSENT_DATA, 0, 0xFFFFF, DATA_RW & ~PRESENT, GRANULAR | BIG
        gate    A_GATE, A_TSS, 0, TASK_GATE, 0
        end_gdt
        %include "end.inc"
