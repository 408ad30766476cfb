; system.asm - INT 11h, INT 12h and INT 15h: equipment, memory, A20, APM, waiting, block move.

int11:                                  ; -> AX = equipment
        push    ds
        push    BDA_SEG
        pop     ds
        mov     ax, [EQUIPMENT]
        pop     ds
        iret

int12:                                  ; -> AX = KiB of conventional memory
        push    ds
        push    BDA_SEG
        pop     ds
        mov     ax, [MEM_KB]
        pop     ds
        iret

int15:
        cmp     ah, 0x4F                ; called by INT 9 for each scan code: keep CF as it came
        je      .iret
        cmp     ah, 0x90                ; "waiting" and "done waiting": nothing else could run
        je      .idle
        cmp     ah, 0x91
        je      .idle
        sti
        SERVICE_ENTER
        and     byte [bp + R_FLAGS], ~FLAG_CF
        mov     si, .table
.find:  cmp     byte [cs:si], 0
        je      .unknown
        cmp     ah, [cs:si]
        je      .found
        add     si, 3
        jmp     .find
.found: call    [cs:si + 1]
        jmp     .done
.unknown:
        call    system_unknown
.done:  SERVICE_LEAVE
.idle:  mov     ah, 0
        push    bp
        mov     bp, sp
        and     byte [bp + 6], ~FLAG_CF
        pop     bp
.iret:  iret
.table: db      0x24
        dw      system_a20
        db      0x53
        dw      system_apm
        db      0x83
        dw      system_event_wait
        db      0x86
        dw      system_wait
        db      0x87
        dw      system_block_move
        db      0x88
        dw      system_extended_memory
        db      0xC0
        dw      system_configuration
        db      0xC1
        dw      system_ebda
        db      0xC2
        dw      system_mouse
        db      0xE8
        dw      system_memory_map
        db      0

system_unknown:
        mov     byte [bp + R_AH], 0x86  ; no such function
system_fail:
        or      byte [bp + R_FLAGS], FLAG_CF
        ret

; ---------------------------------------------------------------- 24h: A20
system_a20:
        cmp     al, 3
        ja      system_unknown
        mov     byte [bp + R_AH], 0
        je      .support
        mov     ah, al
        in      al, PORT_92
        cmp     ah, 1
        jb      .off
        je      .on
        shr     al, 1                   ; 2402h: -> AL
        and     al, 1
        mov     [bp + R_AL], al
        ret
.off:   and     al, 0xFC                ; never bit 0: that would reset the machine
        out     PORT_92, al
        ret
.on:    and     al, 0xFE
        or      al, 0x02
        out     PORT_92, al
        ret
.support:
        mov     word [bp + R_BX], 0x0003 ; 8042 and port 92h
        ret

; ---------------------------------------------------------------- 53h: APM 1.2
system_apm:
        cmp     al, 0x0E
        ja      .unsupported
        movzx   si, al
        add     si, si
        jmp     [cs:.table + si]
.table: dw      .check, .connect, .no_16_bit, .no_32_bit
        dw      .ok, .idle, .ok, .set_state
        dw      .ok, .ok, .power, .no_event
        dw      .state, .unsupported, .version
.unsupported:
        mov     byte [bp + R_AH], 0x0C
        jmp     system_fail
.no_16_bit:
        mov     byte [bp + R_AH], 0x06
        jmp     system_fail
.no_32_bit:
        mov     byte [bp + R_AH], 0x08
        jmp     system_fail
.no_event:
        mov     byte [bp + R_AH], 0x80
        jmp     system_fail
.check: mov     word [bp + R_BX], 0x504D ; "PM"
        mov     word [bp + R_CX], 0x0000 ; real mode interface only
.version:
        mov     word [bp + R_AX], 0x0102 ; 530Eh: the version agreed on
        ret
.connect:
.ok:    mov     byte [bp + R_AH], 0
        ret
.idle:  sti                             ; 5305h
        hlt
        jmp     .ok
.power: mov     word [bp + R_BX], 0x01FF ; 530Ah: on mains, no battery
        mov     word [bp + R_CX], 0x80FF
        mov     word [bp + R_DX], 0xFFFF
        jmp     .ok
.state: mov     word [bp + R_CX], 0     ; 530Ch: on
        jmp     .ok
.set_state:                             ; 5307h: BX = 1 all devices, CX = 3 off
        cmp     bx, 1
        jne     .ok
        cmp     cx, 3
        jb      .ok
        ja      .unsupported
power_off:
        cli
        mov     si, .word
        mov     dx, SHUTDOWN_PORT
.next:  cs lodsb
        test    al, al
        jz      .still_on
        out     dx, al
        jmp     .next
.still_on:
        mov     si, .text
        call    print
        jmp     stop
.word:  db      "Shutdown", 0
.text:  db      13, 10, "It is now safe to turn the machine off.", 13, 10, 0

