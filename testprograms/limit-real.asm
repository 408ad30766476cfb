; teaches: real mode has segment limits too: a word at offset FFFFh raises #GP (or #SS on the stack), it does not wrap
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG makes no limit checks in real mode
; kvm: differs, its emulator of real mode drops some of these checks
; expect-serial: data
; expect-serial: stack segment
; expect-serial: strings
; expect-serial: code
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "faults16.inc"

main:
        catch_faults
        print   `data\n`
        mov     ax, 0x2000
        mov     es, ax
        mov     ax, 0x1234
        mov     bx, 0xFFFF
        mov     byte [es:bx], 0x55
        mov     byte [es:0], 0x66
        expect_no_fault16 "byte read at FFFF", mov al, [es:bx]
        expect16 ax, 0x1255, "byte read at FFFF value"
        expect_fault16 13, "word read at FFFF", mov ax, [es:bx]
        expect16 ax, 0x1255, "a faulting load leaves AX"
        expect_fault16 13, "word write at FFFF", mov [es:bx], ax
        mov     al, [es:bx]
        expect8 al, 0x55, "a faulting store writes no part"
        expect_fault16 13, "dword read at FFFD", mov eax, [es:0xFFFD]
        expect_no_fault16 "dword read at FFFC", mov eax, [es:0xFFFC]
        expect_fault16 13, "read-modify-write", inc word [es:bx]
        mov     ebx, 0x10000
        expect_fault16 13, "32-bit address above the limit", mov al, [es:ebx]
        expect_no_fault16 "16-bit addresses wrap before the check", mov al, [es:bx]
        mov     bx, 0xFFFF
        mov     si, 2
        expect_no_fault16 "BX + SI wraps", mov ax, [es:bx + si]

        print   `stack segment\n`
        mov     bp, 0xFFFF
        expect_fault16 12, "word through BP at FFFF", mov ax, [bp]
        expect_fault16 13, "the same through ES", mov ax, [es:bp]
        expect_fault16 12, "the same through SS by prefix", mov ax, [ss:bx]

        print   `strings\n`
        push    ds
        mov     ax, 0x3000
        mov     ds, ax
        mov     si, 0xFFFD
        mov     di, 0x0100
        mov     cx, 3
        expect_fault16 13, "rep movsw over the end", rep movsw
        expect16 cx, 2, "one word was moved: CX"
        expect16 si, 0xFFFF, "one word was moved: SI"
        expect16 di, 0x0102, "one word was moved: DI"
        mov     di, 0xFFFF
        expect_fault16 13, "stosw at FFFF", stosw
        expect16 di, 0xFFFF, "stosw leaves DI"
        pop     ds

        print   `code\n`
        expect_fault16 13, "jump above FFFF", db 0x66, 0xE9, 0x00, 0x00, 0x01, 0x00
        mov     eax, 0x12345
        expect_fault16 13, "jump to EAX above FFFF", o32 jmp eax
        mov     bx, sp
        expect_fault16 13, "call above FFFF", o32 call eax
        expect16 sp, bx, "a faulting CALL pushes nothing"
        finish

        %include "end.inc"
