; teaches: 32-bit paging: what each bit of an entry allows, the error code and CR2 of #PF, accessed and dirty bits, 4 MiB pages
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG reports a read for ADD to memory, and P clear beside a reserved bit
; expect-serial: present, writable, user
; expect-serial: accessed and dirty
; expect-serial: over a page end
; expect-serial: 4 MiB pages
; expect-serial: INVLPG
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Error code of #PF: bit 0 the page was present, 1 a write, 2 at CPL 3, 3 a reserved bit was set.
; SDM 3A 4.3 (32-bit paging), 4.6 (access rights), 4.7 (page faults), 4.8 (accessed and dirty).

        %include "boot.inc"
        %include "pm.inc"

PF_             equ 14
DIRECTORY       equ 0x20000
LOW             equ 0x21000             ; page table of the first 4 MiB: all as they are, for everybody
TABLE            equ 0x22000             ; page table of 400000h
PAGES           equ 0x400000
FRAME           equ 0x30000             ; what the pages of TABLE show: eight frames from here
P_               equ 1
W_               equ 2
U_               equ 4
A_               equ 0x20
D_               equ 0x40
PS_              equ 0x80

; page NUMBER, BITS: entry NUMBER of TABLE shows frame NUMBER, and the TLB forgets it
%macro page 2
        mov     dword [TABLE + (%1) * 4], FRAME + (%1) * 0x1000 + (%2)
        invlpg  [PAGES + (%1) * 0x1000]
%endmacro

; expect_page_fault CODE, ADDRESS, "name", INSTRUCTION and expect_user_page_fault
%macro expect_page_fault 4+
        expect_fault PF_, %1, %3, %4
        push    eax
        mov     eax, cr2
        expect32 eax, %2, {%3, ' CR2'}
        pop     eax
%endmacro
%macro expect_user_page_fault 4+
        expect_user_fault PF_, %1, %3, %4
        push    eax
        mov     eax, cr2
        expect32 eax, %2, {%3, ' CR2'}
        pop     eax
%endmacro

main:
        mov     al, 0xFF
        out     0x21, al
        out     0xA1, al
        enter_protected
        mov     edi, DIRECTORY
        xor     eax, eax
        mov     ecx, 0x3000 / 4
        rep stosd
        mov     edi, LOW
        mov     eax, P_ | W_ | U_
        mov     ecx, 1024
.low:   stosd
        add     eax, 0x1000
        loop    .low
        mov     dword [DIRECTORY], LOW | P_ | W_ | U_
        mov     dword [DIRECTORY + 4], TABLE | P_ | W_ | U_
        mov     eax, DIRECTORY
        mov     cr3, eax
        mov     eax, cr0
        or      eax, 0x80000000
        mov     cr0, eax
        jmp     .paged
