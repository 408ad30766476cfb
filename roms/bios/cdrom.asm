; cdrom.asm - one ATAPI CD-ROM drive: INT 13h for DL = E0h with its blocks of 2,048 bytes, and boot
; after El Torito (version 1.0): without emulation, or with a diskette's image as drive A.

CD_DRIVE        equ 0xE0                ; its drive number
CD_BLOCK_WORDS  equ 1024
CD_BUFFER_SEG   equ 0x0800              ; what is looked at before there is a boot program
CD_TRIES        equ 4

; CD_STATE
CD_PLAIN        equ 1                   ; booted without emulation
CD_FLOPPY       equ 2                   ; an image is drive A

SCSI_TEST_READY equ 0x00
SCSI_SENSE      equ 0x03
SCSI_START_STOP equ 0x1B
SCSI_PREVENT    equ 0x1E
SCSI_CAPACITY   equ 0x25
SCSI_READ       equ 0x28

; ---------------------------------------------------------------- packets
; A new packet of zeros, with command AL.
cd_new_packet:
        mov     dword [fs:CD_PACKET], 0
        mov     dword [fs:CD_PACKET + 4], 0
        mov     dword [fs:CD_PACKET + 8], 0
        mov     [fs:CD_PACKET], al
        ret

; Send the packet. BX = port, AL = status; CF = 1: refused, or the drive does not answer. Clobbers DX.
cd_send:
        push    cx
        push    si
        push    ds
        mov     bx, [fs:CD_PORT]
        lea     dx, [bx + ATA_CONTROL]
        mov     al, 0x02                ; the BIOS polls
        out     dx, al
        call    ata_wait
        jc      .end
        lea     dx, [bx + ATA_DEVICE]
        mov     al, [fs:CD_SELECT]
        out     dx, al
        call    ata_wait
        jc      .end
        lea     dx, [bx + ATA_ERROR]    ; features: no DMA
        mov     al, 0
        out     dx, al
        lea     dx, [bx + ATA_LBA_LOW + 1] ; at most a block at once
        out     dx, al
        inc     dx
        mov     al, (CD_BLOCK_WORDS * 2) >> 8
        out     dx, al
        lea     dx, [bx + ATA_STATUS]
        mov     al, 0xA0                ; PACKET
        out     dx, al
        call    cd_settle
        jc      .end
        test    al, ATA_DRQ
        jz      .bad
        push    fs
        pop     ds
        mov     si, CD_PACKET
        mov     cx, 6
        mov     dx, bx
        rep     outsw
        call    cd_settle
        jmp     .end
.bad:   stc
.end:   pop     ds
        pop     si
        pop     cx
        ret

; After 400 ns, wait until the drive at BX is done. AL = status; CF = 1: it never was, or failed.
cd_settle:
        push    dx
        lea     dx, [bx + ATA_CONTROL]
        in      al, dx
        in      al, dx
        in      al, dx
        in      al, dx
        pop     dx
        call    ata_wait
        jc      .done
        test    al, ATA_ERR             ; CF = 0
        jz      .done
        stc
.done:  ret

; Interrupts of the channel on again, as programs expect. Preserves all and the flags.
cd_release:
        pushf
        push    ax
        push    dx
        mov     dx, [fs:CD_PORT]
        add     dx, ATA_CONTROL
        mov     al, 0
        out     dx, al
        pop     dx
        pop     ax
        popf
        ret

; A packet without data, AL = command. CF = 1: refused.
cd_simple:
        push    bx
        push    dx
        call    cd_send
        call    cd_release
        pop     dx
        pop     bx
        ret

; Why the last packet was refused: AL = sense key, AH = additional code. Clobbers DX.
cd_sense:
        push    bx
        push    cx
        mov     al, SCSI_SENSE
        call    cd_new_packet
        mov     byte [fs:CD_PACKET + 4], 18
        call    cd_send
        mov     ax, 0
        jc      .end
        mov     cx, 9
        mov     dx, bx
