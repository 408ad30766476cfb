; teaches: the 8042 keyboard controller: status, self tests, command byte, and talking to the keyboard behind it
; run: --budget 1000000000
; media: floppy
; qemu: same
; expect-serial: controller
; expect-serial: keyboard
; expect-serial: interrupt
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"

; to the controller (port 64h) and its data port; answer: AL = next byte, AH = 0, or AX = FFFFh after a while
%macro command 1
        mov     al, %1
        call    send_command
%endmacro
%macro data 1
        mov     al, %1
        call    send_data
%endmacro
; talk BYTE, ANSWER, "name": a byte for the keyboard and its answer
%macro talk 3
        data    %1
        call    answer
        expect16 ax, %2, %3
%endmacro

main:
        cli
        in      al, 0x21
        mov     [old_mask], al
        or      al, 2                   ; we read the bytes ourselves
        out     0x21, al
        call    drain

        print   `controller\n`
        command 0x20                    ; read the command byte
        call    answer
        mov     [old_command], al
        command 0xAD                    ; keyboard off
        command 0xAA
        call    answer
        expect16 ax, 0x55, "self test"
        command 0x60                    ; write the command byte: no interrupts, keyboard off, no translation
        data    0x34
        command 0x20
        call    answer
        and     ax, 0x70 | 0x03
        expect16 ax, 0x30, "command byte reads back"
        command 0xAB
        call    answer
        expect16 ax, 0x00, "keyboard line test"
        command 0xD2                    ; puts a byte into the output buffer as if the keyboard had sent it
        data    0x42
        in      al, 0x64
        and     al, 0x21
        expect8 al, 0x01, "output buffer full, not from the mouse"
        call    answer
        expect16 ax, 0x42, "the byte comes back"
        in      al, 0x64
        and     al, 1
        expect8 al, 0, "and the buffer is empty"

        print   `keyboard\n`
        command 0xAE
        command 0x60
        data    0x24                    ; keyboard on, no interrupts, no translation
        talk    0xEE, 0xEE, "echo"
        talk    0xFF, 0xFA, "reset: acknowledge"
        call    answer_slowly
        expect16 ax, 0xAA, "reset: test passed"
        talk    0xF5, 0xFA, "disable scanning"
        talk    0xF2, 0xFA, "identify: acknowledge"
        call    answer
        expect16 ax, 0xAB, "identify: first byte"
        call    answer
        expect16 ax, 0x83, "identify: second byte, an MF2 keyboard"
        talk    0xED, 0xFA, "lights: acknowledge"
        talk    0x02, 0xFA, "lights: Num Lock on"
        talk    0xED, 0xFA, "lights again"
        talk    0x00, 0xFA, "lights: all off"
        talk    0xF3, 0xFA, "repeat rate: acknowledge"
        talk    0x20, 0xFA, "repeat rate"
        talk    0xF0, 0xFA, "scan code set: acknowledge"
        talk    0x00, 0xFA, "scan code set: query"
        call    answer
        expect16 ax, 0x02, "scan code set 2"
        talk    0xF6, 0xFA, "defaults"
        talk    0xF4, 0xFA, "enable scanning"

        print   `interrupt\n`
        mov     eax, [9 * 4]
        mov     [old_vector], eax
        mov     dword [9 * 4], key
        command 0x60
        data    0x25                    ; with IRQ 1, no translation
        in      al, 0x21
        mov     [mask_before], al
        mov     al, 0xFD
        out     0x21, al
        sti                             ; an old edge may still be latched: let it pass
        nop
        nop
        mov     byte [keys], 0
        data    0xEE                    ; the echo arrives as an interrupt
        mov     ecx, 1000000
.wait:  cmp     byte [keys], 1
        jae     .arrived
        in      al, 0x61
        a32 loop .wait
.arrived:
        cli
        mov     al, [keys]
        expect8 al, 1, "one interrupt"
        mov     al, [key_byte]
        expect8 al, 0xEE, "with the echo"
        mov     al, [mask_before]
        out     0x21, al
        command 0x60
        data    [old_command]
        mov     eax, [old_vector]
        mov     [9 * 4], eax
        mov     al, [old_mask]
        out     0x21, al
        sti
        finish

key:
        push    ax
        in      al, 0x60
        mov     [cs:key_byte], al
        inc     byte [cs:keys]
        mov     al, 0x20
        out     0x20, al
        pop     ax
        iret

send_command:
        call    ready
        out     0x64, al
        ret
send_data:
        call    ready
        out     0x60, al
        ret
ready:  push    ax
.wait:  in      al, 0x64
        test    al, 2
        jnz     .wait
        pop     ax
        ret
drain:  in      al, 0x64
        test    al, 1
        jz      .done
        in      al, 0x60
        jmp     drain
.done:  ret
answer_slowly:                          ; the keyboard's self test may take most of a second
        call    answer
        cmp     ax, 0xFFFF
        jne     answer.got
answer:
        push    ecx
        mov     ecx, 500000
.wait:  in      al, 0x64
        test    al, 1
        jnz     .full
        a32 loop .wait
        mov     ax, 0xFFFF
        pop     ecx
        ret
.full:  in      al, 0x60
        mov     ah, 0
        pop     ecx
.got:   ret

old_mask:       db 0
mask_before:    db 0
old_command:    db 0
keys:           db 0
key_byte:       db 0
        align   4, db 0
old_vector:     dd 0
        %include "end.inc"
