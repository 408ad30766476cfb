; video_services.asm - INT 10h.

int10:
        sti
        SERVICE_ENTER
        cmp     ah, 0x0E                ; most calls by far
        jne     .others
        call    teletype
        jmp     .done
.others:
        cmp     ah, 0x4F
        jne     .standard
        call    vbe_service
        jmp     .done
.standard:
        DISPATCH .table, .table_end, video_nothing
.done:  SERVICE_LEAVE
video_nothing:
        ret
int10.table:
        dw      video_set_mode, video_cursor_shape, video_set_cursor, video_get_cursor
        dw      video_nothing, video_set_page, video_scroll_up, video_scroll_down
        dw      video_read_char, video_write_char_attribute, video_write_char, video_cga_palette
        dw      video_put_pixel, video_get_pixel, teletype, video_get_mode
        dw      video_palette, video_font, video_alternate, video_write_string
        dw      video_nothing, video_nothing, video_nothing, video_nothing
        dw      video_nothing, video_nothing, video_display_code, video_state
int10.table_end:

; 00h: AL = mode, bit 7: do not clear
video_set_mode:
        mov     bl, al
        and     al, 0x7F
        cmp     al, (mode_table_end - mode_table) / 2
        jae     .done
        movzx   si, al
        add     si, si
        mov     si, [cs:mode_table + si]
        test    si, si
        jz      .done
        call    dispi_off
        mov     [VID_MODE], al
        and     bl, 0x80
        mov     ah, [VID_CONTROL]
        and     ah, 0x7F
        or      ah, bl
        mov     [VID_CONTROL], ah
        movzx   ax, byte [cs:si + M_COLS]
        mov     [VID_COLS], ax
        mov     al, [cs:si + M_ROWS]
        dec     ax
        mov     [VID_ROWS], al
        mov     al, [cs:si + M_HEIGHT]
        mov     [CHAR_HEIGHT], ax
        mov     ax, [cs:si + M_PAGE_SIZE]
        mov     [VID_PAGE_SIZE], ax
        mov     al, [cs:si + M_MODE_REG]
        mov     [VID_MODE_REG], al
        mov     byte [VID_CGA_PAL], 0x30
        xor     ax, ax
        mov     [VID_PAGE], al
        mov     [VID_PAGE_START], ax
        push    ds
        pop     es
        mov     di, CURSOR_POS
        mov     cx, 8
        rep     stosw
        push    bx
        push    si
        mov     si, [cs:si + M_REGISTERS]
        call    program_registers
        mov     [CRTC_PORT], bx
        pop     si
        test    byte [VID_FLAGS], 0x08
        jnz     .palette_kept
        push    si
        mov     al, [cs:si + M_PALETTE]
        call    load_palette
        pop     si
.palette_kept:
        pop     bx
        call    set_mode_font
        mov     cx, 0x0607
        call    set_cursor_shape
        call    show_cursor
        test    bl, 0x80
        jnz     .done
        mov     es, [cs:si + M_SEGMENT]
        mov     cx, 0x4000              ; text: 32 KiB of blanks; graphics: of zeros, 64 KiB at A0000h
        mov     ax, 0x0720
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        je      .clear
        mov     ax, 0
        cmp     byte [cs:si + M_MODEL], MODEL_CGA
        je      .clear
        mov     ch, 0x80
.clear: xor     di, di
        rep     stosw
.done:  ret

video_cursor_shape      equ set_cursor_shape    ; 01h: CX
video_set_cursor        equ set_cursor          ; 02h: BH page, DX
video_set_page          equ set_page            ; 05h: AL

; 03h: BH page -> DX position, CX shape
video_get_cursor:
        call    get_cursor
        mov     [bp + R_DX], ax
        mov     ax, [CURSOR_SHAPE]
        mov     [bp + R_CX], ax
        ret

; 06h, 07h: AL rows, BH attribute, CX-DX window
video_scroll_up:
        mov     ah, 0
        jmp     scroll_window
video_scroll_down:
        mov     ah, 1
        jmp     scroll_window

; 08h: BH page -> AL character, AH attribute
video_read_char:
        call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .graphics
        call    text_cell
        mov     ax, [es:di]
        jmp     .done
