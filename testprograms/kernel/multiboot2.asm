; teaches: Multiboot 2: what the loader leaves in the registers and in its list of tags
; Run with -append 'two words' -initrd 'FILE text', FILE of 5 bytes that begins with 'abcd', and -m 32.
        bits    32
%include "entry.inc"

        section .header align=8
header: dd      0xE85250D6, 0, header_end - header, -(0xE85250D6 + header_end - header)
        dw      1, 0                    ; wanted: command line, modules, memory, map
        dd      24, 1, 3, 4, 6
        dw      4, 1                    ; a console, if there is one
        dd      12, 0
        dd      0                       ; to a multiple of 8
        dw      0, 0
        dd      8
header_end:

        section .text
        global  _start
_start: mov     esp, stack_top
        expect  0x01, eax, 0x36D76289
        expect_flat_protected_mode
        mov     eax, ebx
        and     eax, 7
        expect  0x02, eax, 0
        mov     ebp, [ebx]              ; the end of the list
        add     ebp, ebx
        lea     esi, [ebx + 8]
next:   mov     eax, [esi]
        mov     ecx, [esi + 4]
        cmp     eax, 0
        je      end
        cmp     eax, 1
        je      line
        cmp     eax, 3
        je      module
        cmp     eax, 4
        je      memory
        cmp     eax, 6
        je      map
step:   add     ecx, 7
        and     ecx, ~7
        add     esi, ecx
        jmp     next

line:   or      dword [seen], 1
        expect  0x03, ecx, 8 + 10
        expect  0x04, dword [esi + 8], "two "
        expect  0x05, dword [esi + 12], "word"
        expect  0x06, word [esi + 16], "s"
        jmp     step
module: or      dword [seen], 2
        mov     eax, [esi + 8]
        expect  0x07, dword [eax], "abcd"
        mov     edx, [esi + 12]
        sub     edx, eax
        expect  0x08, edx, 5
        and     eax, 0xFFF
        expect  0x09, eax, 0            ; at a page boundary
        jmp     step
memory: or      dword [seen], 4
        mov     eax, [esi + 8]          ; 639 KiB, or a little less
        shr     eax, 5
        expect  0x0A, eax, 639 >> 5
        mov     eax, [esi + 12]         ; 31 MiB, or a little less
        add     eax, 1023
        shr     eax, 10
        expect  0x0B, eax, 31
        jmp     step
map:    or      dword [seen], 8
        expect  0x0C, dword [esi + 8], 24
        expect  0x0D, dword [esi + 12], 0
        xor     edi, edi                ; bytes of RAM
        lea     edx, [esi + 16]
.entry: lea     eax, [esi + ecx]
        cmp     edx, eax
        jae     .end
        cmp     dword [edx + 16], 1
        jne     .other
        add     edi, [edx + 8]
.other: add     edx, 24
        jmp     .entry
.end:   add     edi, 0x0FFFFF
        shr     edi, 20
        expect  0x0E, edi, 32
        jmp     step
end:    expect  0x0F, ecx, 8
        add     esi, 8
        expect  0x11, esi, ebp
        expect  0x12, dword [seen], 15
        finish

        section .bss
seen:   resd    1
        alignb  16
        resb    4096
stack_top:
