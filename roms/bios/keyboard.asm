; keyboard.asm - INT 9 turns scan codes into characters, INT 16h hands them out.
;
; The 8042 translates the keyboard's codes to set 1. A press is a code below 80h, a release the
; same with bit 7. Each key that gives a character is stored as a word: low byte ASCII (0 or E0h
; if it has none), high byte scan code.

KEY_RSHIFT      equ 0x01                ; KBD_FLAGS
KEY_LSHIFT      equ 0x02
KEY_CTRL        equ 0x04
KEY_ALT         equ 0x08
KEY_SCROLL      equ 0x10
KEY_NUM         equ 0x20
KEY_CAPS        equ 0x40
KEY_INSERT      equ 0x80
KEY2_LCTRL      equ 0x01                ; KBD_FLAGS2: what is held down
KEY2_LALT       equ 0x02
KEY2_SYSREQ     equ 0x04
MODE_E1         equ 0x01                ; KBD_MODE
MODE_E0         equ 0x02
MODE_RCTRL      equ 0x04
MODE_RALT       equ 0x08
MODE_101        equ 0x10
POLL_TIME       equ 16                  ; units of 0.42 us
POLL_LIMIT      equ 256

; ---------------------------------------------------------------- INT 9: a key moved
int09:
        SERVICE_ENTER
        in      al, KBD_DATA
        mov     ah, 0x4F                ; a program may change the code or swallow it
        stc
        int     0x15
        jnc     .done
        call    key_event
.done:  mov     al, 0x20
        out     PIC1, al
        SERVICE_LEAVE

; AL = scan code
key_event:
        mov     bl, [KBD_MODE]          ; which prefix came before
        cmp     al, 0xE0
        je      .prefix_e0
        cmp     al, 0xE1
        je      .prefix_e1
        cmp     al, 0xFA                ; answers of the keyboard, not keys
        jae     .ignored
        test    bl, MODE_E1
        jnz     .pause
        and     byte [KBD_MODE], ~MODE_E0
        test    al, 0x80
        jnz     key_release
        jmp     key_press
.prefix_e0:
        or      byte [KBD_MODE], MODE_E0
.ignored:
        ret
.prefix_e1:
        or      byte [KBD_MODE], MODE_E1
        ret
; Pause sends E1 1D 45 E1 9D C5 in one go: the 45h and C5h end it
.pause: and     al, 0x7F
        cmp     al, 0x45
        jne     .ignored
        and     byte [KBD_MODE], ~(MODE_E1 | MODE_E0)
        ret                             ; the machine does not stop on Pause

key_release:
        and     al, 0x7F
        cmp     al, 0x2A
        je      .lshift
        cmp     al, 0x36
        je      .rshift
        cmp     al, 0x1D
        je      .ctrl
        cmp     al, 0x38
        je      .alt
        cmp     al, 0x3A
        mov     ah, KEY_CAPS
        je      .lock
        cmp     al, 0x45
        mov     ah, KEY_NUM
        je      .lock
        cmp     al, 0x46
        mov     ah, KEY_SCROLL
        je      .lock
        cmp     al, 0x52
        mov     ah, KEY_INSERT
        je      .lock
        cmp     al, 0x54
        jne     .done
        and     byte [KBD_FLAGS2], ~KEY2_SYSREQ
.done:  ret
.lock:  not     ah                      ; a lock key is up again
        and     [KBD_FLAGS2], ah
        ret
.lshift:
        test    bl, MODE_E0             ; E0 AA belongs to a cursor key
        jnz     .done
        and     byte [KBD_FLAGS], ~KEY_LSHIFT
        ret
.rshift:
        test    bl, MODE_E0
        jnz     .done
        and     byte [KBD_FLAGS], ~KEY_RSHIFT
        ret
.ctrl:  test    bl, MODE_E0
        jnz     .rctrl
        and     byte [KBD_FLAGS2], ~KEY2_LCTRL
        jmp     .either_ctrl
.rctrl: and     byte [KBD_MODE], ~MODE_RCTRL
.either_ctrl:
        test    byte [KBD_FLAGS2], KEY2_LCTRL
        jnz     .done
        test    byte [KBD_MODE], MODE_RCTRL
        jnz     .done
        and     byte [KBD_FLAGS], ~KEY_CTRL
        ret
.alt:   test    bl, MODE_E0
        jnz     .ralt
        and     byte [KBD_FLAGS2], ~KEY2_LALT
        jmp     .either_alt
.ralt:  and     byte [KBD_MODE], ~MODE_RALT
.either_alt:
        test    byte [KBD_FLAGS2], KEY2_LALT
        jnz     .done
        test    byte [KBD_MODE], MODE_RALT
        jnz     .done
        and     byte [KBD_FLAGS], ~KEY_ALT
        mov     al, 0
        xchg    al, [ALT_KEYPAD]        ; Alt with digits of the keypad enters a character
        test    al, al
        jz      .done
        mov     ah, 0
        jmp     key_store

