"""What several tests of the worker use."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worker.watching import Watch, watching


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch
