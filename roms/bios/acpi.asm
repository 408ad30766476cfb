; acpi.asm - ACPI and multiprocessor tables: the board has made them, linked for one address. POST puts them
; there, RSDP and MP floating pointer into the EBDA (ACPI 5.0, 5.2.5.1; MP 1.4, 4.1), and takes their place
; out of the memory map.

FWCFG_SELECTOR  equ 0x510
FWCFG_DATA      equ 0x511
FWCFG_DMA       equ 0x514
FWCFG_TABLES    equ 0x8010              ; address, length, RSDP (36 + 4), MP pointer (16), the block
FWCFG_HEADER    equ 64
FWCFG_READ      equ 2

; FS = EBDA
acpi_post:
        push    ds
        push    es
        push    fs
        pop     es
        push    fs
        pop     ds
        mov     dx, FWCFG_SELECTOR
        mov     ax, FWCFG_TABLES
        out     dx, ax
        mov     dx, FWCFG_DATA
        mov     di, EBDA_IDENTIFY
        mov     cx, FWCFG_HEADER
        cld
        rep     insb
        mov     ebx, [EBDA_IDENTIFY]
        lea     eax, [ebx + 1]          ; all ones: no fw_cfg; zero: no tables
        cmp     eax, 1
        jbe     .done
        mov     si, EBDA_IDENTIFY + 8
        mov     di, EBDA_RSDP
        mov     cx, 36
        rep     movsb
        mov     si, EBDA_IDENTIFY + 48
        mov     di, EBDA_MP
        mov     cx, 16
        rep     movsb
        ; the rest of the item by DMA, whose numbers are big-endian: command, length, address
        mov     di, EBDA_IDENTIFY + FWCFG_HEADER
        mov     eax, FWCFG_READ
        call    store_big
        mov     eax, [EBDA_IDENTIFY + 4]
        mov     ecx, eax
        call    store_big
        xor     eax, eax
        stosd
        mov     eax, ebx
        call    store_big
        mov     dx, FWCFG_DMA
        xor     eax, eax
        out     dx, eax
        mov     ax, fs
        shl     eax, 4
        add     eax, EBDA_IDENTIFY + FWCFG_HEADER
        call    swap_bytes
        add     dx, 4
        out     dx, eax
        ; extended memory ends where the block begins; the block is ACPI's, to be reclaimed
        mov     si, EBDA_MAP
        xor     ax, ax
.entry: cmp     al, [EBDA_MAP_COUNT]
        jae     .done
        cmp     dword [si], 0x100000
        jne     .next
        cmp     dword [si + 4], 0
        je      .found
.next:  add     si, 20
        inc     ax
        jmp     .entry
.found: sub     [si + 8], ecx
        movzx   ax, byte [EBDA_MAP_COUNT]
        cmp     al, 8
        jae     .done
        inc     byte [EBDA_MAP_COUNT]
        imul    ax, ax, 20
        add     ax, EBDA_MAP
        mov     di, ax
        mov     eax, ebx
        stosd
        xor     eax, eax
        stosd
        mov     eax, ecx
        stosd
        xor     eax, eax
        stosd
        mov     al, 3
        stosd
.done:  pop     es
        pop     ds
        ret

store_big:                              ; EAX at ES:DI
        call    swap_bytes
        stosd
        ret
swap_bytes:
        xchg    al, ah
        rol     eax, 16
        xchg    al, ah
        ret
