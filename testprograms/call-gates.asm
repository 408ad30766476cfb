; teaches: call gates: the way from ring 3 to ring 0 and back, with a new stack and the parameters copied to it
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG lets a call gate lead beyond the limit of its code segment
; expect-serial: with a change of privilege
; expect-serial: at the same privilege
; expect-serial: refused
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        xor     eax, eax
        lldt    ax                      ; a reset leaves it usable, with base 0
        print   `with a change of privilege\n`
        as_user 0, jmp user_calls
        expect32 [fault_vector], RETURN_VECTOR, "user code came home"
        expect32 ebx, 0x600D, "after the call"
        expect32 esi, USER_STACK, "RETF 8 releases the parameters on the user's stack too"
        expect32 [seen + 0], user_return, "return EIP"
        expect32 [seen + 4], USER_CODE, "return CS"
        expect32 [seen + 8], 0x22222222, "second parameter"
        expect32 [seen + 12], 0x11111111, "first parameter"
        expect32 [seen + 16], USER_STACK - 8, "old ESP"
        expect32 [seen + 20], USER_DATA, "old SS"
        expect32 [seen_cs], KERNEL_CODE, "CS inside"
        expect32 [seen_ss], KERNEL_DATA, "SS inside, from the TSS"
        expect32 [seen_esp], KERNEL_STACK - 24, "ESP inside, from the TSS"

        print   `at the same privilege\n`
        mov     ebx, esp
        call    PLAIN_GATE:0x12345678   ; the offset in the instruction does not matter
        expect32 eax, 0x5A, "called"
        expect32 ecx, 8, "bytes pushed: no stack switch"
        expect32 esp, ebx, "stack"
        call    SHORT_GATE:0            ; a 286 gate pushes two words
        expect32 eax, 0x16, "16-bit gate called"
        expect32 ecx, 4, "16-bit gate: bytes pushed"
        expect32 esp, ebx, "16-bit gate: stack"
        jmp     JUMP_GATE:0
jumped:
        expect32 esp, ebx, "a jump pushes nothing"

        print   `refused\n`
        expect_fault GP_, PLAIN_GATE, "RPL 3 exceeds the DPL of the gate", call (PLAIN_GATE | 3):0
        expect_user_fault GP_, PLAIN_GATE, "CPL 3 exceeds the DPL of the gate", call PLAIN_GATE:0
        expect_user_fault NP_, ABSENT_GATE, "gate not present", call (ABSENT_GATE | 3):0
        expect_user_fault GP_, 0, "gate to the null selector", call (NULL_GATE | 3):0
        expect_user_fault GP_, KERNEL_DATA, "gate to a data segment", call (DATA_GATE | 3):0
        expect_user_fault NP_, ABSENT_CODE, "gate to code not present", call (ABSENT_CODE_GATE | 3):0
        expect_user_fault GP_, KERNEL_CODE, "a jump may not change privilege", jmp (USER_GATE | 3):0
        expect_user_fault GP_, KERNEL_CODE, "a direct call to ring 0", call (KERNEL_CODE | 3):0
        expect_fault GP_, 0, "entry point beyond the limit of the code segment", call BEYOND_GATE:0
        finish

        bits    32
user_calls:
        push    dword 0x11111111
        push    dword 0x22222222
        call    (USER_GATE | 3):0
user_return:
        mov     esi, esp
        int     RETURN_VECTOR

kernel_entry:
        mov     eax, KERNEL_DATA
        push    ds
        mov     ds, ax
        mov     eax, 0
        mov     ax, cs
        mov     [seen_cs], eax
        mov     ax, ss
        mov     [seen_ss], eax
        lea     eax, [esp + 4]
        mov     [seen_esp], eax
        mov     ecx, 0
.copy:  mov     eax, [esp + 4 + ecx * 4]
        mov     [seen + ecx * 4], eax
        inc     ecx
        cmp     ecx, 6
        jb      .copy
        pop     ds
        mov     ebx, 0x600D
        retf    8

plain_entry:
        mov     eax, 0x5A
        mov     ecx, ebx
        sub     ecx, esp
        retf
short_entry:
        mov     eax, 0x16
        mov     ecx, ebx
        sub     ecx, esp
        o16 retf

        align   4, db 0
seen:           times 6 dd 0
seen_cs:        dd 0
seen_ss:        dd 0
seen_esp:       dd 0
        begin_gdt
        gate    USER_GATE, KERNEL_CODE, addr(kernel_entry), CALL_GATE | RING3, 2
        gate    PLAIN_GATE, KERNEL_CODE, addr(plain_entry), CALL_GATE, 0
        gate    SHORT_GATE, KERNEL_CODE, addr(short_entry), PRESENT | 4, 0
        gate    JUMP_GATE, KERNEL_CODE, addr(jumped), CALL_GATE, 0
        gate    ABSENT_GATE, KERNEL_CODE, addr(plain_entry), (CALL_GATE | RING3) & ~PRESENT, 0
        gate    NULL_GATE, 0, addr(plain_entry), CALL_GATE | RING3, 0
        gate    DATA_GATE, KERNEL_DATA, addr(plain_entry), CALL_GATE | RING3, 0
        gate    ABSENT_CODE_GATE, ABSENT_CODE, addr(plain_entry), CALL_GATE | RING3, 0
        gate    BEYOND_GATE, SMALL_CODE, 0x20000, CALL_GATE | RING3, 0
        descriptor ABSENT_CODE, 0, 0xFFFFF, CODE_RX & ~PRESENT, GRANULAR | BIG
        descriptor SMALL_CODE, 0, 0xFFFF, CODE_RX, BIG
        end_gdt
        %include "end.inc"
