; teaches: power-off through the Shutdown port of Bochs: eight letters to port 8900h, one after another
; run: --budget 50000000
; media: floppy
; qemu: differs because it has no such port
; expect-serial: a wrong word does nothing
; expect-serial: going down
; expect-end: power-off 0

        %include "boot.inc"

main:
        mov     si, wrong
        mov     cx, 8
        mov     dx, 0x8900
        rep outsb
        print   `a wrong word does nothing\n`
        print   `going down\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        mov     si, right
        mov     cx, 8
        mov     dx, 0x8900
        rep outsb
        expect16 0, 1, "still running"
        mov     al, 0x11
        out     DEBUG_EXIT, al
        cli
        hlt

wrong:  db 'Shutdumb'
right:  db 'Shutdown'
        %include "end.inc"
