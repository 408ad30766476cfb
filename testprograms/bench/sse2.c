// teaches: compiled SSE2 code: loops over doubles that the compiler makes vectors of, scalar doubles, vectors of integers
// needs: 64-bit mode
// expect-small: saxpy 80189A10
// expect-small: mandelbrot F04894EB
// expect-small: integers A2479F32
#define ANYWHERE
#include "guest.h"

#define COUNT 2048

static double x[COUNT], y[COUNT];
static u32 words[COUNT];

static u32 bits(double value) {
    union {
        double number;
        u64 word;
    } both = {.number = value};
    return (u32)(both.word >> 32) ^ (u32)both.word;
}

// y = a * x + y
static u32 saxpy(void) {
    for (u32 i = 0; i < COUNT; i++) {
        x[i] = 1.0 + i * 0.001;
        y[i] = 0.5;
    }
    for (u32 round = 0; round < 40; round++)
        for (u32 i = 0; i < COUNT; i++) y[i] = y[i] + 1.0009765 * x[i];
    u32 sum = 0;
    for (u32 i = 0; i < COUNT; i++) sum = mix(sum, bits(y[i]));
    return sum;
}

// Points of the Mandelbrot set
static u32 mandelbrot(void) {
    u32 sum = 0;
    for (u32 row = 0; row < 48; row++)
        for (u32 column = 0; column < 48; column++) {
            double re = -2.0 + column * 0.06, im = -1.4 + row * 0.06, a = 0.01, b = 0.01;
            u32 step = 0;
            while (step < 100 && a * a + b * b < 4.0) {
                double next = a * a - b * b + re;
                b = 2.0 * a * b + im;
                a = next;
                step++;
            }
            sum = mix(sum, step);
        }
    return sum;
}

// Sums and masks of words
static u32 integers(void) {
    for (u32 i = 0; i < COUNT; i++) words[i] = i * 0x9E3779B1u;
    for (u32 round = 0; round < 60; round++)
        for (u32 i = 0; i < COUNT; i++) words[i] = (words[i] + 0x01234567u) ^ (words[i] & 0x55555555u);
    u32 sum = 0;
    for (u32 i = 0; i < COUNT; i++) sum = mix(sum, words[i]);
    return sum;
}

__attribute__((section(".text.entry"), used)) void entry(void) {
    begin();
    u32 sums[3] = {0};
    for (u32 i = 0; i < SCALE; i++) {
        sums[0] = mix(sums[0], saxpy());
        sums[1] = mix(sums[1], mandelbrot());
        sums[2] = mix(sums[2], integers());
    }
    report("saxpy", sums[0]);
    report("mandelbrot", sums[1]);
    report("integers", sums[2]);
    drain();
}
