; video_services.asm - INT 10h.

int10:
        sti
        SERVICE_ENTER
        cmp     ah, 0x0E                ; most calls by far
        jne     .others
        call    teletype
        jmp     .done
.others:
        DISPATCH .table, .table_end, .nothing
.done:  SERVICE_LEAVE
.nothing:
        ret
.table: dw      video_set_mode, video_cursor_shape, video_set_cursor, video_get_cursor
        dw      .nothing, video_set_page, video_scroll_up, video_scroll_down
        dw      video_read_char, video_write_char_attribute, video_write_char, video_cga_palette
        dw      video_put_pixel, video_get_pixel, teletype, video_get_mode
        dw      video_palette, video_font, video_alternate, video_write_string
        dw      .nothing, .nothing, .nothing, .nothing
        dw      .nothing, .nothing, video_display_code, video_state
.table_end:

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

; Fonts of the mode in SI: plane 2 for text, INT 43h for graphics
set_mode_font:
        pusha
        push    es
        push    0
        pop     es
        mov     word [es:0x1F * 4], font_8x8_high
        mov     word [es:0x1F * 4 + 2], BIOS_SEG
        mov     di, font_8x16
        mov     al, [cs:si + M_HEIGHT]
        cmp     al, 16
        je      .vector
        mov     di, font_8x14
        cmp     al, 14
        je      .vector
        mov     di, font_8x8
.vector:
        mov     [es:0x43 * 4], di
        mov     word [es:0x43 * 4 + 2], BIOS_SEG
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .done
        push    cs
        pop     es
        mov     si, di
        mov     bh, al                  ; bytes a character
        mov     bl, 0                   ; block
        mov     cx, 256
        xor     dx, dx
        call    load_font
.done:  pop     es
        popa
        ret

; Copy CX characters of BH bytes from ES:SI to font block BL, beginning at character DX. Blocks 0-3
; are at 0, 4000h, 8000h, C000h of plane 2, 4-7 between them. Clobbers AX, CX, DX, SI, DI.
load_font:
        push    ds
        push    es
        push    bx
        push    es
        push    ds
        pop     fs                      ; FS = BDA
        pop     ds                      ; DS = font
        mov     di, dx
        shl     di, 5
        mov     al, bl
        and     ax, 3
        shl     ax, 14
        add     di, ax
        test    bl, 4
        jz      .even
        add     di, 0x2000
.even:  push    cx
        mov     cl, bh
        mov     bx, 0xA000
        mov     es, bx
        mov     bl, cl
        mov     bh, 0
        mov     dx, VGA_SEQUENCER       ; open plane 2 as plain memory
        mov     ax, 0x0402
        out     dx, ax
        mov     ax, 0x0604
        out     dx, ax
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x0005
        out     dx, ax
        mov     ax, 0x0406
        out     dx, ax
        pop     dx                      ; DX = characters
        test    dx, dx
        jz      .copied
.char:  mov     cx, bx
        rep     movsb
        mov     cx, 32
        sub     cx, bx
        mov     al, 0
        rep     stosb
        dec     dx
        jnz     .char
.copied:
        mov     dx, VGA_SEQUENCER       ; and back to characters and attributes
        mov     ax, 0x0302
        out     dx, ax
        mov     ax, 0x0204
        out     dx, ax
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x1005
        out     dx, ax
        mov     ax, 0x0E06
        cmp     byte [fs:CRTC_PORT], 0xB4
        jne     .colour
        mov     ah, 0x0A
.colour:
        out     dx, ax
        pop     bx
        pop     es
        pop     ds
        ret

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

; ---------------------------------------------------------------- 10h: palette and DAC
; Attribute controller: register AL = AH. The port takes index and value in turn; bit 5 of the
; index keeps the picture on. Clobbers DX.
attribute_write:
        push    ax
        call    attribute_index
        or      al, 0x20
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

