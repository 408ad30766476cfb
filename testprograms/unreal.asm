; teaches: big real mode: the limit in the hidden part of a segment register outlives the return to real mode
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: through 4 GiB segments
; expect-serial: a load in real mode changes the base only
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        in      al, 0x92                ; A20 on, or 2 MiB would be 1 MiB
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        cli
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax                ; protected mode, for two loads; CS stays a 16-bit real-mode one
        jmp     .flush
.flush: mov     bx, 0x08
        mov     ds, bx
        mov     es, bx
        and     al, 0xFE
        mov     cr0, eax
        jmp     0x0000:.real
.real:
        xor     bx, bx
        mov     ds, bx                  ; base 0, and the limit stays 4 GiB
        mov     es, bx
        sti
        print   `through 4 GiB segments\n`
        mov     edi, 0x00200000
        mov     dword [edi], 0xCAFEF00D
        mov     dword [0x5000], 0
        expect32 [edi], 0xCAFEF00D, "dword at 2 MiB"
        mov     edi, 0x00200010
        mov     ecx, 1024
        mov     eax, 0x01020304
        a32 rep stosd
        expect32 edi, 0x00201010, "rep stosd edi"
        mov     esi, 0x00200010
        mov     ecx, 1024
        xor     edx, edx
.sum:   a32 lodsd
        add     edx, eax
        a32 loop .sum
        expect32 edx, 0x04080C1000 & 0xFFFFFFFF, "sum of 1024 dwords"

        print   `a load in real mode changes the base only\n`
        mov     bx, 0x1000
        mov     ds, bx                  ; base 10000h
        mov     edi, 0x001F0000
        mov     eax, [edi]
        xor     bx, bx
        mov     ds, bx
        expect32 eax, 0xCAFEF00D, "1000:1F0000 is 2 MiB too"
        finish

        align   8, db 0
gdt:    dq      0
        dw      0xFFFF, 0x0000
        db      0x00, 0x92, 0xCF, 0x00  ; data, writable, base 0, limit 4 GiB
gdt_pointer:
        dw      $ - gdt - 1
        dd      gdt
        %include "end.inc"
