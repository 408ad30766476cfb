; boot.asm: the loader of the 32-bit workloads. Loads PAYLOAD_SECTORS sectors behind this one to 10000h with
; INT 13h, switches A20 on, enters flat 32-bit protected mode without paging, and calls the payload.
;
; The sector count is written into the image by the Makefile (bench/Makefile), as -D PAYLOAD_SECTORS=n.

        bits 16
        org 0x7C00

COM1    equ 0x3F8

start:
        jmp     0x0000:.normalise
.normalise:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        sti
        cld
        mov     [drive], dl
        mov     dx, COM1 + 3
        mov     al, 3                   ; eight data bits
        out     dx, al
        mov     dl, [drive]
        mov     ah, 0x08                ; geometry
        int     0x13
        jc      .fail
        and     cx, 0x3F
        mov     [sectors], cx
        mov     dl, dh
        xor     dh, dh
        inc     dx
        mov     [heads], dx

        mov     si, 1
        mov     di, 0x1000              ; segment
.next:
        mov     ax, si
        xor     dx, dx
        div     word [sectors]
        mov     cx, dx
        inc     cx
        xor     dx, dx
        div     word [heads]
        mov     ch, al
        mov     dh, dl
        mov     dl, [drive]
        mov     es, di
        xor     bx, bx
        mov     ax, 0x0201
        push    si
        push    di
        int     0x13
        pop     di
        pop     si
        jc      .fail
        add     di, 0x20
        inc     si
        cmp     si, PAYLOAD_SECTORS
        jbe     .next

        mov     dx, 0x3F2               ; floppy motor off; its interrupt is masked below anyway
        mov     al, 0x0C
        out     dx, al
        cli
        in      al, 0x92                ; A20
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:flat
.fail:
        mov     al, 0x11
        out     0xF4, al
        cli
        hlt

        bits 32
flat:
        mov     eax, 0x10
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, 0x90000
        call    0x10000
        mov     al, 0x10                ; status 33
        out     0xF4, al
        mov     dx, 0x8900              ; without isa-debug-exit: the Shutdown port of Bochs
        mov     esi, shutdown
        mov     ecx, 8
        rep outsb
        cli
        hlt

shutdown:       db 'Shutdown'
drive:          db 0
sectors:        dw 0
heads:          dw 0
        align   8, db 0
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
gdt_pointer:
        dw      $ - gdt - 1
        dd      gdt
        times 510 - ($ - $$) db 0
        dw      0xAA55
