; teaches: faults of a new task: bad segments in its TSS are its own faults, with its EIP; #TS wants a task gate
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG saves the EIP of the instruction that switched, no RF, and knows no T bit
; expect-serial: the state of a fault
; expect-serial: refused in the new task
; expect-serial: the T bit
; expect-serial: PASS
; expect-end: debug-exit 33
;
; What is wrong with the new task's segments is found when it is the current task already: EIP is that of its first
; instruction. Its stack may be what is wrong, so the handlers of #TS, #NP and #SS are tasks themselves.

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        bits    16

A_BASE          equ 0x2000
B_BASE          equ 0x2100              ; the one with mistakes
H_BASE          equ 0x2200              ; handles its faults
A_STACK         equ 0x3000
B_STACK         equ 0x3400
H_STACK         equ 0x3800

main:
        enter_protected

        print   `the state of a fault\n`
        mov     eax, [IDT_BASE + UD_ * 8]
        mov     edx, [IDT_BASE + UD_ * 8 + 4]
        mov     [old_gate], eax
        mov     [old_gate + 4], edx
        mov     word [IDT_BASE + UD_ * 8 + 2], A_TSS
        mov     word [IDT_BASE + UD_ * 8 + 4], TASK_GATE << 8
        make_task32 A_BASE, on_ud, A_STACK
        stc
at_ud:  ud2
        expect_flags CF, CF, "the flags are back"
        mov     eax, [seen_flags]
        and     eax, RF | CF
        expect32 eax, RF | CF, "RF is set in a fault's saved flags"
        mov     eax, [old_gate]
        mov     edx, [old_gate + 4]
        mov     [IDT_BASE + UD_ * 8], eax
        mov     [IDT_BASE + UD_ * 8 + 4], edx

        print   `refused in the new task\n`
        mov     word [IDT_BASE + TS_ * 8 + 2], H_TSS
        mov     word [IDT_BASE + TS_ * 8 + 4], TASK_GATE << 8
        mov     word [IDT_BASE + NP_ * 8 + 2], H_TSS
        mov     word [IDT_BASE + NP_ * 8 + 4], TASK_GATE << 8
        mov     word [IDT_BASE + SS_ * 8 + 2], H_TSS
        mov     word [IDT_BASE + SS_ * 8 + 4], TASK_GATE << 8
; in_task ERROR, FIELD, VALUE, NAME
%macro in_task 4
        make_task32 B_BASE, never, B_STACK
        make_task32 H_BASE, on_task_fault, H_STACK
        free_task B_TSS
        mov     word [B_BASE + %2], %3
        mov     dword [seen_code], -1
        mov     dword [ran], 0
        jmp     B_TSS:0
        expect32 [seen_code], %1, {%4, ' error code'}
        expect32 [seen_link], B_TSS, {%4, ' belongs to the new task'}
        expect32 [seen_eip], never, {%4, ' EIP'}
        expect32 [seen_esp], H_STACK - 4, {%4, ' stack'}
        expect32 [ran], 0, {%4, ' did not run'}
%endmacro
        in_task KERNEL_DATA, T_LDT, KERNEL_DATA, "LDT: a data segment"
        in_task AN_LDT | 4, T_LDT, AN_LDT | 4, "LDT: in an LDT"
        in_task ABSENT_LDT, T_LDT, ABSENT_LDT, "LDT: not present"
        in_task 0xFFF8, T_LDT, 0xFFF8, "LDT: beyond the GDT"
        in_task 0, T_CS, 0, "CS: null"
        in_task KERNEL_DATA, T_CS, KERNEL_DATA, "CS: data"
        in_task 0xFFF8, T_CS, 0xFFF8, "CS: beyond the GDT"
        in_task USER_CODE_0, T_CS, USER_CODE_0, "CS: DPL is not RPL"
        in_task ABSENT_CODE, T_CS, ABSENT_CODE, "CS: not present"
        in_task 0, T_SS, 0, "SS: null"
        in_task KERNEL_CODE, T_SS, KERNEL_CODE, "SS: code"
        in_task READ_ONLY, T_SS, READ_ONLY, "SS: read-only"
        in_task USER_DATA_0, T_SS, USER_DATA, "SS: RPL is not CPL"
        in_task USER_DATA_0, T_SS, USER_DATA_0, "SS: DPL is not CPL"
        in_task ABSENT_DATA, T_SS, ABSENT_DATA, "SS: not present"
        in_task 0xFFF8, T_DS, 0xFFF8, "DS: beyond the GDT"
        in_task MAIN_TSS, T_ES, MAIN_TSS, "ES: a TSS"
        in_task EXECUTE_ONLY, T_FS, EXECUTE_ONLY, "FS: execute-only code"
        in_task ABSENT_DATA, T_GS, ABSENT_DATA, "GS: not present"
        in_task 2 << 3 | 4, T_GS, 2 << 3 | 4, "GS: no LDT"
        make_task32 B_BASE, 0x8000, B_STACK
        make_task32 H_BASE, on_task_fault, H_STACK
        free_task B_TSS
        mov     word [IDT_BASE + GP_ * 8 + 2], H_TSS
        mov     word [IDT_BASE + GP_ * 8 + 4], TASK_GATE << 8
        mov     word [B_BASE + T_CS], SHORT_CODE
        jmp     B_TSS:0
        expect32 [seen_code], 0, "EIP beyond CS: error code"
        expect32 [seen_link], B_TSS, "EIP beyond CS: belongs to the new task"
        expect32 [seen_eip], 0x8000, "EIP beyond CS: EIP"

        print   `the T bit\n`
        make_task32 A_BASE, never, A_STACK
        mov     word [A_BASE + T_TRAP], 1
        mov     dword [A_BASE + T_EFLAGS], 2 | RF
        set_gate DB_, KERNEL_CODE, addr(on_debug), INT_GATE
        mov     eax, never_here         ; breakpoints that nothing meets
        mov     dr0, eax
        mov     dr1, eax
        mov     dr2, eax
        mov     dr3, eax
        xor     eax, eax
        mov     dr6, eax
        mov     eax, 0x7FF              ; L0 to L3, G0 to G3, LE, GE and the bit that is always one
        mov     dr7, eax
        call    A_TSS:0
        mov     eax, dr7
        expect32 eax, 0x6AA, "a switch clears L0 to L3 and LE"
        mov     eax, 0x400
        mov     dr7, eax
        expect32 [seen_eip], never, "#DB before the first instruction"
        mov     eax, [seen_flags]
        and     eax, NT | RF
        expect32 eax, NT | RF, "the new task's flags"
        mov     eax, dr6
        expect32 eax, 0xFFFF8FF0, "DR6.BT"
        finish

on_debug:
        pop     dword [seen_eip]
        add     esp, 4
        pop     dword [seen_flags]
        push    dword 0x4002
        popfd
        iretd

on_ud:
        mov     eax, [TSS_BASE + T_EFLAGS]
        mov     [seen_flags], eax
        add     dword [TSS_BASE + T_EIP], 2
        iretd

on_task_fault:
        mov     [seen_esp], esp
        pop     dword [seen_code]
        movzx   eax, word [H_BASE + T_LINK]
        mov     [seen_link], eax
        mov     eax, [B_BASE + T_EIP]
        mov     [seen_eip], eax
        jmp     MAIN_TSS:0
        jmp     never

never:
        mov     dword [ran], -1
        print   `FAIL: a task ran that should not\n`
        finish

        align   8, db 0
table:  dw      0, 0, 0, 0
        align   4, db 0
ran:            dd 0
seen_eip:       dd 0
seen_esp:       dd 0
seen_flags:     dd 0
seen_code:      dd 0
seen_link:      dd 0
old_gate:       dd 0, 0
never_here:     db 0
        begin_gdt
        descriptor A_TSS, A_BASE, 0x67, TSS_TYPE, 0
        descriptor B_TSS, B_BASE, 0x67, TSS_TYPE, 0
        descriptor H_TSS, H_BASE, 0x67, TSS_TYPE, 0
        descriptor AN_LDT, addr(table), 7, LDT_TYPE, 0
        descriptor ABSENT_LDT, addr(table), 7, LDT_TYPE & ~PRESENT, 0
        descriptor ABSENT_CODE, 0, 0xFFFFF, CODE_RX & ~PRESENT, GRANULAR | BIG
        descriptor SHORT_CODE, 0, 0x7FFF, CODE_RX, BIG
        descriptor ABSENT_DATA, 0, 0xFFFFF, DATA_RW & ~PRESENT, GRANULAR | BIG
        descriptor READ_ONLY, 0, 0xFFFFF, DATA_RO, GRANULAR | BIG
        descriptor EXECUTE_ONLY, 0, 0xFFFFF, CODE_XO, GRANULAR | BIG
        end_gdt
        %include "end.inc"
