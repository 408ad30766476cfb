; teaches: a second processor: INIT and SIPI wake it, LOCK and XCHG keep shared memory whole, interrupts go both ways
; run: --budget 4000000000
; smp: 2
; media: floppy
; qemu: same
; bochs: differs, it is run there with one processor
; kvm: differs, there can be one processor
; expect-serial: start
; expect-serial: locked additions
; expect-serial: a lock of XCHG
; expect-serial: interrupts
; expect-serial: INIT
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        %include "apic.inc"

TRAMPOLINE      equ 0x9000              ; page 9: the vector of SIPI
SECOND_STACK    equ 0x5000
ADDITIONS       equ 100000
TURNS           equ 20000

; what the second processor is to do
WAIT_           equ 0
ADD_            equ 1
TURN_           equ 2
SEND_           equ 3
SLEEP_          equ 4

main:
        enter_protected
        setup_apic
        mov     esi, trampoline
        mov     edi, TRAMPOLINE
        mov     ecx, trampoline_end - trampoline
        rep     movsb
        on_vector 0x45
        on_vector 0x50

        print   `start\n`
        apic_write APIC_ICR_HIGH, 1 << 24
        apic_write APIC_ICR_LOW, 0xC500 ; INIT, level assert
        wait_ticks 20000
        apic_write APIC_ICR_LOW, 0x8500 ; and de-assert
        expect32 [started], 0, "INIT alone starts nothing"
        apic_write APIC_ICR_LOW, 0x4600 | TRAMPOLINE >> 12
        mov     ecx, 100
.wake:  wait_ticks 20000
        cmp     dword [started], 1
        je      .awake
        loop    .wake
.awake: expect32 [started], 1, "SIPI starts it"
        expect32 [second_id], 1, "its local APIC's identity"
        expect32 [second_cpuid], 1, "its initial identity"
        expect32 [second_base], 0xFEE00800, "it is not the bootstrap processor"
        expect16 [second_cs], TRAMPOLINE >> 4, "CS of its first instruction"
        apic_write APIC_ICR_LOW, 0x4600 | TRAMPOLINE >> 12
        wait_ticks 20000
        expect32 [started], 1, "a second SIPI is ignored"

        print   `locked additions\n`
        mov     eax, ADD_
        call    order
        mov     ecx, ADDITIONS
.add:   lock inc dword [shared]
        loop    .add
        call    await
        expect32 [shared], ADDITIONS * 2, "none is lost"

        print   `a lock of XCHG\n`
        mov     eax, TURN_
        call    order
        call    take_turns
        call    await
        expect32 [guarded], TURNS * 2, "one at a time"

        print   `interrupts\n`
        mov     eax, SLEEP_             ; HLT until an interrupt comes
        call    order
        wait_ticks 20000
        expect32 [waiting], SLEEP_, "it sleeps"
        apic_write APIC_ICR_HIGH, 1 << 24
        apic_write APIC_ICR_LOW, 0x4045
        call    await
        expect_log 1, 0x45, "an interrupt wakes it"
        mov     eax, SEND_
        call    order
        call    await
        expect_log 0, 0, "IF is 0 here"
        sti
        nop
        cli
        expect_log 1, 0x50, "its interrupt arrives"

        print   `INIT\n`
        apic_write APIC_ICR_LOW, 0xC500
        wait_ticks 20000
        mov     eax, ADD_
        mov     [waiting], eax
        wait_ticks 20000
        expect32 [waiting], ADD_, "it no longer listens"
        mov     dword [waiting], WAIT_
        apic_write APIC_ICR_LOW, 0x4600 | TRAMPOLINE >> 12
        mov     ecx, 100
.again: wait_ticks 20000
        cmp     dword [started], 2
        je      .back
        loop    .again
.back:  expect32 [started], 2, "SIPI starts it again"
        finish

; EAX: what the second processor is to do
order:  mov     [waiting], eax
        ret
await:  pause
        cmp     dword [waiting], WAIT_
        jne     await
        ret

take_turns:
        mov     ecx, TURNS
.turn:  mov     eax, 1
.try:   xchg    eax, [lock_word]
        test    eax, eax
        jz      .mine
        pause
        jmp     .try
.mine:  mov     eax, [guarded]
        nop
        inc     eax
        mov     [guarded], eax
        mov     dword [lock_word], 0
        loop    .turn
        ret

; ---------------------------------------------------------------- the second processor
        bits    16
trampoline:
        cli
        mov     bx, cs
        xor     ax, ax
        mov     ds, ax
        mov     [second_cs], bx
        lgdt    [gdt_pointer]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     dword KERNEL_CODE:second
trampoline_end:

        bits    32
second: mov     eax, KERNEL_DATA
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     esp, SECOND_STACK
        lidt    [wide_idt_pointer]
        apic_write APIC_SVR, 0x1FF
        apic_read APIC_ID
        shr     eax, 24
        mov     [second_id], eax
        mov     eax, 1
        cpuid
        shr     ebx, 24
        mov     [second_cpuid], ebx
        mov     ecx, 0x1B
        rdmsr
        mov     [second_base], eax
        lock inc dword [started]
.listen:
        pause
        mov     eax, [waiting]
        cmp     eax, ADD_
        je      .add
        cmp     eax, TURN_
        je      .turns
        cmp     eax, SEND_
        je      .send
        cmp     eax, SLEEP_
        je      .sleep
        jmp     .listen
.add:   mov     ecx, ADDITIONS
.more:  lock inc dword [shared]
        loop    .more
        jmp     .done
.turns: call    take_turns
        jmp     .done
.send:  apic_write APIC_ICR_HIGH, 0
        apic_write APIC_ICR_LOW, 0x4050
        jmp     .done
.sleep: sti
        hlt
        cli
.done:  mov     dword [waiting], WAIT_
        jmp     .listen

        bits    16
        align   4, db 0
started:        dd 0
waiting:        dd 0
shared:         dd 0
guarded:        dd 0
lock_word:      dd 0
second_id:      dd -1
second_cpuid:   dd -1
second_base:    dd 0
second_cs:      dw 0

        begin_gdt
        end_gdt
        %include "end.inc"
