; loader.asm - an option ROM that boots a kernel which the emulator was given with -kernel.
;
; The emulator has parsed the kernel and has decided what goes where. What it cannot know is what only the BIOS can
; tell: the memory map, and where the cursor stands. So it leaves a *plan* in fw_cfg, the file opt/lucid86/boot-plan, and
; this ROM carries it out: a list of records of 16 bytes, little-endian, each with an operation, a word and three dwords.
;
;   operation   word        A                B                  C
;   1 stack     -           address          -                  -             the stack from now on ends there
;   2 copy      fw_cfg key  byte in item     bytes              address       zeros where the item has ended
;   3 map       flags       address          bytes an entry     most entries  memory map of INT 15h AX=E820h
;   4 count     1 or 4      address          base               factor        base + factor * entries, so many bytes wide
;   5 memory    -           address          -                  -             KiB below 640 KiB, KiB from 1 MiB on: dwords
;   6 cursor    -           address          -                  -             column and row: bytes
;   7 real      -           segment:offset   SS:SP              DS and others enter real mode
;   8 protected 1: C = ESI  EIP              EAX                EBX or ESI    enter 32-bit protected mode
;   9 long      -           RIP              page tables        RSI           enter 64-bit mode
;
; Flags of "map": bit 0 puts the dword 20 before each entry (Multiboot 1), bit 1 puts the end tag of Multiboot 2 behind the
; last one. The stack comes first, what asks the BIOS before what copies, and an entry last: copies may go over the BIOS's
; own data. Addresses are below 1 MiB, except for what is copied.
;
; The structures come from the BIOS Boot Specification 1.01, the Plug and Play BIOS Specification 1.0A and QEMU's
; docs/specs/fw_cfg.rst; the state at the entries from the kernel's boot protocol, Multiboot and PVH.

        cpu     x64
        bits    16
        org     0

ROM_SIZE        equ 2048

STACK_SIZE      equ 0x400       ; below the address that the plan names

FW_CFG_SELECTOR equ 0x510
FW_CFG_DATA     equ 0x511
FW_CFG_DMA      equ 0x514
FW_CFG_FILES    equ 0x19
FW_CFG_READ     equ 0x02
FW_CFG_SKIP     equ 0x04
FW_CFG_SELECT   equ 0x08
NAME_SIZE       equ 56

; ---------------------------------------------------------------- headers
start:  dw      0xAA55
        db      ROM_SIZE / 512
        jmp     short initialise
        times   0x18 - ($ - start) db 0
        dw      0                       ; no PCI data
        dw      pnp_header
        align   16, db 0
pnp_header:
        db      "$PnP", 1, 2            ; revision, length in units of 16 bytes
        dw      0                       ; no other header
        db      0
pnp_checksum:
        db      0                       ; roms/checksum.py fills it in
        dd      0                       ; device
        dw      maker, product
        db      2, 0, 0                 ; class: network adapter, the kind of device that boots through a BEV
        db      0x64                    ; may be shadowed and cached, boots
        dw      0, 0, boot              ; BCV, disconnect vector, BEV
        dw      0, 0

initialise:                             ; nothing to hook: the BIOS calls the BEV
        mov     ax, 0x20                ; a device to boot from is there
        retf

maker:  db      "Lucid86", 0
product:
        db      "Kernel", 0
file_name:
        db      "opt/lucid86/boot-plan", 0
FILE_NAME_SIZE  equ $ - file_name

; What the routines share, below BP
%define RECORD          bp - 16
%define RECORD_WORD     bp - 14
%define RECORD_A        bp - 12
%define RECORD_B        bp - 8
%define RECORD_C        bp - 4
%define PLAN_KEY        bp - 18         ; word
%define PLAN_AT         bp - 22         ; dword: byte of the plan that comes next
%define ENTRIES         bp - 26         ; dword: entries of the memory map
%define UPPER           bp - 30         ; dword: KiB from 1 MiB on
%define PLACE           bp - 32         ; word: where an INT 15h entry goes, offset in the segment of the map
%define BUFFER          bp - 56         ; 24 bytes: an entry of INT 15h
LOCALS          equ 56

