#!/usr/bin/env python3
"""Fills in the checksums of an option ROM: checksum.py ROM. All bytes of the ROM, and all of its Plug and Play expansion
header, add up to zero. roms/build.sh does it."""
import pathlib
import sys

path = pathlib.Path(sys.argv[1])
rom = bytearray(path.read_bytes())
header = int.from_bytes(rom[0x1A:0x1C], "little")
assert rom[header : header + 4] == b"$PnP" and rom[header + 9] == 0 and rom[-1] == 0
rom[header + 9] = -sum(rom[header : header + 16 * rom[header + 5]]) & 0xFF
rom[-1] = -sum(rom) & 0xFF
path.write_bytes(rom)
