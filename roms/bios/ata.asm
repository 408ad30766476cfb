; ata.asm - ATA disks by programmed I/O: detection and transfers. (ATA/ATAPI-6, T13 1410D.)
;
; Registers of a channel, from its first port (1F0h or 170h): 0 data, 1 error, 2 sector count,
; 3-5 LBA, 6 device, 7 status and command. The control register is 206h further on.

ATA_ERROR       equ 1
ATA_COUNT       equ 2
ATA_LBA_LOW     equ 3
ATA_LBA_HIGH    equ 5
ATA_DEVICE      equ 6
ATA_STATUS      equ 7
ATA_CONTROL     equ 0x206
ATA_BSY         equ 0x80
ATA_DRDY        equ 0x40
ATA_DF          equ 0x20
ATA_DRQ         equ 0x08
ATA_ERR         equ 0x01

ATA_TICKS       equ 91                  ; a drive has 5 s for anything

; Status codes of INT 13h
DISK_OK         equ 0x00
DISK_BAD_CALL   equ 0x01
DISK_NO_MARK    equ 0x02
DISK_PROTECTED  equ 0x03
DISK_NO_SECTOR  equ 0x04
DISK_CHANGED    equ 0x06
DISK_DMA        equ 0x08
DISK_BOUNDARY   equ 0x09
DISK_CRC        equ 0x10
DISK_CONTROLLER equ 0x20
DISK_SEEK       equ 0x40
DISK_TIMEOUT    equ 0x80
DISK_NOT_READY  equ 0xAA
DISK_FAULT      equ 0xCC

; Wait until BSY is 0 on the channel at BX. AL = status; CF = 1: it stayed busy. First in a tight
; loop, then asleep between looks, so that neither a fast nor a slow drive costs more than it must.
ata_wait:
        push    ecx
        push    dx
        push    si
        lea     dx, [bx + ATA_STATUS]
        mov     ecx, 0x10000
        mov     si, ATA_TICKS
.look:  in      al, dx
        test    al, ATA_BSY             ; CF = 0
        jz      .done
        dec     ecx
        jnz     .look
        call    wait_a_moment
        jc      .awake
        mov     cx, 16
        dec     si
        jns     .look
.late:  stc
.done:  pop     si
        pop     dx
        pop     ecx
        ret
.awake: test    si, si                  ; no timer: once more, for long
        jz      .late
        xor     si, si
        mov     ecx, 0x1000000
        jmp     .look

; ---------------------------------------------------------------- detection, in POST
; Fills the records in the EBDA (FS) and HD_COUNT.
ata_post:
        mov     byte [HD_COUNT], 0
        mov     di, EBDA_DISKS
        mov     bx, 0x1F0
        call    .channel
        mov     bx, 0x170
.channel:
        lea     dx, [bx + ATA_STATUS]   ; an empty channel reads FFh
        in      al, dx
        cmp     al, 0xFF
        je      .none
        lea     dx, [bx + ATA_CONTROL]
        mov     al, 0x06                ; software reset, no interrupts
        out     dx, al
        in      al, dx
        in      al, dx
        in      al, dx
        in      al, dx
        mov     al, 0x02
        out     dx, al
        mov     ah, 0xE0
        call    .device
        mov     ah, 0xF0
        call    .device
        lea     dx, [bx + ATA_CONTROL]
        mov     al, 0                   ; interrupts on, as programs expect
        out     dx, al
.none:  ret
.device:
        call    ata_wait
        jc      .none
        lea     dx, [bx + ATA_DEVICE]
        mov     al, ah
        out     dx, al
        call    ata_wait
        jc      .none
        lea     dx, [bx + ATA_LBA_LOW + 1]
        in      al, dx                  ; a packet device shows 14h and EBh here after a reset
        cmp     al, 0x14
        jne     .ata
        inc     dx
        in      al, dx
        cmp     al, 0xEB
        jne     .ata
        cmp     word [fs:CD_PORT], 0    ; the first one is the CD-ROM drive
        jne     .none
        mov     [fs:CD_PORT], bx
        and     ah, 0xB0
        mov     [fs:CD_SELECT], ah
        ret
