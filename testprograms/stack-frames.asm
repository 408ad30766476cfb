; teaches: how PUSH, POP, PUSHA, ENTER and LEAVE lay out the stack, and what PUSH SP and POP [SP] really do
; run: --budget 50000000
; media: floppy
; qemu: same
; kvm: differs, real mode runs in its incomplete emulator here
; expect-serial: push and pop
; expect-serial: pusha and popa
; expect-serial: enter and leave
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        print   `push and pop\n`
        mov     bp, sp
        push    byte -2                 ; 6A: sign extended to 16 bits
        push    word 0x1234             ; 68
        push    dword 0x89ABCDEF        ; 66 68
        mov     bx, sp
        expect16 [bp - 2], 0xFFFE, "push imm8"
        expect16 [bp - 4], 0x1234, "push imm16"
        expect32 [bp - 8], 0x89ABCDEF, "push imm32"
        sub     bx, bp
        expect16 bx, 0xFFF8, "bytes used"
        mov     sp, bp
        push    sp                      ; since the 286: the value before the push
        pop     ax
        expect16 ax, bp, "push sp"
        push    word 0x7777
        pop     sp                      ; the value that was on the stack, not that plus two
        mov     ax, sp
        mov     sp, bp
        expect16 ax, 0x7777, "pop sp"
        push    word 0x4321
        push    word 0x8765
        a32 pop word [esp]              ; SDM, POP: the address is computed after ESP has moved
        pop     ax
        expect16 ax, 0x8765, "pop [esp]"
        push    fs                      ; with 66h a segment register takes four bytes of stack
        mov     ax, 0xBEEF
        mov     fs, ax
        o32 push fs
        mov     bx, sp
        add     bx, 6
        expect16 bx, bp, "push fs, 32 bits"
        mov     bx, sp
        expect16 [bx], 0xBEEF, "push fs value"
        o32 pop gs
        mov     ax, gs
        expect16 ax, 0xBEEF, "pop gs"
        pop     fs
        push    dword 0xFFFFFEFF        ; POPFD cannot set the reserved bits: bit 1 is one, 3, 5 and 15 zero
        popfd
        pushfd
        pop     eax
        push    dword 0x0202
        popfd
        and     eax, 0x802A
        expect32 eax, 0x0002, "reserved bits of EFLAGS"

        print   `pusha and popa\n`
        mov     eax, 0x11111111
        mov     ecx, 0x22222222
        mov     edx, 0x33333333
        mov     ebx, 0x44444444
        mov     esi, 0x66666666
        mov     edi, 0x77777777
        mov     bp, sp
        pusha
        expect16 [bp - 2], 0x1111, "pusha ax"
        expect16 [bp - 4], 0x2222, "pusha cx"
        expect16 [bp - 6], 0x3333, "pusha dx"
        expect16 [bp - 8], 0x4444, "pusha bx"
        expect16 [bp - 10], bp, "pusha sp"
        expect16 [bp - 14], 0x6666, "pusha si"
        expect16 [bp - 16], 0x7777, "pusha di"
        mov     word [bp - 10], 0x5555  ; POPA throws this one away
        mov     word [bp - 4], 0xABCD
        popa
        expect16 sp, bp, "popa sp"
        expect32 ecx, 0x2222ABCD, "popa leaves the upper half"
        pushad
        expect32 [bp - 4], 0x11111111, "pushad eax"
        expect32 [bp - 32], 0x77777777, "pushad edi"
        popad
        expect16 sp, bp, "popad sp"

        print   `enter and leave\n`
        mov     bp, 0x1357
        mov     bx, sp
        enter   10, 0
        mov     ax, bx
        sub     ax, 2
        expect16 bp, ax, "enter bp"
        sub     ax, 10
        expect16 sp, ax, "enter sp"
        expect16 [bp], 0x1357, "enter saves bp"
        leave
        expect16 bp, 0x1357, "leave bp"
        expect16 sp, bx, "leave sp"

; nesting level 3: the frame holds the old BP, two pointers of the outer levels and its own
        mov     bp, outer + 8
        mov     word [outer + 6], 0xAAA1
        mov     word [outer + 4], 0xAAA2
        mov     bx, sp
        enter   4, 3
        mov     si, bx
        expect16 [si - 2], outer + 8, "enter 3: old bp"
        expect16 [si - 4], 0xAAA1, "enter 3: first outer frame"
        expect16 [si - 6], 0xAAA2, "enter 3: second outer frame"
        mov     ax, bx
        sub     ax, 2
        expect16 [si - 8], ax, "enter 3: this frame"
        expect16 bp, ax, "enter 3: bp"
        sub     ax, 6 + 4
        expect16 sp, ax, "enter 3: sp"
        leave
        expect16 sp, bx, "leave 3"
        enter   0, 33                   ; the level is taken modulo 32
        mov     ax, bx
        sub     ax, 4
        expect16 sp, ax, "enter 33 is enter 1"
        leave
        finish

outer:  times 5 dw 0
        %include "end.inc"
