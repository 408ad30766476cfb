; option_roms.asm - ROMs of adapters: they are found between C0000h and EFFFFh, or the machine hands them over as
; files named genroms/..., which are put there. Each may hook interrupts and may offer something to boot from.
;
; Sources: IBM PC/AT Technical Reference, "ROM scan"; BIOS Boot Specification 1.01; Plug and Play BIOS Specification
; 1.0A, section 3 (the expansion header).

ROM_AREA        equ 0xC000      ; segments
ROM_AREA_END    equ 0xF000
ROM_FILES       equ 0xC800      ; files go here or behind the last ROM: what is below belongs to video adapters
I440FX          equ 0x12378086  ; device and vendor
I440FX_PAM2     equ 0x5B
ROM_STEP        equ 0x80        ; ROMs begin at a multiple of 2 KiB

ROM_LENGTH      equ 2           ; byte: units of 512 bytes
ROM_INIT        equ 3           ; far call
ROM_HEADER      equ 0x1A        ; word: offset of the first expansion header

PNP_NEXT        equ 0x06        ; word: the next header, 0 after the last
PNP_BCV         equ 0x16        ; word: boot connection vector, hooks INT 13h
PNP_BEV         equ 0x1A        ; word: bootstrap entry vector, boots

option_roms_post:
        push    es
        mov     bx, ROM_AREA
.scan:  mov     es, bx
        call    rom_check
        jc      .step
        push    bx
        call    rom_start
        pop     bx
        call    rom_paragraphs
        add     bx, ax
        jmp     .more
.step:  add     bx, ROM_STEP
.more:  cmp     bx, ROM_AREA_END
        jb      .scan
        call    rom_files
        pop     es
        ret

; ES = a segment where a ROM may begin: CF = 0 if a whole one does. All registers are kept.
rom_check:
        pushad
        push    es
        cmp     word [es:0], 0xAA55
        jne     .none
        movzx   ecx, byte [es:ROM_LENGTH]
        shl     ecx, 9
        jz      .none
        mov     eax, ecx
        shr     eax, 4
        mov     dx, es
        add     ax, dx
        cmp     ax, ROM_AREA_END
        ja      .none
        xor     bl, bl                  ; all bytes add up to zero
        xor     si, si
.sum:   add     bl, [es:si]
        inc     si
        jnz     .same
        add     dx, 0x1000
        mov     es, dx
.same:  dec     ecx
        jnz     .sum
        test    bl, bl
        jz      .done                   ; CF = 0
.none:  stc
.done:  pop     es
        popad
        ret

; AX = length of the ROM at ES:0 in paragraphs, rounded up to where the next may begin.
rom_paragraphs:
        movzx   ax, byte [es:ROM_LENGTH]
        shl     ax, 5
        add     ax, ROM_STEP - 1
        and     ax, ~(ROM_STEP - 1) & 0xFFFF
        ret

; Call the initialisation of the ROM at ES:0, then note what its expansion headers offer. Keeps DS, ES, FS, GS; clobbers
; the rest.
rom_start:
        push    ds
        push    es
        push    fs
        push    gs
        push    cs
        push    .initialised
        push    es
        push    word ROM_INIT
        mov     ax, 0                   ; bus, device and function, if it is on PCI
        mov     bx, 0xFFFF              ; no Plug and Play ISA card
        mov     dx, 0xFFFF
        push    cs
        pop     es
        mov     di, pnp_check
        retf
.initialised:
        cld
        sti
        pop     gs
        pop     fs
        pop     es
        pop     ds
        mov     si, ROM_HEADER
.header:
        mov     si, [es:si]
        test    si, si
        jz      .done
        cmp     si, 0xFFE0
        ja      .done
        cmp     dword [es:si], "$PnP"
        jne     .done
        mov     ax, [es:si + PNP_BCV]
        test    ax, ax
        jz      .no_bcv
        push    si
        call    rom_bcv
        pop     si
.no_bcv:
        mov     ax, [es:si + PNP_BEV]
        test    ax, ax
        jz      .no_bev
        cmp     dword [fs:EBDA_BEV], 0  ; the first one is kept
        jne     .no_bev
        mov     [fs:EBDA_BEV], ax
        mov     [fs:EBDA_BEV + 2], es
.no_bev:
        lea     di, [si + PNP_NEXT]     ; a chain that turns back would never end
        cmp     [es:di], si
        mov     si, di
        ja      .header
.done:  ret

; Call the connection vector ES:AX. It adds its disks to INT 13h.
rom_bcv:
        push    ds
        push    es
        push    fs
        push    gs
        push    cs
        push    .back
        push    es
        push    ax
        push    cs
        pop     es
        mov     di, pnp_check
        retf
.back:  cld
        sti
        pop     gs
        pop     fs
        pop     es
        pop     ds
        ret

; Boot through the entry that a ROM offers, if one does. It comes back when it cannot.
rom_boot:
        mov     fs, [EBDA_PTR]
        cmp     dword [fs:EBDA_BEV], 0
        je      .none
        push    ds
        push    es
        push    fs
        push    cs
        push    .back
        push    dword [fs:EBDA_BEV]
        push    cs
        pop     es
        mov     di, pnp_check
        retf
