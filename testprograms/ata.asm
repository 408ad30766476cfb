; teaches: the ATA disk without the BIOS: IDENTIFY, PIO reads and writes with REP INSW/OUTSW, LBA, CHS and LBA48, IRQ 14
; run: --budget 2000000000
; media: hda
; qemu: same
; expect-serial: identify
; expect-serial: read
; expect-serial: write and read back
; expect-serial: multiple sectors
; expect-serial: lba48
; expect-serial: interrupt
; expect-serial: errors
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

DATA    equ 0x1F0
ERROR   equ 0x1F1
COUNT   equ 0x1F2
LBA0    equ 0x1F3
LBA1    equ 0x1F4
LBA2    equ 0x1F5
DEVICE  equ 0x1F6
STATUS  equ 0x1F7                       ; write: command
CONTROL equ 0x3F6                       ; read: alternate status; write: bit 1 nIEN, bit 2 SRST

BSY     equ 0x80
DRQ     equ 0x08
ERR     equ 0x01

BUFFER  equ 0x4000
BUFFER2 equ 0x5000

%macro put 2
        mov     dx, %1
        mov     al, %2
        out     dx, al
%endmacro
%macro get 1
        mov     dx, %1
        in      al, dx
%endmacro
; lba SECTOR, COUNT: registers for a command
%macro lba 2
        put     DEVICE, 0xE0 | (((%1) >> 24) & 15)
        put     COUNT, (%2) & 255
        put     LBA0, (%1) & 255
        put     LBA1, ((%1) >> 8) & 255
        put     LBA2, ((%1) >> 16) & 255
%endmacro
%macro command 1
        put     STATUS, %1
%endmacro
; read_words WORDS, TO and write_words WORDS, FROM
%macro read_words 2
        call    wait_data
        mov     dx, DATA
        mov     di, %2
        mov     cx, %1
        rep insw
%endmacro
%macro write_words 2
        call    wait_data
        mov     dx, DATA
        mov     si, %2
        mov     cx, %1
        rep outsw
%endmacro

main:
        put     CONTROL, 0x02           ; no interrupts for now
        print   `identify\n`
        put     DEVICE, 0xE0
        command 0xEC
        read_words 256, BUFFER
        expect16 di, BUFFER + 512, "rep insw di"
        call    wait_ready
        expect8 al, 0x50, "status afterwards: ready, seek complete"
        mov     ax, [BUFFER]
        and     ax, 0x8000
        expect16 ax, 0, "an ATA device"
        expect16 [BUFFER + 2 * 3], 16, "heads"
        expect16 [BUFFER + 2 * 6], 63, "sectors a track"
        mov     ax, [BUFFER + 2 * 49]
        and     ax, 0x0200
        expect16 ax, 0x0200, "LBA"
        expect32 [BUFFER + 2 * 60], 4032, "sectors"

        print   `read\n`
        lba     0, 1
        command 0x20
        read_words 256, BUFFER
        expect16 [BUFFER + 510], 0xAA55, "signature of sector 0"
        mov     si, BUFFER
        mov     di, 0x7C00
        mov     cx, 8                   ; the boot code does not change its first bytes
        repe cmpsw
        expect_flags ZF, ZF, "sector 0 is what the BIOS loaded"
        put     DEVICE, 0xA0            ; CHS: cylinder 0, head 0, sector 2 is LBA 1
        put     COUNT, 1
        put     LBA0, 2
        put     LBA1, 0
        put     LBA2, 0
        command 0x20
        read_words 256, BUFFER
        mov     si, BUFFER
        mov     di, 0x7E00
        mov     cx, 16
        repe cmpsw
        expect_flags ZF, ZF, "sector 1 by CHS"

        print   `write and read back\n`
        mov     di, BUFFER
        mov     ax, 0xA500
        mov     cx, 256
