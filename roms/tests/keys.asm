; keys.asm - prints each key of INT 16h AH=10h as a word; Esc ends. run.py types.
%include "harness.inc"
main:   PRINT   "ready "
.next:  mov     ah, 0x10
        int     0x16
        push    ax
        movzx   eax, ax
        call    puthex
        mov     al, " "
        call    putc
        pop     ax
        cmp     al, 27
        jne     .next
        mov     cx, 0x2F2F              ; put a key into the ring, and look at it with the old call
        mov     ah, 0x05
        int     0x16
        mov     ah, 0x01
        int     0x16
        setz    bl
        movzx   ebx, bl
        EXPECT  "a key is there", ebx, 0
        movzx   eax, ax
        EXPECT  "the key", eax, 0x2F2F
        mov     ah, 0
        int     0x16
        mov     ah, 0x11
        int     0x16
        setz    bl
        movzx   ebx, bl
        EXPECT  "empty", ebx, 1
        PRINT   "end"
        DONE
        END_OF_TEST
