; pci.asm - PCI: POST gives each function its addresses and its interrupt; INT 1Ah AH=B1h is the
; PCI BIOS (PCI BIOS Specification 2.1). One bus, configuration mechanism 1.

PCI_ADDRESS     equ 0xCF8
PCI_DATA        equ 0xCFC
ELCR            equ 0x4D0               ; which inputs of the 8259s are level-triggered

PCI_PORTS_START equ 0xC000              ; ports are given from here up,
PCI_MEMORY_END  equ 0xFEC00000          ; memory from here down: IO APIC and ROM lie above
PCI_MEMORY_LEAST equ 0x80000000

PCI_COMMAND     equ 0x04
PCI_HEADER      equ 0x0E
PCI_BAR0        equ 0x10
PCI_BAR_END     equ 0x28
PCI_IRQ_LINE    equ 0x3C
PCI_IRQ_PIN     equ 0x3D
PIIX_PIRQ       equ 0x60

PCI_OK          equ 0x00
PCI_UNSUPPORTED equ 0x81
PCI_BAD_VENDOR  equ 0x83
PCI_NOT_FOUND   equ 0x86
PCI_BAD_REGISTER equ 0x87
PCI_TOO_SMALL   equ 0x89

; ---------------------------------------------------------------- configuration space
; BX = bus, device and function, DI = register; all but the result is preserved.
pci_select:                             ; -> DX = port of the data
        push    eax
        movzx   eax, bx
        shl     eax, 8
        or      eax, 0x80000000
        mov     dx, di
        mov     al, dl
        and     al, 0xFC
        mov     dx, PCI_ADDRESS
        out     dx, eax
        mov     dx, di
        and     dx, 3
        add     dx, PCI_DATA
        pop     eax
        ret
pci_read8:                              ; -> AL
        push    dx
        call    pci_select
        in      al, dx
        pop     dx
        ret
pci_read16:                             ; -> AX
        push    dx
        call    pci_select
        in      ax, dx
        pop     dx
        ret
pci_read32:                             ; -> EAX
        push    dx
        call    pci_select
        in      eax, dx
        pop     dx
        ret
pci_write8:                             ; CL
        push    dx
        push    ax
        call    pci_select
        mov     al, cl
        out     dx, al
        jmp     pci_written
pci_write16:                            ; CX
        push    dx
        push    ax
        call    pci_select
        mov     ax, cx
        out     dx, ax
pci_written:
        pop     ax
        pop     dx
        ret
pci_write32:                            ; ECX
        push    dx
        push    eax
        call    pci_select
        mov     eax, ecx
        out     dx, eax
        pop     eax
        pop     dx
        ret

; CF = 1: no PCI here. A board without it has nothing at CF8h.
pci_present:
        push    eax
        push    dx
        mov     dx, PCI_ADDRESS
        mov     eax, 0x80000000
        out     dx, eax
        in      eax, dx
        cmp     eax, 0x80000000
        je      .done                   ; CF = 0
        stc
.done:  pop     dx
        pop     eax
        ret

; Call SI for each function, with BX = its place and EAX = its vendor and device. It may clobber
; everything but SP; CF = 1 ends the walk, and is handed on with BX.
pci_each:
        xor     bx, bx
.next:  xor     di, di
        call    pci_read32
        cmp     ax, 0xFFFF
        je      .absent
        push    bx
        push    si
        call    si
        pop     si
        pop     bx
        jc      .done
        test    bl, 7
        jnz     .step
        mov     di, PCI_HEADER
        call    pci_read8
        test    al, 0x80                ; several functions?
        jnz     .step
        jmp     .slot
.absent:
        test    bl, 7
        jnz     .step
.slot:  add     bl, 7
.step:  inc     bl
        jnz     .next
        clc
.done:  ret

