; system.asm - memory sizes, E820h, A20, APM, block move, waiting, clock. For 128 MiB.
%include "harness.inc"
main:   int     0x12
        movzx   eax, ax
        EXPECT  "int12", eax, 639
        EXPECT16 "int12 and EBDA agree", [0x40E], 639 * 64
        int     0x11
        and     eax, 0x31
        EXPECT  "int11 floppy and 80x25", eax, 0x21
        EXPECT16 "keyboard ring start", [0x480], 0x1E
        EXPECT16 "keyboard ring end", [0x482], 0x3E
        EXPECT16 "COM1", [0x400], 0x3F8
; parallel ports: their number in the equipment word is that of the table, LPT1 the first of those that are there
        xor     ebx, ebx
        mov     si, 0x408
.lpt:   cmp     word [si], 1
        sbb     bx, -1
        add     si, 2
        cmp     si, 0x40E
        jb      .lpt
        int     0x11
        movzx   eax, ax
        shr     eax, 14
        EXPECT  "parallel ports", eax, ebx
        mov     ah, 0x88
        int     0x15
        EXPECT_CARRY "int15/88 carry", 0
        movzx   eax, ax
        EXPECT  "int15/88", eax, 0xFC00
        mov     ax, 0xE801
        int     0x15
        EXPECT_CARRY "e801 carry", 0
        movzx   eax, ax
        EXPECT  "e801 ax", eax, 15 * 1024
        movzx   ebx, bx
        EXPECT  "e801 bx", ebx, (128 - 16) * 16
; E820: base, length and type of every entry, added up per type
        xor     ebx, ebx
        mov     dword [ram], 0
        mov     dword [entries], 0
        push    ds
        pop     es
.map:   mov     eax, 0xE820
        mov     ecx, 24
        mov     edx, 0x534D4150
        mov     edi, 0x12340000 + buffer
        int     0x15
        jc      .map_end
        EXPECT  "e820 signature", eax, 0x534D4150
        EXPECT  "e820 size", ecx, 24
        EXPECT  "e820 keeps edx", edx, 0x534D4150
        EXPECT  "e820 keeps edi", edi, 0x12340000 + buffer
        inc     dword [entries]
        cmp     dword [buffer + 16], 1
        je      .usable
        cmp     dword [buffer + 16], 3  ; ACPI's tables are in it, where there are any
        jne     .reserved
        dec     dword [entries]
.usable:
        mov     eax, [buffer + 8]
        add     [ram], eax
.reserved:
        test    ebx, ebx
        jnz     .map
.map_end:
        EXPECT  "e820 ram", [ram], (127 << 20) + 639 * 1024
        EXPECT  "e820 entries", [entries], 5
        mov     eax, 0xE820
        mov     edx, 0x12345678
        int     0x15
        EXPECT_CARRY "e820 without SMAP", 1
; A20
        mov     ax, 0x2403
        int     0x15
        EXPECT_CARRY "a20 support", 0
        mov     ax, 0x2400
        int     0x15
        mov     ax, 0x2402
        int     0x15
        movzx   eax, ax
        EXPECT  "a20 off", eax, 0
        mov     ax, 0x2401
        int     0x15
        mov     ax, 0x2402
        int     0x15
        movzx   eax, ax
        EXPECT  "a20 on", eax, 1
; APM, the five calls of GRUB's halt but the last
        mov     ax, 0x5300
        xor     bx, bx
        int     0x15
        EXPECT_CARRY "apm check", 0
        movzx   ebx, bx
        EXPECT  "apm PM", ebx, 0x504D
        mov     ax, 0x5304
        xor     bx, bx
        int     0x15
        EXPECT_CARRY "apm disconnect", 0
        mov     ax, 0x5301
        xor     bx, bx
        int     0x15
        EXPECT_CARRY "apm connect", 0
        mov     ax, 0x530E
        mov     cx, 0x0101
        int     0x15
        EXPECT_CARRY "apm version", 0
        mov     ax, 0x5380
        int     0x15
        EXPECT_CARRY "apm unknown", 1
; block move to 2 MiB and back
        mov     dword [source + 2], 0x93000000 + buffer
        mov     dword [target + 2], 0x93200000
        mov     dword [buffer], 0xCAFEF00D
        call    move
        EXPECT_CARRY "block move up", 0
        mov     dword [buffer], 0
        mov     dword [source + 2], 0x93200000
        mov     dword [target + 2], 0x93000000 + buffer
        call    move
        EXPECT_CARRY "block move down", 0
        EXPECT  "block moved", [buffer], 0xCAFEF00D
        mov     eax, cr0
        and     eax, 1
        EXPECT  "real mode again", eax, 0
; 86h: 220 ms are four ticks
        mov     ebx, [0x46C]
        mov     ah, 0x86
        mov     cx, 3
        mov     dx, 0x5B60
        int     0x15
        EXPECT_CARRY "wait", 0
        mov     eax, [0x46C]
        sub     eax, ebx
        sub     eax, 3
        cmp     eax, 3
        setb    al
        movzx   eax, al
        EXPECT  "waited 3 to 5 ticks", eax, 1
; 83h: the flag byte appears by itself
        mov     byte [buffer], 0
        mov     ax, 0x8300
        mov     cx, 0
        mov     dx, 50000
        mov     bx, buffer
        int     0x15
        EXPECT_CARRY "event wait", 0
        mov     ax, 0x8300
        int     0x15
        EXPECT_CARRY "event wait is busy", 1
        mov     ecx, 100
.flag:  hlt
        test    byte [buffer], 0x80
        loopz   .flag
        movzx   eax, byte [buffer]
        EXPECT  "event flag", eax, 0x80
        mov     ah, 0xC0
        int     0x15
        movzx   eax, byte [es:bx + 2]
        EXPECT  "model", eax, 0xFC
        push    ds
        pop     es
        mov     ah, 0xFE
        int     0x15
        EXPECT_CARRY "unknown function", 1
        movzx   eax, ah
        EXPECT  "unknown status", eax, 0x86
; clock: the ticks fit the time of day
        mov     ah, 2
        int     0x1A
        EXPECT_CARRY "rtc time", 0
        mov     al, ch
        call    bcd
        imul    ebx, eax, 60
        mov     al, cl
        call    bcd
        add     ebx, eax
        imul    ebx, 1092               ; ticks in a minute
        mov     eax, [0x46C]
        sub     eax, ebx
        cmp     eax, 1092 + 800
        setb    al
        movzx   eax, al
        EXPECT  "ticks follow the clock", eax, 1
        mov     ah, 4
        int     0x1A
        movzx   eax, ch
        EXPECT  "century", eax, 0x20
        mov     ah, 1
        mov     cx, 0x0018
        mov     dx, 0x00AF
        int     0x1A
        hlt
        hlt
        mov     ah, 0
        int     0x1A
        movzx   eax, al
        EXPECT  "midnight", eax, 1
        mov     ah, 0x77
        int     0x1A
        EXPECT_CARRY "int1a unknown", 1
        int     0x60 + 0x20             ; a vector that nobody owns only returns
        PRINT   "end"
        DONE
move:   mov     ah, 0x87
        mov     cx, 256
        mov     si, table
        push    ds
        pop     es
        int     0x15
        ret
bcd:    mov     ah, al
        shr     ah, 4
        and     al, 15
        aad
        movzx   eax, ax
        ret
        align   4
ram:    dd      0
entries:
        dd      0
table:  times   16 db 0
source: dw      0xFFFF, 0, 0x9300, 0
target: dw      0xFFFF, 0, 0x9300, 0
        times   16 db 0
buffer: times   512 db 0
        END_OF_TEST