.word:  push    ax                      ; words 1 and 6 count
        in      ax, dx
        cmp     cl, 9 - 1
        jne     .code
        pop     bx
        mov     ah, 0
        and     al, 15
        push    ax
        jmp     .next
.code:  cmp     cl, 9 - 6
        jne     .next
        pop     bx
        mov     bh, al
        push    bx
.next:  pop     ax
        loop    .word
        mov     bx, [fs:CD_PORT]
        push    ax
        call    ata_wait
        pop     ax
.end:   call    cd_release
        pop     cx
        pop     bx
        ret

; CF = 1: no disc is in the drive, or it does not become ready.
cd_ready:
        push    cx
        push    dx
        mov     cx, 200
.again: mov     al, SCSI_TEST_READY
        call    cd_new_packet
        call    cd_simple
        jnc     .done
        call    cd_sense
        cmp     ah, 0x3A                ; no medium
        je      .none
        cmp     al, 6                   ; the drive was reset, or the disc is new: ask once more
        je      .next
        call    wait_a_moment           ; it spins up
.next:  loop    .again
.none:  stc
.done:  pop     dx
        pop     cx
        ret

; Part of a block: EAX = block, SI = words to leave out, CX = words to ES:DI, which moves on. CF = 1:
; failed, AL = sense key. Clobbers EAX.
cd_read_words:
        push    bx
        push    edx
        push    bp
        mov     bp, CD_TRIES
.again: push    eax
        push    di
        push    cx
        xchg    al, ah                  ; highest byte first
        rol     eax, 16
        xchg    al, ah
        mov     edx, eax
        mov     al, SCSI_READ
        call    cd_new_packet
        mov     [fs:CD_PACKET + 2], edx
        mov     byte [fs:CD_PACKET + 8], 1
        call    cd_send
        jc      .failed
        test    al, ATA_DRQ
        jz      .failed
        mov     dx, bx
        push    cx
        mov     cx, si
        call    cd_skip
        pop     cx
        mov     bx, CD_BLOCK_WORDS
        sub     bx, si
        sub     bx, cx
        rep     insw
        mov     cx, bx
        call    cd_skip
        mov     bx, [fs:CD_PORT]
        call    cd_settle
        jc      .failed
        call    cd_release
        pop     cx
        add     sp, 2
        pop     eax
        clc
.end:   pop     bp
        pop     edx
        pop     bx
        ret
.failed:
        call    cd_sense
        mov     dx, ax
        pop     cx
        pop     di
        pop     eax
        dec     bp
        jnz     .again
        mov     al, dl
        stc
        jmp     .end
cd_skip:                                ; CX words from port DX
        jcxz    .done
        push    ax
.word:  in      ax, dx
        loop    .word
        pop     ax
.done:  ret

; CX pieces of 512 bytes to ES:DI, from piece EAX of the image or disc that begins at block EDX. ES:DI
; moves on. CF = 1: failed, AL = sense key; CX = pieces that are left.
cd_read_sectors:
        push    si
        push    ebx
.next:  test    cx, cx                  ; CF = 0
        jz      .end
        mov     bx, di                  ; no piece passes the end of the segment
        shr     bx, 4
        and     di, 15
        mov     si, es
        add     si, bx
        mov     es, si
        mov     bx, ax
        and     bx, 3
        mov     si, 4
        sub     si, bx
        cmp     si, cx
        jbe     .count
        mov     si, cx
.count: push    eax
        push    cx
        mov     cx, si
        push    si
        mov     si, bx
        shl     si, 8
        shl     cx, 8
        shr     eax, 2
        add     eax, edx
        call    cd_read_words
        mov     bl, al
        pop     si
        pop     cx
        pop     eax
        jc      .failed
        sub     cx, si
        movzx   esi, si
        add     eax, esi
        jmp     .next
.failed:
        mov     al, bl
        stc
