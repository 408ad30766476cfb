; floppy.asm - the floppy controller (82077AA) with DMA channel 2: commands, media, transfers.

FDC_INTERRUPT   equ 0x80                ; in FD_RECAL: IRQ 6 came
FDC_TICKS       equ 37                  ; 2 s for a command
MEDIA_KNOWN     equ 0x10                ; in FD_MEDIA

; ---------------------------------------------------------------- IRQ 6
int0E:
        push    ax
        mov     al, 0x0E
        call    irq_in_service
        jnc     .not_irq                ; vector 0Eh is no exception in real mode: a program's INT
        push    ds
        push    BDA_SEG
        pop     ds
        or      byte [FD_RECAL], FDC_INTERRUPT
        mov     al, 0x20
        out     PIC1, al
        pop     ds
.not_irq:
        pop     ax
        iret

; ---------------------------------------------------------------- the controller
; Each command is some bytes out, perhaps an interrupt, some bytes in. CF = 1: AH = status.
fdc_send:                               ; AL = byte
        push    ax
        push    cx
        push    dx
        mov     ah, al
        mov     dx, FDC_MSR
        xor     cx, cx
.wait:  in      al, dx
        and     al, 0xC0                ; ready, and it wants a byte
        cmp     al, 0x80
        loopne  .wait
        jne     .late
        inc     dx
        mov     al, ah
        out     dx, al
        clc
        jmp     .done
.late:  stc
.done:  pop     dx
        pop     cx
        pop     ax
        jnc     .ok
        mov     ah, DISK_TIMEOUT
.ok:    ret

fdc_result:                             ; up to seven bytes to FD_RESULT
        push    bx
        push    cx
        push    dx
        xor     bx, bx
        mov     dx, FDC_MSR
.next:  xor     cx, cx
.wait:  in      al, dx
        test    al, 0x80
        loopz   .wait
        jz      .late
        test    al, 0x40                ; it has no more to say
        jz      .ok
        cmp     bl, 7
        jae     .late
        inc     dx
        in      al, dx
        dec     dx
        mov     [FD_RESULT + bx], al
        inc     bx
        jmp     .next
.late:  mov     ah, DISK_TIMEOUT
        stc
        jmp     .done
.ok:    clc
.done:  pop     dx
        pop     cx
        pop     bx
        ret

fdc_expect:                             ; before a command that ends with an interrupt
        and     byte [FD_RECAL], ~FDC_INTERRUPT
        push    ax
        in      al, PIC1_MASK
        and     al, 0xBF
        out     PIC1_MASK, al
        pop     ax
        ret

fdc_wait:                               ; until IRQ 6
        push    ecx
        push    ax
        mov     ecx, 0x1000000          ; in case that the timer is masked or stands still
        mov     ah, FDC_TICKS
        mov     al, [TICKS]
.look:  cli
        test    byte [FD_RECAL], FDC_INTERRUPT
        jnz     .came
        call    wait_a_moment           ; interrupts are accepted only while it sleeps: none is missed
        sti
        dec     ecx
        jz      .late
        cmp     al, [TICKS]
        je      .look
        mov     al, [TICKS]
        dec     ah
        jnz     .look
.late:  call    fdc_reset
        pop     ax
        pop     ecx
        mov     ah, DISK_TIMEOUT
        stc
        ret
.came:  and     byte [FD_RECAL], ~FDC_INTERRUPT
        sti
        pop     ax
        pop     ecx
        clc
        ret

fdc_sense:                              ; SENSE INTERRUPT STATUS -> FD_RESULT: ST0, cylinder
        mov     al, 0x08
        call    fdc_send
        jc      .done
        call    fdc_result
.done:  ret

; Reset: all motors stop, nothing is calibrated. AH = status
fdc_reset:
        push    bx
        push    cx
        push    dx
        and     byte [FD_RECAL], 0xF0
        and     byte [FD_MOTOR], 0xF0
        mov     byte [FD_TIMEOUT], 0
        mov     dx, FDC_DOR
        mov     al, 0x08
        out     dx, al
        mov     cx, 16
.hold:  in      al, 0x61
        loop    .hold
        mov     al, 0x0C
        out     dx, al
        mov     cx, 4                   ; one state a drive
