"""The guides say what is true: links lead somewhere, commands and options exist, examples are valid."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter
from typer.main import get_command

from autograder import course
from autograder.checks import FAMILIES, AnyCheck
from autograder.cli import app
from autograder.config import AssignmentConfig
from autograder.demo import CLASS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").glob("*.md"))]
GUIDE = (ROOT / "docs" / "instructors.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_repository_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).is_file()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    group: Any = get_command(app)
    for line in re.findall(r"(?:^|`)loupe (\w[^`\n#]*)", page.read_text(encoding="utf-8"), re.MULTILINE):
        name, *words = line.split()
        assert name in group.commands
        options = {option for parameter in group.commands[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_the_guides_config_is_valid() -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    (block,) = [block for block in blocks if block.startswith("assignment:")]
    config = AssignmentConfig.model_validate(yaml.safe_load(block))
    limits = type(config.limits)
    assert config.limits == limits(), "the guide calls them the defaults"


def test_the_guide_shows_a_valid_check_of_every_family() -> None:
    shown = set()
    for form in re.findall(r"^\| `(\{.*?\})` \|", GUIDE, re.MULTILINE):
        filled = form.replace("NAME", "x").replace("[…]", "[3, 3]").replace("…", "words")
        arrays_claim, figures_claim = "{weights: {layer: 0}}", "{filters: {layer: 0}}"
        filled = filled.replace("CLAIM", figures_claim if "panels" in form else arrays_claim)
        check = yaml.safe_load(filled)
        TypeAdapter(AnyCheck).validate_python(check)
        shown.add(next(iter(check)))
    assert shown == set(FAMILIES)


def test_the_readme_counts_right() -> None:
    text = README.read_text(encoding="utf-8")
    assert f"a class of {len(CLASS) + 1} submissions" in text
    repository = course.find(ROOT)
    rows = {
        cells[1].strip(" `"): cells for cells in (line.split("|") for line in text.splitlines()) if cells[2:]
    }
    for name in repository.assignments:
        config = repository.assignment(name).config
        bonus = sum(question.points for question in config.questions.values() if question.bonus)
        assert rows[name][5].strip() == f"{config.points_total:g}" + (f" + {bonus:g} bonus" if bonus else "")
