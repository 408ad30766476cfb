#!/bin/sh
# Builds the BIOS: roms/bios.bin and the Swift file that carries it in the program, or the file that is named.
# Needs nasm and python3; with --font it makes bios/font.inc anew. The same sources always give the same 65,536 bytes.
set -eu
cd "$(dirname "$0")"
if [ "${1:-}" = "--font" ]; then
    python3 font/make_font.py bios/font.inc
    shift
fi
output=${1:-bios.bin}
nasm -f bin -w+all -w+error -I bios/ -o "$output" bios/bios.asm
size=$(wc -c < "$output")
if [ "$size" -ne 65536 ]; then
    echo "build.sh: $output has $size bytes instead of 65536" >&2
    exit 1
fi
if [ "$output" = bios.bin ]; then
    python3 embed.py bios.bin ../Sources/PCBoard/Firmware/BIOSImage.swift
fi
