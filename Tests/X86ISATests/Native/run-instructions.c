// Runs instructions on the CPU itself: FlagNativeTests builds it and compares the flags with what X86ISA says of them.
//
// stdin: one `struct request` after another. stdout: one `struct state` for each, after the instruction.
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

struct state {
    // eax ecx edx ebx esi edi
    uint32_t registers[6];
    uint32_t flags;
    // Eight bytes at ADDRESS, eight at ADDRESS + 0x400.
    uint32_t memory[4];
};

struct request {
    uint8_t code[16];
    struct state state;
};

// Below 4 GiB, so that 32-bit registers can point at it.
#define ADDRESS 0x20000800u

// Loads all of `state` but the memory, runs `code`, which ends with RET, and stores what there is then.
void run(struct state *state, const void *code);
__asm__(".text\n"
        "run:\n"
        "  push %rbx\n"
        "  push %r12\n"
        "  mov %rdi, %r12\n"
        "  mov %rsi, %r11\n"
        "  pushfq\n"
        "  andl $~0xCD5, (%rsp)\n"
        "  mov 24(%r12), %eax\n"
        "  and $0xCD5, %eax\n"
        "  orl %eax, (%rsp)\n"
        "  mov (%r12), %eax\n"
        "  mov 4(%r12), %ecx\n"
        "  mov 8(%r12), %edx\n"
        "  mov 12(%r12), %ebx\n"
        "  mov 16(%r12), %esi\n"
        "  mov 20(%r12), %edi\n"
        "  popfq\n"
        "  call *%r11\n"
        "  pushfq\n"
        "  cld\n"
        "  mov %eax, (%r12)\n"
        "  mov %ecx, 4(%r12)\n"
        "  mov %edx, 8(%r12)\n"
        "  mov %ebx, 12(%r12)\n"
        "  mov %esi, 16(%r12)\n"
        "  mov %edi, 20(%r12)\n"
        "  pop %rax\n"
        "  mov %eax, 24(%r12)\n"
        "  pop %r12\n"
        "  pop %rbx\n"
        "  ret\n");

int main(void) {
    uint8_t *page = mmap((void *)(uintptr_t)(ADDRESS & ~4095u), 4096, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED || code == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    struct request request;
    while (fread(&request, sizeof request, 1, stdin) == 1) {
        memset(page, 0, 4096);
        memcpy(page + (ADDRESS & 4095), request.state.memory, 8);
        memcpy(page + (ADDRESS & 4095) + 0x400, request.state.memory + 2, 8);
        if (memcmp(code, request.code, sizeof request.code) != 0) memcpy(code, request.code, sizeof request.code);
        run(&request.state, code);
        memcpy(request.state.memory, page + (ADDRESS & 4095), 8);
        memcpy(request.state.memory + 2, page + (ADDRESS & 4095) + 0x400, 8);
        fwrite(&request.state, sizeof request.state, 1, stdout);
    }
    return 0;
}
