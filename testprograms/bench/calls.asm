; teaches: what transfers cost: near and far calls, software interrupts and segment loads, in real and protected mode
; expect-small: real 001EF580
; expect-small: protected EED4BF40
;
; SCALE is the number of rounds; the results are one line each.

%ifndef SCALE
%define SCALE 20
%endif

        %include "boot.inc"
        %include "pm.inc"

LOOPS   equ 60000
round   equ 0x5000

main:
        cli
        mov     esp, 0x7000             ; away from the code: engines watch writes to pages that hold code
        print   `begin\n`               ; scripts/bench starts its clock here
        mov     word [0x60 * 4], on_interrupt16
        mov     word [0x60 * 4 + 2], 0
        mov     word [round], SCALE
        xor     ebx, ebx
.round:
        mov     cx, LOOPS
.real:
        call    near16
        call    0x0000:far16
        call    [pointer16]
        int     0x60
        mov     ax, 0x1000
        mov     es, ax
        mov     dx, es
        add     bx, dx
        xor     ax, ax
        mov     es, ax
        push    ds
        pop     fs
        loop    .real
        dec     word [round]
        jnz     .round
        print   'real '
        print_hex ebx, 8
        print   `\n`

        enter_protected
        mov     esp, 0x7000
        set_gate 0x28, KERNEL_CODE, addr(on_interrupt32), INT_GATE
        set_gate 0x29, KERNEL_CODE, addr(on_interrupt32), TRAP_GATE
        mov     dword [round], SCALE
        xor     ebx, ebx
.round32:
        mov     ecx, LOOPS
.protected:
        call    near32
        call    KERNEL_CODE:far32
        call    [pointer32]
        int     0x28
        int     0x29
        mov     eax, OTHER
        mov     es, ax
        mov     edx, [es:0]
        add     ebx, edx
        mov     eax, KERNEL_DATA
        mov     es, ax
        push    ds
        pop     fs
        call    A_GATE:0
        dec     ecx
        jnz     .protected
        dec     dword [round]
        jnz     .round32
        print   'protected '
        print_hex ebx, 8
        print   `\n`
        mov     al, 0x10
        jmp     exit32

        bits    16
near16: add     ebx, 3
        ret
far16:  add     ebx, 5
        retf
on_interrupt16:
        add     ebx, 7
        iret
        bits    32
near32: push    ebp
        mov     ebp, esp
        add     ebx, 3
        leave
        ret
far32:  add     ebx, 5
        retf
on_interrupt32:
        add     ebx, 7
        iretd

        align   4, db 0
pointer16:      dw near16, 0
pointer32:      dd near32
        begin_gdt
        descriptor OTHER, addr(pointer32), 0xFFFF, DATA_RW, BIG
        gate    A_GATE, KERNEL_CODE, addr(far32), CALL_GATE, 0
        end_gdt
        %include "end.inc"
