; teaches: images of the extended state: FXSAVE, XSAVE, XSAVEC, XRSTOR, what their headers say, XCR0, and what is refused
; run: --budget 50000000
; media: floppy
; cpu: max
; needs: fpu fxsr sse2 xsave xsavec avx
; qemu: differs because TCG has no XSAVEC and takes reserved bits of MXCSR
; expect-serial: switched off
; expect-serial: FXSAVE
; expect-serial: XCR0
; expect-serial: XSAVE
; expect-serial: XRSTOR
; expect-serial: AVX
; expect-serial: XSAVEC
; expect-serial: refused
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 1 10.5 (FXSAVE), 13.4 (XSAVE area), 13.6 to 13.12; SDM 2C, XRSTOR, XSETBV.

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

NM_             equ 7
AREA            equ 0x30000
OTHER           equ 0x30800
OSFXSR          equ 1 << 9
OSXSAVE         equ 1 << 18
X87             equ 1
SSE             equ 2
AVX             equ 4

; components MASK: EDX:EAX for XSAVE and XRSTOR
%macro components 1
        mov     eax, %1
        xor     edx, edx
%endmacro
; fill ADDRESS, BYTE: 1024 bytes
%macro fill 2
        mov     edi, %1
        mov     eax, %2
        mov     ecx, 1024
        rep stosb
%endmacro
%macro set_xcr0 1
        xor     ecx, ecx
        mov     eax, %1
        xor     edx, edx
        xsetbv
%endmacro
%macro refuse_xcr0 2
        xor     ecx, ecx
        mov     rax, %1
        mov     rdx, rax
        shr     rdx, 32
        fault64 GP_, 0, %2, xsetbv
%endmacro
; low16 ADDRESS, WANTED, NAME
%macro low16 3
        movzx   eax, word [abs %1]
        expect64 rax, %2, %3
%endmacro
%macro low32 3
        mov     eax, [abs %1]
        expect64 rax, %2, %3
%endmacro