; ---------------------------------------------------------------- the bootstrap entry
boot:   cld
        mov     bp, sp
        and     bp, ~15
        sub     bp, 16
        lea     sp, [bp - LOCALS]
        call    find_plan
        mov     si, no_plan_text
        jc      fail
        mov     [PLAN_KEY], ax
        mov     dword [PLAN_AT], 0
        mov     dword [ENTRIES], 0
        mov     dword [UPPER], 0

next_record:
        mov     ax, [PLAN_KEY]
        mov     ebx, [PLAN_AT]
        mov     ecx, 16
        mov     di, ss
        movzx   edi, di
        shl     edi, 4
        movzx   edx, bp
        lea     edi, [edi + edx - 16]
        call    fw_cfg_read
        mov     si, read_text
        jc      fail
        add     dword [PLAN_AT], 16
        mov     bx, [RECORD]
        dec     bx
        cmp     bx, 9
        mov     si, bad_plan_text
        jae     fail
        add     bx, bx
        call    [cs:operations + bx]
        jmp     next_record

operations:
        dw      set_stack, copy, read_map, store_count, store_memory, store_cursor
        dw      enter_real, enter_protected, enter_long

fail:   cs lodsb                        ; SI = a text
        test    al, al
        jz      .over
        mov     ah, 0x0E
        mov     bx, 7
        int     0x10
        jmp     fail
.over:  int     0x18                    ; the BIOS goes on with what else there is
no_plan_text:
        db      "Kernel loader: the machine has no plan for it.", 13, 10, 0
read_text:
        db      "Kernel loader: reading through fw_cfg failed.", 13, 10, 0
bad_plan_text:
        db      "Kernel loader: the plan makes no sense.", 13, 10, 0

; ES:DI = the address in record field A.
address_a:
        mov     eax, [RECORD_A]
        mov     di, ax
        and     di, 15
        shr     eax, 4
        mov     es, ax
        ret

; ---------------------------------------------------------------- operations
set_stack:
        pop     bx                      ; the return address
        mov     eax, [RECORD_A]
        sub     eax, STACK_SIZE
        shr     eax, 4
        mov     dx, [PLAN_KEY]
        mov     ecx, [PLAN_AT]
        mov     ss, ax
        mov     sp, STACK_SIZE - 16
        mov     bp, sp
        sub     sp, LOCALS
        mov     [PLAN_KEY], dx
        mov     [PLAN_AT], ecx
        mov     dword [ENTRIES], 0
        mov     dword [UPPER], 0
        jmp     bx

copy:   cli                             ; the BIOS may be overwritten
        mov     ax, [RECORD_WORD]
        mov     ebx, [RECORD_A]
        mov     ecx, [RECORD_B]
        mov     edi, [RECORD_C]
        call    fw_cfg_read
        mov     si, read_text
        jc      fail
        ret

; The memory map. An entry with length zero, or one whose ACPI 3 attributes say so, does not count.
read_map:
        call    address_a
        mov     [PLACE], di
        push    es
        xor     ebx, ebx
.next:  push    ss
        pop     es
        lea     di, [BUFFER]
        mov     dword [es:di + 20], 1
        mov     eax, 0xE820
        mov     ecx, 24
        mov     edx, "PAMS"             ; 'SMAP', high byte first
        push    bp
        int     0x15
        pop     bp
        jc      .end
        cmp     eax, "PAMS"
        jne     .end
        cmp     ecx, 20
        jb      .end
        je      .counts
        test    byte [BUFFER + 20], 1
        jz      .skip
.counts:
        mov     eax, [BUFFER + 8]
        or      eax, [BUFFER + 12]
        jz      .skip
        call    note_upper
        pop     es
        push    es
        call    put_entry
        mov     eax, [ENTRIES]
        cmp     eax, [RECORD_C]
        jae     .end
.skip:  test    ebx, ebx
        jnz     .next
.end:   pop     es
        test    byte [RECORD_WORD], 2
        jz      .done
        mov     di, [PLACE]
        mov     dword [es:di], 0
        mov     dword [es:di + 4], 8
.done:  ret

