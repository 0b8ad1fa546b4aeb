"""What a cell displays that is a figure or a picture: matplotlib's figures, PIL's pictures, image files.

`display(...)`, a cell's last expression and `picture.show()` all end here. Opens no window, and reads nothing
but what it is handed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Protocol

from IPython.display import Image as ImageFile
from matplotlib.figure import FigureBase
from PIL import Image

_MOST_BYTES = 40_000_000


class Keeper(Protocol):
    """What keeps figures and pictures: `autograder.worker.figures.Recorder`."""

    def displayed(self, figure: Any) -> None:
        """Record a figure that was displayed."""

    def picture(self, data: Any, ended: str) -> None:
        """Record an image that no figure is around."""


def keep(value: object, keeper: Keeper) -> None:
    """Record what was displayed if it is a figure or a picture.

    Args:
        value: any object of student code.
        keeper: what records it.
    """
    if isinstance(value, FigureBase):
        keeper.displayed(value.figure)
    elif isinstance(value, Image.Image):
        keeper.picture(value, "display")
    elif isinstance(value, ImageFile):
        picture = _decoded(value.data)
        if picture is not None:
            keeper.picture(picture, "display")


def shown_by(keeper: Keeper) -> Callable[..., None]:
    """What `picture.show()` does here: records the picture."""
    return lambda picture, *args, **kwargs: keeper.picture(picture, "show")


def _decoded(data: object) -> Image.Image | None:
    """The picture in a file that IPython displays; None when it is none, or one that `savefig` made.

    Figures and images that matplotlib saved were recorded as they were, when they were saved; it says in its
    files that it made them.
    """
    if not isinstance(data, bytes) or len(data) > _MOST_BYTES:
        return None
    with suppress(OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        picture = Image.open(io.BytesIO(data))
        if not str(picture.info.get("Software", "")).startswith("Matplotlib"):
            picture.load()
            return picture
    return None
