#!/usr/bin/env python3
"""Writes a ROM as a Swift source file: embed.py ROM OUTPUT.swift. roms/build.sh does it for bios.bin."""
import base64
import pathlib
import sys

rom = pathlib.Path(sys.argv[1]).read_bytes()
text = base64.b64encode(rom).decode("ascii")
width = 112
lines = [text[start : start + width] for start in range(0, len(text), width)]
body = " \\\n        ".join(lines).replace(" \\\n", "\\\n")
pathlib.Path(sys.argv[2]).write_text(
    "// Made by roms/embed.py from roms/bios.bin; do not edit.\n"
    "extension BuiltInBIOS {\n"
    f"    /// {len(rom)} bytes in base64.\n"
    '    static let base64 = """\n'
    f"        {body}\n"
    '        """\n'
    "}\n"
)
