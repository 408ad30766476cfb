; teaches: the planar VGA: four planes behind one address, map mask, read map, latches and the four write modes
; run: --budget 1000000000
; media: floppy
; qemu: same
; expect-serial: planes
; expect-serial: write mode 0
; expect-serial: write mode 1
; expect-serial: write mode 2
; expect-serial: write mode 3
; expect-serial: read mode 1
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Mode 12h: 640x480 in 16 colours; a byte at A0000h + y * 80 + x / 8 holds eight pixels, in each plane one bit.

        %include "boot.inc"

; sequencer and graphics controller
%macro seq 2
        mov     dx, 0x3C4
        mov     ax, ((%2) << 8) | %1
        out     dx, ax
%endmacro
%macro gfx 2
        mov     dx, 0x3CE
        mov     ax, ((%2) << 8) | %1
        out     dx, ax
%endmacro
MAP_MASK        equ 2                   ; of the sequencer
SET_RESET       equ 0                   ; of the graphics controller
SET_ENABLE      equ 1
COMPARE         equ 2
ROTATE          equ 3                   ; and function: 8 AND, 10h OR, 18h XOR
READ_MAP        equ 4
MODE            equ 5
DONT_CARE       equ 7
BIT_MASK        equ 8

; plane NUMBER, WANTED, "name": the byte at the cell as that plane has it
%macro plane 3
        gfx     READ_MAP, %1
        mov     al, [es:bx]
        expect8 al, %2, {%3}
%endmacro
; planes W0, W1, W2, W3, "name"
%macro planes 5
        plane   0, %1, {%5, ', plane 0'}
        plane   1, %2, {%5, ', plane 1'}
        plane   2, %3, {%5, ', plane 2'}
        plane   3, %4, {%5, ', plane 3'}
%endmacro

main:
        print   `planes\n`
        mov     ax, 0x0012
        int     0x10
        mov     ax, 0xA000
        mov     es, ax
        mov     bx, 1000                ; the cell
        planes  0, 0, 0, 0, "new screen"
        seq     MAP_MASK, 0x01
        mov     byte [es:bx], 0x11
        seq     MAP_MASK, 0x02
        mov     byte [es:bx], 0x22
        seq     MAP_MASK, 0x04
        mov     byte [es:bx], 0x44
        seq     MAP_MASK, 0x08
        mov     byte [es:bx], 0x88
        planes  0x11, 0x22, 0x44, 0x88, "one at a time"
        seq     MAP_MASK, 0x0F
        mov     byte [es:bx], 0xA5
        planes  0xA5, 0xA5, 0xA5, 0xA5, "all at once"

        print   `write mode 0\n`
        call    fill
        gfx     BIT_MASK, 0x0F          ; the other bits come from the latches, which a read loads
        mov     al, [es:bx]
        mov     byte [es:bx], 0xFF
        planes  0x1F, 0x2F, 0x4F, 0x8F, "bit mask"
        call    fill
        gfx     BIT_MASK, 0xFF
        gfx     SET_RESET, 0x05         ; planes 0 and 2 one, 1 and 3 zero, whatever the CPU writes
        gfx     SET_ENABLE, 0x0F
        mov     al, [es:bx]
        mov     byte [es:bx], 0x5A
        planes  0xFF, 0x00, 0xFF, 0x00, "set/reset"
        gfx     SET_ENABLE, 0x03        ; only for planes 0 and 1
        mov     byte [es:bx], 0x5A
        planes  0xFF, 0x00, 0x5A, 0x5A, "set/reset for two planes"
        gfx     SET_ENABLE, 0x00
        call    fill
        gfx     ROTATE, 0x18            ; XOR with the latches
        mov     al, [es:bx]
        mov     byte [es:bx], 0xFF
        planes  0xEE, 0xDD, 0xBB, 0x77, "xor"
        call    fill
        gfx     ROTATE, 0x08
        mov     al, [es:bx]
        mov     byte [es:bx], 0x30
        planes  0x10, 0x20, 0x00, 0x00, "and"
        call    fill
        gfx     ROTATE, 0x10
        mov     al, [es:bx]
        mov     byte [es:bx], 0x03
        planes  0x13, 0x23, 0x47, 0x8B, "or"
        gfx     ROTATE, 0x04            ; rotate the CPU's byte right by four
        mov     byte [es:bx], 0x81
        planes  0x18, 0x18, 0x18, 0x18, "rotate"
        gfx     ROTATE, 0x00

        print   `write mode 1\n`
        call    fill
        gfx     MODE, 0x01              ; the latches go to memory: 32 bits a byte move
        mov     al, [es:bx]
        mov     [es:bx + 1], al
        gfx     MODE, 0x00
        inc     bx
        planes  0x11, 0x22, 0x44, 0x88, "copy"
        dec     bx

        print   `write mode 2\n`
        call    fill
        gfx     MODE, 0x02              ; the CPU's byte is a colour; the bit mask selects the pixels
        gfx     BIT_MASK, 0x80
        mov     al, [es:bx]
        mov     byte [es:bx], 0x06      ; planes 1 and 2
        gfx     MODE, 0x00
        gfx     BIT_MASK, 0xFF
        planes  0x11, 0xA2, 0xC4, 0x08, "one pixel"

        print   `write mode 3\n`
        call    fill
        gfx     MODE, 0x03              ; the CPU's byte is ANDed to the bit mask; the colour is set/reset
        gfx     SET_RESET, 0x09
        gfx     BIT_MASK, 0x3C
        mov     al, [es:bx]
        mov     byte [es:bx], 0xF0      ; mask 30h
        gfx     MODE, 0x00
        gfx     BIT_MASK, 0xFF
        gfx     SET_RESET, 0x00
        planes  0x31, 0x02, 0x44, 0xB8, "masked colour"

        print   `read mode 1\n`
        call    fill
        gfx     MODE, 0x08
        gfx     COMPARE, 0x01           ; which pixels have colour 1?  (plane 0: bits 4 and 0)
        gfx     DONT_CARE, 0x0F
        mov     al, [es:bx]
        expect8 al, 0x11, "colour compare"
        gfx     DONT_CARE, 0x00
        mov     al, [es:bx]
        expect8 al, 0xFF, "no plane cares: all match"
        gfx     DONT_CARE, 0x0F
        gfx     COMPARE, 0x00
        gfx     MODE, 0x00

        mov     di, 0                   ; a picture that stays: sixteen vertical bars
        gfx     MODE, 0x02
        mov     bx, 0
.bar:   mov     cx, 80
        push    di
        xor     bx, bx
.cell:  mov     ax, bx
        mov     dl, 5
        div     dl                      ; five bytes, 40 pixels, a colour
        stosb
        inc     bx
        loop    .cell
        pop     di
        add     di, 80
        cmp     di, 480 * 80
        jb      .bar
        gfx     MODE, 0x00
        finish

; fill: 11h, 22h, 44h, 88h into the four planes of the cell
fill:
        gfx     MODE, 0x00
        gfx     BIT_MASK, 0xFF
        gfx     ROTATE, 0x00
        seq     MAP_MASK, 0x01
        mov     byte [es:bx], 0x11
        seq     MAP_MASK, 0x02
        mov     byte [es:bx], 0x22
        seq     MAP_MASK, 0x04
        mov     byte [es:bx], 0x44
        seq     MAP_MASK, 0x08
        mov     byte [es:bx], 0x88
        seq     MAP_MASK, 0x0F
        ret

        %include "end.inc"
