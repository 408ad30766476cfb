; teaches: a data segment ends at its limit: a descriptor that was made for 16 bytes does not show the byte at 4Ah
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG makes no limit checks
; expect-serial: read
; expect-end: triple-fault 100
; expect-reason: offset-beyond-limit
; expect-sentence: 2 bytes at offset 4Ah reach beyond the limit Fh of DS
; expect-chain: #GP #GP #DF #GP
; because: The descriptor of DS has a limit of Fh, sixteen bytes, so the word at offset 4Ah lies outside of the segment.

        %include "say.inc"

        bits 16
        org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        say     `read\n`
        cli
        lidt    [no_idt]
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:short_code
short_code:
        mov     ax, 0x10
        mov     ds, ax
        mov     ax, [0x4A]              ; <- faults here: the segment ends at Fh
        hlt

        align   8
gdt:    dq      0
        dq      0x00009A000000FFFF      ; 08h: code, 16 bits
        dq      0x000092010000000F      ; 10h: data at 10000h; wrong: the limit is that of a header
gdt_pointer:
        dw      3 * 8 - 1
        dd      gdt
no_idt: dw      0
        dd      0
        times 510 - ($ - $$) db 0
        dw      0xAA55
