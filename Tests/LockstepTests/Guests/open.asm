; Instructions that leave something undefined, plain and under the trap flag.
        bits    16
        org     0x7C00
        cli
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     dword [1 * 4], trap
        mov     word [traps], 0
        call    body
        push    word 0x0102             ; TF
        popf
        call    body
        push    word 0x0002
        popf
        mov     si, word_
        mov     dx, 0x8900
        mov     cx, 8
        rep     outsb
        hlt

trap:   inc     word [traps]
        iret

body:   mov     ax, 0x1234
        mov     bx, 77
        mul     bx
        div     bx
        and     al, 0x5A
        mov     cl, 5
        shl     ax, cl
        mov     cl, 0
        shl     ax, cl                  ; leaves all flags
        mov     cl, 1
        rol     bx, cl                  ; OF is defined
        xor     ebx, ebx
        bsf     eax, ebx                ; EAX is undefined
        mov     word [place], 0x1111
        mov     cl, 20
        shld    [place], ax, cl         ; the word is undefined
        shld    dx, ax, cl
        smsw    esi
        o32 push fs                     ; the upper half in memory is undefined
        pop     eax
        and     eax, 0xFFFF
        bt      bx, 3
        aam
        aad
        aaa
        daa
        rdtsc
        ret

word_:  db      "Shutdown"
traps   equ     0x9000
place   equ     0x9010
        times   510 - ($ - $$) db 0
        dw      0xAA55
