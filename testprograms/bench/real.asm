; teaches: 16-bit real-mode loops as programs of the 1980s had them: sieve, sort, sums with segments, text search
; expect-small: sieve 0000D4F1
; expect-small: sort 000F6310
; expect-small: search 00000091
; expect-small: multiply 73424D29
;
; SCALE is the number of rounds; the results are one line each.

%ifndef SCALE
%define SCALE 20
%endif

        %include "boot.inc"

SIEVE   equ 0x2000                      ; segments of the data
ARRAY   equ 0x3000
TEXT    equ 0x4000

; variables away from the code: engines watch writes to pages that hold code
round           equ 0x6000
sum_sieve       equ 0x6010
sum_sort        equ 0x6014
sum_search      equ 0x6018
sum_multiply    equ 0x601C

main:
        cli                             ; nothing but the loops
        mov     esp, 0x7000             ; nor does the stack share a page with code
        print   `begin\n`               ; scripts/bench starts its clock here
        mov     di, sum_sieve
        mov     cx, 8
        xor     ax, ax
        rep stosw
        mov     word [round], SCALE
.round:
        call    sieve
        call    bubble
        call    fill
        call    search
        call    multiply
        dec     word [round]
        jnz     .round
        print   'sieve '
        print_hex [sum_sieve], 8
        print   `\nsort `
        print_hex [sum_sort], 8
        print   `\nsearch `
        print_hex [sum_search], 8
        print   `\nmultiply `
        print_hex [sum_multiply], 8
        print   `\n`
        mov     al, 0x10
        jmp     exit16

; primes below 60000, one byte a number
sieve:
        mov     ax, SIEVE
        mov     es, ax
        xor     di, di
        mov     cx, 60000
        mov     al, 1
.clear: mov     [es:di], al
        inc     di
        loop    .clear
        mov     bx, 2
        xor     dx, dx
.number:
        cmp     byte [es:bx], 0
        je      .next
        inc     dx
        mov     si, bx
        add     si, bx
        jc      .next
.strike:
        cmp     si, 60000
        jae     .next
        mov     byte [es:si], 0
        add     si, bx
        jnc     .strike
.next:  inc     bx
        cmp     bx, 60000
        jb      .number
        rol     dword [sum_sieve], 3
        add     [sum_sieve], dx
        ret

; bubble sort of 1200 words
COUNT   equ 1200
bubble:
        mov     ax, ARRAY
        mov     ds, ax
        xor     bx, bx
        mov     cx, COUNT
        mov     ax, [cs:round]
.fill:  imul    ax, ax, 25173
        add     ax, 13849
        mov     [bx], ax
        add     bx, 2
        loop    .fill
        mov     dx, COUNT - 1
.pass:  xor     si, si
        mov     cx, dx
.pair:  mov     ax, [si]
        cmp     ax, [si + 2]
        jbe     .ordered
        xchg    ax, [si + 2]
        mov     [si], ax
.ordered:
        add     si, 2
        dec     cx
        jnz     .pair
        dec     dx
        jnz     .pass
        xor     ax, ax
        mov     ds, ax
        mov     ax, ARRAY
        mov     es, ax
        mov     ax, [es:COUNT]
        rol     dword [sum_sort], 5
        add     [sum_sort], ax
        ret

; a text of 60000 letters
fill:
        mov     ax, TEXT
        mov     es, ax
        xor     di, di
        mov     cx, 60000
        mov     dx, [round]
.letter:
        mov     ax, dx
        mov     bx, 31821
        mul     bx
        add     ax, 13849
        mov     dx, ax
        mov     al, ah
        shr     al, 4                   ; the upper bits are the random ones
        add     al, 'a'                 ; one of sixteen letters
        stosb
        loop    .letter
        ret

; how often is "cab" in it?
search:
        mov     ax, TEXT
        mov     es, ax
        xor     di, di
        xor     dx, dx
.at:    cmp     byte [es:di], 'c'
        jne     .next
        cmp     byte [es:di + 1], 'a'
        jne     .next
        cmp     byte [es:di + 2], 'b'
        jne     .next
        inc     dx
.next:  inc     di
        cmp     di, 59990
        jb      .at
        rol     dword [sum_search], 3
        add     [sum_search], dx
        ret

; 32-bit products from 16-bit parts, through the stack
multiply:
        mov     cx, 60000
.next:  push    cx
        mov     ax, cx
        mul     cx
        push    dx
        push    ax
        call    accumulate
        add     sp, 4
        pop     cx
        loop    .next
        ret
accumulate:
        push    bp
        mov     bp, sp
        mov     ax, [bp + 4]
        mov     dx, [bp + 6]
        add     [sum_multiply], ax
        adc     [sum_multiply + 2], dx
        xor     ax, [sum_multiply]
        ror     ax, 3
        xor     [sum_multiply], ax
        pop     bp
        ret

        %include "end.inc"
