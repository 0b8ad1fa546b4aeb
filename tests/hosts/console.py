"""A shell of `loupe`, `otter` and `nbgrader` in another process, which keeps what they import and prepare.

Each command is the one that is installed, called as its script calls it; but TensorFlow is imported, stand-in
data are drawn, and what grades an assignment is prepared only once. As a script this file is that process,
and imports nothing of the tests.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import shlex
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Ran:
    """What came of command lines.

    Attributes:
        codes: for each line its exit status.
        errors: for each line the exception that it ended with, or "".
        said: all that was printed.
    """

    codes: list[int]
    errors: list[str]
    said: str

    def succeeded(self) -> Ran:
        """The same; asserts that every line ended well."""
        assert not any(self.codes), self.said
        return self


class Console:
    """Runs command lines, until it is closed.

    Args:
        folder: where the first line finds itself; `cd` leads on from there.
        elsewhere: an existing folder for what Jupyter and Keras look for in a home.
    """

    def __init__(self, folder: Path, elsewhere: Path) -> None:
        self._log = elsewhere / "console.log"
        mine, its = socket.socketpair()
        with self._log.open("wb") as log, its:
            self._process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(its.fileno())],
                cwd=folder,
                env=_environment(elsewhere),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=[its.fileno()],
            )
        with mine:
            self._wire = mine.makefile("rw", encoding="utf-8")

    def run(self, *lines: str) -> Ran:
        """Run lines; each is run, whatever came of those before it.

        Args:
            lines: a command with its arguments, and nothing else that a shell knows but `*` and comments.
        """
        before = self._log.stat().st_size
        outcomes = []
        for line in lines:
            print(json.dumps(line), file=self._wire, flush=True)
            answer = self._wire.readline()
            assert answer, self._log.read_text(encoding="utf-8", errors="replace")
            outcomes.append(json.loads(answer))
        said = self._log.read_bytes()[before:].decode(errors="replace")
        return Ran([code for code, _ in outcomes], [error for _, error in outcomes], said)

    def close(self) -> None:
        """End the process; asserts that it ended well."""
        self._wire.close()
        assert self._process.wait() == 0, self._log.read_text(encoding="utf-8", errors="replace")


@contextlib.contextmanager
def opened(folder: Path, elsewhere: Path) -> Iterator[Console]:
    """A console that is closed at the end; see `Console`."""
    console = Console(folder, elsewhere)
    try:
        yield console
    finally:
        console.close()


def line(*words: str | Path) -> str:
    """A command line of words that are meant as they stand."""
    return shlex.join(map(str, words))


def _environment(elsewhere: Path) -> dict[str, str]:
    """Without data or settings of this machine; nbgrader calls alembic by its name."""
    kept = {name: value for name, value in os.environ.items() if name != "LOUPE_DATA"}
    own = ("KERAS_HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return kept | dict.fromkeys(own, str(elsewhere)) | {"LOUPE_OFFLINE": "1", "PATH": path}


def _main() -> None:
    wire = socket.socket(fileno=int(sys.argv[1]))
    wire.set_inheritable(False)
    with contextlib.ExitStack() as stack, wire.makefile("rw", encoding="utf-8") as lines:
        _share_graders(stack)
        for line in lines:
            print(json.dumps(_outcome(json.loads(line))), file=lines, flush=True)


def _outcome(line: str) -> tuple[int, str]:
    print(f"$ {line}", flush=True)
    command, *arguments = _words(line)
    if command == "cd":
        os.chdir(*arguments)
        return 0, ""
    sys.argv = [command, *arguments]
    (script,) = entry_points(group="console_scripts", name=command)
    try:
        code = script.load()()
    except SystemExit as end:
        code = end.code
    except Exception as error:
        traceback.print_exc()
        return 1, f"{type(error).__name__}: {error}"
    finally:
        sys.stdout.flush()
        _forget_applications()
    return (code, "") if isinstance(code, int) else (0 if code is None else 1, str(code or ""))


def _words(line: str) -> Iterator[str]:
    for word in shlex.split(line, comments=True):
        found = sorted(map(str, Path().glob(word))) if "*" in word else []
        yield from found or [word]


def _forget_applications() -> None:
    """nbgrader's commands are singletons of their process, and would answer for the next one."""
    from traitlets.config import SingletonConfigurable

    waiting: list[Any] = [SingletonConfigurable]
    while waiting:
        one = waiting.pop()
        one._instance = None
        waiting += one.__subclasses__()
    gc.collect()  # What grades for nbgrader ends with its command.


def _share_graders(stack: contextlib.ExitStack) -> None:
    """Have all runs of an assignment use one grader, which the first of them prepares as it asks for."""
    from autograder.engine import local

    prepare = local.grader
    prepared: dict[str, local.Grader] = {}

    @contextlib.contextmanager
    def shared(assignment: Any, *args: Any, **kwargs: Any) -> Iterator[local.Grader]:
        key = f"{assignment.name} {assignment.version} {args}"
        if key not in prepared:
            prepared[key] = stack.enter_context(prepare(assignment, *args, **kwargs))
        yield prepared[key]

    # Those who import it by name do so when a command is run, later than this.
    local.grader = shared


if __name__ == "__main__":
    _main()
