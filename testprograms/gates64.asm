; teaches: gates in long mode: interrupt, trap and call gates, IST and the stacks of the TSS, and IRETQ with all that it refuses
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: same
; qemu-fails: not present:
; qemu-fails: type 
; qemu-fails: a data segment
; qemu-fails: beyond the limit of the IDT
; qemu-fails: an offset that is not canonical
; qemu-fails: EXT is set
; qemu-fails: for a selector as well
; qemu-fails: and alone
; qemu-fails: INT through a gate of DPL 0
; qemu-fails: DPL 3, not present
; qemu-fails: DPL comes before P
; qemu-fails: INT3 asks
; qemu-fails: CS with L and D
; qemu-fails: a null SS for 32-bit code
; qemu-fails: RIP is not canonical
; qemu-fails: nor at the same level
; qemu-fails: EIP beyond the limit
; qemu-fails: a stack that is not canonical
; expect-serial: interrupt and trap gates
; expect-serial: gates that are refused
; expect-serial: IST
; expect-serial: from ring 3
; expect-serial: call gates
; expect-serial: IRETQ
; expect-serial: IRETQ that is refused
; expect-serial: PASS
; expect-end: debug-exit 33
;
; SDM 3A 5.8.3.1 (64-bit call gates), 6.14 (interrupts in 64-bit mode), 7.7 (TSS in 64-bit mode); SDM 2A, INT n and IRET.

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

VECTOR          equ 0x20                ; the gate of most tests
TRY             equ IDT64 + VECTOR * 16
CODE_ERROR      equ VECTOR * 8 + 2
NT              equ 0x4000
WILD            equ 0x0000800000001000  ; not canonical, nor is what lies below
CALL64          equ CALL_GATE

; the frame that `grab` found, by name
%define seen(n) qword [abs frame + (n) * 8]

; refuse_gate ERRORVECTOR, ERROR, "name": INT VECTOR at CPL 0
%macro refuse_gate 3
        fault64 %1, %2, %3, int VECTOR
%endmacro

; iret_frame SS, CS, RIP, FLAGS: what IRETQ pops, with RSP = USER_STACK
%macro iret_frame 4
        mov     rax, %3
        push    %1
        push    USER_STACK
        push    %4
        push    %2
        push    rax
%endmacro

; iret_fault VECTOR, ERROR, "name", SS, CS, RIP, FLAGS
%macro iret_fault 7
        iret_frame %4, %5, %6, %7
        fault64 %1, %2, %3, iretq
        add     rsp, 40
%endmacro

; iret_user "name", SS, CS: to INT 30h at CPL 3
%macro iret_user 3
        iret_frame %2, %3, home, 2
        call    begin64
        dd      %%after, 0, RETURN_VECTOR, -1
        dw      0, 0
        db      %1, 0
        iretq
%%after:
        call    end64
        add     rsp, 40
        expect64 qword [abs fault64_rsp], USER_STACK, {%1, ': RSP'}
        expect64 qword [abs fault64_cs], %3, {%1, ': CS'}
        expect64 qword [abs fault64_ss], %2, {%1, ': SS'}
%endmacro

main:
        enter_protected
        enter_long
        print   `interrupt and trap gates\n`
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE, 0
        mov     rbx, rsp
        sti
        int     VECTOR
