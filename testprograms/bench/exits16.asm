; teaches: what it costs to leave the guest: a loop of port writes in real mode
; expect-small: exits 00000BB8
;
; SCALE is the number of thousands of writes. Port 80h takes the BIOS's progress codes and does nothing.

%ifndef SCALE
%define SCALE 3
%endif

        %include "boot.inc"

main:
        cli                             ; nothing but the loop
        print   `begin\n`               ; scripts/bench starts its clock here
        mov     ecx, SCALE * 1000
        xor     al, al
.write: out     0x80, al
        dec     ecx
        jnz     .write
        print   'exits '
        print_hex SCALE * 1000, 8
        print   `\n`
        mov     al, 0x10
        jmp     exit16

        %include "end.inc"
