; video_fonts.asm - fonts of the modes, and INT 10h AH=11h.

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