.drive: call    fdc_sense
        loop    .drive
        push    0
        pop     es
        les     bx, [es:0x1E * 4]       ; SPECIFY with the diskette parameter table
        mov     al, 0x03
        call    fdc_send
        mov     al, [es:bx]
        call    fdc_send
        mov     al, [es:bx + 1]
        call    fdc_send
        and     byte [FD_RECAL], 0x7F
        mov     ah, DISK_OK
        pop     dx
        pop     cx
        pop     bx
        ret

; Motor of drive REQ_DRIVE on; it goes off FD_TIMEOUT ticks after the call.
floppy_motor:
        push    ax
        push    cx
        push    dx
        mov     byte [FD_TIMEOUT], 0xFF
        mov     cl, [fs:REQ_DRIVE]
        mov     al, 0x11
        shl     al, cl
        mov     ah, al
        and     ah, 0x0F
        or      [FD_MOTOR], ah
        and     al, 0xF0
        or      al, 0x0C                ; DMA and interrupts on, no reset
        or      al, cl
        mov     dx, FDC_DOR
        out     dx, al
        pop     dx
        pop     cx
        pop     ax
        ret

; Head of REQ_DRIVE to cylinder AL.
floppy_seek:
        call    floppy_calibrated
        jc      .done
        movzx   bx, byte [fs:REQ_DRIVE]
        cmp     [FD_TRACK + bx], al
        je      .there
        call    fdc_expect
        push    ax
        mov     al, 0x0F                ; SEEK
        call    fdc_send
        mov     al, [fs:REQ_HEAD]
        shl     al, 2
        or      al, bl
        call    fdc_send
        pop     ax
        call    fdc_send
        jc      .done
        mov     [FD_TRACK + bx], al
        call    fdc_wait
        jc      .done
        call    fdc_sense
        jc      .done
        test    byte [FD_RESULT], 0xC0
        jz      .there
        mov     byte [FD_TRACK + bx], 0xFF
        mov     ah, DISK_SEEK
        stc
.done:  ret
.there: clc
        ret

; RECALIBRATE, unless it has been done. Preserves AL.
floppy_calibrated:
        mov     cl, [fs:REQ_DRIVE]
        mov     ch, 1
        shl     ch, cl
        test    [FD_RECAL], ch          ; CF = 0
        jnz     .done
        push    ax
        call    fdc_expect
        mov     al, 0x07
        call    fdc_send
        mov     al, cl
        call    fdc_send
        jc      .failed
        call    fdc_wait
        jc      .failed
        call    fdc_sense
        jc      .failed
        test    byte [FD_RESULT], 0xC0
        jz      .calibrated
        mov     ah, DISK_SEEK
        stc
.failed:
        add     sp, 2                   ; AH is the status
.done:  ret
.calibrated:
        or      [FD_RECAL], ch
        movzx   bx, cl
        mov     byte [FD_TRACK + bx], 0
        pop     ax
        clc
        ret

; ---------------------------------------------------------------- media
; DIR bit 7 says that the drive was opened. A step clears it if there is a disk. Then the data
; rate is found by trying to read an address mark with each.
floppy_media:
        call    floppy_motor
        movzx   bx, byte [fs:REQ_DRIVE]
        mov     dx, FDC_DIR
        in      al, dx
        test    al, 0x80
        jz      .unchanged
        mov     ch, [FD_MEDIA + bx]
        and     byte [FD_MEDIA + bx], ~MEDIA_KNOWN
        push    cx
        mov     byte [FD_TRACK + bx], 0xFF
        mov     al, 1
        call    floppy_seek
        jc      .seek_failed
        mov     al, 0
        call    floppy_seek
.seek_failed:
        pop     cx
        jc      .done
        mov     dx, FDC_DIR
        in      al, dx
        test    al, 0x80
        mov     ah, DISK_TIMEOUT        ; still open: no disk
        jnz     .fail
        test    ch, MEDIA_KNOWN
        mov     ah, DISK_CHANGED        ; tell a caller that used the former disk
        jnz     .fail
.unchanged:
        movzx   bx, byte [fs:REQ_DRIVE]
        test    byte [FD_MEDIA + bx], MEDIA_KNOWN
        jnz     .rate
        mov     si, .rates
