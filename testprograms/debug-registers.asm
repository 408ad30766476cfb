; teaches: the debug registers: breakpoints on instructions and data, DR6 and DR7, RF, GD, MOV SS, and INT1
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG knows no GD, has no RF in what it pushes, and its REP runs over a data breakpoint
; bochs: differs because it sets no RF within a REP, nor for the fault of GD (SDM 3B 18.3.1.1)
; expect-serial: registers
; expect-serial: instructions
; expect-serial: data
; expect-serial: repeated
; expect-serial: loads of SS
; expect-serial: ports
; expect-serial: steps
; expect-serial: general detect
; expect-serial: PASS
; expect-end: debug-exit 33
;
; A breakpoint on an instruction is a fault, those on data and ports are traps: EIP is that of the next instruction.

        %include "boot.inc"
        %include "pm.inc"

RF              equ 0x10000
L0              equ 0x001
G0              equ 0x002
L1              equ 0x004
GD              equ 0x2000
; for breakpoint 0, << 4 for each further
X1              equ 0x00000
W1              equ 0x10000
W2              equ 0x50000
W4              equ 0xD0000
RW1             equ 0x30000
RW4             equ 0xF0000
IO1             equ 0x20000
DR7_0           equ 0x400

%macro set_dr 2
        push    eax
        mov     eax, %2
        mov     dr%1, eax
        pop     eax
%endmacro

; arm ADDRESS, CONTROL: breakpoint 0 alone
%macro arm 2
        set_dr  7, DR7_0
        set_dr  6, 0
        set_dr  0, %1
        mov     dword [traps], 0
        mov     dword [trap_eip], 0
        set_dr  7, DR7_0 | (%2)
%endmacro

; trapped COUNT, EIP, DR6, NAME
%macro trapped 4
        set_dr  7, DR7_0
        expect32 [traps], %1, {%4, ' traps'}
        expect32 [trap_eip], %2, {%4, ' EIP'}
        expect32 [trap_dr6], 0xFFFF0FF0 | (%3), {%4, ' DR6'}
%endmacro

%macro not_trapped 1
        set_dr  7, DR7_0
        expect32 [traps], 0, {%1, ' traps'}
%endmacro

main:
        enter_protected
        set_gate DB_, KERNEL_CODE, addr(on_debug), INT_GATE
        mov     eax, cr4
        and     eax, ~8
        mov     cr4, eax

        print   `registers\n`
        set_dr  0, 0x12345678
        set_dr  3, 0x9ABCDEF0
        mov     eax, dr0
        expect32 eax, 0x12345678, "DR0"
        mov     eax, dr3
        expect32 eax, 0x9ABCDEF0, "DR3"
        set_dr  6, 0xFFFFFFFF
        mov     eax, dr6
        expect32 eax, 0xFFFFEFFF, "DR6: bit 12 is always zero"
        set_dr  6, 0
        mov     eax, dr6
        expect32 eax, 0xFFFF0FF0, "DR6: and some are ones"
        db      0x0F, 0x21, 0xE0        ; mov eax, dr4
        expect32 eax, 0xFFFF0FF0, "DR4 is DR6"
        db      0x0F, 0x21, 0xE8        ; mov eax, dr5
        expect32 eax, 0x400, "DR5 is DR7: bit 10 is one"
        mov     eax, cr4
        or      eax, 8                  ; DE
        mov     cr4, eax
        expect_fault UD_, -1, "DR4 with CR4.DE", {db 0x0F, 0x21, 0xE0}
        expect_fault UD_, -1, "to DR5 with CR4.DE", {db 0x0F, 0x23, 0xE8}
        expect_user_fault GP_, 0, "from ring 3", {mov eax, dr0}

        print   `instructions\n`
        arm     x1, L0
        nop
x1:     nop
        trapped 1, x1, 1, "one instruction"
        mov     eax, [trap_flags]
        and     eax, RF
        expect32 eax, 0, "RF is clear in the image"
        arm     x2, G0
        mov     ecx, 5
