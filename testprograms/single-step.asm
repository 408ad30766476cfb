; teaches: the trap flag: one #DB after each instruction, and which instructions are special (POPF, INT, MOV SS, REP)
; run: --budget 50000000
; media: floppy
; qemu: same
; kvm: differs, real mode runs in its incomplete emulator here
; expect-serial: trace
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        print   `trace\n`
        mov     word [1 * 4], step
        mov     word [1 * 4 + 2], 0
        mov     word [0x60 * 4], nothing
        mov     word [0x60 * 4 + 2], 0
        mov     si, buffer
        mov     di, buffer + 8
        mov     cx, 3
        mov     bx, ss
        push    word 0x0002 | TF
        popf                            ; no trap yet: TF works from the next instruction on
p0:     nop
p1:     inc     ax
p2:     jmp     p3
        nop
p3:     rep movsb                       ; one trap for each round: three times, twice with IP on itself
p4:     int     0x60                    ; clears TF inside; IRET sets it, and it works after the next one
p5:     nop
p6:     mov     ss, bx                  ; no trap between this and the next instruction
p7:     mov     sp, sp
p8:     nop
p9:                                     ; the handler clears TF when it sees this address
        mov     si, trace
        mov     di, wanted
.compare:
        mov     ax, [si]
        expect16 ax, [di], "address of a trap"
        add     si, 2
        add     di, 2
        cmp     di, wanted_end
        jb      .compare
        expect16 [trace_next], trace + wanted_end - wanted, "number of traps"
        mov     al, [seen_if]
        expect8 al, 0, "TF is clear inside the handler"
        sti
        finish

; step: note where the trap came from
step:
        push    bp
        mov     bp, sp
        push    ax
        push    bx
        pushf
        pop     ax
        test    ax, TF
        setnz   [seen_if]
        mov     ax, [bp + 2]
        mov     bx, [trace_next]
        mov     [bx], ax
        add     word [trace_next], 2
        cmp     ax, p9
        jne     .go_on
        and     word [bp + 6], ~TF
.go_on: pop     bx
        pop     ax
        pop     bp
        iret

nothing:
        iret

wanted:         dw p1, p2, p3, p3, p3, p4, p6, p8, p9
wanted_end:
trace_next:     dw trace
trace:          times 64 dw 0
seen_if:        db 0
buffer:         times 16 db 0
        %include "end.inc"