.next:  cli
        expect64 seen(0), addr(.next), "RIP"
        expect64 seen(1), LONG_CODE, "CS"
        expect64 seen(3), LONG_STACK, "RSP is pushed without a change of level"
        expect64 seen(4), LONG_DATA, "and so is SS"
        mov     rax, seen(2)
        and     eax, IF_
        expect64 rax, IF_, "saved IF"
        mov     rax, seen(6)
        and     eax, IF_
        expect64 rax, 0, "an interrupt gate clears IF"
        expect64 seen(5), LONG_STACK - 40, "five quadwords"
        set_gate64 VECTOR, LONG_CODE, addr(grab), TRAP_GATE, 0
        sti
        int     VECTOR
        cli
        mov     rax, seen(6)
        and     eax, IF_
        expect64 rax, IF_, "a trap gate keeps it"
        sub     rsp, 3
        int     VECTOR
        add     rsp, 3
        expect64 seen(3), LONG_STACK - 3, "RSP as it was"
        expect64 seen(5), LONG_STACK - 16 - 40, "the frame is aligned to 16 bytes"
        sub     rsp, 8
        int     VECTOR
        add     rsp, 8
        expect64 seen(5), LONG_STACK - 16 - 40, "always"
        pushfq
        or      qword [rsp], NT
        popfq
        int     VECTOR
        pushfq
        mov     rax, [rsp]
        and     qword [rsp], ~NT
        popfq
        and     eax, NT
        expect64 rax, NT, "IRETQ brings NT back"
        mov     rax, seen(6)
        and     eax, NT
        expect64 rax, 0, "the handler has NT clear"
        expect64 rsp, LONG_STACK, "RSP in the end"

        print   `gates that are refused\n`
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE & ~PRESENT, 0
        refuse_gate NP_, CODE_ERROR, "not present"
        %assign type 0
        %rep    14
        set_gate64 VECTOR, LONG_CODE, addr(grab), PRESENT | type, 0
        %defstr type_name type
        %strcat type_name "type ", type_name
        refuse_gate GP_, CODE_ERROR, type_name
        %assign type type + 1
        %endrep
        set_gate64 VECTOR, LONG_CODE, addr(grab), PRESENT | 0x1E, 0
        refuse_gate GP_, CODE_ERROR, "a data segment"
        fault64 GP_, 0x31 * 8 + 2, "beyond the limit of the IDT", int 0x31
        set_gate64 VECTOR, 0, addr(grab), INT_GATE, 0
        refuse_gate GP_, 0, "a null selector"
        set_gate64 VECTOR, 3, addr(grab), INT_GATE, 0
        refuse_gate GP_, 0, "a null selector with RPL 3"
        set_gate64 VECTOR, LONG_DATA, addr(grab), INT_GATE, 0
        refuse_gate GP_, LONG_DATA, "data"
        set_gate64 VECTOR, KERNEL_CODE, addr(grab), INT_GATE, 0
        refuse_gate GP_, KERNEL_CODE, "32-bit code"
        set_gate64 VECTOR, CODE16, addr(grab), INT_GATE, 0
        refuse_gate GP_, CODE16, "16-bit code"
        set_gate64 VECTOR, BOTH_CODE, addr(grab), INT_GATE, 0
        refuse_gate GP_, BOTH_CODE, "code with L and D"
        set_gate64 VECTOR, ABSENT_CODE, addr(grab), INT_GATE, 0
        refuse_gate NP_, ABSENT_CODE, "code that is not present"
        set_gate64 VECTOR, LONG_USER, addr(grab), INT_GATE, 0
        refuse_gate GP_, LONG_USER_0, "code of ring 3"
        set_gate64 VECTOR, 0x7F8, addr(grab), INT_GATE, 0
        refuse_gate GP_, 0x7F8, "beyond the limit of the GDT"
        set_gate64 VECTOR, LONG_CODE | 4, addr(grab), INT_GATE, 0
        refuse_gate GP_, LONG_CODE | 4, "in an LDT that is not there"
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE, 0
        mov     dword [abs TRY + 8], WILD >> 32
        refuse_gate GP_, 0, "an offset that is not canonical"
        set_gate64 UD_, LONG_CODE, addr(stub64_6), INT_GATE & ~PRESENT, 1
        fault64 NP_, UD_ * 8 + 3, "EXT is set behind an exception", ud2
        set_gate64 UD_, KERNEL_CODE, addr(stub64_6), INT_GATE, 1
        fault64 GP_, KERNEL_CODE + 1, "for a selector as well", ud2
        set_gate64 UD_, 0, addr(stub64_6), INT_GATE, 1
        fault64 GP_, 1, "and alone", ud2
        set_gate64 UD_, LONG_CODE, addr(stub64_6), INT_GATE, 1

        print   `IST\n`
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE, 2
        int     VECTOR
        expect64 seen(5), IST2_STACK - 40, "IST2 at CPL 0"
        expect64 seen(3), LONG_STACK, "RSP is back"
        mov     qword [abs TSS64_BASE + 0x2C], IST2_STACK - 7
        int     VECTOR
        expect64 seen(5), IST2_STACK - 16 - 40, "IST is aligned, too"
        mov     rax, WILD
        mov     [abs TSS64_BASE + 0x2C], rax
        refuse_gate SS_, 0, "an IST that is not canonical"
        mov     qword [abs TSS64_BASE + 0x2C], 0x40000000
        refuse_gate PF_, 2, "an IST in a page that is not there"
        expect_cr2 0x3FFFFFF8, "IST"
        mov     qword [abs TSS64_BASE + 0x2C], IST2_STACK
        mov     ax, SHORT_TSS
        ltr     ax
        set_gate64 TS_, LONG_CODE, addr(stub64_10), INT_GATE, 0
        refuse_gate TS_, SHORT_TSS, "a TSS that ends before IST2"
        set_gate64 TS_, LONG_CODE, addr(stub64_10), INT_GATE, 1
        and     byte [abs gdt + LONG_TSS + 5], ~2
        mov     ax, LONG_TSS
        ltr     ax

        print   `from ring 3\n`
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE, 0
        user_fault64 GP_, CODE_ERROR, "INT through a gate of DPL 0", int VECTOR
        set_gate64 VECTOR, LONG_CODE, addr(grab), (INT_GATE | RING3) & ~PRESENT, 0
        user_fault64 NP_, CODE_ERROR, "DPL 3, not present", int VECTOR
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE & ~PRESENT, 0
        user_fault64 GP_, CODE_ERROR, "DPL comes before P", int VECTOR
        user_fault64 UD_, -1, "an exception does not ask for DPL", ud2
        set_gate64 VECTOR, LONG_CODE, addr(grab), INT_GATE | RING3, 0
        user_no_fault64 "with DPL 3", int VECTOR
        expect64 seen(1), LONG_USER, "CS"
        expect64 seen(3), USER_STACK, "RSP"
        expect64 seen(4), LONG_USER_DATA, "SS"
        expect64 seen(5), KERNEL_STACK - 40, "RSP0"
        expect64 seen(7), 0, "SS is null in the handler"
        mov     qword [abs TSS64_BASE + 4], KERNEL_STACK - 9
        user_no_fault64 "RSP0 is aligned", int VECTOR
        expect64 seen(5), KERNEL_STACK - 16 - 40, "to 16 bytes"
        mov     rax, WILD
        mov     [abs TSS64_BASE + 4], rax
        user_fault64 SS_, 0, "RSP0 is not canonical", int VECTOR
        mov     qword [abs TSS64_BASE + 4], 0x40000000
        user_fault64 PF_, 2, "RSP0 in a page that is not there", int VECTOR
        mov     qword [abs TSS64_BASE + 4], KERNEL_STACK
        compat_no_fault64 "out of 32-bit code", int VECTOR
        expect64 seen(1), COMPAT_USER, "its CS"
        expect64 seen(3), USER_STACK, "its ESP"
        expect64 seen(7), 0, "a null SS here, too"
        set_gate64 VECTOR, CONFORMING, addr(grab), INT_GATE | RING3, 0
        user_no_fault64 "a conforming handler", int VECTOR
        expect64 seen(8), CONFORMING | 3, "stays at CPL 3"
        expect64 seen(5), USER_STACK - 40, "on the stack of ring 3"
        set_gate64 VECTOR, LONG_CODE, addr(grab), TRAP_GATE | RING3, 2
        user_no_fault64 "IST2 from ring 3", int VECTOR
        expect64 seen(5), IST2_STACK - 40, "its RSP"
        user_fault64 GP_, BP_ * 8 + 2, "INT3 asks for the DPL of its gate", int3
        set_gate64 BP_, LONG_CODE, addr(stub64_3), INT_GATE | RING3, 1
        run_in  LONG_USER, LONG_USER_DATA, 64, BP_, -1, 0, "INT3", int3

        print   `call gates\n`
        user_no_fault64 "CALL", call far [rel to_gate]
        expect64 seen(0), addr(.in_ring0), "the RIP of the gate"
        expect64 seen(5), KERNEL_STACK - 32, "four quadwords"
        expect64 seen(10), LONG_USER, "CS"
        expect64 seen(11), USER_STACK, "RSP"
        expect64 seen(12), LONG_USER_DATA, "SS"
        expect64 seen(7), 0, "SS is null"
        compat_no_fault64 "CALL out of 32-bit code", call GATE_0 | 3:0
        expect64 seen(10), COMPAT_USER, "its CS"
        expect64 seen(11), USER_STACK, "its ESP"
        no_fault64 "at CPL 0", call far [rel to_gate]
        expect64 seen(5), LONG_STACK - 16, "two quadwords"
        expect64 seen(10), LONG_CODE, "CS of CPL 0"
        jmp     .gates
