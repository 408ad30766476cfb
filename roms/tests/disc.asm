; disc.asm - INT 13h for a CD-ROM drive (EDD, and El Torito's functions), on a machine booted from a floppy: the disc has
; 40 blocks that begin with their number, and nothing to boot.
%include "harness.inc"
CD      equ     0xE0
main:   xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ah, 0x41
        mov     bx, 0x55AA
        mov     dl, CD
        int     0x13
        EXPECT_CARRY "41", 0
        EXPECT16 "41 signature", bx, 0xAA55
        EXPECT16 "41 functions", cx, 7
        mov     ah, 0x48
        mov     si, results
        int     0x13
        EXPECT_CARRY "48", 0
        EXPECT16 "48 flags", [results + 2], 0x0074
        EXPECT  "48 blocks", [results + 16], 40
        EXPECT16 "48 size", [results + 24], 2048
        mov     ah, 0x42                ; three blocks, over the end of a 64 KiB segment's worth of offset
        mov     si, packet
        int     0x13
        EXPECT_CARRY "42", 0
        EXPECT16 "42 count", [packet + 2], 3
        push    0x2000
        pop     es
        EXPECT  "42 first", [es:0xFC00], 37
        push    0x3000
        pop     es
        EXPECT  "42 third", [es:0x0C00], 39
        mov     dword [packet + 8], 38  ; the last of three is beyond the disc
        mov     word [packet + 2], 3
        mov     ah, 0x42
        int     0x13
        EXPECT_CARRY "42 beyond", 1
        mov     [value], ah
        EXPECT16 "42 beyond's status", [value], 0x04
        EXPECT16 "42 beyond's count", [packet + 2], 2
        mov     ah, 0x43
        int     0x13
        EXPECT_CARRY "43 write", 1
        mov     [value], ah
        EXPECT16 "43 protected", [value], 0x03
        mov     ax, 0x4500              ; lock, ask, eject in vain, unlock
        int     0x13
        EXPECT_CARRY "45 lock", 0
        mov     ax, 0x4502
        int     0x13
        mov     [value], al
        EXPECT16 "45 locked", [value], 1
        mov     ax, 0x4600
        int     0x13
        EXPECT_CARRY "46 locked", 1
        mov     ax, 0x4501
        int     0x13
        mov     ax, 0x4502
        int     0x13
        mov     [value], al
        EXPECT16 "45 unlocked", [value], 0
        mov     ax, 0x4B01              ; nothing is emulated
        mov     si, results
        int     0x13
        EXPECT_CARRY "4B no emulation", 1
        mov     ax, 0x4600
        int     0x13
        EXPECT_CARRY "46", 0
        mov     ah, 0x10
        int     0x13
        EXPECT_CARRY "10 tray is open", 1
        mov     [value], ah
        EXPECT16 "10 not ready", [value], 0xAA
        PRINT   "end"
        DONE
value:  dw      0
packet: db      0x10, 0
        dw      3, 0xFC00, 0x2000
        dq      37
results:
        dw      0x1A
        times   30 db 0
        END_OF_TEST
