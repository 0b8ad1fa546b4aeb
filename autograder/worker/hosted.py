"""What notebooks of other systems expect of the machine, so that their first cells do not fail.

`google.colab` can be imported and its functions do nothing; changing to a folder below `/content` or
`/kaggle` that is not there keeps the folder that the notebook runs in, where its files are. The cells that
otter-grader puts into notebooks run and check nothing. Gives no access to anything.
"""

from __future__ import annotations

import functools
import importlib
import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

_COLAB = "google.colab"
_PARTS = ("auth", "drive", "files", "output", "userdata", "widgets")
_FOLDERS = ("/content", "/kaggle")


class _Otter:
    """Stands for `otter.Notebook`: its tests are for students, and would only take time here."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: None


def install(note: Callable[[str], None]) -> None:
    """Make all of it so, once for a process.

    Args:
        note: told, for people, when a notebook uses one of them.
    """
    _colab(note)
    otter = sys.modules["otter"] = ModuleType("otter")
    otter.Notebook = _Otter  # type: ignore[attr-defined]  # A module made here has what is put in.
    os.chdir = functools.partial(_chdir, os.chdir, note)


def _colab(note: Callable[[str], None]) -> None:
    colab = _module(_COLAB, note)
    colab.__path__ = []
    for part in _PARTS:
        setattr(colab, part, _module(f"{_COLAB}.{part}", note))
    try:
        google = importlib.import_module("google")
    except ImportError:
        google = sys.modules["google"] = ModuleType("google")
        google.__path__ = []
    google.colab = colab  # type: ignore[attr-defined]  # As importing it would do.


def _module(name: str, note: Callable[[str], None]) -> ModuleType:
    module = sys.modules[name] = ModuleType(name)

    def missing(wanted: str) -> Any:
        if wanted.startswith("_"):
            raise AttributeError(wanted)
        return functools.partial(_nothing, f"{name}.{wanted}", note)

    module.__getattr__ = missing  # type: ignore[method-assign]  # PEP 562
    return module


def _nothing(name: str, note: Callable[[str], None], *args: Any, **kwargs: Any) -> dict[str, bytes] | None:
    note(f"{name.removeprefix('google.')} does nothing where notebooks are graded.")
    return {} if name.endswith("files.upload") else None


def _chdir(change: Callable[[Any], None], note: Callable[[str], None], path: Any) -> None:
    try:
        change(path)
    except FileNotFoundError:
        folder = path if isinstance(path, str) else ""
        if not any(folder == start or folder.startswith(f"{start}/") for start in _FOLDERS):
            raise
        note(f"There is no {folder[:200]} where notebooks are graded; the notebook stayed in its folder.")