.end:   pop     ebx
        pop     si
        ret

; AL = sense key -> AH = status of INT 13h
cd_status:
        mov     ah, DISK_NOT_READY
        cmp     al, 2
        je      .done
        mov     ah, DISK_NO_SECTOR
        cmp     al, 5
        je      .done
        mov     ah, DISK_CRC
        cmp     al, 3
        je      .done
        mov     ah, DISK_CONTROLLER
.done:  ret

; ---------------------------------------------------------------- INT 13h, DL = E0h
cd_service:
        cmp     ah, 0x01
        je      disk_status
        jb      .reset
        cmp     ah, 0x10
        je      .ready
        sub     ah, 0x41
        jb      disk_bad
        cmp     ah, 0x4E - 0x41
        ja      disk_bad
        movzx   si, ah
        add     si, si
        jmp     [cs:.table + si]
.table: dw      cd_check, cd_extended_read, cd_protected, cd_verify
        dw      cd_lock, cd_eject, cd_verify, cd_parameters
        dw      disk_ok, disk_bad, cd_emulation, disk_bad
        dw      cd_catalog, disk_ok
.reset:
.ready: call    cd_ready
        mov     ah, DISK_NOT_READY
        jc      .done
        mov     ah, DISK_OK
.done:  ret

; 41h: packet calls, lock and eject, parameters
cd_check:
        cmp     bx, 0x55AA
        jne     disk_bad
        mov     word [bp + R_BX], 0xAA55
        mov     word [bp + R_CX], 7
        mov     byte [HD_STATUS], 0
        mov     al, [bp + R_AL]
        mov     ah, 0x30
        jmp     int13_done_ax
cd_protected:
        mov     ah, DISK_PROTECTED
        ret
; 44h, 47h: is the place on the disc?
cd_verify:
        mov     al, OP_VERIFY
        call    edd_packet
        jc      disk_bad
        call    cd_capacity
        jc      cd_status
        mov     ah, DISK_NO_SECTOR
        cmp     dword [fs:REQ_LBA + 4], 0
        jne     .done
        cmp     ecx, [fs:REQ_LBA]
        jb      .done
        mov     ah, DISK_OK
.done:  ret

; 42h: packet as for a disk, in blocks of 2,048 bytes
cd_extended_read:
        mov     al, OP_READ
        call    edd_packet
        jc      disk_bad
        mov     ah, DISK_NO_SECTOR
        mov     edx, [fs:REQ_LBA]
        cmp     dword [fs:REQ_LBA + 4], 0
        mov     es, [bp + R_DS]
        mov     si, [bp + R_SI]
        mov     word [es:si + 2], 0
        jne     .done
        mov     es, [fs:REQ_SEGMENT]
        mov     di, [fs:REQ_OFFSET]
.block: cmp     word [fs:REQ_COUNT], 0
        je      .ok
        xor     eax, eax
        mov     cx, 4
        call    cd_read_sectors
        jc      .failed
        inc     edx
        dec     word [fs:REQ_COUNT]
        push    es
        mov     es, [bp + R_DS]
        mov     si, [bp + R_SI]
        inc     word [es:si + 2]
        pop     es
        jmp     .block
.ok:    mov     ah, DISK_OK
.done:  ret
.failed:
        jmp     cd_status

; 45h: AL = 0 lock the tray, 1 unlock, 2 is it locked? -> AL
cd_lock:
        mov     ah, [fs:CD_LOCKED]
        cmp     al, 2
        ja      disk_bad
        je      .tell
        xor     al, 1                   ; 1: locked
        mov     [fs:CD_LOCKED], al
        mov     al, SCSI_PREVENT
        call    cd_new_packet
        mov     al, [fs:CD_LOCKED]
        mov     [fs:CD_PACKET + 4], al
        call    cd_simple
        mov     ah, [fs:CD_LOCKED]
.tell:  mov     [bp + R_AL], ah
        jmp     disk_ok

