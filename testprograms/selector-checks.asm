; teaches: asking about a selector without a fault: LAR, LSL, VERR, VERW, and ARPL which lowers a caller's claim
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG does not set the accessed bit when CS is loaded
; expect-serial: lar
; expect-serial: lsl
; expect-serial: verr, verw
; expect-serial: arpl
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

; ask OP, SELECTOR, ZF, "name": into EBX
%macro ask 4
        mov     eax, %2
        mov     ebx, 0xDEADBEEF
        %1      ebx, eax
        expect_flags %3, ZF, {%4, ' ZF'}
  %if %3 == 0
        expect32 ebx, 0xDEADBEEF, {%4, ' leaves its target'}
  %endif
%endmacro

%macro verify 4
        mov     eax, %2
        %1      ax
        expect_flags %3, ZF, %4
%endmacro

main:
        enter_protected
        xor     eax, eax
        lldt    ax
        print   `lar\n`
        ask     lar, BYTES, ZF, "lar data"
        and     ebx, 0x00F0FF00         ; bits 19..16 are undefined
        expect32 ebx, DATA_RW << 8 | 0x00400000, "lar data"
        ask     lar, KERNEL_CODE, ZF, "lar code"
        and     ebx, 0x00F0FF00
        expect32 ebx, (CODE_RX | 1) << 8 | 0x00C00000, "lar code, accessed"
        mov     eax, BYTES
        mov     ebx, 0xDEADBEEF
        lar     bx, ax
        expect32 ebx, 0xDEAD0000 | DATA_RW << 8, "lar with 16 bits"
        ask     lar, A_GATE, ZF, "lar call gate"
        ask     lar, MAIN_TSS, ZF, "lar busy TSS"
        ask     lar, AN_LDT, ZF, "lar LDT"
        ask     lar, INTERRUPT_GATE, 0, "lar interrupt gate"
        ask     lar, 0, 0, "lar null"
        ask     lar, 0xFFF8, 0, "lar beyond the table"
        ask     lar, BYTES | 4, 0, "lar without an LDT"
        ask     lar, ABSENT, ZF, "lar not present"
        ask     lar, KERNEL_DATA | 3, 0, "lar RPL 3, DPL 0"
        ask     lar, CONFORMING | 3, ZF, "lar RPL 3, conforming"

        print   `lsl\n`
        ask     lsl, BYTES, ZF, "lsl bytes"
        expect32 ebx, 0x1234, "lsl bytes"
        ask     lsl, KERNEL_DATA, ZF, "lsl pages"
        expect32 ebx, 0xFFFFFFFF, "lsl pages"
        ask     lsl, PAGES, ZF, "lsl two pages"
        expect32 ebx, 0x1FFF, "lsl two pages"
        ask     lsl, MAIN_TSS, ZF, "lsl TSS"
        expect32 ebx, 0x67, "lsl TSS"
        ask     lsl, A_GATE, 0, "lsl call gate"
        ask     lsl, 0, 0, "lsl null"

        print   `verr, verw\n`
        verify  verr, KERNEL_DATA, ZF, "verr data"
        verify  verw, KERNEL_DATA, ZF, "verw data"
        verify  verr, READ_ONLY, ZF, "verr read-only"
        verify  verw, READ_ONLY, 0, "verw read-only"
        verify  verr, KERNEL_CODE, ZF, "verr readable code"
        verify  verw, KERNEL_CODE, 0, "verw code"
        verify  verr, EXECUTE_ONLY, 0, "verr execute-only"
        verify  verr, MAIN_TSS, 0, "verr TSS"
        verify  verr, 0, 0, "verr null"
        verify  verr, 0xFFF8, 0, "verr beyond the table"
        verify  verr, KERNEL_DATA | 3, 0, "verr RPL 3, DPL 0"
        verify  verw, USER_DATA, ZF, "verw ring-3 data"
        as_user 0, jmp user_asks
        expect32 [fault_vector], RETURN_VECTOR, "ring 3 may ask"
        expect32 ecx, 0, "verr ring-0 data from ring 3"
        expect32 edx, 1, "verr ring-3 data from ring 3"

        print   `arpl\n`
        mov     eax, 0x1230
        mov     ebx, 0x0003
        arpl    ax, bx
        expect_flags ZF, ZF, "arpl raises the RPL"
        expect32 eax, 0x1233, "arpl result"
        mov     ebx, 0x0002
        arpl    ax, bx
        expect_flags 0, ZF, "arpl leaves a higher RPL"
        expect32 eax, 0x1233, "arpl unchanged"
        mov     word [cell], 0x4440
        mov     ebx, 1
        arpl    [cell], bx
        expect16 [cell], 0x4441, "arpl memory"
        finish

user_asks:
        mov     eax, KERNEL_DATA
        mov     ecx, 0
        verr    ax
        setz    cl
        mov     eax, USER_DATA_0
        mov     edx, 0
        verr    ax
        setz    dl
        int     RETURN_VECTOR

cell:   dw 0
        begin_gdt
        descriptor BYTES, 0, 0x1234, DATA_RW, BIG
        descriptor PAGES, 0, 1, DATA_RW, BIG | GRANULAR
        descriptor ABSENT, 0, 0xFFFF, DATA_RW & ~PRESENT, 0
        descriptor READ_ONLY, 0, 0xFFFFF, DATA_RO, GRANULAR | BIG
        descriptor EXECUTE_ONLY, 0, 0xFFFF, CODE_XO, BIG
        descriptor CONFORMING, 0, 0xFFFFF, CODE_CONFORMING, GRANULAR | BIG
        descriptor AN_LDT, 0x3000, 0xF, LDT_TYPE, 0
        gate    A_GATE, KERNEL_CODE, addr(main), CALL_GATE, 0
        gate    INTERRUPT_GATE, KERNEL_CODE, addr(main), INT_GATE, 0
        end_gdt
        %include "end.inc"
