; video.asm - INT 10h: text, then every graphics mode.
%include "harness.inc"
main:   mov     ax, 0x0003
        int     0x10
        mov     ah, 0x0F
        int     0x10
        movzx   eax, ax
        EXPECT  "mode 3, 80 columns", eax, 0x5003
        push    0xB800
        pop     es
        EXPECT16 "cleared", [es:0], 0x0720
        EXPECT16 "cleared end", [es:3998], 0x0720
        EXPECT16 "bda rows", [0x484 - 1], 0x1800
        EXPECT16 "bda height", [0x485], 16
        EXPECT16 "bda crtc", [0x463], 0x3D4
        EXPECT16 "bda page size", [0x44C], 0x1000
        mov     ax, 0x0E41
        int     0x10
        EXPECT16 "teletype", [es:0], 0x0741
        mov     ah, 3
        mov     bh, 0
        int     0x10
        movzx   edx, dx
        EXPECT  "cursor moved", edx, 1
        movzx   ecx, cx
        EXPECT  "cursor shape value", ecx, 0x0607
        mov     dx, 0x3D4
        mov     al, 0x0F
        out     dx, al
        inc     dx
        in      al, dx
        movzx   eax, al
        EXPECT  "crtc cursor", eax, 1
; 09h with an attribute, 08h reads it back
        mov     ah, 2
        mov     bh, 0
        mov     dx, 0x0A14
        int     0x10
        mov     ax, 0x0958
        mov     bx, 0x001E
        mov     cx, 3
        int     0x10
        EXPECT16 "write 1", [es:(10 * 80 + 20) * 2], 0x1E58
        EXPECT16 "write 3", [es:(10 * 80 + 22) * 2], 0x1E58
        EXPECT16 "write no 4", [es:(10 * 80 + 23) * 2], 0x0720
        mov     ah, 8
        int     0x10
        movzx   eax, ax
        EXPECT  "read", eax, 0x1E58
        mov     ax, 0x0A59
        mov     cx, 1
        int     0x10
        EXPECT16 "0Ah keeps the attribute", [es:(10 * 80 + 20) * 2], 0x1E59
; scroll a window
        mov     ax, 0x0601
        mov     bh, 0x4F
        mov     cx, 0x0914
        mov     dx, 0x0A15
        int     0x10
        EXPECT16 "scrolled up", [es:(9 * 80 + 20) * 2], 0x1E59
        EXPECT16 "new line", [es:(10 * 80 + 20) * 2], 0x4F20
        EXPECT16 "outside", [es:(10 * 80 + 22) * 2], 0x1E58
        mov     ax, 0x0701
        int     0x10
        EXPECT16 "scrolled down", [es:(10 * 80 + 20) * 2], 0x1E59
        EXPECT16 "new line at the top", [es:(9 * 80 + 20) * 2], 0x4F20
        mov     ax, 0x0600
        int     0x10
        EXPECT16 "window cleared", [es:(10 * 80 + 21) * 2], 0x4F20
; teletype scrolls at the end
        mov     ah, 2
        mov     bh, 0
        mov     dx, 0x184F
        int     0x10
        mov     ax, 0x0E5A
        int     0x10
        EXPECT16 "scrolled by teletype", [es:(23 * 80 + 79) * 2], 0x075A
        mov     ah, 3
        int     0x10
        movzx   edx, dx
        EXPECT  "cursor in the last line", edx, 0x1800
; string with attributes
        push    es
        push    ds
        pop     es
        mov     ax, 0x1303
        mov     bx, 0
        mov     cx, 2
        mov     dx, 0x0500
        push    bp
        mov     bp, string
        int     0x10
        pop     bp
        pop     es
        EXPECT16 "string 1", [es:5 * 160], 0x2048
        EXPECT16 "string 2", [es:5 * 160 + 2], 0x3169
        mov     ah, 3
        int     0x10
        movzx   edx, dx
        EXPECT  "string moved the cursor", edx, 0x0502
; pages
        mov     ax, 0x0502
        int     0x10
        EXPECT16 "page start", [0x44E], 0x2000
        mov     ax, 0x0500
        int     0x10
