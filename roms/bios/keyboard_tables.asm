; keyboard_tables.asm - what each key gives (US layout).

; Words: plain, with Shift, with Ctrl, with Alt; 0 means nothing. Index: scan code - 1.
%macro KEY 4
        dw      %1, %2, %3, %4
%endmacro
%macro LETTER 3                         ; scan code, small letter, capital
        KEY     (%1 << 8) + %2, (%1 << 8) + %3, (%1 << 8) + (%3 & 0x1F), %1 << 8
%endmacro
key_table:
        KEY 0x011B, 0x011B, 0x011B, 0x0100              ; Esc
        KEY 0x0231, 0x0221, 0x0000, 0x7800              ; 1 !
        KEY 0x0332, 0x0340, 0x0300, 0x7900              ; 2 @
        KEY 0x0433, 0x0423, 0x0000, 0x7A00              ; 3 #
        KEY 0x0534, 0x0524, 0x0000, 0x7B00              ; 4 $
        KEY 0x0635, 0x0625, 0x0000, 0x7C00              ; 5 %
        KEY 0x0736, 0x075E, 0x071E, 0x7D00              ; 6 ^
        KEY 0x0837, 0x0826, 0x0000, 0x7E00              ; 7 &
        KEY 0x0938, 0x092A, 0x0000, 0x7F00              ; 8 *
        KEY 0x0A39, 0x0A28, 0x0000, 0x8000              ; 9 (
        KEY 0x0B30, 0x0B29, 0x0000, 0x8100              ; 0 )
        KEY 0x0C2D, 0x0C5F, 0x0C1F, 0x8200              ; - _
        KEY 0x0D3D, 0x0D2B, 0x0000, 0x8300              ; = +
        KEY 0x0E08, 0x0E08, 0x0E7F, 0x0E00              ; Backspace
        KEY 0x0F09, 0x0F00, 0x9400, 0xA500              ; Tab
        LETTER 0x10, "q", "Q"
        LETTER 0x11, "w", "W"
        LETTER 0x12, "e", "E"
        LETTER 0x13, "r", "R"
        LETTER 0x14, "t", "T"
        LETTER 0x15, "y", "Y"
        LETTER 0x16, "u", "U"
        LETTER 0x17, "i", "I"
        LETTER 0x18, "o", "O"
        LETTER 0x19, "p", "P"
        KEY 0x1A5B, 0x1A7B, 0x1A1B, 0x1A00              ; [ {
        KEY 0x1B5D, 0x1B7D, 0x1B1D, 0x1B00              ; ] }
        KEY 0x1C0D, 0x1C0D, 0x1C0A, 0x1C00              ; Enter
        KEY 0, 0, 0, 0                                  ; Ctrl
        LETTER 0x1E, "a", "A"
        LETTER 0x1F, "s", "S"
        LETTER 0x20, "d", "D"
        LETTER 0x21, "f", "F"
        LETTER 0x22, "g", "G"
        LETTER 0x23, "h", "H"
        LETTER 0x24, "j", "J"
        LETTER 0x25, "k", "K"
        LETTER 0x26, "l", "L"
        KEY 0x273B, 0x273A, 0x0000, 0x2700              ; ; :
        KEY 0x2827, 0x2822, 0x0000, 0x2800              ; ' "
        KEY 0x2960, 0x297E, 0x0000, 0x2900              ; ` ~
        KEY 0, 0, 0, 0                                  ; left Shift
        KEY 0x2B5C, 0x2B7C, 0x2B1C, 0x2B00              ; \ |
        LETTER 0x2C, "z", "Z"
        LETTER 0x2D, "x", "X"
        LETTER 0x2E, "c", "C"
        LETTER 0x2F, "v", "V"
        LETTER 0x30, "b", "B"
        LETTER 0x31, "n", "N"
        LETTER 0x32, "m", "M"
        KEY 0x332C, 0x333C, 0x0000, 0x3300              ; , <
        KEY 0x342E, 0x343E, 0x0000, 0x3400              ; . >
        KEY 0x352F, 0x353F, 0x0000, 0x3500              ; / ?
        KEY 0, 0, 0, 0                                  ; right Shift
        KEY 0x372A, 0x372A, 0x9600, 0x3700              ; keypad *
        KEY 0, 0, 0, 0                                  ; Alt
        KEY 0x3920, 0x3920, 0x3920, 0x3920              ; space
        KEY 0, 0, 0, 0                                  ; Caps Lock
        KEY 0x3B00, 0x5400, 0x5E00, 0x6800              ; F1
        KEY 0x3C00, 0x5500, 0x5F00, 0x6900
        KEY 0x3D00, 0x5600, 0x6000, 0x6A00
        KEY 0x3E00, 0x5700, 0x6100, 0x6B00
        KEY 0x3F00, 0x5800, 0x6200, 0x6C00
        KEY 0x4000, 0x5900, 0x6300, 0x6D00
        KEY 0x4100, 0x5A00, 0x6400, 0x6E00
        KEY 0x4200, 0x5B00, 0x6500, 0x6F00
        KEY 0x4300, 0x5C00, 0x6600, 0x7000
        KEY 0x4400, 0x5D00, 0x6700, 0x7100              ; F10
        KEY 0, 0, 0, 0                                  ; Num Lock
        KEY 0, 0, 0, 0                                  ; Scroll Lock
        KEY 0x4700, 0x4737, 0x7700, 0x0000              ; keypad 7, Home: plain is without Num Lock
        KEY 0x4800, 0x4838, 0x8D00, 0x0000              ; 8, up
        KEY 0x4900, 0x4939, 0x8400, 0x0000              ; 9, Page Up
        KEY 0x4A2D, 0x4A2D, 0x8E00, 0x4A00              ; -
        KEY 0x4B00, 0x4B34, 0x7300, 0x0000              ; 4, left
        KEY 0x4C00, 0x4C35, 0x8F00, 0x0000              ; 5
        KEY 0x4D00, 0x4D36, 0x7400, 0x0000              ; 6, right
        KEY 0x4E2B, 0x4E2B, 0x9000, 0x4E00              ; +
        KEY 0x4F00, 0x4F31, 0x7500, 0x0000              ; 1, End
        KEY 0x5000, 0x5032, 0x9100, 0x0000              ; 2, down
        KEY 0x5100, 0x5133, 0x7600, 0x0000              ; 3, Page Down
        KEY 0x5200, 0x5230, 0x9200, 0x0000              ; 0, Insert
        KEY 0x5300, 0x532E, 0x9300, 0x0000              ; ., Delete
        KEY 0, 0, 0, 0                                  ; Alt-Print Screen
        KEY 0, 0, 0, 0
        KEY 0x565C, 0x567C, 0x0000, 0x0000              ; the key that European boards have more
        KEY 0x8500, 0x8700, 0x8900, 0x8B00              ; F11
        KEY 0x8600, 0x8800, 0x8A00, 0x8C00              ; F12
KEY_LAST        equ ($ - key_table) / 8

; The same for the cursor keys behind E0h: scan code, then with Ctrl, with Alt (high bytes)
key_table_e0:
        db      0x47, 0x77, 0x97
        db      0x48, 0x8D, 0x98
        db      0x49, 0x84, 0x99
        db      0x4B, 0x73, 0x9B
        db      0x4D, 0x74, 0x9D
        db      0x4F, 0x75, 0x9F
        db      0x50, 0x91, 0xA0
        db      0x51, 0x76, 0xA1
        db      0x52, 0x92, 0xA2
        db      0x53, 0x93, 0xA3
        db      0
