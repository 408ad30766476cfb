; teaches: rarer faults of protected mode: code that may only run, the end of a code segment, a TSS that is too short, MSRs
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: same
; qemu-fails: a read through CS
; qemu-fails: a write through CS
; qemu-fails: EIP runs over
; qemu-fails: an instruction that is cut off
; qemu-fails: a near jump beyond
; qemu-fails: a far call
; qemu-fails: a far return
; qemu-fails: RDMSR 
; qemu-fails: WRMSR 
; qemu-fails: INVPCID
; qemu-fails: a word at FFFFh
; qemu-fails: INT n with a TSS
; expect-serial: execute-only code
; expect-serial: end of a code segment
; expect-serial: short TSS
; expect-serial: coprocessor
; expect-serial: registers
; expect-serial: virtual-8086 mode
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Sources/Machine/Faults/Reasons.md lists the reasons of all exceptions. SDM 3A 5.3, 5.4, 6.15, 7.2.2.

        %include "boot.inc"
        %include "pm.inc"
        %include "task.inc"
        %include "v86.inc"

NM_             equ 7
END_BASE        equ 0x30000             ; code of END_CODE, whose limit is 1Fh

; at_end OFFSET, EIP, "name": runs END_CODE from OFFSET; #GP(0) at EIP
%macro at_end 3
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], %%after
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        jmp     END_CODE:%1
%%after:
        expect32 [fault_vector], GP_, {%3, ' vector'}
        expect32 [fault_error], 0, {%3, ' error code'}
        expect32 [fault_eip], %2, {%3, ' saved EIP'}
%endmacro

main:
        enter_protected
        print   `execute-only code\n`
        jmp     RUN_CODE:.run
.run:   expect_fault GP_, 0, "a read through CS", mov eax, [cs:0x7C00]
        mov     dword [fault_vector], -1
        jmp     KERNEL_CODE:.read
.read:  expect_no_fault "a readable one", mov eax, [cs:0x7C00]
        expect_fault GP_, 0, "a write through CS", mov [cs:0x30000], eax
        mov     ax, RUN_CODE
        expect_fault GP_, RUN_CODE, "DS cannot hold it", mov ds, ax

        print   `end of a code segment\n`
        mov     edi, END_BASE
        mov     eax, 0x90909090
        mov     ecx, 16
        rep stosd
        at_end  0x1C, 0x20, "EIP runs over the limit"
        mov     byte [END_BASE + 0x1D], 0xB8            ; mov eax, imm32: five bytes
        at_end  0x1D, 0x1D, "an instruction that is cut off"
        mov     word [END_BASE + 0x1E], 0x40EB          ; jmp short
        at_end  0x1E, 0x1E, "a near jump beyond the limit"
        expect_fault GP_, 0, "a far jump", jmp END_CODE:0x20
        expect_fault GP_, 0, "a far call", call END_CODE:0x20
        push    dword END_CODE
        push    dword 0x20
        expect_fault GP_, 0, "a far return", retf
        add     esp, 8

        print   `short TSS\n`
        expect_fault TS_, SHORT_TASK, "JMP to a TSS with a limit of 66h", jmp SHORT_TASK:0

        print   `coprocessor\n`
        mov     eax, cr0
        or      al, 8
        mov     cr0, eax
        expect_fault NM_, -1, "FLDZ with TS", fldz
        expect_user_fault NM_, -1, "at CPL 3", fldz
        clts

        print   `registers\n`
        mov     ecx, 0x87654321
        expect_fault GP_, 0, "RDMSR", rdmsr
        expect_fault GP_, 0, "WRMSR", wrmsr
        expect_user_fault GP_, 0, "RDMSR at CPL 3", rdmsr
        mov     eax, cr4
        or      eax, 4                  ; TSD
        mov     cr4, eax
        expect_no_fault "RDTSC with TSD at CPL 0", rdtsc
        expect_user_fault GP_, 0, "at CPL 3", rdtsc
        mov     eax, cr4
        and     eax, ~4
        mov     cr4, eax
        expect_user_no_fault "without TSD", rdtsc
        expect_user_fault UD_, -1, "CLAC at CPL 3", {db 0x0F, 0x01, 0xCA}
        mov     eax, cr0
        expect_user_fault GP_, 0, "LMSW at CPL 3", lmsw ax
        expect_user_fault GP_, 0, "INVD at CPL 3", invd
        expect_fault UD_, -1, "RDFSBASE in 32-bit code", {db 0xF3, 0x0F, 0xAE, 0xC0}
        xor     ecx, ecx
        expect_fault UD_, -1, "XGETBV without CR4.OSXSAVE", xgetbv
        mov     ecx, 0x174              ; SYSENTER_CS
        xor     eax, eax
        xor     edx, edx
        wrmsr
        expect_fault GP_, 0, "SYSENTER without a selector", sysenter

        print   `virtual-8086 mode\n`
        v86_fault UD_, -1, IOPL3, "LLDT", lldt ax
        v86_fault UD_, -1, IOPL3, "ARPL", arpl ax, bx
        v86_fault GP_, 0, IOPL3, "MOV from CR0", {db 0x0F, 0x20, 0xC0}
        v86_fault GP_, 0, IOPL3, "INVPCID", {db 0x66, 0x0F, 0x38, 0x82, 0x04}
        v86_fault GP_, 0, IOPL3, "a word at FFFFh", mov ax, [0xFFFF]
        mov     eax, cr4
        or      eax, 1                  ; VME
        mov     cr4, eax
        mov     ax, TSS_WITHOUT_MAP
        ltr     ax
        v86_fault GP_, 0, IOPL3, "INT n with a TSS that ends before its bitmap", int 0x21
        mov     eax, cr4
        and     eax, ~1
        mov     cr4, eax
        finish

        begin_gdt
        descriptor RUN_CODE, 0, 0xFFFFF, CODE_XO, GRANULAR | BIG
        descriptor END_CODE, END_BASE, 0x1F, CODE_RX, BIG
        descriptor TSS_WITHOUT_MAP, TSS_BASE, 0x5F, TSS_TYPE, 0
        descriptor SHORT_TASK, 0x1900, 0x66, TSS_TYPE, 0
        end_gdt
        %include "end.inc"
