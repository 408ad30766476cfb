; teaches: PVH: a note in the ELF file names a 32-bit entry point, and EBX is a structure of Xen's
; Run with -append 'two words' -initrd FILE, FILE of 5 bytes that begins with 'abcd', and -m 32.
        bits    32
%include "entry.inc"

        section .note.Xen note alloc noexec nowrite align=4
        dd      4, 4, 18                ; sizes of name and content; XEN_ELFNOTE_PHYS32_ENTRY
        db      "Xen", 0
        dd      pvh_entry

        section .text
        global  _start
_start: mov     al, 0x7E                ; not this one
        jmp     leave_with
pvh_entry:
        mov     esp, stack_top
        expect  0x01, dword [ebx], 0x336EC578
        expect  0x02, dword [ebx + 4], 1 ; version
        expect_flat_protected_mode
        expect  0x03, dword [ebx + 12], 1 ; a module
        mov     esi, [ebx + 16]
        expect  0x04, dword [ebx + 20], 0
        expect  0x05, dword [esi + 8], 5
        mov     esi, [esi]
        expect  0x06, dword [esi], "abcd"
        mov     esi, [ebx + 24]
        expect  0x07, dword [esi], "two "
        expect  0x08, dword [esi + 4], "word"
        expect  0x09, word [esi + 8], "s"
        mov     esi, [ebx + 40]         ; memory map
        mov     ecx, [ebx + 48]
        xor     edi, edi
.entry: cmp     dword [esi + 16], 1
        jne     .other
        add     edi, [esi + 8]
.other: add     esi, 24
        loop    .entry
        add     edi, 0x0FFFFF
        shr     edi, 20
        expect  0x0A, edi, 32
        finish

        section .bss
        alignb  16
        resb    4096
stack_top:
