; teaches: conforming code: ring 3 may call it, and runs it as ring 3; ring 0 may not call one that belongs to ring 3
; run: --budget 50000000
; media: floppy
; qemu: same
; expect-serial: from ring 3
; expect-serial: from ring 0
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

main:
        enter_protected
        print   `from ring 3\n`
        as_user 0, jmp user_calls
        expect32 [fault_vector], RETURN_VECTOR, "came home"
        expect32 eax, CONFORMING0 | 3, "CPL stays 3: the RPL of CS"
        expect32 ebx, USER_DATA, "no stack switch: SS"
        expect32 ecx, USER_STACK - 8, "no stack switch: ESP"
        as_user 0, jmp user_jumps
        expect32 [fault_vector], RETURN_VECTOR, "came home from the jump"
        expect32 eax, CONFORMING0 | 3, "jump: CPL stays 3"
        as_user 0, jmp user_tries
        expect32 [fault_vector], GP_, "still ring 3: HLT is refused"
        expect32 [fault_cs], CONFORMING0 | 3, "and the fault comes from the conforming segment"
        expect_user_fault GP_, KERNEL_CODE, "non-conforming ring-0 code", call KERNEL_CODE:0
        expect_user_fault NP_, CONFORMING_ABSENT, "not present", call CONFORMING_ABSENT:0

        print   `from ring 0\n`
        call    CONFORMING0:report
        expect32 eax, CONFORMING0, "DPL 0 from ring 0"
        call    (CONFORMING0 | 3):report        ; the RPL does not matter here
        expect32 eax, CONFORMING0, "RPL 3, CS still says CPL 0"
        expect_fault GP_, CONFORMING3, "DPL 3 from ring 0", call CONFORMING3:report
        expect_fault GP_, CONFORMING3, "jump", jmp CONFORMING3:report
        finish

user_calls:
        call    CONFORMING0:report
        int     RETURN_VECTOR
user_jumps:
        jmp     CONFORMING0:.there
.there: mov     eax, 0
        mov     ax, cs
        int     RETURN_VECTOR
user_tries:
        jmp     CONFORMING0:.there
.there: hlt
report:
        mov     eax, 0
        mov     ax, cs
        mov     ebx, 0
        mov     bx, ss
        mov     ecx, esp
        retf

        begin_gdt
        descriptor CONFORMING0, 0, 0xFFFFF, CODE_CONFORMING, GRANULAR | BIG
        descriptor CONFORMING3, 0, 0xFFFFF, CODE_CONFORMING | RING3, GRANULAR | BIG
        descriptor CONFORMING_ABSENT, 0, 0xFFFFF, CODE_CONFORMING & ~PRESENT, GRANULAR | BIG
        end_gdt
        %include "end.inc"
