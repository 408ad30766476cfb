; teaches: what an operating system costs: two address spaces that take turns at CPL 3, and pages mapped at first touch
; expect-small: sums 45AFD6B5
; expect-small: faults 00000140
;
; SCALE is the number of rounds. In a round each process yields 16 times, each time after it has touched its 16 pages, and then
; touches 8 pages that are not there: the kernel maps each at its page fault, and unmaps all when asked to.

%ifndef SCALE
%define SCALE 10000
%endif

        %include "boot.inc"
        %include "pm.inc"

PF_             equ 14
DIRECTORIES     equ 0x20000             ; one of each process
LOW             equ 0x22000             ; page table of the first 4 MiB, shared: all as they are, for everybody
TABLES          equ 0x23000             ; page table of 400000h, one of each process
DEMAND          equ 0x25000             ; page table of 800000h, one of each process
FRAMES          equ 0x30000             ; 16 pages of data and one of stack, the second process's 20000h further on
LENT            equ 0x70000             ; 8 frames that the kernel maps on demand, of each process
SECOND          equ 0x20000
PAGES           equ 0x400000
ABSENT          equ 0x800000
STACK           equ PAGES + 17 * 0x1000
USER            equ 7                   ; present, writable, user

main:
        print   `begin\n`               ; scripts/bench starts its clock here
        enter_protected
        mov     edi, DIRECTORIES
        mov     ecx, 0x7000 / 4
        xor     eax, eax
        rep stosd
        mov     edi, LOW
        mov     eax, USER
        mov     ecx, 1024
.low:   stosd
        add     eax, 0x1000
        loop    .low
        xor     ebp, ebp
.space: mov     ebx, ebp
        shl     ebx, 12
        mov     dword [DIRECTORIES + ebx], LOW + USER
        lea     eax, [TABLES + ebx + USER]
        mov     [DIRECTORIES + ebx + 4], eax
        lea     eax, [DEMAND + ebx + USER]
        mov     [DIRECTORIES + ebx + 8], eax
        mov     eax, ebp
        imul    eax, eax, SECOND
        add     eax, FRAMES + USER
        mov     ecx, 17
.page:  mov     [TABLES + ebx], eax
        add     ebx, 4
        add     eax, 0x1000
        loop    .page
        inc     ebp
        cmp     ebp, 2
        jb      .space
        mov     edi, FRAMES
        mov     ecx, (SECOND + 17 * 0x1000) / 4
        mov     eax, 1
.fill:  stosd
        imul    eax, eax, 1664525
        add     eax, 1013904223
        loop    .fill
        mov     edi, LENT
        mov     ecx, 16 * 0x1000 / 4
        rep stosd

        set_gate PF_, KERNEL_CODE, addr(on_page_fault), INT_GATE
        set_gate 0x28, KERNEL_CODE, addr(on_yield), INT_GATE | RING3
        set_gate 0x29, KERNEL_CODE, addr(on_drop), INT_GATE | RING3
        set_gate 0x2A, KERNEL_CODE, addr(on_end), INT_GATE | RING3
        mov     eax, DIRECTORIES
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        mov     esp, [stacks + 4]       ; the second process begins as if it had yielded
        mov     ebp, 1
        call    frame
        mov     [stacks + 4], esp
        mov     esp, [stacks]
        xor     ebp, ebp
        call    frame
        mov     eax, USER_DATA_0 | 3
        mov     ds, ax
        mov     es, ax
        popad
        iretd

; What a yield leaves on the stack, of a process at its begin
frame:  pop     eax
        push    USER_DATA_0 | 3
        push    STACK
        push    2
        push    USER_CODE_0 | 3
        push    process
        pushad
        jmp     eax

; EBP = number of the process
process:
        mov     ebx, ebp
.round: mov     edx, 16
.slice: mov     esi, PAGES
        mov     ecx, 16
.page:  mov     eax, [esi + edx * 4]
        add     eax, ebx
        mov     [esi + edx * 4], eax
        rol     ebx, 3
        add     ebx, eax
        add     esi, 0x1000
        dec     ecx
        jnz     .page
        int     0x28
        dec     edx
        jnz     .slice
        mov     esi, ABSENT
        mov     ecx, 8
.absent:
        add     [esi], ebx
        add     ebx, [esi + 4]
        add     esi, 0x1000
        dec     ecx
        jnz     .absent
        int     0x29
        dec     dword [rounds + ebp * 4]
        jnz     .round
        mov     [sums + ebp * 4], ebx
        test    ebp, ebp
        jnz     .wait
.other: cmp     dword [rounds + 4], 0
        je      .end
        int     0x28
        jmp     .other
.end:   int     0x2A
.wait:  int     0x28
        jmp     .wait

on_yield:
        pushad
        mov     eax, [current]
        mov     [stacks + eax * 4], esp
        xor     eax, 1
        mov     [current], eax
        mov     esp, [stacks + eax * 4]
        mov     ebx, [tops + eax * 4]
        mov     [TSS_BASE + 4], ebx     ; ESP0
        mov     ebx, [directories + eax * 4]
        mov     cr3, ebx
        popad
        iretd

on_page_fault:
        pushad
        mov     eax, cr2
        mov     ebx, eax
        sub     ebx, ABSENT
        cmp     ebx, 8 * 0x1000
        jae     .wrong
        shr     ebx, 12
        mov     ecx, [current]
        shl     ecx, 3
        add     ecx, ebx                ; number of the frame
        mov     edx, [current]
        shl     edx, 12
        shl     ecx, 12
        add     ecx, LENT + USER
        mov     [DEMAND + edx + ebx * 4], ecx
        inc     dword [faults]
        popad
        add     esp, 4
        iretd
.wrong: mov     al, 0x11
        jmp     exit32

on_drop:
        pushad
        mov     edx, [current]
        shl     edx, 12
        mov     esi, ABSENT
        mov     ecx, 8
.page:  mov     dword [DEMAND + edx], 0
        invlpg  [esi]
        add     edx, 4
        add     esi, 0x1000
        loop    .page
        popad
        iretd

on_end:
        mov     ebx, [sums]
        rol     ebx, 7
        add     ebx, [sums + 4]
        print   'sums '
        print_hex ebx, 8
        print   `\n`
        mov     ebx, [faults]
        print   'faults '
        print_hex ebx, 8
        print   `\n`
        mov     al, 0x10
        jmp     exit32

        align   4, db 0
current:        dd 0
rounds:         dd SCALE, SCALE
sums:           dd 0, 0
faults:         dd 0
stacks:         dd 0x7000, 0x6000
tops:           dd 0x7000, 0x6000
directories:    dd DIRECTORIES, DIRECTORIES + 0x1000
        begin_gdt
        end_gdt
        %include "end.inc"
