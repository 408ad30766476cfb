; fw_cfg.asm - QEMU's firmware configuration device: files that the machine has for its firmware.
; See QEMU's docs/specs/fw_cfg.rst. Only the DMA interface is used for content: it moves any number of
; bytes to any address, above 1 MiB too, before the OUT that starts it is over.

FW_CFG_SELECTOR equ 0x510
FW_CFG_DATA     equ 0x511
FW_CFG_DMA      equ 0x514       ; big-endian: bits 63-32 of the structure's address, then 31-0

FW_CFG_SIGNATURE equ 0x00
FW_CFG_DIRECTORY equ 0x19

FW_CFG_ERROR    equ 0x01        ; control word
FW_CFG_READ     equ 0x02
FW_CFG_SKIP     equ 0x04
FW_CFG_SELECT   equ 0x08

FW_CFG_NAME     equ 56          ; bytes of a name in the directory

%macro SWAP_EAX 0                       ; between big- and little-endian; BSWAP came with the 486
        xchg    al, ah
        ror     eax, 16
        xchg    al, ah
%endmacro

; CF = 1: no such device, or one without DMA. Clobbers EAX and DX.
fw_cfg_probe:
        mov     dx, FW_CFG_SELECTOR
        mov     ax, FW_CFG_SIGNATURE
        out     dx, ax
        call    fw_cfg_dword
        cmp     eax, "QEMU"
        jne     .none
        mov     dx, FW_CFG_DMA
        in      eax, dx
        cmp     eax, "QEMU"
        jne     .none
        mov     dx, FW_CFG_DMA + 4
        in      eax, dx
        cmp     eax, " CFG"
        jne     .none
        clc
        ret
.none:  stc
        ret

; The next four bytes of the selected item, in the order of memory. Clobbers DX.
fw_cfg_dword:
        push    cx
        mov     cx, 4
        mov     dx, FW_CFG_DATA
.next:  in      al, dx
        ror     eax, 8
        loop    .next
        pop     cx
        ret

; Begin to read the directory: ECX = how many files. Clobbers EAX and DX.
fw_cfg_directory:
        mov     dx, FW_CFG_SELECTOR
        mov     ax, FW_CFG_DIRECTORY
        out     dx, ax
        call    fw_cfg_dword
        SWAP_EAX
        mov     ecx, eax
        ret

; The next entry: EBX = size, AX = key, its name at ES:DI (FW_CFG_NAME bytes). Clobbers DX.
fw_cfg_entry:
        call    fw_cfg_dword
        SWAP_EAX
        mov     ebx, eax
        call    fw_cfg_dword            ; key and a reserved word
        xchg    al, ah
        push    di
        push    cx
        mov     cx, FW_CFG_NAME
        mov     dx, FW_CFG_DATA
        rep     insb
        pop     cx
        pop     di
        ret

; Find the file whose name is at CS:SI: CF = 0, AX = key, EBX = size. CF = 1: there is none.
; The name of each file goes to FS:EBDA_NAME on the way. Clobbers EAX, ECX, DX.
fw_cfg_find:
        push    es
        push    di
        push    fs
        pop     es
        call    fw_cfg_probe
        jc      .done
        call    fw_cfg_directory
.next:  sub     ecx, 1
        jc      .done
        mov     di, EBDA_NAME
        call    fw_cfg_entry
        push    si
.char:  mov     dl, [cs:si]
        cmp     dl, [es:di]
        jne     .other
        inc     si
        inc     di
        test    dl, dl
        jnz     .char
        pop     si
        clc
.done:  pop     di
        pop     es
        ret
.other: pop     si
        jmp     .next

; Read ECX bytes of item AX, from byte EBX on, to physical address EDI. CF = 1: it could not be done.
; What lies behind the item's end reads as zeros. All registers are kept.
fw_cfg_read:
        pushad
        movzx   eax, ax
        shl     eax, 16
        push    ecx
        or      al, FW_CFG_SELECT | FW_CFG_SKIP
        mov     ecx, ebx
        call    .transfer
        pop     ecx
        jc      .done
        mov     eax, FW_CFG_READ
        call    .transfer
.done:  popad
        ret

; EAX = control, ECX = length, EDI = address. The structure is made on the stack. Clobbers EAX, EDX, ESI.
.transfer:
        mov     esi, eax
        mov     eax, edi
        SWAP_EAX
        push    eax
        push    dword 0                 ; address, bits 63-32
        mov     eax, ecx
        SWAP_EAX
        push    eax
        mov     eax, esi
        SWAP_EAX
        push    eax
        xor     eax, eax
        mov     dx, FW_CFG_DMA
        out     dx, eax
        mov     ax, ss
        shl     eax, 4
        movzx   esi, sp
        add     eax, esi
        SWAP_EAX
        add     dx, 4
        out     dx, eax                 ; now it happens
        pop     eax
        add     sp, 12
        cmp     eax, 1                  ; CF = 1 when it is zero: all is well
        cmc
        ret