.ata:   mov     [fs:di + DISK_PORT], bx
        mov     [fs:di + DISK_SELECT], ah
        lea     dx, [bx + ATA_STATUS]   ; nobody is there, or it is not ready
        in      al, dx
        test    al, ATA_DRDY
        jz      .none
        lea     dx, [bx + ATA_COUNT]    ; a device keeps what is written here
        mov     al, 0x55
        out     dx, al
        in      al, dx
        cmp     al, 0x55
        jne     .none
        lea     dx, [bx + ATA_STATUS]
        mov     al, 0xEC                ; IDENTIFY DEVICE
        out     dx, al
        call    ata_wait
        jc      .none
        test    al, ATA_ERR
        jnz     .none
        test    al, ATA_DRQ
        jz      .none
        push    di
        push    es
        push    fs
        pop     es
        mov     di, EBDA_IDENTIFY
        mov     dx, bx
        mov     cx, 256
        rep     insw
        pop     es
        pop     di
        lea     dx, [bx + ATA_STATUS]
        in      al, dx
        test    byte [fs:EBDA_IDENTIFY + 49 * 2 + 1], 2
        jz      .none                   ; only disks with LBA
        mov     byte [fs:di + DISK_FLAGS], 0
        mov     eax, [fs:EBDA_IDENTIFY + 60 * 2]
        xor     edx, edx
        test    byte [fs:EBDA_IDENTIFY + 83 * 2 + 1], 4
        jz      .size                   ; LBA48?
        mov     byte [fs:di + DISK_FLAGS], 1
        mov     ecx, [fs:EBDA_IDENTIFY + 100 * 2]
        mov     esi, [fs:EBDA_IDENTIFY + 102 * 2]
        and     esi, 0xFFFF
        cmp     esi, edx
        ja      .large
        cmp     ecx, eax
        jbe     .size
.large: mov     eax, ecx
        mov     edx, esi
.size:  mov     [fs:di + DISK_SECTORS], eax
        mov     [fs:di + DISK_SECTORS + 4], edx
        or      eax, edx
        jz      .none
        call    ata_geometry
        add     di, DISK_RECORD
        inc     byte [HD_COUNT]
        ret

; The geometry that INT 13h shows for the disk at FS:DI. One that the drive names is used when it
; fits into the 10 bits of a cylinder; otherwise 63 sectors and as few heads as make it fit.
ata_geometry:
        mov     ax, [fs:EBDA_IDENTIFY + 1 * 2]
        mov     cx, [fs:EBDA_IDENTIFY + 3 * 2]
        mov     dx, [fs:EBDA_IDENTIFY + 6 * 2]
        test    ax, ax
        jz      .translate
        test    cx, cx
        jz      .translate
        test    dx, dx
        jz      .translate
        cmp     ax, 1024
        ja      .translate
        cmp     cx, 255
        ja      .translate
        cmp     dx, 63
        jbe     .store
.translate:
        mov     cx, 16
.heads: movzx   esi, cx
        imul    esi, 63                 ; sectors in a cylinder
        mov     eax, [fs:di + DISK_SECTORS]
        mov     edx, [fs:di + DISK_SECTORS + 4]
        cmp     edx, esi
        jae     .too_many               ; the quotient would not fit
        div     esi
        cmp     eax, 1024
        jbe     .fits
.too_many:
        cmp     cx, 255
        je      .limit
        add     cx, cx
        cmp     cx, 256
        jne     .heads
        dec     cx
        jmp     .heads
.limit: mov     eax, 1024
.fits:  mov     dx, 63
        test    ax, ax
        jnz     .store
        inc     ax
.store: mov     [fs:di + DISK_CYLINDERS], ax
        mov     [fs:di + DISK_HEADS], cx
        mov     [fs:di + DISK_SPT], dx
        ret

; ---------------------------------------------------------------- transfers
; Do what the request in the EBDA says. AH = status, CF = 1 on an error; REQ_DONE tells how many
; sectors are done. Clobbers everything but BP, DS, FS.
ata_transfer:
        mov     word [fs:REQ_DONE], 0
        mov     di, [fs:REQ_DISK]
        mov     bx, [fs:di + DISK_PORT]
        lea     dx, [bx + ATA_CONTROL]
        mov     al, 0x02                ; the BIOS polls
        out     dx, al
.command:
        mov     ax, [fs:REQ_COUNT]
        test    ax, ax
        jz      .ok
        cmp     ax, 128
        jbe     .chunk
        mov     ax, 128
.chunk: mov     [fs:REQ_CHUNK], ax
        call    ata_command
        jc      .end
        cmp     byte [fs:REQ_OP], OP_VERIFY
        je      .verify
.sector:
        call    ata_wait
        jc      .timeout
        test    al, ATA_ERR | ATA_DF
        jnz     .error
        test    al, ATA_DRQ
        jz      .controller
        call    ata_data
        call    ata_advance
        dec     word [fs:REQ_CHUNK]
        jnz     .sector
        call    ata_wait                ; the last sector of a write can still fail
        jc      .timeout
        test    al, ATA_ERR | ATA_DF
        jz      .command
        cmp     byte [fs:REQ_OP], OP_WRITE
        jne     .command
        dec     word [fs:REQ_DONE]
        jmp     .error
.verify:
        call    ata_wait
        jc      .timeout
        test    al, ATA_ERR | ATA_DF
        jnz     .error
.count: call    ata_advance
        dec     word [fs:REQ_CHUNK]
        jnz     .count
        jmp     .command
.ok:    mov     ah, DISK_OK
        jmp     .end
.timeout:
        mov     ah, DISK_TIMEOUT
        jmp     .end
.controller:
        mov     ah, DISK_CONTROLLER
        jmp     .end
