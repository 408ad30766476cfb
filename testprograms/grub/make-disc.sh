#!/bin/sh
# Makes a disc that boots GRUB 2 from Debian's packages (grub-common, grub-pc-bin, xorriso, mtools).
#   testprograms/grub/make-disc.sh rescue FILE     GRUB's rescue disc with a menu, El Torito without emulation
#   testprograms/grub/make-disc.sh graphics FILE   the same, but it writes a line in a graphics mode of 640 by 480 pixels
#   testprograms/grub/make-disc.sh linux FILE KERNEL INITRD     GRUB's rescue disc with a menu (linux.cfg) that boots the kernel
#   testprograms/grub/make-disc.sh floppy FILE     the diskette of make-image.sh as boot image, El Torito floppy emulation
set -eu
if [ $# -ne 2 ] && [ "$#,${1-}" != 4,linux ]; then
    sed -n '2,6s/^# *//p' "$0" >&2
    exit 64
fi
kind=$1 image=$2
for tool in grub-mkrescue xorriso mformat; do
    command -v $tool >/dev/null 2>&1 || { echo "make-disc: no $tool: scripts/setup installs it" >&2; exit 69; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/disc/boot/grub"
printf 'A line from the disc.\n' >"$work/disc/line.txt"
rescue() {
    grub-mkrescue -d /usr/lib/grub/i386-pc --compress=no -o "$image" "$work/disc" >/dev/null 2>"$work/log" ||
        { cat "$work/log" >&2; exit 70; }
}

rm -f "$image"
case $kind in
rescue)
    cat >"$work/disc/boot/grub/grub.cfg" <<'END'
set timeout=-1
menuentry "First entry" { echo "the first was chosen"; halt; }
menuentry "Second entry" { cat /line.txt; echo "the second was chosen"; halt; }
END
    rescue
    ;;
graphics)
    cat >"$work/disc/boot/grub/grub.cfg" <<'END'
insmod all_video
insmod gfxterm
loadfont unicode
set gfxmode=640x480x32
terminal_output gfxterm
clear
echo "In graphics."
sleep 1000
END
    rescue
    ;;
linux)
    cp "$3" "$work/disc/vmlinuz"
    cp "$4" "$work/disc/initrd"
    cp "$(dirname "$0")/linux.cfg" "$work/disc/boot/grub/grub.cfg"
    rescue
    ;;
floppy)
    "$(dirname "$0")/make-image.sh" floppy "$work/disc/floppy.img"
    xorriso -as mkisofs -quiet -o "$image" -b floppy.img -c boot.cat "$work/disc" 2>"$work/log" ||
        { cat "$work/log" >&2; exit 70; }
    ;;
*)
    echo "make-disc: '$kind' is none of rescue, graphics, linux, floppy" >&2
    exit 64
    ;;
esac
