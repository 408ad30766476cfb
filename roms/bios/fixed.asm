; fixed.asm - the things that programs expect at known addresses of the ROM.

%macro AT_ADDRESS 1
        times   %1 - ($ - start_of_rom) db 0
%endmacro

        AT_ADDRESS 0xC000
; Room for SMBIOS in the copy of this ROM that POST makes
smbios_entry:
        times   32 db 0                 ; on a boundary of 16 bytes
smbios_structures:
        times   SMBIOS_ROOM db 0

        AT_ADDRESS 0xE05B
        jmp     post                    ; where the first PC's POST stood; programs jump here to restart

        AT_ADDRESS 0xE6F5
; System configuration table, INT 15h AH=C0h
configuration_table:
        dw      8                       ; bytes that follow
        db      0xFC, 0x01, 0x00        ; model AT, submodel, BIOS revision
        db      0x70                    ; second 8259, RTC, INT 15h AH=4Fh is called by INT 9
        db      0x40                    ; INT 16h AH=09h tells what the keyboard service can do
        db      0, 0, 0

        AT_ADDRESS 0xEFC7
; Diskette parameter table, INT 1Eh
diskette_table:
        db      0xDF, 0x02              ; SPECIFY: step rate 3 ms, head unload; head load, DMA
        db      37                      ; ticks until the motor stops
        db      2                       ; 512 bytes a sector
        db      18                      ; sectors a track
        db      0x1B                    ; gap while reading
        db      0xFF                    ; data length, unused
        db      0x6C                    ; gap while formatting
        db      0xF6                    ; what a formatted sector holds
        db      15                      ; head settle time, ms
        db      8                       ; motor start, 1/8 s
        db      79                      ; last cylinder (an extension to the 11 bytes of the AT)
        db      0                       ; data rate 500 kbit/s

        AT_ADDRESS 0xFA6E
; The first 128 characters in 8x8. Programs for the CGA take them from here.
font_8x8_rom:
        FONT_8X8_LOW

        AT_ADDRESS 0xFF53
dummy_interrupt:
        iret

        AT_ADDRESS 0xFFF0
; The first instruction of the machine
        jmp     BIOS_SEG:post
        db      "01/01/26"              ; FFF5: the date of the BIOS
        db      0
        db      0xFC                    ; FFFE: model byte, an AT
        db      0