.paged:
        print   `present, writable, user\n`
        page    0, P_ | W_ | U_
        page    1, P_ | U_
        page    2, P_ | W_
        page    3, P_
        mov     dword [FRAME], 0x11111111
        mov     dword [FRAME + 0x1000], 0x22222222
        expect32 [PAGES], 0x11111111, "a page shows its frame"
        expect32 [PAGES + 0x1000], 0x22222222, "the next one another"
        mov     dword [PAGES], 0x33333333
        expect32 [FRAME], 0x33333333, "a write arrives in the frame"
        expect_page_fault 0, PAGES + 0x4004, "read, not present", mov eax, [PAGES + 0x4004]
        expect_page_fault 2, PAGES + 0x4004, "write, not present", mov [PAGES + 0x4004], eax
        expect_page_fault 2, PAGES + 0x4FFC, "add, not present", add [PAGES + 0x4FFC], eax
        expect_page_fault 0, 0x800000, "no page table", mov eax, [0x800000]
        expect_user_page_fault 4, PAGES + 0x4000, "user read, not present", mov eax, [PAGES + 0x4000]
        expect_user_page_fault 6, PAGES + 0x4000, "user write, not present", mov [PAGES + 0x4000], eax
        expect_user_no_fault "user write", mov [PAGES], eax
        expect_user_no_fault "user read of a read-only page", mov eax, [PAGES + 0x1000]
        expect_user_page_fault 7, PAGES + 0x1000, "user write to a read-only page", mov [PAGES + 0x1000], eax
        expect_user_page_fault 5, PAGES + 0x2008, "user read of a supervisor page", mov eax, [PAGES + 0x2008]
        expect_user_page_fault 7, PAGES + 0x2008, "user write to a supervisor page", mov [PAGES + 0x2008], eax
        expect_no_fault "CR0.WP clear: a supervisor writes anywhere", mov [PAGES + 0x1000], eax
        mov     eax, cr0
        or      eax, 0x10000
        mov     cr0, eax
        expect_page_fault 3, PAGES + 0x1000, "CR0.WP set", mov [PAGES + 0x1000], eax
        expect_page_fault 3, PAGES + 0x3000, "CR0.WP set, supervisor page", mov [PAGES + 0x3000], eax
        expect_no_fault "CR0.WP set: reads", mov eax, [PAGES + 0x3000]
        and     dword [DIRECTORY + 4], ~U_
        mov     eax, cr3
        mov     cr3, eax
        expect_user_page_fault 5, PAGES, "the directory has a say, too", mov eax, [PAGES]
        or      dword [DIRECTORY + 4], U_
        and     dword [DIRECTORY + 4], ~W_
        mov     eax, cr3
        mov     cr3, eax
        expect_page_fault 3, PAGES, "a read-only directory entry", mov [PAGES], eax
        or      dword [DIRECTORY + 4], W_
        mov     eax, cr0
        and     eax, ~0x10000
        mov     cr0, eax
        mov     eax, cr3
        mov     cr3, eax

        print   `accessed and dirty\n`
        and     dword [DIRECTORY + 4], ~A_
        mov     eax, cr3
        mov     cr3, eax
        page    4, P_ | W_ | U_
        page    5, P_ | U_
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, 0, "before"
        mov     eax, [PAGES + 0x4000]
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, A_, "a read sets accessed"
        mov     ebx, [DIRECTORY + 4]
        and     ebx, A_
        expect32 ebx, A_, "in the directory as well"
        mov     [PAGES + 0x4000], eax
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, A_ | D_, "a write behind a read sets dirty"
        page    4, P_ | W_ | U_
        mov     [PAGES + 0x4000], eax
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, A_ | D_, "a write alone sets both"
        expect_user_fault PF_, 7, "a write that is refused", mov [PAGES + 0x5000], eax
        mov     ebx, [TABLE + 5 * 4]
        and     ebx, D_
        expect32 ebx, 0, "leaves dirty clear"
        page    4, P_ | W_ | U_
        mov     ecx, 0x1234
        cmp     eax, [PAGES + 0x4000]
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, A_, "CMP only reads"
        mov     eax, 1
        mov     dword [FRAME + 0x4000], 2
        lock cmpxchg [PAGES + 0x4000], ecx
        mov     ebx, [TABLE + 4 * 4]
        and     ebx, A_ | D_
        expect32 ebx, A_ | D_, "CMPXCHG writes even where it fails"

        print   `over a page end\n`
        page    6, P_ | W_ | U_
        mov     dword [TABLE + 7 * 4], 0
        invlpg  [PAGES + 0x7000]
        mov     dword [FRAME + 0x6FFC], 0x55555555
        expect_page_fault 2, PAGES + 0x7000, "a write that ends in a page that is not there", mov dword [PAGES + 0x6FFE], -1
        expect32 [FRAME + 0x6FFC], 0x55555555, "has not begun"
        page    7, P_ | W_ | U_
        mov     dword [FRAME + 0x7000], 0
        mov     dword [PAGES + 0x6FFE], 0xAABBCCDD
        expect16 [FRAME + 0x6FFE], 0xCCDD, "first half"
        expect16 [FRAME + 0x7000], 0xAABB, "second half"
        expect32 [PAGES + 0x6FFE], 0xAABBCCDD, "both"
        mov     dword [TABLE + 7 * 4], 0
        invlpg  [PAGES + 0x7000]
        mov     byte [PAGES + 0x6FFE], 0xB8 ; mov eax, imm32, of which two bytes lie in the next page
        mov     dword [fault_vector], -1
        mov     dword [fault_resume], .fetched
        mov     [fault_stack], esp
        mov     [fault_stack + 4], ss
        mov     ebx, PAGES + 0x6FFE
        jmp     ebx