.try:   mov     al, [cs:si]
        mov     ah, DISK_TIMEOUT
        cmp     al, 0xFF
        je      .fail
        mov     dx, FDC_RATE
        out     dx, al
        mov     al, 0
        call    floppy_seek
        jc      .next
        call    fdc_expect
        mov     al, 0x4A                ; READ ID, MFM
        call    fdc_send
        mov     al, [fs:REQ_DRIVE]
        call    fdc_send
        jc      .next
        call    fdc_wait
        jc      .next
        call    fdc_result
        jc      .next
        test    byte [FD_RESULT], 0xC0
        jz      .found
.next:  inc     si
        jmp     .try
.found: mov     al, [cs:si]
        shl     al, 6
        or      al, MEDIA_KNOWN | 0x07
        movzx   bx, byte [fs:REQ_DRIVE]
        mov     [FD_MEDIA + bx], al
.rate:  mov     al, [FD_MEDIA + bx]
        shr     al, 6
        mov     [FD_RATE], al
        mov     dx, FDC_RATE
        out     dx, al
        clc
.done:  ret
.fail:  stc
        ret
.rates: db      0, 2, 1, 3, 0xFF        ; 500, 250, 300, 1000 kbit/s

; Type of the drive REQ_DRIVE -> AL, as in the CMOS: 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M
floppy_type:
        mov     al, CMOS_FLOPPIES
        call    cmos_read
        cmp     byte [fs:REQ_DRIVE], 0
        jne     .second
        shr     al, 4
.second:
        and     al, 0x0F
        ret

; Geometry of the medium (or, before one is known, of the drive): AL = last cylinder, AH = sectors
floppy_geometry:
        call    floppy_type
        movzx   bx, al
        cmp     bx, 5
        jbe     .known
        mov     bx, 4
.known: add     bx, bx
        mov     ax, [cs:.drives + bx]
        movzx   bx, byte [fs:REQ_DRIVE]
        test    byte [FD_MEDIA + bx], MEDIA_KNOWN
        jz      .done
        cmp     ax, 0x094F              ; a 720K drive knows one format
        je      .done
        mov     bl, [FD_MEDIA + bx]
        shr     bl, 6
        cmp     bl, 3
        je      .done
        cmp     bl, 0
        jne     .double
        cmp     ah, 36
        jne     .done
        mov     ah, 18
        ret
.double:
        mov     ah, 9                   ; double density
        cmp     bl, 1
        jne     .done
        mov     al, 39                  ; 360K in a 1.2M drive
.done:  ret
.drives:
        db      79, 18, 39, 9, 79, 15, 79, 9, 79, 18, 79, 36

; ---------------------------------------------------------------- transfers
; REQ_OP on REQ_COUNT sectors from REQ_CYLINDER, REQ_HEAD, REQ_SECTOR on. Each command stays on
; its track; the next one goes on with the other head, then with the next cylinder. AH = status.
floppy_transfer:
        mov     word [fs:REQ_DONE], 0
        call    floppy_media
        jc      .end
        call    floppy_geometry
        mov     [fs:REQ_SPT], ah
        mov     [fs:REQ_CYLINDERS], al
.track: cmp     word [fs:REQ_COUNT], 0
        mov     ah, DISK_OK
        je      .end
        mov     al, [fs:REQ_CYLINDER]
        cmp     al, [fs:REQ_CYLINDERS]
        ja      .outside
        cmp     byte [fs:REQ_HEAD], 1
        ja      .outside
        movzx   cx, byte [fs:REQ_SPT]
        movzx   dx, byte [fs:REQ_SECTOR]
        sub     cx, dx
        jc      .outside
        inc     cx                      ; sectors left in this track
        test    dx, dx
        jz      .outside
        cmp     cx, [fs:REQ_COUNT]
        jbe     .chunk
        mov     cx, [fs:REQ_COUNT]
.chunk: mov     [fs:REQ_CHUNK], cx
        mov     di, 3                   ; tries
.try:   call    floppy_motor
        mov     al, [fs:REQ_CYLINDER]
        call    floppy_seek
        jc      .failed
        call    floppy_command
        jnc     .good
        cmp     ah, DISK_BOUNDARY       ; these will not get better
        je      .end
        cmp     ah, DISK_PROTECTED
        je      .end
.failed:
        push    ax
        mov     cl, [fs:REQ_DRIVE]      ; recalibrate and try again
        mov     al, 1
        shl     al, cl
        not     al
        and     [FD_RECAL], al
        pop     ax
        dec     di
        jnz     .try
        jmp     .end
