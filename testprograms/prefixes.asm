; teaches: operand and address size: 66h and 67h in 32-bit and 16-bit segments, calls between the two, all SIB forms
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: 66h in 32-bit code
; expect-serial: 67h in 32-bit code
; expect-serial: between 16 and 32 bits
; expect-serial: SIB forms
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        print   `66h in 32-bit code\n`
        mov     eax, 0xAAAA5555
        mov     ax, 0x1234
        expect32 eax, 0xAAAA1234, "a 16-bit register keeps the upper half"
        mov     ebx, esp
        call    word near16             ; pushes IP, two bytes, and cuts the target to 16 bits
        expect32 eax, 2, "66 call: bytes pushed"
        expect32 esp, ebx, "66 call, 66 ret"
        push    word 0x1234
        mov     ecx, ebx
        sub     ecx, esp
        add     esp, ecx
        expect32 ecx, 2, "66 push"
        pushfw
        mov     ecx, ebx
        sub     ecx, esp
        popfw
        expect32 ecx, 2, "pushfw"
        pusha                           ; 32 bits here
        mov     ecx, ebx
        sub     ecx, esp
        add     esp, ecx
        expect32 ecx, 32, "pushad"
        pushaw
        mov     ecx, ebx
        sub     ecx, esp
        add     esp, ecx
        expect32 ecx, 16, "pushaw"
        enter   8, 0
        mov     ecx, ebx
        sub     ecx, esp
        leave
        expect32 ecx, 12, "enter"
        mov     eax, -1
        o16 cbw
        expect32 eax, -1, "cbw"
        mov     eax, 0x80
        cbw
        cwde
        expect32 eax, 0xFFFFFF80, "cbw, cwde"

        print   `67h in 32-bit code\n`
        mov     ebx, 0xFFFF5000         ; 16-bit addresses use the lower half only
        mov     esi, 0xEEEE0010
        mov     dword [0x5010], 0xC0DEC0DE
        mov     eax, [bx + si]
        expect32 eax, 0xC0DEC0DE, "[bx + si]"
        mov     ebx, 0xF000
        mov     esi, 0x6010
        mov     eax, [bx + si]          ; wraps at 64 KiB
        expect32 eax, 0xC0DEC0DE, "[bx + si] wraps"
        lea     eax, [bx + si + 1]
        expect32 eax, 0x5011, "lea eax, [bx + si + 1]"
        lea     ax, [ebx + esi + 0x123456]
        expect32 eax, 0x8466, "lea ax, [ebx + esi + disp32]"
        mov     ecx, 0x00050003
        mov     esi, 0x00055010         ; SI = 5010h
        mov     edi, 0x00077020
        a16 rep movsb
        expect32 ecx, 0x00050000, "a16 rep movsb: ecx"
        expect32 esi, 0x00055013, "a16 rep movsb: esi"
        expect32 edi, 0x00077023, "a16 rep movsb: edi"
        mov     eax, [0x7020]
        and     eax, 0x00FFFFFF
        expect32 eax, 0x00DEC0DE, "a16 rep movsb: data"
        mov     ecx, 0x10000
        jcxz    .cx
        expect32 0, 1, "jcxz with CX = 0"
.cx:    jecxz   .wrong
        jmp     .right
.wrong: expect32 0, 1, "jecxz with ECX <> 0"
.right: mov     ecx, 0x10003
        xor     eax, eax
.loop:  inc     eax
        a16 loop .loop
        expect32 eax, 3, "a16 loop"
        expect32 ecx, 0x10000, "a16 loop: ecx"

        print   `between 16 and 32 bits\n`
        mov     ebx, esp
        call    CODE16:in_sixteen       ; 32-bit frame, returned from by a 66 RETF
        expect32 eax, 8, "far call to 16-bit code: bytes pushed"
        expect32 esp, ebx, "far call to 16-bit code: stack"
        call    word CODE16:in_sixteen_short
        expect32 eax, 4, "66 far call: bytes pushed"
        expect32 esp, ebx, "66 far call: stack"
        expect32 ecx, 0x00010004, "16-bit code with 66h and 67h"
        jmp     CODE16:jump16
        bits    16
jump16: jmp     dword KERNEL_CODE:back32
        bits    32
back32: mov     eax, 0
        mov     ax, cs
        expect32 eax, KERNEL_CODE, "there and back"

        print   `SIB forms\n`
        mov     eax, 0x1000
        mov     ecx, 0x200
        mov     edx, 0x30
        mov     ebx, 0x4
        mov     ebp, 0x50000
        mov     esi, 0x600000
        mov     edi, 0x7000000
%macro address 2
        lea     edx, [%1]
        expect32 edx, %2, `lea`
%endmacro
        address eax + ecx, 0x1200
        address eax + ecx * 2, 0x1400
        address eax + ecx * 4 + 1, 0x1801
        address eax + ecx * 8 - 1, 0x1FFF
        address ecx * 8 + 0x10000000, 0x10001000
        address ebp, 0x50000
        address ebp + esi * 2, 0xC50000
        address ebp * 4 + 3, 0x140003
        address nosplit ebx * 2, 8
        address eax + ebx - 0x2000, 0xFFFFF004
        lea     edx, [esp + ecx * 4 + 8]
        mov     eax, esp
        add     eax, 0x808
        expect32 edx, eax, "lea edx, [esp + ecx * 4 + 8]"
        push    dword 0x12121212
        expect32 [esp], 0x12121212, "esp-relative"
        pop     eax
        push    dword [esp - 4]         ; read before the push
        pop     ecx
        expect32 ecx, 0x12121212, "push [esp - 4]"
        finish

near16: mov     eax, ebx
        sub     eax, esp
        o16 ret

        bits    16
in_sixteen:
        mov     eax, ebx
        sub     eax, esp
        o32 retf
in_sixteen_short:
        mov     eax, ebx
        sub     eax, esp
        mov     ecx, 0xFFFF
        a32 lea ecx, [ecx + 5]
        inc     cx
        dec     cx
        retf

        begin_gdt
        end_gdt
        %include "end.inc"
