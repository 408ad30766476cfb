; teaches: the x87 environment: FNSTENV and FNSAVE in four formats, pointers to the last instruction and operand, tags, #MF, #NM
; run: --budget 50000000
; media: floppy
; cpu: max
; needs: fpu
; qemu: differs because TCG forgets to mask exceptions in FNSTENV, takes control instructions for others, and gives #MF too late
; bochs: differs because its FDP stays zero
; expect-serial: real mode, 16 bits
; expect-serial: real mode, 32 bits
; expect-serial: protected mode, 32 bits
; expect-serial: protected mode, 16 bits
; expect-serial: tags
; expect-serial: FNSAVE
; expect-serial: #MF
; expect-serial: #NM
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Of the pointers only offsets are compared: CPUs of today leave FCS, FDS and, without an exception, the opcode at zero.
; SDM 1 8.1.10 (formats), 8.1.8 (pointers), 8.7 (exceptions); SDM 2A, FSTENV, FSAVE, FLDENV.

        %include "boot.inc"
        %include "pm.inc"

NM_             equ 7
MF_             equ 16
ENV             equ 0x30000             ; segment 3000h in real mode
IE              equ 1
ZE              equ 4
ES_             equ 0x80
NE              equ 0x20

; word16 ADDRESS, WANTED, NAME: a word of the image, in 32-bit code
%macro word_is 3
        movzx   eax, word [%1]
        expect32 eax, %2, %3
%endmacro
%macro word_is16 3
        mov     ax, [es:%1]
        expect16 ax, %2, %3
%endmacro

main:
        mov     eax, cr0
        and     eax, ~(4 | 8)           ; EM, TS
        or      eax, NE | 2
        mov     cr0, eax
        mov     ax, ENV >> 4
        mov     es, ax
        print   `real mode, 16 bits\n`
        fninit
f1:     fld     dword [one]
        fnstenv [es:0]
        word_is16 0, 0x037F, "FCW behind FNINIT"
        word_is16 2, 0x3800, "FSW: TOP is 7"
        word_is16 4, 0x3FFF, "FTW: register 7 is valid"
        word_is16 6, f1, "FIP"
        mov     ax, [es:8]
        and     ax, 0xF000
        expect16 ax, 0, "its upper bits"
        word_is16 10, one, "FDP"
        mov     ax, [es:12]
        and     ax, 0xF000
        expect16 ax, 0, "its upper bits, too"
        fninit
        mov     dword [es:0x100], 0x3F800000
        fld     dword [es:0x100]
        fnstenv [es:0]
        mov     ax, [es:12]
        and     ax, 0xF000
        expect16 ax, 0x3000, "FDP is a linear address: bits 16 to 19"
        word_is16 10, 0x0100, "and 0 to 15"

        print   `real mode, 32 bits\n`
        fninit
f2:     fld     dword [es:0x100]
        o32 fnstenv [es:0]
        word_is16 0, 0x037F, "FCW"
        word_is16 4, 0x3800, "FSW"
        word_is16 8, 0x3FFF, "FTW"
        word_is16 12, f2, "FIP, bits 0 to 15"
        mov     eax, [es:16]
        shr     eax, 12
        expect16 ax, 0, "bits 16 to 31"
        word_is16 20, 0x0100, "FDP, bits 0 to 15"
        mov     eax, [es:24]
        shr     eax, 12
        expect16 ax, 3, "bits 16 to 31"

        enter_protected
        mov     word [IDT_BASE + NM_ * 8 + 4], INT_GATE << 8
        print   `protected mode, 32 bits\n`
        fninit
        mov     dword [ENV + 0x100], 0x3F800000
f3:     fld     dword [ENV + 0x100]
        fnstenv [ENV]
        word_is ENV, 0x037F, "FCW"
        word_is ENV + 4, 0x3800, "FSW"
        word_is ENV + 8, 0x3FFF, "FTW"
        expect32 [ENV + 12], f3, "FIP"
        expect32 [ENV + 20], ENV + 0x100, "FDP"
        fnstcw  [ENV + 0x80]
        word_is ENV + 0x80, 0x037F, "FCW afterwards"
        fninit
        fldcw   [unmasked]
        fnstenv [ENV]
        word_is ENV, 0x0340, "FCW as it was"
        fnstcw  [ENV + 0x80]
        word_is ENV + 0x80, 0x037F, "FNSTENV masks all exceptions"
        fldenv  [ENV]
        fnstcw  [ENV + 0x80]
        word_is ENV + 0x80, 0x0340, "FLDENV brings them back"
        fninit
        fld1
f4:     fchs
        fnclex                          ; control instructions leave the pointers alone
        fnstsw  ax
        fnstenv [ENV]
        expect32 [ENV + 12], f4, "FIP of the last that is no control instruction"

        print   `protected mode, 16 bits\n`
        fninit