; ---------------------------------------------------------------- 11h: fonts
video_font:
        mov     ah, al
        and     ah, 0x0F
        cmp     al, 0x30
        je      .information
        cmp     al, 0x20
        jae     .graphics
        push    ax
        cmp     ah, 3
        je      .block
        mov     cx, 256
        xor     dx, dx
        push    cs
        pop     es
        mov     si, font_8x14
        mov     bh, 14
        cmp     ah, 1
        je      .load
        mov     si, font_8x8
        mov     bh, 8
        cmp     ah, 2
        je      .load
        mov     si, font_8x16
        mov     bh, 16
        cmp     ah, 4
        je      .load
        test    ah, ah
        jnz     .pop
        mov     es, [bp + R_ES]         ; the caller's: CX characters from DX on at ES:BP, BH bytes each
        mov     si, [bp + R_BP]
        mov     bh, [bp + R_BH]
        mov     cx, [bp + R_CX]
        mov     dx, [bp + R_DX]
        cmp     bh, 32
        ja      .pop
.load:  push    bx
        call    load_font
        pop     bx
        pop     ax
        test    al, 0x10
        jz      .done
        jmp     set_text_height
.block: mov     dx, VGA_SEQUENCER       ; 03: BL selects the blocks of attribute bit 3
        mov     ah, bl
        mov     al, 3
        out     dx, ax
.pop:   pop     ax
.done:  ret
.graphics:
        push    0
        pop     es
        mov     si, [bp + R_BP]
        mov     dx, [bp + R_ES]
        mov     di, 0x1F * 4            ; 20: the upper half of the 8x8 font
        cmp     al, 0x20
        je      .pointer
        mov     di, 0x43 * 4            ; 21: a font of CX bytes a character
        cmp     al, 0x21
        je      .height
        mov     dx, cs
        mov     si, font_8x14
        mov     cx, 14
        cmp     al, 0x22
        je      .height
        mov     si, font_8x8
        mov     cx, 8
        cmp     al, 0x23
        je      .height
        mov     si, font_8x16
        mov     cx, 16
        cmp     al, 0x24
        jne     .done
.height:
        mov     [CHAR_HEIGHT], cx
        mov     al, dl                  ; rows: BL = 0 DL, 1 14, 2 25, 3 43
        mov     al, [bp + R_DL]
        cmp     bl, 0
        je      .rows
        mov     al, 14
        cmp     bl, 1
        je      .rows
        mov     al, 43
        cmp     bl, 3
        je      .rows
        mov     al, 25
.rows:  dec     al
        mov     [VID_ROWS], al
.pointer:
        mov     [es:di], si
        mov     [es:di + 2], dx
        ret
.information:                           ; 30: BH = which font -> ES:BP, CX bytes a character, DL rows - 1
        mov     ax, [CHAR_HEIGHT]
        mov     [bp + R_CX], ax
        mov     al, [VID_ROWS]
        mov     [bp + R_DL], al
        cmp     bh, 7
        ja      .done
        cmp     bh, 1
        ja      .rom
        push    0
        pop     es
        mov     di, 0x1F * 4
        jb      .vector
        mov     di, 0x43 * 4
.vector:
        les     si, [es:di]
        jmp     .found
.rom:   movzx   si, bh
        add     si, si
        mov     si, [cs:.fonts - 4 + si]
        push    cs
        pop     es
.found: mov     [bp + R_BP], si
        mov     [bp + R_ES], es
        ret
.fonts: dw      font_8x14, font_8x8, font_8x8_high, font_none, font_8x16, font_none
font_none:      db 0                    ; no characters have a special shape in 9 dots

; Text rows of BH lines: CRTC, BDA and cursor follow.
set_text_height:
        call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .done
        cmp     bh, 2
        jb      .done
        movzx   ax, bh
        mov     [CHAR_HEIGHT], ax
        mov     dx, [CRTC_PORT]
        mov     al, 9
        out     dx, al
        inc     dx
        in      al, dx
        and     al, 0xE0
        dec     bh
        or      al, bh
        inc     bh
        out     dx, al
        mov     ax, 400
        div     bh                      ; AL = rows
        mov     cl, al
        dec     al
        mov     [VID_ROWS], al
        mov     al, cl
        mul     bh
        dec     ax                      ; last line that is shown
        mov     ah, al
        mov     al, 0x12                ; its bit 8 is in the overflow register and stays 1: 256-399
        dec     dx
        out     dx, ax
        mov     al, cl
        mul     byte [VID_COLS]
        add     ax, ax
        add     ax, 0x00FF              ; pages begin at multiples of 256 bytes
        mov     al, 0
        mov     [VID_PAGE_SIZE], ax
        mov     cx, [CURSOR_SHAPE]
        call    program_cursor_shape
        call    show_cursor
.done:  ret

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
