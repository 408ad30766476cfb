; teaches: what ADD, ADC, SUB, SBB, CMP, INC, DEC, NEG and the logic instructions do to the six arithmetic flags
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: add and sub in 8, 16 and 32 bits
; expect-serial: adc and sbb with the carry in
; expect-serial: inc, dec and neg
; expect-serial: and, or, xor, test and not
; expect-serial: PASS
; expect-end: debug-exit 33
;
; The wanted values are not taken from a CPU: the macros below compute them in the assembler from the
; definitions in the manual (SDM vol. 1, 3.4.3.1): carry out of the top bit, carry out of bit 3, parity
; of the low byte, zero, sign, and overflow as "the sign of the result is wrong".

        %include "boot.inc"

; parity of the low byte of %2 into the symbol %1: 1 when the number of ones is even
%macro even_parity 2
  %assign %%v (%2) & 0xFF
  %assign %%v %%v ^ (%%v >> 4)
  %assign %%v %%v ^ (%%v >> 2)
  %assign %%v %%v ^ (%%v >> 1)
  %assign %1 (%%v & 1) ^ 1
%endmacro

; common_flags RESULT, WIDTH: PF, ZF and SF into want_flags
%macro common_flags 2
  %assign %%mask (1 << %2) - 1
  even_parity %%even, %1
  %assign want_flags want_flags | (%%even * PF)
  %if ((%1) & %%mask) == 0
    %assign want_flags want_flags | ZF
  %endif
  %if ((%1) >> (%2 - 1)) & 1
    %assign want_flags want_flags | SF
  %endif
%endmacro

; want_add WIDTH, A, B, CARRY and want_sub likewise: want_result and want_flags
%macro want_add 4
  %assign %%mask (1 << %1) - 1
  %assign want_result ((%2) + (%3) + (%4)) & %%mask
  %assign want_flags 0
  %if ((%2) + (%3) + (%4)) >> %1
    %assign want_flags want_flags | CF
  %endif
  %if (((%2) & 15) + ((%3) & 15) + (%4)) >> 4
    %assign want_flags want_flags | AF
  %endif
  %if ((((%2) ^ want_result) & ((%3) ^ want_result)) >> (%1 - 1)) & 1
    %assign want_flags want_flags | OF
  %endif
  common_flags want_result, %1
%endmacro

%macro want_sub 4
  %assign %%mask (1 << %1) - 1
  %assign want_result ((%2) - (%3) - (%4)) & %%mask
  %assign want_flags 0
  %if (%2) < ((%3) + (%4))
    %assign want_flags want_flags | CF
  %endif
  %if ((%2) & 15) < (((%3) & 15) + (%4))
    %assign want_flags want_flags | AF
  %endif
  %if ((((%2) ^ (%3)) & ((%2) ^ want_result)) >> (%1 - 1)) & 1
    %assign want_flags want_flags | OF
  %endif
  common_flags want_result, %1
%endmacro

%macro want_logic 2     ; WIDTH, RESULT; AF is undefined and not compared
  %assign want_result (%2) & ((1 << %1) - 1)
  %assign want_flags 0
  common_flags want_result, %1
%endmacro

%define acc8  al
%define acc16 ax
%define acc32 eax
%define src8  bl
%define src16 bx
%define src32 ebx

; binary OP, WIDTH, A, B, CARRY IN
%macro binary 5
        mov     eax, 0x5A5A5A5A         ; the bytes beside the operand must stay
        mov     ebx, 0
        mov     acc%2, %3
        mov     src%2, %4
    %if %5
        stc
    %else
        clc
    %endif
        %1      acc%2, src%2
  %defstr check_name %1 %2 flags %3 %4
        expect_flags want_flags, check_mask, check_name
  %if %2 == 32
  %defstr check_name %1 %2 result %3 %4
        expect32 eax, want_result, check_name
  %else
  %defstr check_name %1 %2 result %3 %4
        expect32 eax, (0x5A5A5A5A & ~((1 << %2) - 1)) | want_result, check_name
  %endif
%endmacro

; pairs OP, KIND, CARRY, WIDTH, then for the width's interesting values against each other
%macro pair 6           ; OP, KIND, CARRY, WIDTH, A, B
  want_%2 %4, %5, %6, %3
        binary  %1, %4, %5, %6, %3
%endmacro

