; boot.asm - INT 19h finds a boot sector, INT 18h says that there is none.

BOOT_ADDRESS    equ 0x7C00

int18:
        push    cs
        pop     ds
        mov     si, no_boot_text
        call    print
        jmp     stop
no_boot_text:
        db      "No bootable disk found. Stopped.", 13, 10, 0

; The order stands in the CMOS: 1 floppy, 2 hard disk, 3 CD-ROM; 0 ends the list. Without an
; order: hard disk, floppy, CD-ROM. An option ROM that boots comes last, or first if the machine says so.
int19:
        cli
        xor     ax, ax
        mov     ss, ax
        mov     sp, BOOT_ADDRESS
        sti
        cld
        push    BDA_SEG
        pop     ds
        mov     fs, [EBDA_PTR]
        cmp     byte [fs:EBDA_BEV_FIRST], 1
        jne     .disks
        call    rom_boot
.disks: mov     al, CMOS_BOOT3
        call    cmos_read
        mov     bl, al
        shr     bl, 4
        mov     al, CMOS_BOOT12
        call    cmos_read
        test    al, al
        mov     ah, bl
        jnz     .order
        mov     ax, 0x0312              ; hard disk, floppy, CD-ROM
.order: test    ax, ax
        jz      .none
        mov     bl, al
        shr     ax, 4
        and     bl, 0x0F
        push    ax
        call    .device
        pop     ax
        jmp     .order
.none:  mov     fs, [EBDA_PTR]
        cmp     byte [fs:EBDA_BEV_FIRST], 1
        je      .nothing                ; it was tried
        call    rom_boot
.nothing:
        int     0x18

.device:
        cmp     bl, 1
        je      .floppy
        cmp     bl, 3
        je      cd_boot
        cmp     bl, 2
        jne     .return                 ; the network is not for this BIOS
        mov     dl, 0x80
.disk:  mov     al, dl
        sub     al, 0x80
        cmp     al, [HD_COUNT]
        jae     .return
        call    try_boot
        inc     dx
        jmp     .disk
.floppy:
        test    byte [EQUIPMENT], 1
        jz      .return
        mov     dl, 0
        call    try_boot
.return:
        ret

; Boot from drive DL. Returns if that is impossible, after a line that says why.
try_boot:
        pusha
        push    ds
        push    es
        push    0
        pop     es
        mov     di, 3                   ; the first try may only tell that the disk was changed
.read:  mov     ax, 0x0201
        mov     bx, BOOT_ADDRESS
        mov     cx, 1
        mov     dh, 0
        int     0x13
        jnc     .loaded
        cmp     ah, DISK_TIMEOUT        ; no disk: trying again would not help
        je      .empty
        dec     di
        jnz     .read
        mov     bl, ah
        call    print_drive
        mov     si, try_boot.error
        call    print
        mov     al, bl
        call    print_hex8
        jmp     .end
.empty: mov     si, .no_disk
        call    print_drive
        jmp     .say
.loaded:
        cmp     word [es:BOOT_ADDRESS + 510], 0xAA55
        je      .go
        call    print_drive
        mov     si, .no_signature
.say:   call    print
.end:   mov     si, .skipped
        call    print
        pop     es
        pop     ds
        popa
        ret
.go:    mov     ax, BOOT_ADDRESS
        xor     bx, bx
; A boot program at BX:AX, for drive DL
boot_go:
        xor     cx, cx
        mov     ss, cx
        mov     sp, BOOT_ADDRESS
        sti
        push    bx
        push    ax
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        movzx   edx, dl
        xor     ebx, ebx
        xor     ecx, ecx
        xor     esi, esi
        xor     edi, edi
        xor     ebp, ebp
        mov     eax, 0xAA55
        retf                            ; SP is BOOT_ADDRESS
try_boot.no_signature:
        db      "no 55 AA at the end of the boot sector", 0
try_boot.no_disk:
        db      "no disk in the drive", 0
try_boot.error: db      "read error ", 0
try_boot.skipped:
        db      ", skipped.", 13, 10, 0

print_drive:                            ; "Floppy 0: " or "Hard disk 0: " for DL
        push    ax
        push    si
        mov     si, .floppy
        test    dl, 0x80
        jz      .name
        mov     si, .disk
.name:  call    print
        mov     al, dl
        and     al, 0x7F
        add     al, "0"
        call    print_char
        mov     si, .colon
        call    print
        pop     si
        pop     ax
        ret
.floppy:
        db      "Floppy ", 0
.disk:  db      "Hard disk ", 0
.colon: db      ": ", 0
