; A system ROM of 64 KiB that needs no other: prints on port E9h, writes to port 80h and ends with isa-debug-exit.
        bits    16
        org     0
start:  mov     al, 0x11
        out     0x80, al
        mov     ax, 0x2233              ; a word: port 80h gets its low byte
        out     0x80, ax
        mov     dx, 0xE9
        mov     si, text
.next:  cs lodsb
        test    al, al
        jz      .done
        out     dx, al
        jmp     .next
.done:  mov     ax, 0x1234              ; for --dump-state
        mov     bx, cs
        xor     cx, cx
        mov     ds, cx
        mov     word [0x500], 0xBEEF
        mov     dx, 0x2F8               ; nothing sits there
        in      al, dx
        mov     al, 0x10
        out     0xF4, al
        hlt
text    db      'Hello from a ROM', 10, 0
        times   0xFFF0 - ($ - $$) db 0xFF
        jmp     0xF000:start
        times   0x10000 - ($ - $$) db 0xFF