%macro all_pairs 3      ; OP, KIND, CARRY
  pair %1, %2, %3,  8, 0x00, 0x00
  pair %1, %2, %3,  8, 0x7F, 0x01
  pair %1, %2, %3,  8, 0x80, 0x80
  pair %1, %2, %3,  8, 0xFF, 0x01
  pair %1, %2, %3,  8, 0x0F, 0xF0
  pair %1, %2, %3, 16, 0x8000, 0x0001
  pair %1, %2, %3, 16, 0x7FFF, 0xFFFF
  pair %1, %2, %3, 16, 0x00FF, 0xFF00
  pair %1, %2, %3, 32, 0x80000000, 0x7FFFFFFF
  pair %1, %2, %3, 32, 0xFFFFFFFF, 0xFFFFFFFF
  pair %1, %2, %3, 32, 0x12345678, 0x87654321
%endmacro

main:
%assign check_mask ARITH
        print   `add and sub in 8, 16 and 32 bits\n`
        all_pairs add, add, 0
        all_pairs sub, sub, 0
        print   `adc and sbb with the carry in\n`
        all_pairs adc, add, 1
        all_pairs sbb, sub, 1

        print   `inc, dec and neg\n`
; INC and DEC leave CF alone: 0FFh + 1 must not set it, and a set one must stay
%macro step 5           ; OP, KIND, WIDTH, A, CARRY
  want_%2 %3, %4, 1, 0
  %assign want_flags (want_flags & ~CF) | %5
        mov     acc%3, %4
    %if %5
        stc
    %else
        clc
    %endif
        %1      acc%3
  %defstr check_name %1 %3 flags %4
        expect_flags want_flags, ARITH, check_name
  %defstr check_name %1 %3 result %4
        expect%3 acc%3, want_result, check_name
%endmacro
        step    inc, add,  8, 0xFF, 0
        step    inc, add,  8, 0x7F, 1
        step    inc, add, 16, 0xFFFF, 1
        step    inc, add, 32, 0x7FFFFFFF, 0
        step    dec, sub,  8, 0x00, 0
        step    dec, sub,  8, 0x80, 1
        step    dec, sub, 16, 0x0000, 1
        step    dec, sub, 32, 0x80000000, 0
%macro negate 2         ; WIDTH, A
  want_sub %1, 0, %2, 0
        mov     acc%1, %2
        neg     acc%1
  %defstr check_name neg %1 flags %2
        expect_flags want_flags, ARITH, check_name
  %defstr check_name neg %1 result %2
        expect%1 acc%1, want_result, check_name
%endmacro
        negate  8, 0x00
        negate  8, 0x80
        negate  16, 0x0001
        negate  32, 0x80000000

        print   `and, or, xor, test and not\n`
%macro logic 5          ; OP, SYMBOL, WIDTH, A, B
  want_logic %3, (%4) %2 (%5)
  %assign check_mask ARITH & ~AF
        mov     eax, 0x5A5A5A5A
        mov     acc%3, %4
        mov     src%3, %5
        stc
        %1      acc%3, src%3
  %defstr check_name %1 %3 flags %4 %5
        expect_flags want_flags, check_mask, check_name
  %ifnidn %1, test
  %defstr check_name %1 %3 result %4 %5
        expect%3 acc%3, want_result, check_name
  %endif
%endmacro
        logic   and, &,  8, 0xF0, 0x0F
        logic   and, &, 16, 0x8001, 0xFFFF
        logic   and, &, 32, 0xFFFFFFFF, 0x80000000
        logic   or,  |,  8, 0x80, 0x01
        logic   or,  |, 16, 0x0000, 0x0000
        logic   or,  |, 32, 0x12345678, 0x0F0F0F0F
        logic   xor, ^,  8, 0xAA, 0xFF
        logic   xor, ^, 16, 0x1234, 0x1234
        logic   xor, ^, 32, 0x7FFFFFFF, 0xFFFFFFFF
        logic   test, &, 8, 0x80, 0x7F
        logic   test, &, 32, 0xC0000000, 0x80000000

        mov     eax, 0x0F0F00FF         ; NOT touches no flag
        stc
        not     eax
        expect_flags CF, CF, "not keeps CF"
        expect32 eax, 0xF0F0FF00, "not"

        mov     al, 5                   ; CMP is a SUB that forgets its result
        cmp     al, 6
        expect_flags CF | SF | AF | PF, ARITH, "cmp 5,6"
        expect8 al, 5, "cmp leaves its operand"
        finish

        %include "end.inc"
