; Writes sectors of its disk for ever, each with a number of its own in every dword, and flushes the drive's cache behind each.
; Port E9h, where the BIOS has written before: WRITE, then the number of each that is flushed (4 bytes and a line feed). An error ends it: isa-debug-exit at F4h gets the
; BIOS's status or the drive's error.
; Number n goes to sector 1 + 7 * (n mod 1024): many clusters of an image.
        bits 16
        org 7C00h
start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7C00h
        sti
        mov ebp, 1
        mov si, mark
        mov cx, 5
        mov dx, 0E9h
        cld
        rep outsb
next:   mov edi, 8000h
        mov eax, ebp
        mov ecx, 128
        cld
        rep stosd
        mov eax, ebp
        and eax, 1023
        imul eax, eax, 7
        inc eax
        mov [packet + 8], eax
        mov si, packet
        mov dl, 80h
        mov ax, 4300h
        int 13h
        jc failed
        mov dx, 1F6h            ; FLUSH CACHE to the master
        mov al, 0E0h
        out dx, al
        inc dx
        mov al, 0E7h
        out dx, al
busy:   in al, dx
        test al, 80h
        jnz busy
        test al, 21h            ; ERR or DF
        mov ah, al
        jnz failed
        mov eax, ebp
        mov cx, 4
        mov dx, 0E9h
digit:  out dx, al
        shr eax, 8
        loop digit
        mov al, 10
        out dx, al
        inc ebp
        jmp next
failed: mov al, ah
        mov dx, 0F4h
        out dx, al
        hlt
mark:   db 'WRITE'
        align 4
packet: db 16, 0
        dw 1
        dw 8000h, 0
        dq 0
        times 510 - ($ - $$) db 0
        dw 0AA55h
        times 4194304 - ($ - $$) db 0
