; teaches: the floppy through INT 13h: reset, geometry, multi-sector reads, write, verify, and honest errors
; run: --budget 20000000000
; media: floppy
; qemu: same
; expect-serial: reset and parameters
; expect-serial: read
; expect-serial: write and read back
; expect-serial: errors
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Behind INT 13h the BIOS programs the 765 controller and channel 2 of the 8237 DMA controller.

        %include "boot.inc"

BUFFER          equ 0x5000              ; free memory below the boot sector

main:
        print   `reset and parameters\n`
        mov     ah, 0x00
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "reset"
        expect8 ah, 0, "reset status"
        mov     ah, 0x08
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "parameters"
        expect8 bl, 4, "drive type: 1.44 MB"
        expect16 cx, 79 << 8 | 18, "last cylinder 79, 18 sectors"
        expect8 dh, 1, "last head 1"
        xor     ax, ax
        mov     es, ax
        mov     ah, 0x15
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "drive kind"
        dec     ah                      ; 1 a floppy drive without, 2 with change line; 0 would be no drive
        and     ah, 0xFE
        expect8 ah, 0, "a floppy drive"

        print   `read\n`
        mov     byte [BUFFER], 0
        mov     ax, 0x0201
        mov     bx, BUFFER
        mov     cx, 0x0001              ; cylinder 0, sector 1
        mov     dh, 0
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "read the boot sector"
        expect8 al, 1, "sectors read"
        mov     si, BUFFER + 510
        expect16 [si], 0xAA55, "its signature"
        mov     ax, 0x0204              ; four at once
        mov     bx, BUFFER
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "read four sectors"
        mov     si, BUFFER + 512
        mov     di, 0x7E00              ; the second sector was loaded there at boot
        mov     cx, 16
        repe cmpsb
        expect_flags ZF, ZF, "the second sector is what boot loaded"

        print   `write and read back\n`
        mov     di, BUFFER
        mov     ax, 0x1357
        mov     cx, 512
.pattern:
        stosw
        add     ax, 0x0101
        loop    .pattern
        mov     ax, 0x0302              ; two sectors, cylinder 40, head 1, sector 5
        mov     bx, BUFFER
        mov     cx, 40 << 8 | 5
        mov     dh, 1
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "write"
        mov     di, BUFFER
        xor     ax, ax
        mov     cx, 512
        rep stosw
        mov     ax, 0x0202
        mov     bx, BUFFER
        mov     cx, 40 << 8 | 5
        mov     dh, 1
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "read back"
        expect16 [BUFFER], 0x1357, "first word"
        expect16 [BUFFER + 1022], (0x1357 + 511 * 0x0101) & 0xFFFF, "last word"
        mov     ax, 0x0402
        mov     cx, 40 << 8 | 5
        mov     dh, 1
        mov     dl, [boot_drive]
        int     0x13
        expect_flags 0, CF, "verify"

        print   `errors\n`
        mov     ah, 0x77                ; no such function
        mov     dl, [boot_drive]
        int     0x13
        expect_flags CF, CF, "unknown function"
        expect8 ah, 0x01, "unknown function: status 1"
        mov     ah, 0x01                ; status of the last operation is kept at 0040:0041
        mov     dl, [boot_drive]
        int     0x13
        expect8 ah, 0x01, "last status"
        mov     ax, 0x0200              ; no sectors
        mov     bx, BUFFER
        mov     cx, 0x0001
        mov     dh, 0
        mov     dl, [boot_drive]
        int     0x13
        expect_flags CF, CF, "a count of zero"
        finish

        %include "end.inc"