.in_ring0:                              ; the gates lead here
        mov     [abs frame + 5 * 8], rsp
        push    rax
        lea     rax, [rel .in_ring0]
        mov     seen(0), rax
        mov     ax, ss
        movzx   eax, ax
        mov     seen(7), rax
        mov     rax, [rsp + 16]
        mov     seen(10), rax
        mov     rax, [rsp + 24]
        mov     seen(11), rax
        mov     rax, [rsp + 32]
        mov     seen(12), rax
        pop     rax
        retfq
.gates: user_fault64 GP_, GATE_DPL0, "a gate of DPL 0", call far [rel to_dpl0]
        fault64 GP_, GATE_DPL0, "RPL 3 and a gate of DPL 0", call far [rel to_dpl0]
        user_fault64 NP_, GATE_ABSENT, "not present", call far [rel to_absent]
        user_fault64 GP_, 0, "a null selector", call far [rel to_null]
        user_fault64 GP_, KERNEL_CODE, "32-bit code", call far [rel to_compat]
        user_fault64 GP_, BOTH_CODE, "code with L and D", call far [rel to_both]
        user_fault64 GP_, LONG_DATA, "data", call far [rel to_data]
        user_fault64 NP_, ABSENT_CODE, "code that is not present", call far [rel to_absent_code]
        user_fault64 GP_, 0, "an offset that is not canonical", call far [rel to_wild]
        user_fault64 GP_, GATE_16, "a gate of the 80286", call far [rel to_16]
        user_fault64 GP_, GATE_TASK, "a task gate", call far [rel to_task]
        user_fault64 GP_, GATE_TYPE, "a type in the upper half", call far [rel to_type]
        user_fault64 GP_, GATE_LAST, "a gate that the GDT cuts off", call far [rel to_last]
        user_fault64 GP_, LONG_CODE, "JMP to an inner level", jmp far [rel to_gate]
        fault64 GP_, LONG_USER_0, "to an outer level", call far [rel to_outer]
        mov     rax, WILD
        mov     [abs TSS64_BASE + 4], rax
        user_fault64 SS_, 0, "RSP0 is not canonical", call far [rel to_gate]
        mov     qword [abs TSS64_BASE + 4], KERNEL_STACK

        print   `IRETQ\n`
        iret_user "to 64-bit code", LONG_USER_DATA, LONG_USER
        iret_user "to 32-bit code", LONG_USER_DATA, COMPAT_USER
        mov     ax, LONG_DATA
        mov     ds, ax
        mov     ax, LONG_USER_DATA
        mov     es, ax
        iret_user "with DS of ring 0", LONG_USER_DATA, LONG_USER
        mov     eax, ds
        expect64 rax, 0, "DS is null then"
        mov     eax, es
        expect64 rax, LONG_USER_DATA, "ES of ring 3 stays"
        iret_frame 0, LONG_CODE, .same, 2
        iretq
.same:  expect64 rsp, USER_STACK, "the same level: RSP is popped, too"
        mov     esp, LONG_STACK
        mov     eax, ss
        expect64 rax, 0, "and a null SS"
        iret_frame LONG_DATA, KERNEL_CODE, .compat, 2
        iretq
        bits    32
.compat:
        pushfd                          ; IRETD in 32-bit code, same level: no stack
        push    dword LONG_CODE
        push    dword .again
        iretd
        bits    64
.again: expect64 rsp, USER_STACK, "IRETD out of 32-bit code pops three"
        mov     esp, LONG_STACK
        sub     rsp, 20
        mov     dword [rsp], .short
        mov     dword [rsp + 4], LONG_CODE
        mov     dword [rsp + 8], 2
        mov     dword [rsp + 12], USER_STACK
        mov     dword [rsp + 16], LONG_DATA
        iretd
.short: expect64 rsp, USER_STACK, "IRETD out of 64-bit code pops five"
        mov     esp, LONG_STACK
        iret_frame LONG_DATA, LONG_CODE, .flags, 0x2 | VM_FLAG | IOPL3 | CF
        iretq
.flags: mov     esp, LONG_STACK
        pushfq
        pop     rax
        expect64 rax, 0x2 | IOPL3 | CF, "VM is ignored, IOPL changes at CPL 0"
        push    2
        popfq
        call    begin64
        dd      .kept, 0, RETURN_VECTOR, -1
        dw      LONG_USER, LONG_USER_DATA
        db      "IRETQ at CPL 3", 0
        push    LONG_USER_DATA
        push    USER_STACK
        push    2 | IOPL3 | IF_ | CF
        push    LONG_USER
        push    home
        iretq
