/* entry.S: where the loader enters, and where the CPU enters for each interrupt. */

        .set    MAGIC, 0x1BADB002
        .set    FLAGS, 0x3              /* modules at page boundaries, and tell us about memory */

        .section .multiboot, "a"
        .align  4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

/* The loader leaves 32-bit protected mode, paging off, EAX = 2BADB002h, EBX = the Multiboot information. */
        .text
        .global _start
_start: cli
        mov     $stack_top, %esp
        push    %ebx
        push    %eax
        call    kernel_main
stop:   cli
        hlt
        jmp     stop

/* One stub for each vector: push an error code where the CPU does not, then the vector. */
        .align  16
        .global stubs
stubs:
        .set    vector, 0
        .rept   48
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17
        push    $0
        .endif
        push    $vector
        jmp     common
        .align  16
        .set    vector, vector + 1
        .endr
        .global system_call_stub
system_call_stub:
        push    $0
        push    $0x80
common: pusha
        push    %ds
        push    %es
        mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %es
        cld
        push    %esp                    /* struct frame * */
        call    interrupt
        add     $4, %esp
        pop     %es
        pop     %ds
        popa
        add     $8, %esp
        iret

/* void load_tables(const void *gdtr, const void *idtr): and reload all segments, and TR. */
        .global load_tables
load_tables:
        mov     4(%esp), %eax
        lgdt    (%eax)
        mov     8(%esp), %eax
        lidt    (%eax)
        ljmp    $0x08, $1f
1:      mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %es
        mov     %ax, %fs
        mov     %ax, %gs
        mov     %ax, %ss
        mov     $0x28, %ax
        ltr     %ax
        ret

/* void enter_user(void *entry, void *stack): IRET to ring 3, with interrupts on. It comes back through leave_user. */
        .global enter_user, leave_user
enter_user:
        pusha
        mov     %esp, kernel_stack_pointer
        mov     36(%esp), %eax
        mov     40(%esp), %ecx
        mov     $0x23, %dx
        mov     %dx, %ds
        mov     %dx, %es
        push    $0x23
        push    %ecx
        push    $0x202
        push    $0x1B
        push    %eax
        iret
leave_user:
        mov     kernel_stack_pointer, %esp
        mov     $0x10, %ax
        mov     %ax, %ds
        mov     %ax, %es
        popa
        ret

        .bss
        .align  16
        .skip   8192
stack_top:
kernel_stack_pointer:
        .skip   4
        .section .note.GNU-stack, "", @progbits
