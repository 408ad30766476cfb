; serial.asm - INT 14h on COM2. Who boots it answers each byte that comes with the next one.
; Values: IBM PC/AT Technical Reference, BIOS data area and INT 14h.
%include "harness.inc"
main:   EXPECT16 "COM1", [0x400], 0x3F8
        EXPECT16 "COM2", [0x402], 0x2F8
        EXPECT16 "COM3", [0x404], 0
        int     0x11
        movzx   eax, ax
        shr     eax, 9
        and     eax, 7
        EXPECT  "int11: serial ports", eax, 2
        mov     ax, 0x00E3              ; 9600 bit/s, 8 bits, no parity
        mov     dx, 1
        int     0x14
        and     eax, 0x6000
        EXPECT  "setup: transmitter empty", eax, 0x6000
        mov     ax, 0x0100 + "K"
        mov     dx, 1
        int     0x14
        movzx   eax, ah
        and     al, 0x80
        EXPECT  "sent", eax, 0
        mov     ah, 0x02
        mov     dx, 1
        int     0x14
        movzx   eax, ax
        EXPECT  "received", eax, "L"
        mov     ah, 0x03
        mov     dx, 1
        int     0x14
        movzx   eax, al
        and     al, 0x30
        EXPECT  "a terminal is there", eax, 0x30
        mov     ax, 0x0100 + "?"        ; there is no third
        mov     dx, 2
        int     0x14
        movzx   eax, ax
        EXPECT  "no third port: nothing is changed", eax, 0x0100 + "?"
        PRINT   "end"
        DONE
        END_OF_TEST
