; mtrr.asm - memory types (SDM 3A 12.11): RAM is cached, the screen and what lies from 3 GiB to 4 GiB are
; not, ROMs are cached for reading. All processors must have the same, so the others are started once to set
; theirs; then they wait, halted, for an operating system. The local APIC is set up on the way.

        cpu     686                     ; CPUID, RDMSR, WRMSR: used where CPUID says so

MSR_MTRRCAP     equ 0xFE
MSR_MTRR_BASE0  equ 0x200
MSR_MTRR_FIX64K equ 0x250
MSR_MTRR_FIX16K_80000 equ 0x258
MSR_MTRR_FIX16K_A0000 equ 0x259
MSR_MTRR_FIX4K  equ 0x268               ; eight
MSR_MTRR_DEFAULT equ 0x2FF
MTRR_UNCACHED   equ 0x00
MTRR_PROTECTED  equ 0x05050505
MTRR_WRITE_BACK equ 0x06060606
MTRR_ON         equ 0xC06               ; E, FE, and write-back where no range says otherwise
PCI_HOLE        equ 0xC0000000          ; RAM below 4 GiB ends here at the latest

AP_PAGE         equ 0x08                ; SIPI's vector: processors begin at 8000h
AP_START        equ AP_PAGE << 12
AP_COUNT        equ AP_START + 8        ; word: how many are done
APIC_SPURIOUS   equ 0xFEE000F0
APIC_LINT0      equ 0xFEE00350
APIC_LINT1      equ 0xFEE00360
APIC_ICR_LOW    equ 0xFEE00300
APIC_ICR_HIGH   equ 0xFEE00310
ICR_INIT_OTHERS equ 0x000C4500
ICR_START_OTHERS equ 0x000C4600 | AP_PAGE
FWCFG_PROCESSORS equ 0x05

mtrr_post:
        pushad
        pushfd                          ; CPUID is there if EFLAGS.ID can change
        pop     eax
        mov     ecx, eax
        xor     eax, 1 << 21
        push    eax
        popfd
        pushfd
        pop     eax
        push    ecx
        popfd
        xor     eax, ecx
        test    eax, 1 << 21
        jz      .done
        mov     eax, 1
        cpuid
        push    edx
        mov     bp, .types
        test    dh, 0x10                ; MTRR
        jnz     mtrr_set
.types: pop     edx
        test    dh, 0x02                ; a local APIC
        jz      .done
        xor     bx, bx                  ; processors that are to set their memory types
        test    dh, 0x10
        jz      .apic
        call    fw_cfg_probe
        jc      .apic
        mov     dx, FW_CFG_SELECTOR
        mov     ax, FWCFG_PROCESSORS
        out     dx, ax
        call    fw_cfg_dword
        mov     bx, ax
        dec     bx
.apic:  push    ds
        push    0
        pop     ds
        mov     byte [AP_START], 0xEA   ; JMP far
        mov     word [AP_START + 1], ap_start
        mov     word [AP_START + 3], BIOS_SEG
        mov     word [AP_COUNT], 0
        call    apic_post
        mov     ecx, 0x1000000
.wait:  cmp     [AP_COUNT], bx
        jae     .all
        pause
        dec     ecx
        jnz     .wait
.all:   pop     ds
.done:  popad
        ret

; The bootstrap processor's APIC lets the interrupts of the 8259s through (virtual wire mode: MP 1.4, 3.6.2.2),
; and sends INIT and SIPI to BX others. It is beyond real mode's reach.
apic_post:
        pushf
        push    ds
        push    es
        cli
        o32 lgdt [cs:.gdtr]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     8:.protected
.protected:
        mov     ax, 16
        mov     ds, ax
        mov     dword [dword APIC_SPURIOUS], 0x10F      ; on
        mov     dword [dword APIC_LINT0], 0x700 ; ExtINT
        mov     dword [dword APIC_LINT1], 0x400 ; NMI
        test    bx, bx
        jz      .back
        mov     dword [dword APIC_ICR_HIGH], 0
        mov     dword [dword APIC_ICR_LOW], ICR_INIT_OTHERS
