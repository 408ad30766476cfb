#!/usr/bin/env python3
"""Makes the BIOS's fonts (8x16, 8x14, 8x8, CP437) out of glyphs.txt and accents.txt.

usage: make_font.py OUTPUT.inc      the data for NASM
       make_font.py --show [TEXT]   the 8x16 font, or a text in all three, on the terminal
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = 2                      # rows above the first row of a drawn glyph

ACCENTS = {                  # as in glyphs.txt, for the rows before the letter
    "grave": [".#.....", "..#...."],
    "acute": ["....#..", "...#..."],
    "circumflex": ["..##...", ".#..#.."],
    "diaeresis": [".#..#..", "......."],
    "ring": ["..##...", ".#..#..", "..##..."],
    "tilde": [".XX..X.", "X..XX.."],
}


def row_bits(text):
    bits = 0
    for column, dot in enumerate(text):
        if dot == "#":
            bits |= 0x80 >> column | 0x40 >> column
        elif dot == "X":
            bits |= 0x80 >> column
    return bits & 0xFF


def read_glyphs():
    """{code: 16 rows}"""
    glyphs = {0x00: [0] * 16, 0x20: [0] * 16, 0xFF: [0] * 16}
    codes, row = [], 0
    with open(os.path.join(HERE, "glyphs.txt"), encoding="ascii") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith("= "):
                codes, row = [int(code, 16) for code in line[2:].split()], 0
                for code in codes:
                    assert code not in glyphs, f"line {number}: {code:02X} is drawn twice"
                    glyphs[code] = [0] * 16
            elif codes and line.strip():
                cells = line.split()
                assert len(cells) <= len(codes) and all(len(c) == 7 and set(c) <= set("#X.") for c in cells), \
                    f"line {number}: bad row"
                for code, cell in zip(codes, cells):
                    glyphs[code][TOP + row] = row_bits(cell)
                row += 1
            elif not line.strip():
                codes = []
    return glyphs


def add_accents(glyphs):
    with open(os.path.join(HERE, "accents.txt"), encoding="ascii") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            code, letter, accent = line.split()
            rows = list(glyphs[ord(letter)])
            if accent == "cedilla":
                rows[12], rows[13], rows[14] = 0x18, 0x0C, 0x38
            elif letter.isupper():       # a capital gives up three of its rows
                shape = [row_bits(r) for r in ACCENTS[accent]]
                body = shrink(rows[TOP:TOP + 10], 8)
                rows[TOP - 2:TOP + 2] = ([0, 0, 0, 0] + shape)[-4:] if len(shape) > 2 else [0] + shape + [0]
                rows[TOP + 2:TOP + 10] = body
            else:
                shape = [row_bits(r) for r in ACCENTS[accent]]
                rows[4 - len(shape):5] = shape + [0]
            glyphs[int(code, 16)] = rows


def shrink(rows, count):
    """Leaves out the rows that differ least from a neighbour, until count are left."""
    rows = list(rows)
    while len(rows) > count:
        def loss(i):
            neighbours = [rows[j] for j in (i - 1, i + 1) if 0 <= j < len(rows)]
            edge = 4 if i in (0, len(rows) - 1) else 0
            return edge + min(bin(rows[i] ^ n).count("1") for n in neighbours)
        rows.pop(min(range(len(rows)), key=lambda i: (loss(i), abs(i - len(rows) / 2))))
    return rows


# ------------------------------------------------------------------ characters by rule

# Box drawing: for each of B3-DA but the blocks, lines to the left, right, up, down (0, 1 or 2)
BOXES = {
    0xB3: (0, 0, 1, 1), 0xB4: (1, 0, 1, 1), 0xB5: (2, 0, 1, 1), 0xB6: (1, 0, 2, 2), 0xB7: (1, 0, 0, 2),
    0xB8: (2, 0, 0, 1), 0xB9: (2, 0, 2, 2), 0xBA: (0, 0, 2, 2), 0xBB: (2, 0, 0, 2), 0xBC: (2, 0, 2, 0),
    0xBD: (1, 0, 2, 0), 0xBE: (2, 0, 1, 0), 0xBF: (1, 0, 0, 1), 0xC0: (0, 1, 1, 0), 0xC1: (1, 1, 1, 0),
    0xC2: (1, 1, 0, 1), 0xC3: (0, 1, 1, 1), 0xC4: (1, 1, 0, 0), 0xC5: (1, 1, 1, 1), 0xC6: (0, 2, 1, 1),
    0xC7: (0, 1, 2, 2), 0xC8: (0, 2, 2, 0), 0xC9: (0, 2, 0, 2), 0xCA: (2, 2, 2, 0), 0xCB: (2, 2, 0, 2),
    0xCC: (0, 2, 2, 2), 0xCD: (2, 2, 0, 0), 0xCE: (2, 2, 2, 2), 0xCF: (2, 2, 1, 0), 0xD0: (1, 1, 2, 0),
    0xD1: (2, 2, 0, 1), 0xD2: (1, 1, 0, 2), 0xD3: (0, 1, 2, 0), 0xD4: (0, 2, 1, 0), 0xD5: (0, 2, 0, 1),
    0xD6: (0, 1, 0, 2), 0xD7: (1, 1, 2, 2), 0xD8: (2, 2, 1, 1), 0xD9: (1, 0, 1, 0), 0xDA: (0, 1, 0, 1),
}


def box(code, height):
    """A single line is columns 3 and 4, or the middle row; a double one runs one dot further out on both sides."""
    left, right, up, down = BOXES[code]
    across, along = max(left, right), max(up, down)
    middle = height // 2 - 1
    dots = set()

    def fill(x0, x1, y0, y1):
        return {(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)}

    if across == along == 2:             # broad bands, out of which the channels between the lines are cut
        channels = set()
        for there, band, channel in [(left, (0, 5, middle - 1, middle + 1), (0, 4, middle, middle)),
                                     (right, (2, 7, middle - 1, middle + 1), (3, 7, middle, middle)),
                                     (up, (2, 5, 0, middle + 1), (3, 4, 0, middle)),
                                     (down, (2, 5, middle - 1, height - 1), (3, 4, middle, height - 1))]:
            if there:
                dots |= fill(*band)
                channels |= fill(*channel)
        dots -= channels
    else:
        # A single line that meets a passing double one ends at it; one at its end or across it goes through.
        to_left, to_right = 4, 3
        if across == 1 and along == 2:
            to_left, to_right = (2, 5) if up and down and not (left and right) else (5, 2)
        to_up, to_down = middle, middle
        if along == 1 and across == 2:
            meets = left and right and not (up and down)
            to_up, to_down = (middle - 1, middle + 1) if meets else (middle + 1, middle - 1)
        for y in {0: [], 1: [middle], 2: [middle - 1, middle + 1]}[across]:
            dots |= fill(0, to_left, y, y) if left else set()
            dots |= fill(to_right, 7, y, y) if right else set()
        for x0, x1 in {0: [], 1: [(3, 4)], 2: [(2, 2), (5, 5)]}[along]:
            dots |= fill(x0, x1, 0, to_up) if up else set()
            dots |= fill(x0, x1, to_down, height - 1) if down else set()
    return [sum(0x80 >> x for x in range(8) if (x, y) in dots) for y in range(height)]


def block(code, height):
    full, half = [0xFF] * height, height // 2
    return {
        0xB0: [(0x22, 0x88)[y & 1] for y in range(height)],
        0xB1: [(0x55, 0xAA)[y & 1] for y in range(height)],
        0xB2: [(0xDD, 0x77)[y & 1] for y in range(height)],
        0xDB: full,
        0xDC: [0] * half + [0xFF] * (height - half),
        0xDD: [0xF0] * height,
        0xDE: [0x0F] * height,
        0xDF: [0xFF] * half + [0] * (height - half),
    }.get(code)


def build():
    """{height: [256 glyphs]}"""
    drawn = read_glyphs()
    add_accents(drawn)
    hollow = [0] * 16
    for y, bits in enumerate([0x3C, 0x66, 0x42, 0x42, 0x66, 0x3C]):
        hollow[4 + y] = bits
    drawn[0x09] = hollow
    drawn[0x08] = [0xFF ^ b for b in drawn[0x07]]
    drawn[0x0A] = [0xFF ^ b for b in hollow]
    fonts = {16: [], 14: [], 8: []}
    for code in range(256):
        for height, font in fonts.items():
            if code in BOXES:
                glyph = box(code, height)
            elif block(code, height):
                glyph = block(code, height)
            else:
                assert code in drawn, f"{code:02X} is missing"
                rows = drawn[code]
                if height == 16:
                    glyph = rows
                elif height == 14:
                    glyph = rows[1:15]
                elif code in (0x08, 0x0A):
                    glyph = shrink(rows, 8)
                elif any(rows[:2]):      # an accent on a capital
                    glyph = shrink(rows[0:4], 2) + shrink(rows[4:12], 5) + [rows[12] | rows[13]]
                else:                    # two rows above small letters, five for them, one below
                    below = rows[12:15]
                    glyph = shrink(rows[2:5], 2) + shrink(rows[5:12], 5) + [below[0] | below[2] if below[2] else
                                                                            below[0] | below[1]]
            assert len(glyph) == height
            font.append(glyph)
    return fonts


def write(path):
    fonts = build()
    out = ["; Made by font/make_font.py from font/glyphs.txt and font/accents.txt. Do not edit.", ""]

    def emit(label, glyphs, first, indent="        "):
        if label:
            out.append(label + ":")
        for offset, glyph in enumerate(glyphs):
            out.append(indent + "db " + ", ".join(f"0x{bits:02X}" for bits in glyph) + f" ; {first + offset:02X}")

    emit("font_8x16", fonts[16], 0)
    emit("font_8x14", fonts[14], 0)
    emit("font_8x8", fonts[8][:128], 0)
    emit("font_8x8_high", fonts[8][128:], 128)
    out.append("%macro FONT_8X8_LOW 0")
    emit(None, fonts[8][:128], 0)
    out.append("%endmacro")
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")


def show(text):
    fonts = build()
    if text is None:
        lines = ["".join(chr(c) for c in range(first, first + 16)) for first in range(0, 256, 16)]
        sizes = [16]
    else:
        lines, sizes = [text], [16, 14, 8]
    for line in lines:
        for size in sizes:
            for y in range(size):
                print("".join("".join("#" if fonts[size][ord(c)][y] & 0x80 >> x else "." for x in range(8))
                              for c in line))
            print()


if __name__ == "__main__":
    if len(sys.argv) >= 2 and sys.argv[1] == "--show":
        show(sys.argv[2] if len(sys.argv) > 2 else None)
    elif len(sys.argv) == 2:
        write(sys.argv[1])
    else:
        sys.exit(__doc__)
