; smbios.asm - SMBIOS: structures that tell what the machine is, from two files of fw_cfg. Programs look for
; the entry point between F0000h and FFFFFh (DSP0134 2.8, 5.2.1), so POST copies this ROM into the RAM behind
; it, as a PC with slow ROM chips does, puts both into the copy and then locks it.

SMBIOS_ANCHOR_SIZE equ 31               ; the 32-bit entry point
SMBIOS_ROOM     equ 6 * 1024            ; for the structures
PAM_F0000       equ 0x59                ; 82441FX: bit 4: reads go to RAM, bit 5: writes do
PAM_WRITE       equ 0x20
PAM_READ        equ 0x10
SHADOW_SEG      equ 0x1000              ; RAM that nobody uses yet

; FS = EBDA
smbios_post:
        pushad
        push    es
        mov     si, .anchor
        call    fw_cfg_find
        jc      .done
        cmp     ebx, SMBIOS_ANCHOR_SIZE
        jne     .done
        mov     bp, ax                  ; its key
        mov     si, .tables
        call    fw_cfg_find
        jc      .done
        cmp     ebx, SMBIOS_ROOM
        ja      .done
        mov     si, ax
        mov     cx, bx                  ; size of the structures
        call    bios_shadow
        jc      .done
        push    BIOS_SEG
        pop     es
        mov     di, smbios_structures
        mov     ax, si
        call    .read
        mov     di, smbios_entry
        mov     ax, bp
        mov     cx, SMBIOS_ANCHOR_SIZE
        call    .read
        ; the structures' address changes both sums
        mov     dword [es:smbios_entry + 0x18], BIOS_SEG * 16 + smbios_structures
        mov     di, smbios_entry + 0x15
        mov     si, smbios_entry + 0x10
        mov     cx, SMBIOS_ANCHOR_SIZE - 0x10
        call    .sum
        mov     di, smbios_entry + 4
        mov     si, smbios_entry
        mov     cx, SMBIOS_ANCHOR_SIZE
        call    .sum
        mov     bl, PAM_READ
        call    bios_access
.done:  pop     es
        popad
        ret
.read:  mov     dx, FW_CFG_SELECTOR     ; CX bytes of item AX to ES:DI
        out     dx, ax
        mov     dx, FW_CFG_DATA
        rep     insb
        ret
.sum:   mov     al, 0                   ; the byte at DI makes the sum of CX bytes at SI zero
        mov     [es:di], al
.add:   sub     al, [es:si]
        inc     si
        loop    .add
        mov     [es:di], al
        ret
.anchor:
        db      "etc/smbios/smbios-anchor", 0
.tables:
        db      "etc/smbios/smbios-tables", 0

; Copy the ROM into the RAM behind it, which may be read and written then. Where writes alone are let through, some
; host bridges drop them, so nothing of the ROM is seen for a moment: a second copy in low memory does the work.
; CF = 1: the host bridge is not the one that we know.
bios_shadow:
        pushad
        push    ds
        push    es
        call    pci_present
        jc      .done
        xor     bx, bx
        xor     di, di
        call    pci_read32
        cmp     eax, 0x12378086         ; 82441FX
        stc
        jne     .done
        push    cs
        pop     ds
        push    SHADOW_SEG
        pop     es
        call    bios_copy
        call    SHADOW_SEG:.from_copy
        clc
.done:  pop     es
        pop     ds
        popad
        ret
.from_copy:
        mov     bl, PAM_READ | PAM_WRITE
        call    bios_access
        push    cs
        pop     ds
        push    BIOS_SEG
        pop     es
        call    bios_copy
        retf

bios_copy:                              ; 64 KiB from segment DS to ES
        xor     si, si
        xor     di, di
        mov     cx, 0x4000
        rep     movsd
        ret

bios_access:                            ; BL = PAM_READ, PAM_WRITE
        pushad
        mov     cl, bl
        xor     bx, bx
        mov     di, PAM_F0000
        call    pci_write8
        popad
        ret