.graphics:
        call    get_cursor
        mov     dx, ax
        call    read_glyph
        mov     ah, 0
.done:  mov     [bp + R_AX], ax
        ret

; 09h: AL character, BL attribute, BH page, CX times; 0Ah: the same without the attribute
video_write_char:
video_write_char_attribute:
        jcxz    .done
        call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .graphics
        push    ax
        call    text_cell
        pop     ax
        cmp     ah, 0x0A
        je      .plain
        mov     ah, bl
        rep     stosw
        ret
.plain: stosb
        inc     di
        loop    .plain
.done:  ret
.graphics:
        push    ax
        call    get_cursor
        mov     dx, ax
        pop     ax
.glyph: call    draw_glyph
        inc     dl
        cmp     dl, [VID_COLS]
        jb      .next
        mov     dl, 0
        inc     dh
        cmp     dh, [VID_ROWS]
        ja      .done
.next:  loop    .glyph
        ret

; 0Bh: BH=0: BL border (and background in CGA graphics); BH=1: BL CGA palette 0 or 1
video_cga_palette:
        cmp     bh, 1
        je      .palette
        ja      .done
        mov     al, [VID_CGA_PAL]
        and     al, 0xE0
        mov     ah, bl
        and     ah, 0x1F
        or      al, ah
        mov     [VID_CGA_PAL], al
        mov     ah, bl
        and     ah, 0x0F
        test    ah, 8
        jz      .dark
        xor     ah, 0x18                ; intensity is bit 4 in the DAC
.dark:  mov     al, 0x11
        call    attribute_write
        cmp     byte [VID_MODE], 3
        jbe     .done
        mov     al, 0
        jmp     attribute_write
.palette:
        and     byte [VID_CGA_PAL], 0xDF
        test    bl, 1
        mov     bx, 0x0200              ; green, red, brown
        jz      .set
        or      byte [VID_CGA_PAL], 0x20
        mov     bx, 0x0301              ; cyan, magenta, white
.set:   mov     cl, [VID_CGA_PAL]
        and     cl, 0x10                ; intensity
        mov     ch, 3
        mov     ah, bh
        mov     al, 1
.colour:
        push    ax
        or      ah, cl
        call    attribute_write
        pop     ax
        inc     al
        add     ah, 2
        dec     ch
        jnz     .colour
.done:  ret

; 0Ch: AL colour, BH page, CX column, DX row
video_put_pixel:
        call    .is_graphics
        je      .done
        call    put_pixel
.done:  ret
.is_graphics:
        call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        ret

; 0Dh: BH page, CX column, DX row -> AL colour
video_get_pixel:
        call    video_put_pixel.is_graphics
        je      .done
        call    get_pixel
        mov     [bp + R_AL], al
.done:  ret

; 0Fh: -> AL mode, AH columns, BH page
video_get_mode:
        mov     al, [VID_CONTROL]
        and     al, 0x80
        or      al, [VID_MODE]
        mov     ah, [VID_COLS]
        mov     [bp + R_AX], ax
        mov     al, [VID_PAGE]
        mov     [bp + R_BH], al
        ret

; ---------------------------------------------------------------- 12h: alternate functions
video_alternate:
        cmp     bl, 0x10
        je      .information
        cmp     bl, 0x31
        je      .palette
        cmp     bl, 0x34
        je      .cursor
        cmp     bl, 0x36
        je      .refresh
        ret
.information:                           ; -> BH 0 colour, BL 3: 256 KiB, CX switches
        mov     bx, 0x0003
        cmp     byte [CRTC_PORT], 0xB4
        jne     .colour
        mov     bh, 1
.colour:
        mov     [bp + R_BX], bx
        mov     ah, 0
        mov     al, [VID_SWITCHES]
        and     al, 0x0F
        mov     [bp + R_CX], ax
        ret
.palette:                               ; AL=1: setting a mode leaves the palette alone
        and     byte [VID_FLAGS], 0xF7
        and     al, 1
        shl     al, 3
        or      [VID_FLAGS], al
        jmp     .accepted
