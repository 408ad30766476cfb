; teaches: a jump to itself with interrupts off: nothing can ever change, so an emulator may say so and stop
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: for ever
; expect-end: stuck 104

        %include "boot.inc"

main:
        print   `for ever\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        cli
        jmp     $

        %include "end.inc"
