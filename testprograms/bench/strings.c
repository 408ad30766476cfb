// teaches: REP MOVS, STOS, CMPS and SCAS of many sizes, forwards and backwards, short calls and long ones
// expect-small: short 465CFBDA
// expect-small: move 1C1BF475
// expect-small: compare 1985EBDD
// expect-small: scan 8161001F
// expect-small: strings D517C5B9
//
// SCALE is the number of rounds.

#include "guest.h"

#ifndef SCALE
#define SCALE 10
#endif

#define SIZE (1u << 20)

static u8 *const source = (u8 *)0x200000;
static u8 *const target = (u8 *)0x400000;

#define REP(name, prefix, instruction)                                                                   \
    static inline u32 name(const void *from, void *to, u32 count, u32 value) {                            \
        __asm__ volatile(prefix "; " instruction                                                          \
                         : "+S"(from), "+D"(to), "+c"(count)                                              \
                         : "a"(value)                                                                     \
                         : "memory", "cc");                                                               \
        return count;                                                                                     \
    }

REP(move_bytes, "rep", "movsb")
REP(move_words, "rep", "movsw")
REP(move_dwords, "rep", "movsl")
REP(store_bytes, "rep", "stosb")
REP(store_dwords, "rep", "stosl")
REP(compare_bytes, "repe", "cmpsb")
REP(compare_dwords, "repe", "cmpsl")
REP(scan_bytes, "repne", "scasb")
REP(scan_dwords, "repne", "scasl")

static inline void move_bytes_down(const void *from, void *to, u32 count) {
    __asm__ volatile("std; rep movsb; cld" : "+S"(from), "+D"(to), "+c"(count) : : "memory", "cc");
}

void run(void) {
    u32 seed = 1, short_sum = 0, move_sum = 0, compare_sum = 0, scan_sum = 0;
    for (u32 i = 0; i < SIZE; i++) {
        seed = seed * 1664525u + 1013904223u;
        source[i] = (u8)(seed >> 24) | 1;  // never zero, so a scan for zero runs to the end
    }
    for (u32 round = 0; round < SCALE; round++) {
        source[round * 3] ^= 2;
        for (u32 i = 0; i < 60000; i++) {  // what compilers make of small memcpy and memset
            u32 length = i & 63;
            move_bytes(source + (i & 0xFFF), target + (i & 0x7FF), length, 0);
            store_bytes(0, target + 0x1000 + (i & 0x3FF), length >> 1, i);
            move_dwords(source + (i & 0xFFF), target + 0x2000, length >> 2, 0);
        }
        for (u32 i = 0; i < 0x4000; i += 4) short_sum = mix(short_sum, *(u32 *)(target + i));
        for (u32 i = 0; i < 8; i++) {
            move_dwords(source, target, SIZE / 4, 0);
            move_words(source + 1, target + 3, SIZE / 8, 0);
            store_dwords(0, target + 0x8000, SIZE / 16, round + i);
            move_bytes(source, target, SIZE / 4, 0);
            move_bytes_down(target + SIZE / 8 - 1, target + SIZE / 8 + 99, SIZE / 8);
            move_sum = mix(move_sum, *(u32 *)(target + 12340 + i));
        }
        move_dwords(source, target, SIZE / 4, 0);
        target[SIZE - 5 - round] ^= 0x80;
        for (u32 i = 0; i < 4; i++) {
            compare_sum = mix(compare_sum, compare_bytes(source, target, SIZE, 0));
            compare_sum = mix(compare_sum, compare_dwords(source, target, SIZE / 4, 0));
            scan_sum = mix(scan_sum, scan_bytes(0, source + round, SIZE / 2, 0));
            scan_sum = mix(scan_sum, scan_dwords(0, source, SIZE / 4, *(u32 *)(source + SIZE - 64 - 4 * round)));
        }
    }
    report("short", short_sum);
    report("move", move_sum);
    report("compare", compare_sum);
    report("scan", scan_sum);
    report("strings", mix(mix(short_sum, move_sum), mix(compare_sum, scan_sum)));
    drain();
}

__attribute__((section(".text.entry"), used)) void entry(void) {
    extern u32 bss_start[], bss_end[];
    for (u32 *p = bss_start; p < bss_end; p++) *p = 0;
    begin();
    run();
}
