; Resets through the 8042, through port 92h and by a triple fault, then power-off: memory keeps the count.
        bits    16
        org     0x7C00
        cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        cmp     word [magic], 0x5AA5
        je      known
        mov     word [magic], 0x5AA5
        mov     word [count], 0
known:  inc     word [count]
        mov     ax, [count]
        dec     ax
        jz      first
        dec     ax
        jz      second
        dec     ax
        jz      third
        mov     si, word_
        mov     dx, 0x8900
        mov     cx, 8
        rep     outsb
        hlt
first:  mov     al, 0xFE
        out     0x64, al
        hlt
second: in      al, 0x92
        or      al, 1
        out     0x92, al
        hlt
third:  lidt    [empty]
        int3
        hlt

empty:  dw      0, 0, 0
word_:  db      "Shutdown"
magic   equ     0x9000
count   equ     0x9002
        times   510 - ($ - $$) db 0
        dw      0xAA55
