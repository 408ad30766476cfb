; teaches: near and far CALL, JMP and RET in real mode, direct and through memory, with 16 and 32-bit operands
; run: --budget 50000000
; media: floppy
; qemu: same
; kvm: differs, real mode runs in its incomplete emulator here
; expect-serial: near
; expect-serial: far
; expect-serial: operand size prefix
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        print   `near\n`
        mov     [sp_before], sp
        mov     ax, 1
        call    add_ten
        mov     bx, add_ten
        call    bx
        call    [pointers]
        expect16 ax, 31, "three near calls"
        push    word 1
        push    word 2
        call    pops_two                ; RET 4 removes the arguments
        expect16 ax, 3, "ret 4"
        expect16 sp, [sp_before], "ret 4 sp"
        jmp     [pointers + 2]
        expect16 0, 1, "near indirect jump fell through"
jumped:
        print   `far\n`
        call    0x0000:far_ten          ; 9A
        expect16 ax, 13, "direct far call"
        call    far [far_pointer]       ; FF /3: same place by another segment
        expect16 ax, 23, "indirect far call"
        expect16 [seen_cs], 0x0700, "cs of the indirect far call"
        push    word 5
        call    0x0000:far_pops
        expect16 ax, 28, "retf 2"
        expect16 sp, [sp_before], "retf 2 sp"
        jmp     far [far_jump]
        expect16 0, 1, "far indirect jump fell through"
        times 3 nop
far_jumped:
        mov     dx, cs
        jmp     0x0000:.back            ; CS = 0 again: the console reads its strings through CS
.back:
        expect16 dx, 0x0710, "cs of the far jump"
        push    word 0x07A0             ; RETF as a jump
        push    word .landed - 0x7A00
        retf
.landed:
        mov     dx, cs
        jmp     0x0000:.compare
.compare:
        expect16 dx, 0x07A0, "retf as a jump"

        print   `operand size prefix\n`
        mov     ax, 0
        call dword add_ten32              ; pushes four bytes
        expect16 ax, 10, "66 near call"
        expect16 sp, [sp_before], "66 near call sp"
        o32 call far [far_pointer32]
        expect16 ax, 20, "66 far call"
        expect16 sp, [sp_before], "66 far call sp"
        mov     eax, .last
        o32 jmp eax
        expect16 0, 1, "66 jump fell through"
.last:  mov     bx, sp
        call dword .next                  ; what does it push? a zero-extended EIP
.next:  pop     ecx
        expect32 ecx, .next, "66 call pushes EIP"
        expect16 sp, bx, "66 call pushes four bytes"
        les     di, [far_pointer]
        mov     dx, es
        expect16 dx, 0x0700, "les selector"
        expect16 di, far_ten - 0x7000, "les offset"
        xor     dx, dx
        mov     es, dx
        finish

add_ten:
        add     ax, 10
        ret
pops_two:
        push    bp
        mov     bp, sp
        mov     ax, [bp + 4]
        add     ax, [bp + 6]
        pop     bp
        ret     4
far_ten:
        mov     [seen_cs], cs
        add     ax, 10
        retf
far_pops:
        push    bp
        mov     bp, sp
        add     ax, [bp + 6]
        pop     bp
        retf    2
add_ten32:
        add     ax, 10
        o32 ret
far_ten32:
        add     ax, 10
        o32 retf

pointers:       dw add_ten, jumped
far_pointer:    dw far_ten - 0x7000, 0x0700
far_jump:       dw far_jumped - 0x7100, 0x0710
far_pointer32:  dd far_ten32
                dw 0
seen_cs:        dw 0
sp_before:      dw 0
        %include "end.inc"
