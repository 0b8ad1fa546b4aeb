"""The commands that the guides show, read from the guides themselves."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
BY_HAND = "by-hand"
"""What a block says that cannot be run by tests: it installs, or needs an account or a browser."""

_BLOCK = re.compile(r"^ *```(sh\b[^\n]*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def blocks(page: str) -> list[tuple[str, tuple[str, ...], list[str]]]:
    """The shell blocks of a page.

    Args:
        page: its path in the repository.

    Returns:
        For each block the heading above it, the words after "sh" in its fence, and its lines without
        comments.
    """
    text = (ROOT / page).read_text(encoding="utf-8")
    found = []
    for block in _BLOCK.finditer(text):
        heading = _HEADING.findall(_BLOCK.sub("", text[: block.start()]))[-1]
        lines = [line.partition(" #")[0].strip() for line in block[2].splitlines()]
        told = [line for line in lines if line and not line.startswith("#")]
        found.append((heading, tuple(block[1].split()[1:]), told))
    return found


def commands(page: str, heading: str) -> list[str]:
    """The lines below a heading that tests run."""
    runnable = [lines for above, words, lines in blocks(page) if above == heading and BY_HAND not in words]
    assert runnable, f"{page} has no example below {heading!r}"
    return [line for lines in runnable for line in lines]
