; teaches: debug registers in 64-bit mode: addresses of 64 bits, breakpoints of eight bytes, steps, ports, RF, GD, and DR6
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: differs because TCG does not align breakpoints, names one of two in DR6, and loses its way in a step with a breakpoint
; expect-serial: registers
; expect-serial: instructions
; expect-serial: data
; expect-serial: ports
; expect-serial: steps
; expect-serial: loads of SS
; expect-serial: from ring 3
; expect-serial: general detect
; expect-serial: PASS
; expect-end: debug-exit 33
;
; A breakpoint on an instruction is a fault, those on data and ports are traps: RIP is that of the next instruction.
; SDM 3B 18.2 (debug registers), 18.3 (debug exceptions).

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

RF              equ 0x10000
L0              equ 0x001
L1              equ 0x004
GD              equ 0x2000
DR7_0           equ 0x400
; for breakpoint 0
W1              equ 0x10000
W4              equ 0xD0000
W8              equ 0x90000
RW8             equ 0xB0000
RW1             equ 0x30000
IO1             equ 0x20000
BS              equ 0x4000
BD              equ 0x2000
UPPER           equ 0xFFFF800000000000  ; shows the first GiB once more
WORD_           equ 0x30000

; set_dr NUMBER, VALUE: RAX changes
%macro set_dr 2
        mov     rax, %2
        mov     dr%1, rax
%endmacro
; arm ADDRESS, CONTROL: breakpoint 0 alone
%macro arm 2
        set_dr  7, DR7_0
        set_dr  6, 0
        set_dr  0, %1
        mov     dword [abs traps], 0
        mov     qword [abs trap_rip], 0
        set_dr  7, DR7_0 | (%2)
%endmacro
; trapped COUNT, RIP, DR6, NAME
%macro trapped 4
        set_dr  7, DR7_0
        expect64 qword [abs traps], %1, {%4, ' traps'}
        expect64 qword [abs trap_rip], %2, {%4, ' RIP'}
        expect64 qword [abs trap_dr6], 0xFFFF0FF0 | (%3), {%4, ' DR6'}
%endmacro
%macro not_trapped 1
        set_dr  7, DR7_0
        expect64 qword [abs traps], 0, {%1, ' traps'}
%endmacro

main:
        enter_protected
        enter_long
        mov     qword [abs PML4 + 256 * 8], PDPT | 7
        set_gate64 DB_, LONG_CODE, addr(on_debug), INT_GATE, 1

        print   `registers\n`
        set_dr  0, 0x123456789ABCDEF0
        mov     rax, dr0
        expect64 rax, 0x123456789ABCDEF0, "DR0 has 64 bits"
        set_dr  3, -1
        mov     rax, dr3
        expect64 rax, -1, "DR3"
        set_dr  6, 0xFFFFFFFF
        mov     rax, dr6
        expect64 rax, 0xFFFFEFFF, "DR6: bit 12 is zero"
        set_dr  6, 0
        mov     rax, dr6
        expect64 rax, 0xFFFF0FF0, "DR6: fixed ones"
        mov     rax, dr7
        expect64 rax, 0x400, "DR7: bit 10 is one"
        mov     rax, 1 << 32
        fault64 GP_, 0, "DR6 has no upper half", mov dr6, rax
        fault64 GP_, 0, "nor has DR7", mov dr7, rax
        mov     rax, 1 << 63 | 0x400
        fault64 GP_, 0, "up to bit 63", mov dr7, rax
        fault64 UD_, -1, "there is no DR8", {db 0x44, 0x0F, 0x21, 0xC0}
        mov     rax, cr4
        or      eax, 8                  ; DE
        mov     cr4, rax
        fault64 UD_, -1, "DR4 with CR4.DE", {db 0x0F, 0x21, 0xE0}
        user_fault64 GP_, 0, "from ring 3", mov rax, dr0

        print   `instructions\n`
        arm     x1, L0
        nop
x1:     nop
        trapped 1, addr(x1), 1, "an instruction"
        mov     rax, [abs trap_flags]
        and     eax, RF
        expect64 rax, 0, "RF is clear in the image"
        mov     rbx, UPPER + x2
        arm     rbx, L0
        jmp     rbx
x2:     jmp     far [rel to_x3]         ; still in the upper half
x3:     trapped 1, UPPER + addr(x2), 1, "in the upper half"
        mov     rbx, UPPER + x4
        arm     rbx, L0
x4:     nop
        not_trapped "not at the same place in the lower half"
        mov     rbx, 0x100000000 + x5
        arm     rbx, L0
x5:     nop
        not_trapped "all 64 bits count"
        arm     x6, L0
        fault64 UD_, -1, "a fault behind it", {db 0x0F, 0x0B}
        not_trapped "no breakpoint there"
        arm     x6, L0
        call    begin64
        dd      after_x6, x6, UD_, -1
        dw      0, 0
        db      "a breakpoint, then #UD", 0
x6:     ud2
after_x6:
        call    end64
        expect64 qword [abs traps], 1, "both came"
        mov     rax, [abs fault64_rflags]
        and     eax, RF
        expect64 rax, RF, "RF in the image of another fault"

        print   `data\n`
        arm     WORD_, L0 | W8
        mov     rax, [abs WORD_]
        mov     [abs WORD_], rax
d1:     nop
        trapped 1, addr(d1), 1, "a write of eight bytes"
        arm     WORD_, L0 | W8
        mov     [abs WORD_ + 7], al
d2:     mov     [abs WORD_ + 8], al
        mov     [abs WORD_ - 1], al
        trapped 1, addr(d2), 1, "any of the eight"
        arm     WORD_ + 5, L0 | W8      ; the low bits of the address do not count
        mov     [abs WORD_], al
