; teaches: PAE paging: the four pointers that CR3 loads at once, entries of 64 bits, NX, pages of 2 MiB, reserved bits
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: differs because TCG reads the pointers at each walk, and reports P clear beside a reserved bit
; expect-serial: pointers
; expect-serial: rights
; expect-serial: reserved bits
; expect-serial: accessed and dirty
; expect-serial: execution
; expect-serial: 4 GiB and beyond
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Error code of #PF: 1 present, 2 write, 4 user, 8 reserved bit, 10h fetch. SDM 3A 4.4 (PAE paging).

        %include "boot.inc"
        %include "pm.inc"

PF_             equ 14
POINTERS        equ 0x20000             ; and a second set at 20020h
DIRECTORY       equ 0x21000             ; of the first GiB
LOW             equ 0x22000             ; page table of the first 2 MiB: as they are, for everybody
TABLE           equ 0x23000             ; page table of PAGES
OTHER           equ 0x24000             ; another directory
PAGES           equ 0x400000
FRAME           equ 0x30000             ; eight frames
CODE_FRAME      equ 0x2F000
EFER            equ 0xC0000080
P_              equ 1
W_              equ 2
U_              equ 4
A_              equ 0x20
D_              equ 0x40
PS_             equ 0x80

; entry ADDRESS, LOW, HIGH
%macro entry 3
        mov     dword [%1], %2
        mov     dword [(%1) + 4], %3
%endmacro
; page NUMBER, BITS, HIGH
%macro page 3
        entry   TABLE + (%1) * 8, FRAME + (%1) * 0x1000 | (%2), %3
        invlpg  [PAGES + (%1) * 0x1000]
%endmacro
%macro page_fault 4+
        expect_fault PF_, %1, %3, %4
        push    eax
        mov     eax, cr2
        expect32 eax, %2, {%3, ' CR2'}
        pop     eax
%endmacro
%macro user_page_fault 4+
        expect_user_fault PF_, %1, %3, %4
        push    eax
        mov     eax, cr2
        expect32 eax, %2, {%3, ' CR2'}
        pop     eax
%endmacro
; fetch_fault CODE, "name": a call to page 4
%macro fetch_fault 2
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], %%after
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        call    ebx
%%after:
        expect32 [fault_vector], PF_, {%2, ' vector'}
        expect32 [fault_error], %1, {%2, ' error code'}
        expect32 [fault_eip], PAGES + 0x4000, {%2, ' saved EIP'}
%endmacro
%macro bits_of 3
        mov     eax, [%1]
        and     eax, A_ | D_
        expect32 eax, %2, %3
%endmacro
%macro reload 0
        mov     eax, cr3
        mov     cr3, eax
%endmacro
; refuse_pointers LOW, HIGH, "name": an entry of the second set, and MOV to CR3
%macro refuse_pointers 3
        entry   POINTERS + 0x28, %1, %2
        mov     eax, POINTERS + 0x20
        expect_fault GP_, 0, %3, mov cr3, eax
%endmacro

main:
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        enter_protected
        in      al, 0x92
        or      al, 2
        and     al, 0xFE
        out     0x92, al
        mov     edi, POINTERS
        xor     eax, eax
        mov     ecx, 0x5000 / 4
        rep stosd
        mov     edi, LOW
        mov     eax, P_ | W_ | U_
        mov     ecx, 512
.low:   mov     [edi], eax
        add     edi, 8
        add     eax, 0x1000
        loop    .low
        mov     edi, FRAME
