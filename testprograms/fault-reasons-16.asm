; teaches: faults of real mode: what belongs to protected mode alone, what is no instruction, segment ends, and a FPU that is off
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: differs because TCG makes no limit checks in real mode, answers any MSR, and takes any CR0
; expect-serial: protected mode alone
; expect-serial: no instructions
; expect-serial: limits
; expect-serial: numbers
; expect-serial: coprocessor
; expect-serial: registers
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Real mode pushes no error codes. Sources/Machine/Faults/Reasons.md lists the reasons of all exceptions. SDM 3B 20.1.

        %include "boot.inc"
        %include "faults16.inc"

DE_     equ 0
BR_     equ 5
UD_     equ 6
NM_     equ 7
SS_     equ 12
GP_     equ 13

main:
        catch_faults
        print   `protected mode alone\n`
        expect_fault16 UD_, "SLDT", sldt ax
        expect_fault16 UD_, "STR", str ax
        expect_fault16 UD_, "LLDT", lldt ax
        expect_fault16 UD_, "LTR", ltr ax
        expect_fault16 UD_, "VERR", verr ax
        expect_fault16 UD_, "LAR", lar ax, bx
        expect_fault16 UD_, "LSL", lsl ax, bx
        expect_fault16 UD_, "ARPL", arpl ax, bx
        expect_fault16 UD_, "SYSCALL", syscall
        expect_fault16 UD_, "UD2", ud2
        expect_no_fault16 "SMSW", smsw ax

        print   `no instructions\n`
        expect_fault16 UD_, "UD0", {db 0x0F, 0xFF, 0xC0}
        expect_fault16 UD_, "UD1", {db 0x0F, 0xB9, 0xC0}
        expect_fault16 UD_, "LOCK NOP", {db 0xF0, 0x90}
        expect_fault16 UD_, "LOCK ADD with registers", {db 0xF0, 0x01, 0xC0}
        expect_fault16 UD_, "LEA of a register", {db 0x8D, 0xC0}
        expect_fault16 UD_, "MOV to CS", {db 0x8E, 0xC8}
        expect_fault16 UD_, "MOV from CR1", {db 0x0F, 0x20, 0xC8}
        expect_fault16 GP_, "16 bytes", {db 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x3E, 0x90}

        print   `limits\n`
        mov     bx, 0xFFFF
        expect_fault16 GP_, "a word at FFFFh", mov ax, [bx]
        mov     bp, 0xFFFF
        expect_fault16 SS_, "on the stack", mov ax, [bp]
        expect_fault16 GP_, "a target beyond FFFFh", {jmp dword 0x12345}
        lidt    [short_idt]
        expect_fault16 GP_, "INT 12h beyond the limit of the IDT", int 0x12
        lidt    [real_idt]

        print   `numbers\n`
        xor     dx, dx
        xor     cx, cx
        expect_fault16 DE_, "DIV by zero", div cx
        mov     dx, 2
        mov     cx, 1
        expect_fault16 DE_, "a quotient of 17 bits", div cx
        expect_fault16 DE_, "AAM of zero", {db 0xD4, 0}
        mov     ax, 5
        expect_fault16 BR_, "BOUND", bound ax, [bounds]

        print   `coprocessor\n`
        mov     eax, cr0
        or      al, 4                   ; EM
        mov     cr0, eax
        expect_fault16 NM_, "FNINIT with EM", fninit
        expect_no_fault16 "WAIT with EM alone", wait
        and     al, ~4
        or      al, 8                   ; TS
        mov     cr0, eax
        expect_fault16 NM_, "FLD1 with TS", fld1
        expect_no_fault16 "WAIT with TS alone", wait
        or      al, 2                   ; MP
        mov     cr0, eax
        expect_fault16 NM_, "WAIT with TS and MP", wait
        clts
        expect_no_fault16 "CLTS", wait
        mov     eax, cr0
        and     al, ~2
        mov     cr0, eax

        print   `registers\n`
        mov     ecx, 0x12345678
        expect_fault16 GP_, "RDMSR", rdmsr
        expect_fault16 GP_, "WRMSR", wrmsr
        mov     eax, cr4
        bts     eax, 31
        expect_fault16 GP_, "a reserved bit of CR4", mov cr4, eax
        mov     eax, cr0
        bts     eax, 31
        expect_fault16 GP_, "CR0.PG without CR0.PE", mov cr0, eax
        mov     eax, cr0
        bts     eax, 29
        expect_fault16 GP_, "CR0.NW without CR0.CD", mov cr0, eax
        expect_fault16 GP_, "SYSENTER", sysenter
        expect_fault16 GP_, "SYSEXIT", sysexit
        finish

short_idt:
        dw      0x12 * 4 - 1
        dd      0
real_idt:
        dw      0x3FF
        dd      0
bounds: dw      1, 4
        %include "end.inc"
