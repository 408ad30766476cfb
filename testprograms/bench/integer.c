// teaches: plain integer code as compilers make it: sieve, CRC-32, quicksort, matrix product, recursion, Collatz
// expect-small: sieve 205983AF
// expect-small: crc32 6A59391B
// expect-small: quicksort 08305F24
// expect-small: matrix 346FFE22
// expect-small: fib FFF6A9C1
// expect-small: collatz 83762563
// expect-small: integer 30FDC05A
//
// The workload by which an interpreter is measured. SCALE is the number of rounds: 1 is about 230 million
// instructions, 10 the full size.

#include "guest.h"

#ifndef SCALE
#define SCALE 10
#endif

#define SIEVE_SIZE 200000
#define CRC_SIZE 65536
#define SORT_SIZE 40000
#define MATRIX 80

static u8 *const sieve_flags = (u8 *)0x200000;
static u8 *const crc_data = (u8 *)0x300000;
static u32 *const sort_data = (u32 *)0x400000;
static int *const matrix_a = (int *)0x500000;
static int *const matrix_b = (int *)0x520000;
static int *const matrix_c = (int *)0x540000;
static u32 crc_table[256];

static u32 seed;

static u32 next_random(void) {
    seed = seed * 1664525u + 1013904223u;
    return seed;
}

static __attribute__((noinline)) u32 sieve(void) {
    u32 count = 0;
    for (u32 i = 0; i < SIEVE_SIZE; i++) sieve_flags[i] = 1;
    for (u32 i = 2; i < SIEVE_SIZE; i++) {
        if (!sieve_flags[i]) continue;
        count++;
        for (u32 k = i + i; k < SIEVE_SIZE; k += i) sieve_flags[k] = 0;
    }
    return count;
}

static __attribute__((noinline)) u32 crc(void) {
    u32 value = 0xFFFFFFFFu;
    for (u32 i = 0; i < CRC_SIZE; i++) value = (value >> 8) ^ crc_table[(value ^ crc_data[i]) & 255];
    return ~value;
}

static __attribute__((noinline)) void quicksort(u32 *low, u32 *high) {
    while (low < high) {
        u32 pivot = low[(high - low) / 2];
        u32 *left = low, *right = high;
        while (left <= right) {
            while (*left < pivot) left++;
            while (*right > pivot) right--;
            if (left <= right) {
                u32 swap = *left;
                *left++ = *right;
                *right-- = swap;
            }
        }
        if (right - low < high - left) {
            quicksort(low, right);
            low = left;
        } else {
            quicksort(left, high);
            high = right;
        }
    }
}

static __attribute__((noinline)) u32 matrix(void) {
    u32 sum = 0;
    for (int i = 0; i < MATRIX; i++) {
        for (int k = 0; k < MATRIX; k++) {
            int value = 0;
            for (int j = 0; j < MATRIX; j++) value += matrix_a[i * MATRIX + j] * matrix_b[j * MATRIX + k];
            matrix_c[i * MATRIX + k] = value;
            sum = mix(sum, (u32)value);
        }
    }
    return sum;
}

static __attribute__((noinline)) u32 fib(u32 n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

static __attribute__((noinline)) u32 collatz(u32 limit) {
    u32 longest = 0;
    for (u32 start = 1; start < limit; start++) {
        u32 value = start, steps = 0;
        while (value != 1) {
            value = value & 1 ? value * 3 + 1 : value / 2;
            steps++;
        }
        if (steps > longest) longest = steps;
    }
    return longest;
}

void run(void) {
    u32 sieve_sum = 0, crc_sum = 0, sort_sum = 0, matrix_sum = 0, fib_sum = 0, collatz_sum = 0;
    for (u32 i = 0; i < 256; i++) {
        u32 value = i;
        for (int bit = 0; bit < 8; bit++) value = value & 1 ? (value >> 1) ^ 0xEDB88320u : value >> 1;
        crc_table[i] = value;
    }
    seed = 1;
    for (u32 i = 0; i < CRC_SIZE; i++) crc_data[i] = (u8)(next_random() >> 24);
    for (int i = 0; i < MATRIX * MATRIX; i++) {
        matrix_a[i] = (int)(next_random() >> 20);
        matrix_b[i] = (int)(next_random() >> 20);
    }
    for (u32 round = 0; round < SCALE; round++) {
        for (int i = 0; i < 20; i++) sieve_sum = mix(sieve_sum, sieve());
        for (int i = 0; i < 60; i++) {
            crc_data[i] ^= (u8)round;
            crc_sum = mix(crc_sum, crc());
        }
        for (int i = 0; i < 5; i++) {
            for (u32 k = 0; k < SORT_SIZE; k++) sort_data[k] = next_random();
            quicksort(sort_data, sort_data + SORT_SIZE - 1);
            for (u32 k = 0; k < SORT_SIZE; k += 1000) sort_sum = mix(sort_sum, sort_data[k]);
            for (u32 k = 1; k < SORT_SIZE; k++) sort_sum += sort_data[k - 1] > sort_data[k];
        }
        for (int i = 0; i < 12; i++) {
            matrix_a[i] += (int)round;
            matrix_sum = mix(matrix_sum, matrix());
        }
        fib_sum = mix(fib_sum, fib(25 + (round & 1)));
        collatz_sum = mix(collatz_sum, collatz(60000));
    }
    report("sieve", sieve_sum);
    report("crc32", crc_sum);
    report("quicksort", sort_sum);
    report("matrix", matrix_sum);
    report("fib", fib_sum);
    report("collatz", collatz_sum);
    report("integer", mix(mix(mix(sieve_sum, crc_sum), mix(sort_sum, matrix_sum)), mix(fib_sum, collatz_sum)));
    drain();
}

__attribute__((section(".text.entry"), used)) void entry(void) {
    extern u32 bss_start[], bss_end[];
    for (u32 *p = bss_start; p < bss_end; p++) *p = 0;
    begin();
    run();
}
