#!/usr/bin/env python3
"""Runs the guest programs on QEMU and compares each run with the program's header (see README.md).

usage: testprograms/check-qemu.py [--on tcg|kvm|bochs] [--all] [--jobs N] [NAME ...]

--on kvm runs on the real CPU and --on bochs on Bochs (Debian's, with the debugger built in): both make the
segment checks that TCG leaves out, so programs marked `qemu: differs` run there. On TCG they are skipped
unless --all is given; of one with `qemu-fails` lines all other checks must pass there. `kvm: differs ...` and `bochs: differs ...` mark what those two cannot show.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time

FOLDER = pathlib.Path(__file__).resolve().parent
HEADER = re.compile(r"^; ([a-z-]+): ?(.*)$")


def read_header(path):
    """The header lines of a program: a key may repeat, so each key maps to a list."""
    header = {}
    for line in path.read_text().splitlines():
        if not line.startswith(";"):
            break
        match = HEADER.match(line)
        if match:
            header.setdefault(match.group(1), []).append(match.group(2))
    return header


def find_programs(names):
    files = sorted(FOLDER.glob("*.asm")) + sorted(FOLDER.glob("hello/hello.asm")) + sorted(FOLDER.glob("broken/*.asm"))
    for path in files:
        relative = path.relative_to(FOLDER).with_suffix("")
        name = "hello" if relative.parts[0] == "hello" else str(relative)
        if not names or name in names or path.stem in names:
            yield name, path


def read_start(path):
    """The start of a file: a guest gone wild may write gigabytes."""
    if not os.path.exists(path):  # Bochs makes the file at the first byte
        return ""
    with open(path, "rb") as file:
        return file.read(1 << 20).decode("latin-1")


class Monitor:
    """QEMU's human monitor on a unix socket: reads guest memory at the end of a run, types keys."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(100):
            try:
                self.socket.connect(path)
                break
            except OSError:
                time.sleep(0.05)
        self.socket.settimeout(5)
        self.read()

    def read(self):
        data = b""
        while not data.endswith(b"(qemu) "):
            chunk = self.socket.recv(65536)
            if not chunk:
                break
            data += chunk
        return data.decode("latin-1")

    def command(self, line):
        self.socket.sendall(line.encode() + b"\n")
        return self.read()

    def screen(self):
        """The 80x25 text screen: the character bytes of B8000."""
        text = self.command("xp /4000bx 0xb8000")
        data = [int(x, 16) for line in text.splitlines() if ":" in line
                for x in re.findall(r"0x([0-9a-f]{2})\b", line.split(":", 1)[1])]
        cells = bytes(data[0:4000:2])
        return "\n".join(cells[row * 80:row * 80 + 80].decode("cp437").rstrip("\0 ") for row in range(25))


