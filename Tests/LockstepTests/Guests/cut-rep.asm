; An interrupt in the middle of a REP, which the REP itself lets in: it writes the PIC's mask, with IRQ 0 waiting.
        bits    16
        org     0x7C00
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     dword [8 * 4], timer
        mov     al, 0xFF
        out     0x21, al
        mov     al, 0x34                ; channel 0, mode 2
        out     0x43, al
        mov     ax, 20
        out     0x40, al
        mov     al, ah
        out     0x40, al
        mov     bp, 5
round:  mov     cx, 30000               ; long enough for IRQ 0 to stand in IRR
        loop    $
        mov     si, masks
        mov     ecx, 0xABCD0008         ; the upper half is not the count's
        mov     dx, 0x21
        cld
        sti
        nop
        rep     outsb
        cli
        dec     bp
        jnz     round
        mov     si, word_
        mov     dx, 0x8900
        mov     cx, 8
        rep     outsb
        hlt

timer:  push    ax
        mov     al, 0x20
        out     0x20, al
        mov     [0x600], cx             ; iterations that were left
        pop     ax
        iret

masks:  db      0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFF
word_:  db      "Shutdown"
        times   510 - ($ - $$) db 0
        dw      0xAA55
