; video_graphics.asm - pixels and characters in the graphics modes.

; Where pixel (CX, DX) of page BH lies: ES:DI = byte, AH = mask of its bits in the byte, CL = how
; far they are from the right, SI = mode. Clobbers AL, BX, DX.
pixel_address:
        call    current_mode
        mov     al, [cs:si + M_CELL]
        mul     byte [VID_COLS]
        mov     di, ax                  ; bytes in a line
        movzx   ax, bh
        mov     bx, dx
        mul     word [VID_PAGE_SIZE]
        xchg    ax, di                  ; DI = start of the page, AX = bytes in a line
        cmp     byte [cs:si + M_MODEL], MODEL_CGA
        jne     .line
        xor     di, di
        shr     bx, 1
        jnc     .line
        mov     di, 0x2000
.line:  mul     bx
        add     di, ax
        cmp     byte [cs:si + M_MODEL], MODEL_LINEAR
        je      .linear
        mov     bx, cx
        cmp     byte [cs:si + M_CELL], 2
        je      .four
        shr     bx, 3
        add     di, bx
        not     cl
        and     cl, 7
        mov     ah, 1
        shl     ah, cl
        ret
.four:  shr     bx, 2
        add     di, bx
        not     cl
        and     cl, 3
        add     cl, cl
        mov     ah, 3
        shl     ah, cl
        ret
.linear:
        add     di, cx
        mov     ah, 0xFF
        mov     cl, 0
        ret

; Pixel (CX, DX) of page BH = AL; bit 7 set: XOR (not with 256 colours). Preserves all.
put_pixel:
        pusha
        push    es
        push    ax
        call    pixel_address
        pop     bx                      ; BL = colour
        cmp     byte [cs:si + M_MODEL], MODEL_PLANAR
        je      .planar
        cmp     byte [cs:si + M_MODEL], MODEL_LINEAR
        je      .linear
        mov     al, bl
        shl     al, cl
        and     al, ah
        test    bl, 0x80
        jnz     .xor
        not     ah
        and     ah, [es:di]
        or      al, ah
        jmp     .store
.xor:   xor     al, [es:di]
        jmp     .store
.linear:
        mov     al, bl
.store: mov     [es:di], al
        jmp     .done
.planar:
        mov     al, 8
        mov     dx, VGA_GRAPHICS
        out     dx, ax                  ; bit mask
        mov     ax, 0x0205              ; write mode 2
        out     dx, ax
        test    bl, 0x80
        jz      .set
        mov     ax, 0x1803
        out     dx, ax
.set:   mov     al, [es:di]             ; fill the latches
        mov     [es:di], bl
        call    graphics_defaults
.done:  pop     es
        popa
        ret

; What programs expect of the graphics controller in a planar mode. Clobbers AX, DX.
graphics_defaults:
        mov     dx, VGA_GRAPHICS
        mov     ax, 0xFF08
        out     dx, ax
        mov     ax, 0x0005
        out     dx, ax
        mov     ax, 0x0003
        out     dx, ax
        ret

; AL = pixel (CX, DX) of page BH. Preserves the others.
get_pixel:
        push    es
        pusha
        call    pixel_address
        cmp     byte [cs:si + M_MODEL], MODEL_PLANAR
        je      .planar
        mov     al, [es:di]
        and     al, ah
        shr     al, cl
        jmp     .done
.planar:
        mov     dx, VGA_GRAPHICS
        mov     bh, ah
        mov     bl, 0
        mov     ax, 0x0304              ; from plane 3 down to plane 0
.plane: out     dx, ax
        add     bl, bl
        test    [es:di], bh
        jz      .zero
        inc     bx
.zero:  dec     ah
        jns     .plane
        mov     al, bl
.done:  mov     bp, sp
        mov     [bp + 14], al           ; into the AX of PUSHA
        popa
        pop     es
        ret

; FS:SI = the lines of character AL, from the fonts that INT 43h and INT 1Fh point to; CX = their
; number. Clobbers AX.
glyph_address:
        push    0
        pop     fs
        mov     cx, [CHAR_HEIGHT]
        lfs     si, [fs:0x43 * 4]
        cmp     byte [VID_MODE], 6      ; the CGA's modes have the upper half at INT 1Fh
        ja      .full
        test    al, 0x80
        jz      .full
        push    0
        pop     fs
        lfs     si, [fs:0x1F * 4]
        and     al, 0x7F
