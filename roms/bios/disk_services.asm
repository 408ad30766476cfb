; disk_services.asm - INT 13h: floppy disks (DL = 0, 1), hard disks (DL = 80h and up), CD-ROM (E0h).
;
; CHS calls name a cylinder (CH, and bits 7-6 of CL as bits 9-8), a head (DH) and a sector (CL bits
; 5-0, from 1). EDD calls (41h-48h) name a 64-bit LBA in a packet at DS:SI.

int13:
        sti
        SERVICE_ENTER
        mov     fs, [EBDA_PTR]
        cmp     ah, 0x4B                ; for whatever drive number the emulation has
        je      .emulation
        cmp     dl, CD_DRIVE
        je      .disc
        test    dl, 0x80
        jnz     .hard_disk
        cmp     byte [fs:CD_STATE], CD_FLOPPY
        jne     .floppy
        sub     dl, 1                   ; A is on the disc, and the first real drive is B
        jnc     .floppy
        call    cd_floppy_service
        jmp     .floppy_status
.floppy:
        call    floppy_service          ; AH = status
.floppy_status:
        mov     [FD_STATUS], ah
        jmp     .status
.emulation:
        call    cd_emulation
        jmp     .disk_status
.disc:  cmp     word [fs:CD_PORT], 0
        je      .hard_disk
        call    cd_service
        jmp     .disk_status
.hard_disk:
        call    disk_service
.disk_status:
        mov     [HD_STATUS], ah
.status:
        mov     [bp + R_AH], ah
.flags: and     byte [bp + R_FLAGS], ~FLAG_CF
        test    ah, ah
        jz      .done
        or      byte [bp + R_FLAGS], FLAG_CF
.done:  SERVICE_LEAVE

; A service that returns something else in AH ends here, with the carry flag clear; the stack is
; unwound by SERVICE_LEAVE.
int13_done_ax:                          ; AX = result
        mov     [bp + R_AX], ax
int13_done:
        and     byte [bp + R_FLAGS], ~FLAG_CF
        jmp     int13.done

; ---------------------------------------------------------------- hard disks
; DI = record of the disk.
disk_service:
        mov     al, dl
        and     al, 0x7F
        cmp     al, [HD_COUNT]
        jae     .absent
        movzx   di, al
        shl     di, 5                   ; DISK_RECORD
        add     di, EBDA_DISKS
        mov     al, ah
        cmp     al, 0x15
        jbe     .low
        sub     al, 0x41 - 0x16
        cmp     al, 0x16
        jb      disk_bad
        cmp     al, 0x1D
        ja      disk_bad
.low:   movzx   si, al
        add     si, si
        jmp     [cs:.table + si]
.absent:
        cmp     ah, 0x15
        jne     disk_bad
        mov     byte [bp + R_AH], 0     ; 15h: no such drive
        xor     ax, ax
        mov     [HD_STATUS], ah
        jmp     int13_done
.table: dw      disk_reset, disk_status, disk_read, disk_write
        dw      disk_verify, disk_bad, disk_bad, disk_bad
        dw      disk_parameters, disk_ok, disk_bad, disk_bad
        dw      disk_seek, disk_reset, disk_bad, disk_bad
        dw      disk_ready, disk_ok, disk_bad, disk_bad
        dw      disk_ok, disk_type
        dw      edd_check, edd_read, edd_write, edd_verify
        dw      disk_bad, disk_bad, edd_seek, edd_parameters

disk_bad:
        mov     ah, DISK_BAD_CALL
        ret
disk_ok:
        mov     ah, DISK_OK
        ret
disk_reset:                             ; 00h, 0Dh
        jmp     ata_reset
disk_status:                            ; 01h: status of the last call
        mov     al, [HD_STATUS]
        mov     ah, 0
        xchg    ah, al
        mov     byte [HD_STATUS], 0
        jmp     int13_done_ax
disk_ready:                             ; 10h
        mov     bx, [fs:di + DISK_PORT]
        lea     dx, [bx + ATA_DEVICE]
        mov     al, [fs:di + DISK_SELECT]
        out     dx, al
        call    ata_wait
        mov     ah, DISK_TIMEOUT
        jc      .done
        mov     ah, DISK_NOT_READY
        test    al, ATA_DRDY
        jz      .done
        mov     ah, DISK_OK
