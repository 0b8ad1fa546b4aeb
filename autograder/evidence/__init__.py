"""What crosses between the worker, which runs student code, and the judge, which never does.

One way goes a `Plan` (what to capture; no answers), the other way a stream of frames: strict JSON plus
raw array bytes (`autograder.wire` packs and checks them). This package says what they mean. It is imported
by both sides, imports nothing of the project, and holds nothing a submission says about its own score.
"""

from autograder.evidence.collected import (
    CellError,
    Evidence,
    QuestionEvidence,
    Returned,
    Trained,
)
from autograder.evidence.figures import (
    Axes,
    Axis,
    Bars,
    Figure,
    Histogram,
    Image,
    Line,
    Rendered,
    Words,
)
from autograder.evidence.limits import (
    LIMITS,
    EvidenceError,
    Limits,
)
from autograder.evidence.plan import (
    Call,
    Plan,
    QuestionPlan,
    Training,
)
from autograder.evidence.values import (
    AnyArray,
    Array,
    Layer,
    Mapping,
    Missing,
    Model,
    Opaque,
    Scalar,
    Sequence,
    Value,
)

__all__ = [
    "LIMITS",
    "AnyArray",
    "Array",
    "Axes",
    "Axis",
    "Bars",
    "Call",
    "CellError",
    "Evidence",
    "EvidenceError",
    "Figure",
    "Histogram",
    "Image",
    "Layer",
    "Limits",
    "Line",
    "Mapping",
    "Missing",
    "Model",
    "Opaque",
    "Plan",
    "QuestionEvidence",
    "QuestionPlan",
    "Rendered",
    "Returned",
    "Scalar",
    "Sequence",
    "Trained",
    "Training",
    "Value",
    "Words",
]
