; teaches: long mode: the way in from real mode and all the way back, what it refuses, canonical addresses, what 64-bit code lacks
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: differs because TCG checks neither CS.L nor TR nor reserved bits of EFER, knows no canonical RIP, and wraps at the end of the lower half
; expect-serial: conditions
; expect-serial: compatibility mode
; expect-serial: 64-bit mode
; expect-serial: registers
; expect-serial: canonical addresses
; expect-serial: no instructions any more
; expect-serial: refused
; expect-serial: there and back
; expect-serial: protected mode
; expect-serial: real mode
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 3A 2.2.1 and 9.8.5 (initialising IA-32e mode), 3.3.7.1 (canonical addresses), 5.2.1 (CS.L and CS.D);
; SDM 2, opcode map: what is invalid in 64-bit mode.

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

OLD_DIRECTORY   equ 0x24000             ; 32-bit paging with 4 MiB pages
EDGE            equ 0x00007FFFFFFFF000  ; last page of the lower half
EDGE_FRAME      equ 0x30000

main:
        enter_protected
        print   `conditions\n`
        call    build_long
        mov     ecx, EFER
        rdmsr
        expect32 eax, 0, "EFER is clear"
        or      eax, 0x100
        wrmsr
        mov     eax, PML4
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        expect_fault GP_, 0, "CR0.PG with LME but without PAE", mov cr0, eax
        mov     eax, cr0
        shr     eax, 31
        expect32 eax, 0, "CR0.PG stays clear"
        mov     ecx, EFER
        rdmsr
        expect32 eax, 0x100, "LMA stays clear"
        mov     eax, cr4
        or      eax, 0x20
        mov     cr4, eax
        or      eax, 0x20000
        expect_fault GP_, 0, "CR4.PCIDE outside of long mode", mov cr4, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], .wide
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        jmp     LONG_CODE:.long_code
        bits    16                      ; L means nothing yet, and D is clear
.long_code:
        mov     cr0, eax
        jmp     dword KERNEL_CODE:.wide
        bits    32
.wide:  expect32 [fault_vector], GP_, "CR0.PG with CS.L set: vector"
        expect32 [fault_error], 0, "CR0.PG with CS.L set: error code"
        mov     eax, cr0
        shr     eax, 31
        expect32 eax, 0, "no paging from there"
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        jmp     .off
.off:
        mov     ax, SHORT_TSS
        ltr     ax
        mov     eax, cr0
        or      eax, 0x80000000
        expect_fault GP_, 0, "CR0.PG with a 16-bit TSS in TR", mov cr0, eax
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        jmp     .off2
.off2:
        and     byte [gdt + MAIN_TSS + 5], ~2
        mov     ax, MAIN_TSS
        ltr     ax
        mov     ecx, EFER
        xor     edx, edx
        mov     eax, 0x102
        expect_fault GP_, 0, "a reserved bit of EFER", wrmsr
        xor     eax, eax
        wrmsr
        mov     dword [OLD_DIRECTORY], 0x83
        mov     eax, cr4
        and     eax, ~0x20
        or      eax, 0x10
        mov     cr4, eax
        mov     eax, OLD_DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        jmp     .paged
.paged: mov     eax, 0x100
        expect_fault GP_, 0, "EFER.LME while paging is on", wrmsr
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        jmp     .unpaged
.unpaged:
        mov     eax, cr4
        and     eax, ~0x10
        mov     cr4, eax

        print   `compatibility mode\n`
        mov     eax, PML4
        mov     cr3, eax
        mov     eax, cr4
        or      eax, 0x20
        mov     cr4, eax
        mov     ecx, EFER
        mov     eax, 0x900
        xor     edx, edx
        wrmsr
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        rdmsr                           ; still 32-bit code: CS.L is clear
        expect32 eax, 0xD00, "LMA is set by the processor"
        mov     eax, 5
        db      0x48                    ; dec eax here, a prefix in 64-bit mode
        expect32 eax, 4, "48h is DEC EAX"
        jmp     LONG_CODE:.long
        bits    64
.long:  mov     esp, LONG_STACK
        call    setup_long
        print   `64-bit mode\n`
        mov     ecx, EFER
        rdmsr
        expect64 rax, 0xD00, "EFER"
        mov     eax, 5
        db      0x48
        nop
        expect64 rax, 5, "48h is a prefix"
        mov     ecx, EFER
        mov     eax, 0x900
        xor     edx, edx
        wrmsr
        rdmsr
        expect64 rax, 0xD00, "LMA cannot be written"
        mov     rax, cs
        expect64 rax, LONG_CODE, "CS"
        mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        no_fault64 "no limit in 64-bit mode", mov eax, [abs 0x100000]
        mov     ax, SMALL_BASE
        mov     ds, ax
        mov     dword [abs 0x30000], 0x12345678
        mov     eax, [abs 0x30000]
        expect64 rax, 0x12345678, "nor a base of DS"
        mov     bx, SMALL_BASE
        mov     fs, bx
        mov     eax, [fs:abs 0x20000]
        expect64 rax, 0x12345678, "but one of FS"
        xor     eax, eax
        mov     ds, ax
        mov     es, ax
        no_fault64 "a null DS reads", mov eax, [abs 0x30000]
        xor     eax, eax
        no_fault64 "SS may be null at CPL 0", mov ss, ax
        mov     ax, LONG_DATA
        mov     ss, ax
        call    .next
