; teaches: ports for ring 3: IOPL, and the permission bitmap in the TSS with its end that must be all ones
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: no bitmap
; expect-serial: bitmap
; expect-serial: the end of the bitmap
; expect-serial: IOPL 3
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

IO_TSS_BASE     equ 0x2000
BITMAP          equ IO_TSS_BASE + 0x68
PORTS           equ 0x400               ; 128 bytes of bitmap

main:
        enter_protected
        mov     ecx, 0x68 / 4           ; a second TSS with the same stack, and room for a bitmap
        mov     esi, TSS_BASE
        mov     edi, IO_TSS_BASE
        rep movsd
        mov     word [IO_TSS_BASE + 0x66], 0x68
        mov     ecx, PORTS / 8 + 4
        mov     edi, BITMAP
        mov     al, 0xFF                ; a one forbids
        rep stosb

        print   `no bitmap\n`
        expect_user_fault GP_, 0, "in", in al, 0x80
        print   `bitmap\n`
        mov     ax, IO_TSS
        ltr     ax
        expect_user_fault GP_, 0, "all ones", in al, 0x80
        mov     byte [BITMAP + 0x80 / 8], 0xFE  ; port 80h
        expect_user_no_fault "port 80h, byte in", in al, 0x80
        expect_user_no_fault "port 80h, byte out", out 0x80, al
        expect_user_fault GP_, 0, "port 81h", in al, 0x81
        expect_user_fault GP_, 0, "a word needs two bits", in ax, 0x80
        mov     byte [BITMAP + 0x80 / 8], 0xFC
        expect_user_no_fault "two bits", in ax, 0x80
        expect_user_fault GP_, 0, "a dword needs four", in eax, 0x80
        mov     byte [BITMAP + 0x80 / 8], 0xF0
        expect_user_no_fault "four bits", in eax, 0x80
        mov     byte [BITMAP + 0x80 / 8], 0x7F
        mov     byte [BITMAP + 0x88 / 8], 0xFF
        expect_user_fault GP_, 0, "a word over a byte of the bitmap", in ax, 0x87
        mov     byte [BITMAP + 0x88 / 8], 0xFE
        expect_user_no_fault "both bits", in ax, 0x87
        mov     edx, 0x80
        mov     esi, 0x7000
        expect_user_fault GP_, 0, "outsb asks the bitmap", outsb
        expect32 esi, 0x7000, "a refused OUTSB leaves ESI"
        mov     byte [BITMAP + 0x80 / 8], 0xFE
        expect_user_no_fault "outsb", outsb
        expect_user_fault GP_, 0, "cli asks IOPL only", cli
        expect_no_fault "ring 0 is not asked", in al, 0x81

        print   `the end of the bitmap\n`
        mov     byte [BITMAP + PORTS / 8 - 1], 0
        mov     edx, 0x3FE
        expect_user_no_fault "last ports", in al, dx
        mov     edx, PORTS
        mov     byte [BITMAP + PORTS / 8], 0
        expect_user_fault GP_, 0, "behind the limit of the TSS", in al, dx
        mov     edx, 0xFFFF
        expect_user_fault GP_, 0, "port FFFFh", in al, dx
        mov     ax, SHORT_TSS           ; the same TSS without the byte of ones behind the bitmap
        ltr     ax
        mov     edx, 0x3FE
        expect_user_fault GP_, 0, "two bytes are read, and the second lies behind the limit", in al, dx

        print   `IOPL 3\n`
        as_user 0x3000, in al, 0x81
        expect32 [fault_vector], RETURN_VECTOR, "in"
        as_user 0x3000, cli
        expect32 [fault_vector], RETURN_VECTOR, "cli"
        finish

        begin_gdt
        descriptor IO_TSS, IO_TSS_BASE, 0x68 + PORTS / 8, TSS_TYPE, 0
        descriptor SHORT_TSS, IO_TSS_BASE, 0x68 + PORTS / 8 - 1, TSS_TYPE, 0
        end_gdt
        %include "end.inc"
