"""How a report says things: numbers, status words, diagnoses, and text that is safe to print.

Pure functions on strings and numbers; never looks at a submission itself.
"""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

from autograder.result import CheckResult, Result, Status

STATUS_WORDS: Final[dict[Status, str]] = {
    "passed": "Passed",
    "partial": "Partly right",
    "failed": "Not right",
    "unanswered": "Unanswered",
    "needs_person": "Waits for a person",
    "error": "Grader error",
}

FAMILY_WORDS: Final[dict[str, str]] = {
    "value": "Value",
    "choice": "Choice",
    "array": "Array",
    "model": "Network",
    "layers": "List of layers",
    "accuracy": "Accuracy",
    "panels": "Figure",
    "curves": "Curves",
    "bars": "Bars",
    "histogram": "Histogram",
    "confusion": "Confusion matrix",
    "misclassified": "Misclassified images",
    "written": "Written answer",
}

_NAMELESS_FAMILIES: Final = frozenset(
    {"panels", "curves", "bars", "histogram", "confusion", "misclassified", "written"}
)

DIAGNOSIS_WORDS: Final[dict[str, str]] = {
    "before_activation": "before the activation",
    "bgr": "red and blue exchanged",
    "channel_order": "colour channels in another order",
    "class_order": "classes in another order",
    "clipped": "values cut off when drawn",
    "correct_shown": "correctly classified images",
    "filter_instead": "the whole filter instead of its kernels",
    "flipped": "flipped or turned",
    "highlight_predicted": "predicted class marked, not the true one",
    "kernels_instead": "kernels instead of filters",
    "low_accuracy": "accuracy too low",
    "missing": "never assigned",
    "nan": "contains NaN",
    "negated": "sign reversed",
    "no_cell": "cell not found",
    "no_gradients": "without gradients",
    "no_log": "no logarithmic scale",
    "normalised_columns": "normalised over the wrong axis",
    "not_an_option": "not one of the options",
    "not_split": "all images in one group",
    "not_the_worst": "not the worst errors",
    "not_told_apart": "nothing tells the groups apart",
    "one_hot": "0 and 1 only",
    "other_bins": "another number of bins",
    "other_channel": "another channel",
    "other_checkpoint": "another network",
    "other_class": "another class",
    "other_filter": "another filter",
    "other_image": "another image",
    "other_images": "other images",
    "other_layer": "another layer",
    "other_output": "another output",
    "other_run": "another training",
    "other_tensor": "another tensor",
    "other_value": "another value",
    "other_values": "other values",
    "other_weights": "other weights",
    "refused": "network could not be rebuilt",
    "reshaped": "changed by a reshape",
    "reversed": "in reverse order",
    "several_outputs": "more than one output",
    "swapped_groups": "groups exchanged",
    "swapped_metrics": "loss and accuracy exchanged",
    "swapped_split": "training and validation exchanged",
    "swapped_titles": "predicted and true class exchanged",
    "transposed": "axes exchanged",
    "untrained": "untrained network",
    "wrapped": "negative values wrapped around by a cast",
    "wrong_axis": "indexed on another axis",
    "wrong_option": "another option",
    "wrong_type": "another kind of value",
}

MATCH_WORDS: Final[dict[str, str]] = {
    "marks": "by its edTest mark",
    "names": "by the names it assigns",
    "text": "by its text",
    "position": "by its position in the notebook",
}

_TERMINAL = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # operating system commands, up to BEL or ST
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # control sequences such as colours
    r"|\x1b[ -/]*[0-~]?"  # every other escape
)
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but tab and newline
    r"\u202a-\u202e\u2066-\u2069"  # bidirectional embeddings, overrides and isolates
    r"\ufff9-\ufffb\ufffe\uffff]"
)
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_CODE = re.compile(r"`([^`\n]+)`")


def clean(text: str) -> str:
    """Text without what a terminal or browser would obey instead of show.

    Removes ANSI escapes, control characters other than tab and newline, and bidirectional overrides;
    lone surrogates, which UTF-8 cannot carry, become U+FFFD.
    """
    if text.isascii() and text.isprintable():  # Most are, embedded pictures among them.
        return text
    text = _TERMINAL.sub("", text.replace("\r\n", "\n"))
    return encodable(_UNPRINTABLE.sub("", text))


def encodable(text: str) -> str:
    """Text with each lone surrogate replaced by U+FFFD, so that it can be written as UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def unwrapped(text: str) -> str:
    """Join lines that an editor wrapped; paragraphs, list items and indented lines stay."""
    return re.sub(r"(?<=\S)[ ]*\n(?=[^\s\-*+>#|\d])", " ", text)


def prose(text: str) -> Markup:
    """A message as HTML: cleaned, escaped, and `names in backticks` set as code."""
    pieces = _CODE.split(clean(text))
    plain, code = pieces[::2], [*pieces[1::2], ""]
    markup = Markup("")
    for before, name in zip(plain, code, strict=True):
        markup += escape(before)
        if name:
            markup += Markup("<code>{}</code>").format(name)
    return markup


def number(value: float) -> str:
    """A number of points with at most two decimals: 17.5, 2, 0.33."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def points(value: float) -> str:
    """Points with their unit: "1 point", "2.5 points"."""
    text = number(value)
    return f"{text} point" if text == "1" else f"{text} points"


def percent(share: float) -> str:
    """A share 0…1 as whole percent: "63 %". Below one is never shown as 100, above zero never as 0."""
    whole = round(100 * share)
    if whole == 0 and share > 0:
        return "< 1 %"
    if whole == 100 and share < 1:
        return "> 99 %"
    return f"{whole} %"


def score(result: Result) -> str:
    """A submission's score in words: "17.5 of 27 points, 2 still to be given by a person"."""
    if result.status == "ungraded":
        return "Not graded"
    words = f"{number(result.earned)} of {points(result.points)}"
    if result.pending > 0:
        words += f", {number(result.pending)} still to be given by a person"
    return words


def diagnosis(name: str) -> str:
    """A recognised mistake in plain words; a name that is not listed is spelled out."""
    return DIAGNOSIS_WORDS.get(name, name.replace("_", " "))


def family(name: str) -> str:
    """What kind of thing a check looked at, as a word."""
    return FAMILY_WORDS.get(name, name.replace("_", " ").capitalize())


def subject(check: CheckResult) -> str:
    """The variable a check looked at, or "" where its family's word says it all."""
    return "" if check.family in _NAMELESS_FAMILIES else check.subject
