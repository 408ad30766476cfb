; pci.asm - INT 1Ah AH=B1h (PCI BIOS Specification 2.1), the table of interrupt routes, and VBE (INT 10h AH=4Fh),
; on a board like QEMU's pc with its VGA in slot 2.
%include "harness.inc"
main:   xor     ax, ax
        mov     ds, ax
        mov     es, ax
; ---------------------------------------------------------------- presence and search
        mov     ax, 0xB101
        int     0x1A
        EXPECT_CARRY "B101 carry", 0
        EXPECT  "B101 signature", edx, "PCI "
        mov     [buffer], ax
        EXPECT16 "B101 status and mechanism", [buffer], 0x0001
        EXPECT16 "B101 version", bx, 0x0210
        mov     ax, 0xB102              ; the host bridge
        mov     cx, 0x1237
        mov     dx, 0x8086
        xor     si, si
        int     0x1A
        EXPECT_CARRY "B102 host bridge", 0
        EXPECT16 "B102 place", bx, 0x0000
        mov     ax, 0xB102              ; there is no second
        mov     cx, 0x1237
        mov     dx, 0x8086
        mov     si, 1
        int     0x1A
        EXPECT_CARRY "B102 second", 1
        mov     [buffer], ah
        mov     byte [buffer + 1], 0
        EXPECT16 "B102 not found", [buffer], 0x86
        EXPECT16 "B102 keeps SI", si, 1
        mov     ax, 0xB102
        mov     dx, 0xFFFF
        int     0x1A
        EXPECT_CARRY "B102 bad vendor", 1
        mov     [buffer], ah
        EXPECT16 "B102 bad vendor's status", [buffer], 0x83
        mov     ax, 0xB103              ; an ISA bridge
        mov     ecx, 0x060100
        xor     si, si
        int     0x1A
        EXPECT_CARRY "B103 ISA bridge", 0
        EXPECT16 "B103 place", bx, 0x0008
        mov     ax, 0xB103
        mov     ecx, 0x010180
        int     0x1A
        EXPECT16 "B103 IDE", bx, 0x0009
; ---------------------------------------------------------------- configuration space
        mov     ax, 0xB108
        mov     bx, 0x0008
        mov     di, 0x0E
        mov     ecx, 0x11223344
        int     0x1A
        EXPECT  "B108 header type", ecx, 0x11223380
        mov     ax, 0xB109
        mov     di, 0x02
        mov     ecx, 0x11223344
        int     0x1A
        EXPECT  "B109 device", ecx, 0x11227000
        mov     ax, 0xB10A
        mov     di, 0x00
        int     0x1A
        EXPECT  "B10A identity", ecx, 0x70008086
        mov     ax, 0xB109
        mov     di, 0x03
        int     0x1A
        EXPECT_CARRY "B109 odd register", 1
        mov     [buffer], ah
        EXPECT16 "B109 odd register's status", [buffer], 0x87
        mov     ax, 0xB10B              ; the VGA's interrupt line is ours to write
        mov     bx, 0x0010
        mov     di, 0x3C
        mov     cl, 0x5A
        int     0x1A
        mov     ax, 0xB108
        mov     cl, 0
        int     0x1A
        movzx   ecx, cl
        EXPECT  "B10B B108 interrupt line", ecx, 0x5A
        mov     ax, 0xB106
        int     0x1A
        EXPECT_CARRY "B106 special cycle", 1
        mov     [buffer], ah
        EXPECT16 "B106 status", [buffer], 0x81
; ---------------------------------------------------------------- what POST gave
        mov     ax, 0xB10A              ; the VGA's frame buffer: 16 MiB, prefetchable, in the hole
        mov     bx, 0x0010
        mov     di, 0x10
        int     0x1A
        mov     [frame], ecx
        and     ecx, 0x00FFFFFF
        EXPECT  "VGA base is aligned", ecx, 8
        mov     eax, [frame]
        shr     eax, 24
        cmp     al, 0x80
        setae   al
        EXPECT_EAX "VGA base is in the hole", 1
        mov     ax, 0xB109
        mov     di, 0x04
        int     0x1A
        and     cx, 3
        EXPECT16 "VGA decodes", cx, 3
        mov     ax, 0xB10A              ; the router's inputs
        mov     bx, 0x0008
        mov     di, 0x60
        int     0x1A
        EXPECT  "router", ecx, 0x0B0B0A0A
        mov     dx, 0x4D1
        in      al, dx
        movzx   eax, al
        EXPECT_EAX "IRQ 10 and 11 are level-triggered", 0x0C
