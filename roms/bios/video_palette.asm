; video_palette.asm - INT 10h AH=10h: attribute controller and DAC.

; Attribute controller: register AL = AH. The port takes index and value in turn; bit 5 of the
; index keeps the picture on. With it set the palette (registers 0-0Fh) belongs to the picture and
; cannot be written, so it is clear for a moment. Clobbers DX.
attribute_write:
        push    ax
        call    attribute_index
        out     dx, al
        mov     al, ah
        out     dx, al
        call    attribute_index
        mov     al, 0x20
        out     dx, al
        pop     ax
        ret
attribute_read:                         ; register AL -> AH
        call    attribute_index
        or      al, 0x20
        out     dx, al
        inc     dx
        push    ax
        in      al, dx
        pop     dx                      ; the index again
        mov     ah, al
        mov     al, dl
        and     al, 0x1F
        push    ax
        call    attribute_index
        mov     al, 0x20
        out     dx, al
        pop     ax
        ret
attribute_index:                        ; make the port expect an index; DX = port
        push    ax
        mov     dx, [CRTC_PORT]
        add     dx, 6
        in      al, dx
        mov     dx, VGA_ATTRIBUTE
        pop     ax
        ret

video_palette:
        cmp     al, 0x1B
        ja      .done
        movzx   si, al
        add     si, si
        jmp     [cs:.table + si]
.table: dw      .set, .border, .set_all, .blink, .done, .done, .done, .get
        dw      .get_border, .get_all, .done, .done, .done, .done, .done, .done
        dw      .dac_set, .done, .dac_set_block, .paging, .done, .dac_get, .done, .dac_get_block
        dw      .mask_set, .mask_get, .get_paging, .grey
.set:   mov     al, bl                  ; 00: register BL = BH
        mov     ah, bh
        cmp     al, 0x14
        ja      .done
        jmp     attribute_write
.border:
        mov     al, 0x11                ; 01: border BH
        mov     ah, bh
        jmp     attribute_write
.set_all:
        mov     di, dx                  ; 02: 17 bytes at ES:DX
        mov     al, 0
.all:   mov     ah, [es:di]
        inc     di
        call    attribute_write
        inc     al
        cmp     al, 16
        jb      .all
        inc     al
        mov     ah, [es:di]
        jmp     attribute_write
.blink: mov     al, 0x10                ; 03: BL = 1 blink, 0 bright background
        call    attribute_read
        and     ah, 0xF7
        test    bl, 1
        jz      .steady
        or      ah, 8
.steady:
        jmp     attribute_write
.get:   mov     al, bl                  ; 07: register BL -> BH
        call    attribute_read
        mov     [bp + R_BH], ah
        ret
.get_border:
        mov     al, 0x11                ; 08: -> BH
        call    attribute_read
        mov     [bp + R_BH], ah
        ret
.get_all:
        mov     di, dx                  ; 09: 17 bytes to ES:DX
        mov     al, 0
.read:  call    attribute_read
        mov     [es:di], ah
        inc     di
        inc     al
        cmp     al, 16
        jb      .read
        inc     al
        call    attribute_read
        mov     [es:di], ah
.done:  ret
.dac_set:                               ; 10: colour BX = DH, CH, CL
        mov     ah, dh
        mov     dx, VGA_DAC_WRITE
        mov     al, bl
        out     dx, al
        inc     dx
        mov     al, ah
        out     dx, al
        mov     al, ch
        out     dx, al
        mov     al, cl
        out     dx, al
        ret
.dac_set_block:                         ; 12: CX colours from BX on, ES:DX
        mov     si, dx
        mov     dx, VGA_DAC_WRITE
        mov     al, bl
        out     dx, al
        inc     dx
        jcxz    .done
.put:   times 3 db 0x26, 0xAC, 0xEE     ; es lodsb; out dx, al
        loop    .put
        ret
.paging:                                ; 13: BL=0: BH page size; BL=1: BH page
        mov     al, 0x10
        cmp     bl, 1
        je      .page
        call    attribute_read
        and     ah, 0x7F
        shl     bh, 7
        or      ah, bh
        jmp     attribute_write
.page:  call    attribute_read
        test    ah, 0x80
        mov     ah, bh
        jnz     .small
        shl     ah, 2
.small: mov     al, 0x14
        jmp     attribute_write
.get_paging:                            ; 1A: -> BL page size, BH page
        mov     al, 0x10
        call    attribute_read
        mov     bl, ah
        shr     bl, 7
        mov     al, 0x14
        call    attribute_read
        test    bl, bl
        jnz     .sixteen
        shr     ah, 2
.sixteen:
        mov     bh, ah
        mov     [bp + R_BX], bx
        ret
.dac_get:                               ; 15: colour BL -> DH, CH, CL
        mov     dx, VGA_DAC_READ
        mov     al, bl
        out     dx, al
        add     dx, 2
        in      al, dx
        mov     [bp + R_DH], al
        in      al, dx
        mov     [bp + R_CH], al
        in      al, dx
        mov     [bp + R_CL], al
        ret
.dac_get_block:                         ; 17: CX colours from BX on to ES:DX
        mov     di, dx
        mov     dx, VGA_DAC_READ
        mov     al, bl
        out     dx, al
        add     dx, 2
        jcxz    .none
.take:  times 3 db 0xEC, 0xAA           ; in al, dx; stosb
        loop    .take
.none:  ret
.mask_set:                              ; 18: BL
        mov     dx, VGA_DAC_MASK
        mov     al, bl
        out     dx, al
        ret
.mask_get:                              ; 19: -> BL
        mov     dx, VGA_DAC_MASK
        in      al, dx
        mov     [bp + R_BL], al
        ret
.grey:  test    cx, cx                  ; 1B: CX colours from BX on become grey
        jz      .none
.sum:   push    cx
        mov     dx, VGA_DAC_READ
        mov     al, bl
        out     dx, al
        add     dx, 2
        in      al, dx
        mov     ah, 77                  ; 30 % red
        mul     ah
        mov     si, ax
        in      al, dx
        mov     ah, 151                 ; 59 % green
        mul     ah
        add     si, ax
        in      al, dx
        mov     ah, 28                  ; 11 % blue
        mul     ah
        add     ax, si
        mov     cl, ah
        dec     dx
        mov     al, bl
        out     dx, al
        inc     dx
        mov     al, cl
        out     dx, al
        out     dx, al
        out     dx, al
        inc     bx
        pop     cx
        loop    .sum
        ret