.done:  ret

; 08h: -> DL disks, DH last head, CH and CL last cylinder and sector
disk_parameters:
        mov     ax, [fs:di + DISK_CYLINDERS]
        dec     ax
        mov     [bp + R_CH], al
        shl     ah, 6
        or      ah, [fs:di + DISK_SPT]
        mov     [bp + R_CL], ah
        mov     al, [fs:di + DISK_HEADS]
        dec     al
        mov     [bp + R_DH], al
        mov     al, [HD_COUNT]
        mov     [bp + R_DL], al
        mov     byte [bp + R_AL], 0
        jmp     disk_ok

; 15h: -> AH = 3, CX:DX sectors that CHS can reach
disk_type:
        movzx   eax, word [fs:di + DISK_CYLINDERS]
        movzx   ecx, word [fs:di + DISK_HEADS]
        imul    eax, ecx
        mov     cx, [fs:di + DISK_SPT]
        imul    eax, ecx
        mov     [bp + R_DX], ax
        shr     eax, 16
        mov     [bp + R_CX], ax
        mov     byte [HD_STATUS], 0
        mov     al, [bp + R_AL]
        mov     ah, 3
        jmp     int13_done_ax

; 02h, 03h, 04h: AL sectors, CX, DH place, ES:BX buffer -> AL sectors done
disk_read:
        mov     byte [fs:REQ_OP], OP_READ
        jmp     disk_chs
disk_write:
        mov     byte [fs:REQ_OP], OP_WRITE
        jmp     disk_chs
disk_verify:
        mov     byte [fs:REQ_OP], OP_VERIFY
disk_chs:
        movzx   ax, byte [bp + R_AL]
        test    ax, ax
        jz      .bad
        mov     [fs:REQ_COUNT], ax
        mov     [fs:REQ_OFFSET], bx
        mov     [fs:REQ_SEGMENT], es
        call    chs_to_lba
        jc      .bad
        call    disk_request
        mov     al, [fs:REQ_DONE]
        mov     [bp + R_AL], al
        ret
.bad:   mov     byte [bp + R_AL], 0
        jmp     disk_bad

; 0Ch: CX, DH place
disk_seek:
        or      byte [bp + R_CL], 1     ; sector numbers do not matter
        mov     cl, [bp + R_CL]
        call    chs_to_lba
        mov     cl, [bp + R_CL]
        jc      disk_bad
        jmp     disk_ok

; CX, DH -> REQ_LBA. CF = 1: not on this disk.
chs_to_lba:
        mov     al, ch
        mov     ah, cl
        shr     ah, 6
        cmp     ax, [fs:di + DISK_CYLINDERS]
        jae     .outside
        movzx   eax, ax
        movzx   ebx, word [fs:di + DISK_HEADS]
        movzx   edx, dh
        cmp     dx, bx
        jae     .outside
        imul    eax, ebx
        add     eax, edx
        movzx   ebx, word [fs:di + DISK_SPT]
        imul    eax, ebx
        and     ecx, 0x3F
        jz      .outside
        cmp     cx, bx
        ja      .outside
        dec     cx
        add     eax, ecx
        mov     [fs:REQ_LBA], eax
        mov     dword [fs:REQ_LBA + 4], 0
        clc
        ret
.outside:
        stc
        ret

; Check that the request is on the disk, and do it. AH = status.
disk_request:
        mov     [fs:REQ_DISK], di
        mov     word [fs:REQ_DONE], 0
        movzx   ecx, word [fs:REQ_COUNT]
        mov     eax, [fs:REQ_LBA]
        mov     edx, [fs:REQ_LBA + 4]
        add     eax, ecx
        adc     edx, 0
        jc      disk_bad
        cmp     edx, [fs:di + DISK_SECTORS + 4]
        ja      disk_bad
        jb      .inside
        cmp     eax, [fs:di + DISK_SECTORS]
        ja      disk_bad
.inside:
        jmp     ata_transfer

; ---------------------------------------------------------------- EDD (T13 1572D)
; 41h: BX = 55AAh -> BX = AA55h, AH = version 1.1, CX = 1: packet calls
edd_check:
        cmp     bx, 0x55AA
        jne     disk_bad
        mov     word [bp + R_BX], 0xAA55
        mov     word [bp + R_CX], 1
        mov     byte [HD_STATUS], 0
        mov     al, [bp + R_AL]
        mov     ah, 0x21
        jmp     int13_done_ax

; 42h, 43h, 44h, 47h: packet at DS:SI: byte size, byte 0, word count, far pointer, qword LBA
edd_read:
        mov     al, OP_READ
        jmp     edd_transfer
edd_write:
        mov     al, OP_WRITE
        jmp     edd_transfer
edd_verify:
        mov     al, OP_VERIFY
edd_transfer:
        call    edd_packet
        jc      disk_bad
        cmp     word [fs:REQ_COUNT], 0
        je      disk_ok
        call    disk_request
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        mov     cx, [fs:REQ_DONE]
        mov     [es:si + 2], cx
        ret
edd_seek:
        mov     al, OP_VERIFY
        call    edd_packet
        jc      disk_bad
        mov     edx, [fs:REQ_LBA + 4]
        mov     eax, [fs:REQ_LBA]
        sub     eax, [fs:di + DISK_SECTORS]
        sbb     edx, [fs:di + DISK_SECTORS + 4]
        jae     disk_bad
        jmp     disk_ok
edd_packet:                             ; AL = operation; CF = 1: the packet is too short
        mov     [fs:REQ_OP], al
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        cmp     byte [es:si], 0x10
        jb      .done
        mov     ax, [es:si + 2]
        mov     [fs:REQ_COUNT], ax
        mov     eax, [es:si + 4]
        mov     [fs:REQ_OFFSET], eax    ; and the segment
        mov     eax, [es:si + 8]
        mov     [fs:REQ_LBA], eax
        mov     eax, [es:si + 12]
        mov     [fs:REQ_LBA + 4], eax
        clc
.done:  ret

; 48h: result buffer at DS:SI, its size in the first word: 1Ah bytes of EDD 1.x
edd_parameters:
        mov     si, [bp + R_SI]
        mov     es, [bp + R_DS]
        cmp     word [es:si], 0x1A
        jb      disk_bad
        mov     cx, 0x1A
        cmp     word [es:si], 0x1E
        jb      .size
        mov     cx, 0x1E
        mov     dword [es:si + 0x1A], 0xFFFFFFFF        ; no configuration parameters
.size:  mov     [es:si], cx
        mov     ax, 0x0002              ; the CHS fields are valid
        mov     [es:si + 2], ax
        movzx   eax, word [fs:di + DISK_CYLINDERS]
        mov     [es:si + 4], eax
        mov     ax, [fs:di + DISK_HEADS]
        mov     [es:si + 8], eax
        mov     ax, [fs:di + DISK_SPT]
        mov     [es:si + 12], eax
        mov     eax, [fs:di + DISK_SECTORS]
        mov     [es:si + 16], eax
        mov     eax, [fs:di + DISK_SECTORS + 4]
        mov     [es:si + 20], eax
        mov     word [es:si + 24], 512
        jmp     disk_ok

; ---------------------------------------------------------------- POST: fixed disk parameter tables
; INT 41h and INT 46h point to the geometries of the first two disks.
disk_tables_post:
        push    es
        push    0
        pop     es
        mov     di, EBDA_DISKS
        mov     si, EBDA_FDPT
        mov     bx, 0x41 * 4
        mov     cl, [HD_COUNT]
        cmp     cl, 2
        jbe     .next
        mov     cl, 2
.next:  sub     cl, 1
        jc      .done
        mov     [es:bx], si
        mov     [es:bx + 2], fs
        mov     ax, [fs:di + DISK_CYLINDERS]
        mov     [fs:si], ax
        mov     [fs:si + 12], ax        ; landing zone
        mov     al, [fs:di + DISK_HEADS]
        mov     [fs:si + 2], al
        mov     word [fs:si + 5], 0xFFFF ; no precompensation
        mov     al, [fs:di + DISK_SPT]
        mov     [fs:si + 14], al
        mov     byte [fs:si + 8], 0x08  ; more than 8 heads
        add     di, DISK_RECORD
        add     si, 16
        add     bx, (0x46 - 0x41) * 4
        jmp     .next
.done:  pop     es
        ret
