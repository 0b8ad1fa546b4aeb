"""Gradescope's harness imitated around a real `gradescope.zip`, in folders like `/autograder`.

Asserts nothing. `setup.sh` is not run: the environment that it would install stands in its place, made of the
package's own wheel and of the libraries that are here. Where this is root, everything runs as root in a
container does: with Docker's capabilities, and with namespaces and mounts refused.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from autograder import packages
from autograder.course import Assignment
from autograder.packages import wheel
from autograder.worker import kernel
from tests.test_packaging import environment_with
from tests.worker import imitate

AUTOGRADER = Path("/autograder")
LEVEL = "B" if imitate.is_possible() else "D"
"""What is demanded of the container. Who is not root takes whatever there is."""

WHAT = "Gradescope autograder"
"""What `loupe build` calls the package."""

STALE = '{"score": 999}'

# What `run_autograder` starts, for one hand-in after the other: everything is imported, and the images that
# install with Loupe are drawn, once for all of them.
_SEVERAL = """\
import functools, os, sys
from autograder.engine import quiet
quiet.load_tensorflow()
from autograder.worker import warm
warm.load()
from autograder.engine import local
from autograder.packages.gradescope import run
from reference import datasets
datasets.stand_in = functools.cache(datasets.stand_in)
for name in sys.argv[2].split():
    datasets.stand_in(name)
for root in sys.argv[3:]:
    child = os.fork()
    if child == 0:
        said = os.open(os.path.join(root, "results", "stdout"), os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os._exit(run.main([root, "570", sys.argv[1]]))
    os.waitpid(child, 0)
"""


@dataclass(frozen=True)
class HandIn:
    """What a student uploads, and what Gradescope says of it.

    Attributes:
        files: by their path below `submission`: the bytes, or the file to copy.
        metadata: of `submission_metadata.json`; None where there is no such file.
        before: done to Gradescope's folder before it is graded.
    """

    files: Mapping[str, bytes | Path]
    metadata: Mapping[str, Any] | None = None
    before: Callable[[Path], None] = lambda root: None


@dataclass(frozen=True)
class Run:
    """What grading a hand-in came to.

    Attributes:
        report: `results.json`, None when there is none.
        said: all that was printed, for the instructor.
        root: Gradescope's folder.
    """

    report: dict[str, Any] | None
    said: str
    root: Path

    def scores(self) -> dict[str, float]:
        """What each question earned; those that wait for a person are missing."""
        assert self.report is not None, self.said
        earned: dict[str, float] = {}
        for test in self.report["tests"]:
            (question,) = test["tags"]
            if "score" in test:
                earned[question] = round(earned.get(question, 0.0) + test["score"], 4)
        return earned


@dataclass
class Harness:
    """Makes Gradescope's folders below one that other users may enter.

    Attributes:
        folder: of all of them.
        environments: one for each wheel, by its name and size.
    """

    folder: Path
    environments: dict[tuple[str, int], Path] = field(default_factory=dict)

    def unpacked(self, name: str, archive: Path, handed_in: HandIn) -> Path:
        """Gradescope's folder as it is when a hand-in is to be graded, with an old result in it."""
        root = self.folder / name
        for part in ("source", "submission", "results"):
            (root / part).mkdir(parents=True)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(root / "source")
        shutil.copy(root / "source" / "run_autograder", root)
        (root / "run_autograder").chmod(0o755)
        (wheel,) = (root / "source").glob("*.whl")
        (root / "environment").symlink_to(self._environment(wheel))
        for path, content in handed_in.files.items():
            target = root / "submission" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.read_bytes() if isinstance(content, Path) else content)
        if handed_in.metadata is not None:
            text = json.dumps(handed_in.metadata)
            (root / "submission_metadata.json").write_text(text, encoding="utf-8")
        (root / "results" / "results.json").write_text(STALE, encoding="utf-8")
        handed_in.before(root)
        return root

    def run(self, name: str, archive: Path, handed_in: HandIn) -> Run:
        """Grade one hand-in as Gradescope does, at `/autograder` where that can be had."""
        root = self.unpacked(name, archive, handed_in)
        script = root / "run_autograder"
        script.write_text(script.read_text().replace("isolation=B", f"isolation={LEVEL}"), encoding="utf-8")
        place = AUTOGRADER if LEVEL == "B" and AUTOGRADER.is_dir() else root

        def become() -> None:
            if place != root:
                imitate.open_the_way()
                kernel.bind(str(root), str(place))
            _become()

        done = subprocess.run(
            [str(place / "run_autograder")]
            if place == root
            else ["sh", "-c", f"cd {place} && ./run_autograder"],
            preexec_fn=become,
            capture_output=True,
            text=True,
            check=False,
        )
        return _seen(root, done.stdout + done.stderr)

    def several(self, handed_in: Mapping[str, tuple[Path, HandIn]]) -> dict[str, Run]:
        """Grade hand-ins one after the other, in forks of one process.

        Args:
            handed_in: by name, the package and what was handed in for it.
        """
        roots = {name: self.unpacked(name, archive, one) for name, (archive, one) in handed_in.items()}
        python = next(iter(roots.values())) / "environment" / "bin" / "python"
        cache = self.folder / "cache"
        cache.mkdir(mode=0o700, exist_ok=True)
        bundles = [root / "source" / "grading" / "bundle.json" for root in roots.values()]
        data = {json.loads(bundle.read_text(encoding="utf-8"))["data"] for bundle in bundles}
        done = subprocess.run(
            [str(python), "-I", "-c", _SEVERAL, LEVEL, " ".join(sorted(data)), *map(str, roots.values())],
            preexec_fn=_become,
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "LOUPE_OFFLINE": "1",
                "LOUPE_CACHE": str(cache),
                "OPENBLAS_NUM_THREADS": "1",
            },
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return {name: _seen(root, "") for name, root in roots.items()}

    def _environment(self, wheel: Path) -> Path:
        """The environment that `setup.sh` would make."""
        key = (wheel.name, wheel.stat().st_size)
        if key not in self.environments:
            folder = self.folder / f"environment-{len(self.environments)}"
            environment_with(wheel, folder)
            self.environments[key] = folder
        return self.environments[key]


