; video_text.asm - cursor, pages, scrolling and the teletype, for every mode.

; SI = record of the current mode, ES = its segment. Everything else is preserved.
current_mode:
        push    ax
        movzx   si, byte [VID_MODE]
        cmp     si, 0x13
        ja      .text                   ; a program that set a mode of its own
        add     si, si
        mov     si, [cs:mode_table + si]
        test    si, si
        jnz     .known
.text:  mov     si, mode_03
.known: mov     es, [cs:si + M_SEGMENT]
        pop     ax
        ret

; AX = position of the cursor in page BH (AH row, AL column)
get_cursor:
        push    si
        movzx   si, bh
        and     si, 7
        add     si, si
        mov     ax, [CURSOR_POS + si]
        pop     si
        ret

; Put the cursor of page BH at DX, and the visible one when that page is shown
set_cursor:
        push    si
        movzx   si, bh
        and     si, 7
        add     si, si
        mov     [CURSOR_POS + si], dx
        pop     si
        cmp     bh, [VID_PAGE]
        je      show_cursor
        ret

; Tell the CRTC where the cursor of the current page is
show_cursor:
        pusha
        mov     bh, [VID_PAGE]
        call    get_cursor
        mov     bl, al                  ; address in characters = page start / 2 + row * cols + col
        mov     al, ah
        mul     byte [VID_COLS]
        mov     bh, 0
        add     ax, bx
        mov     bx, [VID_PAGE_START]
        shr     bx, 1
        add     bx, ax
        mov     al, 0x0E
        call    crtc_pair
        popa
        ret

; CRTC registers AL and AL+1 = BH, BL. Clobbers AX, DX.
crtc_pair:
        mov     dx, [CRTC_PORT]
        mov     ah, bh
        out     dx, ax
        inc     ax
        mov     ah, bl
        out     dx, ax
        ret

; Shape CX of the cursor: CH first line (bit 5: no cursor), CL last line. Programs of the CGA
; think in characters of 8 lines; unless bit 0 of VID_CONTROL is set, they are scaled.
set_cursor_shape:
        mov     [CURSOR_SHAPE], cx
program_cursor_shape:
        push    ax
        push    bx
        push    cx
        push    dx
        mov     bx, cx
        test    byte [VID_CONTROL], 1
        jnz     .write
        mov     dl, [CHAR_HEIGHT]
        cmp     dl, 8
        jbe     .write
        cmp     bh, 7                   ; also leaves bit 5 alone
        ja      .write
        cmp     bl, 7
        ja      .write
        mov     ch, bl
        sub     ch, bh                  ; how thick it is
        jb      .write
        mov     al, bl                  ; last line: 7 -> height - 2
        inc     al
        mul     dl
        shr     ax, 3
        sub     al, 2
        jnc     .last
        mov     al, 0
.last:  mov     bl, al
        sub     al, ch                  ; a cursor in the lower half keeps its thickness
        cmp     bh, 4
        ja      .first
        mov     al, bh                  ; others are stretched
        mul     dl
        shr     ax, 3
.first: mov     bh, al
.write: mov     al, 0x0A
        call    crtc_pair
        pop     dx
        pop     cx
        pop     bx
        pop     ax
        ret

; Show page AL
set_page:
        cmp     al, 7
        ja      .done
        pusha
        mov     [VID_PAGE], al
        mov     ah, 0
        mul     word [VID_PAGE_SIZE]
        mov     [VID_PAGE_START], ax
        call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .graphics
        shr     ax, 1                   ; text modes address characters
.graphics:
        mov     bx, ax
        mov     al, 0x0C
        call    crtc_pair
        call    show_cursor
        popa
.done:  ret

; DI = offset of the cell at the cursor of page BH, ES = segment, SI = mode. Clobbers AX.
text_cell:
        call    current_mode
        push    dx
        call    get_cursor
        mov     di, ax
        and     di, 0xFF
        mov     al, ah
        mul     byte [VID_COLS]
        add     di, ax
        add     di, di
        movzx   ax, bh
        mul     word [VID_PAGE_SIZE]
        add     di, ax
        pop     dx
        ret

; ---------------------------------------------------------------- teletype
; AL = character, BL = colour (graphics modes). It goes to the page that is shown: many programs
; leave rubbish in BH. Preserves all registers.
teletype:
        pusha
        push    es
        mov     bh, [VID_PAGE]
        mov     cl, al
        call    get_cursor
        mov     dx, ax
        mov     al, cl
        cmp     al, 13
        je      .return
        ja      .print
        cmp     al, 10
        je      .feed
        cmp     al, 8
        je      .back
        cmp     al, 7
        je      .done                   ; the bell is silent
.print: call    current_mode
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        je      .text
        call    draw_glyph
        jmp     .advance
.text:  call    text_cell
        mov     [es:di], cl
.advance:
        inc     dl
        cmp     dl, [VID_COLS]
        jb      .move
        mov     dl, 0
        jmp     .feed
.back:  sub     dl, 1
        jnc     .move
.return:
        mov     dl, 0
        jmp     .move
.feed:  inc     dh
        cmp     dh, [VID_ROWS]
        jbe     .move
        mov     dh, [VID_ROWS]
        push    dx
        mov     dl, 0                   ; the new line takes the attribute of the cell at its left end
        call    set_cursor
        call    current_mode
        mov     ch, 0
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .fill
        call    text_cell
        mov     ch, [es:di + 1]
