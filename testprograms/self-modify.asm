; teaches: code that changes code: the next instruction, a loop body, its own REP target, and through another segment
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: the next instruction
; expect-serial: a loop that rewrites itself
; expect-serial: rep stosb over code
; expect-serial: through an alias
; expect-serial: code made on the fly
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Since the Pentium a store into code is seen by the very next instruction (SDM 3A 12.6 asks older processors
; for a jump in between). An emulator that caches decoded code must notice each of these.

        %include "boot.inc"

main:
        print   `the next instruction\n`
        mov     byte [.patched + 1], 0x42
.patched:
        mov     al, 0x11
        expect8 al, 0x42, "store, then the changed instruction"
        mov     word [.opcode], 0x9090  ; INC BX, INC BX become NOP, NOP
        mov     bx, 5
        jmp     .opcode
.opcode:
        inc     bx
        inc     bx
        expect16 bx, 5, "two instructions replaced"

        print   `a loop that rewrites itself\n`
        mov     cx, 200
        xor     dx, dx
.loop:
        add     dx, 1                   ; 83 C2 ib: its immediate grows each round
.add_end:
        inc     byte [.add_end - 1]
        and     byte [.add_end - 1], 0x0F
        loop    .loop
; the immediates run 1, 2, ... 15, 0, 1, ...: 12 full rounds of 16 with sum 120, then 1 to 8 (sum 36)
        expect16 dx, 12 * 120 + 36, "sum of the immediates"

        print   `rep stosb over code\n`
        mov     di, .overwritten
        mov     cx, 4
        mov     al, 0x43                ; INC BX
        mov     bx, 0
        rep stosb
.overwritten:
        dec     bx
        dec     bx
        dec     bx
        dec     bx
        expect16 bx, 4, "instructions behind REP STOSB"

        print   `through an alias\n`
        mov     ax, 0x0700
        mov     es, ax
        mov     byte [es:.aliased + 1 - 0x7000], 0x77
.aliased:
        mov     al, 0x22
        expect8 al, 0x77, "same memory, other segment"
        xor     ax, ax
        mov     es, ax
        mov     cx, 2                   ; the second round runs what the first has written behind itself
.round:
        mov     al, 0
.slot:  mov     ah, 0
        mov     byte [.slot + 1], 9
        loop    .round
        expect8 ah, 9, "second round"

        print   `code made on the fly\n`
        mov     di, 0x5000              ; builds  MOV AX, n / RET  and calls it, 300 times in one place
        mov     bp, 300
        xor     dx, dx
.make:
        mov     byte [di], 0xB8
        mov     [di + 1], bp
        mov     byte [di + 3], 0xC3
        call    di
        add     dx, ax
        dec     bp
        jnz     .make
        expect16 dx, 300 * 301 / 2, "sum of what the code returned"
        finish

        %include "end.inc"