def run(name, header, images, accel, timeout):
    """Returns (serial text, exit description, screen)."""
    image = images / (name + ".img")
    media = header.get("media", ["floppy"])[0]
    drive = f"file={image},format=raw,snapshot=on,"
    drive += "if=floppy,index=0" if media == "floppy" else "if=ide,index=0,media=disk"
    end = header["expect-end"][0].split()[0]
    with tempfile.TemporaryDirectory() as folder:
        cpu = header.get("cpu", ["pentium"])[0]
        command = [
            "qemu-system-i386" if cpu == "pentium" else "qemu-system-x86_64",
            "-accel", accel, "-m", "32",
            # Without a vendor it would be an AMD.
            "-cpu", "host" if accel != "tcg" else cpu if cpu == "pentium" else cpu + ",vendor=GenuineIntel",
            "-smp", header.get("smp", ["1"])[0], "-display", "none",
            "-drive", drive, "-boot", "a" if media == "floppy" else "c",
            "-serial", f"file:{folder}/serial", "-monitor", f"unix:{folder}/monitor,server=on,wait=off",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-no-reboot", "-net", "none",
            "-d", "cpu_reset,guest_errors", "-D", f"{folder}/log",
        ]
        if end == "power-off":
            command += ["-no-shutdown"]
        limit = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100 << 20, 100 << 20))
        process = subprocess.Popen(command, preexec_fn=limit, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        deadline = time.time() + timeout
        status, screen = None, ""
        monitor = Monitor(f"{folder}/monitor")
        try:
            for key in " ".join(header.get("qemu-keys", [])).split():
                time.sleep(1.0)
                monitor.command(f"sendkey {key}")
            previous = None
            while time.time() < deadline:
                status = process.poll()
                if status is not None:
                    break
                state = monitor.command("info status")
                if "shutdown" in state:
                    status = "shutdown"
                    break
                if end in ("dead-halt", "stuck"):
                    registers = monitor.command("info registers")
                    eip = re.search(r"EIP=(\w+)", registers).group(1)
                    interrupts = int(re.search(r"EFL=(\w+)", registers).group(1), 16) & 0x200
                    halted = re.search(r"HLT=(\d)", registers).group(1) == "1"
                    here = (eip, interrupts, halted)
                    serial_size = os.path.getsize(f"{folder}/serial")
                    if previous == (here, serial_size) and not interrupts and int(eip, 16) < 0xF0000:
                        status = "dead-halt" if halted else "stuck"
                        break
                    previous = (here, serial_size)
                    time.sleep(0.3)
                time.sleep(0.05)
            if process.poll() is None and status is not None:
                screen = monitor.screen()
        except (OSError, AttributeError):
            status = process.wait(5)
        finally:
            process.kill()
            process.wait()
        serial = read_start(f"{folder}/serial")
        log = pathlib.Path(f"{folder}/log")
        triple = log.exists() and "Triple fault" in log.read_text(errors="replace")
    if status is None:
        ending = "timeout"
    elif isinstance(status, str):
        ending = {"shutdown": "power-off 0", "dead-halt": "dead-halt 102", "stuck": "stuck 104"}[status]
    elif status & 1:
        ending = f"debug-exit {status}"
    elif triple or end == "triple-fault":
        ending = "triple-fault 100" if status == 0 else f"status {status}"
    else:
        ending = f"status {status}"
    return serial, ending, screen


def run_bochs(name, header, images, timeout):
    """The same on Bochs, whose ends are read from its log; the status of a debug exit from the PASS line."""
    image = images / (name + ".img")
    floppy = header.get("media", ["floppy"])[0] == "floppy"
    with tempfile.TemporaryDirectory() as folder:
        copy = f"{folder}/image"
        pathlib.Path(copy).write_bytes(image.read_bytes())
        drive = (f"floppya: 1_44={copy}, status=inserted\nboot: floppy\n" if floppy else
                 f"ata0-master: type=disk, path={copy}, mode=flat, cylinders=4, heads=16, spt=63\nboot: disk\n")
        pathlib.Path(f"{folder}/rc").write_text(
            "megs: 32\nromimage: file=/usr/share/bochs/BIOS-bochs-latest\n"
            "vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest\n" + drive +
            f"com1: enabled=1, mode=file, dev={folder}/serial\ndisplay_library: term\nlog: {folder}/log\n"
            "panic: action=fatal\nsound: driver=dummy\n"
            f"cpu: model={'corei7_haswell_4770' if 'cpu' in header else 'pentium'}, ips=50000000, reset_on_triple_fault=0\n"
            "clock: sync=none\n")
        pathlib.Path(f"{folder}/commands").write_text("c\n")
        shell = f"ulimit -f 100000; stty rows 50 cols 132; timeout -s KILL {int(timeout)} bochs -q -f {folder}/rc -rc {folder}/commands"
        subprocess.run(["script", "-qec", shell, "/dev/null"], stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
        serial = read_start(f"{folder}/serial")
        log = read_start(f"{folder}/log")
    if "shutdown requested" in log:
        power = header["expect-end"][0].startswith("power-off")
        ending = "power-off 0" if power else "debug-exit 33" if "PASS" in serial else "debug-exit 35"
    elif "3rd (" in log:
        ending = "triple-fault 100"
    elif "HLT instruction with IF=0" in log:
        ending = "dead-halt 102"
    else:
        ending = "stuck 104" if header["expect-end"][0].startswith("stuck") else "timeout"
    return serial, ending, ""


def forgive(header, serial, ending):
    """A run on TCG without the checks that are known to fail there: what it would have been."""
    known = header["qemu-fails"]
    lines = serial.split("\n")
    failed = [line for line in lines if line.startswith("FAIL ")]
    unknown = [line for line in failed if not line.startswith(tuple("FAIL " + name for name in known))]
    idle = [name for name in known if not any(line.startswith("FAIL " + name) for line in failed)]
    kept = ["PASS" if line == "FAIL" and not unknown else line for line in lines
            if line not in failed or line in unknown]
    if "PASS" in kept and ending == "debug-exit 35":
        ending = "debug-exit 33"
    return "\n".join(kept), ending, [f"passes there by now: {name}" for name in idle]


def compare(header, serial, ending, screen):
    problems = []
    wanted = "\n".join(header.get("expect-serial", []))
    if serial.rstrip("\n") != wanted.rstrip("\n"):
        problems.append(f"serial:\n    wanted {wanted!r}\n    got    {serial!r}")
    if ending != header["expect-end"][0]:
        problems.append(f"end: wanted {header['expect-end'][0]}, got {ending}")
    if screen:
        for text in header.get("expect-screen", []):
            if text not in screen:
                problems.append(f"screen: {text!r} not found in\n{screen}")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", default="tcg", choices=["tcg", "kvm", "bochs"])
    parser.add_argument("--all", action="store_true", help="also run what is marked `qemu: differs` on TCG")
    parser.add_argument("--images", type=pathlib.Path, default=FOLDER / "build")
    parser.add_argument("--timeout", type=float, default=20)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    subprocess.run([FOLDER / "build.sh", str(options.images.resolve())], check=True)

    def one(item):
        name, path = item
        header = read_header(path)
        mark = header.get("qemu", ["same"])[0]
        if options.on != "tcg":
            mark = header.get(options.on, ["same"])[0]
        if mark.startswith("differs") and not options.all:
            return name, "skipped", [mark]
        if options.on == "bochs":
            result = run_bochs(name, header, options.images.resolve(), options.timeout)
        else:
            result = run(name, header, options.images.resolve(), options.on, options.timeout)
        notes = []
        if options.on == "tcg" and "qemu-fails" in header and not options.all:
            *kept, notes = forgive(header, *result[:2])
            result = (*kept, result[2])
        problems = compare(header, *result) + notes
        return name, "failed" if problems else "passed", problems

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for name, outcome, notes in pool.map(one, find_programs(options.names)):
            counts[outcome] += 1
            print(f"{outcome:8} {name}")
            for note in notes if outcome != "passed" else []:
                print("  " + note)
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))
    return 1 if counts["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