; ---------------------------------------------------------------- interrupt routes
        mov     word [route], 16
        mov     word [route + 2], buffer
        mov     word [route + 4], 0
        mov     ax, 0xB10E
        mov     di, route
        int     0x1A
        EXPECT_CARRY "B10E small buffer", 1
        EXPECT16 "B10E size", [route], 31 * 16
        mov     ax, 0xB10E
        int     0x1A
        EXPECT_CARRY "B10E", 0
        EXPECT  "B10E slot 1 INTA", [buffer], 0xF8600800
        EXPECT  "B10E slot 3 INTA", [buffer + 32], 0xF8621800
        mov     ax, 0xF000              ; $PIR adds up to 0
        mov     es, ax
        xor     di, di
.pir:   cmp     dword [es:di], "$PIR"
        je      .found
        add     di, 16
        jnz     .pir
.found: mov     cx, [es:di + 6]
        mov     al, 0
.sum:   add     al, [es:di]
        inc     di
        loop    .sum
        movzx   eax, al
        EXPECT_EAX "$PIR sum", 0
        push    0
        pop     es
; ---------------------------------------------------------------- VBE
        mov     ax, 0x4F00
        mov     dword [buffer], "VBE2"
        mov     di, buffer
        int     0x10
        EXPECT16 "4F00", ax, 0x004F
        EXPECT  "4F00 signature", [buffer], "VESA"
        EXPECT16 "4F00 version", [buffer + 4], 0x0200
        EXPECT16 "4F00 memory", [buffer + 18], 256
        mov     ax, 0x4F01
        mov     cx, 0x4115              ; 800 by 600, 24 bits
        mov     di, buffer
        int     0x10
        EXPECT16 "4F01", ax, 0x004F
        EXPECT16 "4F01 attributes", [buffer], 0x009B
        EXPECT16 "4F01 pitch", [buffer + 16], 2400
        EXPECT16 "4F01 width", [buffer + 18], 800
        EXPECT16 "4F01 height", [buffer + 20], 600
        EXPECT16 "4F01 depth", [buffer + 24], 0x1801
        EXPECT  "4F01 red and green", [buffer + 31], 0x08081008
        mov     eax, [frame]
        and     al, 0xF0
        sub     eax, [buffer + 40]
        EXPECT_EAX "4F01 frame buffer", 0
        mov     ax, 0x4F01
        mov     cx, 0x01FF
        int     0x10
        EXPECT16 "4F01 no such mode", ax, 0x014F
        mov     ax, 0x4F02
        mov     bx, 0x4111              ; 640 by 480, 16 bits
        int     0x10
        EXPECT16 "4F02", ax, 0x004F
        mov     ax, 0x4F03
        int     0x10
        EXPECT16 "4F03", bx, 0x4111
        mov     ax, 0x4F05              ; bank 3
        xor     bx, bx
        mov     dx, 3
        int     0x10
        push    0xA000
        pop     es
        mov     dword [es:16], 0x12345678
        mov     ax, 0x4F05
        mov     bx, 0x0100
        xor     dx, dx
        int     0x10
        EXPECT16 "4F05 bank", dx, 3
        EXPECT  "4F05 memory", [es:16], 0x12345678
        push    0
        pop     es
        mov     ax, 0x4F06
        mov     bx, 0x0000
        mov     cx, 1024
        int     0x10
        EXPECT16 "4F06 bytes", bx, 2048
        EXPECT16 "4F06 lines", dx, 8192
        mov     ax, 0x4F07
        mov     bx, 0
        mov     cx, 16
        mov     dx, 5
        int     0x10
        mov     ax, 0x4F07
        mov     bx, 1
        xor     cx, cx
        xor     dx, dx
        int     0x10
        EXPECT16 "4F07 x", cx, 16
        EXPECT16 "4F07 y", dx, 5
        mov     ax, 0x4F08
        mov     bx, 0x0800
        int     0x10
        mov     [buffer], bh
        mov     byte [buffer + 1], 0
        EXPECT16 "4F08 bits", [buffer], 8
        mov     ax, 0x0003              ; back to text
        int     0x10
        mov     ax, 0x4F03
        int     0x10
        EXPECT16 "4F03 text", bx, 3
        PRINT   "end"
        DONE
frame:  dd      0
route:  dw      0, 0, 0
buffer: times   512 db 0
        END_OF_TEST
