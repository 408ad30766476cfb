; teaches: a jump into empty memory: bytes 00 00 are ADD [BX+SI], AL, and the processor runs along them
; run: --budget 50000000
; media: floppy
; qemu: differs because nothing in QEMU ends such a run
; bochs: differs because nothing in Bochs ends such a run
; kvm: differs because nothing ends such a run
; expect-serial: into the void
; expect-end: stuck 104

        %include "boot.inc"

main:
        print   `into the void\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        mov     ax, 0x5000
        mov     es, ax
        xor     di, di
        mov     cx, 0x8000
        xor     ax, ax
        rep stosw
        mov     bx, 0x9000              ; they write here
        xor     si, si
        jmp     0x5000:0x0000

        %include "end.inc"
