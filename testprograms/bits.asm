; teaches: bit tests with bit strings, bit scans, SHLD and SHRD, SETcc, MOVZX and MOVSX, XADD, CMPXCHG, BSWAP
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: bit test
; expect-serial: bit scan
; expect-serial: double shifts
; expect-serial: setcc
; expect-serial: extend, exchange, swap
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        print   `bit test\n`
        mov     eax, 0x80000001
        bt      eax, 31
        expect_flags CF, CF, "bt 31"
        bt      eax, 30
        expect_flags 0, CF, "bt 30"
        bt      eax, 63                 ; modulo 32 in a register
        expect_flags CF, CF, "bt 63"
        mov     ecx, 33
        bts     eax, ecx
        expect_flags 0, CF, "bts flag"
        expect32 eax, 0x80000003, "bts"
        btr     eax, 0
        expect_flags CF, CF, "btr flag"
        expect32 eax, 0x80000002, "btr"
        btc     ax, 15
        expect32 eax, 0x80008002, "btc"
; with memory and a register the bit number reaches beyond the operand, in both directions
        mov     ecx, 100
        bts     dword [string], ecx     ; dword 3, bit 4
        expect32 [string + 12], 1 << 4, "bts [m], 100"
        mov     ecx, -1
        bts     dword [string], ecx     ; bit 31 of the dword below
        expect32 [string - 4], 1 << 31, "bts [m], -1"
        mov     cx, -17
        bts     word [string], cx       ; floor(-17 / 16) = -2 words, bit 15
        expect32 [string - 4], 1 << 31 | 1 << 15, "bts word [m], -17"
        bts     dword [string], 100     ; an immediate stays in the operand: bit 4
        expect32 [string], 1 << 4, "bts [m], imm"

        print   `bit scan\n`
        mov     eax, 0x00801000
        bsf     ecx, eax
        expect_flags 0, ZF, "bsf flag"
        expect32 ecx, 12, "bsf"
        bsr     ecx, eax
        expect32 ecx, 23, "bsr"
        xor     ax, ax
        bsf     cx, ax
        expect_flags ZF, ZF, "bsf of zero"
        bsr     cx, ax
        expect_flags ZF, ZF, "bsr of zero"

        print   `double shifts\n`
        mov     eax, 0x12345678
        mov     edx, 0x9ABCDEF0
        shld    eax, edx, 8
        expect32 eax, 0x3456789A, "shld"
        expect32 edx, 0x9ABCDEF0, "shld leaves its source"
        shrd    eax, edx, 4
        expect_flags CF, CF | PF | ZF | SF, "shrd flags"
        expect32 eax, 0x03456789, "shrd"
        mov     ax, 0x8001
        mov     dx, 0x0001
        mov     cl, 1
        shld    ax, dx, cl
        expect_flags CF | OF, CF | OF, "shld by 1: the sign changed"
        expect16 ax, 0x0002, "shld 16"
        mov     ax, 0x1234
        mov     cl, 32                  ; masked to zero
        stc
        shrd    ax, dx, cl
        expect_flags CF, CF, "shrd by 0 flags"
        expect16 ax, 0x1234, "shrd by 0"

        print   `setcc\n`
; for every combination of CF, PF, ZF, SF and OF the sixteen conditions, against their definitions
        mov     si, 0                   ; five bits: CF PF ZF SF OF
.combination:
        mov     ax, 0x0002
%macro take 2
        test    si, 1 << %1
        jz      %%clear
        or      ax, %2
%%clear:
%endmacro
        take    0, CF
        take    1, PF
        take    2, ZF
        take    3, SF
        take    4, OF
        push    ax
        popf
%assign n 0
%rep 16
        db      0x0F, 0x90 + n, 0x06    ; SETcc [found + n]
        dw      found + n
  %assign n n + 1