.next:  pop     rax
        expect64 rax, addr(.next), "CALL pushes eight bytes"
        lea     rax, [rel .next]
        expect64 rax, addr(.next), "RIP-relative address"

        print   `registers\n`
        mov     rax, 0x1122334455667788
        mov     rbx, rax
        mov     ebx, ebx
        expect64 rbx, 0x55667788, "a 32-bit result clears the upper half"
        mov     rbx, rax
        mov     bx, 0x9999
        expect64 rbx, 0x1122334455669999, "a 16-bit one keeps it"
        mov     bl, 0xAA
        expect64 rbx, 0x11223344556699AA, "an 8-bit one, too"
        mov     rsi, rax
        mov     sil, 0xBB
        expect64 rsi, 0x11223344556677BB, "SIL with REX"
        mov     dh, 0x55
        expect64 rax, 0x1122334455667788, "DH without"
        mov     r8, rax
        mov     r15, r8
        xchg    r8, r9
        expect64 r9, 0x1122334455667788, "R8 to R15"
        expect64 r15, 0x1122334455667788, "R15"
        movsxd  rbx, dword [rel minus]
        expect64 rbx, -2, "MOVSXD"
        mov     rbx, -1
        add     ebx, 0
        expect64 rbx, 0xFFFFFFFF, "ADD with 32 bits"
        mov     rbx, -1
        xor     ecx, ecx
        shl     ebx, cl
        expect64 rbx, 0xFFFFFFFF, "a shift by zero clears it as well"
        mov     rbx, -1
        cmovc   ebx, ecx
        mov     rbx, -1
        clc
        cmovc   ebx, ecx
        expect64 rbx, 0xFFFFFFFF, "and CMOV that moves nothing"
        mov     rcx, 0x100000002
        mov     rdi, 0x30000
        mov     eax, 0x77
        db      0x67
        rep stosb
        expect64 rcx, 0, "67h: ECX counts, and RCX is ECX"
        mov     rcx, 0x0000000100000000
        db      0x67
        jrcxz   .ecx
        expect64 rcx, 0, "67h JRCXZ looks at ECX"
.ecx:   mov     rbx, [abs large]
        expect64 rbx, 0x8877665544332211, "a value of 64 bits"
        mov     ax, 0x1234
        push    ax
        pop     bx
        expect64 rbx, 0x8877665544331234, "16-bit PUSH and POP"
        pushfq
        pop     rax
        shr     rax, 32
        expect64 rax, 0, "upper RFLAGS are clear"

        print   `canonical addresses\n`
        mov     rbx, 0x0000800000000000
        fault64 GP_, 0, "a read above the lower half", mov eax, [rbx]
        fault64 GP_, 0, "a write", mov [rbx], rax
        mov     rbx, 0xFFFF7FFFFFFFFFFF
        fault64 GP_, 0, "below the upper half", mov al, [rbx]
        mov     rbx, 0x00007FFFFFFFFFFD
        fault64 GP_, 0, "four bytes over the end of the lower half", mov eax, [rbx]
        mov     rbp, 0x0000800000000000
        fault64 SS_, 0, "through RBP", mov eax, [rbp]
        fault64 SS_, 0, "through SS with RBP and an index", mov eax, [rbp + rbx * 2]
        call    begin64
        dd      .popped, .pop, SS_, 0
        dw      0, 0
        db      "through RSP", 0
        mov     rsp, 0x0000800000000000