; 46h, AL = 0: open the tray
cd_eject:
        test    al, al
        jnz     disk_bad
        mov     ah, 0xB1                ; locked
        cmp     byte [fs:CD_LOCKED], 0
        jne     .done
        mov     al, SCSI_START_STOP
        call    cd_new_packet
        mov     byte [fs:CD_PACKET + 4], 2
        call    cd_simple
        mov     ah, DISK_OK
        jnc     .done
        mov     ah, DISK_CONTROLLER
.done:  ret

; -> ECX = last block. CF = 1: AL = sense key. Clobbers EAX, EDX.
cd_capacity:
        push    bx
        mov     al, SCSI_CAPACITY
        call    cd_new_packet
        call    cd_send
        jc      .failed
        mov     dx, bx
        in      ax, dx
        xchg    al, ah
        shl     eax, 16
        in      ax, dx
        xchg    al, ah
        mov     ecx, eax
        in      ax, dx                  ; the size of a block
        in      ax, dx
        call    cd_settle
        call    cd_release
        clc
        pop     bx
        ret
.failed:
        call    cd_sense
        pop     bx
        stc
        ret

; 48h: result buffer at DS:SI, its size in the first word
cd_parameters:
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        cmp     word [es:si], 0x1A
        jb      disk_bad
        push    es
        push    si
        call    cd_ready
        jc      .unknown
        call    cd_capacity
        jc      .unknown
        inc     ecx
        xor     edx, edx
        jmp     .size
.unknown:
        mov     ecx, 0xFFFFFFFF
        mov     edx, ecx
.size:  pop     si
        pop     es
        mov     word [es:si], 0x1A
        mov     word [es:si + 2], 0x0074 ; removable, tells of changes, can be locked; no CHS
        mov     dword [es:si + 4], 0
        mov     dword [es:si + 8], 0
        mov     dword [es:si + 12], 0
        mov     [es:si + 16], ecx
        mov     [es:si + 20], edx
        mov     word [es:si + 24], 2048
        jmp     disk_ok

; ---------------------------------------------------------------- emulation
; 4Bh: AL = 0 ends the emulation, 1 does not; specification packet at DS:SI
cd_emulation:
        cmp     byte [fs:CD_STATE], 0
        je      disk_bad
        cmp     al, 1
        ja      disk_bad
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        mov     byte [es:si], 0x13
        mov     ah, [fs:CD_MEDIA]
        mov     [es:si + 1], ah
        mov     ah, CD_DRIVE
        cmp     byte [fs:CD_STATE], CD_FLOPPY
        jne     .drive
        mov     ah, 0
.drive: mov     [es:si + 2], ah
        mov     byte [es:si + 3], 0
        mov     edx, [fs:CD_START]
        mov     [es:si + 4], edx
        mov     dx, [fs:CD_PORT]        ; which channel, which device
        mov     ah, [fs:CD_SELECT]
        shr     ah, 4
        and     ah, 1
        cmp     dx, 0x1F0
        je      .device
        or      ah, 0x02
.device:
        mov     [es:si + 8], ah
        mov     byte [es:si + 9], 0
        mov     word [es:si + 10], 0    ; no cache
        mov     dx, [fs:CD_LOAD_SEGMENT]
        mov     [es:si + 12], dx
        mov     dx, [fs:CD_LOAD_COUNT]
        mov     [es:si + 14], dx
        mov     dx, 0
        cmp     byte [fs:CD_STATE], CD_FLOPPY
        mov     ah, 0
        jne     .chs
        mov     dx, (80 - 1) | 0 << 8
        mov     dh, [fs:CD_SPT]
        mov     ah, 1                   ; last head
.chs:   mov     [es:si + 16], dx
        mov     [es:si + 18], ah
        test    al, al
        jnz     disk_ok
        mov     byte [fs:CD_STATE], CD_PLAIN
        jmp     disk_ok

