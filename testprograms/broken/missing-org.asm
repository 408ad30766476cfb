; teaches: the BIOS loads a boot sector to 7C00h; without `org 0x7C00` every address of data is 7C00h too low
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-end: triple-fault 100
; expect-reason: selector-beyond-table-limit
; expect-sentence: selector 8h names entry 1 of the GDT, but with a limit of 0h the GDT holds no entry
; because: Without org 0x7C00 the address of the GDT pointer is 7C00h too low, so LGDT loads zeros from the interrupt vectors and selector 08h lies beyond a limit of 0.
;
; Code hardly notices, since jumps and calls are relative: data and absolute addresses do. The message, too, is
; looked for in the interrupt vector table, where vectors 60h to 66h are zero on a PC: nothing is printed.

        bits 16
                                        ; wrong: no  org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        mov     si, message
        mov     dx, 0x3F8
.print: lodsb
        test    al, al
        jz      .done
        out     dx, al
        jmp     .print
.done:
        cli
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:flat               ; <- faults here

        bits 32
flat:
        hlt

        times 0x180 - ($ - $$) db 0     ; where vector 60h is, when nothing was added
message:        db `never seen\n`, 0
        align   4, db 0
gdt_pointer:
        dw      3 * 8 - 1
        dd      gdt
        times 0x1A0 - ($ - $$) db 0
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
        times 510 - ($ - $$) db 0
        dw      0xAA55