; ---------------------------------------------------------------- POST
; FS = EBDA. Small pieces first, so that large ones cost no room by their alignment.
pci_post:
        call    pci_present
        jc      .done
        mov     dword [fs:EBDA_PCI_PORTS], PCI_PORTS_START
        mov     dword [fs:EBDA_PCI_MEMORY], PCI_MEMORY_END
        mov     al, CMOS_HIGH_MEM
        call    cmos_read_word
        movzx   eax, ax
        shl     eax, 16
        add     eax, 16 << 20           ; the end of RAM
        cmp     eax, PCI_MEMORY_LEAST
        jae     .least
        mov     eax, PCI_MEMORY_LEAST
.least: mov     [fs:EBDA_PCI_LEAST], eax
        mov     byte [fs:EBDA_PCI_PASS], 0
        mov     si, pci_assign
        call    pci_each
        inc     byte [fs:EBDA_PCI_PASS]
        mov     si, pci_assign
        call    pci_each
        mov     si, pci_enable
        call    pci_each
.done:  ret

; The base address registers of one function. Which bits of a register can be written tells its
; size. Pass 0: ports, and memory below 1 MiB; pass 1: the rest.
pci_assign:
        mov     di, PCI_HEADER
        call    pci_read8
        test    al, 0x7F                ; bridges have other headers
        jnz     .done
        mov     di, PCI_BAR0
.bar:   call    pci_read32
        mov     esi, eax                ; as it was
        mov     ecx, 0xFFFFFFFF
        call    pci_write32
        call    pci_read32
        test    al, 1
        jz      .memory
        cmp     byte [fs:EBDA_PCI_PASS], 0
        jne     .restore
        and     al, 0xFC
        or      eax, 0xFFFF0000
        mov     ecx, [fs:EBDA_PCI_PORTS] ; EAX = -size
        sub     ecx, eax
        dec     ecx
        and     ecx, eax                ; the next multiple of the size
        mov     edx, ecx
        sub     edx, eax
        cmp     edx, 0x10000
        ja      .restore
        mov     [fs:EBDA_PCI_PORTS], edx
        jmp     .write
.memory:
        and     al, 0xF0
        neg     eax                     ; EAX = size
        jz      .restore
        cmp     eax, 1 << 20
        setae   cl
        cmp     cl, [fs:EBDA_PCI_PASS]
        jne     .restore
        mov     ecx, [fs:EBDA_PCI_MEMORY]
        sub     ecx, eax
        jc      .restore
        neg     eax
        and     ecx, eax
        cmp     ecx, [fs:EBDA_PCI_LEAST]
        jb      .restore
        mov     [fs:EBDA_PCI_MEMORY], ecx
        jmp     .write
.restore:
        mov     ecx, esi
.write: call    pci_write32
        and     si, 7                   ; memory of 64 bits takes two registers
        cmp     si, 4
        jne     .next
        add     di, 4
        xor     ecx, ecx
        call    pci_write32
.next:  add     di, 4
        cmp     di, PCI_BAR_END
        jb      .bar
.done:  clc
        ret

; The interrupt of one function, and its decoders on.
pci_enable:
        push    eax
        mov     di, PCI_IRQ_PIN
        call    pci_read8
        test    al, al
        jz      .command
        mov     dl, bl                  ; INTA# of slot 1 is the router's first input; the next
        shr     dl, 3                   ; slot's is the second
        add     al, dl
        sub     al, 2
        and     ax, 3
        mov     si, ax
        mov     cl, [cs:pci_irqs + si]
        mov     di, PCI_IRQ_LINE
        call    pci_write8
.command:
        mov     di, PCI_COMMAND
        call    pci_read16
        mov     cx, ax
        or      cl, 3                   ; ports and memory
        call    pci_write16
        pop     eax
        cmp     eax, 0x70008086
        je      .isa
        cmp     eax, 0x70108086
        je      .ide
        cmp     eax, 0x71138086
        je      .power
        clc
        ret

; The ISA bridge: router inputs to IRQ 10 and 11, which become level-triggered
.isa:   xor     si, si
        mov     di, PIIX_PIRQ