key_press:
        cmp     al, 0x2A
        je      .lshift
        cmp     al, 0x36
        je      .rshift
        cmp     al, 0x1D
        je      .ctrl
        cmp     al, 0x38
        je      .alt
        cmp     al, 0x3A
        mov     ah, KEY_CAPS
        je      .lock
        cmp     al, 0x45
        mov     ah, KEY_NUM
        je      .lock
        cmp     al, 0x46
        je      .scroll
        cmp     al, 0x54
        je      .sysreq
        test    bl, MODE_E0
        jnz     key_extended
        cmp     al, 0x53
        je      .delete
        jmp     key_plain
.lshift:
        test    bl, MODE_E0
        jnz     .done
        or      byte [KBD_FLAGS], KEY_LSHIFT
        ret
.rshift:
        test    bl, MODE_E0
        jnz     .done
        or      byte [KBD_FLAGS], KEY_RSHIFT
        ret
.ctrl:  or      byte [KBD_FLAGS], KEY_CTRL
        test    bl, MODE_E0
        jnz     .rctrl
        or      byte [KBD_FLAGS2], KEY2_LCTRL
        ret
.rctrl: or      byte [KBD_MODE], MODE_RCTRL
        ret
.alt:   or      byte [KBD_FLAGS], KEY_ALT
        test    bl, MODE_E0
        jnz     .ralt
        or      byte [KBD_FLAGS2], KEY2_LALT
        ret
.ralt:  or      byte [KBD_MODE], MODE_RALT
        ret
.scroll:
        test    byte [KBD_FLAGS], KEY_CTRL
        jnz     key_break
        mov     ah, KEY_SCROLL
.lock:  test    [KBD_FLAGS2], ah        ; it repeats while it is held
        jnz     .done
        or      [KBD_FLAGS2], ah
        xor     [KBD_FLAGS], ah
.done:  ret
.sysreq:
        or      byte [KBD_FLAGS2], KEY2_SYSREQ
        ret
.delete:
        mov     ah, [KBD_FLAGS]
        and     ah, KEY_CTRL | KEY_ALT
        cmp     ah, KEY_CTRL | KEY_ALT
        jne     key_plain
key_reboot:                             ; Ctrl-Alt-Del
        mov     word [RESET_FLAG], 0x1234
        jmp     hard_reset

key_break:                              ; Ctrl-Break: empty the ring, tell the program
        or      byte [BREAK_FLAG], 0x80
        mov     ax, [KBD_START]
        mov     [KBD_HEAD], ax
        mov     [KBD_TAIL], ax
        int     0x1B
        xor     ax, ax
        jmp     key_store

; A key with the E0h prefix
key_extended:
        cmp     al, 0x46                ; Ctrl-Pause
        je      key_break
        cmp     al, 0x37
        je      .print_screen
        cmp     al, 0x1C
        je      .enter
        cmp     al, 0x35
        je      .slash
        mov     ah, [KBD_FLAGS]
        and     ah, KEY_CTRL | KEY_ALT
        cmp     al, 0x53
        jne     .cursor
        cmp     ah, KEY_CTRL | KEY_ALT
        je      key_reboot
.cursor:
        mov     si, key_table_e0
.find:  cmp     byte [cs:si], 0
        je      .done
        cmp     [cs:si], al
        je      .found
        add     si, 3
        jmp     .find
.found: cmp     al, 0x52
        jne     .not_insert
        test    ah, ah
        jnz     .not_insert
        call    toggle_insert
.not_insert:
        mov     cl, 0xE0
        test    ah, KEY_ALT
        jnz     .with_alt
        test    ah, KEY_CTRL
        mov     ah, al
        jz      .store
        mov     ah, [cs:si + 1]
        jmp     .store
.with_alt:
        mov     cl, 0
        mov     ah, [cs:si + 2]
.store: mov     al, cl
        jmp     key_store
.enter: mov     ax, 0xE00D
        mov     cx, 0xE00A
        mov     dx, 0xA600
        jmp     .choose
.slash: mov     ax, 0xE02F
        mov     cx, 0x9500
        mov     dx, 0xA400
.choose:
        test    byte [KBD_FLAGS], KEY_ALT
        jnz     .alt
        test    byte [KBD_FLAGS], KEY_CTRL
        jz      key_store
        mov     ax, cx
        jmp     key_store
.alt:   mov     ax, dx
        jmp     key_store
.print_screen:
        test    byte [KBD_FLAGS], KEY_CTRL
        mov     ax, 0x7200
        jnz     key_store
        sti
        int     0x05
.done:  ret

toggle_insert:
        test    byte [KBD_FLAGS2], KEY_INSERT
        jnz     .held
        or      byte [KBD_FLAGS2], KEY_INSERT
        xor     byte [KBD_FLAGS], KEY_INSERT
.held:  ret

; A key of the table
key_plain:
        cmp     al, KEY_LAST
        ja      .done
        mov     bl, [KBD_FLAGS]
        movzx   si, al
        dec     si
        js      .done
        shl     si, 3
        add     si, key_table
        test    bl, KEY_ALT
        jnz     .alt
        test    bl, KEY_CTRL
        mov     ax, [cs:si + 4]
        jnz     .store
        mov     ax, [cs:si]
        mov     cl, KEY_CAPS            ; Caps Lock inverts Shift for letters,
        cmp     al, "a"
        jb      .not_letter
        cmp     al, "z"
        jbe     .shift
.not_letter:
        mov     cl, 0
        cmp     ah, 0x47                ; Num Lock for the keypad
        jb      .shift
        cmp     ah, 0x53
        ja      .shift
        mov     cl, KEY_NUM
.shift: mov     ch, 0
        test    bl, KEY_LSHIFT | KEY_RSHIFT
        jz      .lock
        mov     ch, 1
.lock:  test    bl, cl
        jz      .choose
        xor     ch, 1
.choose:
        test    ch, ch
        jz      .insert
        mov     ax, [cs:si + 2]
        jmp     .store
.insert:
        cmp     ax, 0x5200
        jne     .store
        call    toggle_insert
.store: test    ax, ax
        jnz     key_store
.done:  ret
.alt:   mov     ah, al
        sub     ah, 0x47                ; digits of the keypad?
        cmp     ah, 0x52 - 0x47
        ja      .with_alt
        movzx   bx, ah
        mov     cl, [cs:.digits + bx]
        cmp     cl, 9
        ja      .with_alt
        mov     al, [ALT_KEYPAD]
        mov     ah, 10
        mul     ah
        add     al, cl
        mov     [ALT_KEYPAD], al
        ret
.with_alt:
        mov     ax, [cs:si + 6]
        jmp     .store
.digits:
        db      7, 8, 9, 0xFF, 4, 5, 6, 0xFF, 1, 2, 3, 0

; Put AX into the ring; a full ring drops it. CF = 1 if it was full.
key_store:
        push    bx
        push    si
        cli
        mov     bx, [KBD_TAIL]
        mov     si, bx
        call    ring_next
        cmp     bx, [KBD_HEAD]
        je      .full
        mov     [si], ax
        mov     [KBD_TAIL], bx
        mov     ax, 0x9102              ; "a key is there", for systems that wait
        int     0x15
        clc
        jmp     .done
.full:  stc
.done:  pop     si
        pop     bx
        ret

ring_next:                              ; BX = the place after BX
        add     bx, 2
        cmp     bx, [KBD_END]
        jb      .inside
        mov     bx, [KBD_START]
.inside:
        ret

; ---------------------------------------------------------------- INT 16h
int16:
        sti
        SERVICE_ENTER
        DISPATCH .table, .table_end, .nothing
        SERVICE_LEAVE
.nothing:
        ret
.table: dw      keyboard_read, keyboard_peek, keyboard_flags, keyboard_rate
        dw      .nothing, keyboard_put, .nothing, .nothing
        dw      .nothing, keyboard_abilities, .nothing, .nothing
        dw      .nothing, .nothing, .nothing, .nothing
        dw      keyboard_read, keyboard_peek, keyboard_flags_101
.table_end:

; 00h, 10h: wait for a key -> AX. The machine sleeps until an interrupt comes.
keyboard_read:
        mov     dl, ah
.wait:  cli
        call    keyboard_next
        jnz     .take
        sti                             ; takes effect after HLT has begun: no key is missed
        hlt
        jmp     .wait
.take:  mov     [KBD_HEAD], bx
        sti
        mov     [bp + R_AX], ax
        ret

; 01h, 11h: ZF = 1: no key, ZF = 0: AX is the next one
keyboard_peek:
        mov     dl, ah
        mov     fs, [EBDA_PTR]
        cli
        call    keyboard_next
        sti
        jz      .none
        mov     word [fs:EBDA_POLLS], 0
        mov     [bp + R_AX], ax
        and     byte [bp + R_FLAGS], ~FLAG_ZF
        ret
.none:  or      byte [bp + R_FLAGS], FLAG_ZF
        ; Who asks again and again and does nothing in between waits for a key: the machine may sleep until
        ; the next interrupt. Work between two calls takes longer than POLL_TIME.
        call    timer_count
        mov     bx, ax
        xchg    bx, [fs:EBDA_POLL_TIME]
        sub     bx, ax                  ; it counts down
        cmp     bx, POLL_TIME
        ja      .busy
        inc     word [fs:EBDA_POLLS]
        cmp     word [fs:EBDA_POLLS], POLL_LIMIT
        jb      .done
        mov     word [fs:EBDA_POLLS], POLL_LIMIT
        in      al, PIC1_MASK
        test    al, 0x03                ; timer and keyboard must be able to end it
        jnz     .done
        hlt
        call    timer_count
        mov     [fs:EBDA_POLL_TIME], ax
        ret
