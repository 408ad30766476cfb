; teaches: the interrupt vector table: INT n, INT3, INTO, BOUND, what is pushed, and what the flags do meanwhile
; run: --budget 50000000
; media: floppy
; qemu: same
; kvm: differs, its emulator of real mode lacks INTO and BOUND
; expect-serial: int n
; expect-serial: int3, into and bound
; expect-serial: the limit of the table
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "faults16.inc"

main:
        catch_faults
        print   `int n\n`
        mov     word [0x60 * 4], handler
        mov     word [0x60 * 4 + 2], 0
        mov     bx, sp
        push    dword 0x0202 | CF | ZF | DF
        popfd
        int     0x60
after_int:
        expect_flags CF | ZF | DF | IF_, CF | ZF | DF | IF_, "iret restores the flags"
        cld
        expect16 sp, bx, "iret restores sp"
        expect16 [seen_ip], after_int, "saved ip is behind INT"
        expect16 [seen_cs], 0, "saved cs"
        expect16 [seen_inside], CF | ZF | DF, "IF and TF are clear inside, the rest stays"
        sub     bx, 6
        expect16 [seen_sp], bx, "three words on the stack"
; the vector table is memory like any other: the same vector, another handler, and back
        mov     word [0x60 * 4], second - 0x1000
        mov     word [0x60 * 4 + 2], 0x0100
        int     0x60
        expect16 [seen_cs], 0x0100, "handler runs with the segment of the table"
        pushf                           ; a software interrupt by hand
        call    0x0000:third
        expect16 ax, 0x3333, "pushf and far call"

        print   `int3, into and bound\n`
        mov     word [fault_vector], -1
        mov     word [fault_resume], .int3
        mov     [fault_sp], sp
        int3
.after_int3:
.int3:  expect16 [fault_vector], 3, "int3 vector"
        expect16 [fault_ip], .after_int3, "int3 is a trap: saved ip is behind it"
        mov     al, 0x7F
        add     al, 1                   ; sets OF
        mov     word [fault_vector], -1
        mov     word [fault_resume], .into
        mov     [fault_sp], sp
        into
.after_into:
.into:  expect16 [fault_vector], 4, "into vector"
        expect16 [fault_ip], .after_into, "into is a trap too"
        xor     ax, ax
        expect_no_fault16 "into without OF", into
        mov     ax, -5
        expect_no_fault16 "bound lower edge", bound ax, [bounds]
        mov     ax, 5
        expect_no_fault16 "bound upper edge", bound ax, [bounds]
        mov     ax, 6
        expect_fault16 5, "bound above", bound ax, [bounds]
        mov     ax, -6
        expect_fault16 5, "bound below", bound ax, [bounds]
        expect_fault16 6, "bound with a register is no instruction", db 0x62, 0xC0

        print   `the limit of the table\n`
        sidt    [saved_idtr]
        expect16 [saved_idtr], 0x3FF, "limit that the BIOS set"
        lidt    [short_idtr]            ; vectors 0 to 1Fh
        expect_fault16 13, "int 60h beyond the limit", int 0x60
        mov     dword [0x1F * 4], third
        expect_no_fault16 "int 1Fh within", int 0x1F
        lidt    [saved_idtr]
        finish

handler:
        mov     bp, sp
        mov     [seen_sp], sp
        mov     ax, [bp]
        mov     [seen_ip], ax
        mov     ax, [bp + 2]
        mov     [seen_cs], ax
        pushf
        pop     ax
        and     ax, CF | ZF | DF | IF_ | TF
        mov     [seen_inside], ax
        iret
second:
        mov     [seen_cs], cs
        iret
third:
        mov     ax, 0x3333
        iret

bounds:         dw -5, 5
seen_ip:        dw 0
seen_cs:        dw 0
seen_sp:        dw 0
seen_inside:    dw 0
saved_idtr:     times 6 db 0
short_idtr:     dw 0x1F * 4 + 3
                dd 0
        %include "end.inc"
