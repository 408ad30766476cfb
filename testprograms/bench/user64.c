// teaches: compiled code at CPL 3 in 64-bit mode, where a CPU with virtualization runs a guest as fast as a process
// needs: 64-bit mode
// expect-small: sieve 205983AF
// expect-small: crc32 6A59391B
// expect-small: quicksort 08305F24
// expect-small: matrix 346FFE22
// expect-small: fib FFF6A9C1
// expect-small: collatz 83762563
// expect-small: integer 30FDC05A
//
// The work is that of integer.c. The Makefile links its one object file twice: with guest64.c to a guest, and with
// host64.c to a program of the host at the same addresses, which prints the same.

#define ANYWHERE
#include "integer.c"
