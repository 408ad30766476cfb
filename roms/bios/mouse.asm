; mouse.asm - INT 15h AH=C2h and IRQ 12: a PS/2 mouse on the second port of the 8042.
;
; The services talk to the mouse with interrupts off and the keyboard held, so that what they read is the
; mouse's. What it sends by itself comes through INT 74h, which gathers whole packages for the program's handler.

MOUSE_OK        equ 0x00
MOUSE_FUNCTION  equ 0x01                ; no such function
MOUSE_INPUT     equ 0x02                ; no such value
MOUSE_INTERFACE equ 0x03                ; the mouse does not answer as it should
MOUSE_NO_HANDLER equ 0x05

MOUSE_INSTALLED equ 0x80                ; EBDA_MOUSE_SIZE: there is a handler; bits 3-0: bytes of a package
KBD_AUX_INT     equ 0x02                ; the 8042's command byte
KBD_AUX_OFF     equ 0x20

; AL = function, BH = its argument. -> AH = status, CF = 1 unless it is 0
system_mouse:
        mov     fs, [EBDA_PTR]
        mov     ah, MOUSE_FUNCTION
        cmp     al, 7
        ja      .done
        movzx   si, al
        add     si, si
        call    [cs:.table + si]
.done:  mov     [bp + R_AH], ah
        test    ah, ah
        jnz     system_fail
        ret
.table: dw      mouse_enable, mouse_reset, mouse_rate, mouse_resolution
        dw      mouse_type, mouse_initialise, mouse_extended, mouse_handler

mouse_enable:                           ; C200h: BH = 0 off, 1 on
        mov     ah, MOUSE_INPUT
        cmp     bh, 1
        ja      mouse_return
        jb      .off
        mov     ah, MOUSE_NO_HANDLER
        test    byte [fs:EBDA_MOUSE_SIZE], MOUSE_INSTALLED
        jz      mouse_return
        call    mouse_begin
        mov     byte [fs:EBDA_MOUSE_COUNT], 0
        mov     ax, (~KBD_AUX_OFF & 0xFF) << 8 | KBD_AUX_INT
        call    mouse_mode
        mov     al, 0xF4
        jmp     mouse_one
.off:   call    mouse_begin
        mov     al, 0xF5
        call    mouse_send
        pushf
        mov     ax, (~KBD_AUX_INT & 0xFF) << 8
        call    mouse_mode
        popf
        jmp     mouse_end

mouse_initialise:                       ; C205h: BH = bytes of a package, 1 to 8; then as C201h
        mov     ah, MOUSE_INPUT
        mov     al, bh
        dec     al
        cmp     al, 8
        jae     mouse_return
        and     byte [fs:EBDA_MOUSE_SIZE], MOUSE_INSTALLED
        or      [fs:EBDA_MOUSE_SIZE], bh
mouse_reset:                            ; C201h: -> BL = AAh, BH = identity
        call    mouse_begin
        mov     byte [fs:EBDA_MOUSE_COUNT], 0
        mov     al, 0xFF
        call    mouse_send
        jc      mouse_end
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_BX], al
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_BX + 1], al
        jmp     mouse_end

mouse_rate:                             ; C202h: BH = 0 to 6
        mov     ah, MOUSE_INPUT
        cmp     bh, 6
        ja      mouse_return
        movzx   si, bh
        mov     bh, [cs:.rates + si]
        mov     bl, 0xF3
        jmp     mouse_two
.rates: db      10, 20, 40, 60, 80, 100, 200

mouse_resolution:                       ; C203h: BH = 0 to 3: 1, 2, 4, 8 counts a mm
        mov     ah, MOUSE_INPUT
        cmp     bh, 3
        ja      mouse_return
        mov     bl, 0xE8
mouse_two:                              ; BL, then BH
        call    mouse_begin
        mov     al, bl
        call    mouse_send
        jc      mouse_end
        mov     al, bh
        jmp     mouse_one

mouse_type:                             ; C204h: -> BH = identity
        call    mouse_begin
        mov     al, 0xF2
        call    mouse_send
        jc      mouse_end
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_BX + 1], al
        jmp     mouse_end

mouse_extended:                         ; C206h: BH = 0: status -> BL, CL, DL; 1: scaling 1:1; 2: scaling 2:1
        mov     ah, MOUSE_INPUT
        cmp     bh, 2
        ja      mouse_return
        call    mouse_begin
        mov     al, 0xE5                ; E6h is 1:1, E7h is 2:1
        add     al, bh
        test    bh, bh
        jnz     mouse_one
        mov     al, 0xE9
        call    mouse_send
        jc      mouse_end
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_BX], al
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_ECX], al
        call    mouse_read
        jc      mouse_end
        mov     [bp + R_EDX], al
        jmp     mouse_end

mouse_handler:                          ; C207h: ES:BX = far procedure, 0:0 for none
        cli
        mov     [fs:EBDA_MOUSE_CALL], bx
        mov     [fs:EBDA_MOUSE_CALL + 2], es
        and     byte [fs:EBDA_MOUSE_SIZE], ~MOUSE_INSTALLED
        cmp     dword [fs:EBDA_MOUSE_CALL], 0
        je      .none
        or      byte [fs:EBDA_MOUSE_SIZE], MOUSE_INSTALLED
.none:  sti
        mov     ah, MOUSE_OK
mouse_return:
        ret

; ---------------------------------------------------------------- talking to it
; BX is kept, AX and CX are not. mouse_begin: interrupts off, and the keyboard waits.
mouse_begin:
        sti                             ; a key that has come already goes its way
        mov     cx, 0x1000
.wait:  in      al, KBD_STATUS
        test    al, 0x01
        loopnz  .wait
        cli
        mov     al, 0xAD
        jmp     kbd_command

mouse_one:                              ; send AL, and that is all
        call    mouse_send
mouse_end:                              ; -> AH = status by CF
        mov     ah, MOUSE_OK
        jnc     .good
        mov     ah, MOUSE_INTERFACE
.good:  push    ax
        mov     al, 0xAE
        call    kbd_command
        pop     ax
        sti
        ret

mouse_send:                             ; AL to the mouse. CF = 1: it was not acknowledged
        push    ax
        mov     al, 0xD4
        call    kbd_command
        pop     ax
        call    kbd_data
        call    mouse_read
        jc      .done
        cmp     al, 0xFA
        je      .done                   ; CF = 0
        stc
.done:  ret

mouse_read:                             ; -> AL from the mouse. CF = 1: nothing came
        push    ecx
        mov     ecx, 0x40000
.wait:  in      al, KBD_STATUS
        and     al, 0x21
        cmp     al, 0x21                ; there is a byte, and it is the mouse's
        je      .there
        loop    .wait, ecx
        stc
        jmp     .done
.there: in      al, KBD_DATA
        clc
.done:  pop     ecx
        ret

mouse_mode:                             ; the 8042's command byte: keep the bits of AH, set those of AL
        push    ax
        mov     al, 0x20
        call    kbd_command
        call    kbd_answer
        pop     cx
        and     al, ch
        or      al, cl
        push    ax
        mov     al, 0x60
        call    kbd_command
        pop     ax
        jmp     kbd_data

; ---------------------------------------------------------------- INT 74h, IRQ 12
int74:
        SERVICE_ENTER
        in      al, KBD_STATUS
        and     al, 0x21
        cmp     al, 0x21
        mov     al, 0x20
        jne     .spurious
        in      al, KBD_DATA
        mov     dl, al
        mov     al, 0x20
        out     PIC2, al
        out     PIC1, al
        mov     fs, [EBDA_PTR]
        mov     cl, [fs:EBDA_MOUSE_SIZE]
        test    cl, MOUSE_INSTALLED
        jz      .done
        and     cl, 0x0F
        jnz     .sized
        mov     cl, 3
.sized: movzx   bx, byte [fs:EBDA_MOUSE_COUNT]
        and     bl, 7
        mov     [fs:EBDA_MOUSE_DATA + bx], dl
        inc     bx
        cmp     bl, cl
        jae     .whole
        mov     [fs:EBDA_MOUSE_COUNT], bl
        jmp     .done
.whole: mov     byte [fs:EBDA_MOUSE_COUNT], 0
        push    bp                      ; four words for the handler: status, X, Y, Z
        movzx   ax, byte [fs:EBDA_MOUSE_DATA]
        push    ax
        movzx   ax, byte [fs:EBDA_MOUSE_DATA + 1]
        push    ax
        movzx   ax, byte [fs:EBDA_MOUSE_DATA + 2]
        push    ax
        push    0
        call    far [fs:EBDA_MOUSE_CALL]
        add     sp, 8
        pop     bp
.done:  SERVICE_LEAVE
.spurious:
        out     PIC2, al
        out     PIC1, al
        jmp     .done
