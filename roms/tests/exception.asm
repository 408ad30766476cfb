; exception.asm - raises the exception that run.py puts into byte "which" of the boot sector: 0 #DE,
; 6 #UD, 13 #GP, 5 BOUND; 80h: INT 5, which is no exception, and a spurious IRQ; 81h: jumps to the reset vector.
%include "harness.inc"
main:   mov     al, [which]
        cmp     al, 0
        je      .divide
        cmp     al, 6
        je      .opcode
        cmp     al, 13
        je      .limit
        cmp     al, 5
        je      .bound
        cmp     al, 0x81
        jne     .print_screen
        jmp     0xFFFF:0x0000
.print_screen:
        int     0x05                    ; print screen: returns
        int     0x0F                    ; as a spurious IRQ 7: nothing in service, returns
        in      al, 0x21                ; IRQ 4 from the UART, which nobody handles
        and     al, 0xEF
        out     0x21, al
        mov     dx, 0x3FC
        mov     al, 0x0B                ; OUT2 lets the interrupt through
        out     dx, al
        mov     dx, 0x3F9
        mov     al, 0x02                ; interrupt when the transmitter is empty
        out     dx, al
        mov     cx, 3                   ; three ticks: the timer still works, IRQ 4 was acknowledged
.tick:  hlt
        loop    .tick
        mov     al, 0x0B
        out     0x20, al
        in      al, 0x20
        movzx   eax, al
        EXPECT  "nothing in service", eax, 0
        PRINT   "still here"
        DONE
.divide:
        xor     bx, bx
        div     bx
.opcode:
        ud2
.limit: times 15 db 0x26                 ; an instruction of 16 bytes
        nop
.bound: mov     ax, 5
        bound   ax, [limits]
        hlt
limits: dw      1, 2
        END_OF_TEST
