; teaches: what a boot sector can do with nothing but the BIOS and a few ports: a picture, a clock and a power switch
; run: --budget 20000000000
; media: floppy
; qemu: same
; expect-serial: Hello from Lucid86
; expect-screen: It boots. The whole machine behind this picture is written in Swift.
; expect-screen: scripts/run debug
; expect-screen: powered off
; expect-end: power-off 0
;
; The demo disk of scripts/run. It fills the text screen at B800:0000 by itself, asks the BIOS for memory,
; date and time, counts timer ticks while it sleeps in HLT, and powers off after a second and a half of the
; machine's time, or at once when a key is pressed.

        %include "boot.inc"

SCREEN          equ 0xB800
TICKS           equ 28                  ; 18.2 a second: about a second and a half

; attribute = background << 4 | foreground
BLUE            equ 0x01
GREY            equ 0x07
DARK            equ 0x08
BRIGHT_BLUE     equ 0x09
BRIGHT_GREEN    equ 0x0A
BRIGHT_CYAN     equ 0x0B
BRIGHT_RED      equ 0x0C
YELLOW          equ 0x0E
WHITE           equ 0x0F

; place ROW, COLUMN: DI points to that cell
%macro place 2
        mov     di, ((%1) * 80 + (%2)) * 2
%endmacro

; say ATTRIBUTE, "text": write it at DI
%macro say 2
        mov     ah, %1
        call    write
        db      %2, 0
%endmacro

main:
        print   `Hello from Lucid86\n`
        mov     ax, 0x0003              ; 80x25 colour text; clears the screen
        int     0x10
        mov     ah, 0x01
        mov     cx, 0x2000              ; a cursor would blink in the picture
        int     0x10
        mov     ax, SCREEN
        mov     es, ax

        call    draw_title
        call    draw_box
        call    draw_facts
        call    draw_palette
        place   21, 4
        say     GREY,  'Next:  '
        say     WHITE, 'scripts/run IMAGE'
        say     GREY,  '   boot your own disk'
        place   22, 11
        say     WHITE, 'scripts/run debug'
        say     GREY,  '   step through this very program'
        place   23, 11
        say     WHITE, 'Ctrl-A x'
        say     GREY,  ' leaves a run, '
        say     WHITE, 'Ctrl-A c'
        say     GREY,  ' opens the debugger'

; ---- the animation: sleep until the timer ticks, then draw the new state ----
animate:
        hlt                             ; IRQ 0 wakes us 18.2 times a second
        mov     eax, [0x46C]            ; the BIOS counts ticks here
        cmp     eax, [last_tick]
        je      .key
        mov     [last_tick], eax
        inc     word [ticks]
        call    draw_progress
.key:
        mov     ah, 0x01
        int     0x16                    ; a key? ZF says no
        jz      .more
        mov     ah, 0x00
        int     0x16
        jmp     off
.more:
        cmp     word [ticks], TICKS
        jb      animate

off:
        place   24, 4
        say     DARK, 'powered off'
        mov     ax, 0x5300              ; the machine's own switch first: the Shutdown port of Bochs
        mov     si, shutdown
        mov     dx, 0x8900
        mov     cx, 8
        rep outsb
        mov     ax, 0x5301              ; then APM: connect, announce version 1.1, power off
        xor     bx, bx
        int     0x15
        mov     ax, 0x530E
        xor     bx, bx
        mov     cx, 0x0101
        int     0x15
        mov     ax, 0x5307
        mov     bx, 1
        mov     cx, 3
        int     0x15
        mov     dx, 0x604               ; and the ACPI port of a QEMU PC
        mov     ax, 0x2000
        out     dx, ax
        cli
        hlt

; ---- LUCID86 in half blocks: each letter row is a bit mask, two rows a line ----
draw_title:
        mov     si, title
        mov     bx, 0                   ; row of the title, 0..6
.row:
        mov     ax, bx
        inc     ax
        mov     dx, 160
        mul     dx
        add     ax, 2 * 10
        mov     di, ax
        mov     dh, [gradient + bx]
        mov     cx, 60
.cell:
        lodsb
        cmp     al, ' '
        je      .blank
        mov     al, 0xDB                ; full block
        mov     ah, dh
        stosw
        mov     byte [shadowed], 1
        jmp     .next
.blank:
        mov     al, ' '
        cmp     byte [shadowed], 0      ; a letter throws a thin shadow to its right
        je      .plain
        mov     al, 0xB0
.plain: mov     ah, BLUE
        stosw
        mov     byte [shadowed], 0
.next:
        loop    .cell
        inc     bx
        cmp     bx, 6
        jb      .row
        place   8, 10
        say     GREY, 'It boots. The whole machine behind this picture is written in Swift.'
        ret

; ---- a double-line box ----
BOX_TOP         equ 10
BOX_BOTTOM      equ 19
BOX_LEFT        equ 3
BOX_RIGHT       equ 76
draw_box:
        mov     ah, BRIGHT_BLUE
        place   BOX_TOP, BOX_LEFT
        mov     al, 0xC9
        stosw
        mov     al, 0xCD
        mov     cx, BOX_RIGHT - BOX_LEFT - 1
        rep stosw
        mov     al, 0xBB
        stosw
        place   BOX_BOTTOM, BOX_LEFT
        mov     al, 0xC8
        stosw
        mov     al, 0xCD
        mov     cx, BOX_RIGHT - BOX_LEFT - 1
        rep stosw
        mov     al, 0xBC
        stosw
        place   BOX_TOP + 1, BOX_LEFT
        mov     cx, BOX_BOTTOM - BOX_TOP - 1
.side:  mov     word [es:di], (BRIGHT_BLUE << 8) | 0xBA
        mov     word [es:di + (BOX_RIGHT - BOX_LEFT) * 2], (BRIGHT_BLUE << 8) | 0xBA
        add     di, 160
        loop    .side
        place   BOX_TOP, 6
        say     WHITE, ' This machine '
        ret

; ---- what the machine says about itself ----
FACTS           equ 24                  ; column of the values
draw_facts:
        place   11, 7
        say     GREY, 'processor'
        place   11, FACTS
        smsw    ax                      ; MSW bit 0 is CR0.PE
        test    al, 1
        jnz     .protected
        say     BRIGHT_GREEN, 'real mode, 16 bits'
        jmp     .family
.protected:
        say     BRIGHT_GREEN, 'virtual-8086 mode'
.family:
        call    has_cpuid
        jz      .memory
        say     DARK, '  CPUID: '
        xor     eax, eax
        cpuid
        mov     [vendor], ebx
        mov     [vendor + 4], edx
        mov     [vendor + 8], ecx
        mov     si, vendor
        mov     ah, GREY
        call    write_string
        say     GREY, ', family '
        mov     eax, 1
        cpuid
        shr     eax, 8
        and     eax, 15
        call    decimal

.memory:
        place   12, 7
        say     GREY, 'memory'
        place   12, FACTS
        int     0x12
        movzx   eax, ax
        mov     dl, BRIGHT_GREEN
        call    decimal_in
        say     BRIGHT_GREEN, ' KiB'
        say     DARK, ' below 1 MiB, '
        call    usable_memory           ; EAX = KiB by E820
        shr     eax, 10
        inc     eax                     ; what the map leaves out of the last MiB
        mov     dl, BRIGHT_GREEN
        call    decimal_in
        say     BRIGHT_GREEN, ' MiB'
        say     DARK, ' in all'

        place   13, 7
        say     GREY, 'date and time'
        place   13, FACTS
        mov     ah, 0x04
        int     0x1A
        mov     ah, YELLOW
        mov     al, ch
        call    packed
        mov     al, cl
        call    packed
        mov     al, '-'
        stosw
        mov     al, dh
        call    packed
        mov     al, '-'
        stosw
        mov     al, dl
        call    packed
        mov     al, ' '
        stosw
        mov     ah, 0x02
        int     0x1A
        mov     ah, YELLOW
        mov     al, ch
        call    packed
        mov     al, ':'
        stosw
        mov     al, cl
        call    packed
        mov     al, ':'
        stosw
        mov     al, dh
        call    packed
        say     DARK, '   from the battery-backed clock'

        place   14, 7
        say     GREY, 'booted from'
        place   14, FACTS
        cmp     byte [boot_drive], 0x80
        jae     .disk
        say     BRIGHT_GREEN, 'floppy disk'
        jmp     .address
.disk:  say     BRIGHT_GREEN, 'hard disk'
.address:
        say     DARK, ', by INT 13h to 0000:7C00'

        place   15, 7
        say     GREY, 'timer ticks'
        ret