.kept:  call    end64
        expect64 qword [abs fault64_rflags], 2 | CF, "changes neither IOPL nor IF"
        mov     rax, WILD
        push    LONG_USER_DATA
        push    rax
        push    2
        push    LONG_USER
        push    home
        call    begin64
        dd      .wild, 0, RETURN_VECTOR, -1
        dw      0, 0
        db      "RSP may be anything", 0
        iretq
.wild:  call    end64
        add     rsp, 40
        mov     rax, WILD
        sub     rax, [abs fault64_rsp]
        expect64 rax, 0, "and is what it was"

        print   `IRETQ that is refused\n`
        iret_fault GP_, 0, "a null CS", LONG_DATA, 0, home, 2
        iret_fault GP_, LONG_DATA, "CS with data", LONG_DATA, LONG_DATA, home, 2
        iret_fault GP_, BOTH_CODE, "CS with L and D", LONG_DATA, BOTH_CODE, home, 2
        iret_fault NP_, ABSENT_CODE, "CS not present", LONG_DATA, ABSENT_CODE, home, 2
        iret_fault GP_, 0x7F8, "CS beyond the GDT", LONG_DATA, 0x7F8, home, 2
        iret_fault GP_, LONG_USER_0, "CS with DPL 3 and RPL 0", LONG_DATA, LONG_USER_0, home, 2
        iret_fault GP_, LONG_CODE, "CS with DPL 0 and RPL 3", LONG_USER_DATA, LONG_CODE | 3, home, 2
        iret_fault GP_, 0, "a null SS for ring 3", 0, LONG_USER, home, 2
        iret_fault GP_, 0, "a null SS with RPL 3", 3, LONG_USER, home, 2
        iret_fault GP_, 0, "a null SS for 32-bit code", 0, KERNEL_CODE, home, 2
        iret_fault GP_, LONG_USER_DATA_0, "SS with RPL 0 for ring 3", LONG_USER_DATA_0, LONG_USER, home, 2
        iret_fault GP_, LONG_DATA, "SS with DPL 0 for ring 3", LONG_DATA | 3, LONG_USER, home, 2
        iret_fault GP_, LONG_USER_0, "SS with code", LONG_USER, LONG_USER, home, 2
        iret_fault GP_, READ_ONLY, "SS that is read-only", READ_ONLY | 3, LONG_USER, home, 2
        iret_fault GP_, LONG_USER_DATA_0, "SS of ring 3 for ring 0", LONG_USER_DATA, LONG_CODE, home, 2
        iret_fault GP_, 0x7F8, "SS beyond the GDT", 0x7FB, LONG_USER, home, 2
        iret_fault GP_, 0, "RIP is not canonical", LONG_USER_DATA, LONG_USER, WILD, 2
        iret_fault GP_, 0, "nor at the same level", LONG_DATA, LONG_CODE, WILD, 2
        iret_fault GP_, 0, "EIP beyond the limit", LONG_DATA, CODE16, 0x10000, 2
        pushfq
        or      qword [rsp], NT
        popfq
        iret_fault GP_, 0, "NT is set", LONG_DATA, LONG_CODE, home, 2
        pushfq
        and     qword [rsp], ~NT
        popfq
        iret_fault NP_, ABSENT_DATA, "SS not present", ABSENT_DATA | 3, LONG_USER, home, 2
        run_in  LONG_USER, LONG_USER_DATA, 64, GP_, LONG_CODE, 0, "to an inner level", jmp .inner
        jmp     .more
.inner: push    LONG_DATA
        push    LONG_STACK
        push    2
        push    LONG_CODE
        push    home
        iretq
.more:  call    begin64
        dd      .stack, 0, SS_, 0
        dw      0, 0
        db      "a stack that is not canonical", 0
        mov     rsp, WILD
        iretq
.stack: call    end64
        call    begin64
        dd      .page, 0, PF_, 0
        dw      0, 0
        db      "a stack in a page that is not there", 0
        mov     esp, 0x40000000
        iretq
