; teaches: the 8259 pair: masks, priority, in-service bits, EOI, rotation, the slave, automatic EOI and poll
; run: --budget 1000000000
; media: floppy
; qemu: same
; bochs: differs, a poll answers without bit 7
; expect-serial: masks
; expect-serial: in service until EOI
; expect-serial: priority
; expect-serial: the slave
; expect-serial: new vector base and automatic EOI
; expect-serial: poll
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Interrupts are made with what each PC has: IRQ 0 by the timer in mode 0 (one edge), IRQ 8 by the periodic
; interrupt of the real-time clock, which reaches the master through its input 2.

        %include "boot.inc"

; ocw3 VALUE, then read: 0Ah IRR, 0Bh ISR of the master
%macro read_register 2                  ; PORT, 0x0A or 0x0B
        mov     al, %2
        out     %1, al
        in      al, %1
%endmacro

main:
        cli
        in      al, 0x21
        mov     [masks], al
        in      al, 0xA1
        mov     [masks + 1], al
        mov     eax, [8 * 4]
        mov     [old_vector], eax
        mov     eax, [0x70 * 4]
        mov     [old_vector + 4], eax

        print   `masks\n`
        mov     al, 0x5A
        out     0x21, al
        in      al, 0x21
        expect8 al, 0x5A, "the mask reads back"
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        mov     dword [8 * 4], count_only
        call    make_irq0
        sti
        nop
        nop
        cli
        expect16 [irq0_count], 0, "masked: not delivered"
        read_register 0x20, 0x0A
        and     al, 1
        expect8 al, 1, "masked: but requested"
        mov     al, 0xFE
        out     0x21, al
        sti
        nop
        nop
        cli
        expect16 [irq0_count], 1, "unmasked: delivered now"
        read_register 0x20, 0x0A
        and     al, 1
        expect8 al, 0, "the request is gone"

        print   `in service until EOI\n`
; that handler has sent no EOI yet
        read_register 0x20, 0x0B
        expect8 al, 1, "in service"
        call    make_irq0
        sti
        nop
        nop
        cli
        expect16 [irq0_count], 1, "not again before EOI"
        mov     al, 0x60                ; specific EOI for level 0
        out     0x20, al
        sti
        nop
        nop
        cli
        expect16 [irq0_count], 2, "after the specific EOI"
        mov     al, 0x20                ; non-specific EOI
        out     0x20, al
        read_register 0x20, 0x0B
        expect8 al, 0, "nothing in service"

        print   `priority\n`
; IRQ 8 (input 2 of the master) and IRQ 0 at once: 0 goes first; rotated, 2 does
        mov     al, 0xFA
        out     0x21, al
        mov     al, 0xFE
        out     0xA1, al
        mov     dword [8 * 4], note_zero
        mov     dword [0x70 * 4], note_eight
        call    periodic_on
        call    make_irq0
        call    wait_irq8
        sti
        nop
        nop
        nop
        cli
        call    periodic_off
        expect16 [order], 0x0800, "IRQ 0 before IRQ 8"
        mov     word [order], 0xFFFF
        mov     byte [order_next], 0
        mov     al, 0xC1                ; set priority: level 1 lowest, so level 2 is the highest
        out     0x20, al
        call    periodic_on
        call    wait_irq8
        call    make_irq0
        sti
        nop
        nop
        nop
        cli
        call    periodic_off
        expect16 [order], 0x0008, "rotated: IRQ 8 before IRQ 0"
        mov     al, 0xC7                ; the usual order again
        out     0x20, al

        print   `the slave\n`
        mov     dword [0x70 * 4], look_inside
        mov     byte [inside], 0xFF
        call    periodic_on
        sti
.wait:  cmp     byte [inside], 0xFF
        je      .wait
        cli
        call    periodic_off
        mov     al, [inside]
        expect8 al, 0x04, "master in service: its input 2"
        mov     al, [inside + 1]
        expect8 al, 0x01, "slave in service: its input 0"

        print   `new vector base and automatic EOI\n`
        mov     al, 0x11                ; ICW1: edge, cascade, ICW4 follows
        out     0x20, al
        mov     al, 0x58                ; ICW2: vectors 58h..5Fh
        out     0x21, al
        mov     al, 0x04                ; ICW3: a slave at input 2
        out     0x21, al
        mov     al, 0x03                ; ICW4: 8086 mode, automatic EOI
        out     0x21, al
        mov     al, 0xFE
        out     0x21, al
        mov     word [irq0_count], 0
        mov     dword [0x58 * 4], count_only
        mov     cx, 3
.three: call    make_irq0
        sti
        nop
        nop
        cli
        loop    .three
        expect16 [irq0_count], 3, "three interrupts at vector 58h without any EOI"
        read_register 0x20, 0x0B
        expect8 al, 0, "automatic EOI leaves nothing in service"

        print   `poll\n`
        mov     al, 0x11                ; back to what the BIOS had
        out     0x20, al
        mov     al, 0x08
        out     0x21, al
        mov     al, 0x04
        out     0x21, al
        mov     al, 0x01
        out     0x21, al
        mov     al, 0xFF
        out     0x21, al
        mov     al, 0x0C                ; OCW3 poll with nothing requested: bit 7 stays clear
        out     0x20, al
        in      al, 0x20
        and     al, 0x80
        expect8 al, 0, "poll: no request"
        mov     al, 0xFE
        out     0x21, al
        call    make_irq0
        mov     al, 0x0C
        out     0x20, al
        in      al, 0x20                ; a poll with a request acknowledges it
        and     al, 0x87
        expect8 al, 0x80, "poll: level 0"
        read_register 0x20, 0x0B
        expect8 al, 1, "poll sets the in-service bit"
        mov     al, 0x20
        out     0x20, al

        mov     al, 0x36                ; the timer as the BIOS had it
        out     0x43, al
        xor     al, al
        out     0x40, al
        out     0x40, al
        mov     eax, [old_vector]
        mov     [8 * 4], eax
        mov     eax, [old_vector + 4]
        mov     [0x70 * 4], eax
        mov     al, [masks]
        out     0x21, al
        mov     al, [masks + 1]
        out     0xA1, al
        sti
        finish

; handlers
count_only:
        inc     word [cs:irq0_count]
        iret

; make_irq0: timer channel 0 in mode 0 gives one rising edge; wait until the PIC has seen it
make_irq0:
        push    ax
        mov     al, 0x30
        out     0x43, al
        mov     al, 50
        out     0x40, al
        mov     al, 0
        out     0x40, al
.wait:  read_register 0x20, 0x0A
        test    al, 1
        jz      .wait
        pop     ax
        ret

note_zero:
        pusha
        mov     al, 0x00
        call    note
        mov     al, 0x20
        out     0x20, al
        popa
        iret
note_eight:
        pusha
        mov     al, 0x08
        call    note
        call    read_c
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        popa
        iret
look_inside:
        pusha
        read_register 0xA0, 0x0B
        mov     [cs:inside + 1], al
        read_register 0x20, 0x0B
        mov     [cs:inside], al
        call    read_c
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        popa
        iret
note:   movzx   bx, byte [cs:order_next]
        cmp     bx, 2
        jae     .full
        mov     [cs:order + bx], al
        inc     byte [cs:order_next]
.full:  ret

; the RTC's periodic interrupt, 1024 times a second
periodic_on:
        call    read_c
        mov     al, 0x0B
        out     0x70, al
        in      al, 0x71
        mov     ah, al
        or      ah, 0x40
        mov     al, 0x0B
        out     0x70, al
        mov     al, ah
        out     0x71, al
        ret
periodic_off:
        mov     al, 0x0B
        out     0x70, al
        in      al, 0x71
        mov     ah, al
        and     ah, 0xBF
        mov     al, 0x0B
        out     0x70, al
        mov     al, ah
        out     0x71, al
read_c: mov     al, 0x0C                ; reading register C lets the IRQ line go
        out     0x70, al
        in      al, 0x71
        ret
wait_irq8:
        read_register 0xA0, 0x0A
        test    al, 1
        jz      wait_irq8
        ret

order:          dw 0xFFFF
order_next:     db 0
inside:         db 0, 0
masks:          dw 0
old_vector:     dd 0, 0
irq0_count:     dw 0
        %include "end.inc"
