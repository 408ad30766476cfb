; floppy_services.asm - INT 13h for DL = 0 and 1, and the floppy's part of POST.

floppy_service:
        mov     [fs:REQ_DRIVE], dl
        cmp     dl, 1
        ja      .absent
        push    ax
        call    floppy_type
        test    al, al
        pop     ax
        jz      .absent
        cmp     ah, 0x18
        ja      .bad
        movzx   si, ah
        add     si, si
        jmp     [cs:.table + si]
.table: dw      floppy_reset, floppy_status, floppy_read, floppy_write
        dw      floppy_verify, floppy_format, .bad, .bad
        dw      floppy_parameters, .bad, .bad, .bad
        dw      .bad, .bad, .bad, .bad
        dw      .bad, .bad, .bad, .bad
        dw      .bad, floppy_kind, floppy_change, floppy_ok
        dw      floppy_media_type
.absent:
        mov     byte [bp + R_AL], 0
        cmp     ah, 0x00
        je      floppy_reset
        cmp     ah, 0x15
        je      .none
        cmp     ah, 0x08
        mov     ah, DISK_TIMEOUT
        jne     .fail
        xor     ax, ax                  ; 08h: no such drive, nothing to tell
        mov     [bp + R_BX], ax
        mov     [bp + R_CX], ax
        mov     [bp + R_DH], al
        call    floppy_count
        mov     [bp + R_DL], al
.bad:   mov     ah, DISK_BAD_CALL
.fail:  ret
.none:  xor     ax, ax                  ; 15h: AH = 0: no drive
        mov     [FD_STATUS], al
        jmp     int13_done_ax

floppy_ok:
        mov     ah, DISK_OK
        ret
floppy_reset:                           ; 00h
        jmp     fdc_reset
floppy_status:                          ; 01h
        mov     al, [FD_STATUS]
        mov     ah, al
        jmp     int13_done_ax
floppy_read:                            ; 02h: AL sectors, CX, DH place, ES:BX buffer
        mov     byte [fs:REQ_OP], OP_READ
        jmp     floppy_chs
floppy_write:                           ; 03h
        mov     byte [fs:REQ_OP], OP_WRITE
        jmp     floppy_chs
floppy_verify:                          ; 04h
        mov     byte [fs:REQ_OP], OP_VERIFY
floppy_chs:
        mov     ah, 0
        mov     [fs:REQ_COUNT], ax
        mov     [fs:REQ_OFFSET], bx
        mov     [fs:REQ_SEGMENT], es
        mov     [fs:REQ_CYLINDER], ch
        mov     [fs:REQ_HEAD], dh
        mov     [fs:REQ_SECTOR], cl
        mov     byte [bp + R_AL], 0
        test    al, al
        jz      floppy_service.bad
        call    floppy_transfer
        mov     al, [fs:REQ_DONE]
        mov     [bp + R_AL], al
        ret

; 05h: format a track: CH cylinder, DH head, AL sectors, ES:BX a field of 4 bytes for each
floppy_format:
        mov     byte [fs:REQ_OP], OP_FORMAT
        mov     [fs:REQ_OFFSET], bx
        mov     [fs:REQ_SEGMENT], es
        mov     [fs:REQ_CYLINDER], ch
        mov     [fs:REQ_HEAD], dh
        call    floppy_media
        jc      .done
        call    floppy_geometry
        cmp     [fs:REQ_CYLINDER], al
        ja      floppy_service.bad
        cmp     byte [fs:REQ_HEAD], 1
        ja      floppy_service.bad
        mov     al, ah
        mov     ah, 0
        mov     [fs:REQ_CHUNK], ax
        mov     [fs:REQ_SPT], al
        mov     al, [fs:REQ_CYLINDER]
        call    floppy_seek
        jc      .done
        call    floppy_dma
        jc      .done
        call    fdc_expect
        mov     al, 0x4D                ; FORMAT TRACK, MFM
        call    fdc_send
        mov     al, [fs:REQ_HEAD]
        shl     al, 2
        or      al, [fs:REQ_DRIVE]
        call    fdc_send
        mov     al, 2
        call    fdc_send
        mov     al, [fs:REQ_SPT]
        call    fdc_send
        mov     al, 0x6C
        call    fdc_send
        mov     al, 0xF6
        call    fdc_send
        jc      .done
        call    floppy_finish
        jc      .done
        mov     ah, DISK_OK
.done:  mov     byte [FD_TIMEOUT], FDC_TICKS
        ret

; 08h: -> BL type, CH, CL last cylinder and sector, DH last head, DL drives, ES:DI parameter table
floppy_parameters:
        call    floppy_type
        mov     ah, 0
        mov     [bp + R_BX], ax
        call    floppy_geometry
        mov     [bp + R_CH], al
        mov     [bp + R_CL], ah
        mov     byte [bp + R_DH], 1
        call    floppy_count
        mov     [bp + R_DL], al
        push    0
        pop     es
        les     di, [es:0x1E * 4]
        mov     [bp + R_DI], di
        mov     [bp + R_ES], es
        mov     byte [bp + R_AL], 0
        jmp     floppy_ok

floppy_count:                           ; AL = drives
        mov     al, CMOS_FLOPPIES
        call    cmos_read
        mov     ah, al
        mov     al, 0
        test    ah, 0xF0
        jz      .second
        inc     ax
.second:
        test    ah, 0x0F
        jz      .done
        inc     ax
.done:  ret

floppy_kind:                            ; 15h: AH = 2: a floppy drive with a change line
        mov     byte [FD_STATUS], 0
        mov     al, [bp + R_AL]
        mov     ah, 2
        jmp     int13_done_ax

floppy_change:                          ; 16h: AH = 6 if the drive was opened
        call    floppy_motor
        mov     byte [FD_TIMEOUT], FDC_TICKS
        mov     dx, FDC_DIR
        in      al, dx
        mov     ah, DISK_CHANGED
        test    al, 0x80
        jnz     .done
        mov     ah, DISK_OK
.done:  ret

floppy_media_type:                      ; 18h: CH, CL as of 08h: is this format possible -> ES:DI table
        call    floppy_geometry
        cmp     ch, al
        ja      .no
        and     cl, 0x3F
        cmp     cl, ah
        jne     .no
        push    0
        pop     es
        les     di, [es:0x1E * 4]
        mov     [bp + R_DI], di
        mov     [bp + R_ES], es
        jmp     floppy_ok
.no:    mov     ah, 0x0C                ; not supported
        ret

; ---------------------------------------------------------------- POST
floppy_post:
        call    floppy_count
        test    al, al
        jz      .done
        mov     ah, 0
        dec     ax
        shl     ax, 6                   ; bits 7-6: drives - 1, bit 0: there are drives
        or      al, 1
        or      [EQUIPMENT], ax
        call    fdc_reset
        mov     byte [FD_INFO], 0x77    ; both drives known, with change line and several rates
.done:  ret
