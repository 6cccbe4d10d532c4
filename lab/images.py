"""Generated pictures: every image of the practice web is drawn from numbers, so none has an owner."""

from __future__ import annotations

import random
import struct
import zlib


def picture(name: str) -> bytes:
    """An SVG product picture that depends on its file name alone, so siblings of a campaign share it."""
    rng = random.Random(f"picture {name}")  # noqa: S311 - pictures are to be repeatable
    hue = rng.randrange(360)
    shape = rng.randrange(4)
    body = (
        f'<rect x="90" y="150" width="220" height="170" rx="{rng.randint(8, 40)}"/>'
        f'<path d="M140 150c0-90 120-90 120 0" fill="none" stroke-width="14" stroke="hsl({hue},40%,30%)"/>',
        '<path d="M60 280c60-10 110-90 150-90 40 60 90 60 130 80v40H60z"/>'
        f'<circle cx="{rng.randint(150, 240)}" cy="250" r="9"/>',
        f'<circle cx="200" cy="210" r="110"/><circle cx="200" cy="210" r="{rng.randint(20, 60)}" fill="#fff"/>',
        f'<rect x="150" y="120" width="100" height="210" rx="{rng.randint(6, 50)}"/>'
        '<rect x="175" y="80" width="50" height="44"/>',
    )[shape]
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" width="400" height="400">'
        f'<rect width="400" height="400" fill="hsl({hue},30%,95%)"/><g fill="hsl({hue},45%,{rng.randint(35, 60)}%)">'
        f"{body}</g></svg>"
    ).encode()


def favicon(number: int) -> bytes:
    """A 16 × 16 PNG whose pixels follow from the number; equal numbers give equal bytes."""
    rng = random.Random(number)  # noqa: S311 - icons are to be repeatable
    red, green, blue = number >> 16 & 255, number >> 8 & 255, number & 255
    half = [[rng.random() < 0.55 for _ in range(8)] for _ in range(16)]
    rows = b"".join(
        b"\x00" + b"".join(bytes((red, green, blue)) if lit else b"\xff\xff\xff" for lit in row + row[::-1])
        for row in half
    )
    return png(16, 16, rows)


def png(width: int, height: int, rows: bytes) -> bytes:
    """An RGB PNG from filtered rows (each row: filter byte, then width × 3 bytes)."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack("!I", len(content)) + name + content + struct.pack("!I", zlib.crc32(name + content))

    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