d3:     nop
        trapped 1, addr(d3), 1, "aligned as its length says"
        arm     WORD_, L0 | RW8
        mov     rax, [abs WORD_ + 4]
d4:     nop
        trapped 1, addr(d4), 1, "a read that overlaps"
        mov     rbx, UPPER + WORD_
        arm     rbx, L0 | RW8
        mov     [abs WORD_], al
        mov     [rbx], al
d5:     nop
        trapped 1, addr(d5), 1, "in the upper half"
        set_dr  1, WORD_ + 4
        arm     WORD_, L0 | L1 | W4 | W4 << 4
        mov     [abs WORD_], rax
d6:     nop
        trapped 1, addr(d6), 3, "two at once"
        arm     WORD_ + 8, L0 | W8
        mov     rbx, rsp
        mov     esp, WORD_ + 16
        push    rax
d7:     mov     rsp, rbx
        trapped 1, addr(d7), 1, "a push"
        arm     WORD_ + 16, L0 | W1
        mov     edi, WORD_
        mov     ecx, 4
        rep stosq
d8:     trapped 1, addr(d8) - 3, 1, "within REP STOSQ"
        expect64 qword [abs trap_rcx], 1, "behind the third of four"
        arm     WORD_, L0 | RW1
        xor     eax, eax
        lock cmpxchg16b [abs WORD_]
d9:     nop
        trapped 1, addr(d9), 1, "CMPXCHG16B"

        print   `ports\n`
        arm     0x80, L0 | IO1
        out     0x80, al
d10:    nop
        trapped 1, addr(d10), 1, "OUT"
        arm     0x80, L0 | IO1
        in      al, 0x81
        not_trapped "another port"

        print   `steps\n`
        arm     0, 0
        pushfq
        or      qword [rsp], 0x100
        popfq
s1:     nop
s2:     nop
        trapped 1, addr(s2), BS, "TF by POPFQ"
        arm     0, 0
        push    LONG_DATA
        push    LONG_STACK
        push    0x102
        push    LONG_CODE
        push    s3
        iretq
s3:     nop
s4:     nop
        trapped 1, addr(s4), BS, "TF by IRETQ"
        arm     WORD_, L0 | W8
        pushfq
        or      qword [rsp], 0x100
        popfq
        mov     [abs WORD_], rax
s5:     nop
        trapped 1, addr(s5), BS | 1, "a step and a breakpoint are one trap"
        arm     0, 0
        set_gate64 0x20, LONG_CODE, addr(handler), INT_GATE, 0
        pushfq
        or      qword [rsp], 0x100
        popfq
        int     0x20
s6:     nop
s7:     trapped 1, addr(s7), BS, "not within a handler, but behind its IRETQ"
        arm     0, 0
        db      0xF1                    ; INT1
s8:     trapped 1, addr(s8), 0, "INT1 leaves DR6 alone"

        print   `loads of SS\n`
        mov     word [abs WORD_], LONG_DATA
        arm     WORD_, L0 | RW8
        mov     ss, [abs WORD_]
        nop                             ; the trap waits for this one
m1:     nop
        trapped 1, addr(m1), 1, "MOV SS holds a trap back"

        print   `from ring 3\n`
        arm     WORD_, L0 | W8
        user_no_fault64 "a write at CPL 3", mov [abs WORD_], rax
        expect64 qword [abs traps], 1, "is seen"
        expect64 qword [abs trap_cs], LONG_USER, "CS"
        mov     qword [abs user_flags], 0x102
        arm     0, 0
        user_no_fault64 "TF at CPL 3", nop
        expect64 qword [abs traps], 1, "one step"
        expect64 qword [abs trap_dr6], 0xFFFF0FF0 | BS, "BS"
        arm     0, 0
        compat_no_fault64 "TF in 32-bit code", nop
        expect64 qword [abs traps], 1, "one step as well"
        expect64 qword [abs trap_cs], COMPAT_USER, "its CS"
        mov     qword [abs user_flags], 2
        arm     WORD_, L0 | W8
        compat_no_fault64 "a write of 32-bit code", mov [WORD_], eax
        expect64 qword [abs traps], 1, "is seen, too"

        print   `general detect\n`
        arm     0, GD
g1:     mov     rax, dr7
        expect64 qword [abs traps], 1, "a read of DR7"
        expect64 qword [abs trap_rip], addr(g1), "is a fault"
        expect64 qword [abs trap_dr6], 0xFFFF0FF0 | BD, "BD"
        mov     rax, dr7
        expect64 rax, DR7_0, "GD is clear in the handler"
        user_fault64 GP_, 0, "at CPL 3 privilege comes first", mov rax, dr7
        finish

        bits    64
; on_debug: notes what came, clears TF in the image, and goes on without the same breakpoint
on_debug:
        push    rax
        inc     dword [abs traps]
        mov     rax, [rsp + 8]
        mov     [abs trap_rip], rax
        mov     rax, [rsp + 16]
        mov     [abs trap_cs], rax
        mov     rax, [rsp + 24]
        mov     [abs trap_flags], rax
        mov     [abs trap_rcx], rcx
        mov     rax, dr6
        mov     [abs trap_dr6], rax
        xor     eax, eax
        mov     dr6, rax
        and     qword [rsp + 24], ~0x100
        or      qword [rsp + 24], RF
        pop     rax
        iretq
handler:
        nop
        iretq

        align   8, db 0
traps:          dq 0
trap_rip:       dq 0
trap_cs:        dq 0
trap_flags:     dq 0
trap_rcx:       dq 0
trap_dr6:       dq 0
to_x3:          dq x3
                dw LONG_CODE

        begin_gdt
        long_descriptors
        end_gdt
        %include "end.inc"