put_entry:                              ; from BUFFER to ES:PLACE
        mov     di, [PLACE]
        test    byte [RECORD_WORD], 1
        jz      .plain
        mov     dword [es:di], 20
        add     di, 4
.plain: lea     si, [BUFFER]
        mov     cx, 5
.dword: mov     eax, [ss:si]
        add     si, 4
        stosd
        loop    .dword
        mov     ax, [RECORD_B]
        cmp     ax, 24
        jb      .done
        test    byte [RECORD_WORD], 1
        jnz     .done
        mov     dword [es:di], 0
.done:  add     [PLACE], ax
        inc     dword [ENTRIES]
        ret

note_upper:                             ; memory that holds 1 MiB: KiB from there to its end, 4 GiB at most
        cmp     dword [BUFFER + 16], 1
        jne     .done
        cmp     dword [BUFFER + 4], 0
        jne     .done
        mov     edx, [BUFFER]
        cmp     edx, 0x100000
        ja      .done
        add     edx, [BUFFER + 8]
        mov     eax, 0xFFFFFFFF
        jc      .end
        cmp     dword [BUFFER + 12], 0
        jne     .end
        mov     eax, edx
        cmp     eax, 0x100000
        jbe     .done
.end:   sub     eax, 0x100000
        shr     eax, 10
        mov     [UPPER], eax
.done:  ret

store_count:
        call    address_a
        mov     eax, [ENTRIES]
        mul     dword [RECORD_C]
        add     eax, [RECORD_B]
        cmp     word [RECORD_WORD], 1
        je      .byte
        stosd
        ret
.byte:  stosb
        ret

store_memory:
        int     0x12
        movzx   ecx, ax
        call    address_a
        mov     eax, ecx
        stosd
        mov     eax, [UPPER]
        stosd
        ret

store_cursor:
        mov     ah, 0x03
        mov     bh, 0
        push    bp
        int     0x10
        pop     bp
        call    address_a
        mov     ax, dx
        stosw
        ret

; ---------------------------------------------------------------- entries
enter_real:
        cli
        mov     ecx, [RECORD_A]
        mov     eax, [RECORD_B]
        mov     edx, [RECORD_C]
        mov     sp, ax
        shr     eax, 16
        mov     ss, ax
        mov     ds, dx
        mov     es, dx
        mov     fs, dx
        mov     gs, dx
        push    ecx
        xor     eax, eax
        xor     ebx, ebx
        xor     ecx, ecx
        xor     edx, edx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        retf

CODE            equ 0x10                ; as Linux wants them
DATA            equ 0x18
TASK            equ 0x20

enter_protected:
        mov     ebx, protected
        mov     esi, gdt32
        call    prepare
        push    dword CODE
        push    ebx
        mov     eax, cr0
        and     eax, 0x00000010         ; ET reads as one
        or      al, 1
        mov     cr0, eax
        o32 retf

enter_long:
        mov     ebx, compatible
        mov     esi, gdt64
        call    prepare
        mov     eax, 0x20               ; PAE
        mov     cr4, eax
        mov     eax, [RECORD_B]
        mov     cr3, eax
        mov     ecx, 0xC0000080         ; EFER.LME
        rdmsr
        or      ah, 1
        wrmsr
        push    dword CODE
        push    ebx
        mov     eax, 0x80000011         ; PG, PE
        mov     cr0, eax
        o32 retf

; Interrupts off, A20 on, the GDT at CS:ESI loaded; EBX becomes linear, EDI = BP, linear, and UPPER = SP, linear.
prepare:
        cli
        in      al, 0x92
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        mov     ax, cs
        movzx   eax, ax
        shl     eax, 4
        add     ebx, eax
        add     esi, eax
        push    esi
        push    word GDT_SIZE - 1
        mov     si, sp
        o32 lgdt [ss:si]
        add     sp, 6
        mov     dx, ss
        movzx   edx, dx
        shl     edx, 4
        movzx   edi, bp
        add     edi, edx
        movzx   esi, sp
        add     esi, edx
        mov     [UPPER], esi
        ret

        bits    32