; ---- the sixteen colours of the palette ----
draw_palette:
        place   18, 7
        say     GREY, 'colours'
        place   18, FACTS
        mov     bx, 0
.colour:
        mov     ah, bl
        mov     al, 0xDB
        mov     cx, 3
        rep stosw
        inc     bx
        cmp     bx, 16
        jb      .colour
        ret

; ---- ticks and the bar ----
BAR             equ 48
draw_progress:
        place   15, FACTS
        movzx   eax, word [ticks]
        mov     dl, YELLOW
        call    decimal_in
        say     DARK, '   from IRQ 0, while the processor sleeps in HLT'
        place   16, FACTS
        mov     ax, [ticks]
        mov     cx, BAR
        mul     cx
        mov     cx, TICKS
        div     cx
        mov     dx, ax                  ; DX cells are full
        mov     bx, 0
.cell:
        mov     ax, (DARK << 8) | 0xB0  ; light shade
        cmp     bx, dx
        jae     .put
        mov     al, 0xDB
        mov     ah, BRIGHT_CYAN
        cmp     bx, BAR / 3
        jb      .put
        mov     ah, BRIGHT_GREEN
        cmp     bx, BAR * 2 / 3
        jb      .put
        mov     ah, YELLOW
.put:   stosw
        inc     bx
        cmp     bx, BAR
        jb      .cell
        ret

; ---- small helpers ----

; write: the string behind the CALL, attribute AH, at ES:DI
write:
        pop     si
        call    write_string
        jmp     si

write_string:
        lodsb
        test    al, al
        jz      .done
        stosw
        jmp     write_string
.done:  ret

; packed: the two decimal digits of AL, attribute AH
packed:
        push    ax
        shr     al, 4
        add     al, '0'
        stosw
        pop     ax
        and     al, 15
        add     al, '0'
        stosw
        ret

; decimal: EAX in decimal; decimal_in takes the attribute in DL
decimal:
        mov     dl, GREY
decimal_in:
        push    dx
        xor     cx, cx
        mov     ebx, 10
.digit: xor     edx, edx
        div     ebx
        push    dx
        inc     cx
        test    eax, eax
        jnz     .digit
        mov     bp, sp
        add     bp, cx
        add     bp, cx
        mov     ah, [bp]                ; the attribute below the digits
.put:   pop     dx
        mov     al, dl
        add     al, '0'
        stosw
        loop    .put
        pop     dx
        ret

; has_cpuid: ZF clear when the ID bit of EFLAGS can be changed
has_cpuid:
        pushfd
        pushfd
        xor     dword [esp], 1 << 21
        popfd
        pushfd
        pop     eax
        xor     eax, [esp]
        popfd
        test    eax, 1 << 21
        ret

; usable_memory: EAX = KiB of usable memory by INT 15h E820h, or by E801h-style 0 when there is no map
usable_memory:
        push    es
        push    di
        xor     ax, ax
        mov     es, ax
        xor     ebx, ebx
        mov     dword [total], 0
.entry: mov     eax, 0xE820
        mov     edx, 0x534D4150         ; 'SMAP'
        mov     ecx, 20
        mov     di, map_entry
        int     0x15
        jc      .done
        cmp     dword [map_entry + 16], 1
        jne     .skip
        mov     eax, [map_entry + 8]
        shr     eax, 10
        add     [total], eax
.skip:  test    ebx, ebx
        jnz     .entry
.done:  mov     eax, [total]
        pop     di
        pop     es
        ret

shutdown:       db 'Shutdown'
gradient:       db WHITE, BRIGHT_CYAN, BRIGHT_CYAN, BRIGHT_BLUE, BRIGHT_BLUE, 0x0D
vendor:         times 13 db 0
shadowed:       db 0
ticks:          dw 0
        align 4, db 0
last_tick:      dd 0
total:          dd 0
map_entry:      times 20 db 0

; 60 columns, 6 rows
title:
        db '###      ##   ##   #####   ####  ######     #####    #####  '
        db '###      ##   ##  ##   ##   ##   ##   ##   ##   ##  ##      '
        db '###      ##   ##  ##        ##   ##   ##    #####   ######  '
        db '###      ##   ##  ##        ##   ##   ##   ##   ##  ##   ## '
        db '###      ##   ##  ##   ##   ##   ##   ##   ##   ##  ##   ## '
        db '#######   #####    #####   ####  ######     #####    #####  '
        %include "end.inc"
