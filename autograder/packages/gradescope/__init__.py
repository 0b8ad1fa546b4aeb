"""Builds Gradescope's autograder: `DIST/<assignment>/gradescope.zip`, to be uploaded as it is.

In it: `setup.sh` and `run_autograder`, the locked environment, Loupe as a wheel, and the bundle `grading/`
with course, config and images. It holds every answer. What grades inside Gradescope's container is `run`.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from autograder.course import Assignment
from autograder.packages import wheel
from autograder.release import ReleaseError, bundle, source
from reference import datasets

ARCHIVE: Final = "gradescope.zip"
GRADING: Final = "grading"
_SCRIPTS: Final = ("setup.sh", "run_autograder")
_LOCK: Final = "requirements.lock"
"""TensorFlow's build for processors alone in place of the larger one, else what Loupe itself is locked to."""


def build(assignment: Assignment, dist: Path, say: Callable[[str], None]) -> Iterator[tuple[str, Path]]:
    """Write `dist/<assignment>/gradescope.zip`, all of it or nothing.

    The same course, data and Loupe give the same bytes.

    Raises:
        ReleaseError: the wheel cannot be built.
        autograder.release.source.SourceError: the source does not fit its config.
        reference.datasets.DataError: there are no images.
    """
    source.check(source.read(assignment.source), assignment.config)
    data = datasets.load(assignment.config.data.name)
    archive = dist / assignment.name / ARCHIVE
    archive.parent.mkdir(parents=True, exist_ok=True)
    say("building the autograder for Gradescope …")
    with tempfile.TemporaryDirectory(prefix=".gradescope-", dir=archive.parent) as scratch:
        folder = Path(scratch) / "source"
        (folder / GRADING).mkdir(parents=True)
        bundle.write(assignment, data, folder / GRADING)
        if wheel.write(folder) is None:
            raise ReleaseError(
                "Gradescope's autograder carries Loupe, which is made from its repository: "
                "run `loupe build --for gradescope` with the Loupe that `make demo` installs there."
            )
        for name in (*_SCRIPTS, _LOCK):
            shutil.copyfile(Path(__file__).with_name(name), folder / name)
        _pack(folder, Path(scratch) / ARCHIVE)
        (Path(scratch) / ARCHIVE).replace(archive)
    yield "Gradescope autograder", archive


def _pack(folder: Path, archive: Path) -> None:
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if path.name in _SCRIPTS else 0o644) << 16
            packed.writestr(entry, path.read_bytes())
