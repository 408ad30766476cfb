; teaches: 4-level paging: pages of three sizes, accessed and dirty bits, NX, WP, SMEP, SMAP, reserved bits, global pages, PCID
; run: --budget 50000000
; media: floppy
; cpu: max
; qemu: same
; qemu-fails: beyond MAXPHYADDR
; qemu-fails: written at CPL 3
; qemu-fails: bit 13 of a 2 MiB page
; qemu-fails: bit 21 of a 1 GiB page
; qemu-fails: PS of a PML4 entry
; qemu-fails: bit 63 without EFER.NXE
; qemu-fails: an implicit access does not look at AC
; qemu-fails: CPUID announces PCID
; expect-serial: sizes
; expect-serial: rights
; expect-serial: reserved bits
; expect-serial: accessed and dirty
; expect-serial: execution
; expect-serial: SMEP
; expect-serial: SMAP
; expect-serial: TLB
; expect-serial: global pages
; expect-serial: PCID
; expect-serial: INVPCID
; expect-serial: PASS
; expect-end: debug-exit 33
;
; Error code of #PF: 1 present, 2 write, 4 user, 8 reserved bit, 10h fetch. SDM 3A 4.5 (4-level paging), 4.6 (access
; rights), 4.7 (page faults), 4.8 (accessed and dirty), 4.10 (TLB, PCID, INVPCID).

        %include "boot.inc"
        %include "pm.inc"
        %include "long.inc"

P_              equ 1
W_              equ 2
U_              equ 4
A_              equ 0x20
D_              equ 0x40
PS_             equ 0x80
G_              equ 0x100
NX_             equ 1 << 63
TABLE           equ 0x24000             ; 4 KiB pages of PAGES
PAGES           equ 0x40000000          ; PDPT entry 1
DIRECTORY       equ 0x25000             ; its directory
SPARE           equ 0x26000
FRAME           equ 0x30000             ; eight frames
CODE_FRAME      equ 0x2F000
LOW_TABLE       equ PAGE_TABLE

; page NUMBER, BITS: page NUMBER of PAGES shows frame NUMBER; uses RAX
%macro page 2
        mov     rax, FRAME + (%1) * 0x1000 | (%2)
        mov     [abs TABLE + (%1) * 8], rax
        invlpg  [abs PAGES + (%1) * 0x1000]
%endmacro
; shows NUMBER, FRAME NUMBER, BITS: without INVLPG
%macro shows 3
        mov     rax, FRAME + (%2) * 0x1000 | (%3)
        mov     [abs TABLE + (%1) * 8], rax
%endmacro
; bits ENTRY, WANTED, "name": A and D of an entry
%macro bits_of 3
        mov     rax, [abs %1]
        and     eax, A_ | D_
        expect64 rax, %2, %3
%endmacro
%macro page_fault 4+
        fault64 PF_, %1, %3, %4
        expect_cr2 %2, %3
%endmacro
%macro user_page_fault 4+
        user_fault64 PF_, %1, %3, %4
        expect_cr2 %2, %3
%endmacro
; sees NUMBER, FRAME NUMBER, "name": which frame page NUMBER shows; each frame begins with its number
%macro sees 3
        mov     rax, [abs PAGES + (%1) * 0x1000]
        expect64 rax, %2, %3
%endmacro
%macro set_cr4 1
        mov     rax, cr4
        or      rax, %1
        mov     cr4, rax
%endmacro
%macro clear_cr4 1
        mov     rax, cr4
        and     rax, ~(%1)
        mov     cr4, rax
%endmacro
%macro reload 0
        mov     rax, cr3
        mov     cr3, rax
%endmacro

main:
        enter_protected
        enter_long
        mov     qword [abs PDPT + 8], DIRECTORY | 7
        mov     edi, TABLE
        xor     eax, eax
        mov     ecx, 3 * 512
        rep stosq
        mov     qword [abs DIRECTORY], TABLE | 7
        mov     edi, FRAME
        xor     ecx, ecx