; DAC and palette
        mov     ax, 0x1015
        mov     bx, 0x0014
        int     0x10
        movzx   edx, dh
        EXPECT  "brown red", edx, 0x2A
        movzx   ecx, cx
        EXPECT  "brown green, blue", ecx, 0x1500
        mov     ax, 0x1007
        mov     bl, 6
        int     0x10
        movzx   eax, bh
        EXPECT  "palette register 6", eax, 0x14
        mov     ax, 0x1000
        mov     bx, 0x3906
        int     0x10
        mov     ax, 0x1007
        int     0x10
        movzx   eax, bh
        EXPECT  "palette register set", eax, 0x39
        mov     ax, 0x1A00
        int     0x10
        movzx   eax, al
        EXPECT  "display combination", eax, 0x1A
        movzx   ebx, bx
        EXPECT  "vga", ebx, 8
        mov     ah, 0x12
        mov     bl, 0x10
        int     0x10
        movzx   ebx, bx
        EXPECT  "256 KiB, colour", ebx, 3
; fonts: the 8x8 one gives 50 lines
        mov     ax, 0x1112
        mov     bl, 0
        int     0x10
        movzx   eax, byte [0x484]
        EXPECT  "50 lines", eax, 49
        mov     ax, 0x1130
        mov     bh, 6
        push    bp
        int     0x10
        mov     si, bp
        pop     bp
        movzx   ecx, cx
        EXPECT  "bytes a character", ecx, 8
        movzx   eax, byte [es:si + 0xDB * 16 + 5]
        EXPECT  "full block in 8x16", eax, 0xFF
        mov     ax, 0x0003
        int     0x10
; plane 2 holds the font
        mov     dx, 0x3CE
        mov     ax, 0x0204
        out     dx, ax
        mov     ax, 0x0005
        out     dx, ax
        mov     ax, 0x0406
        out     dx, ax
        push    0xA000
        pop     es
        movzx   eax, word [es:0xDB * 32 + 15]
        EXPECT  "plane 2", eax, 0x00FF
        mov     ax, 0x0003
        int     0x10
; graphics
        mov     si, modes
.mode:  mov     al, [si]
        cmp     al, 0xFF
        je      .end
        mov     ah, 0
        int     0x10
        mov     ax, [si + 2]            ; a pixel near the far corner
        mov     cx, ax
        sub     cx, 2
        mov     dx, [si + 4]
        sub     dx, 3
        mov     ah, 0x0C
        mov     al, [si + 1]
        mov     bh, 0
        int     0x10
        mov     ah, 0x0D
        int     0x10
        movzx   eax, al
        movzx   ebx, byte [si + 1]
        sub     eax, ebx
        EXPECT  "pixel", eax, 0
        inc     cx
        mov     ah, 0x0D
        mov     bh, 0
        int     0x10
        movzx   eax, al
        EXPECT  "its neighbour", eax, 0
        mov     ah, 2
        mov     bh, 0
        mov     dx, 0x0507
        int     0x10
        mov     ah, 9
        mov     al, "R"
        mov     bl, [si + 1]
        mov     cx, 2
        int     0x10
        mov     ah, 2
        mov     dx, 0x0508
        int     0x10
        mov     ah, 8
        int     0x10
        movzx   eax, al
        EXPECT  "drawn and read", eax, "R"
        mov     ax, 0x0601              ; the whole screen up by a line
        mov     bx, 0
        mov     cx, 0
        mov     dx, 0xFFFF
        int     0x10
        mov     ah, 2
        mov     dx, 0x0407
        int     0x10
        mov     ah, 8
        int     0x10
        movzx   eax, al
        EXPECT  "scrolled", eax, "R"
        mov     ah, 2
        mov     dx, 0x0508
        int     0x10
        mov     ah, 8
        int     0x10
        movzx   eax, al
        EXPECT  "nothing left", eax, 0    ; characters 0 and 32 look the same, the first one counts
        mov     ah, 0x0E
        mov     al, "q"
        mov     bl, [si + 1]
        int     0x10
        mov     ah, 2
        mov     dx, 0x0508
        int     0x10
        mov     ah, 8
        int     0x10
        movzx   eax, al
        EXPECT  "teletype in graphics", eax, "q"
        add     si, 6
        jmp     .mode
.end:   mov     ax, 0x0083
        int     0x10
        mov     ah, 0x0F
        int     0x10
        movzx   eax, al
        EXPECT  "mode without clearing", eax, 0x83
        mov     ax, 0x0003
        int     0x10
        PRINT   "end"
        DONE
string: db      "H", 0x20, "i", 0x31
modes:  db      0x04, 2                 ; mode, colour, width, height
        dw      320, 200
        db      0x06, 1
        dw      640, 200
        db      0x0D, 5
        dw      320, 200
        db      0x0E, 9
        dw      640, 200
        db      0x10, 12
        dw      640, 350
        db      0x12, 14
        dw      640, 480
        db      0x13, 200
        dw      320, 200
        db      0xFF
        END_OF_TEST
