; constants.asm - names for ports, for the BIOS data area and for the service frame.
;
; The BIOS data area (BDA) is the table at 0040:0000 that every program on a PC may read.
; Its fields have stood at the same addresses since 1981, so they are an interface, not an
; implementation detail.

BIOS_SEG        equ 0xF000
BDA_SEG         equ 0x0040

; ---------------------------------------------------------------- ports
PIC1            equ 0x20        ; 8259, interrupts 0-7
PIC1_MASK       equ 0x21
PIC2            equ 0xA0        ; 8259, interrupts 8-15, cascaded on the first one's input 2
PIC2_MASK       equ 0xA1
PIT_COUNTER0    equ 0x40        ; 8254
PIT_COUNTER2    equ 0x42
PIT_CONTROL     equ 0x43
KBD_DATA        equ 0x60        ; 8042
KBD_STATUS      equ 0x64
PORT_B          equ 0x61
CMOS_INDEX      equ 0x70        ; MC146818; bit 7 masks the NMI
CMOS_DATA       equ 0x71
PORT_92         equ 0x92        ; bit 0: fast reset, bit 1: A20
FDC_DOR         equ 0x3F2
FDC_MSR         equ 0x3F4
FDC_DATA        equ 0x3F5
FDC_RATE        equ 0x3F7       ; write: data rate
FDC_DIR         equ 0x3F7       ; read: bit 7 is the disk change line
VGA_ATTRIBUTE   equ 0x3C0
VGA_MISC        equ 0x3C2
VGA_SEQUENCER   equ 0x3C4
VGA_DAC_MASK    equ 0x3C6
VGA_DAC_READ    equ 0x3C7
VGA_DAC_WRITE   equ 0x3C8
VGA_DAC_DATA    equ 0x3C9
VGA_GRAPHICS    equ 0x3CE
DEBUG_PORT      equ 0x402       ; every byte of a BIOS message also goes here
SHUTDOWN_PORT   equ 0x8900      ; the string "Shutdown" turns the machine off

; ---------------------------------------------------------------- CMOS registers
CMOS_SECONDS    equ 0x00
CMOS_MINUTES    equ 0x02
CMOS_HOURS      equ 0x04
CMOS_DAY        equ 0x07
CMOS_MONTH      equ 0x08
CMOS_YEAR       equ 0x09
CMOS_A          equ 0x0A        ; bit 7: update in progress
CMOS_B          equ 0x0B        ; bit 7 stop, 6 periodic, 5 alarm, 2 binary, 1 24 hours
CMOS_C          equ 0x0C        ; which interrupt it was; reading clears it
CMOS_SHUTDOWN   equ 0x0F        ; what to do after a reset
SHUTDOWN_RESET  equ 0x10        ; our own code for it: the machine was to be reset, do a full POST
CMOS_FLOPPIES   equ 0x10
CMOS_EQUIPMENT  equ 0x14
CMOS_BASE_MEM   equ 0x15        ; KiB, two bytes
CMOS_EXT_MEM    equ 0x30        ; KiB above 1 MiB, two bytes, at most 63 MiB
CMOS_CENTURY    equ 0x32
CMOS_HIGH_MEM   equ 0x34        ; 64 KiB units above 16 MiB, two bytes
CMOS_BOOT3      equ 0x38        ; high nibble: third boot device
CMOS_BOOT12     equ 0x3D        ; low nibble: first boot device, high nibble: second
CMOS_ABOVE_4G   equ 0x5B        ; 64 KiB units above 4 GiB, three bytes

