#!/usr/bin/env python3
"""Writes a ROM as a Swift source file: embed.py ROM TYPE OUTPUT.swift. roms/build.sh does it for the ROMs of this folder."""
import base64
import pathlib
import sys

path, type_name, output = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3])
rom = path.read_bytes()
text = base64.b64encode(rom).decode("ascii")
width = 112
lines = [text[start : start + width] for start in range(0, len(text), width)]
body = " \\\n        ".join(lines).replace(" \\\n", "\\\n")
output.write_text(
    f"// Made by roms/embed.py from roms/{path.name}; do not edit.\n"
    f"extension {type_name} {{\n"
    f"    /// {len(rom)} bytes in base64.\n"
    '    static let base64 = """\n'
    f"        {body}\n"
    '        """\n'
    "}\n"
)