.input: mov     cl, [cs:pci_irqs + si]
        call    pci_write8
        inc     di
        inc     si
        cmp     si, 4
        jb      .input
        mov     dx, ELCR
        mov     al, 0
        out     dx, al
        inc     dx
        mov     al, 0x0C
        out     dx, al
        clc
        ret

; The IDE function: both channels at their old ports
.ide:   mov     cx, 0x8000
        mov     di, 0x40
        call    pci_write16
        mov     di, 0x42
        call    pci_write16
        clc
        ret

; Power management: ports 600h, SMBus at 700h, both on, and IRQ 9
.power: mov     cl, 9
        mov     di, PCI_IRQ_LINE
        call    pci_write8
        mov     ecx, 0x0601
        mov     di, 0x40
        call    pci_write32
        mov     cl, 1
        mov     di, 0x80
        call    pci_write8
        mov     ecx, 0x0701
        mov     di, 0x90
        call    pci_write32
        mov     cl, 9
        mov     di, 0xD2
        call    pci_write8
        clc
        ret

; Where the router's four inputs lead
pci_irqs:
        db      10, 10, 11, 11

; ---------------------------------------------------------------- INT 1Ah, AH = B1h
pci_service:
        call    pci_present
        jc      int1A.refused
        movzx   si, byte [bp + R_AL]
        cmp     si, (pci_services_end - pci_services) / 2
        jae     pci_unsupported
        add     si, si
        push    pci_status
        jmp     [cs:pci_services + si]
pci_status:                             ; AH = status
        mov     [bp + R_AH], ah
        and     byte [bp + R_FLAGS], ~FLAG_CF
        test    ah, ah
        jz      .done
        or      byte [bp + R_FLAGS], FLAG_CF
.done:  ret
pci_unsupported:
        mov     ah, PCI_UNSUPPORTED
        jmp     pci_status
pci_none:
        mov     ah, PCI_UNSUPPORTED
        ret
pci_services:
        dw      pci_none, pci_check, pci_find_device, pci_find_class
        dw      pci_none, pci_none, pci_none, pci_none
        dw      pci_get8, pci_get16, pci_get32, pci_set8
        dw      pci_set16, pci_set32, pci_routes, pci_none
pci_services_end:

; 01h: -> EDX 'PCI ', AL mechanisms, BX version, CL last bus, EDI no entry of 32 bits
pci_check:
        mov     dword [bp + R_EDX], 0x20494350
        mov     byte [bp + R_AL], 0x01
        mov     word [bp + R_BX], 0x0210
        mov     byte [bp + R_CL], 0
        mov     dword [bp + R_EDI], 0
        mov     ah, PCI_OK
        ret

; 02h: CX device, DX vendor, SI which of them -> BX
pci_find_device:
        mov     ah, PCI_BAD_VENDOR
        cmp     dx, 0xFFFF
        je      pci_each.done
        mov     si, .match
        jmp     pci_find
.match: mov     cx, [bp + R_CX]
        shl     ecx, 16
        mov     cx, [bp + R_DX]
        cmp     eax, ecx
pci_count:                              ; ZF = 1: it is one of them
        clc
        jne     .done
        sub     word [bp + R_SI], 1     ; CF = 1: it is this one
.done:  ret

; 03h: ECX class, SI which of them -> BX
pci_find_class:
        mov     si, .match
pci_find:
        push    dword [bp + R_ESI]
        call    pci_each
        pop     dword [bp + R_ESI]
        mov     ah, PCI_NOT_FOUND
        jnc     .done
        mov     [bp + R_BX], bx
        mov     ah, PCI_OK
.done:  ret
pci_find_class.match:
        mov     di, 0x08
        call    pci_read32
        shr     eax, 8
        mov     ecx, [bp + R_ECX]
        and     ecx, 0xFFFFFF
        cmp     eax, ecx
        jmp     pci_count

; 08h-0Dh: BX place, DI register, CL, CX or ECX
pci_get8:
        mov     cx, 0
        call    pci_register
        jc      .done
        call    pci_read8
        mov     [bp + R_CL], al
        mov     ah, PCI_OK
