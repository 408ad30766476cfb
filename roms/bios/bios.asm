; bios.asm - the Lucid86 BIOS: what stands where in the 64 KiB at F000:0000.
;
; The ROM is seen twice: at F0000h, where real mode reaches it, and just below 4 GiB, where an
; x86 fetches its first instruction. Everything is 16-bit code of the 386 and one flat segment.

        cpu     386
        bits    16
        org     0

%include "constants.asm"

start_of_rom:
        db      "Lucid86 BIOS", 0

%include "font.inc"
%include "video_modes.asm"
%include "video_text.asm"
%include "video_graphics.asm"
%include "video_services.asm"
%include "video_palette.asm"
%include "video_vbe.asm"
%include "video_fonts.asm"
%include "keyboard.asm"
%include "keyboard_tables.asm"
%include "mouse.asm"
%include "time.asm"
%include "serial.asm"
%include "floppy.asm"
%include "floppy_services.asm"
%include "ata.asm"
%include "disk_services.asm"
%include "cdrom.asm"
%include "system.asm"
%include "fw_cfg.asm"
%include "option_roms.asm"
%include "interrupts.asm"
%include "pci.asm"
%include "acpi.asm"
%include "smbios.asm"
%include "mtrr.asm"
%include "boot.asm"
%include "post.asm"
%include "fixed.asm"
