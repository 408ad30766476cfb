; teaches: power-off through the APM functions of INT 15h: check, connect, enable, driver version, set power state
; run: --budget 1000000000
; media: floppy
; qemu: same
; expect-serial: apm 1.x
; expect-serial: going down
; expect-end: power-off 0

        %include "boot.inc"

main:
        mov     ax, 0x5300              ; installation check
        xor     bx, bx
        int     0x15
        jc      .none
        cmp     bx, ('P' << 8) | 'M'       ; BH = 'P', BL = 'M'
        jne     .none
        cmp     ah, 1
        jne     .none
        print   `apm 1.x\n`
        mov     ax, 0x5304              ; disconnect whatever was connected; an error is fine
        xor     bx, bx
        int     0x15
        mov     ax, 0x5301              ; connect, real-mode interface
        xor     bx, bx
        int     0x15
        jc      .none
        mov     ax, 0x530E              ; we speak version 1.1
        xor     bx, bx
        mov     cx, 0x0101
        int     0x15
        jc      .none
        print   `going down\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        mov     ax, 0x5307              ; all devices: off
        mov     bx, 1
        mov     cx, 3
        int     0x15
.none:
        expect16 0, 1, "still running"
        finish

        %include "end.inc"
