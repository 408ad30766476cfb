; teaches: shifts and rotates: masked counts, counts of zero, rotation through carry, and when OF is defined
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: shifts
; expect-serial: rotates
; expect-serial: rotates through carry
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

%define acc8  al
%define acc16 ax
%define acc32 eax

; shift OP, WIDTH, VALUE, COUNT, CARRY IN, WANTED, FLAGS, MASK; by CL, which leaves every flag to the count
%macro shift 8
  %defstr check_name %1 %2 %3 by %4
        mov     acc%2, %3
        mov     cl, %4
        push    dword 0x0002 | %5
        popfd
        %1      acc%2, cl
        expect_flags %7, %8, {check_name, ' flags'}
        expect%2 acc%2, %6, {check_name, ' result'}
%endmacro

MOST    equ CF | PF | ZF | SF           ; AF is undefined after a shift; OF but for a count of one

main:
        sti
        print   `shifts\n`
        ;       op   w   value       count in  result      flags             compared
        shift   shl, 8,  0x81,       1,  0,  0x02,       CF | OF,            MOST | OF
        shift   shl, 8,  0x40,       1,  0,  0x80,       SF | OF,            MOST | OF
        shift   shl, 8,  0xC0,       1,  0,  0x80,       CF | SF,            MOST | OF
        shift   shl, 16, 0x0001,     16, 0,  0x0000,     CF | ZF | PF,       MOST
        shift   shl, 32, 0x80000001, 4,  1,  0x00000010, 0,                  MOST
        shift   shl, 32, 0x12345678, 33, 0,  0x2468ACF0, PF,                 MOST | OF
        shift   shr, 8,  0x81,       1,  0,  0x40,       CF | OF,            MOST | OF
        shift   shr, 16, 0x8000,     15, 0,  0x0001,     0,                  MOST
        shift   shr, 32, 0xFFFFFFFF, 31, 0,  0x00000001, CF,                 MOST
        shift   sar, 8,  0x81,       1,  0,  0xC0,       CF | SF | PF,       MOST | OF
        shift   sar, 16, 0x8000,     4,  1,  0xF800,     SF | PF,            MOST
        shift   sar, 32, 0x80000000, 31, 0,  0xFFFFFFFF, SF | PF,            MOST
        shift   sar, 8,  0x80,       9,  0,  0xFF,       CF | SF | PF,       MOST
; the count is masked to five bits, so 32 is none at all, and no count means no flags
        shift   shl, 32, 0x80000000, 32, 1,  0x80000000, CF,                 ARITH
        shift   shr, 16, 0x0000,     0,  1,  0x0000,     CF,                 ARITH
        shift   sar, 8,  0x80,       0x60, 0, 0x80,      0,                  ARITH

        print   `rotates\n`
; ROL and ROR change CF and OF alone: the other four keep what POPFD gave them (here: clear)
        shift   rol, 8,  0x80,       1,  0,  0x01,       CF | OF,            ARITH
        shift   rol, 8,  0x81,       8,  0,  0x81,       CF,                 ARITH & ~OF
        shift   rol, 16, 0x1234,     4,  0,  0x2341,     CF,                 ARITH & ~OF
        shift   rol, 32, 0x12345678, 8,  1,  0x34567812, 0,                  ARITH & ~OF
        shift   ror, 16, 0x0001,     1,  0,  0x8000,     CF | OF,            ARITH
        shift   ror, 8,  0xC0,       1,  0,  0x60,       OF,                 ARITH
        shift   ror, 32, 0x12345678, 16, 0,  0x56781234, 0,                  ARITH & ~OF
        shift   ror, 16, 0x8001,     16, 0,  0x8001,     CF,                 ARITH & ~OF
        shift   ror, 32, 0x00000001, 32, 1,  0x00000001, CF,                 ARITH

        print   `rotates through carry\n`
        shift   rcl, 8,  0x80,       1,  1,  0x01,       CF | OF,            ARITH
        shift   rcl, 8,  0x55,       9,  1,  0x55,       CF,                 ARITH & ~OF
        shift   rcl, 16, 0x8000,     2,  0,  0x0001,     0,                  ARITH & ~OF
        shift   rcl, 32, 0x80000000, 1,  0,  0x00000000, CF | OF,            ARITH
        shift   rcr, 8,  0x01,       1,  1,  0x80,       CF | OF,            ARITH
        shift   rcr, 16, 0x1234,     17, 1,  0x1234,     CF,                 ARITH & ~OF
        shift   rcr, 32, 0x0000000F, 4,  1,  0xF0000000, CF,                 ARITH & ~OF

; the forms with an immediate and the D0/D1 forms (count of one) are opcodes of their own
        mov     ax, 0x8001
        shl     ax, 1
        expect_flags CF | OF, CF | OF | ZF | SF, "shl ax,1"
        expect16 ax, 0x0002, "shl ax,1"
        mov     byte [variable], 0xF0
        sar     byte [variable], 3
        mov     al, [variable]
        expect8 al, 0xFE, "sar mem,3"
        mov     eax, 0xDEADBEEF
        rol     eax, 12
        expect32 eax, 0xDBEEFDEA, "rol eax,12"
        finish

variable:       db 0
        %include "end.inc"