.fetched:
        expect32 [fault_vector], PF_, "a fetch"
        expect32 [fault_error], 0, "of a page that is not there"
        expect32 [fault_eip], PAGES + 0x6FFE, "EIP is that of the instruction"
        mov     eax, cr2
        expect32 eax, PAGES + 0x7000, "CR2 that of the page"
        mov     esi, FRAME
        mov     edi, PAGES + 0x6FF0
        mov     ecx, 8
        mov     dword [fault_resume], .repeated
        mov     [fault_stack], esp
        rep movsd
.repeated:
        expect32 ecx, 4, "REP stops at the page that is not there"
        expect32 edi, PAGES + 0x7000, "with EDI at it"

        print   `4 MiB pages\n`
        mov     eax, cr4
        or      eax, 0x10
        mov     cr4, eax
        mov     dword [DIRECTORY + 8], P_ | W_ | U_ | PS_
        mov     dword [FRAME + 8], 0x77777777
        expect32 [0x800000 + FRAME + 8], 0x77777777, "a large page"
        mov     ebx, [DIRECTORY + 8]
        and     ebx, A_ | D_
        expect32 ebx, A_, "accessed"
        mov     [0x800000 + FRAME], eax
        mov     ebx, [DIRECTORY + 8]
        and     ebx, A_ | D_
        expect32 ebx, A_ | D_, "dirty"
        mov     dword [DIRECTORY + 12], P_ | W_ | U_ | PS_ | 0x200000
        expect_page_fault 9, 0xC00000, "bit 21 is reserved", mov eax, [0xC00000]
        expect_user_page_fault 0xF, 0xC00000, "also for a write at CPL 3", mov [0xC00000], eax
        mov     dword [DIRECTORY + 8], 0
        mov     eax, cr3
        mov     cr3, eax
        expect_page_fault 0, 0x800000, "gone", mov eax, [0x800000]

        print   `INVLPG\n`
        page    0, P_ | W_ | U_
        mov     dword [FRAME], 0x01010101
        mov     dword [FRAME + 0x1000], 0x02020202
        expect32 [PAGES], 0x01010101, "before"
        mov     dword [TABLE], (FRAME + 0x1000) | P_ | W_ | U_
        invlpg  [PAGES + 0x123]
        expect32 [PAGES], 0x02020202, "the new page is seen behind INVLPG"
        mov     dword [TABLE], FRAME | P_ | W_ | U_
        mov     eax, cr3
        mov     cr3, eax
        expect32 [PAGES], 0x01010101, "and behind a load of CR3"
        mov     byte [FRAME], 0xC3      ; ret, in two frames, reached by one address
        mov     dword [FRAME + 0x1000], 0xC3909040
        xor     eax, eax
        mov     ebx, PAGES
        call    ebx
        expect32 eax, 0, "code in one frame"
        mov     dword [TABLE], (FRAME + 0x1000) | P_ | W_ | U_
        invlpg  [PAGES]
        call    ebx
        expect32 eax, 1, "code in the other frame"
        finish

        begin_gdt
        end_gdt
        %include "end.inc"
