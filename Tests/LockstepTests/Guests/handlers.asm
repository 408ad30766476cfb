; Handlers that access a port with their first instruction: of IRQ 0, of a divide error and of a software interrupt.
        bits    16
        org     0x7C00
        cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     dword [8 * 4], timer
        mov     dword [0 * 4], divide
        mov     dword [0x60 * 4], software
        mov     word [ticks], 0
        mov     al, 0x34                ; channel 0, mode 2
        out     0x43, al
        mov     ax, 20
        out     0x40, al
        mov     al, ah
        out     0x40, al
        mov     al, 0xFE
        out     0x21, al
        sti
again:  int     0x60
        xor     dx, dx
        xor     cx, cx
        div     cx
        inc     word [loops]
        cmp     word [ticks], 10
        jb      again
        cli
        mov     dx, 0x8900
        mov     si, word_
        mov     cx, 8
        rep     outsb
        hlt

timer:  in      al, 0x40
        mov     al, 0x20
        out     0x20, al
        inc     word [ticks]
        iret
divide: out     0x80, al
        push    bp
        mov     bp, sp
        add     word [bp + 2], 2        ; behind the DIV
        pop     bp
        iret
software:
        in      al, 0x61
        iret

word_:  db      "Shutdown"
ticks   equ     0x600
loops   equ     0x602
        times   510 - ($ - $$) db 0
        dw      0xAA55