; 4Dh: boot catalog; packet at DS:SI: size 8, sectors of 2,048 bytes, far pointer, first of them
cd_catalog:
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        cmp     byte [es:si], 8
        jb      disk_bad
        movzx   cx, byte [es:si + 1]
        movzx   edx, word [es:si + 6]
        les     di, [es:si + 2]
        push    cx
        push    edx
        call    cd_find_catalog
        pop     ecx
        add     edx, ecx
        pop     cx
        mov     ah, DISK_NOT_READY
        jc      .done
        shl     cx, 2
        xor     eax, eax
        call    cd_read_sectors
        jc      cd_status
        mov     ah, DISK_OK
.done:  ret

; Drive A is an image on the disc.
cd_floppy_service:
        test    ah, ah
        jz      disk_ok
        cmp     ah, 0x01
        je      floppy_status
        cmp     ah, 0x03
        jb      .read
        je      cd_protected
        cmp     ah, 0x04
        je      .read
        cmp     ah, 0x08
        je      .parameters
        cmp     ah, 0x15
        je      .kind
        cmp     ah, 0x16
        je      disk_ok
        cmp     ah, 0x05
        je      cd_protected
        jmp     disk_bad
.kind:  mov     byte [FD_STATUS], 0
        mov     al, [bp + R_AL]
        mov     ah, 1                   ; a diskette that cannot be changed unseen
        jmp     int13_done_ax
.parameters:
        call    floppy_count
        inc     ax
        mov     [bp + R_DL], al
        mov     byte [bp + R_DH], 1
        mov     byte [bp + R_CH], 80 - 1
        mov     al, [fs:CD_SPT]
        mov     [bp + R_CL], al
        mov     byte [bp + R_BH], 0
        mov     al, [fs:CD_MEDIA]
        mov     ah, 2                   ; 1.2 MB, 1.44 MB, 2.88 MB
        cmp     al, 1
        je      .type
        mov     ah, 4
        cmp     al, 2
        je      .type
        mov     ah, 6
.type:  mov     [bp + R_BL], ah
        mov     word [bp + R_DI], diskette_table
        mov     word [bp + R_ES], cs
        mov     byte [bp + R_AL], 0
        jmp     disk_ok
.read:  push    ax
        movzx   eax, ch                 ; (cylinder * 2 + head) * sectors + sector - 1
        add     ax, ax
        movzx   dx, dh
        cmp     dx, 1
        ja      .outside
        add     ax, dx
        movzx   edx, byte [fs:CD_SPT]
        imul    ax, dx
        movzx   ecx, cl
        jcxz    .outside
        cmp     cx, dx
        ja      .outside
        cmp     byte [bp + R_CH], 80
        jae     .outside
        dec     cx
        add     ax, cx
        imul    dx, dx, 160             ; the image's end
        sub     dx, ax
        pop     cx
        cmp     ch, 0x04
        mov     ch, 0
        mov     byte [bp + R_AL], 0
        je      .verify
        jcxz    .none
        cmp     cx, dx
        ja      .end
        push    cx
        mov     di, bx
        mov     edx, [fs:CD_START]
        call    cd_read_sectors
        pop     dx
        pushf
        sub     dx, cx
        mov     [bp + R_AL], dl
        popf
        jc      cd_status
        jmp     disk_ok
.verify:
        cmp     cx, dx
        ja      .end
        mov     [bp + R_AL], cl
        jmp     disk_ok
.none:  jmp     disk_bad
.outside:
        pop     ax
        mov     byte [bp + R_AL], 0
.end:   mov     ah, DISK_NO_SECTOR
        ret

