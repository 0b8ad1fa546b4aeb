"""Makes what is handed out of an assignment's source notebook and grading config.

Nothing here grades, and nothing of a grading config ever ends up in what students get.
"""

from __future__ import annotations


class ReleaseError(Exception):
    """A release cannot be made; the message names the file, the question and the next step."""
