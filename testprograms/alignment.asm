; teaches: alignment checks: #AC wants CR0.AM, EFLAGS.AC and ring 3, and each kind of operand has its own alignment
; run: --budget 50000000
; media: floppy
; qemu: differs because TCG checks no alignment
; expect-serial: when it is checked
; expect-serial: words and double words
; expect-serial: pointers and tables
; expect-serial: the stack
; expect-serial: virtual-8086 mode
; expect-serial: PASS
; expect-end: debug-exit 33

        %include "boot.inc"
        %include "pm.inc"
        bits    32
        %include "task.inc"
        %include "v86.inc"
        bits    16

AC_             equ 17
AC              equ 0x40000

; misaligned NAME, INSTRUCTION: #AC(0) at CPL 3 with AC
%macro misaligned 2+
        as_user AC, %2
        expect32 [fault_vector], AC_, {%1, ' vector'}
        expect32 [fault_error], 0, {%1, ' error code'}
        push    dword [fault_eip]
        push    dword [user_at]
        call    check32
        db      %1, ' saved EIP', 0
%endmacro
%macro aligned 2+
        as_user AC, %2
        expect32 [fault_vector], RETURN_VECTOR, %1
%endmacro

main:
        enter_protected
        mov     eax, cr0
        and     eax, ~0x40000
        mov     cr0, eax

        print   `when it is checked\n`
        aligned "without AM", mov eax, [data + 1]
        mov     eax, cr0
        or      eax, 0x40000
        mov     cr0, eax
        as_user 0, mov eax, [data + 1]
        expect32 [fault_vector], RETURN_VECTOR, "without AC"
        pushfd
        or      dword [esp], AC
        popfd
        expect_no_fault "ring 0", mov eax, [data + 1]
        pushfd
        and     dword [esp], ~AC
        popfd
        misaligned "ring 3", mov eax, [data + 1]
        as_user 0, jmp set_ac
        expect32 [fault_vector], AC_, "from the instruction behind POPF on"
        expect32 [fault_eip], set_ac_at, "EIP"

        print   `words and double words\n`
        aligned "a byte", mov al, [data + 1]
        aligned "a word at 2", mov ax, [data + 2]
        misaligned "a word at 1", mov ax, [data + 1]
        misaligned "a double word at 2", mov eax, [data + 2]
        misaligned "a store", mov [data + 2], eax
        mov     dword [data], 0x11111111
        misaligned "an update", inc dword [data + 3]
        expect32 [data], 0x11111111, "changes nothing"
        misaligned "a bit string of words", bt word [data + 1], ax
        as_user AC, jmp bit_string
        expect32 [fault_vector], RETURN_VECTOR, "where the bit is does not count, but its double word"
        misaligned "xchg", xchg [data + 1], eax
        misaligned "cmpxchg8b at 4", cmpxchg8b [data + 4]
        aligned "cmpxchg8b at 8", cmpxchg8b [data + 8]
        misaligned "movsx of a word", movsx eax, word [data + 1]
        as_user AC, jmp strings
        expect32 [fault_vector], AC_, "rep movsd"
        expect32 ecx, 4, "before its first iteration"
        as_user AC, jmp strings_2
        expect32 [fault_vector], RETURN_VECTOR, "rep movsb"
        as_user AC, jmp strings_3
        expect32 [fault_vector], RETURN_VECTOR, "rep stosd, aligned"
        as_user AC, jmp long_loop
        expect32 [fault_vector], AC_, "in a loop"
        expect32 ecx, 5, "at the access that meets it"

        print   `pointers and tables\n`
        mov     word [data + 4], USER_DATA
        mov     word [data + 6], USER_DATA
        mov     word [data + 8], USER_DATA
        aligned "a far pointer of 48 bits at 4", les eax, [data]
        misaligned "a far pointer of 48 bits at 2", les eax, [data + 2]
        aligned "a far pointer of 32 bits at 2", les ax, [data + 2]
        misaligned "a far pointer of 32 bits at 1", les ax, [data + 1]
        aligned "sgdt at 2: a word, and a double word behind it", sgdt [data + 2]
        misaligned "sgdt at 4", sgdt [data + 4]
        misaligned "sidt at 1", sidt [data + 1]
        mov     dword [data], 0
        mov     dword [data + 4], 0
        mov     dword [data + 8], 0x7FFFFFFF
        as_user AC, jmp bounds
        expect32 [fault_vector], RETURN_VECTOR, "bound at 4"
        as_user AC, jmp bounds_2
        expect32 [fault_vector], AC_, "bound at 2"

        print   `the stack\n`
        as_user AC, jmp odd_stack
        expect32 [fault_vector], AC_, "push"
        expect32 [fault_esp], USER_STACK - 2, "ESP"
        as_user AC, jmp odd_call
        expect32 [fault_vector], AC_, "call"
        as_user AC, jmp word_stack
        expect32 [fault_vector], RETURN_VECTOR, "words at 2; the interrupt's own stack is not checked"
        as_user AC, jmp odd_ret
        expect32 [fault_vector], AC_, "ret"

        print   `virtual-8086 mode\n`
        v86_fault AC_, 0, AC, "a word at 1", mov ax, [data + 1]
        v86_runs AC, "a word at 2", mov ax, [data + 2]
        finish

set_ac: pushfd
        or      dword [esp], AC
        popfd
set_ac_at:
        mov     eax, [data + 1]
        int     RETURN_VECTOR
bit_string:
        mov     eax, 33
        bt      [data], eax
        int     RETURN_VECTOR
strings:
        mov     esi, data
        mov     edi, data + 17
        mov     ecx, 4
        rep movsd
        int     RETURN_VECTOR
strings_2:
        mov     esi, data
        mov     edi, data + 17
        mov     ecx, 4
        rep movsb
        int     RETURN_VECTOR
strings_3:
        mov     edi, data + 16
        mov     ecx, 4
        xor     eax, eax
        rep stosd
        int     RETURN_VECTOR
long_loop:
        mov     ecx, 10
        mov     esi, data
.next:  cmp     ecx, 5
        jne     .load
        inc     esi
.load:  mov     eax, [esi]
        add     esi, 4
        loop    .next
        int     RETURN_VECTOR
bounds: mov     eax, 1
        bound   eax, [data + 4]
        mov     eax, 0x7FFFFFFF
        bound   eax, [data + 4]
        int     RETURN_VECTOR
bounds_2:
        bound   eax, [data + 2]
        int     RETURN_VECTOR
odd_stack:
        sub     esp, 2
        push    eax
        int     RETURN_VECTOR
odd_call:
        sub     esp, 2
        call    odd_stack
        int     RETURN_VECTOR
word_stack:
        push    ax
        int     RETURN_VECTOR
odd_ret:
        sub     esp, 2
        ret

        align   16, db 0
data:           times 64 db 0
        begin_gdt
        end_gdt
        %include "end.inc"
