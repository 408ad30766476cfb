// teaches: the integer workload as 64-bit code
// needs: 64-bit mode
// expect-small: sieve 205983AF
// expect-small: crc32 6A59391B
// expect-small: quicksort 08305F24
// expect-small: matrix 346FFE22
// expect-small: fib FFF6A9C1
// expect-small: collatz 83762563
// expect-small: integer 30FDC05A

#define ANYWHERE
#include "integer.c"
