; A ROM that resets the machine through port 92h.
        bits    16
        org     0
start:  in      al, 0x92
        or      al, 1
        out     0x92, al
        cli
        hlt
        times   0xFFF0 - ($ - $$) db 0xFF
        jmp     0xF000:start
        times   0x10000 - ($ - $$) db 0xFF
