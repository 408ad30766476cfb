; teaches: MUL, IMUL, DIV and IDIV in all widths, and the divide error (#DE) whose saved IP is the division itself
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: multiply
; expect-serial: divide
; expect-serial: divide errors
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "faults16.inc"

CO      equ CF | OF                     ; MUL and IMUL define CF and OF only, always equal

main:
        catch_faults
        print   `multiply\n`
        mov     ax, 0xAA10
        mov     bl, 0x10
        mul     bl
        expect_flags CO, CO, "mul 8 flags"
        expect16 ax, 0x0100, "mul 8"
        mov     al, 0x0F
        mov     bl, 0x11
        mul     bl
        expect_flags 0, CO, "mul 8 small flags"
        expect16 ax, 0x00FF, "mul 8 small"
        mov     ax, 0xFFFF
        mov     cx, 0xFFFF
        mul     cx
        expect_flags CO, CO, "mul 16 flags"
        expect16 ax, 0x0001, "mul 16 low"
        expect16 dx, 0xFFFE, "mul 16 high"
        mov     eax, 0x80000000
        mov     ecx, 2
        mul     ecx
        expect32 eax, 0, "mul 32 low"
        expect32 edx, 1, "mul 32 high"

        mov     al, -1
        mov     bl, 0x80
        imul    bl                      ; -1 * -128 = 128 does not fit a signed byte
        expect_flags CO, CO, "imul 8 flags"
        expect16 ax, 0x0080, "imul 8"
        mov     al, -1
        mov     bl, 127
        imul    bl                      ; -127 does
        expect_flags 0, CO, "imul 8 small flags"
        expect16 ax, 0xFF81, "imul 8 small"
        mov     ax, -3
        mov     cx, 1000
        imul    cx
        expect_flags 0, CO, "imul 16 flags"
        expect16 ax, 0xF448, "imul 16 low"
        expect16 dx, 0xFFFF, "imul 16 high"
        mov     eax, 0x40000000
        mov     ecx, 2
        imul    ecx
        expect_flags CO, CO, "imul 32 flags"
        expect32 eax, 0x80000000, "imul 32 low"
        expect32 edx, 0, "imul 32 high"
        mov     cx, 300
        imul    cx, cx                  ; 90000 = 15F90h: truncated
        expect_flags CO, CO, "imul r,r flags"
        expect16 cx, 0x5F90, "imul r,r"
        imul    bx, cx, -2              ; 6B form: the immediate is sign extended
        expect16 bx, 0x40E0, "imul r,r,imm8"
        mov     ebx, 100000
        imul    eax, ebx, 0x1000        ; 69 form
        expect_flags 0, CO, "imul r,r,imm32 flags"
        expect32 eax, 409600000, "imul r,r,imm32"

        print   `divide\n`
        mov     ax, 1000
        mov     bl, 7
        div     bl
        expect16 ax, (6 << 8) | 142, "div 8"
        mov     dx, 0x0001
        mov     ax, 0x0000
        mov     cx, 0x0003
        div     cx
        expect16 ax, 0x5555, "div 16 quotient"
        expect16 dx, 0x0001, "div 16 remainder"
        mov     edx, 1
        mov     eax, 0
        mov     ecx, 10
        div     ecx
        expect32 eax, 429496729, "div 32 quotient"
        expect32 edx, 6, "div 32 remainder"
        mov     ax, -1000               ; IDIV truncates toward zero; the remainder has the dividend's sign
        mov     bl, 10
        idiv    bl
        expect16 ax, 0x009C, "idiv 8 quotient -100"
        mov     ax, -1001
        mov     bl, 10
        idiv    bl
        expect16 ax, 0xFF9C, "idiv 8 remainder -1"
        mov     dx, -1
        mov     ax, -7
        mov     cx, 2
        idiv    cx
        expect16 ax, 0xFFFD, "idiv 16 quotient -3"
        expect16 dx, 0xFFFF, "idiv 16 remainder -1"
        mov     edx, 0xE0000000
        mov     eax, 0
        mov     ecx, 0x80000000
        idiv    ecx                     ; -2^61 / -2^31 = 2^30
        expect32 eax, 0x40000000, "idiv 32 quotient"
        expect32 edx, 0, "idiv 32 remainder"
        mov     ax, 0xFF80
        mov     bl, 1
        idiv    bl                      ; -128 is a legal quotient (the 8086 said no)
        expect16 ax, 0x0080, "idiv 8 quotient -128"

        print   `divide errors\n`
        mov     ax, 0x1234
        mov     bl, 0
        expect_fault16 0, "div by zero", div bl
        expect16 ax, 0x1234, "a faulting DIV leaves AX"
        mov     ax, 0x0200
        mov     bl, 2
        expect_fault16 0, "quotient 100h in 8 bits", div bl
        mov     dx, 5
        mov     ax, 0
        mov     cx, 5
        expect_fault16 0, "quotient 10000h in 16 bits", div cx
        expect16 dx, 5, "a faulting DIV leaves DX"
        mov     ax, 0x0080
        mov     bl, 1
        expect_fault16 0, "quotient 128 in a signed byte", idiv bl
        mov     edx, 0xC0000000
        mov     eax, 0
        mov     ecx, 0x80000000
        expect_fault16 0, "quotient 2^31", idiv ecx
        mov     ax, 77
        expect_fault16 0, "AAM with base zero", db 0xD4, 0x00
        expect16 ax, 77, "a faulting AAM leaves AX"
        finish

        %include "end.inc"