def built(dist: Path, assignments: Iterable[Assignment]) -> dict[str, Path]:
    """Build packages, by assignment, with one wheel for all; call it within `fallback_data`."""
    made: list[Path] = []

    def write(folder: Path) -> Path | None:
        if not made:
            (dist / "wheel").mkdir()
            one = wheel_of(dist / "wheel")
            assert one is not None
            made.append(one)
        return Path(shutil.copy(made[0], folder))

    wheel_of, build = wheel.write, packages.builder("gradescope")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(wheel, "write", write)
        return {one.name: dict(build(one, dist, print))[WHAT] for one in assignments}


@contextmanager
def harness() -> Iterator[Harness]:
    """A harness; not below pytest's folders, which are private: student code runs as another user."""
    folder = Path(tempfile.mkdtemp(prefix="gradescope-"))
    try:
        folder.chmod(0o755)
        with _gradescopes_folder():
            yield Harness(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def _gradescopes_folder() -> Iterator[None]:
    """Where Gradescope's folder is bound to: an empty one, which the last of several test runs removes."""
    if LEVEL != "B" or (AUTOGRADER.is_dir() and any(AUTOGRADER.iterdir())):
        yield
        return
    AUTOGRADER.mkdir(exist_ok=True)
    held = os.open(AUTOGRADER, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            AUTOGRADER.rmdir()
        os.close(held)


def _become() -> None:
    if LEVEL == "B":
        imitate.become_container_root()


def _seen(root: Path, said: str) -> Run:
    path, output = root / "results" / "results.json", root / "results" / "stdout"
    report = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return Run(report, said or (output.read_text() if output.exists() else ""), root)
