"""How much may cross, and what is raised where something else did; holds no evidence itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much a submission may send; beyond it the stream is cut and the rest is kept.

    Attributes:
        json_bytes: of one frame's JSON.
        array_bytes: of one frame's arrays.
        total_bytes: of the whole stream.
        frames: number of frames.
        depth: nesting of the JSON.
        text: characters kept of any one string.
    """

    json_bytes: int = 4_000_000
    array_bytes: int = 64_000_000
    total_bytes: int = 512_000_000
    frames: int = 20_000
    depth: int = 40
    text: int = 20_000


LIMITS = Limits()


class EvidenceError(Exception):
    """What arrived is not evidence: damaged, oversized or of the wrong form."""
