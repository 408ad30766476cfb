; Sends back what comes on the first serial port, polled; powers off at "q".
        bits    16
        org     0x7C00
start:  xor     ax, ax
        mov     ds, ax
.wait:  mov     dx, 0x3FD
        in      al, dx
        test    al, 1
        jz      .wait
        mov     dx, 0x3F8
        in      al, dx
        cmp     al, 'q'
        je      .off
        out     dx, al
        jmp     .wait
.off:   mov     dx, 0x8900
        mov     si, word_
        mov     cx, 8
        rep outsb
        cli
        hlt
word_   db      'Shutdown'
        times   510 - ($ - $$) db 0
        dw      0xAA55