.error: mov     ah, DISK_CONTROLLER
        test    al, ATA_DF
        jnz     .end
        lea     dx, [bx + ATA_ERROR]
        in      al, dx
        mov     ah, DISK_NO_SECTOR
        test    al, 0x10                ; ID not found
        jnz     .end
        mov     ah, DISK_CRC
        test    al, 0xC0                ; uncorrectable, bad block
        jnz     .end
        mov     ah, DISK_CONTROLLER
        test    al, 0x04                ; aborted: a write means a protected disk
        jz      .end
        cmp     byte [fs:REQ_OP], OP_WRITE
        jne     .end
        mov     ah, DISK_PROTECTED
.end:   lea     dx, [bx + ATA_CONTROL]
        mov     al, 0
        out     dx, al
        cmp     ah, 1                   ; CF = 1 for AH = 0
        cmc
        ret

; Send the command for REQ_CHUNK sectors at REQ_LBA. AH, CF as above.
ata_command:
        call    ata_wait
        jc      .timeout
        mov     eax, [fs:REQ_LBA]
        movzx   ecx, word [fs:REQ_CHUNK]
        mov     ch, 0                   ; CH = 1: LBA48
        add     eax, ecx
        jc      .big
        cmp     eax, 0x10000000
        ja      .big
        cmp     dword [fs:REQ_LBA + 4], 0
        je      .select
.big:   mov     ch, 1
.select:
        lea     dx, [bx + ATA_DEVICE]
        mov     al, [fs:REQ_LBA + 3]
        and     al, 0x0F
        test    ch, ch
        jz      .lba28
        mov     al, 0
.lba28: or      al, [fs:di + DISK_SELECT]
        out     dx, al
        call    ata_wait
        jc      .timeout
        test    al, ATA_DRDY
        jz      .not_ready
        lea     dx, [bx + ATA_COUNT]
        test    ch, ch
        jz      .low
        mov     al, 0                   ; high bytes first, each register holds two
        out     dx, al
        mov     al, [fs:REQ_LBA + 3]
        inc     dx
        out     dx, al
        mov     al, [fs:REQ_LBA + 4]
        inc     dx
        out     dx, al
        mov     al, [fs:REQ_LBA + 5]
        inc     dx
        out     dx, al
        sub     dx, ATA_LBA_HIGH - ATA_COUNT
.low:   mov     al, cl
        out     dx, al
        mov     al, [fs:REQ_LBA]
        inc     dx
        out     dx, al
        mov     al, [fs:REQ_LBA + 1]
        inc     dx
        out     dx, al
        mov     al, [fs:REQ_LBA + 2]
        inc     dx
        out     dx, al
        add     dx, ATA_STATUS - ATA_LBA_HIGH
        movzx   si, byte [fs:REQ_OP]
        add     si, si
        mov     ax, [cs:.commands + si]
        test    ch, ch
        jz      .send
        mov     al, ah
.send:  out     dx, al
        push    dx
        lea     dx, [bx + ATA_CONTROL]  ; 400 ns until the status is valid: four reads of its twin
        in      al, dx
        in      al, dx
        in      al, dx
        in      al, dx
        pop     dx
        clc
        ret
.timeout:
        mov     ah, DISK_TIMEOUT
        stc
        ret
.not_ready:
        mov     ah, DISK_NOT_READY
        stc
        ret
.commands:
        db      0x20, 0x24, 0x30, 0x34, 0x40, 0x42      ; read, write, verify; LBA28 and LBA48

; One sector through the data port. Where it would wrap in its segment, the segment moves up.
ata_data:
        push    di
        mov     ax, [fs:REQ_OFFSET]
        cmp     ax, 0x10000 - 512
        jbe     .fits
        mov     dx, ax
        shr     dx, 4
        add     [fs:REQ_SEGMENT], dx
        and     ax, 15
        mov     [fs:REQ_OFFSET], ax
.fits:  mov     cx, 256
        mov     dx, bx
        cmp     byte [fs:REQ_OP], OP_WRITE
        je      .write
        push    es
        mov     di, ax
        mov     es, [fs:REQ_SEGMENT]
        rep     insw
        pop     es
        jmp     .done
.write: push    ds
        mov     si, ax
        mov     ds, [fs:REQ_SEGMENT]
        rep     outsw
        pop     ds
.done:  add     word [fs:REQ_OFFSET], 512
        jnc     .same
        add     word [fs:REQ_SEGMENT], 0x1000
.same:  pop     di
        ret

ata_advance:                            ; one sector more
        add     dword [fs:REQ_LBA], 1
        adc     dword [fs:REQ_LBA + 4], 0
        inc     word [fs:REQ_DONE]
        dec     word [fs:REQ_COUNT]
        ret

; Software reset of the channel of the disk at FS:DI
ata_reset:
        mov     bx, [fs:di + DISK_PORT]
        lea     dx, [bx + ATA_CONTROL]
        mov     al, 0x06
        out     dx, al
        in      al, dx
        in      al, dx
        in      al, dx
        in      al, dx
        mov     al, 0
        out     dx, al
        call    ata_wait
        mov     ah, DISK_OK
        jnc     .done
        mov     ah, DISK_TIMEOUT
.done:  ret
