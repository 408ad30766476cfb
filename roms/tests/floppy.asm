; floppy.asm - INT 13h on a 1.44M floppy. Each sector from 50 on holds its number in its first word.
%include "harness.inc"
main:   mov     ah, 0x08
        mov     dl, 0
        int     0x13
        EXPECT_CARRY "parameters", 0
        movzx   ecx, cx
        EXPECT  "79 cylinders, 18 sectors", ecx, 0x4F12
        movzx   edx, dx
        EXPECT  "two heads, one drive", edx, 0x0101
        movzx   ebx, bl
        EXPECT  "1.44M", ebx, 4
        movzx   eax, byte [es:di + 4]
        EXPECT  "parameter table", eax, 18
        push    0
        pop     es
        mov     ah, 0x15
        mov     dl, 0
        int     0x13
        movzx   eax, ah
        EXPECT  "type with change line", eax, 2
; LBA 53 = 1/0/18
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x0112
        mov     dx, 0x0000
        int     0x13
        EXPECT_CARRY "read", 0
        movzx   eax, ax
        EXPECT  "read count", eax, 1
        EXPECT16 "sector 53", [buffer], 53
; 40 sectors from LBA 60 = 1/1/7 run over two tracks
        push    0x2000
        pop     es
        mov     ax, 0x0228
        xor     bx, bx
        mov     cx, 0x0107
        mov     dx, 0x0100
        int     0x13
        EXPECT_CARRY "40 sectors", 0
        movzx   eax, al
        EXPECT  "40 read", eax, 40
        EXPECT16 "first of 40", [es:0], 60
        EXPECT16 "last of 40", [es:39 * 512], 99
; DMA cannot cross 64 KiB
        mov     ax, 0x0202
        mov     bx, 0xFE80
        mov     cx, 0x0112
        mov     dx, 0x0000
        int     0x13
        EXPECT_CARRY "boundary", 1
        movzx   eax, ah
        EXPECT  "boundary status", eax, 9
        push    0
        pop     es
; write and read back the last sector
        mov     word [buffer], 0x4711
        mov     ax, 0x0301
        mov     bx, buffer
        mov     cx, 0x4F12
        mov     dx, 0x0100
        int     0x13
        EXPECT_CARRY "write", 0
        mov     word [buffer], 0
        mov     ax, 0x0201
        int     0x13
        EXPECT16 "written", [buffer], 0x4711
        mov     ax, 0x0401
        int     0x13
        EXPECT_CARRY "verify", 0
; errors
        mov     ax, 0x0201
        mov     cx, 0x0113
        mov     dx, 0x0000
        int     0x13
        EXPECT_CARRY "sector 19", 1
        movzx   eax, ah
        EXPECT  "sector 19 status", eax, 4
        mov     ax, 0x0201
        mov     cx, 0x5001
        int     0x13
        EXPECT_CARRY "cylinder 80", 1
        mov     ah, 1
        int     0x13
        EXPECT_CARRY "status", 0
        movzx   eax, ah
        EXPECT  "last status", eax, 4
        mov     ax, 0x0201
        mov     cx, 1
        mov     dx, 0x0001
        int     0x13
        EXPECT_CARRY "no drive 1", 1
; format cylinder 70, head 0
        mov     di, buffer
        mov     al, 1
.field: mov     word [di], 70
        mov     [di + 2], al
        mov     byte [di + 3], 2
        add     di, 4
        inc     al
        cmp     al, 18
        jbe     .field
        mov     ax, 0x0512
        mov     bx, buffer
        mov     cx, 0x4601
        mov     dx, 0x0000
        int     0x13
        EXPECT_CARRY "format", 0
        mov     ah, 0
        int     0x13
        EXPECT_CARRY "reset", 0
        mov     ax, 0x0201
        mov     bx, buffer
        mov     cx, 0x0112
        int     0x13
        EXPECT_CARRY "read after reset", 0
        EXPECT16 "sector 53 again", [buffer], 53
; the motor stops two seconds after
        movzx   eax, byte [0x43F]
        and     eax, 1
        EXPECT  "motor on", eax, 1
        mov     cx, 45
.tick:  hlt
        loop    .tick
        movzx   eax, byte [0x43F]
        and     eax, 1
        EXPECT  "motor off", eax, 0
        PRINT   "end"
        DONE
buffer: times   512 db 0
        END_OF_TEST