.full:  mul     cl
        add     si, ax
        ret

; Draw character AL in colour BL (bit 7: XOR) at row DH, column DL of page BH. Preserves all.
draw_glyph:
        pusha
        push    es
        push    fs
        mov     bp, bx
        call    current_mode
        mov     di, si                  ; DI = mode for now
        call    glyph_address
        push    dx
        push    ax
        movzx   ax, bh
        mul     word [VID_PAGE_SIZE]
        mov     bx, ax
        pop     ax
        pop     dx
        cmp     byte [cs:di + M_MODEL], MODEL_PLANAR
        je      .planar
        cmp     byte [cs:di + M_MODEL], MODEL_LINEAR
        je      .linear
; CGA: pixel by pixel
        mov     bx, bp                  ; BH = page, BL = colour
        mov     di, cx                  ; lines
        mov     al, dh
        mul     cl
        movzx   cx, dl
        shl     cx, 3                   ; CX, DX = pixel
        mov     dx, ax
.line:  mov     ah, [fs:si]
        inc     si
        push    cx
.pixel: shl     ah, 1
        mov     al, 0
        jnc     .colour
        mov     al, bl
.colour:
        jc      .put
        test    bl, 0x80                ; XOR with 0 would change nothing
        jnz     .skip
.put:   call    put_pixel
.skip:  inc     cx
        test    cl, 7
        jnz     .pixel
        pop     cx
        inc     dx
        dec     di
        jnz     .line
        jmp     .done
; 256 colours: eight bytes a line
.linear:
        push    dx
        mov     al, dh
        mul     cl
        mov     di, 320
        mul     di
        pop     dx
        mov     di, ax
        movzx   ax, dl
        shl     ax, 3
        add     di, ax
        mov     bx, bp
.row:   mov     ah, [fs:si]
        inc     si
        push    cx
        mov     cx, 8
.dot:   shl     ah, 1
        mov     al, 0
        jnc     .write
        mov     al, bl
.write: stosb
        loop    .dot
        pop     cx
        add     di, 320 - 8
        loop    .row
        jmp     .done
; Planar: the line is the bit mask, written once with the colour and once, inverted, with black
.planar:
        mov     al, dh
        mul     cl
        push    dx
        mul     word [VID_COLS]
        pop     dx
        mov     dh, 0
        add     ax, dx
        add     ax, bx
        mov     di, ax
        mov     bx, bp
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x0205
        out     dx, ax
        test    bl, 0x80
        jz      .scan
        mov     ax, 0x1803
        out     dx, ax
.scan:  mov     ah, [fs:si]
        inc     si
        mov     al, 8
        out     dx, ax
        mov     bh, [es:di]
        mov     [es:di], bl
        test    bl, 0x80
        jnz     .next
        not     ah
        out     dx, ax
        mov     bh, [es:di]
        mov     byte [es:di], 0
.next:  add     di, [VID_COLS]
        loop    .scan
        call    graphics_defaults
.done:  pop     fs
        pop     es
        popa
        ret

; AL = the character whose lines equal what row DH, column DL of page BH shows, 0 if none.
read_glyph:
        push    es
        push    fs
        pusha
        mov     bp, sp
        sub     sp, 16
        mov     ax, [CHAR_HEIGHT]
        cmp     ax, 16
        ja      .none
        mov     di, sp
        mov     si, ax                  ; lines
        mul     dh
        movzx   cx, dl
        shl     cx, 3
        mov     dx, ax
.line:  mov     ah, 0
.pixel: call    get_pixel
        cmp     al, 1                   ; CF = 0 if the pixel is not background
        cmc
        rcl     ah, 1
        inc     cx
        test    cl, 7
        jnz     .pixel
        sub     cx, 8
        mov     [ss:di], ah
        inc     di
        inc     dx
        dec     si
        jnz     .line
        push    ss
        pop     es
        xor     bx, bx                  ; BL = character on trial
.try:   mov     al, bl
        call    glyph_address
        mov     di, bp
        sub     di, 16
        push    ds
        push    fs
        pop     ds
        repe    cmpsb
        pop     ds
        je      .found
        inc     bl
        jnz     .try
.none:  mov     bl, 0
.found: mov     sp, bp
        mov     [bp + 14], bl           ; into the AX of PUSHA
        popa
        pop     fs
        pop     es
        ret