.back:  cld
        sti
        pop     fs
        pop     es
        pop     ds
.none:  ret

; ---------------------------------------------------------------- ROMs that are files
rom_files:
        call    fw_cfg_probe
        jc      .done
        call    rom_shadow
        call    rom_order
        xor     bp, bp                  ; the directory is read anew for each: BP = files done
.file:  call    fw_cfg_directory
        cmp     bp, cx
        jae     .done
        push    fs
        pop     es
        mov     cx, bp
        inc     cx
.skip:  mov     di, EBDA_NAME
        call    fw_cfg_entry
        loop    .skip
        inc     bp
        mov     si, rom_prefix
        mov     di, EBDA_NAME
        call    rom_begins
        jne     .file
        push    bp
        call    rom_load
        pop     bp
        jmp     .file
.done:  ret

; Behind an i440FX there is no memory from C0000h to FFFFFh until its registers PAM0 to PAM6 say so. Those of C8000h to
; EFFFFh, two areas in each, are opened for reading and writing.
rom_shadow:
        push    bx
        push    di
        xor     bx, bx                  ; the host bridge
        xor     di, di
        call    pci_read32
        cmp     eax, I440FX
        jne     .done
        mov     cl, 0x33
        mov     di, I440FX_PAM2
.next:  call    pci_write8
        inc     di
        cmp     di, I440FX_PAM2 + 5
        jb      .next
.done:  pop     di
        pop     bx
        ret

rom_prefix:
        db      "genroms/", 0
rom_order_prefix:
        db      "/rom@", 0
rom_order_file:
        db      "bootorder", 0

; The beginning of what the machine wants to be booted from, to FS:EBDA_ORDER; zeros if it says nothing.
rom_order:
        mov     dword [fs:EBDA_ORDER], 0
        mov     si, rom_order_file
        call    fw_cfg_find
        jc      .done
        mov     di, fs
        movzx   edi, di
        shl     edi, 4
        add     edi, EBDA_ORDER
        xor     ebx, ebx
        mov     ecx, EBDA_ORDER_SIZE    ; zeros behind its end
        call    fw_cfg_read
.done:  ret

; ZF = 1 if the text at FS:DI begins with that at CS:SI; DI is then behind it. Clobbers DL, SI, DI.
rom_begins:
        mov     dl, [cs:si]
        test    dl, dl
        jz      .done
        cmp     dl, [fs:di]
        jne     .done
        inc     si
        inc     di
        jmp     rom_begins
.done:  ret

; ZF = 1 if the file at FS:EBDA_NAME stands first in the boot order.
rom_is_first:
        pusha
        mov     si, rom_order_prefix
        mov     di, EBDA_ORDER
        call    rom_begins
        jne     .done
        mov     si, EBDA_NAME
.char:  mov     al, [fs:si]
        mov     ah, [fs:di]
        inc     si
        inc     di
        test    al, al
        jz      .end
        cmp     al, ah
        je      .char
.done:  popa
        ret
.end:   cmp     ah, 10                  ; the order has a line for each
        je      .done
        test    ah, ah
        jmp     .done

; Put the file of key AX and size EBX behind the ROMs that are there, and start it.
rom_load:
        mov     ecx, ebx
        mov     dx, ROM_FILES
.place: mov     es, dx
        call    rom_check
        jc      .free
        push    ax
        call    rom_paragraphs
        add     dx, ax
        pop     ax
        cmp     dx, ROM_AREA_END
        jb      .place
        ret
.free:  movzx   edi, dx
        shl     edi, 4
        add     ecx, edi
        cmp     ecx, ROM_AREA_END << 4
        ja      .done                   ; it does not fit
        sub     ecx, edi
        xor     ebx, ebx
        call    fw_cfg_read
        jc      .done
        call    rom_check
        jc      .done
        call    rom_is_first
        jne     .start
        mov     byte [fs:EBDA_BEV_FIRST], 1
        mov     dword [fs:EBDA_BEV], 0  ; its entry counts, not one that was there before
.start: jmp     rom_start
.done:  ret

; ---------------------------------------------------------------- Plug and Play installation check
; Option ROMs look for it at ES:DI: where it is, the BIOS knows boot entries, and they leave INT 19h alone.
pnp_real_mode:                          ; a far call with a function's number: none is supported
        mov     ax, 0x82
        retf
        align   16
pnp_check:
        db      "$PnP", 0x10, 0x21      ; version 1.0, length
        dw      0                       ; no events
        db      pnp_checksum
        dd      0
        dw      pnp_real_mode, BIOS_SEG
        dw      pnp_real_mode           ; protected mode: offset and base
        dd      BIOS_SEG << 4
        dd      0                       ; OEM device
        dw      BIOS_SEG                ; data segments
        dd      BIOS_SEG << 4
pnp_checksum    equ (-("$" + "P" + "n" + "P" + 0x10 + 0x21 + 4 * 0xF0 + 2 * 0x0F + 2 * \
                ((pnp_real_mode - start_of_rom) & 0xFF) + 2 * ((pnp_real_mode - start_of_rom) >> 8))) & 0xFF
