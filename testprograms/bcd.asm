; teaches: decimal arithmetic: DAA and DAS on all pairs of packed numbers, AAA, AAS, AAM, AAD and XLAT
; run: --budget 100000000
; media: floppy
; qemu: same
; kvm: differs, its emulator of real mode lacks DAA
; expect-serial: packed: 10000 sums and differences
; expect-serial: unpacked
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

AC      equ AF | CF
SZP     equ SF | ZF | PF

main:
        print   `packed: 10000 sums and differences\n`
; For all A and B of 0..99: the packed sum must be that of table[(A + B) mod 100], with CF for the hundred.
        xor     cx, cx                  ; CH = A, CL = B
.pair:
        mov     bx, packed
        mov     al, ch
        xlat
        mov     dl, al                  ; DL = A packed
        mov     al, cl
        xlat
        mov     dh, al                  ; DH = B packed
        mov     al, dl
        add     al, dh
        daa
        setc    ah
        mov     si, ax                  ; what the processor says
        mov     al, ch
        add     al, cl
        mov     ah, 0
        cmp     al, 100
        jb      .small
        sub     al, 100
        mov     ah, 1
.small: xlat
        cmp     si, ax
        jne     .wrong_sum
        mov     al, dl
        sub     al, dh
        das
        setc    ah
        mov     si, ax
        mov     al, ch
        sub     al, cl
        mov     ah, 0
        jnc     .positive
        add     al, 100
        mov     ah, 1
.positive:
        xlat
        cmp     si, ax
        jne     .wrong_difference
.next:  inc     cl
        cmp     cl, 100
        jb      .pair
        mov     cl, 0
        inc     ch
        cmp     ch, 100
        jb      .pair
        jmp     .flags
.wrong_sum:
        expect16 si, 0xFFFF, "daa"
        jmp     .next
.wrong_difference:
        expect16 si, 0xFFFF, "das"
        jmp     .next

.flags:
        mov     al, 0x79
        add     al, 0x35                ; AEh, no carries; DAA adds 66h: 114
        daa
        expect_flags AC | PF, AC | SZP, "daa flags"
        expect8 al, 0x14, "daa"
        mov     al, 0x10
        sub     al, 0x01
        das
        expect_flags AF | PF, AC | SZP, "das flags"
        expect8 al, 0x09, "das"

        print   `unpacked\n`
        mov     ax, 0x010B
        or      ax, ax                  ; clears CF; AF is undefined now, so set it up
        push    dword 0x0002
        popfd
        aaa                             ; 11: one goes to AH
        expect_flags AC, AC, "aaa flags"
        expect16 ax, 0x0201, "aaa"
        push    dword 0x0002
        popfd
        mov     ax, 0x0305
        aaa
        expect_flags 0, AC, "aaa none flags"
        expect16 ax, 0x0305, "aaa none"
        push    dword 0x0002
        popfd
        mov     ax, 0x00FF              ; since the 286 AAA adds 106h to AX: the carry out of AL counts
        aaa
        expect16 ax, 0x0205, "aaa FF"
        push    dword 0x0002 | AF
        popfd
        mov     ax, 0x0205
        aas                             ; AX - 6 = 01FFh, AH - 1 = 0, low nibble
        expect_flags AC, AC, "aas flags"
        expect16 ax, 0x000F, "aas"
        mov     ax, 0xFF3F
        aam                             ; 63
        expect_flags PF, SZP, "aam flags"
        expect16 ax, 0x0603, "aam"
        mov     ax, 0x00B7
        aam     16                      ; undocumented for long: any base
        expect16 ax, 0x0B07, "aam 16"
        mov     ax, 0x0905
        aad
        expect_flags PF, SZP, "aad flags"
        expect16 ax, 0x005F, "aad"
        mov     ax, 0x0102
        aad     16
        expect16 ax, 0x0012, "aad 16"

        mov     bx, 0xFFFF              ; XLAT wraps at 64 KiB: FFFFh + 1 = 0
        mov     al, 1
        mov     dl, [0]
        xlat
        cmp     al, dl
        expect_flags ZF, ZF, "xlat wraps"
        mov     ax, 0
        mov     es, ax
        mov     bx, packed
        mov     al, 42
        es xlatb
        expect8 al, 0x42, "es xlat"
        finish

packed:
%assign n 0
%rep 100
        db      (n / 10) << 4 | (n % 10)
  %assign n n + 1
%endrep
        %include "end.inc"