.cursor:                                ; AL=1: no cursor emulation
        and     byte [VID_CONTROL], 0xFE
        and     al, 1
        or      [VID_CONTROL], al
        jmp     .accepted
.refresh:                               ; AL=1: picture off
        and     al, 1
        shl     al, 5
        mov     ah, al
        mov     dx, VGA_SEQUENCER
        mov     al, 1
        out     dx, al
        inc     dx
        in      al, dx
        and     al, 0xDF
        or      al, ah
        out     dx, al
.accepted:
        mov     byte [bp + R_AL], 0x12
        ret

; 13h: CX characters at ES:BP from DX on in page BH; AL bit 0: move the cursor, bit 1: each
; character is followed by its attribute, otherwise BL.
video_write_string:
        cmp     al, 3
        ja      .done
        test    cx, cx
        jz      .done
        mov     si, [bp + R_BP]
        push    word [bp + R_AX]
        call    get_cursor
        push    ax                      ; where the cursor was
        call    set_cursor
.next:  mov     al, [es:si]
        inc     si
        cmp     al, 13
        je      .control
        cmp     al, 10
        je      .control
        cmp     al, 8
        je      .control
        cmp     al, 7
        je      .control
        test    byte [bp + R_AL], 2
        jz      .write
        mov     bl, [es:si]
        inc     si
.write: push    cx
        push    si
        push    es
        mov     ah, 0x09
        mov     cx, 1
        call    video_write_char_attribute
        pop     es
        pop     si
        pop     cx
        call    get_cursor
        mov     dx, ax
        inc     dl
        cmp     dl, [VID_COLS]
        jb      .move
        mov     dl, 0
        jmp     .feed
.control:
        call    get_cursor
        mov     dx, ax
        mov     al, [es:si - 1]
        cmp     al, 7
        je      .counted
        cmp     al, 10
        je      .feed
        cmp     al, 13
        je      .return
        sub     dl, 1
        jnc     .move
.return:
        mov     dl, 0
        jmp     .move
.feed:  inc     dh
        cmp     dh, [VID_ROWS]
        jbe     .move
        mov     dh, [VID_ROWS]
        push    bx
        push    cx
        push    dx
        mov     bh, bl
        xor     cx, cx
        mov     dl, [VID_COLS]
        dec     dl
        mov     ax, 0x0001
        call    scroll_window
        pop     dx
        pop     cx
        pop     bx
.move:  call    set_cursor
.counted:
        dec     cx
        jnz     .next
        pop     dx
        pop     ax
        test    al, 1
        jnz     .done
        call    set_cursor
.done:  ret

; 1Ah: display combination: a VGA with a colour display
video_display_code:
        cmp     al, 1
        ja      .done
        je      .set
        movzx   bx, byte [VID_DCC]
        mov     [bp + R_BX], bx
.set:   mov     byte [bp + R_AL], 0x1A
.done:  ret

; 1Bh: BX = 0: 64 bytes about the state of the display to ES:DI
video_state:
        test    bx, bx
        jnz     .done
        push    di
        mov     ax, .capabilities
        stosw
        mov     ax, cs
        stosw
        mov     si, VID_MODE            ; the BDA from 449h to 466h
        mov     cx, 30
        rep     movsb
        mov     si, VID_ROWS            ; and 484h to 486h
        lodsb
        inc     al
        stosb
        movsw
        mov     al, [VID_DCC]
        mov     ah, 0
        stosw
        mov     ax, 16                  ; colours
        stosw
        mov     ax, 0x0208              ; pages; 400 lines
        stosw
        xor     ax, ax
        mov     cx, 3
        rep     stosw
        mov     ax, 0x0300              ; 256 KiB
        stosw
        pop     di
        add     di, 64 - 14
        xor     ax, ax
        mov     cx, 7
        rep     stosw
        mov     byte [bp + R_AL], 0x1B
.done:  ret
.capabilities:
        db      0xFF, 0xE0, 0x0F        ; modes 0-7, 0D-0F, 10-13h
        dd      0
        db      0x07, 2, 8              ; 200, 350, 400 lines; font blocks
        dw      0x0CE7
        dw      0, 0