protected:
        mov     eax, DATA
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, [edi - 30]         ; UPPER
        mov     ax, TASK
        ltr     ax
        mov     ecx, [edi - 12]         ; A: where to
        mov     eax, [edi - 8]
        mov     ebx, [edi - 4]
        xor     esi, esi
        test    byte [edi - 14], 1
        jz      .ebx
        xchg    ebx, esi
.ebx:   xor     edx, edx
        xor     ebp, ebp
        xor     edi, edi
        jmp     ecx

        bits    64
compatible:
        mov     eax, DATA
        mov     ds, eax
        mov     es, eax
        mov     fs, eax
        mov     gs, eax
        mov     ss, eax
        mov     esp, [rdi - 30]
        mov     ecx, [rdi - 12]
        mov     esi, [rdi - 4]
        xor     eax, eax
        xor     ebx, ebx
        xor     edx, edx
        xor     ebp, ebp
        xor     edi, edi
        xor     r8d, r8d
        xor     r9d, r9d
        xor     r10d, r10d
        xor     r11d, r11d
        xor     r12d, r12d
        xor     r13d, r13d
        xor     r14d, r14d
        xor     r15d, r15d
        jmp     rcx
        bits    16

        align   8, db 0
gdt32:  dq      0, 0
        dq      0x00CF9B000000FFFF      ; 32-bit code, 4 GiB
        dq      0x00CF93000000FFFF      ; data
        dq      0x0000890000000067      ; a TSS at 0 of 104 bytes, as PVH wants it
GDT_SIZE        equ $ - gdt32
gdt64:  dq      0, 0
        dq      0x00AF9B000000FFFF      ; 64-bit code
        dq      0x00CF93000000FFFF
        dq      0x0000890000000067

; ---------------------------------------------------------------- fw_cfg
; CF = 0 and AX = key of the plan, or CF = 1.
find_plan:
        push    ss
        pop     es
        mov     dx, FW_CFG_SELECTOR
        mov     ax, FW_CFG_FILES
        out     dx, ax
        mov     dx, FW_CFG_DATA
        sub     sp, NAME_SIZE
        call    .dword
        bswap   eax
        mov     ebx, eax                ; files to come
.file:  sub     ebx, 1
        jc      .done
        call    .dword                  ; size
        call    .dword
        rol     ax, 8
        push    ax                      ; key
        mov     di, sp
        add     di, 2
        push    di
        mov     cx, NAME_SIZE
        rep     insb
        pop     di
        mov     si, file_name
        mov     cx, FILE_NAME_SIZE
        cs repe cmpsb
        pop     ax
        jne     .file
        clc
.done:  lea     sp, [esp + NAME_SIZE]   ; keeps CF
        ret
.dword: mov     cx, 4
.byte:  in      al, dx
        ror     eax, 8
        loop    .byte
        ret

; Read ECX bytes of item AX, from byte EBX on, to physical address EDI. CF = 1: it could not be done.
; Clobbers EAX, ECX, EDX, ESI.
fw_cfg_read:
        push    ecx
        shl     eax, 16
        mov     al, FW_CFG_SELECT | FW_CFG_SKIP
        mov     ah, 0
        mov     ecx, ebx
        call    .transfer
        pop     ecx
        jc      .done
        mov     eax, FW_CFG_READ
        call    .transfer
.done:  ret
.transfer:                              ; EAX = control, ECX = bytes, EDI = address
        bswap   edi
        push    edi
        bswap   edi
        push    dword 0
        bswap   ecx
        push    ecx
        bswap   eax
        push    eax
        mov     si, ss
        movzx   esi, si
        shl     esi, 4
        movzx   eax, sp
        add     esi, eax
        mov     dx, FW_CFG_DMA
        xor     eax, eax
        out     dx, eax
        mov     eax, esi
        bswap   eax
        mov     dx, FW_CFG_DMA + 4
        out     dx, eax                 ; done when this is over
        pop     eax
        add     sp, 12
        cmp     eax, 1
        cmc
        ret

        times   ROM_SIZE - 1 - ($ - start) db 0
rom_checksum:
        db      0                       ; roms/checksum.py fills it in
