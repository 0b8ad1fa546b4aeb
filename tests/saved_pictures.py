"""Saved pictures for tests: PNG files put together chunk by chunk, right ones and hostile ones."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any, Final

from PIL import Image

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, content: bytes = b"") -> bytes:
    """One chunk with its right checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    """The first chunk."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def png(*chunks: bytes) -> bytes:
    """A file of these chunks."""
    return SIGNATURE + b"".join(chunks)


def rows(width: int, height: int, bytes_of_pixel: int = 3) -> bytes:
    """The chunk with an even gray picture."""
    return chunk(b"IDAT", zlib.compress((b"\0" + bytes([128]) * (width * bytes_of_pixel)) * height))


END: Final = chunk(b"IEND")
PLAIN: Final = png(header(16, 12), rows(16, 12), END)


def saved(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A file written by Pillow."""
    file = io.BytesIO()
    picture.save(file, form, **options)
    return file.getvalue()


def text(blob: bytes) -> str:
    """A file as notebooks hold it: base64 in lines."""
    return base64.encodebytes(blob).decode("ascii")


def output(blob: bytes, kind: str = "image/png") -> dict[str, Any]:
    """A cell's saved output that shows a file."""
    return {
        "output_type": "display_data",
        "metadata": {},
        "data": {kind: text(blob), "text/plain": "<Figure>"},
    }


_BOMB: Final = zlib.compress(bytes(50_000_000), 9)
_FRAMES: Final = [Image.new("RGB", (16, 16), colour) for colour in ("red", "blue")]

HOSTILE: Final[dict[str, tuple[bytes, str]]] = {
    "text": (b"not a picture", "no PNG"),
    "signature only": (SIGNATURE, "cut off"),
    "no header": (png(rows(16, 12), END), "damaged"),
    "no pixels": (png(header(16, 12), END), "damaged"),
    "no end": (png(header(16, 12), rows(16, 12)), "cut off"),
    "half": (PLAIN[: len(PLAIN) // 2], "cut off"),
    "too few rows": (png(header(16, 120), rows(16, 12), END), ""),
    "garbage for pixels": (png(header(16, 12), chunk(b"IDAT", b"garbage"), END), "damaged"),
    "wrong checksum": (PLAIN.replace(zlib.crc32(b"IEND").to_bytes(4, "big"), b"\0\0\0\0"), "damaged"),
    "wrong checksum of pixels": (PLAIN[:-16] + b"\0\0\0\0" + PLAIN[-12:], "damaged"),
    "chunk longer than the file": (png(header(16, 12), struct.pack(">I4s", 2**32 - 1, b"IDAT")), "cut off"),
    "huge": (png(header(2**31 - 1, 2**31 - 1), rows(16, 12), END), "too many"),
    "wide": (png(header(4_000_000, 8), rows(16, 12), END), "too many"),
    "large": (png(header(10_000, 10_000), rows(16, 12), END), "too many"),
    "many pixels": (png(header(9_000, 9_000), chunk(b"IDAT", _BOMB), END), "too many"),
    "second header": (png(header(16, 12), header(9_000, 9_000), chunk(b"IDAT", _BOMB), END), "damaged"),
    "no width": (png(header(0, 12), rows(16, 12), END), "damaged"),
    "tiny": (png(header(3, 3), rows(3, 3), END), "too few"),
    "unknown colours": (png(header(16, 12, colour=5), rows(16, 12), END), "damaged"),
    "unknown depth": (png(header(16, 12, depth=3), rows(16, 12), END), "damaged"),
    "palette without colours": (png(header(16, 12, colour=3), chunk(b"PLTE"), rows(16, 12, 1), END), ""),
    "animated": (saved(_FRAMES[0], save_all=True, append_images=_FRAMES[1:]), "animated"),
    "many chunks": (png(header(16, 12), *[chunk(b"tEXt")] * 100_000, rows(16, 12), END), "damaged"),
    "more pixels than stated": (png(header(16, 12), chunk(b"IDAT", _BOMB), END), ""),
    "bomb of text": (png(header(16, 12), chunk(b"zTXt", b"a\0\0" + _BOMB), rows(16, 12), END), ""),
    "bomb of profile": (png(header(16, 12), chunk(b"iCCP", b"a\0\0" + _BOMB), rows(16, 12), END), ""),
    "bombs of text": (png(header(16, 12), *[chunk(b"zTXt", b"a\0\0" + _BOMB)] * 50, rows(16, 12), END), ""),
    "metadata": (png(header(16, 12), chunk(b"eXIf", b"II*\0\xff\xff\xff\xff" * 99), rows(16, 12), END), ""),
    "what follows the end": (PLAIN + b"<script>alert(1)</script>" * 99, ""),
}
"""By name, a PNG file, and a word of why it is not looked at; "" where its pixels are read all the same."""
