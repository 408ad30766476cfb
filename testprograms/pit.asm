; teaches: the 8254 timer: counting, latches and read-back, the gate of channel 2, and IRQ 0 at a rate of our choice
; run: --budget 4000000000
; media: floppy
; qemu: differs because its 8254 counts in mode 0 without the gate and knows no BCD
; expect-serial: mode 0 on channel 2
; expect-serial: latch and read-back
; expect-serial: modes 2 and 3
; expect-serial: mode 1 waits for the gate
; expect-serial: mode 4 strobes
; expect-serial: bcd
; expect-serial: irq 0
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Channel 2's gate is bit 0 of port 61h and its output is bit 5. The checks ask for what must be true on a
; machine of any speed: values go down, outputs change at last, one IRQ comes each 65536 * 18.2 Hz / count.

        %include "boot.inc"

GATE_ON         equ 1

; program CONTROL, COUNT: channel 2, low byte then high
%macro program 2
        mov     al, %1
        out     0x43, al
        mov     ax, %2
        out     0x42, al
        mov     al, ah
        out     0x42, al
%endmacro

%macro gate 1
        in      al, 0x61
        and     al, 0xFC                ; speaker off
  %if %1
        or      al, GATE_ON
  %endif
        out     0x61, al
%endmacro

; read_count: channel 2's count by a counter latch command into AX
%macro read_count 0
        mov     al, 0x80
        out     0x43, al
        in      al, 0x42
        mov     ah, al
        in      al, 0x42
        xchg    al, ah
%endmacro

main:
        print   `mode 0 on channel 2\n`
        gate    0
        program 0xB0, 2000
        call    output
        expect16 ax, 0, "OUT goes low with the control word"
        call    pause                   ; the count is loaded at the next clock, with or without gate
        read_count
        mov     bx, ax
        call    pause
        read_count
        expect16 ax, bx, "no gate, no counting"
        gate    1
        call    wait_high
        expect16 ax, 1, "OUT goes high at terminal count"
        call    pause
        call    output
        expect16 ax, 1, "and stays high"

        print   `latch and read-back\n`
        gate    0
        program 0xB0, 0x4321
        gate    1
        mov     al, 0x80
        out     0x43, al                ; latched now ...
        call    pause
        mov     al, 0x80
        out     0x43, al                ; ... a second latch command is ignored
        in      al, 0x42
        mov     bl, al
        in      al, 0x42
        mov     bh, al
        read_count
        cmp     ax, bx
        setb    al
        expect8 al, 1, "the latched count is older than the next one"
        mov     al, 0xE8                ; read-back: status of channel 2 only (bit 5 = no count)
        out     0x43, al
        in      al, 0x42
        and     al, 0x3F
        expect8 al, 0x30, "status: two-byte access, mode 0, binary"
        mov     al, 0xC8                ; status and count: status comes first
        out     0x43, al
        in      al, 0x42
        and     al, 0x3F
        expect8 al, 0x30, "status before the latched count"
        in      al, 0x42
        in      al, 0x42

        print   `modes 2 and 3\n`
        program 0xB4, 1000              ; mode 2: low for one clock in 1000
        call    pause
        call    output
        read_count
        dec     ax
        cmp     ax, 1000
        setb    al
        expect8 al, 1, "mode 2 counts within 1..1000"
        mov     al, 0xE8
        out     0x43, al
        in      al, 0x42
        and     al, 0x0F
        expect8 al, 0x04, "status: mode 2"
        program 0xB6, 1000              ; mode 3: a square wave, so both levels are seen soon
        call    wait_low
        expect16 ax, 1, "mode 3 goes low"
        call    wait_high
        expect16 ax, 1, "mode 3 goes high"
        gate    0
        call    output
        expect16 ax, 1, "mode 3 with the gate off is high"

        print   `mode 1 waits for the gate\n`
        gate    0
        program 0xB2, 3000
        call    pause
        call    output
        expect16 ax, 1, "OUT is high until the trigger"
        gate    1                       ; the rising edge starts the shot
        call    output_after_clock
        expect16 ax, 0, "low during the shot"
        call    wait_high
        expect16 ax, 1, "high after it"

        print   `mode 4 strobes\n`
        program 0xB8, 500
        call    output
        expect16 ax, 1, "mode 4 is high while it counts"
        call    pause
        mov     al, 0xE8
        out     0x43, al
        in      al, 0x42
        and     al, 0x0E
        expect8 al, 0x08, "status: mode 4"

        print   `bcd\n`
        gate    0
        program 0xB1, 0x9999
        gate    1
        call    pause                   ; until the count is loaded, what is read is not defined
        mov     cx, 200
.bcd:   read_count                      ; every digit must be decimal
        mov     bx, ax
        mov     dx, 0
%rep 4
        mov     ax, bx
        and     ax, 15
        cmp     ax, 10
        cmc
        adc     dx, 0
        shr     bx, 4
%endrep
        expect16 dx, 0, "digits above 9"
        loop    .bcd

        print   `irq 0\n`
        cli
        mov     eax, [8 * 4]
        mov     [old_vector], eax
        mov     dword [8 * 4], tick
        mov     al, 0x34                ; channel 0, mode 2
        out     0x43, al
        mov     ax, 11932               ; 100 Hz
        out     0x40, al
        mov     al, ah
        out     0x40, al
        mov     cx, [0x46C]
        sti
.wait:  hlt
        cmp     word [ticks], 20
        jb      .wait
        cli
        expect16 [ticks], 20, "twenty ticks, one wake-up each"
        mov     al, 0x36
        out     0x43, al
        xor     al, al
        out     0x40, al
        out     0x40, al
        mov     eax, [old_vector]
        mov     [8 * 4], eax
        sti
        finish

tick:
        push    ax
        inc     word [cs:ticks]
        mov     al, 0x20
        out     0x20, al
        pop     ax
        iret

; output: AX = OUT of channel 2
output:
        in      al, 0x61
        shr     al, 5
        and     ax, 1
        ret

; output_after_clock: OUT falls one clock of 838 ns after the trigger: wait for that, at most a while
output_after_clock:
        mov     cx, 100
.wait:  call    output
        test    ax, ax
        jz      .done
        loop    .wait
.done:  ret

; wait_high, wait_low: AX = 1 when the level was seen before we gave up
wait_high:
        mov     ecx, 2000000
.wait:  in      al, 0x61
        test    al, 0x20
        jnz     seen
        a32 loop .wait
        xor     ax, ax
        ret
wait_low:
        mov     ecx, 2000000
.wait:  in      al, 0x61
        test    al, 0x20
        jz      seen
        a32 loop .wait
        xor     ax, ax
        ret
seen:   mov     ax, 1
        ret

; pause: several clocks of the timer. Bit 4 of port 61h toggles with each refresh, every 15 us; where it
; toggles with each read, the reads take their time.
pause:
        push    ax
        push    cx
        mov     cx, 200
.read:  in      al, 0x61
        loop    .read
        mov     cl, 2
.wait:  mov     ah, al
.look:  in      al, 0x61
        xor     ah, al
        test    ah, 0x10
        mov     ah, al
        jz      .look
        dec     cl
        jnz     .wait
        pop     cx
        pop     ax
        ret

old_vector:     dd 0
ticks:          dw 0
        %include "end.inc"
