"""Saved pictures are decoded to plain pixels, or refused in a few words, whatever their files hold."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from PIL import Image

from autograder.measure import MOST_PICTURES, MOST_PIXELS
from autograder.worker.notebook import Picture
from autograder.worker.rendered import MOST_BYTES, Decoder, PictureError
from tests.saved_pictures import END, HOSTILE, PLAIN, SIGNATURE, chunk, header, png, rows, saved, text

RANDOM = np.random.default_rng(1)
COLOURS = RANDOM.integers(0, 256, (20, 24, 3)).astype(np.uint8)
GRAY = COLOURS[..., 0]
ALPHA = RANDOM.integers(0, 256, GRAY.shape).astype(np.uint8)
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Of an interlaced PNG: first row and column, and steps."""


def decoded(blob: bytes, form: str = "PNG") -> np.ndarray:
    return Decoder().decoded(0, Picture(form, text(blob)))


def laid_on_white(colours: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    share = alpha[..., None] / 255
    return colours * share + 255 * (1 - share)


def interlaced() -> bytes:
    lines = [b"\0" + line.tobytes() for y, x, dy, dx in PASSES for line in COLOURS[y::dy, x::dx]]
    return png(header(24, 20, interlaced=1), chunk(b"IDAT", zlib.compress(b"".join(lines))), END)


def sixteen_bits() -> bytes:
    lines = [b"\0" + line.astype(">u2").tobytes() for line in COLOURS.astype(np.uint16) * 257]
    return png(header(24, 20, depth=16), chunk(b"IDAT", zlib.compress(b"".join(lines))), END)


def palette() -> Image.Image:
    picture = Image.fromarray(GRAY // 16)
    picture.putpalette([value for index in range(16) for value in (index, 2 * index, 255 - index)])
    return picture


def from_palette() -> np.ndarray:
    index = (GRAY // 16).astype(np.int64)
    return np.stack([index, 2 * index, 255 - index], axis=-1)


def three(gray: np.ndarray) -> np.ndarray:
    return np.repeat(gray[..., None], 3, axis=2)


@pytest.mark.parametrize(
    ("blob", "expected"),
    [
        (saved(Image.fromarray(COLOURS)), COLOURS),
        (saved(Image.fromarray(np.dstack([COLOURS, ALPHA]))), laid_on_white(COLOURS, ALPHA)),
        (saved(Image.fromarray(COLOURS), transparency=tuple(map(int, COLOURS[0, 0]))), None),
        (saved(Image.fromarray(GRAY)), three(GRAY)),
        (saved(Image.fromarray(np.dstack([GRAY, ALPHA]), "LA")), laid_on_white(three(GRAY), ALPHA)),
        (saved(Image.fromarray(GRAY > 99)), three(np.where(GRAY > 99, 255, 0))),
        (saved(palette()), from_palette()),
        (saved(palette(), transparency=15), np.where((GRAY // 16 == 15)[..., None], 255, from_palette())),
        (saved(Image.fromarray(GRAY.astype(np.uint16) * 256 + 77)), three(GRAY)),
        (sixteen_bits(), COLOURS),
        (interlaced(), COLOURS),
    ],
    ids=[
        *(
            "colours",
            "colours and alpha",
            "a transparent colour",
            "gray",
            "gray and alpha",
            "black and white",
        ),
        *("palette", "a transparent entry of a palette", "16 bit gray", "16 bit colours", "interlaced"),
    ],
)
def test_every_kind_of_png_is_decoded(blob: bytes, expected: np.ndarray | None) -> None:
    if expected is None:
        own = np.all(COLOURS[0, 0] == COLOURS, axis=2)
        expected = np.where(own[..., None], 255, COLOURS)
    pixels = decoded(blob)
    assert pixels.dtype == np.uint8
    np.testing.assert_allclose(pixels, expected, atol=1)


def test_a_transparent_figure_is_laid_on_white() -> None:
    file = io.BytesIO()
    figure = Figure((2, 1), dpi=50)
    figure.add_subplot().imshow([[0, 1]])
    figure.savefig(file, transparent=True)
    pixels = decoded(file.getvalue())
    assert pixels.shape == (50, 100, 3)
    assert pixels[0, 0].tolist() == [255, 255, 255]
    assert np.abs(pixels[:, 30].astype(int) - [68, 1, 84]).sum(axis=1).min() < 4


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_few_words_or_decoded(name: str) -> None:
    blob, why = HOSTILE[name]
    if not why:
        assert decoded(blob).shape[2] == 3
        return
    with pytest.raises(PictureError, match=why):
        decoded(blob)


MEMORY = """
import resource, sys
from autograder.worker.notebook import Picture
from autograder.worker.rendered import Decoder, PictureError
from tests.saved_pictures import END, HOSTILE, header, png, rows, text
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
decoder = Decoder()
large = png(header(5_000, 4_000, colour=6), rows(5_000, 4_000, 4), END)
files = [blob for blob, _ in HOSTILE.values()] + [large]
for cell, blob in enumerate(files):
    try:
        shape = decoder.decoded(cell, Picture("PNG", text(blob))).shape
    except PictureError:
        pass
print(shape, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_decoding_takes_little_memory() -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEMORY],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    shape, _, kilobytes = done.stdout.rpartition(" ")
    assert shape == "(1334, 1667, 3)"
    assert int(kilobytes) < 500_000


def test_what_is_too_large_for_the_judge_is_shrunk() -> None:
    small = np.tile(COLOURS, (55, 44, 1))
    pixels = decoded(saved(Image.fromarray(small).resize((2_112, 2_200), Image.Resampling.NEAREST)))
    assert np.array_equal(pixels, small)


def test_the_file_may_be_long_but_not_too_long() -> None:
    with pytest.raises(PictureError, match="larger than 12 MB"):
        decoded(bytes(MOST_BYTES * 2))


def test_base64_is_read_strictly_but_white_space_is_none_of_it() -> None:
    assert Decoder().decoded(0, Picture("PNG", f"\n {text(PLAIN)}\t\r\n")).shape == (12, 16, 3)
    for wrong in ("%", text(PLAIN)[:-3], text(PLAIN) + "é", "A"):
        with pytest.raises(PictureError):
            Decoder().decoded(0, Picture("PNG", wrong))


@pytest.mark.parametrize("picture", [Image.fromarray(COLOURS).resize((96, 80)), Image.fromarray(GRAY)])
def test_a_jpeg_is_decoded(picture: Image.Image) -> None:
    pixels = decoded(saved(picture, "JPEG", quality=95, subsampling=0), "JPEG")
    expected = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(pixels - expected).mean() < 4


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        PLAIN,
        saved(Image.new("CMYK", (16, 12)), "JPEG"),
        saved(Image.fromarray(COLOURS), "JPEG")[:300],
        saved(Image.new("L", (5_000, 4_001)), "JPEG"),
        saved(Image.fromarray(COLOURS), "JPEG")[:-2] + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" * 1_000,
    ],
    ids=["nothing", "a PNG", "for printers", "half", "large", "that goes over its pixels again and again"],
)
def test_another_jpeg_is_refused(blob: bytes) -> None:
    with pytest.raises(PictureError):
        decoded(blob, "JPEG")


def test_other_forms_are_refused_by_name() -> None:
    with pytest.raises(PictureError, match="it is SVG, neither PNG nor JPEG"):
        Decoder().decoded(0, Picture("SVG", ""))


def test_a_cell_and_a_notebook_have_so_many_pictures() -> None:
    decoder, picture = Decoder(), Picture("PNG", text(PLAIN))
    cells, rest = divmod(MOST_PICTURES["the notebook"], MOST_PICTURES["its cell"])
    assert rest == 0
    for cell in range(cells):
        for _ in range(MOST_PICTURES["its cell"]):
            decoder.decoded(cell, picture)
        if cell + 1 < cells:
            with pytest.raises(PictureError, match="its cell has more pictures"):
                decoder.decoded(cell, picture)
    with pytest.raises(PictureError, match="the notebook has more pictures"):
        decoder.decoded(cells, picture)


def test_a_cell_has_so_many_pixels() -> None:
    decoder = Decoder()
    large = Picture("PNG", text(png(header(2_000, 2_000, colour=0), rows(2_000, 2_000, 1), END)))
    for _ in range(5):
        decoder.decoded(0, large)
    with pytest.raises(PictureError, match="or larger ones"):
        decoder.decoded(0, large)
    assert decoder.decoded(1, large).shape == (2_000, 2_000, 3)


@st.composite
def chunks(draw: st.DrawFn) -> bytes:
    """A chunk of the right or of any form, with the right checksum."""
    side = st.integers(0, 40) | st.sampled_from([9_000, 2**31 - 1, 2**32 - 1])
    match draw(st.sampled_from(["header", "pixels", "palette", "end", "any"])):
        case "header":
            numbers = [draw(side), draw(side), *draw(st.lists(st.integers(0, 17), min_size=5, max_size=5))]
            return chunk(b"IHDR", struct.pack(">IIBBBBB", *numbers))
        case "pixels":
            content = draw(st.binary(max_size=60))
            return chunk(b"IDAT", draw(st.sampled_from([zlib.compress, bytes]))(content * 99))
        case "palette":
            return chunk(draw(st.sampled_from([b"PLTE", b"tRNS"])), draw(st.binary(max_size=30)))
        case "end":
            return END
    return chunk(
        draw(st.sampled_from([b"tEXt", b"zTXt", b"iCCP", b"gAMA", b"acTL", b"fdAT"])), draw(st.binary())
    )


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A right file of which some bytes are others."""
    blob = bytearray(draw(st.sampled_from([PLAIN, sixteen_bits(), interlaced(), saved(palette())])))
    for place in draw(st.lists(st.integers(8, len(blob) - 1), max_size=6)):
        blob[place] = draw(st.integers(0, 255))
    return bytes(blob)


@given(
    blob=st.binary(max_size=300)
    | changed()
    | st.lists(chunks(), max_size=6).map(lambda parts: png(header(16, 12), *parts, END))
    | st.lists(chunks(), max_size=6).map(lambda parts: png(*parts)),
    form=st.sampled_from(["PNG", "JPEG"]),
)
def test_any_file_is_decoded_to_pixels_or_refused(blob: bytes, form: str) -> None:
    try:
        pixels, why = decoded(blob, form), ""
    except PictureError as error:
        pixels, why = np.zeros((1, 1, 3), np.uint8), str(error)
    assert not why or (why.startswith(("it ", "its ", "the ")) and len(why) < 100)
    assert why or blob.startswith(SIGNATURE) == (form == "PNG")
    assert pixels.dtype == np.uint8
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3
    assert pixels.shape[0] * pixels.shape[1] <= MOST_PIXELS
