; teaches: QEMU's firmware configuration device: items by key, files by name, and DMA that is done when OUT returns
; run: --budget 50000000
; media: floppy
; qemu: same
; bochs: differs, it has no such device
; expect-serial: signature and revision
; expect-serial: directory
; expect-serial: dma
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

SELECTOR        equ 0x510
DATA            equ 0x511
DMA             equ 0x514
KEY_ID          equ 0x01
KEY_RAM_SIZE    equ 0x03
KEY_DIRECTORY   equ 0x19
ERROR           equ 1
READ            equ 2
SKIP            equ 4
SELECT          equ 8
WRITE           equ 16

%macro select 1
        mov     dx, SELECTOR
        mov     ax, %1
        out     dx, ax
%endmacro

; dma CONTROL, LENGTH, ADDRESS; what control holds afterwards is in EAX
%macro dma 3
        mov     dword [access], %1
        mov     dword [access + 4], %2
        mov     dword [access + 8], 0
        mov     dword [access + 12], %3
        call    start_dma
%endmacro

main:
        print   `signature and revision\n`
        select  0
        call    read_dword
        expect32 eax, 'QEMU', "signature"
        call    read_dword
        expect32 eax, 0, "zeros behind an item's end"
        select  0
        mov     dx, SELECTOR
        in      al, dx
        expect8 al, 'Q', "the selector's port gives bytes, too"
        mov     dx, DATA
        in      al, dx
        expect8 al, 'E', "and they share the place"
        mov     al, 'X'
        out     dx, al                  ; no item is written this way
        in      al, dx
        expect8 al, 'M', "a byte written does nothing"
        mov     dx, SELECTOR
        in      ax, dx
        expect16 ax, 0, "a word cannot be read"
        mov     dx, DATA
        in      al, dx
        expect8 al, 'U', "and takes nothing away"
        select  KEY_ID
        call    read_dword
        expect32 eax, 3, "revision: traditional and DMA"
        select  0x3333
        call    read_dword
        expect32 eax, 0, "no such item"
        select  0xFFFF
        call    read_dword
        expect32 eax, 0, "no such item either"

        print   `directory\n`
        select  KEY_DIRECTORY
        call    read_dword
        bswap   eax
        mov     ecx, eax                ; how many
        mov     ebp, 0x1F               ; the key before
        xor     ebx, ebx                ; size of etc/e820 when it was met
.file:
        call    read_dword
        bswap   eax
        mov     [size], eax
        call    read_dword
        bswap   eax
        shr     eax, 16
        dec     eax
        expect32 eax, ebp, "keys come one after another"
        inc     eax
        mov     ebp, eax
        mov     di, name
        push    cx
        mov     cx, 56
        mov     dx, DATA
        rep     insb
        pop     cx
        cmp     dword [name], 'etc/'
        jne     .next
        cmp     dword [name + 4], 'e820'
        jne     .next
        cmp     byte [name + 8], 0
        jne     .next
        mov     ebx, [size]
        mov     [e820_key], bp
.next:
        dec     cx
        jnz     .file
        mov     eax, ebx
        xor     edx, edx
        mov     ecx, 20
        div     ecx
        expect32 edx, 0, "e820: entries of 20 bytes"
        cmp     eax, 1
        setae   al
        expect8 al, 1, "e820: at least one"

        print   `dma\n`
        mov     dx, DMA
        in      eax, dx
        expect32 eax, 'QEMU', "DMA signature"
        mov     dx, DMA + 4
        in      eax, dx
        expect32 eax, ' CFG', "DMA signature, low"
        call    fill
        dma     READ | SELECT, 6, buffer
        expect32 eax, 0, "done when OUT returns"
        expect32 [buffer], 'QEMU', "signature by DMA"
        expect32 [buffer + 4], 0xEEEE0000, "zeros behind the end, no more than asked for"
        select  KEY_RAM_SIZE
        call    read_qword
        dma     KEY_RAM_SIZE << 16 | SKIP | SELECT, 2, 0
        expect32 eax, 0, "skip"
        call    fill
        dma     READ, 4, buffer
        mov     ax, [ram_size + 2]
        expect16 [buffer], ax, "DMA goes on where it skipped to"
        mov     ax, [ram_size + 4]
        expect16 [buffer + 2], ax, "and on"
        call    read_dword
        movzx   ebx, word [ram_size + 6]
        expect32 eax, ebx, "as the data port does"
        dma     KEY_RAM_SIZE << 16 | WRITE | SELECT, 8, buffer
        expect32 eax, ERROR, "RAM size is not written"
        dma     0, 8, buffer
        expect32 eax, 0, "nothing to do"
        movzx   eax, word [e820_key]
        shl     eax, 16
        or      eax, READ | SELECT
        mov     [access], eax
        mov     dword [access + 4], 20
        mov     dword [access + 8], 0
        mov     dword [access + 12], buffer
        call    start_dma
        expect32 eax, 0, "e820 by DMA"
        expect32 [buffer], 0, "e820: RAM starts at 0"
        expect32 [buffer + 16], 1, "e820: of type RAM"
        call    fill
        dma     READ | SELECT, 0, buffer
        expect32 eax, 0, "no bytes"
        expect32 [buffer], 0xEEEEEEEE, "no bytes were written"
        finish

read_qword:
        call    read_dword
        mov     [ram_size], eax
        call    read_dword
        mov     [ram_size + 4], eax
        ret
read_dword:
        push    ecx
        mov     ecx, 4
        mov     dx, DATA
.next:  in      al, dx
        ror     eax, 8
        loop    .next
        pop     ecx
        ret
fill:   mov     di, buffer
        mov     cx, 32
        mov     al, 0xEE
        rep     stosb
        ret
; The structure is big-endian, and so are the two halves of its address.
start_dma:
        mov     eax, [access]
        bswap   eax
        mov     [access], eax
        mov     eax, [access + 4]
        bswap   eax
        mov     [access + 4], eax
        mov     eax, [access + 12]
        bswap   eax
        mov     [access + 12], eax
        mov     dx, DMA
        xor     eax, eax
        out     dx, eax
        mov     eax, access
        bswap   eax
        mov     dx, DMA + 4
        out     dx, eax
        mov     eax, [access]
        bswap   eax
        ret

        align 4
access:         times 4 dd 0
buffer:         times 32 db 0
name:           times 56 db 0
size:           dd 0
ram_size:       dd 0, 0
e820_key:       dw 0
        %include "end.inc"
