; teaches: loading segment registers: index, type, present bit and privilege, each with the error code that is pushed
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: data segments
; expect-serial: stack segment
; expect-serial: code segments
; expect-serial: from ring 3
; expect-serial: PASS
; expect-end: debug-exit 33
;
; The error code is the selector without its RPL: index in bits 15..3, table in bit 2 (SDM 3A 6.13).

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        print   `data segments\n`
        mov     eax, 0xFFF8
        expect_fault GP_, 0xFFF8, "index beyond the GDT limit", mov fs, ax
        mov     eax, GDT_LIMIT + 1
        expect_fault GP_, GDT_LIMIT + 1, "first index beyond the limit", mov fs, ax
        mov     eax, LAST
        expect_no_fault "last descriptor of the table", mov fs, ax
        mov     eax, KERNEL_DATA
        mov     fs, ax
        mov     eax, ABSENT
        expect_fault NP_, ABSENT, "descriptor not present", mov fs, ax
        mov     bx, fs
        expect16 bx, KERNEL_DATA, "a failed load leaves the register"
        mov     al, [gdt + ABSENT + 5]
        expect8 al, DATA_RW & ~PRESENT, "and the accessed bit"
        mov     eax, EXECUTE_ONLY
        expect_fault GP_, EXECUTE_ONLY, "execute-only code as data", mov fs, ax
        mov     eax, KERNEL_CODE
        expect_no_fault "readable code as data", mov fs, ax
        mov     eax, MAIN_TSS
        expect_fault GP_, MAIN_TSS, "a TSS as data", mov fs, ax
        mov     eax, A_GATE
        expect_fault GP_, A_GATE, "a call gate as data", mov fs, ax
        xor     eax, eax
        lldt    ax                      ; after a reset LDTR is valid: base 0, limit FFFFh
        mov     eax, KERNEL_DATA | 4
        expect_fault GP_, KERNEL_DATA | 4, "LDT selector without an LDT", mov fs, ax
        mov     eax, KERNEL_DATA | 3    ; RPL 3 weakens the request below DPL 0
        expect_fault GP_, KERNEL_DATA, "RPL 3 for a ring-0 segment", mov fs, ax
        mov     eax, USER_DATA_0
        expect_no_fault "ring-3 data at ring 0", mov fs, ax
        mov     eax, 3
        expect_no_fault "null selector", mov fs, ax
        mov     eax, ABSENT
        push    eax
        mov     ebx, esp
        expect_fault NP_, ABSENT, "pop fs", pop fs
        expect32 esp, ebx, "a failed POP leaves ESP"
        add     esp, 4
        expect_fault NP_, ABSENT, "les", les edx, [absent_pointer]

        print   `stack segment\n`
        xor     eax, eax
        expect_fault GP_, 0, "null selector", mov ss, ax
        mov     eax, READ_ONLY
        expect_fault GP_, READ_ONLY, "read-only data", mov ss, ax
        mov     eax, KERNEL_CODE
        expect_fault GP_, KERNEL_CODE, "code", mov ss, ax
        mov     eax, ABSENT
        expect_fault SS_, ABSENT, "not present is #SS", mov ss, ax
        mov     eax, KERNEL_DATA | 1
        expect_fault GP_, KERNEL_DATA, "RPL is not CPL", mov ss, ax
        mov     eax, USER_DATA_0
        expect_fault GP_, USER_DATA_0, "DPL is not CPL", mov ss, ax
        expect_fault GP_, 0xFFF8, "lss beyond the table", lss edx, [beyond_pointer]
        mov     eax, 0
        mov     ax, ss
        expect32 eax, KERNEL_DATA, "SS is still the old one"

        print   `code segments\n`
        expect_fault GP_, 0, "jump to the null selector", jmp 0x0000:0
        expect_fault GP_, 0xFFF8, "jump beyond the table", jmp 0xFFF8:0
        expect_fault GP_, KERNEL_DATA, "jump to a data segment", jmp KERNEL_DATA:0
        expect_fault NP_, ABSENT_CODE, "jump to code not present", jmp ABSENT_CODE:0
        expect_fault GP_, USER_CODE_0, "jump to ring-3 code", jmp USER_CODE_0:0
        expect_fault GP_, KERNEL_CODE, "RPL 3 for ring-0 code", jmp (KERNEL_CODE | 3):0
        mov     ebx, esp
        expect_fault GP_, KERNEL_DATA, "call to a data segment", call KERNEL_DATA:0
        expect32 esp, ebx, "a failed CALL pushes nothing"
        push    dword ABSENT_CODE
        push    dword 0
        mov     ebx, esp
        expect_fault NP_, ABSENT_CODE, "retf to code not present", retf
        expect32 esp, ebx, "a failed RETF leaves ESP"
        add     esp, 8
        push    dword KERNEL_DATA
        push    dword 0
        expect_fault GP_, KERNEL_DATA, "retf to a data segment", retf
        add     esp, 8
        expect_fault UD_, -1, "mov cs, ax", db 0x8E, 0xC8

        print   `from ring 3\n`
        mov     eax, KERNEL_DATA | 3
        expect_user_fault GP_, KERNEL_DATA, "ring-0 data", mov fs, ax
        mov     eax, READ_ONLY | 3
        expect_user_fault GP_, READ_ONLY, "ring-0 read-only data", mov fs, ax
        mov     eax, USER_DATA_0
        expect_user_no_fault "ring-3 data, RPL 0", mov fs, ax
        mov     eax, CONFORMING
        expect_user_no_fault "conforming readable code as data", mov fs, ax
        mov     eax, KERNEL_DATA
        expect_user_fault GP_, KERNEL_DATA, "ring-0 stack", mov ss, ax
        expect_user_fault GP_, KERNEL_CODE, "jump to ring-0 code", jmp (KERNEL_CODE | 3):0
        mov     eax, KERNEL_DATA
        mov     fs, ax
        finish

absent_pointer: dd 0
                dw ABSENT
beyond_pointer: dd 0
                dw 0xFFF8
        begin_gdt
        descriptor ABSENT, 0, 0xFFFF, DATA_RW & ~PRESENT, 0
        descriptor EXECUTE_ONLY, 0, 0xFFFF, CODE_XO, BIG
        descriptor READ_ONLY, 0, 0xFFFFF, DATA_RO, GRANULAR | BIG
        descriptor ABSENT_CODE, 0, 0xFFFFF, CODE_RX & ~PRESENT, GRANULAR | BIG
        descriptor CONFORMING, 0, 0xFFFFF, CODE_CONFORMING, GRANULAR | BIG
        gate    A_GATE, KERNEL_CODE, addr(main), CALL_GATE, 0
        descriptor LAST, 0, 0xFFFFF, DATA_RW, GRANULAR | BIG
        end_gdt
        %include "end.inc"
