#!/bin/sh
# Builds the ROMs, roms/NAME.bin, and the Swift files that carry them in the program; or one into the file that is named:
#   build.sh [--font]           all of them; --font makes bios/font.inc anew first
#   build.sh [NAME] OUTPUT      NAME is bios (default) or kernel-loader
# Needs nasm and python3. The same sources always give the same bytes.
set -eu
cd "$(dirname "$0")"
build() { # build NAME SIZE OUTPUT
    case $1 in
        bios) nasm -f bin -w+all -w+error -I bios/ -o "$3" bios/bios.asm ;;
        kernel-loader)
            nasm -f bin -w+all -w+error -o "$3" kernel-loader/loader.asm
            python3 checksum.py "$3"
            ;;
        *) echo "build.sh: there is no ROM '$1'" >&2; exit 64 ;;
    esac
    size=$(wc -c < "$3")
    if [ "$size" -ne "$2" ]; then
        echo "build.sh: $3 has $size bytes instead of $2" >&2
        exit 1
    fi
}
size_of() { case $1 in bios) echo 65536 ;; *) echo 2048 ;; esac; }
if [ "${1:-}" = "--font" ]; then
    python3 font/make_font.py bios/font.inc
    shift
fi
case $# in
    0)
        firmware=../Sources/PCBoard/Firmware
        build bios 65536 bios.bin
        build kernel-loader 2048 kernel-loader.bin
        python3 embed.py bios.bin BuiltInBIOS "$firmware/BIOSImage.swift"
        python3 embed.py kernel-loader.bin KernelLoader "$firmware/KernelLoaderImage.swift"
        ;;
    1) build bios 65536 "$1" ;;
    *) build "$1" "$(size_of "$1")" "$2" ;;
esac