.busy:  mov     word [fs:EBDA_POLLS], 0
.done:  ret

; -> AX = counter 0 of the 8254. BIOS and DOS let it count down by two.
timer_count:
        pushf
        cli
        mov     al, 0                   ; latch
        out     PIT_CONTROL, al
        in      al, PIT_COUNTER0
        mov     ah, al
        in      al, PIT_COUNTER0
        xchg    al, ah
        popf
        ret

; ZF = 0: AX = next key as function DL sees it, BX = head after it
keyboard_next:
        mov     bx, [KBD_HEAD]
        cmp     bx, [KBD_TAIL]
        je      .none
        mov     ax, [bx]
        call    ring_next
        test    dl, 0x10
        jnz     .there
        cmp     ah, 0xE0                ; the old functions know no E0h: keypad Enter and /
        je      .keypad
        cmp     al, 0xE0                ; cursor keys
        je      .cursor
        cmp     ah, 0x84                ; and no key that came with the 101-key board
        ja      .skip
.there: or      dl, dl                  ; ZF = 0: functions 10h, 11h
        jnz     .found
        inc     dl                      ; function 0: any number will do
.found: ret
.cursor:
        test    ah, ah
        jz      .there                  ; character E0h, typed with Alt and digits
        mov     al, 0
        cmp     ah, 0x84
        jbe     .there
.skip:  mov     [KBD_HEAD], bx
        jmp     keyboard_next
.keypad:
        mov     ah, 0x1C
        cmp     al, "/"
        jne     .there
        mov     ah, 0x35
        jmp     .there
.none:  ret

keyboard_flags:                         ; 02h: -> AL
        mov     al, [KBD_FLAGS]
        mov     [bp + R_AL], al
        ret

keyboard_rate:                          ; 03h: accepted, the rate stays
        ret

keyboard_put:                           ; 05h: CX -> AL 0, or 1 if the ring is full
        mov     ax, cx
        call    key_store
        setc    al
        mov     [bp + R_AL], al
        ret

keyboard_abilities:                     ; 09h: functions 10h-12h exist
        mov     byte [bp + R_AL], 0x20
        ret

keyboard_flags_101:                     ; 12h: -> AL as 02h, AH left and right keys
        mov     al, [KBD_FLAGS]
        mov     ah, [KBD_FLAGS2]
        mov     bl, ah
        and     ah, 0x73                ; locks held, left Alt, left Ctrl
        and     bl, KEY2_SYSREQ
        shl     bl, 5
        or      ah, bl
        mov     bl, [KBD_MODE]
        and     bl, MODE_RCTRL | MODE_RALT
        or      ah, bl
        mov     [bp + R_AX], ax
        ret

; ---------------------------------------------------------------- POST
keyboard_post:
        mov     ax, KBD_RING
        mov     [KBD_HEAD], ax
        mov     [KBD_TAIL], ax
        mov     [KBD_START], ax
        mov     word [KBD_END], KBD_RING + 32
        mov     byte [KBD_MODE], MODE_101
        call    kbd_flush
        mov     al, 0xAA                ; self test of the 8042
        call    kbd_command
        call    kbd_answer
        mov     al, 0x60                ; command byte: translate, no mouse, interrupt on a key
        call    kbd_command
        mov     al, 0x65
        call    kbd_data
        mov     al, 0xAE                ; keyboard interface on
        call    kbd_command
        mov     al, 0xF6                ; keyboard: defaults, scan codes set 2
        call    kbd_data
        call    kbd_answer
        mov     al, 0xF4                ; start
        call    kbd_data
        call    kbd_answer
kbd_flush:                              ; throw away what waits, at most a few bytes
        mov     cx, 32
.next:  in      al, KBD_STATUS
        test    al, 1
        jz      .done
        in      al, KBD_DATA
        loop    .next
.done:  ret

kbd_command:                            ; AL to the 8042
        call    kbd_ready
        out     KBD_STATUS, al
        ret
kbd_data:                               ; AL to the keyboard, or the second byte of a command
        call    kbd_ready
        out     KBD_DATA, al
        ret
kbd_ready:
        push    ax
        mov     cx, 0x4000
.wait:  in      al, KBD_STATUS
        test    al, 2
        loopnz  .wait
        pop     ax
        ret
kbd_answer:                             ; AL, if one comes soon
        mov     cx, 0x1000
.wait:  in      al, KBD_STATUS
        test    al, 1
        loopz   .wait
        jz      .none
        in      al, KBD_DATA
.none:  ret
