// host64.c: how a workload that runs anywhere starts, prints and ends when it is a process of Linux. No libc: the memory
// that a guest finds below 6 MiB is mapped there.

#define ANYWHERE
#include "guest.h"

#define SYS_WRITE 1
#define SYS_MMAP 9
#define SYS_EXIT 60

static long system_call(long number, long a, long b, long c, long d, long e, long f) {
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e, r9 __asm__("r9") = f;
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return number;
}

static char line[80];
static long length;

void put_char(char c) {
    if (length < (long)sizeof line) line[length++] = c;
    if (c != '\n') return;
    system_call(SYS_WRITE, 1, (long)line, length, 0, 0, 0);
    length = 0;
}

void drain(void) {}

void entry(void);

__attribute__((used)) static void start(void) {
    // PROT_READ | PROT_WRITE; MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE
    long got = system_call(SYS_MMAP, 0x200000, 0x400000, 3, 0x100022, -1, 0);
    if (got == 0x200000) entry();
    system_call(SYS_EXIT, got == 0x200000 ? 0 : 1, 0, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: and $-16, %rsp\n call start\n");
