"""Progress of a run on standard error: what is in hand, how fast it goes, how long it will take."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from autograder.engine.local import Listener


class _Rate(ProgressColumn):
    """Submissions a minute."""

    def render(self, task: Task) -> Text:
        return Text(f"{60 * task.speed:.0f}/min" if task.speed else "")


@contextlib.contextmanager
def bar(total: int, shown: bool) -> Iterator[Listener]:
    """A progress bar; gives what has to be told of events.

    Args:
        total: submissions to grade.
        shown: whether to draw it at all.
    """
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), disable=not shown, transient=True) as progress:
        task = progress.add_task("preparing (data, checkpoint) …", total=total)
        in_hand: dict[str, None] = {}

        def listen(name: str, event: str) -> None:
            if event == "done":
                in_hand.pop(name, None)
                progress.advance(task)
            else:
                in_hand[name] = None
            progress.update(task, description=", ".join(in_hand) or "finishing")

        yield listen
