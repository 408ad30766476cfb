; teaches: the MC146818 clock: index and data ports, BCD and binary, the update flag, memory, and IRQ 8 at 1024 Hz
; run: --budget 10000000000
; media: floppy
; qemu: same
; bochs: differs, a written time comes back shifted by an hour
; expect-serial: time and date
; expect-serial: memory
; expect-serial: periodic interrupt
; expect-serial: update ended
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

%macro read_cmos 1
        mov     al, %1
        out     0x70, al
        in      al, 0x71
%endmacro

%macro write_cmos 2
        mov     al, %1
        out     0x70, al
        mov     al, %2
        out     0x71, al
%endmacro

; range INDEX, LOW, HIGH, "name": a BCD field between two values
%macro range 4
        read_cmos %1
        call    from_bcd
        cmp     al, %2
        setae   ah
        cmp     al, %3
        setbe   al
        and     al, ah
        expect8 al, 1, %4
%endmacro

main:
        print   `time and date\n`
.busy:  read_cmos 0x0A
        test    al, 0x80                ; update in progress: do not read now
        jnz     .busy
        range   0x00, 0, 59, "seconds"
        range   0x02, 0, 59, "minutes"
        range   0x04, 0, 23, "hours"
        range   0x06, 1, 7, "day of week"
        range   0x07, 1, 31, "day of month"
        range   0x08, 1, 12, "month"
        range   0x09, 0, 99, "year"
        read_cmos 0x0B
        and     al, 0x07
        expect8 al, 0x02, "24 hours, BCD"
        read_cmos 0x0D
        and     al, 0x80
        expect8 al, 0x80, "battery good"

; set a time just before midnight on the last of February of a leap year, with the clock stopped, read it back
        cli
        read_cmos 0x0B
        mov     [old_b], al
        or      al, 0x80                ; SET: no updates
        mov     ah, al
        write_cmos 0x0B, ah
        write_cmos 0x00, 0x59
        write_cmos 0x02, 0x59
        write_cmos 0x04, 0x23
        write_cmos 0x07, 0x28
        write_cmos 0x08, 0x02
        write_cmos 0x09, 0x24
        write_cmos 0x06, 0x04           ; a Wednesday
        read_cmos 0x04
        expect8 al, 0x23, "hours as written"
        write_cmos 0x0B, [old_b]
        mov     cx, 60
.tick:  read_cmos 0x00                  ; the second ends: asleep until the next timer tick, for 3 s at most
        cmp     al, 0x59
        jne     .ticked
        sti
        hlt
        cli
        loop    .tick
.ticked:
.settle: read_cmos 0x0A
        test    al, 0x80
        jnz     .settle
        read_cmos 0x02
        expect8 al, 0x00, "minutes roll over"
        read_cmos 0x04
        expect8 al, 0x00, "hours roll over"
        read_cmos 0x07
        expect8 al, 0x29, "2024 is a leap year"
        read_cmos 0x08
        expect8 al, 0x02, "still February"
        sti

        print   `memory\n`
        read_cmos 0x50                  ; a byte that the BIOS leaves alone
        mov     [old_byte], al
        write_cmos 0x50, 0xA5
        read_cmos 0x51
        read_cmos 0x50
        expect8 al, 0xA5, "memory keeps a byte"
        write_cmos 0x50, [old_byte]

        print   `periodic interrupt\n`
        cli
        mov     eax, [0x70 * 4]
        mov     [old_vector], eax
        mov     dword [0x70 * 4], clock
        in      al, 0xA1
        mov     [old_mask], al
        and     al, 0xFE
        out     0xA1, al
        in      al, 0x21
        and     al, 0xFB
        out     0x21, al
        read_cmos 0x0A
        mov     [old_a], al
        and     al, 0xF0
        or      al, 0x06                ; rate 6: 1024 Hz
        mov     ah, al
        write_cmos 0x0A, ah
        read_cmos 0x0C
        mov     ah, [old_b]
        or      ah, 0x40                ; PIE
        write_cmos 0x0B, ah
        sti
.wait:  hlt
        cmp     word [interrupts], 50
        jb      .wait
        cli
        write_cmos 0x0B, [old_b]
        read_cmos 0x0C
        mov     al, [flags_seen]
        and     al, 0xC0
        expect8 al, 0xC0, "register C: IRQF and PF"
        read_cmos 0x0C
        and     al, 0x80
        expect8 al, 0, "reading register C clears it"

        print   `update ended\n`
        mov     byte [flags_seen], 0
        mov     word [interrupts], 0
        mov     ah, [old_b]
        or      ah, 0x10                ; UIE: once a second
        write_cmos 0x0B, ah
        sti
.update:
        hlt
        cmp     word [interrupts], 1
        jb      .update
        cli
        write_cmos 0x0B, [old_b]
        read_cmos 0x0C
        mov     al, [flags_seen]
        and     al, 0x90
        expect8 al, 0x90, "register C: IRQF and UF"
        write_cmos 0x0A, [old_a]
        mov     eax, [old_vector]
        mov     [0x70 * 4], eax
        mov     al, [old_mask]
        out     0xA1, al
        sti
        finish

clock:
        push    ax
        read_cmos 0x0C                  ; without this there would be no next one
        or      [cs:flags_seen], al
        inc     word [cs:interrupts]
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        pop     ax
        iret

from_bcd:
        mov     ah, al
        shr     ah, 4
        and     al, 15
        aad
        ret

old_a:          db 0
old_b:          db 0
old_byte:       db 0
old_mask:       db 0
flags_seen:     db 0
        align   4, db 0
old_vector:     dd 0
interrupts:     dw 0
        %include "end.inc"
