; teaches: virtual-8086 mode: the way in and out, what IOPL guards, ports, privileged instructions and interrupts
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: in and out
; expect-serial: sensitive instructions
; expect-serial: privileged instructions
; expect-serial: interrupts
; expect-serial: ports
; expect-serial: tasks
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        %include "v86.inc"
        bits    16

V_BASE          equ 0x2000              ; a TSS with an I/O bitmap for ports 0 to FFh
A_BASE          equ 0x2100
A_STACK         equ 0x3000

main:
        mov     al, 0xFF                ; no hardware interrupts: this program sets IF now and then
        out     0x21, al
        out     0xA1, al
        enter_protected
        make_task32 V_BASE, 0, 0
        mov     dword [V_BASE + T_ESP0], KERNEL_STACK
        mov     dword [V_BASE + T_SS0], KERNEL_DATA
        mov     edi, V_BASE + 0x68
        mov     ecx, 33
        mov     al, 0xFF
        rep stosb
        mov     eax, V_TSS
        ltr     ax

        print   `in and out\n`
        mov     eax, KERNEL_DATA
        mov     gs, ax
        as_v86  IOPL3 | CF | IF_, enter_it
        jmp     entered
        bits    16
enter_it:
        mov     [seen + 0], ds
        mov     [seen + 2], es
        mov     [seen + 4], fs
        mov     [seen + 6], gs
        mov     [seen + 8], ss
        mov     [seen + 10], cs
        mov     [seen + 12], sp
        pushf
        pop     word [seen + 14]
        pushfd
        pop     dword [seen + 16]
        smsw    [seen + 20]
        mov     ax, 0x7C0
        mov     es, ax
        mov     al, [es:510]
        mov     [seen + 22], al
        push    cs
        push    word .back
        retf
.back:
        push    word 0x0202
        push    cs
        push    word .iret
        iret
.iret:
        call    0:far_routine
        mov     byte [seen + 23], 1
        hlt
far_routine:
        retf
        bits    32
entered:
        expect32 [fault_vector], GP_, "HLT ends it"
        expect32 [fault_error], 0, "HLT error code"
        expect32 [fault_cs], 0, "CS of the frame"
        mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_
        expect32 eax, VM_ | IOPL3 | IF_, "EFLAGS of the frame"
        expect32 [fault_esp], V86_STACK, "ESP of the frame"
        expect32 [fault_ss], 0, "SS of the frame"
        expect16 [seen + 0], 0, "DS"
        expect16 [seen + 2], 0x1111, "ES"
        expect16 [seen + 4], 0x2222, "FS"
        expect16 [seen + 6], 0x3333, "GS"
        expect16 [seen + 8], 0, "SS"
        expect16 [seen + 10], 0, "CS"
        expect16 [seen + 12], V86_STACK, "SP"
        mov     ax, [seen + 14]
        and     ax, 0x7000 | CF | IF_
        expect16 ax, IOPL3 | CF | IF_, "PUSHF"
        mov     eax, [seen + 16]
        and     eax, VM_ | RF
        expect32 eax, 0, "PUSHFD shows no VM"
        mov     ax, [seen + 20]
        and     ax, 1
        expect16 ax, 1, "SMSW shows PE"
        mov     ax, [seen + 22]
        expect16 ax, 0x0155, "a segment's base is its selector times 16"

        print   `sensitive instructions\n`
        v86_fault GP_, 0, 0, "cli", cli
        v86_fault GP_, 0, 0, "sti", sti
        v86_fault GP_, 0, 0, "pushf", pushf
        v86_fault GP_, 0, 0, "popf", popf
        v86_fault GP_, 0, 0, "iret", iret
        v86_fault GP_, 0, 0, "int 20h", int 0x20
        v86_fault GP_, 0, 0x2000, "int 20h at IOPL 2", int 0x20
        v86_fault GP_, 0, 0, "pushfd", pushfd
        v86_fault GP_, 0, 0, "popfd", popfd
        v86_fault GP_, 0, 0, "iretd", iretd
        v86_runs IOPL3 | IF_, "cli at IOPL 3", cli
        mov     eax, [fault_eflags]
        and     eax, IF_
        expect32 eax, 0, "cli"
        v86_runs IOPL3, "sti at IOPL 3", sti
        mov     eax, [fault_eflags]
        and     eax, IF_
        expect32 eax, IF_, "sti"
        as_v86  IOPL3 | IF_, pop_it
        jmp     popped
        bits    16
pop_it: push    dword CF | 0x200000
        popfd
        hlt
        bits    32
popped: mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_ | CF | 0x200000
        expect32 eax, VM_ | IOPL3 | CF | 0x200000, "POPFD changes IF and ID, but neither IOPL nor VM"
        as_v86  IOPL3 | IF_ | CF, iret_it
        jmp     returned
        bits    16
iret_it:
        push    dword 0
        push    dword 0
        push    dword iret_there
        iretd
        nop
iret_there:
        hlt
        bits    32
returned:
        expect32 [fault_eip], iret_there, "IRETD within"
        mov     eax, [fault_eflags]
        and     eax, VM_ | IOPL3 | IF_ | CF
        expect32 eax, VM_ | IOPL3, "IRETD changes neither IOPL nor VM"

        print   `privileged instructions\n`
        v86_fault GP_, 0, IOPL3, "clts", clts
        v86_fault GP_, 0, IOPL3, "lmsw", lmsw ax
        v86_fault GP_, 0, IOPL3, "mov eax, cr0", mov eax, cr0
        v86_fault GP_, 0, IOPL3, "mov cr3, eax", mov cr3, eax
        v86_fault GP_, 0, IOPL3, "mov eax, dr7", mov eax, dr7
        v86_fault GP_, 0, IOPL3, "lgdt", lgdt [gdt_pointer]
        v86_fault GP_, 0, IOPL3, "lidt", lidt [gdt_pointer]
        v86_fault GP_, 0, IOPL3, "wbinvd", wbinvd
        v86_fault GP_, 0, IOPL3, "rdmsr", rdmsr
        v86_fault UD_, -1, IOPL3, "lldt", lldt ax
        v86_fault UD_, -1, IOPL3, "ltr", ltr ax
        v86_fault UD_, -1, IOPL3, "sldt", sldt ax
        v86_fault UD_, -1, IOPL3, "str", str ax
        v86_fault UD_, -1, IOPL3, "lar", lar ax, bx
        v86_fault UD_, -1, IOPL3, "lsl", lsl ax, bx
        v86_fault UD_, -1, IOPL3, "verr", verr ax
        v86_fault UD_, -1, IOPL3, "arpl", db 0x63, 0xC0
        v86_fault UD_, -1, IOPL3, "ud2", ud2

        print   `interrupts\n`
        set_gate 0x20, KERNEL_CODE, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x21, KERNEL_CODE, addr(on_interrupt), TRAP_GATE | RING3
        set_gate 0x22, KERNEL_CODE, addr(on_interrupt), INT_GATE
        set_gate 0x23, USER_CODE_0, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x24, CONFORMING, addr(on_interrupt), INT_GATE | RING3
        as_v86  IOPL3 | IF_ | CF, int_it
        jmp     interrupted
        bits    16
int_it: mov     ax, ds
        mov     bx, 0x4444
        mov     gs, bx
        int     0x20
int_there:
        mov     [seen + 0], es
        mov     [seen + 2], gs
        mov     [seen + 4], sp
        pushf
        pop     word [seen + 6]
        hlt
        bits    32
interrupted:
        expect32 [frame + 0], int_there, "EIP"
        expect32 [frame + 4], 0, "CS"
        mov     eax, [frame + 8]
        and     eax, VM_ | IOPL3 | IF_ | CF
        expect32 eax, VM_ | IOPL3 | IF_ | CF, "EFLAGS"
        expect32 [frame + 12], V86_STACK, "ESP"
        expect32 [frame + 16], 0, "SS"
        expect16 [frame + 20], 0x1111, "ES"
        expect16 [frame + 24], 0, "DS"
        expect16 [frame + 28], 0x2222, "FS"
        expect16 [frame + 32], 0x4444, "GS"
        expect32 [inside + 0], KERNEL_STACK - 36, "ESP inside"
        expect32 [inside + 4], 0, "DS inside"
        expect32 [inside + 8], 0, "ES inside"
        expect32 [inside + 12], 0, "FS inside"
        expect32 [inside + 16], 0, "GS inside"
        expect32 [inside + 20], 2 | IOPL3 | CF, "EFLAGS inside"
        expect16 [seen + 0], 0x1111, "ES behind it"
        expect16 [seen + 2], 0x4444, "GS behind it"
        expect16 [seen + 4], V86_STACK, "SP behind it"
        mov     ax, [seen + 6]
        and     ax, IF_ | IOPL3
        expect16 ax, IF_ | IOPL3, "flags behind it"
        v86_runs IOPL3 | IF_, "through a trap gate", int 0x21
        mov     eax, [inside + 20]
        and     eax, IF_
        expect32 eax, IF_, "a trap gate leaves IF"
        v86_fault GP_, 0x22 * 8 + 2, IOPL3, "a gate with DPL 0", int 0x22
        v86_fault GP_, USER_CODE_0, IOPL3, "a gate to ring 3", int 0x23
        v86_fault GP_, CONFORMING, IOPL3, "a gate to conforming code", int 0x24
        v86_fault GP_, 3 * 8 + 2, 0, "INT3 needs DPL 3, but no IOPL", int3
        set_gate 3, KERNEL_CODE, addr(on_interrupt), INT_GATE | RING3
        set_gate 4, KERNEL_CODE, addr(on_interrupt), INT_GATE | RING3
        v86_runs 0, "int3 at IOPL 0", int3
        v86_runs OF, "into at IOPL 0", into

        print   `ports\n`
        v86_fault GP_, 0, IOPL3, "IOPL does not count: in", in al, 0x80
        v86_fault GP_, 0, IOPL3, "out", out 0x80, al
        v86_fault GP_, 0, IOPL3, "outsb", outsb
        mov     byte [V_BASE + 0x68 + 0x80 / 8], ~1
        v86_runs 0, "the bitmap allows it", in al, 0x80
        v86_runs IOPL3, "out is allowed", out 0x80, al
        v86_fault GP_, 0, 0, "a word has two ports", in ax, 0x80
        v86_fault GP_, 0, 0, "a port whose bit is set", {in al, dx}

        print   `tasks\n`
        make_task32 A_BASE, task_code, V86_STACK - 0x100
        mov     dword [A_BASE + T_EFLAGS], 2 | VM_ | IOPL3 | CF
        mov     dword [A_BASE + T_CS], 0
        mov     dword [A_BASE + T_SS], 0x10
        mov     dword [A_BASE + T_DS], 0
        mov     dword [A_BASE + T_ES], 0x7C0
        mov     dword [A_BASE + T_FS], 0xFFFF
        mov     dword [A_BASE + T_ESP0], A_STACK
        mov     dword [A_BASE + T_SS0], KERNEL_DATA
        set_gate 0x25, KERNEL_CODE, addr(on_task), INT_GATE | RING3
        call    A_TSS:0
        expect32 [seen_task], A_TSS, "the task ran in virtual-8086 mode"
        expect16 [seen + 0], 0xAA55, "its ES"
        expect16 [seen + 2], 0xFFFF, "its FS"
        expect16 [seen + 4], V86_STACK - 0x100, "its SP"
        expect32 [inside + 0], A_STACK - 36, "its ring-0 stack"
        mov     dword [IDT_BASE + 0x26 * 8], A_TSS << 16
        mov     dword [IDT_BASE + 0x26 * 8 + 4], (TASK_GATE | RING3) << 8
        make_task32 A_BASE, from_v86, A_STACK
        v86_runs IOPL3 | CF, "through a task gate", int 0x26
        expect32 [seen_task], -1, "the task ran"
        mov     eax, [V_BASE + T_EFLAGS]
        and     eax, VM_ | IOPL3 | CF
        expect32 eax, VM_ | IOPL3 | CF, "saved EFLAGS"
        expect16 [V_BASE + T_FS], 0x2222, "saved FS"
        finish

on_interrupt:
        push    ds
        push    eax
        mov     eax, KERNEL_DATA
        mov     ds, ax
        lea     eax, [esp + 8]
        mov     [inside + 0], eax
        movzx   eax, word [esp + 4]
        mov     [inside + 4], eax
        mov     eax, 0
        mov     ax, es
        mov     [inside + 8], eax
        mov     ax, fs
        mov     [inside + 12], eax
        mov     ax, gs
        mov     [inside + 16], eax
        pushfd
        pop     dword [inside + 20]
%assign n 0
%rep 9
        mov     eax, [esp + 8 + n * 4]
        mov     [frame + n * 4], eax
  %assign n n + 1
%endrep
        pop     eax
        pop     ds
        iretd

; out of the V86 task: back to the first one
on_task:
        mov     eax, KERNEL_DATA
        mov     ds, ax
        mov     [inside + 0], esp
        mov     eax, 0
        str     ax
        mov     [seen_task], eax
        pushfd
        or      dword [esp], NT
        popfd
        iretd

from_v86:
        mov     dword [seen_task], -1
        iretd

        bits    16
task_code:
        mov     ax, [es:510]
        mov     [seen + 0], ax
        mov     [seen + 2], fs
        mov     [seen + 4], sp
        int     0x25
        bits    32

        align   4, db 0
seen:           times 24 db 0
frame:          times 9 dd 0
inside:         times 6 dd 0
seen_task:      dd 0
        begin_gdt
        descriptor V_TSS, V_BASE, 0x68 + 32, TSS_TYPE, 0
        descriptor A_TSS, A_BASE, 0x67, TSS_TYPE, 0
        descriptor CONFORMING, 0, 0xFFFFF, CODE_CONFORMING, GRANULAR | BIG
        end_gdt
        %include "end.inc"