.frame: mov     [rdi], rcx
        add     edi, 0x1000
        inc     ecx
        cmp     ecx, 16
        jne     .frame

        print   `sizes\n`
        page    0, P_ | W_ | U_
        page    1, P_ | W_ | U_
        sees    0, 0, "a page of 4 KiB"
        sees    1, 1, "the next one"
        mov     qword [abs DIRECTORY + 8], P_ | W_ | U_ | PS_
        mov     rax, [abs PAGES + 0x200000 + FRAME + 0x3000]
        expect64 rax, 3, "a page of 2 MiB"
        mov     qword [abs PDPT + 16], P_ | W_ | U_ | PS_
        mov     eax, 2 << 30
        mov     rax, [rax + FRAME + 0x4000]
        expect64 rax, 4, "a page of 1 GiB"
        mov     rbx, 0xFFFF800000000000
        mov     qword [abs PML4 + 256 * 8], PDPT | 7
        mov     rax, [rbx + FRAME + 0x5000]
        expect64 rax, 5, "the upper half"
        page_fault 0, PAGES + 0x8008, "not present", mov rax, [abs PAGES + 0x8008]
        page_fault 2, PAGES + 0x8008, "a write", mov [abs PAGES + 0x8008], rax
        page_fault 0, PAGES + 0x400000, "no page table", mov rax, [abs PAGES + 0x400000]
        mov     rbx, 3 << 30
        page_fault 0, 3 << 30, "no directory", mov rax, [rbx]
        mov     rbx, 1 << 39
        page_fault 2, 1 << 39, "no pointer table", mov [rbx], rax
        user_page_fault 4, PAGES + 0x8000, "at CPL 3", mov rax, [abs PAGES + 0x8000]
        user_page_fault 6, PAGES + 0x8000, "a write at CPL 3", mov [abs PAGES + 0x8000], rax
        mov     qword [abs FRAME + 0x1FF8], 0
        page_fault 0, PAGES + 0x2000, "a read over the end of the page", mov rax, [abs PAGES + 0x1FFC]

        print   `rights\n`
        page    2, P_ | U_
        page    3, P_ | W_
        user_no_fault64 "a user reads", mov rax, [abs PAGES + 0x2000]
        user_page_fault 7, PAGES + 0x2000, "and may not write", mov [abs PAGES + 0x2000], eax
        user_page_fault 5, PAGES + 0x3000, "a supervisor page", mov rax, [abs PAGES + 0x3000]
        user_page_fault 7, PAGES + 0x3000, "written", mov [abs PAGES + 0x3000], rax
        no_fault64 "without WP a supervisor writes anywhere", mov dword [abs PAGES + 0x2000], 2
        mov     rax, cr0
        bts     eax, 16
        mov     cr0, rax
        page_fault 3, PAGES + 0x2000, "with WP it does not", mov [abs PAGES + 0x2000], eax
        user_no_fault64 "page 0 before", mov rax, [abs PAGES]
        and     byte [abs PDPT + 8], ~U_
        reload
        user_page_fault 5, PAGES, "U/S of the pointer table", mov rax, [abs PAGES]
        or      byte [abs PDPT + 8], U_
        and     byte [abs DIRECTORY], ~W_
        reload
        page_fault 3, PAGES, "R/W of the directory", mov [abs PAGES], rax
        or      byte [abs DIRECTORY], W_
        reload
        mov     rax, cr0
        btr     eax, 16
        mov     cr0, rax

        print   `reserved bits\n`
        mov     rax, 1 << 51 | FRAME | 7
        mov     [abs TABLE + 4 * 8], rax
        page_fault 9, PAGES + 0x4000, "beyond MAXPHYADDR", mov rax, [abs PAGES + 0x4000]
        user_page_fault 0xF, PAGES + 0x4000, "written at CPL 3", mov [abs PAGES + 0x4000], rax
        mov     qword [abs DIRECTORY + 24], P_ | W_ | U_ | PS_ | 0x2000
        page_fault 9, PAGES + 0x600000, "bit 13 of a 2 MiB page", mov rax, [abs PAGES + 0x600000]
        mov     qword [abs PDPT + 24], P_ | W_ | U_ | PS_ | 0x200000
        mov     rbx, 3 << 30
        page_fault 9, 3 << 30, "bit 21 of a 1 GiB page", mov rax, [rbx]
        mov     qword [abs PDPT + 24], 0
        mov     qword [abs PML4 + 8], PDPT | P_ | W_ | U_ | PS_
        mov     rbx, 1 << 39
        page_fault 9, 1 << 39, "PS of a PML4 entry", mov rax, [rbx]
        mov     qword [abs PML4 + 8], 0
        mov     ecx, EFER
        rdmsr
        and     eax, ~0x800
        wrmsr
        page    4, P_ | W_ | U_ | NX_
        page_fault 9, PAGES + 0x4000, "bit 63 without EFER.NXE", mov rax, [abs PAGES + 0x4000]
        rdmsr
        or      eax, 0x800
        wrmsr
        sees    4, 4, "with EFER.NXE"

        print   `accessed and dirty\n`
        page    5, P_ | W_ | U_
        and     byte [abs DIRECTORY], ~A_
        and     byte [abs PDPT + 8], ~A_
        and     byte [abs PML4], ~A_
        reload
        sees    5, 5, "a read"
        bits_of TABLE + 5 * 8, A_, "sets A in the page table"
        bits_of DIRECTORY, A_, "in the directory"
        bits_of PDPT + 8, A_, "in the pointer table"
        bits_of PML4, A_, "and in the PML4"
        mov     qword [abs PAGES + 0x5000], 5
        bits_of TABLE + 5 * 8, A_ | D_, "a write sets D"
        bits_of DIRECTORY, A_, "in the last entry alone"
        page    5, P_ | W_ | U_
        mov     qword [abs PAGES + 0x5000], 5
        bits_of TABLE + 5 * 8, A_ | D_, "a write sets both"
        page    5, P_ | U_
        user_fault64 PF_, 7, "a write that is refused", mov [abs PAGES + 0x5000], rax
        mov     rax, [abs TABLE + 5 * 8]
        and     eax, D_
        expect64 rax, 0, "leaves D clear"
        page    5, P_ | W_ | U_
        mov     rdi, PAGES + 0x5000
        xor     ecx, ecx
        page    5, P_ | W_ | U_
        rep stosb
        bits_of TABLE + 5 * 8, 0, "REP with a count of zero touches nothing"
        xor     eax, eax
        inc     eax
        cmpxchg [abs PAGES + 0x5008], ecx
        bits_of TABLE + 5 * 8, A_ | D_, "CMPXCHG writes even where it fails"
        mov     qword [abs FRAME + 0x5008], 0
        mov     qword [abs DIRECTORY + 8], P_ | W_ | U_ | PS_
        invlpg  [abs PAGES + 0x200000]
        mov     rax, [abs PAGES + 0x200000]
        bits_of DIRECTORY + 8, A_, "a page of 2 MiB: read"
        mov     rax, [abs PAGES + 0x200000 + FRAME]
        mov     [abs PAGES + 0x200000 + FRAME], rax
        bits_of DIRECTORY + 8, A_ | D_, "and written"
        mov     qword [abs PDPT + 16], P_ | W_ | U_ | PS_
        reload
        mov     ebx, 2 << 30
        mov     rax, [rbx + FRAME]
        bits_of PDPT + 16, A_, "a page of 1 GiB: read"
        mov     qword [rbx + FRAME], 0
        bits_of PDPT + 16, A_ | D_, "and written"

        print   `execution\n`
        mov     byte [abs CODE_FRAME], 0xC3
        mov     qword [abs TABLE + 9 * 8], CODE_FRAME | P_ | W_ | U_
        mov     rbx, PAGES + 0x9000
        no_fault64 "code in a page", call rbx
        bits_of TABLE + 9 * 8, A_, "a fetch sets A"
        mov     rax, CODE_FRAME | P_ | W_ | U_ | NX_
        mov     [abs TABLE + 9 * 8], rax
        invlpg  [rbx]
        run_in  0, 0, 64, PF_, 0x11, PAGES + 0x9000, "NX", call rbx
        expect_cr2 PAGES + 0x9000, "NX"
        no_fault64 "NX pages are read", mov al, [rbx]
        run_in  LONG_USER, LONG_USER_DATA, 64, PF_, 0x15, PAGES + 0x9000, "NX at CPL 3", jmp rbx
        mov     qword [abs TABLE + 9 * 8], CODE_FRAME | P_ | W_ | U_
        bts     qword [abs DIRECTORY], 63
        reload
        run_in  0, 0, 64, PF_, 0x11, PAGES + 0x9000, "NX of the directory", call rbx
        btr     qword [abs DIRECTORY], 63
        mov     qword [abs TABLE + 9 * 8], 0
        reload
        run_in  0, 0, 64, PF_, 0x10, PAGES + 0x9000, "a page that is not there", call rbx
        mov     qword [abs TABLE + 9 * 8], CODE_FRAME | P_ | W_
        run_in  LONG_USER, LONG_USER_DATA, 64, PF_, 0x15, PAGES + 0x9000, "a supervisor page at CPL 3", jmp rbx
        mov     qword [abs TABLE + 9 * 8], CODE_FRAME | P_ | W_ | U_
        invlpg  [rbx]

        print   `SMEP\n`
        call    low_supervisor          ; code, stacks and tables are the supervisor's now
        set_cr4 1 << 20
        run_in  0, 0, 64, PF_, 0x11, PAGES + 0x9000, "a user page is not executed at CPL 0", call rbx
        expect_cr2 PAGES + 0x9000, "SMEP"
        no_fault64 "it is read", mov al, [rbx]
        and     byte [abs TABLE + 9 * 8], ~U_
        invlpg  [rbx]
        no_fault64 "a supervisor page", call rbx
        or      byte [abs TABLE + 9 * 8], U_
        invlpg  [rbx]
        mov     word [abs CODE_FRAME + 16], 0x30CD      ; INT 30h
        mov     rax, PAGES + 0x9010
        push    LONG_USER_DATA
        push    USER_STACK
        push    2
        push    LONG_USER
        push    rax
        call    begin64
        dd      .smep, PAGES + 0x9012, RETURN_VECTOR, -1
        dw      0, 0
        db      "CPL 3 runs user pages", 0
        iretq