; ---------------------------------------------------------------- 83h, 86h: waiting by the RTC
; 83h: AL = 0: set bit 7 of ES:BX after CX:DX microseconds; AL = 1: cancel
system_event_wait:
        cmp     al, 1
        je      .cancel
        mov     si, bx
        call    start_wait
        jc      .busy
        mov     byte [bp + R_AH], 0
        ret
.cancel:
        cli
        call    rtc_periodic_off
        mov     byte [WAIT_ACTIVE], 0
        sti
        mov     byte [bp + R_AH], 0
        ret
.busy:  mov     byte [bp + R_AH], 0
        jmp     system_fail

; 86h: wait CX:DX microseconds
system_wait:
        push    ds
        pop     es
        mov     si, WAIT_ACTIVE         ; INT 70h clears the whole byte at the end
        call    start_wait
        jc      .busy
.sleep: cli
        test    byte [WAIT_ACTIVE], 0x01
        jz      .over
        sti                             ; the RTC interrupt cannot slip in before HLT
        hlt
        jmp     .sleep
.over:  mov     byte [WAIT_ACTIVE], 0
        sti
        mov     byte [bp + R_AH], 0
        ret
.busy:  mov     byte [bp + R_AH], 0x83
        jmp     system_fail

start_wait:                             ; CX:DX microseconds, then bit 7 of ES:SI. CF = 1: one is running
        cli
        test    byte [WAIT_ACTIVE], 1
        stc
        jnz     .done
        mov     byte [WAIT_ACTIVE], 1
        mov     [WAIT_PTR], si
        mov     [WAIT_PTR + 2], es
        mov     [WAIT_COUNT], dx
        mov     [WAIT_COUNT + 2], cx
        call    rtc_periodic_on
        clc
.done:  sti
        ret

; ---------------------------------------------------------------- 87h: block move
; CX words from the descriptor at ES:SI+10h to that at ES:SI+18h. The caller's table becomes the
; GDT for a moment: 08h the table itself, 20h our code, 28h the caller's stack are filled in here.
system_block_move:
        mov     si, [bp + R_SI]
        cmp     cx, 0x8000
        ja      .too_long
        in      al, PORT_92
        push    ax                      ; A20 as it was
        or      al, 0x02
        and     al, 0xFE
        out     PORT_92, al
        cli
        push    ds
        push    es
        mov     ax, es
        movzx   eax, ax
        shl     eax, 4
        movzx   edx, si
        add     eax, edx
        mov     word [es:si + 0x08], 0x2F
        mov     [es:si + 0x0A], eax     ; base; bits 31-24 are 0, so LGDT can read it here, too
        o32 lgdt [es:si + 0x08]
        mov     word [es:si + 0x0D], 0x0093
        mov     byte [es:si + 0x0F], 0
        mov     dword [es:si + 0x20], 0x0000FFFF
        mov     dword [es:si + 0x24], 0x00009B0F
        mov     ax, ss
        movzx   eax, ax
        shl     eax, 4
        mov     word [es:si + 0x28], 0xFFFF
        mov     [es:si + 0x2A], ax
        shr     eax, 16
        mov     [es:si + 0x2C], al
        mov     byte [es:si + 0x2D], 0x93
        mov     word [es:si + 0x2E], 0
        mov     bx, ss
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     0x20:.protected
.protected:
        mov     ax, 0x28
        mov     ss, ax
        mov     ax, 0x10
        mov     ds, ax
        mov     ax, 0x18
        mov     es, ax
        xor     si, si
        xor     di, di
        rep     movsw
        mov     ax, 0x28                ; leave 64 KiB limits behind
        mov     ds, ax
        mov     es, ax
        mov     eax, cr0
        and     al, 0xFE
        mov     cr0, eax
        jmp     BIOS_SEG:.real
.real:  mov     ss, bx
        pop     es
        pop     ds
        pop     ax
        and     al, 0xFE
        out     PORT_92, al
        sti
        mov     byte [bp + R_AH], 0
        or      byte [bp + R_FLAGS], FLAG_ZF
        ret
.too_long:
        mov     byte [bp + R_AH], 0x02
        jmp     system_fail

; ---------------------------------------------------------------- memory sizes
system_extended_memory:                 ; 88h: -> AX = KiB above 1 MiB
        mov     al, CMOS_EXT_MEM
        call    cmos_read_word
        cmp     ax, 63 * 1024           ; programs add 1 MiB in 16 bits
        jbe     .fits
        mov     ax, 63 * 1024
.fits:  mov     [bp + R_AX], ax
        ret

system_configuration:                   ; C0h: -> ES:BX
        mov     word [bp + R_BX], configuration_table
        mov     [bp + R_ES], cs
        mov     byte [bp + R_AH], 0
        ret

system_ebda:                            ; C1h: -> ES
        mov     ax, [EBDA_PTR]
        mov     [bp + R_ES], ax
        mov     byte [bp + R_AH], 0
        ret

