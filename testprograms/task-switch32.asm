; teaches: hardware task switches with 32-bit TSSs: JMP, CALL and IRET, task gates, what is saved and what is refused
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: jmp
; expect-serial: call and iret
; expect-serial: task gates
; expect-serial: exceptions through a task gate
; expect-serial: refused before the switch
; expect-serial: PASS
; expect-end: debug-exit 33
;
; A fault that is found before the switch belongs to the old task, which is as if nothing had happened. For those of the
; new task see task-faults.

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        bits    16

A_BASE          equ 0x2000
U_BASE          equ 0x2300
A_STACK         equ 0x3000

main:
        enter_protected

        print   `jmp\n`
        make_task32 A_BASE, from_jmp, A_STACK
        mov     dword [A_BASE + T_EFLAGS], 2 | CF | ZF
        mov     word [A_BASE + T_FS], 0
        mov     word [A_BASE + T_GS], USER_DATA
        clts
        mov     eax, 1
        mov     ecx, 2
        mov     edx, 3
        mov     ebx, 4
        mov     ebp, 6
        mov     esi, 7
        mov     edi, 8
        mov     [old_esp], esp
        std
        jmp     A_TSS:0xFFFFFFFF        ; the offset does not count
after_jmp:
        expect_flags DF, DF, "the flags of the first task"
        cld
        expect32 eax, 1, "eax back again"
        expect32 esp, [old_esp], "esp back again"
        busy    A_TSS
        expect8 al, 0, "jmp leaves a task that is not busy"
        mov     al, [gdt + MAIN_TSS + 5]
        expect8 al, TSS_TYPE | 2, "and goes to one that is"
        expect32 [A_BASE + T_EIP], after_a_jmp, "where the other will go on"
        expect32 [A_BASE + T_LINK], 0, "no back link"

        print   `call and iret\n`
        make_task32 A_BASE, from_call, A_STACK
        call    A_TSS:0
after_call:
        expect32 [ran], 1, "the task ran"
        busy    A_TSS
        expect8 al, 0, "iret leaves a task that is not busy"
        expect32 [A_BASE + T_EIP], after_iret, "it will go on behind its iret"
        mov     eax, [A_BASE + T_EFLAGS]
        and     eax, NT
        expect32 eax, 0, "NT is clear in its saved flags"
        pushfd
        pop     eax
        and     eax, NT
        expect32 eax, 0, "NT is clear in the caller"
        call    A_TSS:0
        expect32 [ran], 2, "a second call goes on behind the iret"

        print   `task gates\n`
        make_task32 A_BASE, from_gate, A_STACK
        call    A_GATE:0
        expect32 [ran], 3, "call"
        make_task32 A_BASE, from_gate, A_STACK
        mov     word [IDT_BASE + 0x20 * 8 + 2], A_TSS
        mov     word [IDT_BASE + 0x20 * 8 + 4], (TASK_GATE | RING3) << 8
        mov     dword [ran], 0
        int     0x20
after_int:
        expect32 [ran], 3, "int"
        expect32 [MAIN_IP], after_int, "the caller's saved EIP"
        mov     dword [ran], 0
        make_task32 A_BASE, from_gate, A_STACK
        as_user IF_, call user_task
        expect32 [fault_vector], RETURN_VECTOR, "a user came home from the task"
        expect32 [ran], 3, "it ran"
        expect32 [seen_cs], USER_CODE, "the user's saved CS"
        mov     eax, [seen_flags]
        and     eax, IF_ | NT
        expect32 eax, IF_, "the user's saved flags"
        mov     dword [ran], 0
        make_task32 A_BASE, from_gate, A_STACK
        as_user 0, int 0x20
        expect32 [fault_vector], RETURN_VECTOR, "a user came home from the interrupt"
        expect32 [ran], 3, "it ran, too"

        print   `exceptions through a task gate\n`
        mov     eax, [IDT_BASE + UD_ * 8]
        mov     edx, [IDT_BASE + UD_ * 8 + 4]
        mov     [old_gate], eax
        mov     [old_gate + 4], edx
        mov     word [IDT_BASE + UD_ * 8 + 2], A_TSS
        mov     word [IDT_BASE + UD_ * 8 + 4], TASK_GATE << 8
        make_task32 A_BASE, on_ud, A_STACK
at_ud:  ud2
        expect32 [seen_eip], at_ud, "a fault's saved EIP"
        expect32 [seen_esp], A_STACK, "no error code"
        mov     eax, [old_gate]
        mov     edx, [old_gate + 4]
        mov     [IDT_BASE + UD_ * 8], eax
        mov     [IDT_BASE + UD_ * 8 + 4], edx
        mov     eax, [IDT_BASE + GP_ * 8]
        mov     edx, [IDT_BASE + GP_ * 8 + 4]
        mov     [old_gate], eax
        mov     [old_gate + 4], edx
        mov     word [IDT_BASE + GP_ * 8 + 2], A_TSS
        mov     word [IDT_BASE + GP_ * 8 + 4], TASK_GATE << 8
        make_task32 A_BASE, on_gp, A_STACK
        mov     ax, 0xFFF8
at_gp:  mov     fs, ax
after_gp:
        expect32 [seen_eip], at_gp, "EIP of the #GP"
        expect32 [seen_esp], A_STACK - 4, "an error code on the new task's stack"
        expect32 [seen_code], 0xFFF8, "the error code"
        mov     eax, [old_gate]
        mov     edx, [old_gate + 4]
        mov     [IDT_BASE + GP_ * 8], eax
        mov     [IDT_BASE + GP_ * 8 + 4], edx

        print   `refused before the switch\n`
        make_task32 A_BASE, from_gate, A_STACK
        expect_fault GP_, MAIN_TSS, "jmp to a busy TSS", {jmp MAIN_TSS:0}
        expect_fault GP_, MAIN_TSS, "call to a busy TSS", {call MAIN_TSS:0}
        expect_fault GP_, LOW_GATE, "RPL 3 to a task gate with DPL 0", {call LOW_GATE | 3:0}
        expect_fault NP_, ABSENT_TSS, "TSS not present", {call ABSENT_TSS:0}
        expect_fault TS_, SHORT_TSS, "TSS too short", {call SHORT_TSS:0}
        expect_fault NP_, ABSENT_GATE, "task gate not present", {call ABSENT_GATE:0}
        expect_fault GP_, KERNEL_DATA, "a gate to a data segment", {call DATA_GATE:0}
        expect_fault GP_, MAIN_TSS, "a gate to the running task", {jmp SELF_GATE:0}
        expect_fault GP_, 0xFFF8, "a gate to a selector beyond the GDT", {jmp FAR_GATE:0}
        expect_user_fault GP_, U_TSS, "a TSS with DPL 0", {call U_TSS:0}
        expect_user_fault GP_, LOW_GATE, "a task gate with DPL 0", {call LOW_GATE:0}
        str     ax
        expect16 ax, MAIN_TSS, "still the same task"
        busy    A_TSS
        expect8 al, 0, "none became busy"
%macro expect_iret 4
        mov     word [TSS_BASE + T_LINK], %3
        pushfd
        or      dword [esp], NT
        popfd
        expect_fault %1, %2, %4, iretd
%endmacro
        expect_iret TS_, 0, 0, "iret: null back link"
        expect_iret TS_, A_TSS, A_TSS, "iret: the other task is not busy"
        expect_iret TS_, KERNEL_DATA, KERNEL_DATA, "iret: a data segment"
        expect_iret TS_, 0xFFF8, 0xFFF8, "iret: beyond the GDT"
        expect_iret TS_, A_TSS | 4, A_TSS | 4, "iret: in the LDT"
        expect_iret NP_, ABSENT_BUSY, ABSENT_BUSY, "iret: not present"
        mov     word [TSS_BASE + T_LINK], 0
        pushfd
        and     dword [esp], ~NT
        popfd

        make_task32 A_BASE, from_ldt, A_STACK
        mov     word [A_BASE + T_LDT], AN_LDT
        mov     word [A_BASE + T_GS], 1 << 3 | 4
        mov     dword [0x5010], 0x11223344
        call    A_TSS:0
        expect32 [ran], 4, "the task with an LDT ran"
        sldt    ax
        expect16 ax, 0, "and the first one has none"
        mov     eax, cr0
        and     eax, 8
        expect32 eax, 8, "CR0.TS is set by every switch"
        finish

MAIN_IP         equ TSS_BASE + T_EIP

from_jmp:
        mov     [task_esp], esp
        expect32 eax, TASK_EAX, "eax"
        expect32 ecx, TASK_ECX, "ecx"
        expect32 edx, TASK_EDX, "edx"
        expect32 ebx, TASK_EBX, "ebx"
        expect32 ebp, TASK_EBP, "ebp"
        expect32 esi, TASK_ESI, "esi"
        expect32 edi, TASK_EDI, "edi"
        expect32 [task_esp], A_STACK, "esp"
        expect_flags CF | ZF, ARITH | NT, "flags"
        mov     eax, 0
        str     ax
        expect32 eax, A_TSS, "tr"
        mov     ax, fs
        expect32 eax, 0, "fs"
        mov     ax, gs
        expect32 eax, USER_DATA, "gs"
        mov     ax, cs
        expect32 eax, KERNEL_CODE, "cs"
        mov     eax, cr0
        and     eax, 8
        expect32 eax, 8, "CR0.TS"
        busy    MAIN_TSS
        expect8 al, 0, "the old task is not busy"
        busy    A_TSS
        expect8 al, 2, "this one is"
        expect32 [MAIN_IP], after_jmp, "saved eip"
        mov     eax, [TSS_BASE + T_EFLAGS]
        and     eax, DF
        expect32 eax, DF, "saved eflags"
        expect32 [TSS_BASE + T_EAX], 1, "saved eax"
        expect32 [TSS_BASE + T_ECX], 2, "saved ecx"
        expect32 [TSS_BASE + T_EDX], 3, "saved edx"
        expect32 [TSS_BASE + T_EBX], 4, "saved ebx"
        expect32 [TSS_BASE + T_ESP], [old_esp], "saved esp"
        expect32 [TSS_BASE + T_EBP], 6, "saved ebp"
        expect32 [TSS_BASE + T_ESI], 7, "saved esi"
        expect32 [TSS_BASE + T_EDI], 8, "saved edi"
        expect16 [TSS_BASE + T_CS], KERNEL_CODE, "saved cs"
        expect16 [TSS_BASE + T_SS], KERNEL_DATA, "saved ss"
        expect16 [TSS_BASE + T_GS], KERNEL_DATA, "saved gs"
        jmp     MAIN_TSS:0
after_a_jmp:
        jmp     never

from_call:
        mov     dword [ran], 1
        pushfd
        pop     eax
        and     eax, NT
        expect32 eax, NT, "NT in the called task"
        expect16 [A_BASE + T_LINK], MAIN_TSS, "the back link"
        busy    MAIN_TSS
        expect8 al, 2, "the caller stays busy"
        busy    A_TSS
        expect8 al, 2, "as the called one is"
        expect32 [MAIN_IP], after_call, "where the caller goes on"
        mov     eax, [TSS_BASE + T_EFLAGS]
        and     eax, NT
        expect32 eax, 0, "NT in the caller's saved flags"
        iretd
after_iret:
        mov     dword [ran], 2
        iretd
        jmp     never

from_gate:
        mov     dword [ran], 3
        movzx   eax, word [TSS_BASE + T_CS]
        mov     [seen_cs], eax
        mov     eax, [TSS_BASE + T_EFLAGS]
        mov     [seen_flags], eax
        iretd

from_ldt:
        expect32 [gs:0x10], 0x11223344, "through the LDT"
        sldt    ax
        expect16 ax, AN_LDT, "its LDT"
        mov     dword [ran], 4
        iretd

on_ud:
        call    note_main
        add     dword [TSS_BASE + T_EIP], 2
        iretd

on_gp:
        mov     eax, [esp]
        mov     [seen_code], eax
        call    note_main
        mov     dword [TSS_BASE + T_EIP], after_gp
        add     esp, 4
        iretd

note_main:
        lea     eax, [esp + 4]
        mov     [seen_esp], eax
        mov     eax, [TSS_BASE + T_EIP]
        mov     [seen_eip], eax
        mov     eax, [TSS_BASE + T_EFLAGS]
        mov     [seen_flags], eax
        ret

; user code: a call through a gate that ring 3 may use
user_task:
        call    A_GATE:0
        ret

never:
        mov     dword [ran], -1
        print   `FAIL: a task ran that should not\n`
        finish

        align   8, db 0
table:  dw      0, 0, 0, 0
        dw      0xFFFF, 0x5000
        db      0x00, DATA_RW, 0x00, 0x00
        align   4, db 0
old_esp:        dd 0
task_esp:       dd 0
ran:            dd 0
seen_eip:       dd 0
seen_cs:        dd 0
seen_esp:       dd 0
seen_flags:     dd 0
seen_code:      dd 0
old_gate:       dd 0, 0
        begin_gdt
        descriptor A_TSS, A_BASE, 0x67, TSS_TYPE, 0
        descriptor U_TSS, U_BASE, 0x67, TSS_TYPE, 0
        descriptor ABSENT_TSS, A_BASE, 0x67, TSS_TYPE & ~PRESENT, 0
        descriptor ABSENT_BUSY, A_BASE, 0x67, (TSS_TYPE | 2) & ~PRESENT, 0
        descriptor SHORT_TSS, A_BASE, 0x66, TSS_TYPE, 0
        descriptor AN_LDT, addr(table), 15, LDT_TYPE, 0
        gate    A_GATE, A_TSS, 0, TASK_GATE | RING3, 0
        gate    LOW_GATE, A_TSS, 0, TASK_GATE, 0
        gate    ABSENT_GATE, A_TSS, 0, TASK_GATE & ~PRESENT, 0
        gate    DATA_GATE, KERNEL_DATA, 0, TASK_GATE, 0
        gate    SELF_GATE, MAIN_TSS, 0, TASK_GATE, 0
        gate    FAR_GATE, 0xFFF8, 0, TASK_GATE, 0
        end_gdt
        %include "end.inc"
