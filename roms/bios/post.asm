; post.asm - from the first instruction to the boot sector.

; The system flag of the 8042 is 0 after a reset of the machine and 1 after its self test. If it is 1
; here, a program jumped to the reset vector to restart the machine: it gets a real reset, so that all
; devices start afresh. A code in the CMOS sees to it that this is tried only once.
post:
        cli
        cld
        mov     al, CMOS_SHUTDOWN | 0x80 ; did a program reset the CPU to come back to real mode?
        out     CMOS_INDEX, al
        in      al, CMOS_DATA
        mov     bl, al
        mov     al, CMOS_SHUTDOWN | 0x80
        out     CMOS_INDEX, al
        mov     al, 0
        out     CMOS_DATA, al
        mov     al, 0x0D
        out     CMOS_INDEX, al
        cmp     bl, 0x0A
        je      .resume
        cmp     bl, 0x05
        je      .resume_eoi
        cmp     bl, SHUTDOWN_RESET
        je      .start
        in      al, KBD_STATUS
        test    al, 0x04
        jz      .start
hard_reset:
        cli
        mov     al, CMOS_SHUTDOWN | 0x80
        out     CMOS_INDEX, al
        mov     al, SHUTDOWN_RESET
        out     CMOS_DATA, al
        mov     al, 0xFE                ; the 8042 pulls the reset line
        out     KBD_STATUS, al
        mov     cx, 0x1000
.wait:  loop    .wait
        in      al, PORT_92             ; or port 92h
        or      al, 1
        out     PORT_92, al
        mov     cx, 0x1000
.again: loop    .again
        jmp     post.start
post.resume_eoi:
        mov     al, 0x20
        out     PIC2, al
        out     PIC1, al
post.resume:
        mov     ax, BDA_SEG
        mov     ds, ax
        jmp     far [RESUME_PTR]

post.start:
        xor     ax, ax
        mov     ss, ax
        mov     sp, BOOT_ADDRESS
        o32 lidt [cs:idt_register]
        in      al, PORT_92             ; A20 on, and no reset
        and     al, 0xFE
        or      al, 0x02
        out     PORT_92, al
        push    BDA_SEG
        pop     ds
        push    ds
        pop     es
        mov     bx, [RESET_FLAG]
        xor     di, di                  ; clear the BDA
        xor     ax, ax
        mov     cx, 0x80
        rep     stosw
        cmp     bx, 0x1234              ; a warm boot stays one
        jne     .cold
        mov     [RESET_FLAG], bx
.cold:  call    install_vectors
        call    pic_post
        call    memory_post             ; from here on FS = EBDA
        call    mtrr_post
        call    pci_post
        call    acpi_post
        call    smbios_post
        call    vbe_post
        mov     word [EQUIPMENT], 0x0026 ; colour 80x25, pointing device, coprocessor
        call    fpu_post
        call    video_post
        call    keyboard_post
        call    time_post
        call    ports_post
        mov     al, 0xC0                ; the first DMA controller is cascaded on channel 4
        out     0xD6, al
        mov     al, 0
        out     0xD4, al
        sti
        call    banner
        call    floppy_post
        call    ata_post
        call    disk_tables_post
        call    option_roms_post
        int     0x19

idt_register:
        dw      0x3FF                   ; 256 vectors; what lies beyond faults
        dd      0

; Two 8259: vectors 08h and 70h. Open are timer, keyboard, cascade, floppy; RTC, mouse, disk.
pic_post:
        mov     al, 0x11                ; ICW1: edge, cascade, ICW4 follows
        out     PIC1, al
        out     PIC2, al
        mov     al, 0x08                ; ICW2: first vector
        out     PIC1_MASK, al
        mov     al, 0x70
        out     PIC2_MASK, al
        mov     al, 0x04                ; ICW3: who is on whose input
        out     PIC1_MASK, al
        mov     al, 0x02
        out     PIC2_MASK, al
        mov     al, 0x01                ; ICW4: 8086
        out     PIC1_MASK, al
        out     PIC2_MASK, al
        mov     al, 0xB8
        out     PIC1_MASK, al
        mov     al, 0xAE
        out     PIC2_MASK, al
        ret

; Equipment bit 1: a coprocessor answers FNINIT and FNSTSW with 0.
fpu_post:
        mov     eax, cr0
        mov     ecx, eax
        and     al, 0xF3                ; no EM, no TS while asking
        and     eax, 0x9FFFFFFF         ; caches on
        mov     cr0, eax
        fninit
        mov     ax, 0x5A5A
        fnstsw  ax
        test    ax, ax
        jz      .done
        and     byte [EQUIPMENT], 0xFD
.done:  ret

video_post:
        mov     byte [VID_CONTROL], 0x60 ; 256 KiB of video memory, cursor emulation
        mov     byte [VID_SWITCHES], 0xF9
        mov     byte [VID_FLAGS], 0x11  ; 400 lines, VGA is active
        mov     byte [VID_DCC], 0x08
        mov     ax, 0x0003
        int     0x10
        ret

; One line: who we are and what is here.
banner:
        mov     si, .name
        call    print
        movzx   eax, word [MEM_KB]
        call    print_dec
        mov     si, .base
        call    print
        mov     al, CMOS_HIGH_MEM
        call    cmos_read_word
        movzx   ebx, ax
        shl     ebx, 6
        jz      .small
        add     ebx, 15 * 1024
        jmp     .print
.small: mov     al, CMOS_EXT_MEM
        call    cmos_read_word
        movzx   ebx, ax
.print: mov     eax, ebx
        call    print_dec
        mov     si, .extended
        jmp     print
.name:  db      "Lucid86 BIOS, ", 0
.base:  db      " KiB base and ", 0
.extended:
        db      " KiB extended memory", 13, 10, 0
