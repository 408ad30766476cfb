; teaches: a stack segment has a limit too: ESP must point inside before the first PUSH
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG makes no limit checks
; expect-serial: push
; expect-end: triple-fault 100
; expect-reason: stack-limit
; expect-sentence: 4 bytes of stack at offset 1FFCh lie outside of SS, whose limit is FFFh
; because: The stack segment ends at FFFh, but ESP was set to 2000h, so the first PUSH writes above its limit.

        %include "say.inc"

        bits 16
        org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        cli
        lidt    [no_idt]
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:flat

        bits 32
flat:
        mov     ax, 0x10
        mov     ds, ax
        mov     es, ax
        mov     ax, 0x18
        mov     ss, ax
        mov     esp, 0x2000             ; wrong: the segment holds 4096 bytes
        say     `push\n`
        push    eax                     ; <- faults here
        hlt

        align   8
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
        dq      0x0040920600000FFF      ; 18h: stack, base 60000h, limit FFFh, 32 bits
gdt_pointer:
        dw      4 * 8 - 1
        dd      gdt
no_idt: dw      0
        dd      0
        times 510 - ($ - $$) db 0
        dw      0xAA55