; ---------------------------------------------------------------- BDA, offsets in segment 40h
COM_PORTS       equ 0x00        ; four words
LPT_PORTS       equ 0x08        ; three words
EBDA_PTR        equ 0x0E        ; segment of the extended BIOS data area
EQUIPMENT       equ 0x10
MEM_KB          equ 0x13
KBD_FLAGS       equ 0x17
KBD_FLAGS2      equ 0x18
ALT_KEYPAD      equ 0x19
KBD_HEAD        equ 0x1A
KBD_TAIL        equ 0x1C
KBD_RING        equ 0x1E        ; 16 words
FD_RECAL        equ 0x3E        ; bits 0-3: drive is calibrated; bit 7: IRQ 6 came
FD_MOTOR        equ 0x3F        ; bits 0-3: motor is on
FD_TIMEOUT      equ 0x40        ; ticks until the motors stop
FD_STATUS       equ 0x41
FD_RESULT       equ 0x42        ; seven bytes from the controller
VID_MODE        equ 0x49
VID_COLS        equ 0x4A
VID_PAGE_SIZE   equ 0x4C
VID_PAGE_START  equ 0x4E
CURSOR_POS      equ 0x50        ; eight words, a page each: low byte column, high byte row
CURSOR_SHAPE    equ 0x60
VID_PAGE        equ 0x62
CRTC_PORT       equ 0x63
VID_MODE_REG    equ 0x65
VID_CGA_PAL     equ 0x66
RESUME_PTR      equ 0x67        ; far pointer, taken after a reset with shutdown code 5 or 0Ah
TICKS           equ 0x6C
TICKS_MIDNIGHT  equ 0x70
BREAK_FLAG      equ 0x71
RESET_FLAG      equ 0x72        ; 1234h: warm boot
HD_STATUS       equ 0x74
HD_COUNT        equ 0x75
LPT_TIMEOUT     equ 0x78
COM_TIMEOUT     equ 0x7C
KBD_START       equ 0x80
KBD_END         equ 0x82
VID_ROWS        equ 0x84        ; rows - 1
CHAR_HEIGHT     equ 0x85
VID_CONTROL     equ 0x87        ; bit 7: mode was set without clearing; bit 0: no cursor emulation
VID_SWITCHES    equ 0x88
VID_FLAGS       equ 0x89        ; bit 3: leave the palette alone; bit 0: VGA is active
VID_DCC         equ 0x8A
FD_RATE         equ 0x8B        ; last data rate sent to the controller, bits 1-0
HD_INTERRUPT    equ 0x8E        ; FFh after IRQ 14
FD_INFO         equ 0x8F        ; what the drives can do, four bits each
FD_MEDIA        equ 0x90        ; two bytes: bits 7-6 data rate, bit 4 medium known
FD_TRACK        equ 0x94        ; two bytes: cylinder of each drive
KBD_MODE        equ 0x96        ; bit 4: 101 keys, 3 right Alt, 2 right Ctrl, 1 last was E0, 0 last was E1
KBD_LEDS        equ 0x97
WAIT_PTR        equ 0x98        ; far pointer to the byte whose bit 7 ends the wait
WAIT_COUNT      equ 0x9C        ; microseconds
WAIT_ACTIVE     equ 0xA0
VID_SAVE_PTR    equ 0xA8

; ---------------------------------------------------------------- extended BIOS data area
; One KiB at the top of conventional memory. The services reach it through FS.
EBDA_KB         equ 1
EBDA_SIZE       equ 0x00        ; byte: KiB
EBDA_RSDP       equ 0x10        ; ACPI's root pointer, 36 bytes
EBDA_MOUSE_DATA equ 0x34        ; the package that is coming in, eight bytes at most
EBDA_FDPT       equ 0x3D        ; two fixed disk parameter tables of 16 bytes
EBDA_DISKS      equ 0x60        ; four records, see below
EBDA_MP         equ 0xE0        ; MP floating pointer, 16 bytes
EBDA_MAP_COUNT  equ 0xF0        ; memory map of INT 15h E820h
EBDA_BEV        equ 0xF4        ; far pointer: the entry of an option ROM that boots, 0 if there is none
EBDA_BEV_FIRST  equ 0xF8        ; byte: 1 to try it before all disks
EBDA_MAP        equ 0x100       ; entries of 20 bytes, eight at most
; The CD-ROM drive
CD_PACKET       equ 0x1A0       ; 12 bytes
CD_PORT         equ 0x1AC       ; word: 1F0h or 170h, 0 without a drive
CD_SELECT       equ 0x1AE       ; byte: A0h or B0h
CD_STATE        equ 0x1AF       ; byte: how the machine was booted from it
CD_START        equ 0x1B0       ; dword: first block of the boot image
CD_MEDIA        equ 0x1B4       ; byte: 0 no emulation, 1-3 diskette
CD_SPT          equ 0x1B5       ; byte: sectors a track of the diskette
CD_LOCKED       equ 0x1B6       ; byte
CD_LOAD_SEGMENT equ 0x1B8
CD_LOAD_COUNT   equ 0x1BA       ; sectors of 512 bytes
EBDA_REQUEST    equ 0x1C0       ; the disk transfer under way
EBDA_PCI_PORTS  equ 0x1E0       ; POST: the next free port,
EBDA_PCI_MEMORY equ 0x1E4       ; the end of free memory addresses,
EBDA_PCI_LEAST  equ 0x1E8       ; and their beginning
EBDA_PCI_PASS   equ 0x1EC
EBDA_POLL_TIME  equ 0x1EE       ; word: the timer when INT 16h was last asked whether there is a key
EBDA_POLLS      equ 0x1F6       ; word: how often it was asked without anything in between
EBDA_VBE_FRAME  equ 0x1F0       ; dword: where the linear frame buffer is, 0: nowhere
EBDA_VBE_MODE   equ 0x1F4       ; word: the mode that is set, 0: one of the VGA
EBDA_MOUSE_CALL equ 0x1F8       ; far pointer: who gets packages
EBDA_MOUSE_COUNT equ 0x1FC      ; byte: bytes of the package that have come
EBDA_MOUSE_SIZE equ 0x1FD       ; byte: bytes of a whole one; bit 7: there is a handler
EBDA_IDENTIFY   equ 0x200       ; 512 bytes from the drive
EBDA_NAME       equ 0x200       ; in the same place: a file's name from fw_cfg,
EBDA_ORDER      equ 0x240       ; and the beginning of the file bootorder
EBDA_ORDER_SIZE equ 0x40

