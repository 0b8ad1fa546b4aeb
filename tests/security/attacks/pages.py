"""Text that would act in a reader's browser or terminal, all the way into feedback.html and the class report."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from autograder.config import AssignmentConfig
from autograder.evidence import Evidence
from autograder.grading import grade
from autograder.report.html import class_report, feedback
from tests.fakes import FakeOracle
from tests.security.attack import Attack, attack, family
from tests.security.world import World, texts

_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_CONFIG = AssignmentConfig.model_validate(
    {
        "assignment": "attacked",
        "title": "Attacked",
        "data": {"name": "cifar10"},
        "model": {"checkpoint": "none"},
        "questions": {
            "before": {"title": "Before", "points": 1, "checks": [{"value": "before", "equals": 1}]},
            "attack": {
                "title": "Attack",
                "points": 2,
                "checks": [
                    {"value": "loot", "equals": "something"},
                    {"choice": "loot", "key": "A", "of": ["A", "B"]},
                    {"panels": {"images": {}}, "at_least": 1, "titles": "label"},
                ],
            },
            "after": {"title": "After", "points": 1, "checks": [{"value": "after", "equals": 2}]},
        },
    }
)


class _Page(HTMLParser):
    """Finds what would act."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.active: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "base", "form", "marquee"):
            self.active.append(f"an element <{tag}> of the student's is in a page")
        for name, value in attrs:
            if name.startswith("on") or (value or "").lower().strip().startswith(
                ("javascript:", "data:text")
            ):
                self.active.append(f"an attribute {name} of the student's is in a page")
            if (value or "").startswith(("http://127.0.0.1:9", "//127.0.0.1:9")):
                self.active.append("a page loads something from an address of the student's")


def acts(world: World, evidence: Evidence) -> list[str]:
    """What would act in the pages made of this evidence."""
    found: list[str] = []
    for page in _pages(world, evidence):
        found += _Page(page).active
        if _CONTROLS.search(page):
            found.append("a page holds control characters of the student's")
    return found


def _pages(world: World, evidence: Evidence) -> list[str]:
    if world.ordinary:
        return ["".join(f"<p>{text}</p>" for text in texts(evidence))]
    result = grade.judge(
        _CONFIG, evidence, FakeOracle(), submission="this", file="this.ipynb", sha256="", version=""
    )
    return [feedback(result), class_report([result])]


_EVERYWHERE = """
import matplotlib.pyplot as plt
from matplotlib.figure import Figure
loot = TEXT
for number in range(2):
    figure = plt.figure()
    axes = figure.add_axes([0, 0, 1, 1], title=TEXT, xlabel=TEXT, ylabel=TEXT)
    axes.imshow([[0, 1], [2, 3]], cmap="gray")
    axes.text(0, 0, TEXT)
    figure.suptitle(TEXT)
    plt.close(figure)
error = type(TEXT, (Exception,), {})(TEXT)
raise error  # <script>alert(1)</script>
"""


def _text(id: str, tries: str, text: str) -> Attack:
    return attack(id, tries, f"TEXT = {text!r}", _EVERYWHERE, control="naive", outside=acts)


ATTACKS = family(
    "page",
    [
        _text("script", "show a script in answers, titles and errors", "<script>alert(1)</script>"),
        _text(
            "attribute",
            "leave an attribute's quotes",
            "\" onmouseover=\"alert(1)\" x='\" ' onfocus='alert(1)'><b onclick=alert(1)>",
        ),
        _text(
            "svg",
            "draw SVG and MathML that act",
            "<svg onload=alert(1)><animate onbegin=alert(1)></svg><math><a href='javascript:alert(1)'>x</a></math>",
        ),
        _text(
            "beacon",
            "load a picture from an address, to learn when a page is read",
            "<img src='http://127.0.0.1:9/x'><link rel=stylesheet href=//127.0.0.1:9/y>",
        ),
        _text(
            "closing_tags",
            "close the page's elements and open others",
            "</code></p></section></main></style></title><iframe srcdoc='<script>1</script>'><base href=x><form>",
        ),
        _text(
            "templates",
            "write template code",
            "{{ 7 * 191 }}{% include '/etc/passwd' %}${7*191}<script>{{</script>",
        ),
        _text(
            "terminal",
            "write terminal escapes, bells and text that runs backwards",
            "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x07\x08\x9b31m\u202egnp.exe\u2066 [link=javascript:1]x[/link]",
        ),
    ],
)
