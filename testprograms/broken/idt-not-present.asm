; teaches: an IDT entry needs its present bit: attribute 8Eh is an interrupt gate, 0Eh is nothing
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: int 21h
; expect-end: triple-fault 100
; expect-reason: gate-not-present
; expect-sentence: the IDT entry of vector 21h is marked not present: bit 7 of its attribute byte is 0
; because: The IDT entry of vector 21h has its present bit clear, since the attribute byte is 0Eh instead of 8Eh.

        %include "say.inc"

        bits 16
        org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7C00
        cli
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
        mov     ss, ax
        mov     esp, 0x7C00
        mov     edi, idt                ; the same gate 256 times
        mov     ecx, 256
.gate:  mov     dword [edi], 0x00080000 + handler
        mov     dword [edi + 4], 0x00000E00     ; wrong: 8E00h has the present bit
        add     edi, 8
        loop    .gate
        lidt    [idt_pointer]
        say     `int 21h\n`
        int     0x21                    ; <- faults here
        hlt
handler:
        iretd

        align   8
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
gdt_pointer:
        dw      3 * 8 - 1
        dd      gdt
idt_pointer:
        dw      256 * 8 - 1
        dd      idt
idt     equ     0x1000
        times 510 - ($ - $$) db 0
        dw      0xAA55
