; Shows a prompt, echoes what is typed to the screen and the serial port, powers off at ESC.
; F10 makes it slow: it looks for keys once a second only.
        bits    16
        org     0x7C00
start:  xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        sti
        mov     si, prompt
        call    puts
.next:  mov     cx, [delay]             ; timer ticks, 55 ms each
        jcxz    .read
.wait:  hlt
        loop    .wait
.read:  mov     ah, 0
        int     0x16
        cmp     al, 27
        je      off
        cmp     ax, 0x4400              ; F10
        jne     .echo
        mov     word [delay], 4
        jmp     .next
.echo:  mov     dx, 0x3F8
        out     dx, al
        mov     bl, al
        mov     ah, 0x0E
        int     0x10
        cmp     bl, 13
        jne     .next
        mov     al, 10
        out     dx, al
        int     0x10
        mov     si, prompt
        call    puts
        jmp     .next
off:    mov     dx, 0x8900
        mov     si, word_
        mov     cx, 8
        rep outsb
        cli
        hlt
puts:   lodsb
        test    al, al
        jz      .done
        mov     ah, 0x0E
        int     0x10
        jmp     puts
.done:  ret
prompt  db      'ready> ', 0
word_   db      'Shutdown'
delay   dw      0
        times   510 - ($ - $$) db 0
        dw      0xAA55
