; video_vbe.asm - INT 10h AH=4Fh: modes of the Bochs display interface (VESA BIOS Extension 2.0).
;
; Every mode has a linear frame buffer (the adapter's PCI base 0) and banks of 64 KiB at A0000h.

DISPI_INDEX     equ 0x1CE
DISPI_DATA      equ 0x1CF
DISPI_ID        equ 0
DISPI_WIDTH     equ 1
DISPI_HEIGHT    equ 2
DISPI_DEPTH     equ 3
DISPI_ENABLE    equ 4
DISPI_BANK      equ 5
DISPI_VIRT_WIDTH equ 6
DISPI_VIRT_HEIGHT equ 7
DISPI_X         equ 8
DISPI_Y         equ 9
DISPI_MEMORY    equ 10
DISPI_ON        equ 0x01
DISPI_DAC8      equ 0x20
DISPI_LINEAR    equ 0x40
DISPI_KEEP      equ 0x80

VBE_LINEAR      equ 0x4000              ; in a mode's number: by the linear frame buffer
VBE_KEEP        equ 0x8000              ; do not clear

; Mode, width, height, bits a pixel
%macro VBE_MODE 4
        dw      %1, %2, %3, %4
%endmacro
vbe_modes:
        VBE_MODE 0x100, 640, 400, 8
        VBE_MODE 0x101, 640, 480, 8
        VBE_MODE 0x103, 800, 600, 8
        VBE_MODE 0x105, 1024, 768, 8
        VBE_MODE 0x107, 1280, 1024, 8
        VBE_MODE 0x10D, 320, 200, 15
        VBE_MODE 0x10E, 320, 200, 16
        VBE_MODE 0x10F, 320, 200, 24
        VBE_MODE 0x110, 640, 480, 15
        VBE_MODE 0x111, 640, 480, 16
        VBE_MODE 0x112, 640, 480, 24
        VBE_MODE 0x113, 800, 600, 15
        VBE_MODE 0x114, 800, 600, 16
        VBE_MODE 0x115, 800, 600, 24
        VBE_MODE 0x116, 1024, 768, 15
        VBE_MODE 0x117, 1024, 768, 16
        VBE_MODE 0x118, 1024, 768, 24
        VBE_MODE 0x119, 1280, 1024, 15
        VBE_MODE 0x11A, 1280, 1024, 16
        VBE_MODE 0x11B, 1280, 1024, 24
        VBE_MODE 0x140, 320, 200, 32    ; not VESA's numbers, but Bochs's
        VBE_MODE 0x141, 640, 400, 32
        VBE_MODE 0x142, 640, 480, 32
        VBE_MODE 0x143, 800, 600, 32
        VBE_MODE 0x144, 1024, 768, 32
        VBE_MODE 0x145, 1280, 1024, 32
vbe_modes_end:
VBE_MODE_SIZE   equ 8

; Sizes and places of red, green, blue and the rest
vbe_masks_15:   db      5, 10, 5, 5, 5, 0, 1, 15
vbe_masks_16:   db      5, 11, 6, 5, 5, 0, 0, 0
vbe_masks_24:   db      8, 16, 8, 8, 8, 0, 0, 0
vbe_masks_32:   db      8, 16, 8, 8, 8, 0, 8, 24

; ---------------------------------------------------------------- the registers
; AL = register, BX = value. Preserves all.
dispi_write:
        push    ax
        push    dx
        mov     ah, 0
        mov     dx, DISPI_INDEX
        out     dx, ax
        mov     ax, bx
        inc     dx
        out     dx, ax
        pop     dx
        pop     ax
        ret
; AL = register -> AX
dispi_read:
        push    dx
        mov     ah, 0
        mov     dx, DISPI_INDEX
        out     dx, ax
        inc     dx
        in      ax, dx
        pop     dx
        ret
; CF = 1: there is no such interface. Preserves AX.
dispi_present:
        push    ax
        mov     al, DISPI_ID
        call    dispi_read
        and     ax, 0xFFF0
        cmp     ax, 0xB0C0              ; CF = 0 where they are equal
        je      .done
        stc
.done:  pop     ax
        ret
; A mode of the VGA is to be set: the interface goes off. Preserves all.
dispi_off:
        call    dispi_present
        jc      .done
        push    ax
        push    bx
        mov     al, DISPI_ENABLE
        xor     bx, bx
        call    dispi_write
        pop     bx
        pop     ax
.done:  push    fs
        mov     fs, [EBDA_PTR]
        mov     word [fs:EBDA_VBE_MODE], 0
        pop     fs
        ret

; POST: where the linear frame buffer is. FS = EBDA.
vbe_post:
        call    pci_present
        jc      .done
        mov     si, .match
        call    pci_each
        jnc     .done
        mov     di, PCI_BAR0
        call    pci_read32
        and     al, 0xF0
        mov     [fs:EBDA_VBE_FRAME], eax
.done:  ret
.match: cmp     eax, 0x11111234
        clc
        jne     .other
        stc
.other: ret

; ---------------------------------------------------------------- INT 10h, AH = 4Fh
vbe_service:
        call    dispi_present
        jc      video_nothing
        mov     fs, [EBDA_PTR]
        movzx   si, al
        mov     word [bp + R_AX], 0x014F ; failed
        cmp     si, (.table_end - .table) / 2
        jae     .unknown
        add     si, si
        jmp     [cs:.table + si]
.unknown:
        mov     byte [bp + R_AL], al    ; no such function: AL is not 4Fh
        ret
.table: dw      vbe_information, vbe_mode_information, vbe_set_mode, vbe_get_mode
        dw      video_nothing, vbe_bank, vbe_scan_line, vbe_start
        dw      vbe_dac_width, vbe_palette
.table_end:
vbe_ok: mov     word [bp + R_AX], 0x004F
        ret

; 00h: ES:DI = 256 bytes, or 512 that begin with "VBE2"
vbe_information:
        cmp     dword [es:di], "VBE2"
        pushf
        mov     bx, di
        xor     ax, ax
        mov     cx, 128
        rep     stosw
        mov     dword [es:bx], "VESA"
        mov     word [es:bx + 4], 0x0200
        mov     word [es:bx + 6], .oem
        mov     [es:bx + 8], cs
        mov     dword [es:bx + 10], 1   ; the DAC can have 8 bits a colour
        lea     di, [bx + 34]           ; the list of modes lies in the reserved part
        mov     [es:bx + 14], di
        mov     [es:bx + 16], es
        mov     al, DISPI_MEMORY
        call    dispi_read
        mov     [es:bx + 18], ax
        mov     si, vbe_modes
.mode:  mov     ax, [cs:si]
        stosw
        add     si, VBE_MODE_SIZE
        cmp     si, vbe_modes_end
        jb      .mode
        mov     ax, 0xFFFF
        stosw
        popf
        jne     vbe_ok
        mov     word [es:bx + 20], 0x0100
        mov     word [es:bx + 22], .oem
        mov     [es:bx + 24], cs
        mov     word [es:bx + 26], .oem
        mov     [es:bx + 28], cs
        mov     word [es:bx + 30], .revision
        mov     [es:bx + 32], cs
        jmp     vbe_ok
.oem:   db      "Lucid86", 0
.revision:
        db      "1.0", 0

; CX = mode without its flags -> SI = row. CF = 1: no such mode.
vbe_find:
        mov     si, vbe_modes
.next:  cmp     cx, [cs:si]
        je      .done                   ; CF = 0
        add     si, VBE_MODE_SIZE
        cmp     si, vbe_modes_end
        jb      .next
        stc
.done:  ret

; Row SI -> EAX = bytes of a line. Clobbers CX.
vbe_pitch:
        movzx   eax, word [cs:si + 2]
        mov     cx, [cs:si + 6]
        add     cx, 7
        shr     cx, 3
        movzx   ecx, cx
        imul    eax, ecx
        ret

; 01h: CX = mode, ES:DI = 256 bytes
vbe_mode_information:
        and     cx, 0x01FF
        call    vbe_find
        jc      video_nothing
        mov     bx, di
        xor     ax, ax
        mov     cx, 128
        rep     stosw
        mov     word [es:bx], 0x009B    ; there, colour, graphics, linear frame buffer
        cmp     dword [fs:EBDA_VBE_FRAME], 0
        jne     .linear
        mov     word [es:bx], 0x001B
.linear:
        mov     byte [es:bx + 2], 0x07  ; a window that can be moved, read and written
        mov     word [es:bx + 4], 64
        mov     word [es:bx + 6], 64
        mov     word [es:bx + 8], 0xA000
        mov     word [es:bx + 12], vbe_window
        mov     [es:bx + 14], cs
        call    vbe_pitch
        mov     [es:bx + 16], ax
        mov     [es:bx + 50], ax
        mov     edx, eax
        mov     ax, [cs:si + 2]
        mov     [es:bx + 18], ax
        movzx   ecx, word [cs:si + 4]
        mov     [es:bx + 20], cx
        imul    ecx, edx
        mov     word [es:bx + 22], 0x1008 ; characters of 8 by 16
        mov     byte [es:bx + 24], 1
        mov     al, [cs:si + 6]
        mov     [es:bx + 25], al
        mov     byte [es:bx + 26], 1
        mov     byte [es:bx + 27], 4    ; packed pixels
        mov     byte [es:bx + 30], 1
        push    ax
        mov     al, DISPI_MEMORY        ; pictures that fit, less one
        call    dispi_read
        movzx   eax, ax
        shl     eax, 16
        xor     edx, edx
        div     ecx
        dec     eax
        cmp     eax, 255
        jbe     .pages
        mov     al, 255
.pages: mov     [es:bx + 29], al
        mov     [es:bx + 52], al
        mov     [es:bx + 53], al
        mov     eax, [fs:EBDA_VBE_FRAME]
        mov     [es:bx + 40], eax
        pop     ax
        cmp     al, 8
        je      vbe_ok
        mov     byte [es:bx + 27], 6    ; direct colour
        mov     si, vbe_masks_15
        cmp     al, 16
        jb      .masks
        mov     si, vbe_masks_16
        je      .masks
        mov     si, vbe_masks_24
        cmp     al, 24
        je      .masks
        mov     si, vbe_masks_32
        mov     byte [es:bx + 39], 2    ; the rest may be used
.masks: mov     eax, [cs:si]
        mov     edx, [cs:si + 4]
        mov     [es:bx + 31], eax
        mov     [es:bx + 35], edx
        mov     [es:bx + 54], eax       ; the same for the linear frame buffer
        mov     [es:bx + 58], edx
        jmp     vbe_ok

; 02h: BX = mode
vbe_set_mode:
        mov     cx, bx
        and     cx, 0x07FF
        cmp     cx, 0x0100
        jae     .graphics
        mov     al, cl
        and     al, 0x7F
        test    bh, 0x80
        jz      .clear
        or      al, 0x80
.clear: call    video_set_mode
        jmp     vbe_ok
.graphics:
        call    vbe_find
        jc      video_nothing
        push    bx
        push    si
        mov     al, 0x93                ; its palette and its registers, without clearing
        call    video_set_mode
        pop     si
        mov     al, DISPI_WIDTH
        mov     bx, [cs:si + 2]
        call    dispi_write
        mov     al, DISPI_HEIGHT
        mov     bx, [cs:si + 4]
        call    dispi_write
        mov     al, DISPI_DEPTH
        mov     bx, [cs:si + 6]
        call    dispi_write
        pop     cx
        mov     bx, DISPI_ON
        test    ch, VBE_LINEAR >> 8
        jz      .banked
        or      bl, DISPI_LINEAR
.banked:
        test    ch, VBE_KEEP >> 8
        jz      .enable
        or      bl, DISPI_KEEP
.enable:
        mov     al, DISPI_ENABLE
        call    dispi_write
        mov     fs, [EBDA_PTR]
        mov     [fs:EBDA_VBE_MODE], cx
        jmp     vbe_ok

; 03h: -> BX = mode
vbe_get_mode:
        mov     ax, [fs:EBDA_VBE_MODE]
        test    ax, ax
        jnz     .tell
        mov     al, [VID_MODE]
.tell:  mov     [bp + R_BX], ax
        jmp     vbe_ok

; 05h: BH = 0: window BL shows bank DX; BH = 1: -> DX
vbe_bank:
        test    bl, bl
        jnz     video_nothing
        mov     al, DISPI_BANK
        cmp     bh, 1
        ja      video_nothing
        je      .get
        mov     bx, dx
        call    dispi_write
        jmp     vbe_ok
.get:   call    dispi_read
        mov     [bp + R_DX], ax
        jmp     vbe_ok
; The same as a function that a program calls directly: BH, BL, DX
vbe_window:
        push    ax
        push    bx
        mov     al, DISPI_BANK
        cmp     bh, 1
        je      .get
        mov     bx, dx
        call    dispi_write
        jmp     .done
.get:   call    dispi_read
        mov     dx, ax
.done:  pop     bx
        pop     ax
        retf

; -> ECX = bytes a pixel
vbe_pixel:
        push    ax
        mov     al, DISPI_DEPTH
        call    dispi_read
        add     ax, 7
        shr     ax, 3
        movzx   ecx, ax
        pop     ax
        ret

; 06h: BL = 0: lines of CX pixels, 1: what are they?, 2: lines of CX bytes, 3: the longest -> BX bytes, CX pixels, DX lines
vbe_scan_line:
        cmp     bl, 3
        ja      video_nothing
        je      .most
        cmp     bl, 1
        je      .tell
        mov     ax, cx
        cmp     bl, 0
        je      .set
        call    vbe_pixel
        xor     dx, dx
        div     cx
.set:   mov     bx, ax
        mov     al, DISPI_VIRT_WIDTH
        call    dispi_write
.tell:  mov     al, DISPI_VIRT_WIDTH
        call    dispi_read
        mov     [bp + R_CX], ax
        call    vbe_pixel
        mul     cx
        mov     [bp + R_BX], ax
        mov     al, DISPI_VIRT_HEIGHT
        call    dispi_read
        mov     [bp + R_DX], ax
        jmp     vbe_ok
.most:  mov     ax, 2560
        mov     [bp + R_CX], ax
        call    vbe_pixel
        mul     cx
        mov     [bp + R_BX], ax
        movzx   ecx, ax
        mov     al, DISPI_MEMORY
        call    dispi_read
        movzx   eax, ax
        shl     eax, 16
        xor     edx, edx
        div     ecx
        mov     [bp + R_DX], ax
        jmp     vbe_ok

; 07h: BL = 0, 80h: the picture begins at pixel CX of line DX; 1: where?
vbe_start:
        and     bl, 0x7F
        cmp     bl, 1
        ja      video_nothing
        je      .tell
        mov     bx, cx
        mov     al, DISPI_X
        call    dispi_write
        mov     bx, dx
        mov     al, DISPI_Y
        call    dispi_write
        jmp     vbe_ok
.tell:  mov     byte [bp + R_BH], 0
        mov     al, DISPI_X
        call    dispi_read
        mov     [bp + R_CX], ax
        mov     al, DISPI_Y
        call    dispi_read
        mov     [bp + R_DX], ax
        jmp     vbe_ok

; 08h: BL = 0: BH bits a colour in the palette, 1: how many? -> BH
vbe_dac_width:
        cmp     bl, 1
        ja      video_nothing
        je      .tell
        mov     ch, bh
        mov     al, DISPI_ENABLE
        call    dispi_read
        mov     bx, ax
        and     bl, ~DISPI_DAC8
        cmp     ch, 8
        jb      .set
        or      bl, DISPI_DAC8
.set:   mov     al, DISPI_ENABLE
        call    dispi_write
.tell:  mov     al, DISPI_ENABLE
        call    dispi_read
        mov     ah, 6
        test    al, DISPI_DAC8
        jz      .bits
        mov     ah, 8
.bits:  mov     [bp + R_BH], ah
        jmp     vbe_ok

; 09h: BL = 0, 80h: CX colours from DX on out of ES:DI (blue, green, red, 0); 1: into it
vbe_palette:
        and     bl, 0x7F
        cmp     bl, 1
        ja      video_nothing
        mov     al, dl
        je      .get
        mov     dx, VGA_DAC_WRITE
        out     dx, al
        inc     dx
.set:   jcxz    .done
        mov     al, [es:di + 2]
        out     dx, al
        mov     al, [es:di + 1]
        out     dx, al
        mov     al, [es:di]
        out     dx, al
        add     di, 4
        dec     cx
        jmp     .set
.get:   mov     dx, VGA_DAC_READ
        out     dx, al
        inc     dx
        inc     dx
.read:  jcxz    .done
        in      al, dx
        mov     [es:di + 2], al
        in      al, dx
        mov     [es:di + 1], al
        in      al, dx
        mov     [es:di], al
        mov     byte [es:di + 3], 0
        add     di, 4
        dec     cx
        jmp     .read
.done:  jmp     vbe_ok
