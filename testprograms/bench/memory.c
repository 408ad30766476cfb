// teaches: memory access patterns: copies of words, bytes and misaligned words, a pointer chase, and strided walks
// expect-small: copy 2FC39482
// expect-small: chase E6EFEA4A
// expect-small: stride 82AABCEF
// expect-small: update 9A8E7C70
// expect-small: memory 77A4117D
//
// SCALE is the number of rounds.

#include "guest.h"

#ifndef SCALE
#define SCALE 10
#endif

#define WORDS (1u << 18)        // 1 MiB
#define NODES (1u << 16)

static volatile u32 *const source = (volatile u32 *)0x200000;
static volatile u32 *const target = (volatile u32 *)0x400000;
static u32 *const nodes = (u32 *)0x600000;

static __attribute__((noinline)) u32 copy_words(void) {
    for (u32 i = 0; i < WORDS; i++) target[i] = source[i];
    return target[WORDS - 1] ^ target[WORDS / 2];
}

static __attribute__((noinline)) u32 copy_bytes(void) {
    volatile u8 *from = (volatile u8 *)source, *to = (volatile u8 *)target;
    for (u32 i = 0; i < WORDS; i++) to[i] = from[i + 1];
    return target[100];
}

static __attribute__((noinline)) u32 copy_misaligned(void) {
    volatile u32 *from = (volatile u32 *)((u32)source + 1), *to = (volatile u32 *)((u32)target + 3);
    for (u32 i = 0; i < WORDS / 4; i++) to[i] = from[i];
    return to[7] ^ to[WORDS / 4 - 1];
}

static __attribute__((noinline)) u32 chase(u32 steps) {
    u32 node = 0, sum = 0;
    while (steps--) {
        node = nodes[node];
        sum += node;
    }
    return sum;
}

static __attribute__((noinline)) u32 stride(u32 bytes) {
    u32 sum = 0;
    for (u32 start = 0; start < 64; start += 4)
        for (u32 at = start; at < WORDS * 4; at += bytes) sum += *(volatile u32 *)((u32)source + at);
    return sum;
}

static __attribute__((noinline)) u32 update_in_place(void) {
    volatile u16 *words = (volatile u16 *)target;
    for (u32 i = 0; i < WORDS; i++) words[i] += (u16)i;
    return words[12345];
}

void run(void) {
    u32 seed = 1, copy_sum = 0, chase_sum = 0, stride_sum = 0, update_sum = 0;
    for (u32 i = 0; i < WORDS + 4; i++) {
        seed = seed * 1664525u + 1013904223u;
        source[i] = seed;
    }
    for (u32 i = 0; i < NODES; i++) nodes[i] = (i * 40503u + 12345u) & (NODES - 1);  // a full cycle: odd step
    for (u32 round = 0; round < SCALE; round++) {
        source[round] += round;
        copy_sum = mix(copy_sum, copy_words());
        copy_sum = mix(copy_sum, copy_bytes());
        copy_sum = mix(copy_sum, copy_misaligned());
        chase_sum = mix(chase_sum, chase(2000000));
        stride_sum = mix(stride_sum, stride(64));
        stride_sum = mix(stride_sum, stride(4096));
        update_sum = mix(update_sum, update_in_place());
    }
    report("copy", copy_sum);
    report("chase", chase_sum);
    report("stride", stride_sum);
    report("update", update_sum);
    report("memory", mix(mix(copy_sum, chase_sum), mix(stride_sum, update_sum)));
    drain();
}

__attribute__((section(".text.entry"), used)) void entry(void) {
    extern u32 bss_start[], bss_end[];
    for (u32 *p = bss_start; p < bss_end; p++) *p = 0;
    begin();
    run();
}