.fill:  mov     bl, bh
        mov     bh, ch
        xor     cx, cx
        mov     dl, [VID_COLS]
        dec     dl
        mov     ax, 0x0001              ; up by one line
        call    scroll_window
        mov     bh, bl
        pop     dx
.move:  call    set_cursor
.done:  pop     es
        popa
        ret

; ---------------------------------------------------------------- scrolling
; AL = rows (0: clear the window), AH = 0 up / 1 down, BH = attribute or colour of new rows,
; CH, CL = first row and column, DH, DL = last ones. Preserves all registers.
;
; The window is treated as raster lines: one a row in text modes, CHAR_HEIGHT a row in graphics.
; A line moves to its new place, then the lines that became free are filled.
scroll_window:
        pusha
        push    es
        push    bp
        mov     bp, sp
        sub     sp, 14
%define WIN_LINE    bp - 2              ; the line that is written next
%define WIN_STEP    bp - 4              ; to the line after it: 1 or -1
%define WIN_SHIFT   bp - 6              ; from there to its source
%define WIN_MOVES   bp - 8              ; lines to move
%define WIN_FILLS   bp - 10             ; lines to fill
%define WIN_LEFT    bp - 12             ; first byte within a line
%define WIN_BYTES   bp - 14             ; bytes within a line
        call    current_mode
        cmp     dh, [VID_ROWS]
        jbe     .rows
        mov     dh, [VID_ROWS]
.rows:  cmp     dl, [VID_COLS]
        jb      .columns
        mov     dl, [VID_COLS]
        dec     dl
.columns:
        sub     dh, ch                  ; DH, DL = rows and columns of the window
        jc      .done
        sub     dl, cl
        jc      .done
        inc     dh
        inc     dl
        test    al, al
        jz      .all
        cmp     al, dh
        jb      .some
.all:   mov     al, dh
.some:  push    ax
        mov     al, [cs:si + M_CELL]
        mul     cl
        mov     [WIN_LEFT], ax
        mov     al, [cs:si + M_CELL]
        mul     dl
        mov     [WIN_BYTES], ax
        mov     cl, 1                   ; CL = lines in a row
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        je      .text
        mov     cl, [CHAR_HEIGHT]
.text:  mov     al, ch
        mul     cl
        mov     [WIN_LINE], ax
        mov     al, dh
        mul     cl
        mov     di, ax                  ; lines in the window
        pop     ax
        mov     dl, ah                  ; direction
        mul     cl
        mov     [WIN_FILLS], ax
        mov     cx, di
        sub     cx, ax
        mov     [WIN_MOVES], cx
        mov     word [WIN_STEP], 1
        test    dl, dl
        jz      .up
        mov     word [WIN_STEP], -1     ; downwards: begin at the last line
        neg     ax
        dec     di
        add     [WIN_LINE], di
.up:    mov     [WIN_SHIFT], ax
        cmp     byte [cs:si + M_MODEL], MODEL_PLANAR
        jne     .copy
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x0105              ; write mode 1 moves four planes at once
        out     dx, ax
.copy:  cmp     word [WIN_MOVES], 0
        je      .copied
        mov     ax, [WIN_LINE]
        add     ax, [WIN_SHIFT]
        call    line_address
        mov     cx, di
        mov     ax, [WIN_LINE]
        call    line_address
        push    si
        push    ds
        mov     si, cx
        mov     cx, [WIN_BYTES]
        push    es
        pop     ds
        rep     movsb
        pop     ds
        pop     si
        mov     ax, [WIN_STEP]
        add     [WIN_LINE], ax
        dec     word [WIN_MOVES]
        jmp     .copy
.copied:
        mov     ah, bh
        mov     al, bh
        cmp     byte [cs:si + M_MODEL], MODEL_TEXT
        jne     .graphics
        mov     al, " "
.graphics:
        mov     bx, ax                  ; BX = two bytes of filling
        cmp     byte [cs:si + M_MODEL], MODEL_PLANAR
        jne     .fill
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x0205              ; write mode 2: the data is a colour
        out     dx, ax
.fill:  cmp     word [WIN_FILLS], 0
        je      .filled
        mov     ax, [WIN_LINE]
        call    line_address
        mov     cx, [WIN_BYTES]
        mov     ax, bx
        shr     cx, 1
        rep     stosw
        adc     cx, cx
        rep     stosb
        mov     ax, [WIN_STEP]
        add     [WIN_LINE], ax
        dec     word [WIN_FILLS]
        jmp     .fill
.filled:
        cmp     byte [cs:si + M_MODEL], MODEL_PLANAR
        jne     .done
        mov     dx, VGA_GRAPHICS
        mov     ax, 0x0005
        out     dx, ax
.done:  mov     sp, bp
        pop     bp
        pop     es
        popa
        ret

; DI = offset of the window's first byte in line AX of the current page. Clobbers AX, DX.
line_address:
        push    bx
        mov     bx, [WIN_LEFT]
        cmp     byte [cs:si + M_MODEL], MODEL_CGA
        jne     .flat
        shr     ax, 1                   ; odd lines are 8 KiB further on
        jnc     .flat
        add     bh, 0x20
.flat:  push    ax
        mov     al, [cs:si + M_CELL]
        mul     byte [VID_COLS]
        mov     di, ax                  ; bytes in a line
        pop     ax
        mul     di
        add     ax, bx
        add     ax, [VID_PAGE_START]
        mov     di, ax
        pop     bx
        ret
