; teaches: IRETQ to ring 3 wants an SS of ring 3: the selector's RPL counts, too
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: same
; expect-serial: to ring 3
; expect-end: triple-fault 100
; expect-reason: stack-privilege
; expect-sentence: SS was to hold selector 20h with RPL 0 and DPL 3 at CPL 3, but all three must be the same
; expect-chain: #GP #GP #DF #GP
; because: The SS on the stack is 20h instead of 23h: its RPL is 0, but the code that IRETQ returns to runs at CPL 3.

        %include "say.inc"

        bits 16
        org 0x7C00
TABLES  equ 0x1000
start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        say     `to ring 3\n`
        cli
        cld
        lidt    [no_idt]
        lgdt    [gdt_pointer]
        mov     di, TABLES              ; the first 2 MiB as they are
        mov     cx, 3 * 4096 / 2
        rep stosw
        mov     word [TABLES], TABLES + 0x1007
        mov     word [TABLES + 0x1000], TABLES + 0x2007
        mov     word [TABLES + 0x2000], 0x87
        mov     eax, TABLES
        mov     cr3, eax
        mov     eax, cr4
        or      al, 0x20                ; PAE
        mov     cr4, eax
        mov     ecx, 0xC0000080         ; EFER.LME
        rdmsr
        or      ah, 1
        wrmsr
        mov     eax, cr0
        or      eax, 0x80000001
        mov     cr0, eax
        jmp     0x08:wide
        bits    64
wide:   push    0x20                    ; SS; wrong: 23h
        push    0x7000
        push    2
        push    0x1B
        push    user
        iretq                           ; <- faults here
user:   jmp     user

        align   8
gdt:    dq      0
        dq      0x00209A0000000000      ; 08h: code, 64 bits
        dq      0x0000920000000000      ; 10h: data
        dq      0x0020FA0000000000      ; 18h: code of ring 3
        dq      0x0000F20000000000      ; 20h: data of ring 3
gdt_pointer:
        dw      5 * 8 - 1
        dd      gdt
no_idt: dw      0
        dd      0
        times 510 - ($ - $$) db 0
        dw      0xAA55