; A disk's record
DISK_PORT       equ 0           ; word: 1F0h or 170h
DISK_SELECT     equ 2           ; byte: E0h or F0h
DISK_FLAGS      equ 3           ; byte: bit 0: knows LBA48
DISK_CYLINDERS  equ 4           ; words: the geometry that INT 13h shows
DISK_HEADS      equ 6
DISK_SPT        equ 8
DISK_SECTORS    equ 12          ; qword
DISK_RECORD     equ 32

; A transfer
REQ_DISK        equ EBDA_REQUEST + 0    ; word: offset of the disk's record
REQ_OP          equ EBDA_REQUEST + 2    ; byte: OP_READ, OP_WRITE, OP_VERIFY
REQ_COUNT       equ EBDA_REQUEST + 4    ; word: sectors to go
REQ_DONE        equ EBDA_REQUEST + 6    ; word: sectors done
REQ_LBA         equ EBDA_REQUEST + 8    ; qword
REQ_OFFSET      equ EBDA_REQUEST + 16   ; word
REQ_SEGMENT     equ EBDA_REQUEST + 18   ; word
REQ_CHUNK       equ EBDA_REQUEST + 20   ; word: sectors of the present command
REQ_CYLINDER    equ EBDA_REQUEST + 24   ; the floppy's place, bytes
REQ_HEAD        equ EBDA_REQUEST + 25
REQ_SECTOR      equ EBDA_REQUEST + 26
REQ_DRIVE       equ EBDA_REQUEST + 27
REQ_SPT         equ EBDA_REQUEST + 28
REQ_CYLINDERS   equ EBDA_REQUEST + 29

OP_READ         equ 0
OP_WRITE        equ 1
OP_VERIFY       equ 2
OP_FORMAT       equ 3

; ---------------------------------------------------------------- the service frame
; Each service first pushes the caller's registers, so that BP points at them. Results are
; written into the frame and popped back; what a service does not write, it preserves.
R_EDI           equ 0
R_ESI           equ 4
R_EBP           equ 8
R_EBX           equ 16
R_EDX           equ 20
R_ECX           equ 24
R_EAX           equ 28
R_FS            equ 32
R_ES            equ 34
R_DS            equ 36
R_IP            equ 38
R_CS            equ 40
R_FLAGS         equ 42
R_DI            equ R_EDI
R_SI            equ R_ESI
R_BP            equ R_EBP
R_BX            equ R_EBX
R_BL            equ R_EBX
R_BH            equ R_EBX + 1
R_DX            equ R_EDX
R_DL            equ R_EDX
R_DH            equ R_EDX + 1
R_CX            equ R_ECX
R_CL            equ R_ECX
R_CH            equ R_ECX + 1
R_AX            equ R_EAX
R_AL            equ R_EAX
R_AH            equ R_EAX + 1

FLAG_CF         equ 0x01
FLAG_ZF         equ 0x40

; Save everything; DS = BDA, BP = frame; AX, BX, CX, DX, SI, DI and ES are still the caller's.
%macro SERVICE_ENTER 0
        push    ds
        push    es
        push    fs
        pushad
        cld
        mov     bp, sp
        push    BDA_SEG
        pop     ds
%endmacro

%macro SERVICE_LEAVE 0
        mov     sp, bp
        popad
        pop     fs
        pop     es
        pop     ds
        iret
%endmacro

; Call entry AH of a table of words, or %3 when the table has none. The function sees the caller's
; registers except SI, which it takes from the frame if it wants it.
%macro DISPATCH 3
        movzx   si, ah
        add     si, si
        cmp     si, %2 - %1
        jae     %%unknown
        call    [cs:%1 + si]
        jmp     %%done
%%unknown:
        call    %3
%%done:
%endmacro
