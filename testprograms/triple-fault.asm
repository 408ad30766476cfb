; teaches: a triple fault: with an IDT of no entries neither the exception nor the double fault can be delivered
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: until here all is well
; expect-end: triple-fault 100
; expect-reason: invalid-opcode
; because: UD2 raises #UD, and the IDT limit of 0 leaves no gate for it, for the #GP that follows, nor for #DF.

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        print   `until here all is well\n`
.drain: mov     dx, COM1 + 5
        in      al, dx
        test    al, 0x40
        jz      .drain
        lidt    [empty_idt]
        ud2

empty_idt:      dw 0
                dd 0
        begin_gdt
        end_gdt
        %include "end.inc"
