; teaches: the text screen: characters and colours at B8000h, the cursor through INT 10h and through the CRT controller
; run: --budget 1000000000
; media: floppy
; qemu: same
; expect-serial: bios
; expect-serial: memory
; expect-serial: crt controller
; expect-serial: PASS
; expect-screen: written by INT 10h, teletype
; expect-screen: written to B800:0000
; expect-screen: scrolled up by two
; expect-end: debug-exit 33

        %include "boot.inc"

%macro crtc_read 1
        mov     dx, 0x3D4
        mov     al, %1
        out     dx, al
        inc     dx
        in      al, dx
%endmacro
%macro crtc_write 2
        mov     dx, 0x3D4
        mov     al, %1
        out     dx, al
        inc     dx
        mov     al, %2
        out     dx, al
%endmacro

main:
        mov     ax, 0x0003
        int     0x10
        print   `bios\n`
        mov     ah, 0x0F
        int     0x10
        and     al, 0x7F
        expect8 al, 3, "mode"
        expect8 ah, 80, "columns"
        expect8 bh, 0, "page"
        mov     ax, 0xB800
        mov     es, ax
        expect16 [es:0], 0x0720, "a new screen is blanks, light grey on black"
        expect16 [es:2 * (80 * 25 - 1)], 0x0720, "to the last cell"

        mov     ah, 0x02                ; cursor to row 3, column 5
        mov     bh, 0
        mov     dx, 0x0305
        int     0x10
        mov     si, text1
.tty:   lodsb
        test    al, al
        jz      .written
        mov     ah, 0x0E
        mov     bx, 0x0007
        int     0x10
        jmp     .tty
.written:
        mov     al, [es:(3 * 80 + 5) * 2]
        expect8 al, 'w', "teletype writes to the screen memory"
        mov     ah, 0x03
        mov     bh, 0
        int     0x10
        expect16 dx, 0x0305 + text1_end - text1 - 1, "cursor behind it"
        crtc_read 0x0E                  ; the hardware cursor is there too
        mov     ah, al
        mov     [cell], ah
        crtc_read 0x0F
        mov     ah, [cell]
        expect16 ax, 3 * 80 + 5 + text1_end - text1 - 1, "cursor address"
        mov     ah, 0x02
        mov     bh, 0
        mov     dx, 0x0305
        int     0x10
        mov     ah, 0x08                ; read character and attribute at the cursor
        mov     bh, 0
        int     0x10
        expect16 ax, 0x0700 | 'w', "read at the cursor"
        mov     ax, 0x0921              ; five exclamation marks, yellow on blue
        mov     bx, 0x001E
        mov     cx, 5
        mov     ah, 0x09
        mov     dx, 0
        int     0x10
        expect16 [es:(3 * 80 + 9) * 2], 0x1E21, "character with attribute, five times"
        expect16 [es:(3 * 80 + 10) * 2], 0x0700 | 'e', "and no sixth"
        mov     ah, 0x02
        mov     bh, 0
        mov     dx, 0x0305
        int     0x10
        mov     si, text1
.again: lodsb
        test    al, al
        jz      .memory
        mov     ah, 0x0E
        mov     bx, 0x0007
        int     0x10
        jmp     .again

.memory:
        print   `memory\n`
        mov     di, (5 * 80 + 5) * 2
        mov     si, text2
        mov     ah, 0x2F                ; white on green
.direct:
        lodsb
        test    al, al
        jz      .done
        stosw
        jmp     .direct
.done:
        expect16 [es:(5 * 80 + 5) * 2], 0x2F00 | 'w', "reads back"
        mov     di, (12 * 80 + 5) * 2
        mov     si, text3
        mov     ah, 0x4E
.lower: lodsb
        test    al, al
        jz      .scroll
        stosw
        jmp     .lower
.scroll:
        mov     ax, 0x0602              ; window of rows 8 to 20 up by two, new rows in 17h
        mov     bh, 0x17
        mov     cx, 0x0800
        mov     dx, 0x144F
        int     0x10
        expect16 [es:(10 * 80 + 5) * 2], 0x4E00 | 's', "moved up"
        expect16 [es:(20 * 80) * 2], 0x1720, "new row at the bottom"
        expect16 [es:(5 * 80 + 5) * 2], 0x2F00 | 'w', "rows above the window stay"

        print   `crt controller\n`
        crtc_write 0x0E, 0x01
        crtc_write 0x0F, 0x23
        crtc_read 0x0F
        expect8 al, 0x23, "cursor address reads back"
        crtc_read 0x0A
        mov     [cell], al
        crtc_write 0x0A, 0x20           ; bit 5: no cursor
        crtc_read 0x0A
        and     al, 0x20
        expect8 al, 0x20, "cursor off"
        crtc_write 0x0A, [cell]
        mov     dx, 0x3CC               ; miscellaneous output: bit 0 says the CRTC is at 3D4h
        in      al, dx
        and     al, 1
        expect8 al, 1, "colour addresses"
        mov     dx, 0x3DA               ; input status: the retrace bits must change
        mov     ecx, 5000000
.high:  in      al, dx
        test    al, 8
        jnz     .seen
        a32 loop .high
        expect16 0, 1, "no vertical retrace"
.seen:  mov     ecx, 5000000
.low:   in      al, dx
        test    al, 8
        jz      .end
        a32 loop .low
        expect16 0, 1, "retrace never ends"
.end:
        finish

text1:  db 'written by INT 10h, teletype', 0
text1_end:
text2:  db 'written to B800:0000', 0
text3:  db 'scrolled up by two', 0
cell:   db 0
        %include "end.inc"