main:
        enter_protected
        enter_long
        mov     rax, cr0
        and     eax, ~(4 | 8)           ; EM, TS
        or      eax, 0x22               ; NE, MP
        mov     cr0, rax
        print   `switched off\n`
        fault64 UD_, -1, "XSAVE without CR4.OSXSAVE", xsave [abs AREA]
        fault64 UD_, -1, "XRSTOR", xrstor [abs AREA]
        fault64 UD_, -1, "XGETBV", xgetbv
        fault64 UD_, -1, "XSETBV", xsetbv
        fault64 UD_, -1, "MOVAPS without CR4.OSFXSR", movaps xmm0, xmm1
        fault64 UD_, -1, "AVX", vmovaps ymm0, ymm1
        mov     eax, 1
        cpuid
        shr     ecx, 27
        and     ecx, 1
        expect64 rcx, 0, "CPUID.OSXSAVE"
        mov     rax, cr4
        or      eax, OSFXSR | 1 << 10
        mov     cr4, rax

        print   `FXSAVE\n`
        fninit
        fld1
        fldpi
        mov     rax, 0x1111111122222222
        movq    xmm0, rax
        mov     rax, 0x3333333344444444
        movq    xmm15, rax
        fill    AREA, 0xCC
        o64 fxsave [abs AREA]
        low16   AREA, 0x037F, "FCW"
        low16   AREA + 2, 0x3000, "FSW: TOP is 6"
        low16   AREA + 4, 0x00C0, "abridged tags"
        low32   AREA + 24, 0x1F80, "MXCSR"
        low32   AREA + 28, 0xFFFF, "its mask"
        expect_memory AREA + 32, 0xC90FDAA22168C235, "ST0"
        low16   AREA + 40, 0x4000, "sign and exponent"
        expect_memory AREA + 48, 0x8000000000000000, "ST1"
        expect_memory AREA + 160, 0x1111111122222222, "XMM0"
        expect_memory AREA + 168, 0, "its upper half"
        expect_memory AREA + 400, 0x3333333344444444, "XMM15"
        expect_memory AREA + 464, 0xCCCCCCCCCCCCCCCC, "bytes 464 to 511 are not written"
        low32   AREA + 512, 0xCCCCCCCC, "nor is what lies behind"
        fninit
        pxor    xmm0, xmm0
        o64 fxrstor [abs AREA]
        movq    rax, xmm0
        expect64 rax, 0x1111111122222222, "FXRSTOR: XMM0"
        fnstsw  ax
        movzx   eax, ax
        expect64 rax, 0x3000, "FSW"
        fstp    tword [abs OTHER]
        expect_memory OTHER, 0xC90FDAA22168C235, "ST0"
        fault64 GP_, 0, "FXSAVE wants 16 bytes", fxsave [abs AREA + 8]
        mov     dword [abs AREA + 24], 0x10000
        fault64 GP_, 0, "a reserved bit of MXCSR", fxrstor [abs AREA]
        mov     dword [abs AREA + 24], 0x1F80

        print   `XCR0\n`
        mov     rax, cr4
        or      eax, OSXSAVE
        mov     cr4, rax
        mov     eax, 1
        cpuid
        shr     ecx, 27
        and     ecx, 1
        expect64 rcx, 1, "CPUID.OSXSAVE"
        xor     ecx, ecx
        xgetbv
        expect64 rax, X87, "XCR0 begins with x87 alone"
        fault64 UD_, -1, "AVX is not enabled", vmovaps ymm0, ymm1
        refuse_xcr0 0, "x87 cannot go"
        refuse_xcr0 X87 | AVX, "AVX without SSE"
        refuse_xcr0 1 << 62 | X87, "bit 62"
        mov     ecx, 1
        components X87
        fault64 GP_, 0, "there is no XCR1 to write", xsetbv
        user_fault64 GP_, 0, "XSETBV at CPL 3", xsetbv
        set_xcr0 X87 | SSE
        xgetbv
        expect64 rax, X87 | SSE, "SSE"
        user_no_fault64 "XGETBV at CPL 3", xgetbv
        mov     eax, 0xD
        xor     ecx, ecx
        cpuid
        expect64 rbx, 576, "CPUID: bytes of what is enabled"
        and     eax, X87 | SSE | AVX
        expect64 rax, X87 | SSE | AVX, "what can be"

        print   `XSAVE\n`
        fninit
        fldpi
        mov     rax, 0x5555555566666666
        movq    xmm3, rax
        fill    AREA, 0
        mov     qword [abs AREA + 512], 0
        components X87 | SSE
        xsave   [abs AREA]
        expect_memory AREA + 512, X87 | SSE, "XSTATE_BV"
        expect_memory AREA + 520, 0, "XCOMP_BV"
        low16   AREA + 4, 0x0080, "tags"
        expect_memory AREA + 208, 0x5555555566666666, "XMM3"
        low32   AREA + 24, 0x1F80, "MXCSR"
        fill    AREA, 0xCC
        mov     qword [abs AREA + 512], 0
        components SSE
        xsave   [abs AREA]
        low16   AREA, 0xCCCC, "without x87 FCW is not written"
        expect_memory AREA + 208, 0x5555555566666666, "XMM3 is"
        low32   AREA + 24, 0x1F80, "and MXCSR"
        mov     rax, [abs AREA + 512]
        and     eax, SSE
        expect64 rax, SSE, "XSTATE_BV of SSE"
        mov     qword [abs AREA + 512], X87 | AVX << 8
        components SSE
        xsave   [abs AREA]
        expect_memory AREA + 512, X87 | SSE | AVX << 8, "bits that were not asked for stay"

        print   `XRSTOR\n`
        fill    AREA, 0
        components X87 | SSE
        xsave   [abs AREA]
        pxor    xmm3, xmm3
        fninit
        components X87 | SSE
        xrstor  [abs AREA]
        movq    rax, xmm3
        expect64 rax, 0x5555555566666666, "XMM3"
        fnstsw  ax
        movzx   eax, ax
        expect64 rax, 0x3800, "FSW"
        mov     qword [abs AREA + 512], SSE
        components X87 | SSE
        xrstor  [abs AREA]
        fnstsw  ax
        movzx   eax, ax
        expect64 rax, 0, "a clear bit of XSTATE_BV: x87 as FNINIT leaves it"
        fnstcw  [abs OTHER]
        low16   OTHER, 0x037F, "FCW"
        mov     qword [abs AREA + 512], X87
        components X87 | SSE
        xrstor  [abs AREA]
        movq    rax, xmm3
        expect64 rax, 0, "XMM3 in its first state"
        mov     qword [abs AREA + 512], X87 | SSE
        components X87 | SSE
        xrstor  [abs AREA]
        components X87
        mov     qword [abs AREA + 512], 0
        xrstor  [abs AREA]
        movq    rax, xmm3
        expect64 rax, 0x5555555566666666, "what was not asked for stays"

        print   `AVX\n`
        set_xcr0 X87 | SSE | AVX
        mov     eax, 0xD
        xor     ecx, ecx
        cpuid
        expect64 rbx, 832, "CPUID: bytes with AVX"
        mov     eax, 0xD
        mov     ecx, 2
        cpuid
        expect64 rax, 256, "CPUID: bytes of AVX alone"
        expect64 rbx, 576, "CPUID: their place"
        fill    AREA, 0
        vmovdqu ymm5, [abs pattern]
        fldpi                           ; not in its first state, where XSTATE_BV may have a zero
        components X87 | SSE | AVX
        xsave   [abs AREA]
        expect_memory AREA + 512, X87 | SSE | AVX, "XSTATE_BV"
        expect_memory AREA + 240, 0x0101010102020202, "XMM5"
        expect_memory AREA + 576 + 5 * 16, 0x0505050506060606, "the upper half of YMM5"
        vzeroall
        components AVX
        xrstor  [abs AREA]
        vextracti128 xmm6, ymm5, 1
        movq    rax, xmm6
        expect64 rax, 0x0505050506060606, "XRSTOR of upper halves alone"
        movq    rax, xmm5
        expect64 rax, 0, "XMM5 stays"
        mov     qword [abs AREA + 512], X87 | SSE
        components X87 | SSE | AVX
        xrstor  [abs AREA]
        vextracti128 xmm6, ymm5, 1
        movq    rax, xmm6
        expect64 rax, 0, "upper halves in their first state"
        movq    rax, xmm5
        expect64 rax, 0x0101010102020202, "XMM5"

        print   `XSAVEC\n`
        vmovdqu ymm5, [abs pattern]
        fill    AREA, 0
        components X87 | AVX
        xsavec  [abs AREA]
        mov     rax, [abs AREA + 520]
        mov     rbx, 1 << 63 | X87 | AVX
        sub     rax, rbx
        expect64 rax, 0, "XCOMP_BV"
        mov     rax, [abs AREA + 512]
        and     eax, AVX
        expect64 rax, AVX, "XSTATE_BV"
        expect_memory AREA + 576 + 5 * 16, 0x0505050506060606, "the upper half of YMM5"
        vzeroall
        components AVX
        xrstor  [abs AREA]
        vextracti128 xmm6, ymm5, 1
        movq    rax, xmm6
        expect64 rax, 0x0505050506060606, "XRSTOR of the compacted form"

        print   `refused\n`
        components X87 | SSE
        fault64 GP_, 0, "XSAVE wants 64 bytes", xsave [abs AREA + 16]
        fault64 GP_, 0, "XRSTOR, too", xrstor [abs AREA + 16]
        fill    AREA, 0
        mov     qword [abs AREA + 512], 1 << 9
        components X87 | SSE
        fault64 GP_, 0, "XSTATE_BV beyond XCR0", xrstor [abs AREA]
        mov     qword [abs AREA + 512], X87
        mov     qword [abs AREA + 520], 1
        fault64 GP_, 0, "XCOMP_BV in the standard form", xrstor [abs AREA]
        mov     qword [abs AREA + 520], 0
        mov     qword [abs AREA + 528], 1
        fault64 GP_, 0, "a reserved byte of the header", xrstor [abs AREA]
        mov     qword [abs AREA + 528], 0
        mov     dword [abs AREA + 24], 0x10000
        fault64 GP_, 0, "a reserved bit of MXCSR", xrstor [abs AREA]
        mov     dword [abs AREA + 24], 0x1F80
        mov     rax, cr0
        or      eax, 8                  ; TS
        mov     cr0, rax
        components X87 | SSE
        fault64 NM_, -1, "XSAVE with TS", xsave [abs AREA]
        fault64 NM_, -1, "XRSTOR with TS", xrstor [abs AREA]
        fault64 NM_, -1, "FXSAVE with TS", fxsave [abs AREA]
        fault64 NM_, -1, "SSE with TS", movaps xmm0, xmm1
        fault64 NM_, -1, "AVX with TS", vmovaps ymm0, ymm1
        clts
        no_fault64 "CLTS", xsave [abs AREA]
        mov     rax, cr0
        or      eax, 4                  ; EM
        mov     cr0, rax
        fault64 UD_, -1, "SSE with EM", movaps xmm0, xmm1
        fault64 NM_, -1, "x87 with EM", fld1
        mov     rax, cr0
        and     eax, ~4
        mov     cr0, rax
        finish

        align   16, db 0
pattern:        dq 0x0101010102020202, 0x0303030304040404, 0x0505050506060606, 0x0707070708080808

        begin_gdt
        long_descriptors
        end_gdt
        %include "end.inc"
