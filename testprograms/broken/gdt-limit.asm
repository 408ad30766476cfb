; teaches: the limit in the GDT pointer is the offset of the last byte: one descriptor too few, and the last is out of reach
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: entering protected mode
; expect-end: triple-fault 100
; expect-reason: selector-beyond-table-limit
; expect-sentence: selector 10h names entry 2 of the GDT, but with a limit of Fh the GDT ends with entry 1
; because: The GDT limit covers only two descriptors, so selector 10h lies beyond the end of the table.

        %include "say.inc"

        bits 16
        org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        say     `entering protected mode\n`
        cli
        lidt    [no_idt]                ; no interrupts yet
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:flat

        bits 32
flat:
        mov     ax, 0x10
        mov     ds, ax                  ; <- faults here
        mov     ss, ax
        hlt

        align   8
gdt:    dq      0
        dq      0x00CF9A000000FFFF      ; 08h: code
        dq      0x00CF92000000FFFF      ; 10h: data
gdt_pointer:
        dw      2 * 8 - 1               ; wrong: there are three descriptors
        dd      gdt
no_idt: dw      0
        dd      0
        times 510 - ($ - $$) db 0
        dw      0xAA55
