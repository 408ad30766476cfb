// teaches: a whole kernel in one file
/* kernel.c: a small kernel to learn from: segments, interrupts, timer, keyboard, paging, and a program in ring 3.
 *
 * A Multiboot loader brings it up: lucid86 -kernel kernel.elf -append words -initrd 'FILE words'. It prints on the serial
 * line and on the screen, and ends through isa-debug-exit: status 33 when all went well, 35 after a panic. */
#include <stdint.h>

/* ---------------------------------------------------------------- ports */
static inline void out8(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static inline uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

/* ---------------------------------------------------------------- printing */
enum { COM1 = 0x3F8, COLUMNS = 80, ROWS = 25 };
static volatile uint16_t *const screen = (volatile uint16_t *)0xB8000;
static unsigned column, row;

static void put(char c)
{
    while (!(in8(COM1 + 5) & 0x20)) { }         /* until the transmitter takes a byte */
    out8(COM1, (uint8_t)c);
    if (c == '\n') {
        column = 0;
        row++;
    } else {
        screen[row * COLUMNS + column++] = 0x0700 | (uint8_t)c;
    }
    if (column == COLUMNS) {
        column = 0;
        row++;
    }
    if (row == ROWS) {                          /* scroll */
        for (unsigned i = 0; i < COLUMNS * (ROWS - 1); i++) screen[i] = screen[i + COLUMNS];
        for (unsigned i = COLUMNS * (ROWS - 1); i < COLUMNS * ROWS; i++) screen[i] = 0x0720;
        row--;
    }
}

static void print(const char *text)
{
    while (*text) put(*text++);
}

static void print_hex(uint32_t value)
{
    for (int shift = 28; shift >= 0; shift -= 4) put("0123456789ABCDEF"[value >> shift & 15]);
}

static void print_number(uint32_t value)
{
    char digits[11], *place = digits + 10;
    *place = 0;
    do *--place = (char)('0' + value % 10); while (value /= 10);
    print(place);
}

static __attribute__((noreturn)) void end(uint8_t code)
{
    out8(0xF4, code);                           /* isa-debug-exit */
    for (;;) __asm__ volatile("cli; hlt");
}

/* ---------------------------------------------------------------- segments */
struct tss { uint32_t link, esp0, ss0, rest[22], io_base; };
static struct tss tss = { .ss0 = 0x10, .io_base = sizeof(struct tss) << 16 };
static uint8_t interrupt_stack[8192] __attribute__((aligned(16)));
static uint64_t gdt[6] = {                      /* base 0, limit 4 GiB */
    0, 0x00CF9A000000FFFF, 0x00CF92000000FFFF,  /* 08 kernel code, 10 kernel data */
    0x00CFFA000000FFFF, 0x00CFF2000000FFFF,     /* 1B user code, 23 user data */
};                                              /* 28 the TSS */

/* ---------------------------------------------------------------- interrupts */
struct frame {                                  /* as entry.S pushes it */
    uint32_t es, ds, edi, esi, ebp, esp, ebx, edx, ecx, eax;
    uint32_t vector, error, eip, cs, eflags, user_esp, user_ss;
};
enum { GATE = 0x8E00, USER_GATE = 0xEE00, STUB_SIZE = 16, FIRST_IRQ = 32, PAGE_FAULT = 14, SYSTEM_CALL = 0x80 };
extern char stubs[], system_call_stub[];
static uint64_t idt[256];

static void set_gate(int vector, const void *handler, uint32_t type)
{
    uint32_t at = (uint32_t)handler;
    idt[vector] = (uint64_t)((at & 0xFFFF0000) | type) << 32 | (0x08 << 16 | (at & 0xFFFF));
}

static void set_up_tables(void)
{
    uint32_t at = (uint32_t)&tss;
    tss.esp0 = (uint32_t)(interrupt_stack + sizeof interrupt_stack);
    gdt[5] = (uint64_t)((at & 0xFF000000) | 0x8900 | (at >> 16 & 0xFF)) << 32 | (at & 0xFFFF) << 16 | (sizeof tss - 1);
    for (int vector = 0; vector < 48; vector++) set_gate(vector, stubs + vector * STUB_SIZE, GATE);
    set_gate(SYSTEM_CALL, system_call_stub, USER_GATE);
    struct { uint16_t limit; uint32_t base; } __attribute__((packed))
        gdtr = { sizeof gdt - 1, (uint32_t)gdt }, idtr = { sizeof idt - 1, (uint32_t)idt };
    void load_tables(const void *, const void *);
    load_tables(&gdtr, &idtr);
}

/* The two 8259: IRQ 0-15 become vectors 32-47. Open are timer and keyboard. The 8254 ticks 100 times a second. */
static void set_up_interrupt_controllers(void)
{
    out8(0x20, 0x11); out8(0xA0, 0x11);
    out8(0x21, FIRST_IRQ); out8(0xA1, FIRST_IRQ + 8);
    out8(0x21, 4); out8(0xA1, 2);
    out8(0x21, 1); out8(0xA1, 1);
    out8(0x21, 0xFC); out8(0xA1, 0xFF);
    out8(0x43, 0x34); out8(0x40, 11932 & 0xFF); out8(0x40, 11932 >> 8);
}

static volatile uint32_t ticks;
static volatile uint8_t last_key;

static void on_key(void)
{
    uint8_t code = in8(0x60);
    if (!(code & 0x80)) last_key = code;        /* bit 7: the key went up */
}

/* ---------------------------------------------------------------- paging */
enum { PRESENT = 1, WRITABLE = 2, USER = 4, PAGE = 4096 };
static uint32_t directory[1024] __attribute__((aligned(PAGE))), table[4][1024] __attribute__((aligned(PAGE)));
extern char user_start[], user_end[];
static uint8_t user_stack[PAGE] __attribute__((aligned(PAGE)));

/* The first 16 MiB map to themselves, but for page 0, so that null pointers fault. Ring 3 may use what is its own. */
static void set_up_paging(void)
{
    for (uint32_t page = 1; page < 4 * 1024; page++) table[page / 1024][page % 1024] = page * PAGE | PRESENT | WRITABLE;
    for (uint32_t at = (uint32_t)user_start; at < (uint32_t)user_end; at += PAGE) table[0][at / PAGE] |= USER;
    table[(uint32_t)user_stack / PAGE / 1024][(uint32_t)user_stack / PAGE % 1024] |= USER;
    for (int i = 0; i < 4; i++) directory[i] = (uint32_t)table[i] | PRESENT | WRITABLE | USER;
    __asm__ volatile("mov %0, %%cr3\n\tmov %%cr0, %%eax\n\tor $0x80010000, %%eax\n\tmov %%eax, %%cr0"
                     : : "r"(directory) : "eax", "memory");
}

/* ---------------------------------------------------------------- what happens at an interrupt */
enum { CALL_PRINT = 1, CALL_TICKS = 2, CALL_KEY = 3, CALL_EXIT = 4 };
extern void enter_user(void *entry, void *stack), leave_user(void) __attribute__((noreturn));

static int is_users(uint32_t at) { return at >= (uint32_t)user_start && at < (uint32_t)user_end; }

static uint32_t system_call(uint32_t number, uint32_t argument)
{
    switch (number) {
    case CALL_PRINT:
        for (; is_users(argument) && *(char *)argument; argument++) put(*(char *)argument);
        return 0;
    case CALL_TICKS: return ticks;
    case CALL_KEY: return last_key;
    case CALL_EXIT: leave_user();
    }
    return (uint32_t)-1;
}

void interrupt(struct frame *frame)
{
    if (frame->vector == SYSTEM_CALL) {
        frame->eax = system_call(frame->eax, frame->ebx);
        return;
    }
    if (frame->vector >= FIRST_IRQ) {
        if (frame->vector == FIRST_IRQ) ticks++;
        if (frame->vector == FIRST_IRQ + 1) on_key();
        if (frame->vector >= FIRST_IRQ + 8) out8(0xA0, 0x20);
        out8(0x20, 0x20);                       /* end of interrupt */
        return;
    }
    uint32_t cr2;
    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    print(frame->cs & 3 ? "user program: exception " : "panic: exception ");
    print_number(frame->vector);
    print(" error ");
    print_number(frame->error);
    if (frame->vector == PAGE_FAULT) {
        print(" at ");
        print_hex(cr2);
    }
    print("\n");
    if (!(frame->cs & 3)) end(0x11);
    leave_user();                               /* the program is over, the kernel goes on */
}

/* ---------------------------------------------------------------- the program in ring 3 */
#define USER_CODE __attribute__((section(".user_text"), noinline))
#define USER_TEXT(name, text) static const char name[] __attribute__((section(".user_data"))) = text
USER_TEXT(hello, "ring 3: hello\n");
USER_TEXT(slept, "ring 3: ten ticks later\n");
USER_TEXT(got_key, "ring 3: the key A\n");
USER_TEXT(reaching, "ring 3: reading the kernel\n");

USER_CODE static uint32_t call(uint32_t number, uint32_t argument)
{
    __asm__ volatile("int $0x80" : "+a"(number) : "b"(argument) : "memory");
    return number;
}

USER_CODE static void good_program(void)
{
    call(CALL_PRINT, (uint32_t)hello);
    uint32_t start = call(CALL_TICKS, 0);
    while (call(CALL_TICKS, 0) - start < 10) { }
    call(CALL_PRINT, (uint32_t)slept);
    call(CALL_EXIT, 0);
}

USER_CODE static void typing_program(void)
{
    while (call(CALL_KEY, 0) != 0x1E) { }       /* the scan code of A */
    call(CALL_PRINT, (uint32_t)got_key);
    call(CALL_EXIT, 0);
}

USER_CODE static void bad_program(void)
{
    call(CALL_PRINT, (uint32_t)reaching);
    *(volatile uint32_t *)0x100000;             /* the kernel's first page is not for ring 3 */
    call(CALL_EXIT, 0);
}

static void run(void (*program)(void)) { enter_user((void *)program, user_stack + sizeof user_stack); }

/* ---------------------------------------------------------------- what the loader tells */
struct module { uint32_t start, end, text, reserved; };
struct multiboot {
    uint32_t flags, lower, upper, boot_device, command_line, module_count, modules, symbols[4], map_length, map;
};
struct range { uint32_t size; uint64_t base, length; uint32_t type; } __attribute__((packed));

static const char *behind_first_word(const char *text)
{
    while (*text && *text != ' ') text++;
    return *text ? text + 1 : text;
}

static void show(const struct multiboot *information)
{
    print("command line: ");
    print(behind_first_word((const char *)information->command_line));
    print("\nKiB from 1 MiB on: ");
    print_number(information->upper & ~1023u);  /* firmware may keep a little at the end */
    print("\n");
    uint64_t usable = 0;
    for (uint32_t at = information->map; at < information->map + information->map_length;) {
        const struct range *range = (const struct range *)at;
        if (range->type == 1) usable += range->length;
        at += range->size + 4;
    }
    print("MiB in the map: ");
    print_number((uint32_t)(usable >> 20));
    print("\n");
    const struct module *module = (const struct module *)information->modules;
    for (uint32_t i = 0; i < information->module_count; i++, module++) {
        uint32_t sum = 0;
        for (const uint8_t *byte = (const uint8_t *)module->start; byte < (const uint8_t *)module->end; byte++) sum += *byte;
        print("module ");
        print(behind_first_word((const char *)module->text));
        print(": ");
        print_number(module->end - module->start);
        print(" bytes, sum ");
        print_number(sum);
        print("\n");
    }
}

static const volatile uint8_t *volatile bad_pointer = (const uint8_t *)8;

void kernel_main(uint32_t magic, const struct multiboot *information)
{
    out8(COM1 + 3, 3);                          /* eight bits, no parity */
    for (unsigned i = 0; i < COLUMNS * ROWS; i++) screen[i] = 0x0720;
    if (magic != 0x2BADB002) {
        print("no Multiboot loader\n");
        end(0x11);
    }
    show(information);
    const char *words = behind_first_word((const char *)information->command_line);
    int wants_key = words[0] == 'k', wants_panic = words[0] == 'p';
    set_up_tables();
    set_up_interrupt_controllers();
    set_up_paging();
    __asm__ volatile("sti");
    while (ticks < 3) __asm__ volatile("hlt");
    print("timer: it ticks\n");
    run(good_program);
    if (wants_key) run(typing_program);
    run(bad_program);
    if (wants_panic) out8(0x80, *bad_pointer);
    print("done\n");
    end(0x10);
}
