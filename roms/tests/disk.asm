; disk.asm - INT 13h on hard disk 0 of 40 MiB (81920 sectors). Sector 100 holds "SECTOR 100", by run.py.
%include "harness.inc"
main:   mov     ah, 0x08
        mov     dl, 0x80
        int     0x13
        EXPECT_CARRY "parameters", 0
        movzx   eax, dl
        EXPECT  "one disk", eax, 1
        movzx   eax, dh
        mov     [heads], eax
        inc     dword [heads]
        mov     eax, ecx
        and     eax, 0x3F
        mov     [spt], eax
        EXPECT  "sectors a track", eax, 63
        EXPECT  "heads", [heads], 16
        mov     ah, 0x15
        mov     dl, 0x80
        int     0x13
        movzx   eax, ah
        EXPECT  "type", eax, 3
        mov     ah, 0x41
        mov     bx, 0x55AA
        mov     dl, 0x80
        int     0x13
        EXPECT_CARRY "edd", 0
        movzx   ebx, bx
        EXPECT  "edd magic", ebx, 0xAA55
        movzx   eax, ah
        EXPECT  "edd version", eax, 0x21
        and     ecx, 1
        EXPECT  "edd packets", ecx, 1
        mov     ah, 0x48
        mov     si, results
        int     0x13
        EXPECT_CARRY "edd parameters", 0
        EXPECT  "edd sectors", [results + 16], 81920
        EXPECT16 "edd sector size", [results + 24], 512
; the same sector by LBA and by CHS
        mov     ah, 0x42
        mov     si, packet
        mov     edx, 0xABCD0080
        mov     ecx, 0x12345678
        int     0x13
        EXPECT_CARRY "edd read", 0
        EXPECT  "edd keeps ecx", ecx, 0x12345678
        EXPECT  "edd keeps edx", edx, 0xABCD0080
        EXPECT  "lba 100", [buffer], "SECT"
        EXPECT16 "edd count", [packet + 2], 1
        mov     dword [buffer], 0
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x0026              ; 100 = (0 * 16 + 1) * 63 + 37: sector 38
        mov     dx, 0x0180
        int     0x13
        EXPECT_CARRY "chs read", 0
        movzx   eax, ax
        EXPECT  "chs count", eax, 1
        EXPECT  "chs 0/1/38", [buffer], "SECT"
; write, read back
        mov     dword [buffer], 0x11223344
        mov     ax, 0x0301
        mov     bx, buffer
        mov     cx, 0x0A05
        mov     dx, 0x0380
        int     0x13
        EXPECT_CARRY "write", 0
        mov     dword [buffer], 0
        mov     ax, 0x0201
        int     0x13
        EXPECT  "written", [buffer], 0x11223344
        mov     ax, 0x0401
        int     0x13
        EXPECT_CARRY "verify", 0
; many sectors over the end of a segment
        mov     word [packet + 2], 127
        mov     word [packet + 4], 0x8000
        mov     word [packet + 6], 0x2000
        mov     dword [packet + 8], 0
        mov     ah, 0x42
        mov     dl, 0x80
        mov     si, packet
        int     0x13
        EXPECT_CARRY "127 sectors", 0
        push    0x2000 + 0x800 + 100 * 32
        pop     es
        EXPECT  "sector 100 of them", [es:0], "SECT"
        push    0
        pop     es
; the end of the disk
        mov     word [packet + 2], 2
        mov     dword [packet + 8], 81919
        mov     ah, 0x42
        int     0x13
        EXPECT_CARRY "past the end", 1
        movzx   eax, ah
        EXPECT  "past the end status", eax, 1
        mov     ah, 1
        int     0x13
        movzx   eax, ah
        EXPECT  "last status", eax, 1
        mov     word [packet + 2], 1
        mov     ah, 0x42
        int     0x13
        EXPECT_CARRY "last sector", 0
        mov     dword [packet + 12], 1
        mov     ah, 0x42
        int     0x13
        EXPECT_CARRY "lba above 32 bits", 1
        mov     ax, 0x0201
        mov     cx, 0x0000
        mov     dx, 0x0080
        mov     bx, buffer
        int     0x13
        EXPECT_CARRY "sector 0", 1
        mov     ax, 0x0201
        mov     cx, 0xFFC1
        int     0x13
        EXPECT_CARRY "cylinder 1023", 1
        mov     ax, 0x0200
        mov     cx, 1
        int     0x13
        EXPECT_CARRY "no sectors", 1
        mov     ax, 0x0201
        mov     dl, 0x81
        int     0x13
        EXPECT_CARRY "no such disk", 1
        mov     ah, 0x10
        mov     dl, 0x80
        int     0x13
        EXPECT_CARRY "ready", 0
        mov     ah, 0
        int     0x13
        EXPECT_CARRY "reset", 0
        mov     ah, 0x7F
        int     0x13
        EXPECT_CARRY "unknown function", 1
        PRINT   "end"
        DONE
        align   4
heads:  dd      0
spt:    dd      0
packet: db      0x10, 0
        dw      1, buffer, 0
        dq      100
results:
        dw      0x1A
        times   30 db 0
buffer: times   512 db 0
        END_OF_TEST