.good:  mov     ax, [fs:REQ_CHUNK]
        add     [fs:REQ_DONE], ax
        sub     [fs:REQ_COUNT], ax
        shl     ax, 9
        add     [fs:REQ_OFFSET], ax
        jnc     .same
        add     word [fs:REQ_SEGMENT], 0x1000
.same:  mov     byte [fs:REQ_SECTOR], 1
        xor     byte [fs:REQ_HEAD], 1
        jnz     .track
        inc     byte [fs:REQ_CYLINDER]
        jmp     .track
.outside:
        mov     ah, DISK_NO_SECTOR
.end:   push    ax
        push    0
        pop     es
        les     bx, [es:0x1E * 4]
        mov     al, [es:bx + 2]
        mov     [FD_TIMEOUT], al
        pop     ax
        ret

; One command: REQ_CHUNK sectors of one track. CF = 1: AH = status
floppy_command:
        call    floppy_dma
        jc      .done
        call    fdc_expect
        movzx   bx, byte [fs:REQ_OP]
        mov     al, [cs:.commands + bx]
        call    fdc_send
        mov     al, [fs:REQ_HEAD]
        shl     al, 2
        or      al, [fs:REQ_DRIVE]
        call    fdc_send
        mov     al, [fs:REQ_CYLINDER]
        call    fdc_send
        mov     al, [fs:REQ_HEAD]
        call    fdc_send
        mov     al, [fs:REQ_SECTOR]
        call    fdc_send
        mov     al, 2                   ; 512 bytes
        call    fdc_send
        mov     al, [fs:REQ_SPT]        ; last sector of the track
        call    fdc_send
        mov     al, 0x1B                ; gap
        call    fdc_send
        mov     al, 0xFF
        call    fdc_send
        jc      .done
floppy_finish:
        call    fdc_wait
        jc      .done
        call    fdc_result
        jc      .done
        mov     al, [FD_RESULT]
        test    al, 0xC0
        jz      .done
        mov     ah, DISK_NOT_READY
        test    al, 0x08
        jnz     .failed
        mov     al, [FD_RESULT + 1]     ; ST1
        mov     ah, DISK_PROTECTED
        test    al, 0x02
        jnz     .failed
        mov     ah, DISK_CRC
        test    al, 0x20
        jnz     .failed
        mov     ah, DISK_DMA
        test    al, 0x10
        jnz     .failed
        mov     ah, DISK_NO_SECTOR
        test    al, 0x84
        jnz     .failed
        mov     ah, DISK_NO_MARK
        test    al, 0x01
        jnz     .failed
        mov     ah, DISK_CONTROLLER
.failed:
        stc
.done:  ret
floppy_command.done equ floppy_finish.done
floppy_command.commands:
        db      0xE6, 0xC5, 0xE6        ; READ DATA and WRITE DATA, MFM; verify reads without a DMA target

; DMA channel 2 for REQ_CHUNK sectors at REQ_SEGMENT:REQ_OFFSET. CF = 1: the buffer crosses 64 KiB.
floppy_dma:
        mov     al, 0x06                ; mask channel 2
        out     0x0A, al
        movzx   bx, byte [fs:REQ_OP]
        mov     cx, [fs:REQ_CHUNK]
        shl     cx, 9
        cmp     bl, OP_FORMAT
        jne     .bytes
        shr     cx, 7                   ; four bytes a sector
.bytes: dec     cx
        movzx   eax, word [fs:REQ_SEGMENT]
        shl     eax, 4
        movzx   edx, word [fs:REQ_OFFSET]
        add     eax, edx
        cmp     bl, OP_VERIFY
        je      .inside
        mov     dx, ax
        add     dx, cx
        mov     dx, ax
        jc      .crosses
.inside:
        out     0x0C, al                ; the next byte is a low one
        mov     dl, [cs:.modes + bx]
        xchg    al, dl
        out     0x0B, al
        mov     al, dl
        out     0x04, al
        mov     al, ah
        out     0x04, al
        shr     eax, 16
        out     0x81, al
        mov     al, cl
        out     0x05, al
        mov     al, ch
        out     0x05, al
        mov     al, 0x02                ; go
        out     0x0A, al
        clc
        ret
.crosses:
        mov     ah, DISK_BOUNDARY
        stc
        ret
.modes: db      0x46, 0x4A, 0x42, 0x4A  ; to memory, from memory, verify, from memory
