; Reads the sector after its own and prints "error XX" with the BIOS's status, or "read" when there was none.
        bits    16
        org     0x7C00
start:  xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     ax, 0x0201
        mov     bx, 0x8000
        mov     cx, 2
        mov     dh, 0                   ; DL is the boot drive
        int     0x13
        mov     si, good
        jnc     .say
        mov     al, ah
        shr     al, 4
        call    digit
        mov     [code], al
        mov     al, ah
        call    digit
        mov     [code + 1], al
        mov     si, bad
.say:   mov     dx, 0x3F8
.next:  lodsb
        test    al, al
        jz      .off
        out     dx, al
        jmp     .next
.off:   mov     dx, 0x8900
        mov     si, word_
        mov     cx, 8
        rep outsb
        cli
        hlt
digit:  and     al, 15
        add     al, '0'
        cmp     al, '9'
        jbe     .done
        add     al, 7
.done:  ret
good    db      'read', 10, 0
bad     db      'error '
code    db      '00', 10, 0
word_   db      'Shutdown'
        times   510 - ($ - $$) db 0
        dw      0xAA55
