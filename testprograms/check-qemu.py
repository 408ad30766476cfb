#!/usr/bin/env python3
"""Runs the guest programs on QEMU and compares each run with the program's header (see README.md).

usage: testprograms/check-qemu.py [--accel tcg|kvm] [--all] [--jobs N] [NAME ...]

--accel kvm runs on the real CPU, which makes the segment checks that TCG leaves out: programs marked
`qemu: differs` are run there too, and skipped on TCG unless --all is given.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
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
        command = [
            "qemu-system-i386", "-accel", accel, "-cpu", "pentium" if accel == "tcg" else "host", "-m", "32",
            "-display", "none",
            "-drive", drive, "-boot", "a" if media == "floppy" else "c",
            "-serial", f"file:{folder}/serial", "-monitor", f"unix:{folder}/monitor,server=on,wait=off",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x4", "-no-reboot", "-net", "none",
            "-d", "cpu_reset,guest_errors", "-D", f"{folder}/log",
        ]
        if end == "power-off":
            command += ["-no-shutdown"]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
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
        serial = pathlib.Path(f"{folder}/serial").read_bytes().decode("latin-1")
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
    parser.add_argument("--accel", default="tcg", choices=["tcg", "kvm"])
    parser.add_argument("--all", action="store_true", help="also run what is marked `qemu: differs` on TCG")
    parser.add_argument("--images", type=pathlib.Path, default=FOLDER / "build")
    parser.add_argument("--timeout", type=float, default=40)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    subprocess.run([FOLDER / "build.sh", str(options.images.resolve())], check=True)

    def one(item):
        name, path = item
        header = read_header(path)
        mark = header.get("qemu", ["same"])[0]
        if mark.startswith("differs") and options.accel == "tcg" and not options.all:
            return name, "skipped", [mark]
        if options.accel == "kvm" and "kvm" in header and header["kvm"][0].startswith("differs"):
            return name, "skipped", [header["kvm"][0]]
        result = run(name, header, options.images.resolve(), options.accel, options.timeout)
        problems = compare(header, *result)
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
