; video_modes.asm - what the VGA's registers hold in each mode (IBM VGA technical reference).

MODEL_TEXT      equ 0
MODEL_CGA       equ 1                   ; two or one bits a pixel, odd lines 2000h above even ones
MODEL_PLANAR    equ 2                   ; four planes
MODEL_LINEAR    equ 3                   ; a byte a pixel

M_MODEL         equ 0                   ; fields of a mode's record
M_COLS          equ 1
M_ROWS          equ 2
M_HEIGHT        equ 3                   ; lines of a character
M_CELL          equ 4                   ; bytes that a character takes in one line
M_PALETTE       equ 5
M_PAGE_SIZE     equ 6
M_SEGMENT       equ 8
M_REGISTERS     equ 10
M_MODE_REG      equ 12                  ; what a CGA's mode register would hold

PALETTE_EGA     equ 0
PALETTE_CGA     equ 1
PALETTE_256     equ 2
PALETTE_MONO    equ 3

; the fields of a record, in this order
%macro MODE 10
        db      %1, %2, %3, %4, %5, %6
        dw      %7, %8, %9, %10
%endmacro
mode_00: MODE MODEL_TEXT, 40, 25, 16, 2, PALETTE_EGA, 0x0800, 0xB800, registers_00, 0x2C
mode_01: MODE MODEL_TEXT, 40, 25, 16, 2, PALETTE_EGA, 0x0800, 0xB800, registers_00, 0x28
mode_02: MODE MODEL_TEXT, 80, 25, 16, 2, PALETTE_EGA, 0x1000, 0xB800, registers_03, 0x2D
mode_03: MODE MODEL_TEXT, 80, 25, 16, 2, PALETTE_EGA, 0x1000, 0xB800, registers_03, 0x29
mode_04: MODE MODEL_CGA, 40, 25, 8, 2, PALETTE_CGA, 0x4000, 0xB800, registers_04, 0x2A
mode_06: MODE MODEL_CGA, 80, 25, 8, 1, PALETTE_CGA, 0x4000, 0xB800, registers_06, 0x1E
mode_07: MODE MODEL_TEXT, 80, 25, 16, 2, PALETTE_MONO, 0x1000, 0xB000, registers_07, 0x29
mode_0D: MODE MODEL_PLANAR, 40, 25, 8, 1, PALETTE_CGA, 0x2000, 0xA000, registers_0D, 0x29
mode_0E: MODE MODEL_PLANAR, 80, 25, 8, 1, PALETTE_CGA, 0x4000, 0xA000, registers_0E, 0x29
mode_10: MODE MODEL_PLANAR, 80, 25, 14, 1, PALETTE_EGA, 0x8000, 0xA000, registers_10, 0x29
mode_11: MODE MODEL_PLANAR, 80, 30, 16, 1, PALETTE_EGA, 0xA000, 0xA000, registers_11, 0x29
mode_12: MODE MODEL_PLANAR, 80, 30, 16, 1, PALETTE_EGA, 0xA000, 0xA000, registers_12, 0x29
mode_13: MODE MODEL_LINEAR, 40, 25, 8, 8, PALETTE_256, 0xFA00, 0xA000, registers_13, 0x29

mode_table:
        dw      mode_00, mode_01, mode_02, mode_03, mode_04, mode_04, mode_06, mode_07
        dw      0, 0, 0, 0, 0, mode_0D, mode_0E, mode_10
        dw      mode_10, mode_11, mode_12, mode_13
mode_table_end:

; Misc output; sequencer 1-4; CRTC 0-18h; attribute controller 0-13h; graphics controller 0-8
%macro TEXT_PALETTE 0
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3A, 0x3B, 0x3C, 0x3D, 0x3E, 0x3F
%endmacro
%macro CGA_PALETTE 0
        db      0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
%endmacro
registers_00:                           ; 40x25, characters of 9x16, 400 lines
        db      0x67, 0x08, 0x03, 0x00, 0x02
        db      0x2D, 0x27, 0x28, 0x90, 0x2B, 0xA0, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x14, 0x1F, 0x96, 0xB9, 0xA3, 0xFF
        TEXT_PALETTE
        db      0x0C, 0x00, 0x0F, 0x08
        db      0, 0, 0, 0, 0, 0x10, 0x0E, 0x00, 0xFF
registers_03:                           ; 80x25, characters of 9x16, 400 lines
        db      0x67, 0x00, 0x03, 0x00, 0x02
        db      0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x28, 0x1F, 0x96, 0xB9, 0xA3, 0xFF
        TEXT_PALETTE
        db      0x0C, 0x00, 0x0F, 0x08
        db      0, 0, 0, 0, 0, 0x10, 0x0E, 0x00, 0xFF
registers_04:                           ; 320x200, 4 colours
        db      0x63, 0x09, 0x03, 0x00, 0x02
        db      0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0, 0, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xA2, 0xFF
        db      0x00, 0x13, 0x15, 0x17, 0x02, 0x04, 0x06, 0x07, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17
        db      0x01, 0x00, 0x03, 0x00
        db      0, 0, 0, 0, 0, 0x30, 0x0F, 0x00, 0xFF
