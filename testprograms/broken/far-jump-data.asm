; teaches: CS can only hold a code segment: the selectors of code and data are easily swapped
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: entering protected mode
; expect-end: triple-fault 100
; expect-reason: code-segment-invalid
; expect-sentence: selector 10h names a writable data segment (type 12h), but CS needs a code segment
; because: The far jump loads CS with selector 10h, which is the data segment; the code segment is 08h.

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
        lidt    [no_idt]
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x10:flat               ; <- faults here: wrong selector

        bits 32
flat:
        hlt

        align   8
gdt:    dq      0
        dq      0x00CF9A000000FFFF      ; 08h: code
        dq      0x00CF92000000FFFF      ; 10h: data
gdt_pointer:
        dw      3 * 8 - 1
        dd      gdt
no_idt: dw      0
        dd      0
        times 510 - ($ - $$) db 0
        dw      0xAA55
