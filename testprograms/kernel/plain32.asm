; teaches: an ELF file without any boot protocol is entered where its header says, in 32-bit protected mode
        bits    32
%include "entry.inc"
        section .text
        nop
        global  _start
_start: mov     esp, stack_top
        expect_flat_protected_mode
        expect  0x01, dword [variable], 0x11223344
        expect  0x02, dword [zeros], 0
        expect  0x03, dword [zeros + 8188], 0
        finish
        section .data
variable:
        dd      0x11223344
        section .bss
zeros:  resb    8192
        alignb  16
        resb    4096
stack_top:
