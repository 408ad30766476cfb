; teaches: mode 13h: 320x200 in 256 colours, one byte a pixel at A0000h, and the palette in the DAC
; run: --budget 1000000000
; media: floppy
; qemu: differs because its pixel mask reads back as zero
; expect-serial: mode
; expect-serial: pixels
; expect-serial: palette
; expect-serial: PASS
; expect-end: debug-exit 33
;
; The picture that stays: a plasma of 256 colours under a white frame.

        %include "boot.inc"

main:
        print   `mode\n`
        mov     ax, 0x0013
        int     0x10
        mov     ah, 0x0F
        int     0x10
        expect8 al, 0x13, "mode"
        expect8 ah, 40, "columns"
        mov     ax, 0xA000
        mov     es, ax
        xor     di, di
        mov     cx, 64000 / 2
        xor     ax, ax
        repe scasw
        expect_flags ZF, ZF, "a new screen is black"

        print   `pixels\n`
        mov     byte [es:0], 1
        mov     byte [es:1], 2
        mov     byte [es:63999], 3
        mov     al, [es:0]
        expect8 al, 1, "first pixel"
        mov     al, [es:1]
        expect8 al, 2, "its neighbour is a byte of its own"
        mov     al, [es:63999]
        expect8 al, 3, "last pixel"
        expect16 [es:0], 0x0201, "as a word"
        mov     ax, 0x0C55              ; by INT 10h: row 100, column 50
        mov     bh, 0
        mov     cx, 50
        mov     dx, 100
        int     0x10
        mov     al, [es:100 * 320 + 50]
        expect8 al, 0x55, "INT 10h writes a pixel"

        print   `palette\n`
        mov     dx, 0x3C8               ; write index, then red, green, blue of six bits
        mov     al, 200
        out     dx, al
        inc     dx
        mov     al, 63
        out     dx, al
        mov     al, 32
        out     dx, al
        mov     al, 1
        out     dx, al
        mov     al, 10                  ; the index has moved to 201
        out     dx, al
        mov     al, 20
        out     dx, al
        mov     al, 30
        out     dx, al
        mov     dx, 0x3C7               ; read index
        mov     al, 200
        out     dx, al
        mov     dx, 0x3C9
        in      al, dx
        expect8 al, 63, "red"
        in      al, dx
        expect8 al, 32, "green"
        in      al, dx
        expect8 al, 1, "blue"
        in      al, dx
        expect8 al, 10, "the next one: red"
        mov     dx, 0x3C6
        in      al, dx
        expect8 al, 0xFF, "pixel mask"
        mov     dx, 0x3C7               ; colour 15 of the default palette is white
        mov     al, 15
        out     dx, al
        mov     dx, 0x3C9
        in      al, dx
        expect8 al, 63, "white: red"
        in      al, dx
        expect8 al, 63, "white: green"
        in      al, dx
        expect8 al, 63, "white: blue"

        mov     dx, 0x3C8               ; a palette that runs through the rainbow
        mov     al, 16
        out     dx, al
        inc     dx
        mov     bx, 16
.colour:
        mov     al, bl
        shr     al, 2
        out     dx, al
        mov     al, bl
        add     al, 85
        shr     al, 2
        out     dx, al
        mov     al, bl
        not     al
        shr     al, 2
        out     dx, al
        inc     bx
        cmp     bx, 256
        jb      .colour
        xor     di, di
        xor     bx, bx                  ; BX = row
.row:   xor     cx, cx                  ; CX = column
.column:
        mov     ax, bx
        sub     ax, 100
        imul    ax, ax
        mov     si, cx
        sub     si, 160
        imul    si, si
        shr     si, 1
        add     ax, si
        shr     ax, 6
        add     al, 16
        stosb
        inc     cx
        cmp     cx, 320
        jb      .column
        inc     bx
        cmp     bx, 200
        jb      .row
        xor     di, di                  ; the frame
        mov     al, 15
        mov     cx, 320
        rep stosb
        mov     di, 199 * 320
        mov     cx, 320
        rep stosb
        xor     di, di
        mov     cx, 200
.side:  mov     [es:di], al
        mov     [es:di + 319], al
        add     di, 320
        loop    .side
        mov     al, [es:100 * 320 + 160]
        expect8 al, 16, "the middle of the picture"
        finish

        %include "end.inc"