x2:     dec     ecx
        jnz     x2
        trapped 5, x2, 1, "in a loop"
        arm     x3, 0
x3:     nop
        not_trapped "not enabled"
        set_dr  1, x4
        arm     x4, L0 | L1
x4:     inc     eax
        trapped 1, x4, 3, "two on one instruction"
        arm     x5 + 1, L0
x5:     mov     eax, 1
        not_trapped "only the first byte counts"
        arm     x6, L0
        mov     eax, [x6]
        mov     [x6 - 1], al            ; data accesses do not
        jmp     x7
        db      0
x6:     nop
x7:     not_trapped "no fetch"
        arm     x8, L0
x8:     ud2
after_x8:
        expect32 [traps], 1, "before a fault"
        mov     eax, [ud_flags]
        and     eax, RF
        expect32 eax, RF, "RF in the image of another fault"

        print   `data\n`
        arm     word_, L0 | W4
        mov     eax, [word_]
        mov     [word_], eax
d1:     nop
        trapped 1, d1, 1, "a write"
        arm     word_, L0 | RW4
        mov     eax, [word_]
d2:     mov     [word_], eax
d3:     inc     dword [word_]
d4:     trapped 3, d4, 1, "reads and writes"
        arm     word_ + 2, L0 | W1
        mov     dword [word_], eax
d5:     mov     byte [word_ + 1], al
        mov     byte [word_ + 3], al
        trapped 1, d5, 1, "one byte of a double word"
        arm     word_ + 3, L0 | W4      ; the low bits of the address do not count
        mov     byte [word_], al
d6:     mov     byte [word_ + 4], al
        trapped 1, d6, 1, "aligned as its length says"
        arm     word_, L0 | W2
        mov     byte [word_ + 1], al
d7:     mov     byte [word_ + 2], al
        mov     byte [word_ - 1], al
        trapped 1, d7, 1, "two bytes"
        mov     ebp, esp
        arm     word_, L0 | W4
        mov     esp, word_ + 4
        push    eax
d8:     mov     esp, ebp
        trapped 1, d8, 1, "a push"
        arm     word_, L0 | RW1
        mov     eax, word_
d9:     call    [eax + 4 * 4]
d10:    not_trapped "a call through another word"
        arm     word_ + 16, L0 | RW1
        call    [word_ + 16]
d11:    trapped 1, callee, 1, "a call through it: the trap is at its target"
        arm     word_, L0 | RW1
        expect_fault UD_, -1, "no access", ud2
        not_trapped "none"
        arm     0x500, L0 | W4          ; in a page that the stack and code are far from
        mov     dword [0x500], 1
d12:    mov     dword [0x504], 1
        mov     dword [0x4FC], 1
        trapped 1, d12, 1, "another page"

        print   `repeated\n`
        cld
        arm     buffer + 4, L0 | W1
        mov     edi, buffer
        mov     ecx, 8
        mov     al, 0x77
r1:     rep stosb
r2:     trapped 1, r1, 1, "rep stosb"
        expect32 [trap_ecx], 3, "after the iteration that wrote there"
        expect32 ecx, 0, "it went on"
        mov     eax, [trap_flags]
        and     eax, RF
        expect32 eax, RF, "RF is set within a REP"
        arm     buffer + 7, L0 | W1
        mov     edi, buffer
        mov     ecx, 8
r3:     rep stosb
r4:     trapped 1, r4, 1, "the last iteration"
        arm     buffer + 2, L0 | RW1
        mov     esi, buffer
        mov     edi, buffer + 16
        mov     ecx, 2
r5:     rep movsd
r6:     trapped 1, r5, 1, "rep movsd"
        arm     r7, L0
        mov     edi, buffer
        mov     ecx, 4
r7:     rep stosb
        trapped 1, r7, 1, "on the REP itself: once"
        expect32 [trap_ecx], 4, "before its first iteration"

        print   `loads of SS\n`
        mov     [stack_word], ss
        arm     s2, L0
        mov     ax, ss
        mov     ss, ax