.init:  test    dword [dword APIC_ICR_LOW], 1 << 12     ; not yet delivered
        jnz     .init
        mov     dword [dword APIC_ICR_LOW], ICR_START_OTHERS
.start: test    dword [dword APIC_ICR_LOW], 1 << 12
        jnz     .start
.back:  mov     ax, 24                  ; limits of real mode
        mov     ds, ax
        mov     es, ax
        mov     eax, cr0
        and     al, 0xFE
        mov     cr0, eax
        jmp     BIOS_SEG:.real
.real:  pop     es
        pop     ds
        popf
        ret
        align   8, db 0
.gdt:   dq      0
        dw      0xFFFF, 0, 0x9B0F, 0    ; this ROM
        dw      0xFFFF, 0, 0x9300, 0x00CF ; 4 GiB
        dw      0xFFFF, 0, 0x9300, 0    ; 64 KiB
.gdtr:  dw      31
        dd      BIOS_SEG * 16 + .gdt

; Another processor begins here, from AP_START, without a stack.
ap_start:
        cli
        mov     eax, cr0                ; caches on
        and     eax, 0x9FFFFFFF
        mov     cr0, eax
        mov     bp, .set
        jmp     mtrr_set
.set:   xor     ax, ax
        mov     ds, ax
        lock inc word [AP_COUNT]
.sleep: cli
        hlt
        jmp     .sleep

; Memory types of this processor, then to CS:BP. Uses no memory. Clobbers EAX, EBX, ECX, EDX, ESI, EDI.
mtrr_set:
        mov     eax, 0x80000000         ; EDI = bits of an address beyond 32
        cpuid
        mov     edi, 4
        cmp     eax, 0x80000008
        jb      .width
        mov     eax, 0x80000008
        cpuid
        movzx   edi, al
        sub     edi, 32
.width: mov     ecx, MSR_MTRR_DEFAULT   ; off while they change
        xor     eax, eax
        xor     edx, edx
        wrmsr
        mov     ecx, MSR_MTRRCAP
        rdmsr
        mov     esi, eax
        test    ah, 1                   ; fixed ranges
        jz      .variable
        mov     eax, MTRR_WRITE_BACK
        mov     edx, eax
        mov     ecx, MSR_MTRR_FIX64K
        wrmsr
        mov     ecx, MSR_MTRR_FIX16K_80000
        wrmsr
        xor     eax, eax                ; the screen
        xor     edx, edx
        mov     ecx, MSR_MTRR_FIX16K_A0000
        wrmsr
        mov     eax, MTRR_PROTECTED
        mov     edx, eax
        mov     ecx, MSR_MTRR_FIX4K
.fixed: wrmsr
        inc     cx
        cmp     cx, MSR_MTRR_FIX4K + 8
        jb      .fixed
.variable:
        and     esi, 0xFF               ; how many
        jz      .on
        mov     ecx, MSR_MTRR_BASE0
        mov     eax, PCI_HOLE | MTRR_UNCACHED
        xor     edx, edx
        wrmsr
        inc     cx
        mov     ebx, ecx
        mov     cx, di
        mov     edx, 1
        shl     edx, cl
        dec     edx                     ; the mask's bits beyond 32
        mov     ecx, ebx
        mov     eax, PCI_HOLE | 0x800   ; V
        wrmsr
        xor     eax, eax
        xor     edx, edx
.clear: dec     si
        jz      .on
        inc     cx
        wrmsr
        inc     cx
        wrmsr
        jmp     .clear
.on:    mov     ecx, MSR_MTRR_DEFAULT
        xor     edx, edx
        mov     eax, MTRR_ON
        wrmsr
        jmp     bp

        cpu     386
