; teaches: what a segment guards: limits in bytes and pages, expand-down, read-only, execute-only, and #SS against #GP
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG checks neither limits nor types at an access
; expect-serial: byte limit
; expect-serial: page limit
; expect-serial: expand-down
; expect-serial: types
; expect-serial: stack
; expect-serial: code
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"

; use REGISTER, SELECTOR
%macro use 2
        mov     eax, %2
        mov     %1, ax
%endmacro

main:
        enter_protected
        print   `byte limit\n`
        use     fs, BYTES               ; base 10000h, limit FFFh
        mov     dword [0x10FFC], 0x44332211
        mov     dword [0x11000], 0x88776655
        expect_no_fault "last byte", mov al, [fs:0xFFF]
        expect_fault GP_, 0, "byte behind the limit", mov al, [fs:0x1000]
        expect_no_fault "last dword", mov eax, [fs:0xFFC]
        expect_fault GP_, 0, "dword over the limit", mov eax, [fs:0xFFD]
        expect32 eax, 0x44332211, "a faulting load leaves EAX"
        mov     ebx, -1
        expect_fault GP_, 0, "word at FFFFFFFF", mov ax, [fs:ebx]
        expect_fault GP_, 0, "write over the limit", mov [fs:0xFFD], ebx
        expect32 [0x10FFC], 0x44332211, "and no byte was written"
        expect_fault GP_, 0, "read-modify-write over the limit", add [fs:0xFFE], ebx
        mov     ecx, 4
        mov     esi, 0xFFE
        push    es
        use     es, KERNEL_DATA
        mov     edi, 0x12000
        mov     eax, 0
        expect_fault GP_, 0, "rep movs over the limit", fs rep movsb
        expect32 ecx, 2, "two bytes were moved: ECX"
        expect32 esi, 0x1000, "two bytes were moved: ESI"
        pop     es

        print   `page limit\n`
        use     fs, PAGES               ; limit field 1 with G: 8 KiB
        expect_no_fault "last byte", mov al, [fs:0x1FFF]
        expect_fault GP_, 0, "byte behind the limit", mov al, [fs:0x2000]
        expect_fault GP_, 0, "dword over the limit", mov eax, [fs:0x1FFE]

        print   `expand-down\n`
        use     fs, DOWN32              ; offsets 1000h to FFFFFFFFh are valid
        expect_fault GP_, 0, "32-bit: at the limit", mov al, [fs:0x0FFF]
        expect_no_fault "32-bit: above the limit", mov al, [fs:0x1000]
        expect_fault GP_, 0, "32-bit: zero", mov al, [fs:0]
        use     fs, DOWN16              ; offsets 1000h to FFFFh are valid
        expect_fault GP_, 0, "16-bit: at the limit", mov al, [fs:0x0FFF]
        expect_no_fault "16-bit: above the limit", mov al, [fs:0x1000]
        expect_no_fault "16-bit: last word", mov ax, [fs:0xFFFE]
        expect_fault GP_, 0, "16-bit: word over the top", mov ax, [fs:0xFFFF]
        expect_fault GP_, 0, "16-bit: above the top", mov al, [fs:0x10000]

        print   `types\n`
        use     fs, READ_ONLY
        expect_no_fault "read-only: read", mov al, [fs:0x1000]
        expect_fault GP_, 0, "read-only: write", mov [fs:0x1000], al
        expect_fault GP_, 0, "read-only: cmpxchg writes always", cmpxchg [fs:0x1000], al
        use     fs, KERNEL_CODE
        expect_no_fault "code through FS: read", mov al, [fs:0x1000]
        expect_fault GP_, 0, "code through FS: write", mov [fs:0x1000], al
        expect_fault GP_, 0, "code through CS: write", mov [cs:0x1000], al
        use     fs, 0
        expect_fault GP_, 0, "null: read", mov al, [fs:0x1000]
        expect_fault GP_, 0, "null: write", mov [fs:0x1000], al

        print   `stack\n`
        use     ss, SMALL_STACK         ; limit 7FFFh
        mov     ebp, 0x7FFC
        expect_no_fault "ebp: last dword", mov eax, [ebp]
        mov     ebp, 0x7FFD
        expect_fault SS_, 0, "ebp: dword over the limit", mov eax, [ebp]
        expect_fault GP_, 0, "the same through FS (null)", mov eax, [fs:ebp]
        expect_fault SS_, 0, "esp-relative", mov eax, [esp + 0x10000]
        expect_fault SS_, 0, "SS by prefix", mov eax, [ss:0x8000]
        use     ss, KERNEL_DATA
        mov     esp, 0x7C00

        print   `code\n`
        expect_fault GP_, 0, "jump beyond the limit", jmp SMALL_CODE:0x10000
        mov     ebx, esp
        expect_fault GP_, 0, "call beyond the limit", call SMALL_CODE:0x10000
        expect32 esp, ebx, "a failed CALL pushes nothing"
        finish

        begin_gdt
        descriptor BYTES, 0x10000, 0xFFF, DATA_RW, BIG
        descriptor PAGES, 0x10000, 1, DATA_RW, BIG | GRANULAR
        descriptor DOWN32, 0, 0x0FFF, DATA_DOWN, BIG
        descriptor DOWN16, 0, 0x0FFF, DATA_DOWN, 0
        descriptor READ_ONLY, 0, 0xFFFFF, DATA_RO, BIG | GRANULAR
        descriptor SMALL_STACK, 0, 0x7FFF, DATA_RW, BIG
        descriptor SMALL_CODE, 0, 0xFFFF, CODE_RX, BIG
        end_gdt
        %include "end.inc"
