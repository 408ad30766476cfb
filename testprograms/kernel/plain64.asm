; teaches: a 64-bit ELF file is entered in 64-bit mode, with the first 4 GiB mapped to themselves
        bits    64
        default rel
%include "entry.inc"
        section .text
        nop
        global  _start
_start: mov     rsp, stack_top
        mov     rax, cr0
        mov     ecx, 0x80000001
        and     rax, rcx
        expect  0x01, rax, rcx
        mov     ecx, 0xC0000080         ; EFER: LMA and LME
        rdmsr
        and     eax, 0x500
        expect  0x02, eax, 0x500
        pushfq
        pop     rax
        and     eax, 0x200
        expect  0x03, eax, 0
        expect  0x04, dword [variable], 0x11223344
        mov     edi, 0xFFFFFFF0         ; the last page of the 4 GiB: the reset vector's far jump
        expect  0x05, byte [rdi], 0xEA
        mov     rax, 0x123456789ABCDEF0
        push    rax
        pop     rcx
        expect  0x06, rax, rcx
        finish
        section .data
variable:
        dd      0x11223344
        section .bss
        alignb  16
        resb    4096
stack_top:
