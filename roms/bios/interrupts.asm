; interrupts.asm - the interrupt vector table and the handlers of what nobody else handles.
;
; On a PC in real mode, hardware interrupts 0-7 share vectors 8-0Fh with exceptions of the CPU.
; The in-service register of the 8259 tells them apart: if the bit of this vector's input is set,
; the 8259 sent it; if not, the CPU raised an exception (or a program executed INT n).

; ---------------------------------------------------------------- what POST writes to 0000:0000
; Vectors 00-1Fh and 70-77h, one word each; the others get dummy_interrupt.
vectors_low:
        dw      exception_00, exception_01, exception_02, exception_03
        dw      exception_04, int05, exception_06, exception_07
        dw      int08, int09, default_0A, default_0B
        dw      default_0C, default_0D, int0E, default_0F
        dw      int10, int11, int12, int13
        dw      int14, int15, int16, int17
        dw      int18, int19, int1A, dummy_interrupt
        dw      dummy_interrupt, 0, diskette_table, font_8x8_high
vectors_70:
        dw      int70, int71, default_72, default_73
        dw      int74, default_75, int76, default_77

install_vectors:                        ; clobbers AX, CX, SI, DI, ES
        push    ds
        push    cs
        pop     ds
        xor     di, di
        mov     es, di
        mov     ax, dummy_interrupt
        mov     cx, 256
.fill:  stosw
        mov     word [es:di], BIOS_SEG
        scasw
        loop    .fill
        mov     si, vectors_low
        xor     di, di
        mov     cx, 0x20
        call    .copy
        mov     di, 0x70 * 4
        mov     cx, 8
        call    .copy
        mov     dword [es:0x1D * 4], 0  ; video parameter table: none
        mov     di, 0x60 * 4            ; 60-67h belong to the user and are zero
        mov     cx, 16
        xor     ax, ax
        rep     stosw
        pop     ds
        ret
.copy:  movsw
        scasw                           ; DI += 2: the segment is there already
        loop    .copy
        ret

; ---------------------------------------------------------------- entries of the default handlers
%macro DEFAULT 2                        ; label, vector
%1:     push    ax
        mov     al, %2
        jmp     default_irq
%endmacro
%macro EXCEPTION 2
%1:     push    ax
        mov     al, %2
        jmp     unhandled
%endmacro
        EXCEPTION exception_00, 0x00
        EXCEPTION exception_01, 0x01
        EXCEPTION exception_02, 0x02
        EXCEPTION exception_03, 0x03
        EXCEPTION exception_04, 0x04
        EXCEPTION exception_06, 0x06
        EXCEPTION exception_07, 0x07
        DEFAULT default_0A, 0x0A
        DEFAULT default_0B, 0x0B
        DEFAULT default_0C, 0x0C
        DEFAULT default_0D, 0x0D
        DEFAULT default_0F, 0x0F
        DEFAULT default_72, 0x72
        DEFAULT default_73, 0x73
        DEFAULT default_75, 0x75
        DEFAULT default_77, 0x77

; Vector AL without an owner; the caller's AX is on the stack.
default_irq:
        call    irq_in_service
        jc      .acknowledge
        cmp     al, 0x0F                ; a spurious IRQ 7 has no bit in service,
        je      .leave                  ; and no exception has this number
        cmp     al, 0x70
        jb      unhandled
        cmp     al, 0x77                ; likewise a spurious IRQ 15; but then the first 8259
        jne     .leave                  ; has its input 2 in service
        mov     al, 0x0A
        call    irq_in_service
        jnc     .leave
        mov     al, 0x20
        out     PIC1, al
        jmp     .leave
.acknowledge:
        cmp     al, 0x70
        mov     al, 0x20
        jb      .first
        out     PIC2, al
.first: out     PIC1, al
.leave: pop     ax
        iret

; CF = 1 if the 8259 input of vector AL (08-0Fh, 70-77h) is in service. Clobbers AH.
irq_in_service:
        push    cx
        push    dx
        mov     dx, PIC1
        cmp     al, 0x70
        jb      .chip
        mov     dx, PIC2
.chip:  mov     cl, al
        and     cl, 7
        inc     cl                      ; shift the bit wanted into CF
        mov     ah, al
        mov     al, 0x0B                ; OCW3: the next read gives the in-service register
        out     dx, al
        in      al, dx
        xchg    ah, al
        shr     ah, cl
        pushf
        mov     ah, al
        mov     al, 0x0A                ; back to the request register, the state after reset
        out     dx, al
        mov     al, ah
        popf
        pop     dx
        pop     cx
        ret

