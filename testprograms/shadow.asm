; teaches: the interrupt shadow: STI lets exactly one more instruction pass, POPF none; STI, HLT never misses a wake-up
; run: --budget 200000000
; media: floppy
; qemu: same
; kvm: differs, real mode runs in its incomplete emulator here
; expect-serial: sti
; expect-serial: popf
; expect-serial: sti, cli
; expect-serial: sti, hlt
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

; pend: interrupts off, and wait until IRQ 0 stands in the PIC's request register
%macro pend 0
        call    wait_for_request
%endmacro

main:
        cli
        in      al, 0x21
        mov     [old_mask], al
        mov     eax, [8 * 4]
        mov     [old_vector], eax
        mov     dword [8 * 4], tick
        mov     al, 0xFE                ; only IRQ 0
        out     0x21, al

        print   `sti\n`
        pend
        mov     ax, 0
        sti
        inc     ax
after_sti:
        inc     ax
        cli
        expect16 [seen_ip], after_sti, "one instruction after STI"
        expect16 [seen_ax], 1, "it has run"
        expect16 ax, 2, "and the rest after it"

        print   `popf\n`
        pend
        push    word 0x0202
        popf
after_popf:
        inc     ax
        cli
        expect16 [seen_ip], after_popf, "directly after POPF"

        print   `sti, cli\n`
        pend
        mov     word [seen_ip], 0
        sti
        cli
        nop
        nop
        expect16 [seen_ip], 0, "nothing gets between STI and CLI"

        print   `sti, hlt\n`
        mov     word [seen_ip], 0       ; the request of the last part is still pending
        sti
        hlt
after_hlt:
        cli
        expect16 [seen_ip], after_hlt, "the interrupt that was waiting wakes HLT"

        mov     al, 0x36                ; channel 0 back to what the BIOS uses: mode 3, 65536
        out     0x43, al
        xor     al, al
        out     0x40, al
        out     0x40, al
        mov     eax, [old_vector]
        mov     [8 * 4], eax
        mov     al, [old_mask]
        out     0x21, al
        finish

wait_for_request:
        cli
        push    ax
        mov     al, 0x30                ; channel 0, low then high byte, mode 0: one edge at the end
        out     0x43, al
        mov     al, 100
        out     0x40, al
        mov     al, 0
        out     0x40, al
        mov     al, 0x0A                ; OCW3: the next read gives the IRR
        out     0x20, al
.wait:  in      al, 0x20
        test    al, 1
        jz      .wait
        pop     ax
        ret

tick:
        push    bp
        mov     bp, sp
        push    word [bp + 2]
        pop     word [cs:seen_ip]
        mov     [cs:seen_ax], ax
        push    ax
        mov     al, 0x20
        out     0x20, al
        pop     ax
        pop     bp
        iret

old_mask:       db 0
old_vector:     dd 0
seen_ip:        dw 0
seen_ax:        dw 0
        %include "end.inc"
