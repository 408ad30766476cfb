; teaches: exceptions of SSE: alignment, MXCSR and #XM, CR4.OSXMMEXCPT, CR0.EM and TS, and what MXCSR refuses
; run: --budget 50000000
; media: floppy
; cpu: max
; needs: fpu fxsr sse2
; qemu: same
; qemu-fails: LDMXCSR with bit 16
; qemu-fails: a division by zero
; qemu-fails: the destination is as before
; qemu-fails: an invalid operation
; qemu-fails: without CR4.OSXMMEXCPT
; expect-serial: alignment
; expect-serial: MXCSR
; expect-serial: #XM
; expect-serial: switched off
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 1 11.5 (SSE exceptions), SDM 2A 2.4 (exception classes), SDM 3A 13.1 (CR0 and CR4).

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

NM_             equ 7
XM_             equ 19
AREA            equ 0x30000

; masks MXCSR
%macro masks 1
        mov     dword [abs AREA + 0x40], %1
        ldmxcsr [abs AREA + 0x40]
%endmacro
%macro flags_are 2
        stmxcsr [abs AREA + 0x40]
        mov     eax, [abs AREA + 0x40]
        and     eax, 0x3F
        expect64 rax, %1, %2
%endmacro

main:
        enter_protected
        enter_long
        mov     rax, cr0
        and     eax, ~(4 | 8)           ; EM, TS
        mov     cr0, rax
        fault64 UD_, -1, "ADDPS without CR4.OSFXSR", addps xmm0, xmm1
        mov     rax, cr4
        or      eax, 1 << 9 | 1 << 10   ; OSFXSR, OSXMMEXCPT
        mov     cr4, rax

        print   `alignment\n`
        mov     edi, AREA
        xor     eax, eax
        mov     ecx, 64
        rep stosb
        fault64 GP_, 0, "MOVAPS", movaps xmm0, [abs AREA + 8]
        fault64 GP_, 0, "MOVAPS to memory", movaps [abs AREA + 1], xmm0
        fault64 GP_, 0, "ADDPS", addps xmm0, [abs AREA + 4]
        fault64 GP_, 0, "MOVNTPS", movntps [abs AREA + 8], xmm0
        no_fault64 "MOVUPS", movups xmm0, [abs AREA + 8]
        no_fault64 "ADDSS", addss xmm0, [abs AREA + 4]
        no_fault64 "MOVAPS of an aligned operand", movaps xmm0, [abs AREA + 16]
        mov     rbx, 0x0000800000001000
        fault64 GP_, 0, "no canonical address", movups xmm0, [rbx]
        mov     ebx, 0x40000000
        fault64 PF_, 0, "a page that is not there", movaps xmm0, [rbx]
        fault64 GP_, 0, "a page that is not there, not aligned", movaps xmm0, [rbx + 8]
        user_fault64 GP_, 0, "MOVAPS at CPL 3", movaps xmm0, [abs AREA + 8]

        print   `MXCSR\n`
        stmxcsr [abs AREA + 0x40]
        mov     eax, [abs AREA + 0x40]
        expect64 rax, 0x1F80, "after reset"
        mov     dword [abs AREA + 0x40], 0x11F80
        fault64 GP_, 0, "LDMXCSR with bit 16", ldmxcsr [abs AREA + 0x40]
        masks   0x1F80

        print   `#XM\n`
        mov     eax, 0x3F800000
        movd    xmm0, eax
        xorps   xmm1, xmm1
        movaps  xmm2, xmm0
        no_fault64 "masked", divss xmm2, xmm1
        flags_are 4, "ZE alone"
        movd    eax, xmm2
        expect64 rax, 0x7F800000, "infinity"
        masks   0x1D80                  ; ZE counts
        movaps  xmm2, xmm0
        fault64 XM_, -1, "a division by zero", divss xmm2, xmm1
        flags_are 4, "its flag"
        movd    eax, xmm2
        expect64 rax, 0x3F800000, "the destination is as before"
        user_fault64 XM_, -1, "a division by zero at CPL 3", divss xmm2, xmm1
        no_fault64 "a flag that is set traps nothing", addss xmm2, xmm0
        masks   0x1F00                  ; IE counts
        mov     rax, -1
        movq    xmm3, rax
        psrlq   xmm3, 1
        fault64 XM_, -1, "an invalid operation", sqrtss xmm4, [abs minus_one]
        flags_are 1, "IE"
        masks   0x1F80
        mov     rax, cr4
        and     eax, ~(1 << 10)
        mov     cr4, rax
        masks   0x1D80
        movaps  xmm2, xmm0
        fault64 UD_, -1, "without CR4.OSXMMEXCPT", divss xmm2, xmm1
        masks   0x1F80

        print   `switched off\n`
        mov     rax, cr0
        or      eax, 8                  ; TS
        mov     cr0, rax
        fault64 NM_, -1, "ADDPS with TS", addps xmm0, xmm1
        fault64 NM_, -1, "LDMXCSR with TS", ldmxcsr [abs AREA + 0x40]
        fault64 NM_, -1, "PADDB of MMX with TS", paddb mm0, mm1
        no_fault64 "SFENCE does not mind", sfence
        clts
        mov     rax, cr0
        or      eax, 4                  ; EM
        mov     cr0, rax
        fault64 UD_, -1, "ADDPS with EM", addps xmm0, xmm1
        fault64 UD_, -1, "PADDB of MMX with EM", paddb mm0, mm1
        mov     rax, cr0
        and     eax, ~4
        mov     cr0, rax
        no_fault64 "again", addps xmm0, xmm1
        finish

minus_one:      dd -1.0

        begin_gdt
        long_descriptors
        end_gdt
        %include "end.inc"
