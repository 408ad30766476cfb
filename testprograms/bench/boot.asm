; boot.asm: the loader of the workloads in C. Loads PAYLOAD_SECTORS sectors behind this one to 10000h with
; INT 13h, switches A20 on, enters flat 32-bit protected mode without paging, and calls the payload. With LONG
; defined it goes on into 64-bit mode and calls the payload at CPL 3, with IOPL 3 so that it has the ports.
;
; The sector count is written into the image by the Makefile (bench/Makefile), as -D PAYLOAD_SECTORS=n.

        bits 16
        org 0x7C00

COM1    equ 0x3F8
TABLES  equ 0x1000                      ; of pages, one of each level

start:
        jmp     0x0000:.normalise
.normalise:
        cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, 0x7C00
        sti
        cld
        mov     [drive], dl
        mov     dx, COM1 + 3
        mov     al, 3                   ; eight data bits
        out     dx, al
        mov     dl, [drive]
        mov     ah, 0x08                ; geometry
        int     0x13
        jc      .fail
        and     cx, 0x3F
        mov     [sectors], cx
        mov     dl, dh
        xor     dh, dh
        inc     dx
        mov     [heads], dx

        mov     si, 1
        mov     di, 0x1000              ; segment
.next:
        mov     ax, si
        xor     dx, dx
        div     word [sectors]
        mov     cx, dx
        inc     cx
        xor     dx, dx
        div     word [heads]
        mov     ch, al
        mov     dh, dl
        mov     dl, [drive]
        mov     es, di
        xor     bx, bx
        mov     ax, 0x0201
        push    si
        push    di
        int     0x13
        pop     di
        pop     si
        jc      .fail
        add     di, 0x20
        inc     si
        cmp     si, PAYLOAD_SECTORS
        jbe     .next

        mov     dx, 0x3F2               ; floppy motor off; its interrupt is masked below anyway
        mov     al, 0x0C
        out     dx, al
        cli
        in      al, 0x92                ; A20
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x08:flat
.fail:
        mov     al, 0x11
        out     0xF4, al
        cli
        hlt

        bits 32
flat:
        mov     eax, 0x10
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     esp, 0x90000
%ifdef LONG
        mov     al, 0xFF                ; no interrupts: nothing but the workload
        out     0x21, al
        out     0xA1, al
        mov     eax, 0x80000000         ; is there a 64-bit mode?
        cpuid
        cmp     eax, 0x80000001
        jb      start.fail
        mov     eax, 0x80000001
        cpuid
        bt      edx, 29
        jnc     start.fail
        xor     eax, eax                ; the first 32 MiB as they are, in pages of 2 MiB that CPL 3 may use
        mov     edi, TABLES
        mov     ecx, 3 * 4096 / 4
        rep stosd
        mov     dword [TABLES], TABLES + 0x1007
        mov     dword [TABLES + 0x1000], TABLES + 0x2007
        mov     edi, TABLES + 0x2000
        mov     eax, 0x87
        mov     ecx, 16
.page:  mov     [edi], eax
        add     edi, 8
        add     eax, 2 << 20
        loop    .page
        mov     eax, TABLES
        mov     cr3, eax
        mov     eax, cr4
        or      eax, 0x20               ; PAE
        mov     cr4, eax
        mov     eax, 1                  ; OSFXSR and OSXMMEXCPT, where there is SSE
        cpuid
        bt      edx, 25
        jnc     .nosse
        mov     eax, cr4
        or      ax, 0x600
        mov     cr4, eax
.nosse:
        mov     ecx, 0xC0000080         ; EFER.LME
        rdmsr
        or      eax, 0x100
        wrmsr
        mov     eax, cr0
        or      eax, 0x80000000         ; PG, and with it 64-bit mode
        mov     cr0, eax
        jmp     0x18:.long
        bits 64
.long:  push    0x23                    ; SS
        push    0x90000                 ; RSP
        push    0x3002                  ; RFLAGS: IOPL 3
        push    0x2B                    ; CS
        push    .user
        iretq
.user:
%endif
        call    0x10000
        mov     al, 0x10                ; status 33
        out     0xF4, al
        mov     dx, 0x8900              ; without isa-debug-exit: the Shutdown port of Bochs
        mov     esi, shutdown
        mov     ecx, 8
        rep outsb
        cli
        hlt

shutdown:       db 'Shutdown'
drive:          db 0
sectors:        dw 0
heads:          dw 0
        align   8, db 0
gdt:    dq      0
        dq      0x00CF9A000000FFFF
        dq      0x00CF92000000FFFF
%ifdef LONG
        dq      0x00AF9A000000FFFF      ; 18h: 64-bit code
        dq      0x00CFF2000000FFFF      ; 20h: data of CPL 3
        dq      0x00AFFA000000FFFF      ; 28h: 64-bit code of CPL 3
%endif
gdt_pointer:
        dw      $ - gdt - 1
        dd      gdt
        times 510 - ($ - $$) db 0
        dw      0xAA55