; E801h: -> AX, CX KiB from 1 to 16 MiB; BX, DX 64 KiB units above. E820h: one entry of the map.
system_memory_map:
        cmp     al, 0x20
        je      memory_map_entry
        cmp     al, 0x01
        jne     system_unknown
        mov     al, CMOS_HIGH_MEM
        call    cmos_read_word
        mov     [bp + R_BX], ax
        mov     [bp + R_DX], ax
        mov     al, CMOS_EXT_MEM
        call    cmos_read_word
        cmp     ax, 15 * 1024
        jbe     .low
        mov     ax, 15 * 1024
.low:   mov     [bp + R_AX], ax
        mov     [bp + R_CX], ax
        ret

; E820h: EBX = 0 or what the last call gave, ECX = room, EDX = 'SMAP' -> ES:DI entry, EBX next one
; (0: this was the last), ECX = bytes stored
memory_map_entry:
        cmp     dword [bp + R_EDX], 0x534D4150
        jne     system_unknown
        cmp     dword [bp + R_ECX], 20
        jb      system_unknown
        mov     fs, [EBDA_PTR]
        mov     eax, [bp + R_EBX]
        movzx   ecx, byte [fs:EBDA_MAP_COUNT]
        cmp     eax, ecx
        jae     system_unknown
        imul    si, ax, 20
        inc     ax
        cmp     ax, cx
        jb      .more
        xor     ax, ax
.more:  mov     [bp + R_EBX], eax
        add     si, EBDA_MAP
        mov     cx, 5
.copy:  mov     eax, [fs:si]
        add     si, 4
        stosd
        loop    .copy
        mov     ecx, [bp + R_ECX]
        cmp     ecx, 24
        mov     dword [bp + R_ECX], 20
        jb      .done
        mov     dword [es:di], 1        ; ACPI 3 attributes: the entry counts
        mov     dword [bp + R_ECX], 24
.done:  mov     dword [bp + R_EAX], 0x534D4150
        ret

; ---------------------------------------------------------------- POST: the memory map
; Entries: base and length (qwords), type (1 RAM, 2 reserved).
memory_post:
        mov     al, CMOS_BASE_MEM
        call    cmos_read_word
        test    ax, ax
        jz      .standard
        cmp     ax, 640
        jbe     .base
.standard:
        mov     ax, 640
.base:  sub     ax, EBDA_KB
        mov     [MEM_KB], ax
        shl     ax, 6
        mov     [EBDA_PTR], ax
        mov     fs, ax
        mov     es, ax
        xor     di, di
        mov     cx, EBDA_KB * 512
        xor     ax, ax
        rep     stosw
        mov     byte [fs:EBDA_SIZE], EBDA_KB
        mov     di, EBDA_MAP
        xor     eax, eax                ; conventional memory
        movzx   ebx, word [MEM_KB]
        shl     ebx, 10
        mov     cl, 1
        call    .entry
        mov     eax, ebx                ; EBDA
        mov     ebx, EBDA_KB * 1024
        mov     cl, 2
        call    .entry
        mov     eax, 0xF0000            ; this ROM
        mov     ebx, 0x10000
        call    .entry
        mov     cl, 1
        mov     al, CMOS_HIGH_MEM
        call    cmos_read_word
        movzx   ebx, ax
        shl     ebx, 16
        jz      .small
        add     ebx, 15 << 20           ; from 1 MiB to 16 MiB and beyond
        jc      .full
        cmp     ebx, 0xFFFF0000 - 0x100000
        jbe     .extended
.full:  mov     ebx, 0xFFFF0000 - 0x100000
        jmp     .extended
.small: mov     al, CMOS_EXT_MEM
        call    cmos_read_word
        movzx   ebx, ax
        shl     ebx, 10
        jz      .rom
.extended:
        mov     eax, 0x100000
        call    .entry
.rom:   mov     eax, 0xFFFF0000         ; this ROM again
        mov     ebx, 0x10000
        mov     cl, 2
        call    .entry
        mov     al, CMOS_ABOVE_4G + 2
        call    cmos_read
        movzx   ebx, al
        shl     ebx, 16
        mov     al, CMOS_ABOVE_4G
        call    cmos_read_word
        mov     bx, ax                  ; EBX = 64 KiB units
        test    ebx, ebx
        jz      .done
        mov     edx, ebx
        shl     ebx, 16
        shr     edx, 16
        mov     cl, 1
        xor     eax, eax
        call    .entry
        mov     dword [fs:di - 16], 1   ; base 4 GiB
        mov     [fs:di - 8], edx
.done:  ret
.entry: mov     [fs:di], eax            ; EAX base, EBX length, CL type; the high halves are 0
        mov     [fs:di + 8], ebx
        mov     [fs:di + 16], cl
        add     di, 20
        inc     byte [fs:EBDA_MAP_COUNT]
        ret