.page:  call    end64
        mov     rax, cr2
        shr     rax, 12
        expect64 rax, 0x40000, "CR2 lies in that page"
        finish

        bits    64
; grab: notes the frame (0 to 4), RSP (5), RFLAGS (6), SS (7), CS (8)
grab:   push    rax
        lea     rax, [rsp + 8]
        mov     seen(5), rax
        mov     rax, [rsp + 8]
        mov     seen(0), rax
        mov     rax, [rsp + 16]
        mov     seen(1), rax
        mov     rax, [rsp + 24]
        mov     seen(2), rax
        mov     rax, [rsp + 32]
        mov     seen(3), rax
        mov     rax, [rsp + 40]
        mov     seen(4), rax
        pushfq
        pop     qword [abs frame + 6 * 8]
        mov     eax, ss
        mov     seen(7), rax
        mov     eax, cs
        mov     seen(8), rax
        pop     rax
        iretq
home:   int     RETURN_VECTOR           ; the same bytes in 32-bit code

VM_FLAG         equ 0x20000
IOPL3           equ 0x3000
        align   8, db 0
frame:  times 13 dq 0
%macro pointer 2
%1:     dq      0
        dw      %2
%endmacro
        pointer to_gate, GATE_0 | 3
        pointer to_dpl0, GATE_DPL0 | 3
        pointer to_absent, GATE_ABSENT
        pointer to_null, GATE_NULL
        pointer to_compat, GATE_COMPAT
        pointer to_both, GATE_BOTH
        pointer to_data, GATE_DATA
        pointer to_absent_code, GATE_ABSENT_CODE
        pointer to_wild, GATE_WILD
        pointer to_16, GATE_16
        pointer to_task, GATE_TASK
        pointer to_type, GATE_TYPE
        pointer to_last, GATE_LAST
        pointer to_outer, GATE_OUTER

; gate64 NAME, SELECTOR, ACCESS, UPPER, TYPE
%macro gate64 5
        gate    %1, %2, addr(main.in_ring0), %3, 0
        dd      %4, %5
%endmacro
        begin_gdt
        long_descriptors
        descriptor BOTH_CODE, 0, 0xFFFFF, CODE_RX, GRANULAR | BIG | L_BIT
        descriptor ABSENT_CODE, 0, 0xFFFFF, CODE_RX & ~PRESENT, GRANULAR | L_BIT
        descriptor ABSENT_DATA, 0, 0xFFFFF, (DATA_RW | RING3) & ~PRESENT, GRANULAR | BIG
        descriptor READ_ONLY, 0, 0xFFFFF, DATA_RO | RING3, GRANULAR | BIG
        descriptor CONFORMING, 0, 0xFFFFF, CODE_CONFORMING, GRANULAR | L_BIT
        descriptor SHORT_TSS, TSS64_BASE, 0x2B, TSS_TYPE, 0
        dq      0
        gate64  GATE_0, LONG_CODE, CALL64 | RING3, 0, 0
        gate64  GATE_DPL0, LONG_CODE, CALL64, 0, 0
        gate64  GATE_ABSENT, LONG_CODE, (CALL64 | RING3) & ~PRESENT, 0, 0
        gate64  GATE_NULL, 0, CALL64 | RING3, 0, 0
        gate64  GATE_COMPAT, KERNEL_CODE, CALL64 | RING3, 0, 0
        gate64  GATE_BOTH, BOTH_CODE, CALL64 | RING3, 0, 0
        gate64  GATE_DATA, LONG_DATA, CALL64 | RING3, 0, 0
        gate64  GATE_ABSENT_CODE, ABSENT_CODE, CALL64 | RING3, 0, 0
        gate64  GATE_WILD, LONG_CODE, CALL64 | RING3, WILD >> 32, 0
        gate64  GATE_16, LONG_CODE, PRESENT | RING3 | 4, 0, 0
        gate64  GATE_TASK, LONG_CODE, PRESENT | RING3 | 5, 0, 0
        gate64  GATE_TYPE, LONG_CODE, CALL64 | RING3, 0, 0x0C00
        gate64  GATE_OUTER, LONG_USER, CALL64, 0, 0
        gate    GATE_LAST, LONG_CODE, addr(main.in_ring0), CALL64 | RING3, 0
        end_gdt
        %include "end.inc"
