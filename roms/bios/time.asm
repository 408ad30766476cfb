; time.asm - the timer tick, the real-time clock, INT 1Ah, INT 70h.

TICKS_A_DAY     equ 0x1800B0            ; 86400 s of 1193182 / 65536 ticks
MICROSECONDS    equ 976                 ; between two periodic interrupts of the RTC (1024 Hz)

; ---------------------------------------------------------------- INT 8: 18.2 times a second
int08:
        push    ds
        push    eax
        push    dx
        push    BDA_SEG
        pop     ds
        mov     eax, [TICKS]
        inc     eax
        cmp     eax, TICKS_A_DAY
        jb      .today
        xor     eax, eax
        inc     byte [TICKS_MIDNIGHT]
.today: mov     [TICKS], eax
        cmp     byte [FD_TIMEOUT], 0
        je      .motors_done
        dec     byte [FD_TIMEOUT]
        jnz     .motors_done
        and     byte [FD_MOTOR], 0xF0   ; motors off, interrupts and DMA stay on
        mov     dx, FDC_DOR
        mov     al, 0x0C
        out     dx, al
.motors_done:
        int     0x1C                    ; the user's tick
        cli
        mov     al, 0x20
        out     PIC1, al
        pop     dx
        pop     eax
        pop     ds
        iret

; Sleep until the next interrupt, if the timer can end the sleep; otherwise CF = 1. Preserves all but
; the flags.
wait_a_moment:
        push    ax
        in      al, PIC1_MASK
        shr     al, 1
        jc      .done
        sti
        hlt
        clc
.done:  pop     ax
        ret

; ---------------------------------------------------------------- CMOS
cmos_read:                              ; AL = register -> AL
        or      al, 0x80                ; no NMI between the two accesses
        out     CMOS_INDEX, al
        in      al, CMOS_DATA
        push    ax
        mov     al, 0x0D
        out     CMOS_INDEX, al
        pop     ax
        ret
cmos_write:                             ; AL = register, AH = value
        push    ax
        or      al, 0x80
        out     CMOS_INDEX, al
        mov     al, ah
        out     CMOS_DATA, al
        mov     al, 0x0D
        out     CMOS_INDEX, al
        pop     ax
        ret
cmos_read_word:                         ; AL = register of the low byte -> AX
        push    bx
        mov     bl, al
        inc     ax
        call    cmos_read
        mov     bh, al
        mov     al, bl
        call    cmos_read
        mov     ah, bh
        pop     bx
        ret
; Wait until the clock is not being updated: an update takes 2 ms. CF = 1: it never ends.
rtc_wait:
        push    ax
        push    cx
        xor     cx, cx
.wait:  mov     al, CMOS_A
        call    cmos_read
        test    al, 0x80                ; CF = 0
        jz      .done
        loop    .wait
        stc
.done:  pop     cx
        pop     ax
        ret

; ---------------------------------------------------------------- INT 1Ah
int1A:
        sti
        SERVICE_ENTER
        DISPATCH .table, .table_end, .unknown
        SERVICE_LEAVE
.unknown:
        cmp     ah, 0xB1
        je      pci_service
.refused:
        or      byte [bp + R_FLAGS], FLAG_CF
        ret
.table: dw      time_get_ticks, time_set_ticks, time_get_time, time_set_time
        dw      time_get_date, time_set_date, time_set_alarm, time_clear_alarm
.table_end:

time_get_ticks:                         ; 00h: -> CX:DX ticks, AL days passed since the last call
        cli
        mov     ax, [TICKS]
        mov     [bp + R_DX], ax
        mov     ax, [TICKS + 2]
        mov     [bp + R_CX], ax
        mov     al, 0
        xchg    al, [TICKS_MIDNIGHT]
        mov     ah, 0
        mov     [bp + R_AX], ax
        sti
time_ok:
        and     byte [bp + R_FLAGS], ~FLAG_CF
        ret
time_set_ticks:                         ; 01h: CX:DX
        cli
        mov     [TICKS], dx
        mov     [TICKS + 2], cx
        mov     byte [TICKS_MIDNIGHT], 0
        sti
        mov     byte [bp + R_AH], 0
        jmp     time_ok
time_get_time:                          ; 02h: -> CH hours, CL minutes, DH seconds, DL daylight saving
        call    rtc_wait
        jc      int1A.refused
        mov     al, CMOS_HOURS
        call    cmos_read
        mov     [bp + R_CH], al
        mov     al, CMOS_MINUTES
        call    cmos_read
        mov     [bp + R_CL], al
        mov     al, CMOS_SECONDS
        call    cmos_read
        mov     [bp + R_DH], al
        mov     al, CMOS_B
        call    cmos_read
        and     al, 1
        mov     [bp + R_DL], al
        mov     byte [bp + R_AH], 0
        jmp     time_ok
time_set_time:                          ; 03h: CH, CL, DH, DL as above
        call    rtc_stop
        mov     al, CMOS_SECONDS
        mov     ah, dh
        call    cmos_write
        mov     al, CMOS_MINUTES
        mov     ah, cl
        call    cmos_write
        mov     al, CMOS_HOURS
        mov     ah, ch
        call    cmos_write
        and     bl, 0xFE
        and     dl, 1
        or      bl, dl
        jmp     rtc_start
