; teaches: what is no instruction: LOCK where it may not stand, register forms of memory instructions, and 16 bytes
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG accepts some of the invalid forms
; kvm: differs, real mode runs in its incomplete emulator here
; expect-serial: lock
; expect-serial: forms that do not exist
; expect-serial: protected-mode instructions in real mode
; expect-serial: fifteen bytes
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "faults16.inc"

main:
        catch_faults
        print   `lock\n`
        mov     bx, cell
        mov     ax, 1
        expect_no_fault16 "lock add [m], r", lock add [bx], ax
        expect_no_fault16 "lock inc [m]", lock inc word [bx]
        expect_no_fault16 "lock xchg [m], r", lock xchg [bx], ax
        expect_no_fault16 "lock bts [m], r", lock bts [bx], ax
        expect_no_fault16 "lock cmpxchg [m], r", lock cmpxchg [bx], ax
        expect_fault16 6, "lock add r, r", db 0xF0, 0x01, 0xD8
        expect_fault16 6, "lock add r, [m]", db 0xF0, 0x03, 0x07
        expect_fault16 6, "lock cmp [m], r", db 0xF0, 0x39, 0x07
        expect_fault16 6, "lock cmp [m], imm", db 0xF0, 0x83, 0x3F, 0x00
        expect_fault16 6, "lock test [m], r", db 0xF0, 0x85, 0x07
        expect_fault16 6, "lock bt [m], r", db 0xF0, 0x0F, 0xA3, 0x07
        expect_fault16 6, "lock mov [m], r", db 0xF0, 0x89, 0x07
        expect_fault16 6, "lock shl [m], 1", db 0xF0, 0xD1, 0x27
        expect_fault16 6, "lock push [m]", db 0xF0, 0xFF, 0x37
        expect_fault16 6, "lock nop", db 0xF0, 0x90
        expect_fault16 6, "lock inc r", db 0xF0, 0x40
        expect_fault16 6, "lock movsb", db 0xF0, 0xA4
        expect_fault16 6, "lock jmp", db 0xF0, 0xEB, 0x00

        print   `forms that do not exist\n`
        expect_fault16 6, "ud2", ud2
        expect_fault16 6, "lea with a register", db 0x8D, 0xC0
        expect_fault16 6, "les with a register", db 0xC4, 0xC0
        expect_fault16 6, "lds with a register", db 0xC5, 0xC0
        expect_fault16 6, "bound with a register", db 0x62, 0xC0
        expect_fault16 6, "mov cs, ax", db 0x8E, 0xC8
        expect_fault16 6, "mov seg6, ax", db 0x8E, 0xF0
        expect_fault16 6, "mov ax, seg7", db 0x8C, 0xF8
        expect_fault16 6, "call far with a register", db 0xFF, 0xD8
        expect_fault16 6, "jmp far with a register", db 0xFF, 0xE8
        expect_fault16 6, "FF /7", db 0xFF, 0x3F
        expect_fault16 6, "FE /2", db 0xFE, 0x17
        expect_fault16 6, "8F /1", db 0x8F, 0xC8
        expect_fault16 6, "C6 /1", db 0xC6, 0xC8, 0x00
        expect_fault16 6, "0F BA /0", db 0x0F, 0xBA, 0xC0, 0x00
        expect_fault16 6, "mov cr1, eax", db 0x0F, 0x22, 0xC8
        expect_fault16 6, "mov eax, cr5", db 0x0F, 0x20, 0xE8
        expect_fault16 6, "lgdt with a register", db 0x0F, 0x01, 0xD0

        print   `protected-mode instructions in real mode\n`
        xor     ax, ax
        expect_fault16 6, "sldt", sldt ax
        expect_fault16 6, "str", str ax
        expect_fault16 6, "lldt", lldt ax
        expect_fault16 6, "ltr", ltr ax
        expect_fault16 6, "verr", verr ax
        expect_fault16 6, "verw", verw ax
        expect_fault16 6, "lar", lar ax, ax
        expect_fault16 6, "lsl", lsl ax, ax
        expect_fault16 6, "arpl", db 0x63, 0xC0
        expect_no_fault16 "smsw", smsw ax

        print   `fifteen bytes\n`
        mov     ax, 0
        mov     word [fault_vector], -1
        mov     word [fault_resume], .long15
        mov     [fault_sp], sp
        times 14 db 0x3E
        nop
.long15:
        expect16 [fault_vector], 0xFFFF, "14 prefixes and NOP"
        mov     word [fault_vector], -1
        mov     word [fault_resume], .long16
        mov     [fault_sp], sp
.at16:  times 15 db 0x3E
        nop
.long16:
        expect16 [fault_vector], 13, "15 prefixes and NOP: #GP, not #UD"
        expect16 [fault_ip], .at16, "saved IP is on the first prefix"
        mov     word [fault_vector], -1
        mov     word [fault_resume], .imm15
        mov     [fault_sp], sp
        times 9 db 0x3E
        mov     word [cell], 0x1234     ; six bytes
.imm15: expect16 [fault_vector], 0xFFFF, "9 prefixes and MOV [m], imm16"
        mov     word [fault_vector], -1
        mov     word [fault_resume], .imm16
        mov     [fault_sp], sp
        times 10 db 0x3E
        mov     word [cell], 0x4321
.imm16: expect16 [fault_vector], 13, "10 prefixes and MOV [m], imm16"
        expect16 [cell], 0x1234, "the one too long has not run"
        finish

cell:   dw 0, 0
        %include "end.inc"
