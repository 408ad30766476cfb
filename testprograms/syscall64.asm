; teaches: fast system calls: SYSCALL and SYSRET, SYSENTER and SYSEXIT, SWAPGS, the bases of FS and GS, RDTSCP, RDPID, CR8
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: same
; qemu-fails: FMASK clears flags
; qemu-fails: SYSCALL out of 32-bit code
; qemu-fails: SYSRET in 32-bit code
; qemu-fails: LSTAR must be canonical
; qemu-fails: FMASK has 32 bits
; qemu-fails: RCX that is not canonical
; qemu-fails: RDX that is not canonical
; qemu-fails: RF and VM
; qemu-fails: SYSENTER_ESP must
; qemu-fails: SYSENTER_EIP must
; qemu-fails: KERNEL_GS_BASE must
; qemu-fails: FS_BASE must
; qemu-fails: WRFSBASE must
; qemu-fails: RDPID
; qemu-fails: TSC_AUX has 32 bits
; qemu-fails: a reserved bit
; expect-serial: SYSENTER in 32-bit mode
; expect-serial: SYSCALL
; expect-serial: SYSRET
; expect-serial: SYSENTER
; expect-serial: SYSEXIT
; expect-serial: SWAPGS
; expect-serial: FS and GS
; expect-serial: TSC_AUX
; expect-serial: CR8
; expect-serial: CMPXCHG16B
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 3A 5.8.7, 5.8.8; SDM 2B: SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS, WRFSBASE, RDTSCP, RDPID.

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

STAR            equ 0xC0000081
LSTAR           equ 0xC0000082
FMASK           equ 0xC0000084
FS_BASE         equ 0xC0000100
GS_BASE         equ 0xC0000101
KERNEL_GS_BASE  equ 0xC0000102
TSC_AUX         equ 0xC0000103
SYSENTER_CS     equ 0x174
SYSENTER_ESP    equ 0x175
SYSENTER_EIP    equ 0x176
WILD            equ 0x0000800000000000

; set_msr NUMBER, VALUE (64 bits)
%macro set_msr 2
        mov     ecx, %1
        mov     eax, (%2) & 0xFFFFFFFF
        mov     edx, (%2) >> 32
        wrmsr
%endmacro
; refuse_msr NUMBER, VALUE, "name"
%macro refuse_msr 3
        mov     ecx, %1
        mov     eax, (%2) & 0xFFFFFFFF
        mov     edx, (%2) >> 32
        fault64 GP_, 0, %3, wrmsr
%endmacro
; expect_msr NUMBER, VALUE, "name"
%macro expect_msr 3
        mov     ecx, %1
        rdmsr
        shl     rdx, 32
        or      rax, rdx
        expect64 rax, %2, %3
%endmacro
%define seen(n) qword [abs noted + (n) * 8]

main:
        mov     al, 0xFF                ; no interrupts of devices
        out     0x21, al
        out     0xA1, al
        enter_protected
        print   `SYSENTER in 32-bit mode\n`
        xor     eax, eax
        xor     edx, edx
        mov     ecx, SYSENTER_CS
        wrmsr
        expect_fault GP_, 0, "SYSENTER without a selector", sysenter
        expect_fault GP_, 0, "SYSEXIT without a selector", sysexit
        mov     eax, KERNEL_CODE | 3
        wrmsr
        mov     ecx, SYSENTER_ESP
        mov     eax, 0x6F00
        wrmsr
        mov     ecx, SYSENTER_EIP
        mov     eax, .entered
        wrmsr
        as_user IF_, {sysenter}
        jmp     .checked
.entered:
        mov     [saved_esp], esp
        pushfd
        pop     dword [saved_flags]
        mov     ax, cs
        mov     [saved_cs], ax
        mov     ax, ss
        mov     [saved_ss], ax
        mov     ecx, USER_STACK - 16
        mov     edx, .out
        sysexit
.out:   int     RETURN_VECTOR
.checked:
        expect32 [saved_esp], 0x6F00, "ESP"
        expect32 [saved_cs], KERNEL_CODE, "CS"
        expect32 [saved_ss], KERNEL_DATA, "SS"
        expect32 [saved_flags], 2, "IF is clear"
        expect32 [fault_vector], RETURN_VECTOR, "back at CPL 3"
        expect32 [fault_cs], KERNEL_CODE + 16 + 3, "CS of SYSEXIT"
        expect32 [fault_ss], KERNEL_CODE + 24 + 3, "SS of SYSEXIT"
        expect32 [fault_esp], USER_STACK - 16, "ESP of SYSEXIT"
        expect_user_fault GP_, 0, "SYSEXIT at CPL 3", sysexit
        expect_fault UD_, -1, "SWAPGS is none in 32-bit code", {db 0x0F, 0x01, 0xF8}

        enter_long
        print   `SYSCALL\n`
        fault64 UD_, -1, "SYSCALL without EFER.SCE", syscall
        fault64 UD_, -1, "SYSRET without EFER.SCE", {o64 sysret}
        mov     ecx, EFER
        rdmsr
        or      eax, 1
        wrmsr
        set_msr STAR, COMPAT_USER << 48 | LONG_CODE << 32
        set_msr LSTAR, addr(called)
        set_msr FMASK, IF_ | DF | CF
        set_msr FS_BASE, 0
        mov     qword [abs user_flags], 2 | IF_ | DF | ZF
        user_no_fault64 "SYSCALL and SYSRET", syscall
        mov     rax, [abs fault64_rip]
        sub     rax, seen(0)
        expect64 rax, 2, "RCX is the next instruction"
        expect64 seen(1), 2 | IF_ | DF | ZF, "R11 the flags"
        expect64 seen(2), LONG_CODE, "CS"
        expect64 seen(3), LONG_CODE + 8, "SS"
        expect64 seen(4), USER_STACK, "RSP stays"
        expect64 seen(5), 2 | ZF, "FMASK clears flags"
        expect64 qword [abs fault64_cs], LONG_USER, "CS of SYSRET"
        expect64 qword [abs fault64_ss], LONG_USER_DATA, "SS of SYSRET"
        expect64 qword [abs fault64_rsp], USER_STACK, "RSP"
        expect64 qword [abs fault64_rflags], 2 | IF_ | DF | ZF, "flags of SYSRET"
        mov     qword [abs user_flags], 2
        compat_fault64 UD_, -1, "SYSCALL out of 32-bit code", syscall
        user_fault64 GP_, 0, "SYSRET at CPL 3", {o64 sysret}
        compat_fault64 UD_, -1, "SYSRET in 32-bit code", sysret
        set_msr STAR, COMPAT_USER << 48 | 0x1003 << 32
        user_no_fault64 "no descriptor is read", syscall
        expect64 seen(2), 0x1000, "RPL is 0"
        expect64 seen(3), 0x1008, "SS"
        set_msr STAR, (COMPAT_USER & ~3) << 48 | LONG_CODE << 32
        user_no_fault64 "SYSRET with RPL 0 in STAR", syscall
        expect64 qword [abs fault64_cs], LONG_USER, "has RPL 3 all the same"
        expect64 qword [abs fault64_ss], LONG_USER_DATA, "SS, too"
        refuse_msr LSTAR, WILD, "LSTAR must be canonical"
        refuse_msr FMASK, 1 << 32, "FMASK has 32 bits"
        set_msr LSTAR, addr(called)
        set_msr FMASK, IF_ | DF | CF

        print   `SYSRET\n`
        mov     rcx, WILD
        mov     r11d, 2
        fault64 GP_, 0, "RCX that is not canonical", {o64 sysret}
        call    begin64
        dd      .narrow, 0, RETURN_VECTOR, -1
        dw      0, 0
        db      "to 32-bit code", 0
        mov     rcx, 0xFFFFFFFF00000000 + addr(home)
        mov     r11d, 2 | CF
        sysret
.narrow:
        call    end64
        expect64 qword [abs fault64_cs], COMPAT_USER, "CS"
        expect64 qword [abs fault64_ss], LONG_USER_DATA, "SS"
        expect64 qword [abs fault64_rflags], 2 | CF, "flags"
        expect64 qword [abs fault64_rip], addr(home) + 2, "ECX has 32 bits"
        call    begin64
        dd      .ignored, 0, RETURN_VECTOR, -1
        dw      0, 0
        db      "RF and VM in R11", 0
        mov     ecx, home
        mov     r11d, 2 | CF | 0x30000
        o64 sysret
.ignored:
        call    end64
        expect64 qword [abs fault64_rflags], 2 | CF, "RF and VM are ignored"

        print   `SYSENTER\n`
        set_msr SYSENTER_CS, 0
        user_fault64 GP_, 0, "without a selector", sysenter
        set_msr SYSENTER_CS, LONG_CODE
        refuse_msr SYSENTER_ESP, WILD, "SYSENTER_ESP must be canonical"
        refuse_msr SYSENTER_EIP, WILD, "SYSENTER_EIP must be canonical"
        set_msr SYSENTER_ESP, 0x6F00
        set_msr SYSENTER_EIP, addr(entered)
        mov     qword [abs user_flags], 2 | IF_ | DF
        run_in  LONG_USER, LONG_USER_DATA, 64, RETURN_VECTOR, -1, 0, "out of 64-bit code", sysenter
        expect64 seen(2), LONG_CODE, "CS"
        expect64 seen(3), LONG_DATA, "SS"
        expect64 seen(4), 0x6F00, "RSP"
        expect64 seen(5), 2 | DF, "IF is clear"
        run_in  COMPAT_USER, LONG_USER_DATA, 32, RETURN_VECTOR, -1, 0, "out of 32-bit code", sysenter
        expect64 seen(2), LONG_CODE, "CS"
        expect64 seen(4), 0x6F00, "RSP"
        mov     qword [abs user_flags], 2

        print   `SYSEXIT\n`
        expect64 qword [abs fault64_cs], LONG_CODE + 32 + 3, "CS of the 64-bit form"
        expect64 qword [abs fault64_ss], LONG_CODE + 40 + 3, "SS"
        expect64 qword [abs fault64_rsp], USER_STACK - 16, "RSP"
        call    begin64
        dd      .exited, 0, RETURN_VECTOR, -1
        dw      0, 0
        db      "to 32-bit code", 0
        mov     ecx, USER_STACK - 8
        mov     edx, home
        sysexit