time_get_date:                          ; 04h: -> CH century, CL year, DH month, DL day
        call    rtc_wait
        jc      int1A.refused
        mov     al, CMOS_CENTURY
        call    cmos_read
        mov     [bp + R_CH], al
        mov     al, CMOS_YEAR
        call    cmos_read
        mov     [bp + R_CL], al
        mov     al, CMOS_MONTH
        call    cmos_read
        mov     [bp + R_DH], al
        mov     al, CMOS_DAY
        call    cmos_read
        mov     [bp + R_DL], al
        mov     byte [bp + R_AH], 0
        jmp     time_ok
time_set_date:                          ; 05h: CH, CL, DH, DL as above
        call    rtc_stop
        mov     al, CMOS_DAY
        mov     ah, dl
        call    cmos_write
        mov     al, CMOS_MONTH
        mov     ah, dh
        call    cmos_write
        mov     al, CMOS_YEAR
        mov     ah, cl
        call    cmos_write
        mov     al, CMOS_CENTURY
        mov     ah, ch
        call    cmos_write
rtc_start:                              ; BL = register B
        mov     al, CMOS_B
        mov     ah, bl
        and     ah, 0x7F
        call    cmos_write
        mov     byte [bp + R_AH], 0
        jmp     time_ok
rtc_stop:                               ; -> BL = register B
        mov     al, CMOS_B
        call    cmos_read
        mov     bl, al
        mov     ah, al
        or      ah, 0x80
        mov     al, CMOS_B
        jmp     cmos_write
time_set_alarm:                         ; 06h: INT 4Ah at CH, CL, DH; CF = 1 if one is set already
        mov     al, CMOS_B
        call    cmos_read
        test    al, 0x20
        jnz     int1A.refused
        mov     bl, al
        mov     al, CMOS_SECONDS + 1
        mov     ah, dh
        call    cmos_write
        mov     al, CMOS_MINUTES + 1
        mov     ah, cl
        call    cmos_write
        mov     al, CMOS_HOURS + 1
        mov     ah, ch
        call    cmos_write
        or      bl, 0x20
        call    unmask_rtc
        jmp     rtc_start
time_clear_alarm:                       ; 07h
        mov     al, CMOS_B
        call    cmos_read
        mov     bl, al
        and     bl, 0xDF
        jmp     rtc_start

unmask_rtc:
        push    ax
        in      al, PIC2_MASK
        and     al, 0xFE
        out     PIC2_MASK, al
        in      al, PIC1_MASK
        and     al, 0xFB
        out     PIC1_MASK, al
        pop     ax
        ret

; ---------------------------------------------------------------- INT 70h: the RTC's interrupt
int70:
        push    ds
        push    es
        push    eax
        push    bx
        push    BDA_SEG
        pop     ds
        mov     al, CMOS_C
        call    cmos_read
        mov     ah, al
        mov     al, CMOS_B
        call    cmos_read
        and     al, ah                  ; only what is enabled
        test    al, 0x40
        jz      .alarm
        sub     dword [WAIT_COUNT], MICROSECONDS
        ja      .alarm
        push    ax
        call    rtc_periodic_off
        pop     ax
        les     bx, [WAIT_PTR]          ; time is up: bit 7 of the caller's byte
        or      byte [es:bx], 0x80
        mov     byte [WAIT_ACTIVE], 0
.alarm: test    al, 0x20
        jz      .done
        sti
        int     0x4A
        cli
.done:  mov     al, 0x20
        out     PIC2, al
        out     PIC1, al
        pop     bx
        pop     eax
        pop     es
        pop     ds
        iret

rtc_periodic_off:
        mov     al, CMOS_B
        call    cmos_read
        and     al, 0xBF
        jmp     rtc_write_b
rtc_periodic_on:
        call    unmask_rtc
        mov     al, CMOS_C              ; an old request must not count
        call    cmos_read
        mov     al, CMOS_B
        call    cmos_read
        or      al, 0x40
rtc_write_b:
        mov     ah, al
        mov     al, CMOS_B
        jmp     cmos_write

; ---------------------------------------------------------------- POST
time_post:
        mov     al, 0x34                ; counter 0: mode 2, 65536 counts, 18.2 Hz
        out     PIT_CONTROL, al
        mov     al, 0
        out     PIT_COUNTER0, al
        out     PIT_COUNTER0, al
        mov     ax, CMOS_A | 0x2600     ; 32 kHz crystal, 1024 Hz periodic rate
        call    cmos_write
        mov     ax, CMOS_B | 0x0200     ; 24 hours, BCD, no interrupts
        call    cmos_write
        mov     al, CMOS_C
        call    cmos_read
        call    rtc_wait
        mov     al, CMOS_HOURS          ; ticks since midnight = seconds * 1193182 / 65536
        call    .bcd
        imul    ebx, eax, 3600
        mov     al, CMOS_MINUTES
        call    .bcd
        imul    eax, 60
        add     ebx, eax
        mov     al, CMOS_SECONDS
        call    .bcd
        add     eax, ebx
        mov     edx, 1193182
        mul     edx
        shrd    eax, edx, 16
        cmp     eax, TICKS_A_DAY
        jb      .valid
        xor     eax, eax
.valid: mov     [TICKS], eax
        ret
.bcd:   call    cmos_read               ; register AL -> EAX
        mov     ah, al
        shr     ah, 4
        and     al, 15
        aad
        movzx   eax, ax
        ret
