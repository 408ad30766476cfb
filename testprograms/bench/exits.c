// teaches: what it costs to leave the guest: a loop of port writes at CPL 3 in 64-bit mode
// needs: 64-bit mode
// expect-small: exits 00000BB8
//
// SCALE is the number of thousands of writes. Port 80h takes the BIOS's progress codes and does nothing.

#include "guest.h"

#ifndef SCALE
#define SCALE 3
#endif

__attribute__((section(".text.entry"), used)) void entry(void) {
    begin();
    for (u32 i = 0; i < SCALE * 1000; i++) outb(0x80, 0);
    report("exits", SCALE * 1000);
    drain();
}
