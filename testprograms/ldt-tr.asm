; teaches: LLDT and LTR: a table of one's own for a task, the busy bit of a TSS, and what both refuse
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG accepts LTR with the null selector
; expect-serial: local descriptor table
; expect-serial: task register
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        print   `local descriptor table\n`
        mov     eax, AN_LDT
        expect_no_fault "lldt", lldt ax
        mov     eax, 0
        sldt    ax
        expect32 eax, AN_LDT, "sldt"
        mov     eax, 1 << 3 | 4         ; index 1 of the LDT: base 5000h
        expect_no_fault "data of the LDT", mov fs, ax
        mov     dword [0x5010], 0x11223344
        expect32 [fs:0x10], 0x11223344, "through its base"
        mov     al, [table + 8 + 5]
        expect8 al, DATA_RW | 1, "accessed bit in the LDT"
        mov     eax, 4                  ; index 0 of the LDT is a real descriptor, not null
        expect_no_fault "index 0 of the LDT", mov fs, ax
        mov     eax, 3 << 3 | 4
        expect_fault GP_, 3 << 3 | 4, "beyond the limit of the LDT", mov fs, ax
        call    (2 << 3 | 4):far_routine
        expect32 eax, 2 << 3 | 4, "code of the LDT"
        mov     eax, KERNEL_DATA
        expect_fault GP_, KERNEL_DATA, "lldt: a data segment", lldt ax
        mov     eax, MAIN_TSS
        expect_fault GP_, MAIN_TSS, "lldt: a TSS", lldt ax
        mov     eax, ABSENT_LDT
        expect_fault NP_, ABSENT_LDT, "lldt: not present", lldt ax
        mov     eax, 1 << 3 | 4
        expect_fault GP_, 1 << 3 | 4, "lldt: must be in the GDT", lldt ax
        mov     eax, 0xFFF8
        expect_fault GP_, 0xFFF8, "lldt: beyond the GDT", lldt ax
        sldt    ax
        expect16 ax, AN_LDT, "LDTR is still the first one"
        mov     eax, KERNEL_DATA
        mov     fs, ax
        xor     eax, eax
        expect_no_fault "lldt null", lldt ax
        mov     eax, 1 << 3 | 4
        expect_fault GP_, 1 << 3 | 4, "no LDT any more", mov fs, ax

        print   `task register\n`
        mov     eax, MAIN_TSS
        expect_fault GP_, MAIN_TSS, "ltr: busy", ltr ax
        mov     eax, OTHER_TSS
        expect_no_fault "ltr", ltr ax
        mov     al, [gdt + OTHER_TSS + 5]
        expect8 al, TSS_TYPE | 2, "the new one is busy"
        mov     al, [gdt + MAIN_TSS + 5]
        expect8 al, TSS_TYPE | 2, "the old one still is: LTR clears nothing"
        str     ax
        expect16 ax, OTHER_TSS, "str"
        xor     eax, eax
        expect_fault GP_, 0, "ltr: null", ltr ax
        mov     eax, KERNEL_DATA
        expect_fault GP_, KERNEL_DATA, "ltr: a data segment", ltr ax
        mov     eax, ABSENT_TSS
        expect_fault NP_, ABSENT_TSS, "ltr: not present", ltr ax
        mov     eax, AN_LDT
        expect_fault GP_, AN_LDT, "ltr: an LDT", ltr ax
        mov     eax, OTHER_TSS | 4
        expect_fault GP_, OTHER_TSS | 4, "ltr: must be in the GDT", ltr ax
        str     ax
        expect16 ax, OTHER_TSS, "TR is unchanged"
        finish

far_routine:
        mov     eax, 0
        mov     ax, cs
        retf

        align   8, db 0
table:  dw      0xFFFF, 0x0000
        db      0x00, DATA_RW, 0x00, 0x00
        dw      0xFFFF, 0x5000
        db      0x00, DATA_RW, 0x00, 0x00
        dw      0xFFFF, 0x0000
        db      0x00, CODE_RX, 0xCF, 0x00
        begin_gdt
        descriptor AN_LDT, addr(table), 23, LDT_TYPE, 0
        descriptor ABSENT_LDT, 0x3000, 23, LDT_TYPE & ~PRESENT, 0
        descriptor OTHER_TSS, TSS_BASE, 0x67, TSS_TYPE, 0
        descriptor ABSENT_TSS, TSS_BASE, 0x67, TSS_TYPE & ~PRESENT, 0
        end_gdt
        %include "end.inc"