; ---------------------------------------------------------------- boot
; -> EDX = block of the boot catalog. CF = 1: there is none. Clobbers EAX, CX, SI; the buffer holds block 17.
cd_find_catalog:
        push    es
        push    ds
        push    di
        push    CD_BUFFER_SEG
        pop     es
        xor     di, di
        mov     edx, 17                 ; the boot record's place
        xor     eax, eax
        mov     cx, 4
        call    cd_read_sectors
        jc      .end
        push    CD_BUFFER_SEG
        pop     es
        push    cs
        pop     ds
        xor     di, di
        mov     si, .record
        mov     cx, .record_end - .record
        repe    cmpsb
        stc
        jne     .end
        mov     edx, [es:0x47]
        clc
.end:   pop     di
        pop     ds
        pop     es
        ret
.record:
        db      0, "CD001", 1, "EL TORITO SPECIFICATION"
.record_end:

; Boot from the disc. Returns if that is impossible, after a line that says why. FS = EBDA.
cd_boot:
        mov     fs, [EBDA_PTR]
        cmp     word [fs:CD_PORT], 0
        jne     .drive
        ret
.drive: mov     si, .no_disc
        call    cd_ready
        jc      .skip
        call    cd_find_catalog
        mov     si, .no_record
        jc      .skip
        mov     ax, CD_BUFFER_SEG
        mov     es, ax
        xor     di, di
        xor     eax, eax
        mov     cx, 4
        call    cd_read_sectors
        mov     si, .error
        jc      .skip
        mov     ax, CD_BUFFER_SEG
        mov     es, ax
        ; The validation entry: its words add up to zero.
        mov     si, .no_entry
        cmp     byte [es:0], 1
        jne     .skip
        cmp     word [es:0x1E], 0xAA55
        jne     .skip
        xor     ax, ax
        xor     di, di
        mov     cx, 16
.sum:   add     ax, [es:di]
        add     di, 2
        loop    .sum
        test    ax, ax
        jnz     .skip
        cmp     byte [es:0x20], 0x88    ; the default entry can be booted
        jne     .skip
        mov     al, [es:0x21]
        and     al, 15
        mov     [fs:CD_MEDIA], al
        mov     si, .no_emulation
        cmp     al, 3
        ja      .skip
        mov     ah, CD_PLAIN
        mov     dl, 0
        je      .large
        cmp     al, 1
        jb      .state
        mov     dl, 15
        je      .image
        mov     dl, 18
        jmp     .image
.large: mov     dl, 36
.image: mov     ah, CD_FLOPPY
.state: mov     [fs:CD_SPT], dl
        mov     [fs:CD_STATE], ah
        mov     dx, [es:0x22]
        test    dx, dx
        jnz     .segment
        mov     dx, BOOT_ADDRESS >> 4
.segment:
        mov     [fs:CD_LOAD_SEGMENT], dx
        mov     cx, [es:0x26]
        mov     [fs:CD_LOAD_COUNT], cx
        mov     eax, [es:0x28]
        mov     [fs:CD_START], eax
        mov     es, dx
        mov     edx, eax
        xor     eax, eax
        xor     di, di
        call    cd_read_sectors
        mov     si, .error
        jc      .failed
        mov     dl, CD_DRIVE
        cmp     byte [fs:CD_STATE], CD_FLOPPY
        jne     .go
        mov     dl, 0
        or      byte [EQUIPMENT], 1     ; there is a drive A
.go:    mov     ax, [fs:CD_LOAD_SEGMENT] ; segment * 16 as an offset where that can be
        mov     bx, ax
        shl     ax, 4
        and     bx, 0xF000
        jmp     boot_go
.failed:
        mov     byte [fs:CD_STATE], 0
.skip:  push    si
        mov     si, .name
        call    print
        pop     si
        call    print
        mov     si, try_boot.skipped
        jmp     print
.name:  db      "CD-ROM: ", 0
.no_disc:
        db      "no disc in the drive", 0
.no_record:
        db      "no El Torito boot record", 0
.no_entry:
        db      "its boot catalog has no entry for this machine", 0
.no_emulation:
        db      "it is to be booted as a hard disk, which this BIOS cannot do", 0
.error: db      "read error", 0
