"""How Loupe gets into another system's environment: as a wheel that travels in the package.

The wheel is built from the tree that this code lies in, without a package index. Where Loupe was installed
from a wheel there is no tree, and its release is asked for by number.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import autograder
from autograder.release import ReleaseError

_SECONDS = 300


def write(folder: Path) -> Path | None:
    """Build the wheel into a folder.

    Returns:
        The wheel; None where this Loupe was installed and there is no tree to build it from.

    Raises:
        ReleaseError: it cannot be built; the message says what to install.
    """
    root = Path(autograder.__file__).resolve().parents[1]
    if not (root / "pyproject.toml").is_file():
        return None
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=_SECONDS, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise ReleaseError(
            f"The wheel of Loupe that goes into the package cannot be built: {said}. "
            "`pip install hatchling` installs what builds it."
        )
    return next(folder.glob("loupe_grader-*.whl"))