%endrep
; wanted, from bits of SI moved to single bytes
        mov     ax, si
        mov     bl, al
        and     bl, 1                   ; CF
        mov     bh, al
        shr     bh, 1
        and     bh, 1                   ; PF
        mov     cl, al
        shr     cl, 2
        and     cl, 1                   ; ZF
        mov     ch, al
        shr     ch, 3
        and     ch, 1                   ; SF
        mov     dl, al
        shr     dl, 4                   ; OF
        mov     [wanted + 0], dl        ; O
        mov     [wanted + 2], bl        ; B
        mov     [wanted + 4], cl        ; Z
        mov     al, bl
        or      al, cl
        mov     [wanted + 6], al        ; BE
        mov     [wanted + 8], ch        ; S
        mov     [wanted + 10], bh       ; P
        mov     al, ch
        xor     al, dl
        mov     [wanted + 12], al       ; L
        or      al, cl
        mov     [wanted + 14], al       ; LE
        mov     di, 0
.condition:
        mov     al, [found + di]
        xor     al, [wanted + di]
        mov     ah, [found + di + 1]    ; the odd ones are the opposites
        xor     ah, [wanted + di]
        xor     ah, 1
        expect16 ax, 0, "a condition"
        add     di, 2
        cmp     di, 16
        jb      .condition
        inc     si
        cmp     si, 32
        jb      .combination

        print   `extend, exchange, swap\n`
        mov     eax, -1
        mov     bl, 0x80
        movzx   eax, bl
        expect32 eax, 0x80, "movzx 32,8"
        movsx   eax, bl
        expect32 eax, 0xFFFFFF80, "movsx 32,8"
        movsx   cx, bl
        expect16 cx, 0xFF80, "movsx 16,8"
        mov     bx, 0x8000
        movsx   eax, bx
        expect32 eax, 0xFFFF8000, "movsx 32,16"
        movzx   eax, bx
        expect32 eax, 0x8000, "movzx 32,16"
        mov     ax, 0x8001
        cwde
        expect32 eax, 0xFFFF8001, "cwde"
        cdq
        expect32 edx, 0xFFFFFFFF, "cdq"
        mov     al, 0x7F
        cbw
        expect16 ax, 0x007F, "cbw"
        mov     ax, 0x8000
        cwd
        expect16 dx, 0xFFFF, "cwd"
        mov     eax, 0x12345678
        bswap   eax
        expect32 eax, 0x78563412, "bswap"
        mov     al, 0xF0
        mov     bl, 0x20
        xadd    al, bl
        expect_flags CF, CF | ZF | SF, "xadd flags"
        expect8 al, 0x10, "xadd sum"
        expect8 bl, 0xF0, "xadd old"
        mov     eax, 5                  ; XADD with itself doubles
        xadd    eax, eax
        expect32 eax, 10, "xadd eax,eax"
        mov     dword [string], 100
        mov     eax, 100
        mov     ecx, 200
        cmpxchg [string], ecx
        expect_flags ZF, ZF, "cmpxchg equal"
        expect32 [string], 200, "cmpxchg stores"
        mov     ecx, 300
        cmpxchg [string], ecx
        expect_flags CF, ZF | CF, "cmpxchg different: flags of CMP EAX, [m]"
        expect32 eax, 200, "cmpxchg loads eax"
        expect32 [string], 200, "cmpxchg keeps memory"
        mov     ax, 0x1122
        xchg    ah, al
        expect16 ax, 0x2211, "xchg ah,al"
        stc
        cmc
        expect_flags 0, CF, "cmc"
        mov     ah, 0xFF                ; SAHF takes five flags, LAHF gives them with bit 1 set
        sahf
        expect_flags CF | PF | AF | ZF | SF, CF | PF | AF | ZF | SF, "sahf"
        mov     ah, 0
        sahf
        lahf
        expect8 ah, 0x02, "lahf"
        stc
        db      0xD6                    ; SALC: AL = CF ? FFh : 0
        expect8 al, 0xFF, "salc"
        finish

        align   4, db 0
                times 8 db 0
string:         times 16 db 0
found:          times 16 db 0
wanted:         times 16 db 0
        %include "end.inc"