.pop:   pop     rax
.popped:
        call    end64
        mov     rbx, 0x1234000000000000
        fault64 GP_, 0, "JMP to no canonical address", jmp rbx
        fault64 GP_, 0, "CALL", call rbx
        mov     [abs 0x30000], rbx
        fault64 GP_, 0, "JMP through memory", jmp [abs 0x30000]
        push    rbx
        fault64 GP_, 0, "RET", ret
        pop     rbx
        mov     rdi, rbx
        mov     esi, 0x30000
        fault64 GP_, 0, "MOVS", movsb
        expect64 rsi, 0x30000, "which has not moved on"
        fault64 GP_, 0, "CMPXCHG", lock cmpxchg [rbx], ecx
        mov     word [abs 0x30000], 0x20
        mov     [abs 0x30002], rbx
        fault64 GP_, 0, "LGDT", lgdt [abs 0x30000]
        lgdt    [abs long_gdt]
        fault64 GP_, 0, "LIDT", lidt [abs 0x30000]
        lidt    [abs idt64_pointer]
        no_fault64 "LEA is no access", lea rax, [rbx]
        no_fault64 "INVLPG takes any address", invlpg [rbx]
        no_fault64 "NOP with an operand", nop dword [rbx]
        ; the last page of the lower half, and what lies behind it
        mov     qword [abs PML4 + 255 * 8], PDPT_EDGE | 7
        mov     qword [abs PDPT_EDGE + 511 * 8], PD_EDGE | 7
        mov     qword [abs PD_EDGE + 511 * 8], PT_EDGE | 7
        mov     qword [abs PT_EDGE + 511 * 8], EDGE_FRAME | 7
        mov     dword [abs EDGE_FRAME + 0xFFC], 0x90909090
        mov     rax, EDGE + 0xFFC
        mov     ecx, [rax]
        expect64 rcx, 0x90909090, "the last four bytes of the lower half"
        call    begin64
        dd      .fell, 0, GP_, 0
        dw      0, 0
        db      "RIP runs over the end of the lower half", 0
        jmp     rax
.fell:  call    end64
        expect64 qword [abs fault64_rip], 0x0000800000000000, "and is saved as it is"
        mov     byte [abs EDGE_FRAME + 0xFFE], 0xB0
        mov     byte [abs EDGE_FRAME + 0xFFF], 0x55
        mov     eax, 0
        mov     rcx, EDGE + 0xFFE
        call    begin64
        dd      .fell2, 0, GP_, 0
        dw      0, 0
        db      "the last instruction runs", 0
        jmp     rcx
.fell2: call    end64
        expect64 rax, 0x55, "MOV AL at the end"
        mov     byte [abs EDGE_FRAME + 0xFFF], 0xB0
        mov     rcx, EDGE + 0xFFF
        call    begin64
        dd      .fell3, 0, GP_, 0
        dw      0, 0
        db      "one that reaches over the end does not", 0
        jmp     rcx
.fell3: call    end64
        mov     rcx, EDGE + 0xFFF
        sub     rcx, [abs fault64_rip]
        expect64 rcx, 0, "and has its own RIP"

        print   `no instructions any more\n`
        %macro  none 2+
        fault64 UD_, -1, %1, {db %2}
        %endmacro
        none    "PUSH ES", 0x06
        none    "POP ES", 0x07
        none    "PUSH CS", 0x0E
        none    "PUSH SS", 0x16
        none    "POP SS", 0x17
        none    "PUSH DS", 0x1E
        none    "POP DS", 0x1F
        none    "DAA", 0x27
        none    "DAS", 0x2F
        none    "AAA", 0x37
        none    "AAS", 0x3F
        none    "PUSHA", 0x60
        none    "POPA", 0x61
        none    "82h", 0x82, 0xC0, 0
        none    "CALL far", 0x9A, 0, 0, 0, 0, 0, 0
        none    "JMP far", 0xEA, 0, 0, 0, 0, 0, 0
        none    "INTO", 0xCE
        none    "AAM", 0xD4, 10
        none    "AAD", 0xD5, 10
        none    "SALC", 0xD6
        none    "BOUND", 0x62, 0x00
        push    fs
        pop     fs
        no_fault64 "63h is MOVSXD", {movsxd rax, eax}

        print   `refused\n`
        mov     rax, cr0
        and     eax, 0x7FFFFFFF
        fault64 GP_, 0, "paging cannot end in 64-bit mode", mov cr0, rax
        mov     rax, cr0
        and     eax, ~1
        fault64 GP_, 0, "nor protection alone", mov cr0, rax
        mov     rax, cr0
        bts     rax, 32
        fault64 GP_, 0, "CR0 has no upper half", mov cr0, rax
        mov     rax, cr4
        and     eax, ~0x20
        fault64 GP_, 0, "PAE is needed", mov cr4, rax
        mov     rax, cr4
        bts     rax, 32
        fault64 GP_, 0, "CR4 has no upper half", mov cr4, rax
        mov     rax, cr3
        bts     rax, 52
        fault64 GP_, 0, "a reserved bit of CR3", mov cr3, rax
        mov     ecx, EFER
        mov     eax, 0x800
        xor     edx, edx
        fault64 GP_, 0, "LME while paging is on", wrmsr
        rdmsr
        expect64 rax, 0xD00, "EFER is as before"
        push    BOTH_CODE
        push    .long
        fault64 GP_, BOTH_CODE, "CS with L and D", retfq
        add     rsp, 16
        push    DATA16
        push    .long
        fault64 GP_, DATA16, "CS with data", retfq
        add     rsp, 16
        push    LONG_CODE
        mov     rbx, 0x0000800000000000
        push    rbx
        fault64 GP_, 0, "RETF to no canonical address", retfq
        add     rsp, 16
        push    CODE16
        push    0x10000
        fault64 GP_, 0, "RETF beyond the limit of 16-bit code", retfq
        add     rsp, 16
        mov     ax, LONG_TSS
        fault64 GP_, LONG_TSS, "LTR of a busy TSS", ltr ax
        mov     ax, SHORT_TSS
        fault64 GP_, SHORT_TSS, "LTR of a 16-bit TSS", ltr ax
        fault64 GP_, LONG_TSS, "no jump to a TSS", jmp far [rel tss_pointer]

        print   `there and back\n`
        push    KERNEL_CODE
        push    .compat
        retfq
        bits    32
.compat:
        mov     eax, 5
        db      0x48
        cmp     eax, 4
        jne     .wrong
        mov     ax, SHORT_DATA
        mov     ds, ax
        mov     eax, [0xFFC]            ; within its limit
        jmp     LONG_CODE:.back
.wrong: mov     ebx, 1
        jmp     LONG_CODE:.back
        bits    64
.back:  expect64 rsp, LONG_STACK, "RSP"
        mov     ax, SHORT_DATA | 3
        mov     fs, ax
        compat_fault64 GP_, 0, "segment limits count in compatibility mode", mov eax, [fs:0xFFE]
        compat_no_fault64 "up to the last byte", mov eax, [fs:0xFFC]
        mov     ax, LONG_DATA
        mov     ds, ax
        compat_no_fault64 "32-bit code at CPL 3", mov eax, [0x30000]
        compat_fault64 GP_, 0, "HLT there", hlt
        compat_fault64 UD_, -1, "SYSCALL there", syscall
        compat_fault64 UD_, -1, "SWAPGS there", {db 0x0F, 0x01, 0xF8}
        user_no_fault64 "64-bit code at CPL 3", mov eax, [abs 0x30000]
        user_fault64 GP_, 0, "MOV from CR0", mov rax, cr0
        user_fault64 GP_, 0, "a null SS at CPL 3", mov ss, [rel zero]

        print   `protected mode\n`
        push    KERNEL_CODE
        push    .leave
        retfq
        bits    32
.leave: mov     eax, KERNEL_DATA
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        jmp     .legacy
.legacy:
        mov     esp, 0x7C00
        lidt    [idt_pointer]
        mov     ecx, EFER
        rdmsr
        expect32 eax, 0x900, "LMA is clear again, LME is as it was"
        xor     eax, eax
        xor     edx, edx
        wrmsr
        mov     eax, cr4
        and     eax, ~0x20
        mov     cr4, eax
        and     byte [gdt + MAIN_TSS + 5], ~2
        mov     ax, MAIN_TSS
        ltr     ax
        expect_fault UD_, -1, "UD2 through a 32-bit gate", ud2
        expect_user_fault GP_, 0, "CPL 3 as before", hlt

        jmp     CODE16:.short
        bits    16
.short: mov     ax, DATA16
        mov     ds, ax
        mov     es, ax
        mov     fs, ax
        mov     gs, ax
        mov     ss, ax
        mov     eax, cr0
        and     al, ~1
        mov     cr0, eax
        jmp     0:.real
.real:  xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, 0x7C00
        lidt    [real_idt]
        sti
        print   `real mode\n`
        mov     ax, 0x1200
        mov     bl, 0x10
        mov     ah, 0x08                ; the BIOS answers
        mov     dl, [boot_drive]
        int     0x13
        pushf
        pop     ax
        and     ax, CF
        expect16 ax, 0, "INT 13h"
        finish

PDPT_EDGE       equ 0x25000
PD_EDGE         equ 0x26000
PT_EDGE         equ 0x27000
        align   8, db 0
large:  dq      0x8877665544332211
minus:  dd      -2
zero:   dw      0
tss_pointer:
        dq      0
        dw      LONG_TSS
long_gdt:
        dw      GDT_LIMIT
        dq      gdt
real_idt:
        dw      0x3FF
        dd      0

        begin_gdt
        long_descriptors
        descriptor BOTH_CODE, 0, 0xFFFFF, CODE_RX, GRANULAR | BIG | L_BIT
        descriptor SHORT_TSS, TSS_BASE, 0x2B, PRESENT | 1, 0
        descriptor SMALL_BASE, 0x10000, 0xF, DATA_RW, 0
        descriptor SHORT_DATA, 0, 0xFFF, DATA_RW | RING3, BIG
        end_gdt
        %include "end.inc"