registers_06:                           ; 640x200, 2 colours
        db      0x63, 0x01, 0x01, 0x00, 0x06
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0xC1, 0, 0, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x28, 0x00, 0x96, 0xB9, 0xC2, 0xFF
        db      0x00
        times 15 db 0x17
        db      0x01, 0x00, 0x01, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x0D, 0x00, 0xFF
registers_07:                           ; 80x25 monochrome
        db      0x66, 0x00, 0x03, 0x00, 0x02
        db      0x5F, 0x4F, 0x50, 0x82, 0x55, 0x81, 0xBF, 0x1F, 0x00, 0x4F, 0x0D, 0x0E, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x28, 0x0F, 0x96, 0xB9, 0xA3, 0xFF
        db      0x00, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x08, 0x10, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18, 0x18
        db      0x0E, 0x00, 0x0F, 0x08
        db      0, 0, 0, 0, 0, 0x10, 0x0A, 0x00, 0xFF
registers_0D:                           ; 320x200, 16 colours
        db      0x63, 0x09, 0x0F, 0x00, 0x06
        db      0x2D, 0x27, 0x28, 0x90, 0x2B, 0x80, 0xBF, 0x1F, 0x00, 0xC0, 0, 0, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x14, 0x00, 0x96, 0xB9, 0xE3, 0xFF
        CGA_PALETTE
        db      0x01, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF
registers_0E:                           ; 640x200, 16 colours
        db      0x63, 0x01, 0x0F, 0x00, 0x06
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0xC0, 0, 0, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x28, 0x00, 0x96, 0xB9, 0xE3, 0xFF
        CGA_PALETTE
        db      0x01, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF
registers_10:                           ; 640x350, 16 colours
        db      0xA3, 0x01, 0x0F, 0x00, 0x06
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x40, 0, 0, 0, 0, 0, 0
        db      0x83, 0x85, 0x5D, 0x28, 0x0F, 0x63, 0xBA, 0xE3, 0xFF
        TEXT_PALETTE
        db      0x01, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF
registers_11:                           ; 640x480, 2 colours
        db      0xE3, 0x01, 0x0F, 0x00, 0x06
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0, 0, 0, 0, 0, 0
        db      0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xC3, 0xFF
        db      0x00
        times 15 db 0x3F
        db      0x01, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x05, 0x01, 0xFF
registers_12:                           ; 640x480, 16 colours
        db      0xE3, 0x01, 0x0F, 0x00, 0x06
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0x0B, 0x3E, 0x00, 0x40, 0, 0, 0, 0, 0, 0
        db      0xEA, 0x8C, 0xDF, 0x28, 0x00, 0xE7, 0x04, 0xE3, 0xFF
        TEXT_PALETTE
        db      0x01, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x00, 0x05, 0x0F, 0xFF
registers_13:                           ; 320x200, 256 colours
        db      0x63, 0x01, 0x0F, 0x00, 0x0E
        db      0x5F, 0x4F, 0x50, 0x82, 0x54, 0x80, 0xBF, 0x1F, 0x00, 0x41, 0, 0, 0, 0, 0, 0
        db      0x9C, 0x8E, 0x8F, 0x28, 0x40, 0x96, 0xB9, 0xA3, 0xFF
        db      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        db      0x41, 0x00, 0x0F, 0x00
        db      0, 0, 0, 0, 0, 0x40, 0x05, 0x0F, 0xFF

; ---------------------------------------------------------------- writing the registers
; CS:SI = register values; clobbers AX, BX, CX, DX, SI. BX = CRTC port afterwards.
program_registers:
        cs lodsb
        mov     dx, VGA_MISC
        out     dx, al
        mov     bx, 0x3D4               ; bit 0 of the misc register moves the CRTC
        test    al, 1
        jnz     .colour
        mov     bl, 0xB4
.colour:
        mov     dx, VGA_SEQUENCER
        mov     ax, 0x0100              ; hold the sequencer while the clock changes
        out     dx, ax
        mov     cx, 4
        mov     ah, 1
        call    .indexed
        mov     ax, 0x0300
        out     dx, ax
        mov     dx, bx
        mov     ax, 0x0011              ; bit 7 of register 11h write-protects 0-7
        out     dx, ax
        mov     cx, 25
        mov     ah, 0
        call    .indexed
        lea     dx, [bx + 6]            ; reading 3DAh makes the attribute port expect an index
        in      al, dx
        mov     dx, VGA_ATTRIBUTE
        mov     cx, 20
        mov     ah, 0
.attribute:
        mov     al, ah
        out     dx, al
        cs lodsb
        out     dx, al
        inc     ah
        loop    .attribute
        mov     al, 0x14
        out     dx, al
        mov     al, 0
        out     dx, al
        mov     al, 0x20                ; bit 5 turns the picture on
        out     dx, al
        mov     dx, VGA_GRAPHICS
        mov     cx, 9
        mov     ah, 0
.indexed:                               ; CX registers at port DX from index AH on
        mov     al, ah
        out     dx, al
        cs lodsb
        inc     dx
        out     dx, al
        dec     dx
        inc     ah
        loop    .indexed
        ret

