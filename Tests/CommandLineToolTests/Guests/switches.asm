; A system ROM of 64 KiB for changes of the engine: passes `place` ten times, and prints a digit on port E9h each time.
        bits    16
        org     0
start:  xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        xor     bx, bx
        mov     cx, 10
        mov     dx, 0xE9
        jmp     place
        times   0x100 - ($ - $$) nop
place:  mov     al, cl                  ; F000:0100
        add     al, '0' - 1
        out     dx, al
        out     0x80, al
        add     bx, cx
        loop    place
        mov     [0x500], bx             ; 55: for --dump-memory
        mov     al, 10
        out     dx, al
        mov     al, 0x10
        out     0xF4, al
        hlt
        times   0xFFF0 - ($ - $$) db 0xFF
        jmp     0xF000:start
        times   0x10000 - ($ - $$) db 0xFF