.fill:  stosw
        inc     ax
        loop    .fill
        lba     3000, 1
        command 0x30
        write_words 256, BUFFER
        call    wait_ready
        and     al, ERR
        expect8 al, 0, "write: no error"
        command 0xE7                    ; flush
        call    wait_ready
        and     al, ERR
        expect8 al, 0, "flush: no error"
        call    clear2
        lba     3000, 1
        command 0x20
        read_words 256, BUFFER2
        call    same
        expect_flags ZF, ZF, "the sector comes back"

        print   `multiple sectors\n`
        lba     3001, 2
        command 0x30
        write_words 256, BUFFER         ; each sector has its own data request
        write_words 256, BUFFER
        call    wait_ready
        lba     3000, 3
        command 0x20
        read_words 256, BUFFER2
        read_words 256, BUFFER2
        call    clear2
        read_words 256, BUFFER2
        call    wait_ready
        and     al, DRQ | ERR
        expect8 al, 0, "no more data after three"
        call    same
        expect_flags ZF, ZF, "third sector"
        put     COUNT, 2                ; SET MULTIPLE: two sectors a block
        command 0xC6
        call    wait_ready
        and     al, ERR
        expect8 al, 0, "set multiple"
        lba     3000, 2
        command 0xC4
        read_words 512, BUFFER2
        call    same
        expect_flags ZF, ZF, "read multiple"

        print   `lba48\n`
        put     DEVICE, 0x40
        put     COUNT, 0                ; the high bytes first, in the same registers
        put     LBA0, 0
        put     LBA1, 0
        put     LBA2, 0
        put     COUNT, 1
        put     LBA0, 3000 & 255
        put     LBA1, 3000 >> 8
        put     LBA2, 0
        call    clear2
        command 0x24                    ; READ SECTORS EXT
        read_words 256, BUFFER2
        call    same
        expect_flags ZF, ZF, "the same sector by LBA48"

        print   `interrupt\n`
        cli
        mov     eax, [0x76 * 4]
        mov     [old_vector], eax
        mov     dword [0x76 * 4], disk
        in      al, 0xA1
        mov     [old_mask], al
        and     al, 0xBF
        out     0xA1, al
        in      al, 0x21
        and     al, 0xFB
        out     0x21, al
        put     CONTROL, 0x00
        sti
        nop                             ; an old edge may still be latched: let it pass
        nop
        mov     byte [interrupts], 0
        lba     0, 1
        command 0x20
        mov     ecx, 5000000
.wait:  cmp     byte [interrupts], 0
        jne     .came
        in      al, 0x61
        a32 loop .wait
.came:  mov     al, [interrupts]
        expect8 al, 1, "IRQ 14 when the data is ready"
        mov     al, [status_seen]
        and     al, DRQ
        expect8 al, DRQ, "with data request"
        read_words 256, BUFFER2
        cli
        put     CONTROL, 0x02
        mov     al, [old_mask]
        out     0xA1, al
        mov     eax, [old_vector]
        mov     [0x76 * 4], eax
        sti

        print   `errors\n`
        command 0xFB                    ; no such command
        call    wait_ready
        and     al, ERR
        expect8 al, ERR, "unknown command: error"
        get     ERROR
        and     al, 0x04
        expect8 al, 0x04, "unknown command: aborted"
        lba     100000, 1
        command 0x20
        call    wait_ready
        and     al, ERR
        expect8 al, ERR, "beyond the last sector: error"
        put     DEVICE, 0xF0            ; no slave: the status of an absent device shows nothing
        get     STATUS
        and     al, BSY | DRQ
        expect8 al, 0, "no second disk"
        put     DEVICE, 0xE0
        put     CONTROL, 0x06           ; soft reset leaves the signature of a disk
        call    pause
        put     CONTROL, 0x02
        call    wait_ready
        get     COUNT
        expect8 al, 1, "signature: count"
        get     LBA0
        expect8 al, 1, "signature: sector"
        get     LBA1
        expect8 al, 0, "signature: cylinder low"
        get     LBA2
        expect8 al, 0, "signature: cylinder high"
        get     ERROR
        expect8 al, 1, "diagnostic code: passed"
        put     CONTROL, 0x00
        finish

disk:
        push    ax
        push    dx
        get     STATUS                  ; reading it takes the interrupt away
        mov     [cs:status_seen], al
        inc     byte [cs:interrupts]
        mov     al, 0x20
        out     0xA0, al
        out     0x20, al
        pop     dx
        pop     ax
        iret

; wait_data: until not busy and data requested, or an error
wait_data:
        mov     dx, STATUS
.wait:  in      al, dx
        test    al, BSY
        jnz     .wait
        test    al, DRQ | ERR
        jz      .wait
        ret
; wait_ready: until not busy; AL = status
wait_ready:
        call    pause
        mov     dx, STATUS
.wait:  in      al, dx
        test    al, BSY
        jnz     .wait
        ret
pause:
        mov     cx, 20
        mov     dx, CONTROL
.wait:  in      al, dx
        loop    .wait
        ret
clear2:
        mov     di, BUFFER2
        xor     ax, ax
        mov     cx, 256
        rep stosw
        ret
same:
        mov     si, BUFFER
        mov     di, BUFFER2
        mov     cx, 256
        repe cmpsw
        ret

old_mask:       db 0
interrupts:     db 0
status_seen:    db 0
        align   4, db 0
old_vector:     dd 0
        %include "end.inc"
