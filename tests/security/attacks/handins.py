"""Files handed in that are no ordinary notebooks, and files that a notebook makes to be read."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from tests.saved_pictures import HOSTILE, PLAIN, output
from tests.security.attack import attack, family, notebook
from tests.security.world import World


def _text(content: Callable[[], str]) -> Callable[[World, Path], None]:
    return lambda world, path: void(path.write_text(content()))


def void(result: object) -> None:
    """Forget a result."""


def _link(world: World, path: Path) -> None:
    path.symlink_to(world.folder / "submissions" / "other.ipynb")


def _hardened(**changes: object) -> Callable[[World, Path], None]:
    """The ordinary notebook with some of its top-level keys changed."""
    return lambda world, path: void(path.write_text(json.dumps(notebook((), world.facts(path)) | changes)))


def _many_cells(world: World, path: Path) -> None:
    content = notebook((), world.facts(path))
    content["cells"][1:1] = [
        {"cell_type": "code", "metadata": {}, "source": "x = 1", "outputs": []}
    ] * 100_000
    path.write_text(json.dumps(content))


def _odd_cells(world: World, path: Path) -> None:
    content = notebook((), world.facts(path))
    odd: list[object] = [
        None,
        7,
        [],
        {"cell_type": ["code"]},
        {"cell_type": "code", "source": {"a": 1}},
        {"cell_type": "code", "metadata": {"question": {"x": 1}}, "source": ["a = 1", 3]},
        {"cell_type": "code", "metadata": {"question": "bonus"}, "source": "x = 1"},
    ]
    content["cells"][1:1] = odd
    path.write_text(json.dumps(content))


def _pictured(world: World, path: Path) -> None:
    content = notebook((), world.facts(path))
    bombs = [output(blob) for blob, _ in HOSTILE.values()]
    content["cells"][0]["outputs"] = [output(PLAIN)] * 5_000
    content["cells"][-1]["outputs"] = bombs * 5
    path.write_text(json.dumps(content))


def _repeated_keys(world: World, path: Path) -> None:
    text = json.dumps(notebook((), world.facts(path)))
    path.write_text(text[:-1] + ', "metadata": {"x": NaN, "y": 1e999}, "metadata": {}}')


def _binary(world: World, path: Path) -> None:
    path.write_bytes(os.urandom(100_000))


ATTACKS = family(
    "hand-in",
    [
        attack(
            "linked_notebook",
            "hand in a symbolic link to another student's notebook",
            make=_link,
            control="held",
            keeps="nothing",
        ),
        attack(
            "pipe_notebook",
            "hand in a named pipe, which is never read to its end",
            make=lambda world, path: os.mkfifo(path),
            control="held",
            keeps="nothing",
        ),
        attack(
            "folder_notebook",
            "hand in a folder with a notebook's name",
            make=lambda world, path: path.mkdir(),
            control="held",
            keeps="nothing",
        ),
        attack("binary", "hand in random bytes", make=_binary, control="held", keeps="nothing"),
        attack(
            "deep_json",
            "hand in JSON nested half a million deep",
            make=_text(lambda: '{"cells": ' + "[" * 500_000 + "]" * 500_000 + "}"),
            control="held",
            keeps="nothing",
        ),
        attack(
            "large_file",
            "hand in sixty megabytes",
            make=_text(lambda: '{"cells": ["' + "x" * 60_000_000 + '"]}'),
            control="held",
            keeps="nothing",
        ),
        attack(
            "many_cells",
            "hand in a hundred thousand cells",
            make=_many_cells,
            control="held",
            keeps="nothing",
        ),
        attack("odd_cells", "hand in cells that are none, beside real ones", make=_odd_cells, control="held"),
        attack(
            "repeated_keys",
            "hand in repeated keys, NaN and numbers without end",
            make=_repeated_keys,
            control="held",
        ),
        attack(
            "hostile_pictures",
            "hand in thousands of saved pictures, among them damaged ones and some that unpack to gigabytes",
            make=_pictured,
            control="held",
        ),
        attack(
            "odd_format",
            "hand in a notebook whose format is no number",
            make=_hardened(nbformat={"x": 1}, metadata="none"),
            control="held",
        ),
        attack(
            "pickled_archive",
            "leave an archive of pickled objects and answer with what it gives",
            """
            import numpy
            class Bomb:
                def __reduce__(self): return (open, (W["result"], "w"))
            numpy.savez("weights.npz", Bomb())
            loot = numpy.load("weights.npz")
            """,
            control="held",
        ),
        attack(
            "lying_array_file",
            "leave an array file whose header promises four terabytes, and answer with it",
            """
            import numpy
            with open("lying.npy", "wb") as file:
                header = {"descr": "<f4", "fortran_order": False, "shape": (1_000_000, 1_000_000)}
                numpy.lib.format.write_array_header_1_0(file, header)
            with open("lying.npy", "r+b") as file:
                file.truncate(128 + (1 << 20))
            loot = numpy.load("lying.npy", mmap_mode="r")
            """,
            control="held",
        ),
        attack(
            "zip_bomb",
            "leave a small archive that unpacks to gigabytes, under a known name",
            """
            import zipfile
            with zipfile.ZipFile("images.npz", "w", zipfile.ZIP_DEFLATED) as archive:
                with archive.open("images.npy", "w") as member:
                    for step in range(256):
                        member.write(bytes(1 << 20))
                archive.writestr("../../" + W["marker"] + ".txt", "x")
            """,
            control="held",
        ),
        attack(
            "linked_files",
            "leave links to hidden files under the names of the assignment's files",
            """
            os.remove("helper.py")
            os.symlink(W["secret"], "helper.py")
            os.symlink(W["secret"], "checkpoint.npz")
            """,
            control="held",
        ),
    ],
)
