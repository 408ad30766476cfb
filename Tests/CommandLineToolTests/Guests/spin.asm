; A system ROM of 64 KiB that spins with interrupts off, in two jumps, since one to itself is found.
        bits    16
        org     0
start:  cli
        mov     dx, 0xE9
        mov     al, '!'
        out     dx, al
.here:  jmp     .there
        nop
.there: jmp     .here
        times   0xFFF0 - ($ - $$) db 0xFF
        jmp     0xF000:start
        times   0x10000 - ($ - $$) db 0xFF
