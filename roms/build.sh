#!/bin/sh
# Builds the BIOS: roms/bios.bin, or the file that is named. Needs nasm; with --font also python3, to
# make bios/font.inc anew. The same sources always give the same 65,536 bytes.
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