s2:     nop
        not_trapped "no breakpoint behind MOV SS"
        arm     stack_word, L0 | RW1
        mov     ss, [stack_word]
        nop
s3:     nop
        trapped 1, s3, 1, "what MOV SS reads traps one instruction later"

        print   `ports\n`
        arm     0x80, L0 | IO1
        in      al, 0x80
p1:     out     0x80, al
p2:     in      al, 0x84
        mov     al, [0x80]
        trapped 2, p2, 1, "a port"
        mov     eax, cr4
        and     eax, ~8
        mov     cr4, eax
        arm     0x80, L0 | IO1
        in      al, 0x80
        not_trapped "not without CR4.DE"

        print   `steps\n`
        arm     word_, L0 | W4
        pushfd
        or      dword [esp], TF
        popfd
        mov     [word_], eax
t1:     mov     dword [word_ + 4], 2
t2:     call    clear_tf
t3:     mov     eax, [trap_dr6_all]
        and     eax, 0x4001
        expect32 eax, 0x4001, "a step and a breakpoint: BS and B0"
        set_dr  7, DR7_0
        arm     word_, 0
        db      0xF1                    ; INT1
i1:     expect32 [traps], 1, "INT1"
        expect32 [trap_eip], i1, "INT1 EIP"
        expect32 [trap_dr6], 0xFFFF0FF0, "INT1 has no bit in DR6"

        print   `general detect\n`
        arm     0, GD
g1:     mov     eax, dr0
        mov     ecx, [traps]
        set_dr  7, DR7_0
        expect32 ecx, 1, "an access"
        expect32 [trap_eip], g1, "is a fault"
        expect32 [trap_dr6], 0xFFFF2FF0, "BD"
        expect32 [trap_dr7], 0x400, "the handler finds GD clear"
        mov     eax, [trap_flags]
        and     eax, RF
        expect32 eax, RF, "RF is set in this image"
        finish

callee: ret
clear_tf:
        pushfd
        and     dword [esp], ~TF
        popfd
        ret

; on_debug: note what there is, DR6 back to nothing; a fault on an instruction is resumed with RF
on_debug:
        push    eax
        push    edx
        mov     [trap_ecx], ecx
        inc     dword [traps]
        mov     eax, [esp + 8]
        mov     [trap_eip], eax
        mov     eax, [esp + 16]
        mov     [trap_flags], eax
        mov     eax, dr7
        mov     [trap_dr7], eax
        mov     eax, dr6
        mov     [trap_dr6], eax
        or      [trap_dr6_all], eax
        test    ah, 0x20
        jz      .no_gd
        add     dword [esp + 8], 3      ; over the MOV
.no_gd: xor     edx, edx
        mov     dr6, edx
        or      dword [esp + 16], RF
        mov     eax, [esp + 8]
        cmp     eax, x8
        jne     .out
        mov     dword [IDT_BASE + UD_ * 8], (KERNEL_CODE << 16) | addr(on_ud)
.out:   pop     edx
        pop     eax
        iretd

on_ud:  push    eax
        mov     eax, [esp + 12]
        mov     [ud_flags], eax
        mov     dword [esp + 4], after_x8
        and     dword [esp + 12], ~RF
        mov     eax, [fault_stubs + UD_ * 4]
        and     eax, 0xFFFF
        or      eax, KERNEL_CODE << 16
        mov     [IDT_BASE + UD_ * 8], eax
        pop     eax
        iretd

        align   16, db 0
word_:          dd 0, 0, 0, 0, callee
                align 16, db 0
stack_word:     dd 0, 0
buffer:         times 64 db 0
traps:          dd 0
trap_eip:       dd 0
trap_flags:     dd 0
trap_dr6:       dd 0
trap_dr6_all:   dd 0
trap_dr7:       dd 0
trap_ecx:       dd 0
ud_flags:       dd 0
        begin_gdt
        end_gdt
        %include "end.inc"