f5:     fld     dword [one]
        o16 fnstenv [ENV]
        word_is ENV, 0x037F, "FCW"
        word_is ENV + 2, 0x3800, "FSW"
        word_is ENV + 4, 0x3FFF, "FTW"
        word_is ENV + 6, f5, "FIP"
        word_is ENV + 10, one, "FDP"

        print   `tags\n`
        fninit
        fldz
        fld1
        fld     tword [infinity]
        fld     tword [denormal]
        fnstenv [ENV]
        word_is ENV + 4, 0x2000, "TOP is 4"
        word_is ENV + 8, 0x4AFF | 0, "zero, valid, special, special"
        mov     word [ENV + 8], 0xFFFF  ; all empty
        fldenv  [ENV]
        fxam
        fnstsw  ax
        and     eax, 0x4500
        expect32 eax, 0x4100, "FXAM says empty"
        mov     word [ENV + 8], 0       ; "valid": the register decides
        fldenv  [ENV]
        fnstenv [ENV]
        movzx   eax, word [ENV + 8]
        and     eax, 0xFF00
        expect32 eax, 0x4A00, "tags are made of the registers"
        fninit
        ffree   st0
        fld1
        ffree   st0
        fnstenv [ENV]
        word_is ENV + 8, 0xFFFF, "FFREE"

        print   `FNSAVE\n`
        fninit
        fld1
        fldpi
        fnsave  [ENV]
        word_is ENV + 4, 0x3000, "FSW"
        word_is ENV + 8, 0x0FFF, "FTW"
        expect32 [ENV + 28], 0x2168C235, "ST0, low"
        expect32 [ENV + 32], 0xC90FDAA2, "ST0, high"
        word_is ENV + 36, 0x4000, "ST0, sign and exponent"
        expect32 [ENV + 38], 0, "ST1, low"
        expect32 [ENV + 42], 0x80000000, "ST1, high"
        word_is ENV + 46, 0x3FFF, "ST1, sign and exponent"
        fnstenv [ENV + 0x80]
        word_is ENV + 0x84, 0, "FSW behind it"
        word_is ENV + 0x88, 0xFFFF, "all empty"
        frstor  [ENV]
        fnstsw  ax
        and     eax, 0xFFFF
        expect32 eax, 0x3000, "FRSTOR: FSW"
        fstp    tword [ENV + 0x80]
        expect32 [ENV + 0x80], 0x2168C235, "and the registers"
        o16 fnsave [ENV]
        word_is ENV + 2, 0x3800, "16 bits: FSW"
        word_is ENV + 14 + 8, 0x3FFF, "ST0 follows at once"

        print   `#MF\n`
        fninit
        fldcw   [no_zero_divide]
        fld1
        fldz
        expect_no_fault "the division itself", fdivp
        fnstsw  ax
        and     eax, 0x80FF
        expect32 eax, 0x8000 | ES_ | ZE, "ES, B and ZE"
        expect_no_fault "FNSTSW does not wait", fnstsw [ENV]
        expect_fault MF_, -1, "FLD1", fld1
        expect_fault MF_, -1, "WAIT", wait
        expect_fault MF_, -1, "FLDCW waits", fldcw [no_zero_divide]
        expect_user_fault MF_, -1, "at CPL 3", fld1
        expect_no_fault "FNCLEX does not", fnclex
        expect_no_fault "nothing is pending", wait
        fninit
        fld1
        fldz
f6:     fdivp
        fldcw   [no_zero_divide]        ; the flag is set: unmasking it makes it pending
        expect_fault MF_, -1, "unmasked afterwards", fld1
        fnstenv [ENV]
        expect32 [ENV + 12], f6, "FIP is that of the division"
        fnclex
        fninit
        fldcw   [no_invalid]
        expect_no_fault "a stack underflow", fabs
        fnstsw  ax
        and     eax, 0x80C1
        expect32 eax, 0x8000 | ES_ | 0x41, "IE and SF"
        expect_fault MF_, -1, "is #MF, too", fldz
        fnclex

        print   `#NM\n`
        mov     eax, cr0
        or      eax, 8                  ; TS
        mov     cr0, eax
        expect_fault NM_, -1, "FLD1 with TS", fld1
        expect_fault NM_, -1, "FNSTENV", fnstenv [ENV]
        expect_fault NM_, -1, "FNINIT", fninit
        expect_fault NM_, -1, "WAIT with MP", wait
        clts
        mov     eax, cr0
        or      eax, 4                  ; EM
        mov     cr0, eax
        expect_fault NM_, -1, "FLD1 with EM", fld1
        expect_no_fault "WAIT does not look at EM", wait
        mov     eax, cr0
        and     eax, ~4
        mov     cr0, eax
        expect_no_fault "FLD1", fld1
        finish

one:            dd 1.0
unmasked:       dw 0x0340
no_zero_divide: dw 0x037B
no_invalid:     dw 0x037E
infinity:       dt __?Infinity?__
denormal:       dq 1
                dw 0

        begin_gdt
        end_gdt
        %include "end.inc"
