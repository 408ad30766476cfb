; teaches: the string instructions: both directions, REP, REPE and REPNE, a count of zero, and wrap at 64 KiB
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: one at a time
; expect-serial: repeated
; expect-serial: compare and scan
; expect-serial: wrap at 64 KiB
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

; point SI, DI: offsets into the two buffers
%macro point 2
        mov     si, %1
        mov     di, %2
%endmacro

main:
        print   `one at a time\n`
        cld
        point   digits, buffer
        movsb
        movsw
        movsd
        expect16 si, digits + 7, "movs si"
        expect16 di, buffer + 7, "movs di"
        expect32 [buffer], '0123', "movs data"
        expect16 [buffer + 4], '45', "movs data 2"
        std
        point   digits + 8, buffer + 8
        movsw                           ; DF changes the step, not what is read: words at +8 still
        expect16 si, digits + 6, "std movsw si"
        expect16 [buffer + 8], '89', "std movsw data"
        cld
        mov     di, buffer
        mov     eax, 0x44434241
        stosb
        stosw
        stosd
        expect32 [buffer], 0x41424141, "stos 1"
        expect32 [buffer + 3], 0x44434241, "stos 2"
        mov     si, digits
        mov     eax, 0
        lodsb
        expect32 eax, '0', "lodsb"
        lodsw
        expect32 eax, '12', "lodsw"
        lodsd
        expect32 eax, '3456', "lodsd"
        expect16 si, digits + 7, "lods si"

        print   `repeated\n`
        point   digits, buffer
        mov     cx, 10
        rep movsb
        expect16 cx, 0, "rep movsb cx"
        expect32 [buffer + 6], '6789', "rep movsb data"
        point   buffer, buffer + 1      ; forward into itself: the first byte spreads
        mov     cx, 15
        rep movsb
        expect32 [buffer + 12], '0000', "rep movsb overlap"
        std
        point   digits + 9, buffer + 12 ; backward: safe when the target lies above
        mov     cx, 10
        rep movsb
        expect16 di, buffer + 2, "std rep movsb di"
        expect32 [buffer + 3], '0123', "std rep movsb data"
        cld
        xor     cx, cx                  ; a count of zero does nothing at all, not even to the flags
        mov     di, 0x1234
        cmp     cx, cx
        repne scasb
        expect_flags ZF, ZF, "repne scasb cx=0 keeps flags"
        expect16 di, 0x1234, "repne scasb cx=0 keeps di"
        mov     ecx, 0x10003            ; 16-bit code counts in CX: three, the upper half stays
        mov     di, buffer
        mov     al, '*'
        rep stosb
        expect32 ecx, 0x10000, "rep stosb uses cx"
        expect16 di, buffer + 3, "rep stosb uses di"
        mov     edi, buffer             ; with 67h it counts in ECX and addresses by EDI
        mov     ecx, 4
        mov     eax, '####'
        a32 rep stosd
        expect32 edi, buffer + 16, "a32 rep stosd edi"
        expect32 [buffer + 12], '####', "a32 rep stosd data"

        print   `compare and scan\n`
        point   digits, digits2         ; they differ at index 6
        mov     cx, 10
        repe cmpsb
        expect_flags CF, CF | ZF, "repe cmpsb flags"    ; '6' < 'x'
        expect16 cx, 3, "repe cmpsb cx"
        expect16 si, digits + 7, "repe cmpsb si"
        point   digits, digits
        mov     cx, 5
        repe cmpsw
        expect_flags ZF, CF | ZF, "repe cmpsw equal"
        expect16 cx, 0, "repe cmpsw cx"
        mov     di, digits
        mov     al, '7'
        mov     cx, 10
        repne scasb
        expect_flags ZF, ZF, "repne scasb found"
        expect16 di, digits + 8, "repne scasb di"
        expect16 cx, 2, "repne scasb cx"
        mov     di, digits
        mov     al, 'z'
        mov     cx, 10
        repne scasb
        expect_flags 0, ZF, "repne scasb missing"
        expect16 cx, 0, "repne scasb missing cx"
        mov     di, digits              ; SCAS compares as AL - [DI]
        mov     al, '0' - 1
        scasb
        expect_flags CF | SF | PF, ARITH, "scasb flags"
        std
        mov     di, digits + 9
        mov     al, '2'
        mov     cx, 10
        repne scasb
        expect16 di, digits + 1, "std repne scasb di"
        cld

        print   `wrap at 64 KiB\n`
        mov     ax, 0x2000
        mov     ds, ax
        mov     ax, 0x3000
        mov     es, ax
        mov     word [0xFFFE], 'ab'
        mov     word [0x0000], 'cd'
        mov     si, 0xFFFE
        mov     di, 0xFFFD
        mov     cx, 4
        rep movsb
        expect16 si, 0x0002, "rep movsb si wraps"
        expect16 di, 0x0001, "rep movsb di wraps"
        mov     al, [es:0xFFFF]
        expect8 al, 'c', "rep movsb below the end"
        mov     al, [es:0x0000]
        expect8 al, 'd', "rep movsb behind the end"
        std
        mov     si, 0x0000              ; and downwards
        mov     di, 0x0100
        mov     cx, 2
        rep movsb
        cld
        expect16 si, 0xFFFE, "std rep movsb si wraps"
        expect16 [es:0x00FF], 'bc', "std rep movsb data"
        mov     si, 0xFFFF              ; a segment override moves the source, never the target
        cs lodsb
        expect16 si, 0x0000, "cs lodsb si wraps"
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        finish

digits:         db '0123456789'
digits2:        db '012345x789'
        align 16, db 0
buffer:         times 32 db 0
        %include "end.inc"
