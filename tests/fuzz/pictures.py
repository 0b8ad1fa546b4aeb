"""Coverage-guided fuzzing of what decodes saved pictures: `python -m tests.fuzz.pictures`.

Options are libFuzzer's, as of `tests.fuzz.evidence`. Any exception but `PictureError` is a finding; so are
pixels of another form than the judge takes, and anything that takes more than five seconds or a gigabyte.
"""

from __future__ import annotations

import contextlib
import struct
import sys
import zlib

import atheris

with atheris.instrument_imports(include=["autograder", "PIL"]):
    from autograder.collecting_figures import rendered
    from autograder.worker.notebook import Picture
    from autograder.worker.rendered import Decoder, PictureError

from PIL import Image

from tests.saved_pictures import HOSTILE, PLAIN, SIGNATURE, saved, text


def seeds() -> list[bytes]:
    """A file of each kind, and the hostile ones that are small."""
    modes = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    pictures = [Image.effect_noise((16, 12), 90).convert(mode) for mode in modes]
    hostile = [blob for blob, _ in HOSTILE.values() if len(blob) < 4_000]
    return [PLAIN, *map(saved, pictures), saved(pictures[4], "JPEG"), *hostile]


def repaired(blob: bytes) -> bytes:
    """The same chunks, each with the checksum that belongs to it: no fuzzer would guess them."""
    parts, place = [SIGNATURE], len(SIGNATURE)
    while place + 8 <= len(blob):
        (length,) = struct.unpack_from(">I", blob, place)
        content = blob[place + 4 : place + 8 + length]
        parts += [blob[place : place + 4], content, struct.pack(">I", zlib.crc32(content))]
        place += 12 + length
    return b"".join(parts)


def one_input(data: bytes) -> None:
    """The bytes as a PNG, as one with the right checksums, and as a JPEG; then as the judge takes them."""
    for form, blob in (("PNG", data), ("PNG", repaired(data)), ("JPEG", data)):
        if blob:
            with contextlib.suppress(PictureError):
                rendered({"cell": 0, "pixels": Decoder().decoded(0, Picture(form, text(blob)))}, False)


def main() -> None:
    """Run libFuzzer with its own command line."""
    atheris.Setup([*sys.argv, "-rss_limit_mb=1000", "-timeout=5", "-max_len=8192"], one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
