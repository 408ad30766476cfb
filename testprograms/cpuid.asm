; teaches: how a program finds out which processor it runs on: the ID flag, CPUID, and the features it announces
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: 386 or later
; expect-serial: cpuid
; expect-serial: features
; expect-serial: PASS
; expect-end: debug-exit 33
;
; What CPUID says differs from model to model; the program checks that what is announced works.

        %include "boot.inc"
        %include "faults16.inc"

main:
        catch_faults
        print   `386 or later\n`
        pushf                           ; FLAGS bits 15..12 are ones on an 8086 and zeros on a 286 in real mode
        pop     ax
        or      ax, 0x7000
        push    ax
        popf
        pushf
        pop     ax
        and     ax, 0xF000
        expect16 ax, 0x7000, "NT and IOPL can be set"
        push    word 0x0202
        popf
        mov     ebx, 1 << 18            ; AC: a 486 or later
        call    can_change
        expect16 ax, 1, "AC flag"
        mov     ebx, 1 << 21            ; ID: CPUID exists
        call    can_change
        expect16 ax, 1, "ID flag"

        print   `cpuid\n`
        xor     eax, eax
        cpuid
        cmp     eax, 1
        setae   al
        expect8 al, 1, "at least leaf 1"
        mov     [vendor], ebx
        mov     [vendor + 4], edx
        mov     [vendor + 8], ecx
        mov     cx, 12
        mov     si, vendor
.letter:
        lodsb
        cmp     al, ' '
        setae   ah
        cmp     al, '~'
        setbe   al
        and     al, ah
        expect8 al, 1, "vendor is printable"
        loop    .letter
        mov     eax, 1
        cpuid
        mov     [features], edx
        shr     eax, 8
        and     ax, 15
        cmp     ax, 5
        setae   al
        expect8 al, 1, "family 5 or above"

        print   `features\n`
        test    byte [features], 1 << 4
        jz      .no_tsc
        rdtsc
        mov     ebx, eax
        mov     ecx, edx
        mov     si, 1000
.spin:  dec     si
        jnz     .spin
        rdtsc
        sub     eax, ebx
        sbb     edx, ecx
        expect32 edx, 0, "the time stamp counter goes on: high"
        cmp     eax, 0
        setne   al
        expect8 al, 1, "the time stamp counter goes on: low"
        jmp     .cx8
.no_tsc:
        expect_fault16 6, "no TSC, no RDTSC", rdtsc
.cx8:
        test    word [features], 1 << 8
        jz      .no_cx8
        mov     dword [quad], 0x11111111
        mov     dword [quad + 4], 0x22222222
        mov     eax, 0x11111111
        mov     edx, 0x22222222
        mov     ebx, 0x33333333
        mov     ecx, 0x44444444
        cmpxchg8b [quad]
        expect_flags ZF, ZF, "cmpxchg8b equal"
        expect32 [quad], 0x33333333, "cmpxchg8b low"
        expect32 [quad + 4], 0x44444444, "cmpxchg8b high"
        cmpxchg8b [quad]
        expect_flags 0, ZF, "cmpxchg8b different"
        expect32 eax, 0x33333333, "cmpxchg8b loads eax"
        expect32 edx, 0x44444444, "cmpxchg8b loads edx"
        expect_fault16 6, "cmpxchg8b with a register", db 0x0F, 0xC7, 0xC8
        jmp     .end
.no_cx8:
        expect_fault16 6, "no CX8, no CMPXCHG8B", cmpxchg8b [quad]
.end:
        finish

; can_change: AX = 1 when the flag in EBX can be set and cleared
can_change:
        pushfd
        pop     eax
        mov     ecx, eax
        or      eax, ebx
        push    eax
        popfd
        pushfd
        pop     edx                     ; with the flag set
        mov     eax, ebx
        not     eax
        and     eax, ecx
        push    eax
        popfd
        pushfd
        pop     eax                     ; with the flag clear
        xor     eax, edx
        test    eax, ebx
        setnz   al
        movzx   ax, al
        push    ecx
        popfd
        ret

vendor:         times 12 db 0
features:       dd 0
        align   8, db 0
quad:           dq 0
        %include "end.inc"