.frame: mov     [edi], ecx              ; each frame begins with its number
        add     edi, 0x1000
        inc     ecx
        cmp     ecx, 8
        jne     .frame
        entry   POINTERS, DIRECTORY | P_, 0
        entry   POINTERS + 0x20, DIRECTORY | P_, 0
        entry   DIRECTORY, LOW | P_ | W_ | U_, 0
        entry   DIRECTORY + 16, TABLE | P_ | W_ | U_, 0
        mov     eax, cr4
        or      eax, 0x20
        mov     cr4, eax
        mov     ecx, EFER
        rdmsr
        or      eax, 0x800              ; NXE
        wrmsr

        print   `pointers\n`
        entry   POINTERS + 8, DIRECTORY | P_ | W_, 0
        mov     eax, POINTERS
        mov     cr3, eax                ; not looked at before paging is on
        mov     eax, cr0
        or      eax, 0x80000000
        expect_fault GP_, 0, "CR0.PG with a reserved bit in a pointer", mov cr0, eax
        entry   POINTERS + 8, 0, 0
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        jmp     .paged
.paged: page    0, P_ | W_ | U_, 0
        expect32 [PAGES], 0, "a page"
        page_fault 0, 0x40000000, "no pointer", mov eax, [0x40000000]
        entry   POINTERS + 8, OTHER | P_, 0
        page_fault 0, 0x40000000, "pointers are loaded with CR3 alone", mov eax, [0x40000000]
        entry   OTHER, P_ | W_ | U_ | PS_, 0
        reload
        expect32 [0x40000000 + FRAME + 0x2000], 2, "the second GiB"
        entry   POINTERS + 8, 0, 0
        expect32 [0x40000000 + FRAME + 0x3000], 3, "kept until the next load"
        invlpg  [0x40000000]
        expect32 [0x40000000 + FRAME + 0x3000], 3, "also over INVLPG"
        mov     eax, POINTERS + 0x20
        mov     cr3, eax
        expect32 [PAGES], 0, "CR3 counts in steps of 32 bytes"
        page_fault 0, 0x40000000, "gone", mov eax, [0x40000000]
        mov     eax, POINTERS
        mov     cr3, eax
        refuse_pointers DIRECTORY | P_ | W_, 0, "bit 1 of a pointer"
        refuse_pointers DIRECTORY | P_ | U_, 0, "bit 2"
        refuse_pointers DIRECTORY | P_ | A_, 0, "bit 5"
        refuse_pointers DIRECTORY | P_ | PS_, 0, "bit 7"
        refuse_pointers DIRECTORY | P_ | 0x100, 0, "bit 8"
        refuse_pointers DIRECTORY | P_, 0x80000000, "bit 63"
        refuse_pointers DIRECTORY | P_, 0x80000, "bit 51, beyond MAXPHYADDR"
        mov     eax, cr3
        expect32 eax, POINTERS, "CR3 is as before"
        entry   POINTERS + 0x28, DIRECTORY | W_ | U_ | PS_, 0x80000000
        mov     eax, POINTERS + 0x20
        expect_no_fault "without P nothing is reserved", mov cr3, eax
        entry   POINTERS + 0x28, DIRECTORY | P_ | 0x18 | 0xE00, 0
        expect_no_fault "PWT, PCD and bits 9 to 11 are free", mov cr3, eax
        entry   POINTERS + 0x28, DIRECTORY | P_ | W_, 0
        mov     eax, cr4
        xor     eax, 0x80               ; PGE
        expect_fault GP_, 0, "a change of CR4.PGE loads them, too", mov cr4, eax
        entry   POINTERS + 0x28, 0, 0
        mov     eax, POINTERS
        mov     cr3, eax

        print   `rights\n`
        page    1, P_ | U_, 0
        page    2, P_ | W_, 0
        page_fault 0, PAGES + 0x5004, "not present", mov eax, [PAGES + 0x5004]
        page_fault 2, PAGES + 0x5004, "written", mov [PAGES + 0x5004], eax
        user_page_fault 5, PAGES + 0x2000, "a supervisor page", mov eax, [PAGES + 0x2000]
        user_page_fault 7, PAGES + 0x1000, "a read-only page", mov [PAGES + 0x1000], eax
        expect_no_fault "without WP a supervisor writes", mov dword [PAGES + 0x1000], 1
        mov     eax, cr0
        or      eax, 0x10000
        mov     cr0, eax
        page_fault 3, PAGES + 0x1000, "with WP it does not", mov [PAGES + 0x1000], eax
        mov     eax, cr0
        and     eax, ~0x10000
        mov     cr0, eax
        entry   DIRECTORY + 16, TABLE | P_ | W_, 0
        reload
        user_page_fault 5, PAGES, "U/S of the directory", mov eax, [PAGES]
        entry   DIRECTORY + 16, TABLE | P_ | W_ | U_, 0
        reload

        print   `reserved bits\n`
        page    3, P_ | W_ | U_, 0x80000
        page_fault 9, PAGES + 0x3000, "bit 51", mov eax, [PAGES + 0x3000]
        page    3, P_ | W_ | U_, 0x00100000
        page_fault 9, PAGES + 0x3000, "bit 52", mov eax, [PAGES + 0x3000]
        page    3, P_ | W_ | U_, 0x40000000
        page_fault 9, PAGES + 0x3000, "bit 62", mov eax, [PAGES + 0x3000]
        user_page_fault 0xF, PAGES + 0x3000, "written at CPL 3", mov [PAGES + 0x3000], eax
        entry   DIRECTORY + 24, P_ | W_ | U_ | PS_ | 0x2000, 0
        page_fault 9, 0x600000, "bit 13 of a 2 MiB page", mov eax, [0x600000]
        mov     ecx, EFER
        rdmsr
        and     eax, ~0x800
        wrmsr
        page    3, P_ | W_ | U_, 0x80000000
        page_fault 9, PAGES + 0x3000, "bit 63 without EFER.NXE", mov eax, [PAGES + 0x3000]
        rdmsr
        or      eax, 0x800
        wrmsr
        expect32 [PAGES + 0x3000], 3, "with EFER.NXE"

        print   `accessed and dirty\n`
        page    3, P_ | W_ | U_, 0
        and     byte [DIRECTORY + 16], ~A_
        reload
        mov     eax, [PAGES + 0x3000]
        bits_of TABLE + 24, A_, "a read"
        bits_of DIRECTORY + 16, A_, "the directory"
        mov     eax, [POINTERS]
        and     eax, A_ | D_
        expect32 eax, 0, "pointers have no such bits"
        mov     dword [PAGES + 0x3000], 3
        bits_of TABLE + 24, A_ | D_, "a write"
        entry   DIRECTORY + 24, P_ | W_ | U_ | PS_, 0
        invlpg  [0x600000]
        mov     eax, [0x600000 + FRAME + 0x2000]
        expect32 eax, 2, "a page of 2 MiB"
        bits_of DIRECTORY + 24, A_, "read"
        mov     dword [0x600000 + FRAME + 0x2000], 2
        bits_of DIRECTORY + 24, A_ | D_, "written"

        print   `execution\n`
        mov     byte [CODE_FRAME], 0xC3
        mov     ebx, PAGES + 0x4000
        entry   TABLE + 32, CODE_FRAME | P_ | W_ | U_, 0
        expect_no_fault "code in a page", call ebx
        entry   TABLE + 32, CODE_FRAME | P_ | W_ | U_, 0x80000000
        invlpg  [ebx]
        fetch_fault 0x11, "NX"
        mov     al, [ebx]
        and     eax, 0xFF
        expect32 eax, 0xC3, "it is read"
        entry   TABLE + 32, CODE_FRAME | P_ | W_ | U_, 0
        entry   DIRECTORY + 16, TABLE | P_ | W_ | U_, 0x80000000
        reload
        fetch_fault 0x11, "NX of the directory"
        entry   DIRECTORY + 16, TABLE | P_ | W_ | U_, 0
        entry   TABLE + 32, 0, 0
        reload
        fetch_fault 0x10, "not present"

        print   `4 GiB and beyond\n`
        entry   TABLE + 40, P_ | W_ | U_, 1         ; physical 1_0000_0000h: nothing is there
        invlpg  [PAGES + 0x5000]
        mov     dword [PAGES + 0x5000], 0x12345678
        mov     eax, [0]
        mov     ebx, [PAGES + 0x5000]
        entry   TABLE + 48, P_ | W_ | U_, 0
        invlpg  [PAGES + 0x6000]
        mov     ecx, [PAGES + 0x6000]
        sub     ecx, eax
        expect32 ecx, 0, "is not that at 4 GiB"
        mov     eax, cr0
        and     eax, 0x7FFFFFFF
        mov     cr0, eax
        jmp     .off
.off:   expect32 [FRAME + 0x2000], 2, "paging is off"
        finish

        begin_gdt
        end_gdt
        %include "end.inc"
