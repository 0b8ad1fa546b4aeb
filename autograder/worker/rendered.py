"""Decodes the pictures that a submitted notebook has saved under its cells: untrusted PNG and JPEG files.

Runs in the locked process, never in the judge. What a file says of its size is checked before anything is
decompressed; of a PNG only the chunks that make its pixels are read, so that no text, profile, animation or
metadata is ever parsed. Knows nothing of what a picture shows.
"""

from __future__ import annotations

import binascii
import io
import struct
import warnings
import zlib
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from autograder.measure import MOST_PIXELS, PictureRoom
from autograder.worker.notebook import Picture

MOST_BYTES: Final = 12_000_000
"""Of one file."""

MOST_DECODED: Final = 20_000_000
"""Height × width of a file; what has more than `MOST_PIXELS` is shrunk after it is decoded."""

_SMALLEST: Final = 8
_MOST_SIDE: Final = 10_000
_MOST_CHUNKS: Final = 20_000
_MOST_SCANS: Final = 16  # Of a JPEG, each of which goes over all pixels; progressive ones have about ten.
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHUNK: Final = struct.Struct(">I4s")
_HEADER: Final = struct.Struct(">II")
_KEPT: Final = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
_MODES: Final = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I")


class PictureError(Exception):
    """A saved picture is not used; the message completes "A saved picture was not looked at: …"."""


class Decoder:
    """Decodes the pictures of one notebook, as many as the judge takes."""

    def __init__(self) -> None:
        self._room = PictureRoom()

    def decoded(self, cell: int, picture: Picture) -> NDArray[np.uint8]:
        """The pixels of a saved picture.

        Args:
            cell: the index of its cell.
            picture: the file in base64, white space allowed.

        Returns:
            (H, W, 3), what is transparent laid on white; one that is too large for the judge is shrunk by a
            whole factor.

        Raises:
            PictureError: it is neither PNG nor JPEG, damaged, animated or too large, or one too many.
        """
        if not picture.text:
            raise PictureError(f"it is {picture.form}, neither PNG nor JPEG")
        blob = _bytes(picture.text)
        file = io.BytesIO(_pixels_only(blob) if picture.form == "PNG" else _few_scans(blob))
        try:
            with (
                warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning),
                Image.open(file, formats=[picture.form]) as opened,
            ):
                if opened.mode not in _MODES:
                    raise PictureError("its colours are of an unknown kind")
                factor = self._admit(cell, *opened.size)
                return np.array(_on_white(opened).reduce(factor))
        except PictureError:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise PictureError("it has too many pixels") from error
        except Exception as error:  # What Pillow raises for damaged files is not one family.
            raise PictureError("it is damaged") from error

    def _admit(self, cell: int, width: int, height: int) -> int:
        """The factor by which a picture of this size is shrunk, if there is still room for it."""
        if max(width, height) > _MOST_SIDE or width * height > MOST_DECODED:
            raise PictureError(f"it has {width} × {height} pixels, which is too many")
        if min(width, height) < _SMALLEST:
            raise PictureError(f"it has {width} × {height} pixels, which is too few")
        factor = 1
        while -(-width // factor) * -(-height // factor) > MOST_PIXELS:
            factor += 1
        if place := self._room.lacks(cell, -(-width // factor) * -(-height // factor)):
            raise PictureError(f"{place} has more pictures, or larger ones, than are looked at")
        return factor


def _bytes(text: str) -> bytes:
    if len(text) > 1.4 * MOST_BYTES:
        raise PictureError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        return binascii.a2b_base64("".join(text.split()).encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise PictureError("it is not in base64") from error


def _pixels_only(blob: bytes) -> bytes:
    """A PNG file without the chunks that do not make its pixels, the size that it states checked."""
    if not blob.startswith(_SIGNATURE):
        raise PictureError("it is no PNG")
    kept, position = [_SIGNATURE], len(_SIGNATURE)
    for _ in range(_MOST_CHUNKS):
        if position + _CHUNK.size > len(blob):
            raise PictureError("it is cut off")
        length, kind = _CHUNK.unpack_from(blob, position)
        end = position + _CHUNK.size + length + 4
        if end > len(blob):
            raise PictureError("it is cut off")
        # Of two headers Pillow would believe the second.
        if (kind == b"IHDR") != (len(kept) == 1):
            raise PictureError("it is damaged")
        if kind == b"acTL":
            raise PictureError("it is animated")
        if kind in _KEPT:
            checked = memoryview(blob)[position + 4 : end - 4]
            if zlib.crc32(checked) != int.from_bytes(blob[end - 4 : end], "big"):
                raise PictureError("it is damaged")
            kept.append(blob[position:end])
        if kind == b"IEND":
            return b"".join(kept)
        position = end
    raise PictureError("it is damaged")


def _few_scans(blob: bytes) -> bytes:
    """A JPEG file that is not made to take long."""
    if blob.count(b"\xff\xda") > _MOST_SCANS:
        raise PictureError("it is damaged")
    return blob


def _on_white(picture: Image.Image) -> Image.Image:
    if picture.mode in ("I;16", "I"):
        return Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8)).convert("RGB")
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("RGB")
    layers = picture.convert("RGBA")
    white = Image.new("RGB", layers.size, "white")
    white.paste(layers, mask=layers.getchannel("A"))
    return white
