; teaches: the 16550 serial port: scratch, divisor latch, loop-back, modem lines, the FIFO and its interrupts
; run: --budget 1000000000
; media: floppy
; qemu: same
; bochs: differs, emptying the receive FIFO leaves its data-ready bit set
; expect-serial: registers
; expect-serial: loop-back
; expect-serial: fifo
; expect-serial: interrupts
; expect-serial: PASS
; expect-end: debug-exit 33
;
; In loop-back mode the transmitter feeds the receiver and nothing reaches the line; results are kept and
; printed only after it is off again.

        %include "boot.inc"

DATA    equ COM1                        ; receive and transmit; divisor low with DLAB
IER     equ COM1 + 1                    ; interrupt enable; divisor high with DLAB
IIR     equ COM1 + 2                    ; interrupt identification; write: FIFO control
LCR     equ COM1 + 3
MCR     equ COM1 + 4
LSR     equ COM1 + 5
MSR     equ COM1 + 6
SCR     equ COM1 + 7

%macro put 2
        mov     dx, %1
        mov     al, %2
        out     dx, al
%endmacro
%macro get 1
        mov     dx, %1
        in      al, dx
%endmacro
; keep: the next result; compare them later with `kept WANTED, "name"`
%macro keep 0
        mov     bx, [next]
        mov     [bx], al
        inc     word [next]
%endmacro
%macro kept 2
        mov     bx, [next]
        mov     al, [bx]
        inc     word [next]
        expect8 al, %1, %2
%endmacro

main:
        print   `registers\n`
        call    empty
        put     SCR, 0xA5
        get     SCR
        expect8 al, 0xA5, "scratch"
        put     LCR, 0x83               ; DLAB: the first two ports are the divisor now
        put     DATA, 0x01
        put     IER, 0x00               ; 115200 baud
        get     DATA
        mov     cl, al
        get     LCR
        mov     ch, al
        put     LCR, 0x03
        expect8 cl, 0x01, "divisor reads back"
        expect8 ch, 0x83, "line control reads back"
        put     IER, 0xFF               ; four bits exist
        get     IER
        mov     cl, al
        put     IER, 0x00
        expect8 cl, 0x0F, "interrupt enable has four bits"

        print   `loop-back\n`
        call    empty
        put     MCR, 0x10
        get     MSR                     ; what changed on the way into the loop does not matter
        get     MSR
        keep                            ; 1: no lines
        put     MCR, 0x1F               ; DTR RTS OUT1 OUT2 come back as DSR CTS RI DCD
        get     MSR
        keep                            ; 2: lines, and changes in the low four bits
        get     MSR
        keep                            ; 3: the changes are gone after a read
        put     MCR, 0x12               ; RTS only
        get     MSR
        put     DATA, 'x'
        call    wait_data
        get     LSR
        keep                            ; 4
        get     DATA
        keep                            ; 5
        get     LSR
        keep                            ; 6
        put     MCR, 0x0B
        mov     word [next], results
        kept    0x00, "no modem lines on"
        and     byte [results + 1], 0xF0
        kept    0xF0, "four lines on"
        kept    0xF0, "changes are cleared by the read"
        and     byte [results + 3], 1
        kept    1, "data ready"
        kept    'x', "the byte came back"
        and     byte [results + 5], 1
        kept    0, "data ready is cleared by the read"

        print   `fifo\n`
        mov     word [next], results
        call    empty
        put     IIR, 0x07               ; FIFOs on, both emptied, trigger level 1
        get     IIR
        and     al, 0xC0
        keep                            ; 1
        put     MCR, 0x1B
        mov     cx, 8
        mov     ah, '1'
.fill:  mov     al, ah
        mov     dx, DATA
        out     dx, al
        inc     ah
        call    wait_sent
        loop    .fill
        mov     cx, 8
.drain: get     DATA
        keep                            ; 2 to 9
        loop    .drain
        get     LSR
        and     al, 1
        keep                            ; 10
        put     DATA, 'z'
        call    wait_sent
        put     IIR, 0x03               ; bit 1 empties the receiver
        get     LSR
        and     al, 1
        keep                            ; 11
        put     MCR, 0x0B
        put     IIR, 0x00
        get     IIR
        and     al, 0xC0
        keep                            ; 12
        mov     word [next], results
        kept    0xC0, "FIFOs on"
%assign n 0
%rep 8
        kept    '1' + n, "bytes in order"
  %assign n n + 1
%endrep
        kept    0, "empty after eight"
        kept    0, "receiver reset"
        kept    0, "FIFOs off"

        print   `interrupts\n`
        mov     word [next], results
        call    empty
        cli
        mov     eax, [0x0C * 4]
        mov     [old_vector], eax
        mov     dword [0x0C * 4], serial
        in      al, 0x21
        mov     [old_mask], al
        and     al, 0xEF                ; IRQ 4
        out     0x21, al
        sti                             ; an old edge may still be latched: let it pass
        nop
        nop
        get     IIR
        and     al, 0x0F
        keep                            ; 1: nothing pending
        put     MCR, 0x1B               ; OUT2 lets the interrupt out
        put     IER, 0x01               ; received data
        mov     byte [interrupts], 0
        put     DATA, 'i'
        mov     cx, 0
.wait:  cmp     byte [interrupts], 0
        jne     .came
        in      al, 0x61
        loop    .wait
.came:  cli
        put     IER, 0x02               ; transmitter empty: pending at once
        get     IIR
        and     al, 0x0F
        keep                            ; 2
        get     IIR                     ; reading it as the cause has cleared it
        and     al, 0x0F
        keep                            ; 3
        put     IER, 0x00
        put     MCR, 0x0B
        mov     al, [old_mask]
        out     0x21, al
        mov     eax, [old_vector]
        mov     [0x0C * 4], eax
        sti
        mov     word [next], results
        kept    0x01, "no interrupt pending"
        kept    0x02, "transmitter empty is pending when it is enabled"
        kept    0x01, "and goes away when it was read"
        mov     al, [interrupts]
        expect8 al, 1, "one interrupt"
        mov     al, [cause]
        expect8 al, 0x04, "its cause: received data"
        mov     al, [byte_seen]
        expect8 al, 'i', "its byte"
        finish

serial:
        push    ax
        push    dx
        get     IIR
        and     al, 0x0F
        mov     [cs:cause], al
        get     DATA
        mov     [cs:byte_seen], al
        inc     byte [cs:interrupts]
        mov     al, 0x20
        out     0x20, al
        pop     dx
        pop     ax
        iret

; empty: wait until the line has taken everything, so that nothing printed falls into the loop
empty:
        get     LSR
        test    al, 0x40
        jz      empty
        ret
wait_sent:
        push    cx
        mov     cx, 0
.wait:  get     LSR
        test    al, 0x40
        jnz     .done
        loop    .wait
.done:  mov     cx, 2000
.more:  in      al, 0x61
        loop    .more
        pop     cx
        ret
wait_data:
        push    cx
        mov     cx, 0
.wait:  get     LSR
        test    al, 1
        jnz     .done
        loop    .wait
.done:  pop     cx
        ret

next:           dw results
results:        times 16 db 0
interrupts:     db 0
cause:          db 0
byte_seen:      db 0
old_mask:       db 0
        align   4, db 0
old_vector:     dd 0
        %include "end.inc"