.exited:
        call    end64
        expect64 qword [abs fault64_cs], LONG_CODE + 16 + 3, "CS of the 32-bit form"
        expect64 qword [abs fault64_ss], LONG_CODE + 24 + 3, "SS"
        expect64 qword [abs fault64_rsp], USER_STACK - 8, "ESP"
        mov     rcx, WILD
        mov     edx, home
        fault64 GP_, 0, "RCX that is not canonical", {o64 sysexit}
        mov     rdx, rcx
        mov     ecx, USER_STACK
        fault64 GP_, 0, "RDX that is not canonical", {o64 sysexit}
        user_fault64 GP_, 0, "SYSEXIT at CPL 3", {o64 sysexit}

        print   `SWAPGS\n`
        set_msr GS_BASE, 0x1122334455667788 & 0x7FFFFFFFFFFF
        set_msr KERNEL_GS_BASE, addr(place)
        swapgs
        expect_msr GS_BASE, addr(place), "GS base"
        expect_msr KERNEL_GS_BASE, 0x1122334455667788 & 0x7FFFFFFFFFFF, "the other one"
        mov     rax, [gs:abs 0]
        expect64 rax, 0x0123456789ABCDEF, "GS counts"
        user_fault64 GP_, 0, "SWAPGS at CPL 3", swapgs
        refuse_msr KERNEL_GS_BASE, WILD, "KERNEL_GS_BASE must be canonical"

        print   `FS and GS\n`
        refuse_msr FS_BASE, WILD, "FS_BASE must be canonical"
        set_msr FS_BASE, addr(place) + 8
        mov     rax, [fs:abs 0]
        expect64 rax, 0xFEDCBA9876543210, "FS base of the MSR"
        mov     rbx, -8
        mov     rax, [fs:rbx]
        expect64 rax, 0x0123456789ABCDEF, "offsets may be negative"
        mov     ax, BASED | 3
        mov     fs, ax
        expect_msr FS_BASE, 0x30000, "a selector loads 32 bits"
        fault64 UD_, -1, "RDFSBASE without CR4.FSGSBASE", rdfsbase rax
        fault64 UD_, -1, "WRGSBASE", wrgsbase rax
        mov     rax, cr4
        bts     eax, 16
        mov     cr4, rax
        mov     rbx, 0x7FFF11223344
        user_no_fault64 "WRFSBASE at CPL 3", wrfsbase rbx
        user_no_fault64 "RDFSBASE", rdfsbase rcx
        expect64 rcx, 0x7FFF11223344, "its value"
        rdfsbase ecx
        expect64 rcx, 0x11223344, "32 bits of it"
        wrgsbase rbx
        rdgsbase rcx
        expect64 rcx, 0x7FFF11223344, "GS"
        mov     rbx, -1
        wrgsbase ebx
        expect_msr GS_BASE, 0xFFFFFFFF, "WRGSBASE with 32 bits"
        mov     rbx, WILD
        user_fault64 GP_, 0, "WRFSBASE must be canonical", wrfsbase rbx
        compat_fault64 UD_, -1, "RDFSBASE in 32-bit code", {db 0xF3, 0x0F, 0xAE, 0xC0}

        print   `TSC_AUX\n`
        set_msr TSC_AUX, 0x12345678
        mov     rcx, -1
        rdtscp
        expect64 rcx, 0x12345678, "RDTSCP"
        shr     rax, 32
        expect64 rax, 0, "upper RAX"
        mov     rcx, -1
        no_fault64 "RDPID is there", rdpid rcx
        expect64 rcx, 0x12345678, "RDPID"
        refuse_msr TSC_AUX, 1 << 32, "TSC_AUX has 32 bits"
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        mov     rbx, rax
        rdtsc
        shl     rdx, 32
        or      rax, rdx
        cmp     rax, rbx
        seta    al
        movzx   eax, al
        expect64 rax, 1, "time goes on"
        mov     rax, cr4
        bts     eax, 2                  ; TSD
        mov     cr4, rax
        user_fault64 GP_, 0, "RDTSCP with TSD at CPL 3", rdtscp
        no_fault64 "at CPL 0", rdtscp
        mov     rax, cr4
        btr     eax, 2
        mov     cr4, rax

        print   `CR8\n`
        mov     eax, 9
        mov     cr8, rax
        mov     rbx, cr8
        expect64 rbx, 9, "CR8"
        mov     eax, 16
        fault64 GP_, 0, "a reserved bit", mov cr8, rax
        xor     eax, eax
        mov     cr8, rax
        user_fault64 GP_, 0, "at CPL 3", mov rax, cr8

        print   `CMPXCHG16B\n`
        mov     eax, 1
        mov     edx, 2
        mov     ebx, 3
        mov     ecx, 4
        mov     [abs wide], rax
        mov     [abs wide + 8], rdx
        lock cmpxchg16b [abs wide]
        setz    sil
        movzx   esi, sil
        expect64 rsi, 1, "the same"
        expect_memory wide, 3, "written"
        expect_memory wide + 8, 4, "its upper half"
        cmpxchg16b [abs wide]
        expect64 rax, 3, "another value is loaded"
        expect64 rdx, 4, "its upper half"
        fault64 GP_, 0, "not aligned", cmpxchg16b [abs wide + 8]
        finish

        bits    64
; called: where SYSCALL leads; notes RCX, R11, CS, SS, RSP, flags, and goes back
called: mov     seen(0), rcx
        mov     seen(1), r11
        mov     seen(4), rsp
        mov     esp, LONG_STACK - 0x100
        pushfq
        pop     seen(5)
        mov     eax, cs
        mov     seen(2), rax
        mov     eax, ss
        mov     seen(3), rax
        mov     rsp, seen(4)
        o64 sysret
entered:
        mov     seen(4), rsp
        pushfq
        pop     seen(5)
        mov     eax, cs
        mov     seen(2), rax
        mov     eax, ss
        mov     seen(3), rax
        mov     ecx, USER_STACK - 16
        mov     edx, home
        o64 sysexit
home:   int     RETURN_VECTOR

        align   16, db 0
wide:           dq 0, 0
noted:          times 6 dq 0
place:          dq 0x0123456789ABCDEF, 0xFEDCBA9876543210
saved_esp:      dd 0
saved_flags:    dd 0
saved_cs:       dd 0
saved_ss:       dd 0

        begin_gdt
        long_descriptors
        descriptor BASED, 0x30000, 0xFFFF, DATA_RW | RING3, 0
        end_gdt
        %include "end.inc"