; ZF = 1 if the interrupt frame above AX and our return address was pushed by the INT instruction
; for vector AL.
came_from_int:
        push    bp
        mov     bp, sp
        push    es
        push    bx
        les     bx, [bp + 6]            ; saved BP, return address, AX, then IP and CS
        mov     ah, al
        mov     al, 0xCD
        cmp     [es:bx - 2], ax
        mov     al, ah
        pop     bx
        pop     es
        pop     bp
        ret

; INT 5 is "print the screen" and also the exception of BOUND. The exception returns to the BOUND
; instruction itself (opcode 62h); there is no printing here.
int05:
        push    ax
        mov     al, 0x05
        call    came_from_int
        je      .leave
        jmp     unhandled
.leave: pop     ax
        iret

; ---------------------------------------------------------------- an exception that nobody handles
; One line on the screen and to the debug port, then the machine stops for good.
unhandled:
        cli
        cld
        push    bp
        mov     bp, sp                  ; BP, AX, IP, CS, FLAGS
        mov     dx, [bp + 6]            ; CS
        mov     cx, [bp + 4]            ; IP
        push    cs
        pop     ds
        mov     bl, al
        mov     si, .text
        call    print
        mov     al, bl
        call    print_hex8
        cmp     bl, 0x0D
        ja      .place
        movzx   si, bl
        add     si, si
        mov     si, [.names + si]
        call    print
.place: mov     si, .at
        call    print
        mov     ax, dx
        call    print_hex16
        mov     al, ":"
        call    print_char
        mov     ax, cx
        call    print_hex16
        mov     si, .bytes
        call    print
        mov     es, dx
        mov     si, cx
        mov     cx, 6
.byte:  mov     al, " "
        call    print_char
        mov     al, [es:si]
        inc     si
        call    print_hex8
        loop    .byte
        mov     si, .end
        call    print
        jmp     stop
.text:  db      13, 10, "BIOS: unhandled exception ", 0
.at:    db      " at ", 0
.bytes: db      ", bytes", 0
.end:   db      ". Stopped.", 13, 10, 0
.names: dw      .n0, .n1, .n2, .n3, .n4, .n5, .n6, .n7, .n8, .n9, .nA, .nB, .nC, .nD
.n0:    db      " (#DE divide error)", 0
.n1:    db      " (#DB debug)", 0
.n2:    db      " (NMI)", 0
.n3:    db      " (#BP breakpoint)", 0
.n4:    db      " (#OF overflow)", 0
.n5:    db      " (#BR bound range)", 0
.n6:    db      " (#UD invalid opcode)", 0
.n7:    db      " (#NM no coprocessor)", 0
.n8:    db      " (#DF double fault)", 0
.n9:    db      " (coprocessor overrun)", 0
.nA:    db      " (#TS invalid TSS)", 0
.nB:    db      " (#NP not present)", 0
.nC:    db      " (#SS stack)", 0
.nD:    db      " (#GP general protection)", 0

; The end of everything: the machine halts with interrupts off, and tools can see that it did.
stop:   cli
        hlt
        jmp     stop

; ---------------------------------------------------------------- interrupts with little to do
int71:                                  ; IRQ 9 stands in for the IRQ 2 of the first PC
        push    ax
        mov     al, 0x71
        call    irq_in_service
        jnc     .leave
        mov     al, 0x20
        out     PIC2, al
        pop     ax
        int     0x0A
        iret
.leave: pop     ax
        iret

int76:                                  ; IRQ 14, the first ATA channel: note it and go on
        push    ax
        push    ds
        push    BDA_SEG
        pop     ds
        mov     byte [HD_INTERRUPT], 0xFF
        mov     al, 0x20
        out     PIC2, al
        out     PIC1, al
        pop     ds
        pop     ax
        iret

; ---------------------------------------------------------------- messages
; Each character goes to the screen and to the debug port. All registers are preserved.
print_char:
        pushad
        mov     dx, DEBUG_PORT
        out     dx, al
        mov     bx, 7
        mov     ah, 0x0E
        int     0x10
        popad
        ret

print:                                  ; CS:SI = text that ends with a zero
        push    ax
        push    si
.next:  cs lodsb
        test    al, al
        jz      .done
        call    print_char
        jmp     .next
.done:  pop     si
        pop     ax
        ret

print_hex16:                            ; AX
        xchg    al, ah
        call    print_hex8
        xchg    al, ah
print_hex8:                             ; AL
        push    ax
        shr     al, 4
        call    .digit
        pop     ax
        push    ax
        call    .digit
        pop     ax
        ret
.digit: and     al, 15
        cmp     al, 10
        sbb     al, 0x69                ; 0-9 and A-F in three instructions
        das
        jmp     print_char

print_dec:                              ; EAX, no leading zeros
        pushad
        xor     cx, cx
        mov     ebx, 10
.more:  xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .more
.digit: pop     ax
        add     al, "0"
        call    print_char
        loop    .digit
        popad
        ret
