; teaches: the way into protected mode and back: GDT, CR0.PE, the far jump, 16-bit protected mode, and real mode again
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: real mode
; expect-serial: 32-bit protected mode
; expect-serial: 16-bit protected mode
; expect-serial: real mode again
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

main:
        print   `real mode\n`
        smsw    ax
        and     ax, 1
        expect16 ax, 0, "CR0.PE"
        mov     eax, 0x5A5A5A5A
        enter_protected
        print   `32-bit protected mode\n`
        mov     eax, cr0
        and     eax, 1
        expect32 eax, 1, "CR0.PE"
        mov     eax, 0
        mov     ax, cs
        expect32 eax, KERNEL_CODE, "CS"
        sgdt    [stored]
        expect16 [stored], GDT_LIMIT, "SGDT limit"
        expect32 [stored + 2], gdt, "SGDT base"
        sidt    [stored]
        expect32 [stored + 2], IDT_BASE, "SIDT base"
        str     ax
        expect16 ax, MAIN_TSS, "STR"
        mov     al, [gdt + KERNEL_DATA + 5]
        expect8 al, DATA_RW | 1, "loading a segment register sets the accessed bit"
        mov     al, [gdt + CODE16 + 5]
        expect8 al, CODE_RX, "the descriptor not loaded is untouched"
        mov     al, [gdt + MAIN_TSS + 5]
        expect8 al, TSS_TYPE | 2, "LTR makes the TSS busy"
        push    byte -1                 ; four bytes of stack, sign extended
        pop     eax
        expect32 eax, 0xFFFFFFFF, "push imm8"
        mov     edi, 0x00300000         ; above 1 MiB without tricks
        in      al, 0x92
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        mov     dword [edi], 0x600DF00D
        expect32 [edi], 0x600DF00D, "memory above 1 MiB"

        jmp     CODE16:.sixteen
        bits    16
.sixteen:
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, 0x7C00
        print   `16-bit protected mode\n`
        mov     bx, sp
        push    ax                      ; two bytes again
        sub     bx, sp
        expect16 bx, 2, "push ax"
        pop     ax
        mov     eax, cr0
        and     al, 0xFE
        mov     cr0, eax
        jmp     0x0000:.real
.real:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, 0x7C00
        lidt    [real_idt]
        sti
        print   `real mode again\n`
        mov     ah, 0x03                ; the BIOS works again
        mov     bh, 0
        int     0x10
        mov     ah, 0x12
        int     0x12
        cmp     ax, 256
        setae   al
        expect8 al, 1, "INT 12h"
        finish

real_idt:       dw 0x3FF
                dd 0
stored:         times 6 db 0
        begin_gdt
        end_gdt
        %include "end.inc"