; ---------------------------------------------------------------- the colours of the DAC
; AL = PALETTE_...; clobbers AX, BX, CX, DX, SI
load_palette:
        mov     bl, al
        mov     dx, VGA_DAC_MASK
        mov     al, 0xFF
        out     dx, al
        mov     dx, VGA_DAC_WRITE
        mov     al, 0
        out     dx, al
        inc     dx
        cmp     bl, PALETTE_256
        je      palette_256
        xor     cx, cx                  ; CL = number of the colour
        cmp     bl, PALETTE_MONO
        je      .mono
        cmp     bl, PALETTE_CGA
        je      .cga
.ega:   mov     al, cl                  ; bits 2-0 are red, green, blue at 2/3; bits 5-3 the same at 1/3
        mov     ah, cl
        shr     ah, 3
        call    dac_rgb
        inc     cx
        cmp     cl, 64
        jb      .ega
        ret
.cga:   mov     al, cl                  ; bits 2-0 a colour, bit 4 intensity
        call    dac_cga
        inc     cx
        cmp     cl, 64
        jb      .cga
        ret
.mono:  mov     al, cl                  ; bit 3 normal, bits 4 and 3 bright
        and     al, 0x18
        mov     ah, 0
        cmp     al, 0x08
        jb      .grey
        je      .normal
        cmp     al, 0x18
        jb      .grey
        mov     ah, 0x3F - 0x2A
.normal:
        add     ah, 0x2A
.grey:  mov     al, ah
        out     dx, al
        out     dx, al
        out     dx, al
        inc     cx
        cmp     cl, 64
        jb      .mono
        ret

; One of the 16 colours of the CGA: AL bits 2-0, intensity in bit 4; dark yellow is brown
dac_cga:
        mov     ah, 0
        test    al, 0x10
        jz      .dark
        mov     ah, 7
.dark:  and     al, 7
        cmp     ax, 0x0006
        jne     dac_rgb
        mov     ax, 0x0204              ; brown: red at 2/3, green at 1/3
; AL: red, green, blue (bits 2, 1, 0) worth 2Ah; AH: the same worth 15h
dac_rgb:
        push    cx
        mov     cx, 3
        shl     al, 5
        shl     ah, 5
.next:  push    ax
        mov     ch, 0
        shl     al, 1
        jnc     .low
        mov     ch, 0x2A
.low:   shl     ah, 1
        jnc     .write
        add     ch, 0x15
.write: mov     al, ch
        out     dx, al
        pop     ax
        shl     al, 1
        shl     ah, 1
        mov     ch, 0
        loop    .next
        pop     cx
        ret

; Mode 13h: 16 CGA colours, 16 greys, 9 wheels of 24 hues, 8 blacks
palette_256:
        xor     cx, cx
.cga:   mov     al, cl
        test    al, 8
        jz      .dark
        or      al, 0x10
.dark:  call    dac_cga
        inc     cx
        cmp     cl, 16
        jb      .cga
        mov     si, .greys
        mov     cl, 16
.grey:  cs lodsb
        out     dx, al
        out     dx, al
        out     dx, al
        loop    .grey
        mov     si, .wheels
        mov     cl, 9
.wheel: push    cx
        mov     bx, .walk
        mov     cl, 24
.hue:   mov     ax, [cs:bx]             ; red, green, blue as three octal digits, levels 0-4
        add     bx, 2
        push    ax
        shr     ax, 6
        call    .level
        pop     ax
        push    ax
        shr     ax, 3
        call    .level
        pop     ax
        call    .level
        loop    .hue
        add     si, 5
        pop     cx
        loop    .wheel
        mov     cl, 24
        mov     al, 0
.black: out     dx, al
        loop    .black
        ret
.level: and     ax, 7
        push    bx
        mov     bx, ax
        mov     al, [cs:si + bx]
        pop     bx
        out     dx, al
        ret
.greys: db      0x00, 0x05, 0x08, 0x0B, 0x0E, 0x11, 0x14, 0x18, 0x1C, 0x20, 0x24, 0x28, 0x2D, 0x32, 0x38, 0x3F
.wheels:                                ; bright, medium, dark; each full, half and little saturated
        db      0x00, 0x10, 0x1F, 0x2F, 0x3F
        db      0x1F, 0x27, 0x2F, 0x37, 0x3F
        db      0x2D, 0x31, 0x36, 0x3A, 0x3F
        db      0x00, 0x07, 0x0E, 0x15, 0x1C
        db      0x0E, 0x11, 0x15, 0x18, 0x1C
        db      0x14, 0x16, 0x18, 0x1A, 0x1C
        db      0x00, 0x04, 0x08, 0x0C, 0x10
        db      0x08, 0x0A, 0x0C, 0x0E, 0x10
        db      0x0B, 0x0C, 0x0D, 0x0F, 0x10
.walk:  dw      004q, 104q, 204q, 304q, 404q, 403q, 402q, 401q, 400q, 410q, 420q, 430q
        dw      440q, 340q, 240q, 140q, 040q, 041q, 042q, 043q, 044q, 034q, 024q, 014q
