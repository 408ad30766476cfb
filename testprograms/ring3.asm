; teaches: ring 3: interrupts into ring 0 and back, gates that refuse, privileged instructions, IRET to an outer ring
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: interrupt and trap gates
; expect-serial: gates that refuse
; expect-serial: privileged instructions
; expect-serial: iret to ring 3
; expect-serial: PASS
; expect-end: debug-exit 33
;
; The error code of an interrupt that cannot be delivered is vector * 8 + 2 (bit 1: the index is of the IDT).

        %include "boot.inc"
        %include "pm.inc"

main:
        mov     al, 0xFF                ; no hardware interrupts: this program sets IF now and then
        out     0x21, al
        out     0xA1, al
        enter_protected
        set_gate 0x20, KERNEL_CODE, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x21, KERNEL_CODE, addr(on_interrupt), TRAP_GATE | RING3
        set_gate 0x22, KERNEL_CODE, addr(on_interrupt), INT_GATE
        set_gate 0x23, KERNEL_CODE, addr(on_interrupt), (INT_GATE | RING3) & ~PRESENT
        set_gate 0x24, KERNEL_CODE, addr(on_interrupt), CALL_GATE | RING3
        set_gate 0x25, KERNEL_DATA, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x26, 0, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x27, ABSENT_CODE, addr(on_interrupt), INT_GATE | RING3
        set_gate 0x28, USER_CODE_0, addr(on_user_interrupt), INT_GATE | RING3
        set_gate 0x29, 0xFFF8, addr(on_interrupt), INT_GATE | RING3

        print   `interrupt and trap gates\n`
        as_user IF_ | CF, jmp user_int20
        expect32 [fault_vector], RETURN_VECTOR, "came home from INT 20h"
        expect32 [seen + 0], user_int20_return, "saved EIP"
        expect32 [seen + 4], USER_CODE, "saved CS"
        mov     eax, [seen + 8]
        and     eax, IF_ | CF | TF
        expect32 eax, IF_ | CF, "saved EFLAGS"
        expect32 [seen + 12], USER_STACK - 4, "saved ESP"
        expect32 [seen + 16], USER_DATA, "saved SS"
        expect32 [seen_esp], KERNEL_STACK - 20, "ESP inside, from the TSS"
        mov     eax, [seen_flags]
        and     eax, IF_
        expect32 eax, 0, "an interrupt gate clears IF"
        expect32 edx, USER_STACK - 4, "ESP after IRET"
        as_user IF_, int 0x21
        expect32 [fault_vector], RETURN_VECTOR, "came home from INT 21h"
        mov     eax, [seen_flags]
        and     eax, IF_
        expect32 eax, IF_, "a trap gate leaves IF"
        as_user 0, int 0x28
        expect32 [fault_vector], RETURN_VECTOR, "came home from INT 28h"
        expect32 [seen_esp], USER_STACK - 12, "a gate to ring 3 keeps the stack"

        print   `gates that refuse\n`
        expect_user_fault GP_, 0x22 * 8 + 2, "gate with DPL 0", int 0x22
        expect_user_fault NP_, 0x23 * 8 + 2, "gate not present", int 0x23
        expect_user_fault GP_, 0x24 * 8 + 2, "a call gate in the IDT", int 0x24
        expect_user_fault GP_, KERNEL_DATA, "gate to a data segment", int 0x25
        expect_user_fault GP_, 0, "gate to the null selector", int 0x26
        expect_user_fault NP_, ABSENT_CODE, "gate to code not present", int 0x27
        expect_user_fault GP_, 0xFFF8, "gate to a selector beyond the GDT", int 0x29
        expect_user_fault GP_, 0x31 * 8 + 2, "vector beyond the IDT limit", int 0x31
        expect_user_fault GP_, 0xFF * 8 + 2, "vector FFh", int 0xFF
        expect_user_fault GP_, 3 * 8 + 2, "INT3 needs DPL 3 too", int3
        expect_fault GP_, USER_CODE_0, "gate from ring 0 to ring 3", int 0x28
        expect_user_fault UD_, -1, "an exception ignores the DPL of its gate", ud2

        print   `privileged instructions\n`
        expect_user_fault GP_, 0, "hlt", hlt
        expect_user_fault GP_, 0, "cli", cli
        expect_user_fault GP_, 0, "sti", sti
        expect_user_fault GP_, 0, "in", in al, 0x80
        expect_user_fault GP_, 0, "out", out 0x80, al
        expect_user_fault GP_, 0, "outsb", outsb
        expect_user_fault GP_, 0, "clts", clts
        expect_user_fault GP_, 0, "mov eax, cr0", mov eax, cr0
        expect_user_fault GP_, 0, "mov cr0, eax", mov cr0, eax
        expect_user_fault GP_, 0, "mov eax, dr7", mov eax, dr7
        expect_user_fault GP_, 0, "lmsw", lmsw ax
        expect_user_fault GP_, 0, "lgdt", lgdt [gdt_pointer]
        expect_user_fault GP_, 0, "lidt", lidt [gdt_pointer]
        expect_user_fault GP_, 0, "lldt", lldt ax
        expect_user_fault GP_, 0, "ltr", ltr ax
        expect_user_fault GP_, 0, "invlpg", invlpg [0]
        expect_user_fault GP_, 0, "wbinvd", wbinvd
        expect_user_no_fault "smsw is not", smsw ax
        expect_user_no_fault "sgdt is not", sgdt [seen]
        expect_user_no_fault "pushfd is not", pushfd
        as_user 0, jmp user_popf
        expect32 [fault_vector], RETURN_VECTOR, "popfd is not"
        and     eax, 0x3000 | IF_ | CF
        expect32 eax, CF, "but IF and IOPL stay as they were"

        print   `iret to ring 3\n`
        mov     eax, KERNEL_DATA
        mov     fs, ax
        mov     eax, USER_DATA
        mov     gs, ax
        as_user 0, jmp user_segments
        expect32 [fault_vector], RETURN_VECTOR, "came home"
        expect32 eax, 0, "FS held a ring-0 segment: null in ring 3"
        expect32 ebx, USER_DATA, "GS held a ring-3 segment: still there"

; frame CS, SS: an IRET frame on the stack
%macro frame 2
        push    dword %2
        push    dword USER_STACK
        push    dword 0x0002
        push    dword %1
        push    dword user_segments
%endmacro
        mov     ebp, esp
        frame   USER_CODE, 0
        expect_fault GP_, 0, "iret: SS null", iretd
        mov     esp, ebp
        frame   USER_CODE, USER_DATA_0
        expect_fault GP_, USER_DATA_0, "iret: RPL of SS is not that of CS", iretd
        mov     esp, ebp
        frame   USER_CODE, KERNEL_DATA | 3
        expect_fault GP_, KERNEL_DATA, "iret: DPL of SS is not the RPL of CS", iretd
        mov     esp, ebp
        frame   USER_CODE, READ_ONLY3 | 3
        expect_fault GP_, READ_ONLY3, "iret: SS read-only", iretd
        mov     esp, ebp
        frame   USER_CODE, ABSENT3 | 3
        expect_fault NP_, ABSENT3, "iret: SS not present", iretd
        mov     esp, ebp
        frame   KERNEL_CODE | 3, USER_DATA
        expect_fault GP_, KERNEL_CODE, "iret: DPL of CS is not its RPL", iretd
        mov     esp, ebp
        frame   USER_DATA, USER_DATA
        expect_fault GP_, USER_DATA_0, "iret: CS is a data segment", iretd
        mov     esp, ebp
        frame   0, USER_DATA
        expect_fault GP_, 0, "iret: CS null", iretd
        mov     esp, ebp
        frame   ABSENT_CODE3 | 3, USER_DATA
        expect_fault NP_, ABSENT_CODE3, "iret: CS not present", iretd
        mov     esp, ebp
        finish

user_int20:
        push    eax
        int     0x20
user_int20_return:
        mov     edx, esp
        int     RETURN_VECTOR
user_popf:
        push    dword 0x3000 | IF_ | CF | 2
        popfd
        pushfd
        pop     eax
        int     RETURN_VECTOR
user_segments:
        mov     eax, 0
        mov     ebx, 0
        mov     ax, fs
        mov     bx, gs
        int     RETURN_VECTOR

on_interrupt:
        push    eax
        push    ds
        mov     eax, KERNEL_DATA
        mov     ds, ax
        pushfd
        pop     dword [seen_flags]
        lea     eax, [esp + 8]
        mov     [seen_esp], eax
%assign n 0
%rep 5
        mov     eax, [esp + 8 + n * 4]
        mov     [seen + n * 4], eax
  %assign n n + 1
%endrep
        pop     ds
        pop     eax
        iretd
on_user_interrupt:
        mov     [seen_esp], esp
        iretd

        align   4, db 0
seen:           times 5 dd 0
seen_esp:       dd 0
seen_flags:     dd 0
        begin_gdt
        descriptor ABSENT_CODE, 0, 0xFFFFF, CODE_RX & ~PRESENT, GRANULAR | BIG
        descriptor ABSENT_CODE3, 0, 0xFFFFF, (CODE_RX | RING3) & ~PRESENT, GRANULAR | BIG
        descriptor ABSENT3, 0, 0xFFFFF, (DATA_RW | RING3) & ~PRESENT, GRANULAR | BIG
        descriptor READ_ONLY3, 0, 0xFFFFF, DATA_RO | RING3, GRANULAR | BIG
        end_gdt
        %include "end.inc"
