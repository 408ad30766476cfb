// guest64.c: how a workload that runs anywhere prints when it is a guest: through the ports of COM1.

#define ANYWHERE
#include "guest.h"

void put_char(char c) {
    while (!(inb(0x3FD) & 0x20)) {
    }
    outb(0x3F8, (u8)c);
}

void drain(void) {
    while (!(inb(0x3FD) & 0x40)) {
    }
}
