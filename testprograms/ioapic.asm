; teaches: the I/O APIC: registers, edges of the timer on input 2, a level on input 8, masks and the remote IRR
; run: --budget 4000000000
; media: floppy
; qemu: same
; expect-serial: registers
; expect-serial: edge
; expect-serial: level
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        %include "apic.inc"

REMOTE_IRR      equ 1 << 14

main:
        enter_protected
        setup_apic
        on_vector 0x41
        on_vector 0x52
        print   `registers\n`
        ioapic_read 1
        shr     eax, 16
        and     eax, 0xFF
        expect32 eax, 23, "24 inputs"
        ioapic_write 0x10 + 2 * 9 + 1, 0x12345678
        ioapic_read 0x10 + 2 * 9 + 1
        and     eax, 0xFF000000
        expect32 eax, 0x12000000, "destination"
        ioapic_write 0x10 + 2 * 9, MASKED | 0x5041
        ioapic_read 0x10 + 2 * 9
        expect32 eax, MASKED | 0x41, "status bits cannot be written"

        print   `edge\n`
        ioapic_write 0x10 + 2 * 2 + 1, 0
        ioapic_write 0x10 + 2 * 2, 0x41
        mov     al, 0x34                ; channel 0, mode 2, 1 kHz
        out     0x43, al
        mov     al, 0xA9
        out     0x40, al
        mov     al, 0x04
        out     0x40, al
        sti
.more:  hlt
        cmp     dword [log_count], 4
        jb      .more
        cli
        expect32 [log], 0x41414141, "the timer arrives at input 2"    ; on a slow machine more often than four times
        ioapic_read 0x10 + 2 * 2
        and     eax, REMOTE_IRR
        expect32 eax, 0, "edges have no remote IRR"
        ioapic_write 0x10 + 2 * 2, MASKED | 0x41
        sti
        wait_ticks 100                  ; one may have been on its way
        cli
        mov     dword [log_count], 0
        mov     dword [log], 0
        sti
        wait_ticks 5000
        cli
        expect_log 0, 0, "masked"

        print   `level\n`
        mov     al, 0x0A                ; periodic interrupt of the RTC, 1024 Hz
        out     0x70, al
        mov     al, 0x26
        out     0x71, al
        call    calm
        mov     al, 0x0B
        out     0x70, al
        mov     al, 0x42
        out     0x71, al
        mov     dword [log_keeps], 1
        ioapic_write 0x10 + 2 * 8 + 1, 0
        ioapic_write 0x10 + 2 * 8, LEVEL | 0x52
        sti
.wait:  hlt
        cmp     dword [log_count], 1
        jb      .wait
        cli
        expect_log 1, 0x52, "the level asks once"
        ioapic_read 0x10 + 2 * 8
        expect32 eax, LEVEL | REMOTE_IRR | 0x52, "remote IRR"
        apic_read APIC_TMR + 0x20
        expect32 eax, 1 << 18, "TMR"
        mov     al, 0x0B                ; no further ones
        out     0x70, al
        mov     al, 0x02
        out     0x71, al
        mov     al, 0x0B
        out     0x70, al
        mov     al, 0x42
        out     0x71, al
        wait_ticks 3000
        apic_write APIC_EOI, 0
        sti
        nop
        cli
        expect_log 1, 0x52, "it asks again after the EOI while it is there"
        mov     al, 0x0B
        out     0x70, al
        mov     al, 0x02
        out     0x71, al
        call    calm
        apic_write APIC_EOI, 0
        ioapic_read 0x10 + 2 * 8
        expect32 eax, LEVEL | 0x52, "no remote IRR without the level"
        sti
        nop
        cli
        expect_log 0, 0, "and no interrupt"
        finish

; Register C, read: the RTC's interrupt goes.
calm:   mov     al, 0x0C
        out     0x70, al
        in      al, 0x71
        ret

        begin_gdt
        end_gdt
        %include "end.inc"
