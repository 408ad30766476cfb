; teaches: HLT with interrupts off never returns: the end of a program that has nothing more to say
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: good night
; expect-end: dead-halt 102

        %include "boot.inc"

main:
        print   `good night\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        cli
        hlt

        %include "end.inc"
