// guest.h: what the workloads share: port output and text on COM1. No libc.
// Those that run as host programs too (ANYWHERE) are one object file for both: it prints through a function that is linked
// to it, of guest64.c or host64.c.
#ifndef GUEST_H
#define GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline void outb(u16 port, u8 value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

static inline u8 inb(u16 port) {
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

#ifdef ANYWHERE
void put_char(char c);
#else
static void put_char(char c) {
    while (!(inb(0x3FD) & 0x20)) {
    }
    outb(0x3F8, (u8)c);
}
#endif

static void put_text(const char *text) {
    while (*text) put_char(*text++);
}

static void put_hex(u32 value) {
    for (int shift = 28; shift >= 0; shift -= 4) put_char("0123456789ABCDEF"[(value >> shift) & 15]);
}

// One result line: "name 0123ABCD\n".
static void report(const char *name, u32 value) {
    put_text(name);
    put_char(' ');
    put_hex(value);
    put_char('\n');
}

// What scripts/bench times begins behind this line and ends with the last result line.
static void begin(void) { put_text("begin\n"); }

// The end of the output: the last character must have left before the machine stops.
#ifdef ANYWHERE
void drain(void);
#else
static void drain(void) {
    while (!(inb(0x3FD) & 0x40)) {
    }
}
#endif

// Mixes a value into a checksum.
static inline u32 mix(u32 sum, u32 value) { return ((sum << 5) | (sum >> 27)) ^ (value * 0x9E3779B1u); }

#endif
