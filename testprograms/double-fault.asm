; teaches: which two exceptions make a double fault, and that its gate can still be used to tell the story
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG leaves the EXT bit out of the error code
; expect-serial: two contributory exceptions
; expect-serial: benign first
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Contributory are #DE, #TS, #NP, #SS and #GP (SDM 3A, table 6-5). The saved address of a double fault is
; undefined and not looked at.

        %include "boot.inc"
        %include "pm.inc"

; absent VECTOR / present VECTOR: the present bit of its gate
%macro absent 1
        and     byte [IDT_BASE + (%1) * 8 + 5], ~PRESENT
%endmacro
%macro present 1
        or      byte [IDT_BASE + (%1) * 8 + 5], PRESENT
%endmacro

; provoke "name", VECTOR, ERROR, INSTRUCTION
%macro provoke 4+
        mov     dword [fault_vector], -1
        mov     dword [fault_error], -1
        mov     dword [fault_resume], %%after
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        %4
%%after:
        expect32 [fault_vector], %2, {%1, ' vector'}
        expect32 [fault_error], %3, {%1, ' error code'}
%endmacro

main:
        enter_protected
        print   `two contributory exceptions\n`
        absent  GP_
        mov     eax, 0xFFF8
        provoke "#GP, then #NP for its gate", DF_, 0, mov fs, ax
        absent  NP_
        provoke "#GP, then #NP whose gate is absent too", DF_, 0, mov fs, ax
        present NP_
        present GP_
        absent  DE_
        xor     ecx, ecx
        provoke "#DE, then #NP for its gate", DF_, 0, div ecx
        present DE_
        mov     word [IDT_BASE + GP_ * 8 + 2], KERNEL_DATA
        provoke "#GP, then #GP: its gate leads to a data segment", DF_, 0, mov fs, ax
        mov     word [IDT_BASE + GP_ * 8 + 2], KERNEL_CODE

        print   `benign first\n`
; #UD is benign: the #NP for its gate is delivered as such. EXT (bit 0) says that it came on the way to another
        absent  UD_
        provoke "#UD, then #NP for its gate", NP_, UD_ * 8 + 3, ud2
        present UD_
        set_gate 0x20, KERNEL_CODE, addr(main), INT_GATE & ~PRESENT
        provoke "INT 20h, then #NP for its gate: a software interrupt, no EXT", NP_, 0x20 * 8 + 2, int 0x20
        mov     word [IDT_BASE + UD_ * 8 + 2], KERNEL_DATA
        provoke "#UD, then #GP: its gate leads to a data segment", GP_, KERNEL_DATA | 1, ud2
        mov     word [IDT_BASE + UD_ * 8 + 2], KERNEL_CODE
        expect_fault UD_, -1, "all in order again", ud2
        finish

        begin_gdt
        end_gdt
        %include "end.inc"
