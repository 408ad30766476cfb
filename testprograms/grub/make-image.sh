#!/bin/sh
# Makes a GRUB 2 boot image from Debian's packages (grub-common, grub-pc-bin, mtools; no root rights, no loop device).
#   testprograms/grub/make-image.sh disk FILE      16 MiB: MBR, core image behind it, FAT16 partition at 1 MiB
#   testprograms/grub/make-image.sh floppy FILE    1.44 MB: GRUB's sector, core image in reserved sectors, FAT12
#   testprograms/grub/make-image.sh linux FILE KERNEL INITRD     as disk, with a menu (linux.cfg) that boots the kernel
# Those without a menu hold hello.txt and, in a folder, story/poem.txt; GRUB comes up with its prompt.
set -eu
if [ $# -ne 2 ] && [ "$#,${1-}" != 4,linux ]; then
    sed -n '2,6s/^# *//p' "$0" >&2
    exit 64
fi
kind=$1 image=$2
modules=${GRUB_MODULES:-/usr/lib/grub/i386-pc}
for file in "$modules/boot.img" "$modules/kernel.img"; do
    [ -e "$file" ] || { echo "make-image: no $file: install grub-pc-bin" >&2; exit 69; }
done
for tool in grub-mkimage mformat mcopy mmd; do
    command -v $tool >/dev/null 2>&1 || { echo "make-image: no $tool: install grub-common and mtools" >&2; exit 69; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export MTOOLS_SKIP_CHECK=1 TZ=UTC SOURCE_DATE_EPOCH=1767225600

printf 'Hello from the FAT partition.\n' >"$work/hello.txt"
printf 'One sector was all it had,\nthe rest it had to load.\n' >"$work/poem.txt"
fill() { # fill MTOOLS-DRIVE...
    mcopy "$@" "$work/hello.txt" ::hello.txt
    mmd "$@" ::story
    mcopy "$@" "$work/poem.txt" ::story/poem.txt
}
byte() { # byte OFFSET VALUE...: writes bytes into the image
    offset=$1
    shift
    for value in "$@"; do
        printf "\\$(printf %o "$value")" | dd of="$image" bs=1 seek="$offset" conv=notrunc status=none
        offset=$((offset + 1))
    done
}
core() { # core PREFIX MODULE...
    prefix=$1
    shift
    grub-mkimage -d "$modules" -O i386-pc -p "$prefix" -o "$work/core.img" "$@"
    sectors=$((($(stat -c %s "$work/core.img") + 511) / 512))
}

rm -f "$image"
case $kind in
disk | linux)
    # boot.img holds the number of core.img's first sector at 5Ch, and that is 1 from the factory; the same holds for
    # core.img's own list at its offset 1F4h: sector 2 and up.
    core '(hd0,msdos1)/' biosdisk part_msdos fat ext2 ls cat echo halt reboot normal configfile minicmd test linux
    [ "$sectors" -le 2046 ] || { echo "make-image: core.img is too large to fit before 1 MiB" >&2; exit 70; }
    truncate -s 16M "$image"
    mformat -i "$image@@1M" -T 30720 -h 16 -s 63 -H 2048 -c 4 -N 4C554349 -v LUCID ::
    if [ "$kind" = disk ]; then
        fill -i "$image@@1M"
    else
        mcopy -i "$image@@1M" "$3" ::vmlinuz
        mcopy -i "$image@@1M" "$4" ::initrd
        mcopy -i "$image@@1M" "$(dirname "$0")/linux.cfg" ::grub.cfg
    fi
    dd if="$modules/boot.img" of="$image" bs=440 count=1 conv=notrunc status=none
    dd if="$work/core.img" of="$image" bs=512 seek=1 conv=notrunc status=none
    # partition 1: active, type 0Eh (FAT16 by LBA), 30720 sectors from sector 2048; CHS fields as of 16 heads, 63 sectors
    byte 446 0x80 0 33 2 0x0E 7 63 32 0 8 0 0 0 0x78 0 0
    byte 510 0x55 0xAA
    ;;
floppy)
    # A FAT may have many reserved sectors: sector 0 and the core image are such, so no file occupies them. boot.img
    # keeps its hands off the parameter block of the FAT (offsets 3 to 5Ah), which mformat wrote.
    core '(fd0)/' biosdisk fat ls cat echo halt reboot normal configfile minicmd test
    truncate -s 1440K "$image"
    mformat -i "$image" -f 1440 -R $((sectors + 1)) -N 4C554349 -v LUCID -B "$modules/boot.img" ::
    fill -i "$image"
    dd if="$work/core.img" of="$image" bs=512 seek=1 conv=notrunc status=none
    ;;
*)
    echo "make-image: '$kind' is none of disk, floppy, linux" >&2
    exit 64
    ;;
esac
