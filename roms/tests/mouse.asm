; mouse.asm - INT 15h AH=C2h: the PS/2 mouse. With byte 506 set, waits for five packages and prints them; run.py and
; BiosTests move the mouse then. Values: Ralf Brown's list; IBM PS/2 Hardware Interface Technical Reference, "Mouse".
%include "harness.inc"
%macro MOUSE 2                          ; function, BH; then AH in EAX
        mov     ax, 0xC200 + %1
        mov     bx, (%2) << 8
        int     0x15
%endmacro
%macro EXPECT_STATUS 2
        movzx   eax, ah
        EXPECT  %1, eax, %2
%endmacro
main:   int     0x11
        and     eax, 4
        EXPECT  "int11 pointing device", eax, 4
        MOUSE   5, 3                    ; packages of three bytes
        EXPECT_CARRY "initialise carry", 0
        EXPECT_STATUS "initialise", 0
        MOUSE   0, 1
        EXPECT_CARRY "on without a handler: carry", 1
        EXPECT_STATUS "on without a handler", 5
        MOUSE   1, 0
        EXPECT_STATUS "reset", 0
        movzx   eax, bx
        EXPECT  "reset: test and identity", eax, 0x00AA
        MOUSE   4, 0xFF
        EXPECT_STATUS "type", 0
        movzx   eax, bh
        EXPECT  "identity", eax, 0
        MOUSE   2, 6                    ; 200 samples a second
        EXPECT_STATUS "rate", 0
        MOUSE   3, 3                    ; 8 counts a mm
        EXPECT_STATUS "resolution", 0
        MOUSE   6, 2
        EXPECT_STATUS "scaling 2:1", 0
        mov     cx, 0xFFFF
        mov     dx, 0xFFFF
        MOUSE   6, 0
        EXPECT_STATUS "status", 0
        movzx   eax, bl
        EXPECT  "status: off, 2:1", eax, 0x10
        movzx   eax, cl
        EXPECT  "status: resolution", eax, 3
        movzx   eax, dl
        EXPECT  "status: rate", eax, 200
        MOUSE   6, 1
        EXPECT_STATUS "scaling 1:1", 0
        MOUSE   2, 7
        EXPECT_STATUS "no such rate", 2
        MOUSE   3, 4
        EXPECT_STATUS "no such resolution", 2
        MOUSE   6, 3
        EXPECT_STATUS "no such extension", 2
        MOUSE   5, 0
        EXPECT_STATUS "no such size", 2
        MOUSE   5, 9
        EXPECT_STATUS "no such size 9", 2
        MOUSE   0, 2
        EXPECT_STATUS "neither on nor off", 2
        MOUSE   8, 0
        EXPECT_STATUS "no such function", 1
        push    cs
        pop     es
        mov     ax, 0xC207
        mov     bx, handler
        int     0x15
        EXPECT_CARRY "handler carry", 0
        EXPECT_STATUS "handler", 0
        MOUSE   0, 1
        EXPECT_STATUS "on", 0
        MOUSE   6, 0
        movzx   eax, bl
        EXPECT  "status: on, 1:1", eax, 0x20
        cmp     byte [which], 0
        je      .off
        MOUSE   0, 1                    ; what the status took from the mouse is over
        PRINT   "ready "
.wait:  cli
        cmp     byte [packages], 5
        jae     .moved
        sti
        hlt
        jmp     .wait
.moved: sti
        PRINT   "moved "
.off:   MOUSE   0, 0
        EXPECT_STATUS "off", 0
        MOUSE   6, 0
        movzx   eax, bl
        and     al, 0xF8
        EXPECT  "status: off", eax, 0
; the keyboard goes on; INT 9 must not take the answer
        cli
        mov     al, 0x20
        out     0x64, al
.byte:  in      al, 0x64
        test    al, 1
        jz      .byte
        in      al, 0x60
        sti
        and     eax, 0x53
        EXPECT  "8042: keyboard on, its interrupt, translation", eax, 0x41
        xor     bx, bx
        mov     es, bx
        mov     ax, 0xC207
        int     0x15
        MOUSE   0, 1
        EXPECT_STATUS "the handler is gone", 5
        PRINT   "end"
        DONE

handler:                                ; far, with four words: Z, Y, X, status
        push    bp
        mov     bp, sp
        push    ax
        mov     ax, [bp + 12]
        shl     eax, 16
        mov     ah, [bp + 10]
        mov     al, [bp + 8]
        and     eax, 0x00FFFFFF
        call    puthex
        mov     al, " "
        call    putc
        inc     byte [cs:packages]
        pop     ax
        pop     bp
        mov     bx, 0x1234              ; a program's handler may change all registers
        mov     ds, bx
        mov     fs, bx
        retf
packages:
        db      0
        END_OF_TEST
