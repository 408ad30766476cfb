; teaches: the A20 gate: with it off, addresses above 1 MiB wrap to 0, for the processor and for its code fetch alike
; run: --budget 200000000
; media: floppy
; qemu: same
; expect-serial: port 92h
; expect-serial: keyboard controller
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

LOW_CELL        equ 0x0500              ; 0000:0500 and FFFF:0510 are one cell with A20 off
HIGH_CELL       equ 0x0510

main:
        print   `port 92h\n`
        in      al, 0x92
        or      al, 2
        and     al, 0xFE                ; bit 0 would reset the machine
        out     0x92, al
        call    wraps
        expect16 ax, 0, "on: no wrap"
        in      al, 0x92
        and     al, 0xFC
        out     0x92, al
        call    wraps
        expect16 ax, 1, "off: wraps"
        in      al, 0x92
        and     ax, 2
        expect16 ax, 0, "port 92h reads back 0"
        in      al, 0x92
        or      al, 2
        out     0x92, al
        call    wraps
        expect16 ax, 0, "on again: no wrap"

        print   `keyboard controller\n`
        cli
        mov     al, 0xAD                ; no keyboard bytes in between
        call    command
        mov     al, 0xD0                ; read the output port: bit 1 is A20
        call    command
        call    answer
        mov     [output_port], al
        and     ax, 2
        expect16 ax, 2, "output port shows A20 on"
        mov     al, 0xD1                ; write it with bit 1 clear; bit 0 low would reset
        call    command
        mov     al, [output_port]
        and     al, 0xFD
        or      al, 1
        call    data
        call    wait_written
        call    wraps
        expect16 ax, 1, "off by the 8042: wraps"
        mov     al, 0xD1
        call    command
        mov     al, [output_port]
        or      al, 3
        call    data
        call    wait_written
        call    wraps
        expect16 ax, 0, "on by the 8042: no wrap"
        mov     al, 0xAE
        call    command
        sti
        finish

; wraps: AX = 1 when the two cells are one
wraps:
        push    ds
        push    es
        xor     ax, ax
        mov     ds, ax
        dec     ax
        mov     es, ax
        mov     word [LOW_CELL], 0x1111
        mov     word [es:HIGH_CELL], 0x2222
        xor     ax, ax
        cmp     word [LOW_CELL], 0x2222
        jne     .different
        inc     ax
.different:
        pop     es
        pop     ds
        ret

command:                                ; AL to the controller
        call    wait_written
        out     0x64, al
        ret
data:                                   ; AL to its data port
        call    wait_written
        out     0x60, al
        ret
answer:                                 ; AL from it
        in      al, 0x64
        test    al, 1
        jz      answer
        in      al, 0x60
        ret
wait_written:
        push    ax
.wait:  in      al, 0x64
        test    al, 2                   ; input buffer full
        jnz     .wait
        pop     ax
        ret

output_port:    db 0
        %include "end.inc"
