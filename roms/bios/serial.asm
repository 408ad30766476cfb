; serial.asm - INT 14h (serial ports) and INT 17h (printers).

UART_DATA       equ 0                   ; 16550, offsets from its first port
UART_LCR        equ 3
UART_MCR        equ 4
UART_LSR        equ 5
UART_MSR        equ 6

int14:
        sti
        SERVICE_ENTER
        cmp     dx, 4
        jae     .done
        mov     bx, dx
        mov     cl, [COM_TIMEOUT + bx]
        add     bx, bx
        mov     dx, [COM_PORTS + bx]
        test    dx, dx
        jz      .done
        DISPATCH .table, .table_end, .nothing
.done:  SERVICE_LEAVE
.nothing:
        ret
.table: dw      serial_setup, serial_send, serial_receive, serial_status
.table_end:

; 00h: AL = bits 7-5 rate, 4-3 parity, 2 stop bits, 1-0 length
serial_setup:
        mov     ch, al
        movzx   si, al
        shr     si, 5
        add     si, si
        add     dx, UART_LCR
        mov     al, 0x80                ; divisor latch
        out     dx, al
        sub     dx, UART_LCR
        mov     ax, [cs:serial_divisors + si]
        out     dx, al
        inc     dx
        mov     al, ah
        out     dx, al
        add     dx, UART_LCR - 1
        mov     al, ch
        and     al, 0x1F
        out     dx, al
        sub     dx, UART_LCR - 1
        mov     al, 0                   ; no interrupts
        out     dx, al
        dec     dx
; 03h: -> AH line status, AL modem status
serial_status:
        add     dx, UART_LSR
        in      al, dx
        mov     ah, al
        inc     dx
        in      al, dx
        mov     [bp + R_AX], ax
        ret
serial_divisors:
        dw      1047, 768, 384, 192, 96, 48, 24, 12     ; 110 to 9600 bit/s

; 01h: send AL -> AH line status, bit 7: timeout
serial_send:
        mov     ch, al
        add     dx, UART_MCR
        mov     al, 3                   ; DTR and RTS
        out     dx, al
        inc     dx
        mov     ah, 0x20                ; transmitter empty
        call    serial_wait
        jc      .done
        sub     dx, UART_LSR
        mov     al, ch
        out     dx, al
.done:  mov     [bp + R_AH], ah
        ret

; 02h: -> AL, AH line status, bit 7: timeout
serial_receive:
        add     dx, UART_MCR
        mov     al, 1
        out     dx, al
        inc     dx
        mov     ah, 0x01                ; data ready
        call    serial_wait
        jc      .done
        and     ah, 0x1E                ; errors only
        sub     dx, UART_LSR
        in      al, dx
        mov     [bp + R_AL], al
.done:  mov     [bp + R_AH], ah
        ret

; Wait for bit AH of the line status at DX, CL seconds at most -> AH = status, CF = 1 and bit 7: timeout
serial_wait:
        push    bx
        push    si
        push    ecx
        mov     bl, ah
        mov     al, cl
        mov     ah, 18
        mul     ah
        mov     si, ax                  ; ticks
        mov     ecx, 0x1000             ; looks before going to sleep between them
.look:  in      al, dx
        test    al, bl
        jnz     .there
        loop    .look, ecx
        mov     cl, 1
        mov     bh, [TICKS]
        call    wait_a_moment
        cmp     bh, [TICKS]
        je      .still                  ; woken by something else, or the timer is masked
        dec     si
        js      .late
        jmp     .look
.still: in      al, PIC1_MASK
        test    al, 1
        jz      .look
.late:  in      al, dx
        or      al, 0x80
        mov     ah, al
        stc
        jmp     .done
.there: mov     ah, al
        clc
.done:  pop     ecx
        pop     si
        pop     bx
        ret

; ---------------------------------------------------------------- INT 17h
int17:
        sti
        SERVICE_ENTER
        cmp     dx, 3
        jae     .absent
        mov     bx, dx
        add     bx, bx
        mov     dx, [LPT_PORTS + bx]
        test    dx, dx
        jz      .absent
        cmp     ah, 1
        jb      .print
        je      .reset
        cmp     ah, 2
        je      .status
        jmp     .done
.absent:
        mov     byte [bp + R_AH], 0x01  ; timeout
        jmp     .done
.print: out     dx, al
        inc     dx
        mov     cx, 0x8000
.busy:  in      al, dx
        test    al, 0x80                ; 0 while the printer is busy
        loopz   .busy
        mov     ah, 0x01
        jz      .timeout
        inc     dx
        mov     al, 0x0D                ; strobe
        out     dx, al
        mov     al, 0x0C
        out     dx, al
        dec     dx
        mov     ah, 0
.timeout:
        in      al, dx
        xor     al, 0x48                ; acknowledge and error are active low
        and     al, 0xF8
        or      al, ah
        mov     [bp + R_AH], al
.done:  SERVICE_LEAVE
.reset: add     dx, 2
        mov     al, 0x08
        out     dx, al
        mov     cx, 64
.pulse: loop    .pulse
        mov     al, 0x0C
        out     dx, al
        sub     dx, 2
.status:
        inc     dx
        mov     ah, 0
        jmp     .timeout

; ---------------------------------------------------------------- POST: which ports are there
ports_post:
        xor     bx, bx                  ; next COM entry
        mov     si, .com
.serial:
        cs lodsw
        mov     dx, ax
        add     dx, 7                   ; the scratch register keeps what is written
        mov     al, 0x5A
        out     dx, al
        in      al, dx
        cmp     al, 0x5A
        jne     .no_uart
        sub     dx, 7
        mov     [COM_PORTS + bx], dx
        add     bx, 2
.no_uart:
        cmp     si, .com_end
        jb      .serial
        shl     bx, 8                   ; number of ports in bits 11-9
        or      [EQUIPMENT], bx
        xor     bx, bx
.parallel:
        cs lodsw
        mov     dx, ax
        mov     al, 0xA5                ; so does the data register of a parallel port
        out     dx, al
        in      al, dx
        cmp     al, 0xA5
        jne     .no_port
        mov     [LPT_PORTS + bx], dx
        add     bx, 2
.no_port:
        cmp     si, .lpt_end
        jb      .parallel
        shl     bx, 13                  ; bits 15-14
        or      [EQUIPMENT], bx
        mov     dword [LPT_TIMEOUT], 0x14141414
        mov     dword [COM_TIMEOUT], 0x01010101
        ret
.com:   dw      0x3F8, 0x2F8, 0x3E8, 0x2E8
.com_end:
.lpt:   dw      0x378, 0x278
.lpt_end:
