"""Imports TensorFlow without what it says meanwhile."""

from __future__ import annotations

import os
import sys
import tempfile


def load_tensorflow() -> None:
    """Import TensorFlow, unless that was done, without the lines it writes to stderr meanwhile.

    Its log level does not keep it from all of them.

    Raises:
        ImportError: it cannot be imported; what it said is on stderr then.
    """
    if sys.modules.get("tensorflow"):
        return
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            import tensorflow  # noqa: F401 - for what importing it does
        except BaseException:
            said.seek(0)
            os.write(kept, said.read())
            raise
        finally:
            os.dup2(kept, 2)
            os.close(kept)