.done:  ret
pci_get16:
        mov     cx, 1
        call    pci_register
        jc      .done
        call    pci_read16
        mov     [bp + R_CX], ax
        mov     ah, PCI_OK
.done:  ret
pci_get32:
        mov     cx, 3
        call    pci_register
        jc      .done
        call    pci_read32
        mov     [bp + R_ECX], eax
        mov     ah, PCI_OK
.done:  ret
pci_set8:
        mov     cx, 0
        call    pci_register
        jc      .done
        mov     cl, [bp + R_CL]
        call    pci_write8
        mov     ah, PCI_OK
.done:  ret
pci_set16:
        mov     cx, 1
        call    pci_register
        jc      .done
        mov     cx, [bp + R_CX]
        call    pci_write16
        mov     ah, PCI_OK
.done:  ret
pci_set32:
        mov     cx, 3
        call    pci_register
        jc      .done
        mov     ecx, [bp + R_ECX]
        call    pci_write32
        mov     ah, PCI_OK
.done:  ret
; CX = bits of the register's number that must be zero. CF = 1 and AH: it is none.
pci_register:
        mov     ah, PCI_BAD_REGISTER
        test    di, cx
        jnz     .bad
        cmp     di, 0x100
        cmc
        jc      .done
        test    bh, bh                  ; there is one bus only
        jz      .done                   ; CF = 0
        mov     ah, PCI_NOT_FOUND
.bad:   stc
.done:  ret

; 0Eh: ES:DI = size of a buffer (word) and far pointer to it -> the routing table without its head;
; BX = IRQs that are PCI's alone
pci_routes:
        mov     cx, pci_routing_end - pci_routing_slots
        mov     ax, [es:di]
        mov     [es:di], cx
        cmp     ax, cx
        mov     ah, PCI_TOO_SMALL
        jb      .done
        mov     word [bp + R_BX], 0x0C00
        push    ds
        les     di, [es:di + 2]
        push    cs
        pop     ds
        mov     si, pci_routing_slots
        rep     movsb
        pop     ds
        mov     ah, PCI_OK
.done:  ret

; ---------------------------------------------------------------- the table of interrupt routes
; "$PIR" on a 16-byte boundary: for each slot, its four pins: the router's register that each is
; wired to, and the IRQs that it can lead to.
PIR_IRQS        equ 0xDEF8
PIR_SLOTS       equ 31
; The sum of all bytes is 0. In a slot the four registers are each once, from slot to slot turned.
PIR_SLOT_SUM    equ 4 * PIIX_PIRQ + 6 + 4 * (0xDE + 0xF8)
PIR_SLOTS_SUM   equ 8 * PIR_SLOTS * (PIR_SLOTS + 1) / 2 + PIR_SLOTS * PIR_SLOT_SUM
PIR_SIZE        equ 32 + 16 * PIR_SLOTS
PIR_HEAD_SUM    equ "$" + "P" + "I" + "R" + 1 + (PIR_SIZE & 0xFF) + (PIR_SIZE >> 8) + 0x08 + 0x86 + 0x80 + 0x70

        align   16, db 0
pci_routing:
        db      "$PIR"
        dw      0x0100                  ; version
        dw      PIR_SIZE
        db      0, 0x08                 ; the router is function 01.0
        dw      0                       ; no IRQ is PCI's alone
        dd      0x70008086              ; it works like this one
        dd      0
        times   11 db 0
        db      (-(PIR_HEAD_SUM + PIR_SLOTS_SUM)) & 0xFF
pci_routing_slots:
%assign slot 1
%rep PIR_SLOTS
        db      0, slot << 3
  %assign pin 0
  %rep 4
        db      PIIX_PIRQ + ((pin + slot - 1) & 3)
        dw      PIR_IRQS
    %assign pin pin + 1
  %endrep
        db      0, 0                    ; on the board
  %assign slot slot + 1
%endrep
pci_routing_end:
