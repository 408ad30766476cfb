#!/usr/bin/env python3
"""Boots the programs of this folder under QEMU's isapc machine with our BIOS, and checks what they print.

usage: run.py [--bios FILE] [NAME ...]      exit status: 0 all passed, 1 a failure, 77 tools are missing

Every program sends "ok NAME" or "FAIL NAME: got VALUE" lines to port 402h. Expected values are in the programs; they
come from the interfaces' documents (Ralf Brown's list, IBM's AT and VGA references, T13 1572D), not from our output.
"""
import argparse
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
GRUB = "/usr/lib/grub/i386-pc"
GRUB_MODULES = "biosdisk part_msdos fat ext2 ls cat echo halt reboot normal configfile minicmd test".split()


class Machine:
    """A QEMU with a monitor on a socket and port 402h in a file."""

    KEYS = {" ": "spc", "\n": "ret", "(": "shift-9", ")": "shift-0", ",": "comma", "/": "slash", ".": "dot"}

    def __init__(self, folder, bios, *options, machine="isapc"):
        self.folder = folder
        self.log = os.path.join(folder, "port402")
        path = os.path.join(folder, "monitor")
        for name in (self.log, path):
            if os.path.exists(name):
                os.unlink(name)
        self.process = subprocess.Popen(
            ["qemu-system-i386", "-machine", machine, "-cpu", "486", "-m", "128", "-bios", bios, "-display", "none",
             "-nodefaults", "-vga", "std", "-serial", "null", "-parallel", "null", "-no-reboot",
             "-monitor", f"unix:{path},server,nowait",
             "-debugcon", f"file:{self.log}", "-global", "isa-debugcon.iobase=0x402",
             "-device", "isa-debug-exit,iobase=0xf4,iosize=4", *options])
        self.socket = socket.socket(socket.AF_UNIX)
        deadline = time.time() + 20
        while True:
            try:
                self.socket.connect(path)
                break
            except OSError:
                if time.time() > deadline or self.process.poll() is not None:
                    raise
                time.sleep(0.02)
        self._prompt()

    def _prompt(self):
        data = b""
        while not data.endswith(b"(qemu) "):
            chunk = self.socket.recv(65536)
            if not chunk:
                break
            data += chunk
        return data.decode(errors="replace")

    def command(self, text):
        self.socket.sendall(text.encode() + b"\n")
        return self._prompt()

    def memory(self, address, length):
        path = os.path.join(self.folder, "memory")
        self.command(f'pmemsave {address} {length} "{path}"')
        with open(path, "rb") as file:
            return file.read()

    def screen(self):
        cells = self.memory(0xB8000, 4000)[::2]
        return "\n".join(cells[80 * y:80 * y + 80].decode("cp437").rstrip() for y in range(25)).rstrip()

    def output(self):
        with open(self.log, encoding="latin-1") as file:
            return file.read()

    def wait_for(self, text, where, seconds=30):
        deadline = time.time() + seconds
        while time.time() < deadline:
            if text in where():
                return True
            time.sleep(0.05)
        return False

    def key(self, name):
        self.command(f"sendkey {name} 30")
        time.sleep(0.06)

    def type(self, text):
        for letter in text:
            self.key(self.KEYS.get(letter, letter))

    def halted(self):
        """Whether the CPU has stopped in HLT with interrupts off."""
        for _ in range(50):
            registers = self.command("info registers")
            flags = int(registers.split("EFL=")[1][:8], 16)
            if "HLT=1" in registers and not flags & 0x200:
                return True
            time.sleep(0.1)
        return False

    def end(self, seconds=60):
        """Exit status; the process is ended if it does not end by itself."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None
        finally:
            self.socket.close()

    def quit(self):
        self.socket.sendall(b"quit\n")
        self.end(10)


class Suite:
    def __init__(self, bios, folder):
        self.bios, self.folder = bios, folder
        self.failures = 0
        self.skips = 0
        self.passes = 0

    def check(self, name, condition, detail=""):
        if condition:
            self.passes += 1
        else:
            self.failures += 1
            print(f"FAIL {name}: {detail}")

    def skip(self, name, reason):
        self.skips += 1
        print(f"skip {name}: {reason}")

    def assemble(self, name):
        output = os.path.join(self.folder, name + ".bin")
        subprocess.run(["nasm", "-f", "bin", "-I", HERE + "/", "-o", output, os.path.join(HERE, name + ".asm")],
                       check=True)
        with open(output, "rb") as file:
            return bytearray(file.read())

    def image(self, name, data, size):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
            file.truncate(size)
        return path

    def boot(self, *drives, options=(), **keywords):
        arguments = list(options)
        for kind, path in drives:
            arguments += ["-drive", f"file={path},format=raw,if={kind}"]
        return Machine(self.folder, self.bios, *arguments, **keywords)

    def checks(self, name, machine):
        """All lines of a test program that ends by itself."""
        status = machine.end()
        lines = machine.output().splitlines()
        for line in lines:
            if line.startswith("ok "):
                self.passes += 1
            elif line.startswith("FAIL "):
                self.check(name, False, line[5:])
        self.check(name, status == 33 and lines and lines[-1].endswith("end"), f"exit status {status}, {lines[-3:]}")

    # -------------------------------------------------------------- the tests
    def test_system(self):
        path = self.image("system.img", self.assemble("system"), 1474560)
        self.checks("system", self.boot(("floppy", path)))

    def test_mouse(self):
        path = self.image("mouse.img", self.assemble("mouse"), 1474560)
        self.checks("mouse", self.boot(("floppy", path)))
        data = self.assemble("mouse")
        data[506] = 1
        path = self.image("moved.img", data, 1474560)
        machine = self.boot(("floppy", path))
        self.check("mouse", machine.wait_for("ready", machine.output), "not ready")
        for command in ["mouse_move 5 3", "mouse_move -7 0", "mouse_button 1", "mouse_button 2", "mouse_button 0"]:
            machine.command(command)
            time.sleep(0.1)
        self.check("mouse", machine.wait_for("moved", machine.output), "not moved")
        self.checks("mouse", machine)
        words = machine.output().split("ready ")[-1].split("moved")[0].split()
        wanted = ["002805FD", "0018F900", "00090000", "000A0000", "00080000"]
        self.check("mouse", words == wanted, f"got {words}, wanted {wanted}")

    def test_disk(self):
        data = self.assemble("disk")
        data += bytes(100 * 512 - len(data)) + b"SECTOR 100"
        path = self.image("disk.img", data, 40 << 20)
        self.checks("disk", self.boot(("ide", path)))

    def test_pci(self):
        path = self.image("pci.img", self.assemble("pci"), 1474560)
        self.checks("pci", self.boot(("floppy", path), machine="pc"))

    def test_disc(self):
        path = self.image("disc.img", self.assemble("disc"), 1474560)
        blocks = b"".join(number.to_bytes(4, "little") + bytes(2044) for number in range(40))
        disc = self.image("disc.iso", blocks, len(blocks))
        machine = self.boot(("floppy", path), machine="pc", options=["-boot", "a", "-drive",
                            f"file={disc},format=raw,if=ide,index=2,media=cdrom"])
        self.checks("disc", machine)

    def test_geometry(self):
        """63 sectors a track, and the fewest heads that leave 1024 cylinders or less (LBA-assisted translation)."""
        first = self.image("boot.img", self.assemble("geometry"), 4 << 20)
        wanted, drives = [], []
        for number, (sectors, geometry) in enumerate([(2097152, (520, 64, 63)), (8388608, (522, 255, 63)),
                                                      (419430400, (1024, 255, 63))]):
            path = self.image(f"large{number}.img", b"", 512 * sectors)
            with open(path, "r+b") as file:
                file.seek(512 * (sectors - 1))
                file.write(b"LAST")
            drives.append(("ide", path))
            wanted.append(" ".join(f"{field:08X}" for field in geometry))
        machine = self.boot(("ide", first), *drives)
        self.checks("geometry", machine)
        got = [line for line in machine.output().splitlines() if line.startswith("0000")]
        self.check("geometry", got == wanted, f"got {got}, wanted {wanted}")

    def test_floppy(self):
        data = self.assemble("floppy")
        data += bytes(1474560 - len(data))
        for sector in range(50, 2880):
            struct.pack_into("<H", data, 512 * sector, sector)
        path = self.image("floppy.img", data, 1474560)
        self.checks("floppy", self.boot(("floppy", path)))

    def test_video(self):
        path = self.image("video.img", self.assemble("video"), 1474560)
        self.checks("video", self.boot(("floppy", path)))

    def test_keys(self):
        path = self.image("keys.img", self.assemble("keys"), 1474560)
        machine = self.boot(("floppy", path))
        self.check("keys", machine.wait_for("ready", machine.output), "no prompt")
        expected = []
        for name, word in [("a", 0x1E61), ("shift-a", 0x1E41), ("ctrl-a", 0x1E01), ("alt-a", 0x1E00),
                           ("1", 0x0231), ("shift-1", 0x0221), ("ret", 0x1C0D), ("backspace", 0x0E08),
                           ("tab", 0x0F09), ("shift-tab", 0x0F00), ("f1", 0x3B00), ("shift-f1", 0x5400),
                           ("ctrl-f1", 0x5E00), ("alt-f1", 0x6800), ("f12", 0x8600), ("up", 0x48E0),
                           ("ctrl-left", 0x73E0), ("alt-up", 0x9800), ("delete", 0x53E0), ("home", 0x47E0),
                           ("kp_enter", 0xE00D), ("kp_divide", 0xE02F), ("kp_add", 0x4E2B), ("kp_8", 0x4800),
                           ("backslash", 0x2B5C), ("spc", 0x3920)]:
            machine.key(name)
            expected.append(word)
        machine.key("caps_lock")
        machine.key("b")
        machine.key("shift-b")
        machine.key("caps_lock")
        machine.key("num_lock")
        machine.key("kp_8")
        machine.key("num_lock")
        machine.key("pause")             # gives nothing
        machine.key("print")             # INT 5, which returns
        machine.key("esc")
        expected += [0x3042, 0x3062, 0x4838, 0x011B]
        self.checks("keys", machine)
        words = [int(w, 16) for w in machine.output().split("ready ")[-1].split("ok")[0].split("FAIL")[0].split()]
        self.check("keys", words == expected, f"got {[hex(w) for w in words]}, wanted {[hex(w) for w in expected]}")

    def test_exceptions(self):
        for which, words in [(0, "exception 00 (#DE divide error)"), (6, "exception 06 (#UD invalid opcode)"),
                             (13, "exception 0D (#GP general protection)"), (5, "exception 05 (#BR bound range)")]:
            data = self.assemble("exception")
            data[506] = which
            path = self.image("exception.img", data, 1474560)
            machine = self.boot(("floppy", path))
            name = f"exception {which:02X}"
            self.check(name, machine.wait_for(words, machine.output), machine.output()[-200:])
            self.check(name, machine.halted(), "the machine runs on")
            self.check(name, words in machine.screen(), machine.screen())
            machine.quit()
        data = self.assemble("exception")
        data[506] = 0x80
        path = self.image("exception.img", data, 1474560)
        machine = self.boot(("floppy", path))
        self.check("int 5, spurious and unowned IRQ", machine.end() == 33 and "ok nothing in service" in
                   machine.output() and "still here" in machine.output(), machine.output()[-200:])

    def test_boot_order(self):
        program = self.assemble("keys")
        good = self.image("good.img", program, 1474560)
        disk = self.image("gooddisk.img", program, 4 << 20)
        blank = self.image("blank.img", b"", 1474560)
        empty = self.image("emptydisk.img", b"", 4 << 20)
        for name, drives, options, said, ready in [
                ("no disk at all", [], [], "No bootable disk found. Stopped.", False),
                ("disk before floppy", [("floppy", good), ("ide", empty)], ["-boot", "cad"],
                 "Hard disk 0: no 55 AA at the end of the boot sector, skipped.", True),
                ("floppy before disk", [("floppy", blank), ("ide", disk)], ["-boot", "ac"],
                 "Floppy 0: no 55 AA at the end of the boot sector, skipped.", True),
                ("only the disk", [("floppy", good), ("ide", empty)], ["-boot", "c"], "No bootable disk found", False)]:
            machine = self.boot(*drives, options=options)
            self.check(name, machine.wait_for(said, machine.output), machine.output())
            if ready:
                self.check(name, machine.wait_for("ready", machine.output), machine.output())
            else:
                self.check(name, machine.halted(), "the machine runs on")
            machine.quit()

    def test_reset(self):
        path = self.image("keys.img", self.assemble("keys"), 1474560)
        machine = self.boot(("floppy", path))
        machine.wait_for("ready", machine.output)
        machine.command("sendkey ctrl-alt-delete 30")
        self.check("Ctrl-Alt-Del", machine.end(20) == 0, "no reset")
        data = self.assemble("exception")
        data[506] = 0x81                 # a jump to the reset vector resets the machine, too
        path = self.image("jump.img", data, 1474560)
        machine = self.boot(("floppy", path))
        self.check("jump to FFFF:0", machine.end(20) == 0, "no reset")

    def test_grub(self):
        tools = [tool for tool in ("grub-mkimage", "mformat", "mcopy") if not shutil.which(tool)]
        if tools or not os.path.exists(GRUB + "/boot.img"):
            self.skip("grub", f"missing: {', '.join(tools) or GRUB}")
            return
        core = os.path.join(self.folder, "core.img")
        subprocess.run(["grub-mkimage", "-O", "i386-pc", "-p", "(hd0,msdos1)/", "-o", core, *GRUB_MODULES], check=True)
        data = bytearray(1 << 20)
        with open(GRUB + "/boot.img", "rb") as boot, open(core, "rb") as image:
            data[:440] = boot.read(440)
            text = image.read()
        data[512:512 + len(text)] = text
        struct.pack_into("<BBBBBBBBII", data, 446, 0x80, 0, 33, 0, 6, 15, 63, 60, 2048, 63488)
        data[510:512] = b"\x55\xAA"
        path = self.image("grub.img", data, 32 << 20)
        hello = os.path.join(self.folder, "hello.txt")
        with open(hello, "w", encoding="ascii") as file:
            file.write("Read through INT 13h.\n")
        subprocess.run(["mformat", "-i", path + "@@1M", "-T", "63488", "-h", "16", "-s", "63", "::"], check=True)
        subprocess.run(["mcopy", "-i", path + "@@1M", hello, "::/"], check=True)
        machine = self.boot(("ide", path))
        self.check("grub", machine.wait_for("grub>", machine.screen), machine.screen())
        machine.type("ls (hd0,msdos1)/\n")
        self.check("grub ls", machine.wait_for("\nhello.txt", machine.screen), machine.screen())
        machine.type("cat (hd0,msdos1)/hello.txt\n")
        self.check("grub cat", machine.wait_for("Read through INT 13h.", machine.screen), machine.screen())
        machine.type("halt\n")
        self.check("grub halt", machine.wait_for("safe to turn the machine off", machine.output), machine.screen())
        self.check("grub halt", machine.halted(), "the machine runs on")
        machine.quit()

    def test_option_rom(self):
        """An option ROM that QEMU hands over as a file, its own loader of Multiboot kernels, boots one."""
        if not shutil.which("gcc") or not shutil.which("make"):
            return self.skip("option_rom", "gcc or make is missing")
        kernel = os.path.join(HERE, "..", "..", "testprograms", "kernel")
        subprocess.run(["make", "-s", "-C", kernel, f"OUT={self.folder}"], check=True, stdout=subprocess.DEVNULL)
        serial = os.path.join(self.folder, "serial")
        machine = Machine(self.folder, self.bios, "-kernel", os.path.join(self.folder, "kernel.elf"), "-append", "words",
                          "-chardev", f"file,id=line,path={serial}", "-device", "isa-serial,chardev=line,iobase=0x3f8,irq=4")
        self.check("option_rom end", machine.end() == 33, "another status than 33")
        with open(serial, encoding="latin-1") as file:
            printed = file.read()
        self.check("option_rom", "command line: words\n" in printed and printed.endswith("\ndone\n"), printed)

    def test_build(self):
        """The committed ROM is what the sources give."""
        built = os.path.join(self.folder, "bios.bin")
        subprocess.run([os.path.join(HERE, "..", "build.sh"), built], check=True)
        with open(built, "rb") as ours, open(self.bios, "rb") as committed:
            self.check("build", ours.read() == committed.read(), "bios.bin differs from its sources")
        font = os.path.join(self.folder, "font.inc")
        subprocess.run([sys.executable, os.path.join(HERE, "..", "font", "make_font.py"), font], check=True)
        with open(font, "rb") as ours, open(os.path.join(HERE, "..", "bios", "font.inc"), "rb") as committed:
            self.check("font", ours.read() == committed.read(), "font.inc differs from its sources")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bios", default=os.path.join(HERE, "..", "bios.bin"))
    parser.add_argument("names", nargs="*", help="which tests: build system disk floppy video keys ...")
    options = parser.parse_args()
    for tool in ("nasm", "qemu-system-i386"):
        if not shutil.which(tool):
            print(f"skip all: {tool} is missing")
            return 77
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(os.path.abspath(options.bios), folder)
        tests = {name[5:]: getattr(suite, name) for name in dir(suite) if name.startswith("test_")}
        for name in options.names or tests:
            if name not in tests:
                print(f"no test {name}; there are: {' '.join(tests)}")
                return 1
            before = suite.failures
            tests[name]()
            print(f"{name}: {'passed' if suite.failures == before else 'FAILED'}")
        print(f"{suite.passes} passed, {suite.failures} failed, {suite.skips} skipped")
        return 1 if suite.failures else 0


if __name__ == "__main__":
    sys.exit(main())
