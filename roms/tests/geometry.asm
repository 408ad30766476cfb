; geometry.asm - prints the CHS geometry of each disk from 81h on, and reads its last sector by EDD:
; run.py has put "LAST" there.
%include "harness.inc"
main:   mov     dl, 0x81
.disk:  mov     ah, 0x08
        push    dx
        int     0x13
        jc      .end
        movzx   eax, cl                 ; cylinders, heads, sectors
        shr     al, 6
        mov     ah, al
        mov     al, ch
        inc     ax
        call    puthex
        mov     al, " "
        call    putc
        movzx   eax, dh
        inc     ax
        call    puthex
        mov     al, " "
        call    putc
        movzx   eax, cl
        and     al, 0x3F
        call    puthex
        mov     al, 10
        call    putc
        pop     dx
        mov     si, results
        mov     ah, 0x48
        int     0x13
        mov     eax, [results + 16]
        mov     ebx, [results + 20]
        sub     eax, 1
        sbb     ebx, 0
        mov     [packet + 8], eax
        mov     [packet + 12], ebx
        mov     dword [buffer], 0
        mov     si, packet
        mov     ah, 0x42
        int     0x13
        EXPECT_CARRY "read", 0
        EXPECT  "last sector", [buffer], "LAST"
        inc     dx
        jmp     .disk
.end:   PRINT   "end"
        DONE
packet: db      0x10, 0
        dw      1, buffer, 0
        dq      0
results:
        dw      0x1A
        times   30 db 0
buffer: times   512 db 0
        END_OF_TEST