.smep:  call    end64
        add     rsp, 40
        clear_cr4 1 << 20
        no_fault64 "without SMEP", call rbx

        print   `SMAP\n`
        fault64 UD_, -1, "STAC at CPL 3 is none", {db 0x0F, 0x0B}
        set_cr4 1 << 21
        clac
        page_fault 1, PAGES, "a read of a user page", mov rax, [abs PAGES]
        page_fault 3, PAGES + 0x1000, "a write", mov [abs PAGES + 0x1000], rax
        no_fault64 "a supervisor page", mov rax, [abs PAGES + 0x3000]
        stac
        no_fault64 "with EFLAGS.AC", mov rax, [abs PAGES]
        pushfq
        pop     rax
        bt      rax, 18
        setc    al
        movzx   eax, al
        expect64 rax, 1, "STAC sets AC"
        mov     ax, USER_LDT
        lldt    ax
        mov     eax, 0x0C
        page_fault 1, PAGES + 8, "an implicit access does not look at AC", mov fs, ax
        clac
        pushfq
        pop     rax
        bt      rax, 18
        setc    al
        movzx   eax, al
        expect64 rax, 0, "CLAC clears AC"
        no_fault64 "code is fetched all the same", call rbx
        clear_cr4 1 << 21
        no_fault64 "without SMAP", mov rax, [abs PAGES]
        call    low_user
        user_fault64 UD_, -1, "STAC at CPL 3", stac
        user_fault64 UD_, -1, "CLAC at CPL 3", clac

        print   `TLB\n`
        page    6, P_ | W_ | U_
        sees    6, 6, "before"
        shows   6, 7, P_ | W_ | U_
        invlpg  [abs PAGES + 0x6FFF]
        sees    6, 7, "INVLPG with any address of the page"
        shows   6, 6, P_ | W_ | U_
        reload
        sees    6, 6, "MOV to CR3"
        shows   6, 7, P_ | W_ | U_
        mov     rax, cr4
        btc     eax, 7                  ; PGE
        mov     cr4, rax
        sees    6, 7, "a change of CR4.PGE"
        mov     qword [abs TABLE + 6 * 8], 0
        invlpg  [abs PAGES + 0x6000]
        page_fault 0, PAGES + 0x6000, "gone", mov rax, [abs PAGES + 0x6000]
        page    6, P_ | U_
        sees    6, 6, "there again"
        or      byte [abs TABLE + 6 * 8], W_
        user_no_fault64 "more rights need no INVLPG", mov qword [abs PAGES + 0x6000], 6
        mov     qword [abs DIRECTORY + 8], P_ | W_ | U_ | PS_
        invlpg  [abs PAGES + 0x200000]
        mov     rax, [abs PAGES + 0x200000 + FRAME + 0x1000]
        expect64 rax, 1, "a large page"
        mov     qword [abs DIRECTORY + 8], TABLE | 7
        invlpg  [abs PAGES + 0x2FF000]
        mov     rax, [abs PAGES + 0x200000]
        expect64 rax, 0, "INVLPG of one address drops the whole of it"
        mov     qword [abs DIRECTORY + 8], P_ | W_ | U_ | PS_
        reload

        print   `global pages\n`
        set_cr4 0x80
        page    7, P_ | W_ | U_ | G_
        sees    7, 7, "before"
        shows   7, 8, P_ | W_ | U_ | G_
        reload
        mov     rax, [abs PAGES + 0x7000]
        mov     [abs kept], rax         ; may be either: a TLB entry may go at any time
        invlpg  [abs PAGES + 0x7000]
        sees    7, 8, "INVLPG drops global pages, too"
        shows   7, 7, P_ | W_ | U_ | G_
        clear_cr4 0x80
        sees    7, 7, "and so does CR4.PGE"

        mov     eax, 1
        cpuid
        shr     ecx, 17
        and     ecx, 1
        expect64 rcx, 1, "CPUID announces PCID"
        print   `PCID\n`
        test    ecx, ecx
        jz      .none
        mov     rax, cr3
        or      eax, 1
        mov     cr3, rax
        mov     rax, cr4
        bts     eax, 17
        fault64 GP_, 0, "CR4.PCIDE with bits in CR3", mov cr4, rax
        mov     eax, PML4
        mov     cr3, rax
        set_cr4 1 << 17
        mov     rax, cr0
        btr     eax, 31
        fault64 GP_, 0, "no end of paging with it", mov cr0, rax
        page    6, P_ | W_ | U_
        sees    6, 6, "PCID 0"
        shows   6, 7, P_ | W_ | U_
        mov     eax, PML4 | 5
        mov     cr3, rax
        sees    6, 7, "PCID 5 has entries of its own"
        mov     rax, cr3
        expect64 rax, PML4 | 5, "CR3 shows it"
        shows   6, 8, P_ | W_ | U_
        mov     eax, PML4
        mov     cr3, rax                ; bit 63 clear: PCID 0 begins anew
        sees    6, 8, "without bit 63 a context is dropped"
        mov     rax, 1 << 63 | PML4 | 5
        mov     cr3, rax
        mov     rax, cr3
        expect64 rax, PML4 | 5, "bit 63 is not kept"
        invlpg  [abs PAGES + 0x6000]
        sees    6, 8, "INVLPG works on this context"
        mov     rax, 1 << 63 | PML4
        mov     cr3, rax
        shows   6, 9, P_ | W_ | U_
        reload
        sees    6, 9, "MOV CR3 again"

.none:  print   `INVPCID\n`
        test    ecx, ecx
        jz      .end
        %macro  invalidate 3            ; kind, PCID, address
        mov     qword [abs described], %2
        mov     rcx, %3
        mov     [abs described + 8], rcx
        mov     ecx, %1
        invpcid rcx, [abs described]
        %endmacro
        %macro  refuse_invpcid 4
        mov     rcx, %2
        mov     [abs described], rcx
        mov     rcx, %3
        mov     [abs described + 8], rcx
        mov     ecx, %1
        fault64 GP_, 0, %4, invpcid rcx, [abs described]
        %endmacro
        shows   6, 10, P_ | W_ | U_
        invalidate 0, 0, PAGES + 0x6000
        sees    6, 10, "type 0, an address"
        shows   6, 11, P_ | W_ | U_
        invalidate 1, 0, 0
        sees    6, 11, "type 1, a context"
        shows   6, 12, P_ | W_ | U_
        invalidate 2, 0, 0
        sees    6, 12, "type 2, all"
        shows   6, 13, P_ | W_ | U_
        invalidate 3, 0, 0
        sees    6, 13, "type 3, all but global"
        set_cr4 0x80
        page    7, P_ | W_ | U_ | G_
        sees    7, 7, "a global page"
        shows   7, 8, P_ | W_ | U_ | G_
        invalidate 2, 0, 0
        sees    7, 8, "type 2 drops it"
        mov     eax, PML4 | 5
        mov     cr3, rax
        page    6, P_ | W_ | U_
        sees    6, 6, "in PCID 5"
        mov     rax, 1 << 63 | PML4
        mov     cr3, rax
        shows   6, 7, P_ | W_ | U_
        invalidate 0, 5, PAGES + 0x6000
        mov     rax, 1 << 63 | PML4 | 5
        mov     cr3, rax
        sees    6, 7, "type 0 of another context"
        mov     rax, 1 << 63 | PML4
        mov     cr3, rax
        shows   6, 8, P_ | W_ | U_
        invalidate 1, 5, 0
        mov     rax, 1 << 63 | PML4 | 5
        mov     cr3, rax
        sees    6, 8, "type 1 of another context"
        mov     eax, PML4
        mov     cr3, rax
        refuse_invpcid 4, 0, 0, "type 4"
        refuse_invpcid 1, 0x1000, 0, "bit 12 of the descriptor"
        refuse_invpcid 0, 0, 0x0000800000000000, "an address that is not canonical"
        user_fault64 GP_, 0, "INVPCID at CPL 3", invpcid rcx, [abs described]
        user_fault64 GP_, 0, "INVLPG at CPL 3", invlpg [abs PAGES]
        clear_cr4 1 << 17
        refuse_invpcid 0, 1, 0, "a PCID without CR4.PCIDE"
        shows   6, 14, P_ | W_ | U_
        invalidate 1, 0, 0
        sees    6, 14, "PCID 0 without CR4.PCIDE"
.end:   finish

        bits    64
; low_supervisor, low_user: U/S of the first 2 MiB
low_supervisor:
        mov     ecx, 512
.next:  and     byte [abs LOW_TABLE + rcx * 8 - 8], ~U_
        loop    .next
        jmp     flush
low_user:
        mov     ecx, 512
.next:  or      byte [abs LOW_TABLE + rcx * 8 - 8], U_
        loop    .next
flush:  mov     rax, cr3
        mov     cr3, rax
        ret

        align   16, db 0
described:      dq 0, 0
kept:           dq 0

        begin_gdt
        long_descriptors
        descriptor USER_LDT, PAGES, 0xFF, LDT_TYPE, 0
        dq      0
        end_gdt
        %include "end.inc"
