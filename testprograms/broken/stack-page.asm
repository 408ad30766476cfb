; teaches: a handler is entered through the stack: where its page is not there, no exception can be delivered any more
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: a fault and no stack
; expect-end: triple-fault 100
; expect-reason: selector-beyond-table-limit
; expect-sentence: selector 30h names entry 6 of the GDT, but with a limit of 17h the GDT ends with entry 2
; expect-chain: #GP #PF #PF #DF #PF
; because: ESP lies in a page that is not there, so #GP becomes a page fault, that one a double fault, and none of them reaches its handler.

        %include "say.inc"

        bits 16
        org 0x7C00
start:
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        say     `a fault and no stack\n`
        cli
        cld
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
        mov     esp, 0x00500000         ; wrong: behind the 4 MiB that are mapped
        mov     edi, 0x1000             ; page directory, one page table, gates
        xor     eax, eax
        mov     ecx, 1024
        rep stosd
        mov     dword [0x1000], 0x2003
        mov     al, 3
        mov     ecx, 1024
.page:  stosd
        add     eax, 0x1000
        loop    .page
        mov     ecx, 256
.gate:  mov     dword [edi], 0x00080000 + handler
        mov     dword [edi + 4], 0x00008E00
        add     edi, 8
        loop    .gate
        lidt    [idt_pointer]
        mov     eax, 0x1000
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        mov     ax, 0x30
        mov     fs, ax                  ; <- faults here, and again and again
        hlt
handler:
        hlt

        align   8
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
gdt_pointer:
        dw      3 * 8 - 1
        dd      gdt
idt_pointer:
        dw      256 * 8 - 1
        dd      0x3000
        times 510 - ($ - $$) db 0
        dw      0xAA55
