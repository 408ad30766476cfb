; Writes a sector that begins as a qcow2 image does over the disk's first one, and ends with the BIOS's status.
        bits 16
        org 7C00h
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 7C00h
        mov dword [8000h], 0FB494651h
        mov si, packet
        mov dl, 80h
        mov ax, 4300h
        int 13h
        mov al, ah
        mov dx, 0F4h
        out dx, al
        hlt
        align 4
packet: db 16, 0
        dw 1
        dw 8000h, 0
        dq 0
        times 510 - ($ - $$) db 0
        dw 0AA55h
        times 65536 - ($ - $$) db 0
