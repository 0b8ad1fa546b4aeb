"""The IPython shell that executes a submission's cells, quietly and without a terminal or a kernel.

Ordinary notebook habits work: magics, `!commands`, `display`, top-level expressions and `await`. What
differs from Jupyter is said at each override. Nothing is printed and nothing is drawn here.
"""

from __future__ import annotations

import builtins
import getpass
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.compilerop import CachingCompiler
from IPython.core.displayhook import DisplayHook
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from matplotlib_inline.config import InlineBackend
from traitlets.config import Config

from autograder.worker.source import magic_first

_INSTALLS = re.compile(r"\b(?:pip3?|conda|mamba)\b.*\b(?:install|uninstall|update)\b")


@dataclass(frozen=True)
class Listener:
    """What the shell tells the session.

    Attributes:
        shown: called with every object that is displayed, explicitly or as a cell's last expression.
        note: called with a remark for people.
    """

    shown: Callable[[object], None]
    note: Callable[[str], None]


class _Compiler(CachingCompiler):  # type: ignore[misc]  # IPython has no types.
    """Names the code of a cell after the cell, so that tracebacks can be told apart."""

    cell_name = "<cell>"

    def get_code_name(self, raw_code: str, transformed_code: str, number: int) -> str:
        return self.cell_name


class _DisplayHook(DisplayHook):  # type: ignore[misc]  # IPython has no types.
    """IPython defines `___` as the last output but two; here it is a blank, and blanks are undefined."""

    def update_user_ns(self, result: Any) -> None:
        super().update_user_ns(result)
        self.shell.user_ns.pop("___", None)


class _DisplayFormatter(DisplayFormatter):  # type: ignore[misc]  # IPython has no types.
    """Reports what is displayed instead of drawing it; plain text is still made."""

    def format(self, obj: Any, include: Any = None, exclude: Any = None) -> Any:
        self.parent.listener.shown(obj)
        return super().format(obj, include=include, exclude=exclude)


class Shell(InteractiveShell):  # type: ignore[misc]  # IPython has no types.
    """One shell per process; make it with `Shell.start`."""

    listener: Listener
    failures: list[BaseException]

    @classmethod
    def start(cls, listener: Listener, scratch: Path) -> Shell:
        """The shell, ready for cells.

        Args:
            listener: see Listener.
            scratch: an empty folder for IPython's own files.
        """
        config = Config()
        config.HistoryManager.enabled = False
        shell: Shell = cls.instance(
            config=config,
            ipython_dir=str(scratch),
            displayhook_class=_DisplayHook,
            compiler_class=_Compiler,
            autoindent=False,
        )
        shell.listener = listener
        shell.failures = []
        shell.user_ns.pop("___", None)
        # `%config InlineBackend.figure_format = "retina"` is in many notebooks; it has no effect here.
        shell.configurables.append(InlineBackend.instance(parent=shell))
        # A line magic of older Colab notebooks.
        shell.register_magic_function(lambda line: None, magic_name="tensorflow_version")
        builtins.input = getpass.getpass = _no_input
        return shell

    def run(self, name: str, source: str) -> BaseException | None:
        """Execute a cell; returns the exception that ended it, or None.

        Args:
            name: file name for its code in tracebacks.
            source: its text.
        """
        self.compile.cell_name = name
        self.failures.clear()
        result = self.run_cell(magic_first(source), store_history=True)
        # Magics such as %%capture run their body in a result of their own, and an exception that fails
        # to say what it is makes IPython fail with another.
        error: BaseException | None = result.error_before_exec or result.error_in_exec
        error = self.failures[0] if self.failures else error
        if type(error) is ModuleNotFoundError and type(error.name) is str:
            package = error.name.partition(".")[0][:50]
            self.listener.note(f"The package {package} is not installed where notebooks are graded.")
        return error

    def init_display_formatter(self) -> None:
        """Plain text only: nobody looks at other forms."""
        self.display_formatter = _DisplayFormatter(parent=self, active_types=["text/plain"])
        self.configurables.append(self.display_formatter)

    def enable_matplotlib(self, gui: str | None = None) -> tuple[str, str]:
        """`%matplotlib` whatever: the recorder's own hooks stay in charge."""
        return "inline", "inline"

    def enable_gui(self, gui: str | None = None) -> None:
        """There is no event loop to enable."""

    def system(self, cmd: str) -> None:
        """`!command`: runs it without a pseudo-terminal and without its output; installs nothing."""
        if _INSTALLS.search(cmd):
            told = cmd.strip().replace(sys.executable, "python")  # What %pip runs.
            self.listener.note(f"Packages are not installed while grading; skipped: !{told[:200]}")
            return
        command = self.var_expand(cmd, depth=1)
        done = subprocess.run(
            command,
            shell=True,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.user_ns["_exit_code"] = done.returncode

    def ask_exit(self) -> NoReturn:
        """`exit` and `quit` end their cell, not the notebook."""
        raise SystemExit

    def showtraceback(self, exc_tuple: Any = None, *args: Any, **kwargs: Any) -> None:
        """Remember an exception; nobody reads a traceback here."""
        error = self._get_exc_info(exc_tuple)[1]
        if error is not None:
            self.failures.append(error)

    def showsyntaxerror(self, *args: Any, **kwargs: Any) -> None:
        """Remember it."""
        self.showtraceback()

    def showindentationerror(self) -> None:
        """Remember it."""
        self.showtraceback()


def _no_input(prompt: object = "", *args: object, **kwargs: object) -> NoReturn:
    raise RuntimeError("input() has no answer while grading; assign the value in the cell.")
