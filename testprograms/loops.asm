; teaches: counted loops: LOOP, LOOPE, LOOPNE and JCXZ, a count of zero that means 65536, and 67h that picks ECX
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: loop
; expect-serial: loope, loopne
; expect-serial: jcxz
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

main:
        print   `loop\n`
        mov     cx, 10
        xor     ax, ax
.ten:   inc     ax
        loop    .ten
        expect16 ax, 10, "loop 10"
        xor     ecx, ecx                ; CX becomes FFFFh first
        xor     eax, eax
.all:   inc     eax
        loop    .all
        expect32 eax, 65536, "loop with cx = 0"
        expect32 ecx, 0, "16-bit loop leaves the upper half of ecx"
        mov     ecx, 70000
        xor     eax, eax
.wide:  inc     eax
        a32 loop .wide
        expect32 eax, 70000, "a32 loop"
        mov     ecx, 0x12340001
        stc
        loop    .not
.not:   expect_flags CF, CF, "loop changes no flag"
        expect32 ecx, 0x12340000, "16-bit loop counts in cx"

        print   `loope, loopne\n`
        mov     cx, 5
        xor     ax, ax
        cmp     ax, ax
.while_equal:
        inc     ax
        cmp     ax, ax
        loope   .while_equal
        expect16 ax, 5, "loope ends by count"
        mov     cx, 5
.until_three:
        dec     ax
        cmp     ax, 3
        loopne  .until_three
        expect16 ax, 3, "loopne ends by ZF"
        expect16 cx, 3, "loopne cx"
        mov     cx, 1
        or      cx, cx                  ; ZF clear
        loopne  .never
        jmp     .good
.never: expect16 0, 1, "loopne jumped with cx = 0"
.good:  expect16 cx, 0, "loopne last"

        print   `jcxz\n`
        mov     ecx, 0x00010000
        jcxz    .zero
        expect16 0, 1, "jcxz with cx = 0 fell through"
.zero:  jecxz   .wrong
        jmp     .right
.wrong: expect16 0, 1, "jecxz looked at cx only"
.right: xor     ecx, ecx
        jecxz   .done
        expect16 0, 1, "jecxz with ecx = 0 fell through"
.done:
        finish

        %include "end.inc"
