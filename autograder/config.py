"""The schema of a grading config, and how one is read: every problem is named with file, question and key.

A config says what an assignment asks and what it is worth; the checks' own schemas lie beside their
verdicts in `autograder.checks`. Computes nothing and opens nothing but the one file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    StrictBool,
    StringConstraints,
    ValidationError,
    model_validator,
)

from autograder import config_errors
from autograder.checks import AnyCheck
from autograder.checks.base import Check, VariableName
from autograder.checks.text import WrittenCheck
from autograder.evidence import Call, Training

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", strict=True)]
"""A question's id: small letters, digits and underscores."""

Words = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1)]
Seconds = Annotated[float, Field(gt=0, strict=True, allow_inf_nan=False)]


class ConfigError(Exception):
    """A grading config cannot be used; the message lists every problem, one a line."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(_Form):
    """The images of the assignment.

    Attributes:
        name: the data set, as `reference.datasets` knows it.
        split: which part of it.
        count: the first so many; all of them by default.
        scale: "unit" to 0…1, "centred" to -0.5…0.5, "symmetric" to -1…1 by (x - 128) / 128, or
            "mean_removed": 0…1, less the mean image of all training images.
    """

    name: Literal["cifar10", "mnist"]
    split: Literal["train", "test"] = "test"
    count: PositiveInt | None = None
    scale: Literal["centred", "unit", "symmetric", "mean_removed"] = "unit"


class Network(_Form):
    """The pretrained network.

    Attributes:
        checkpoint: its key in the registry of `reference.checkpoints`.
    """

    checkpoint: Words


class Limits(_Form):
    """What one submission may use up; the defaults suit a notebook that trains nothing large.

    Attributes:
        cell_seconds: wall-clock time of one cell; it is interrupted and the next one runs.
        notebook_seconds: wall-clock time of the whole notebook.
        memory_mb: of all its processes together.
        disk_mb: in its folder, in /tmp and in /dev/shm, each.
        files: files and folders in each of those.
        processes: processes and threads.
        gpu_mb: GPU memory that a notebook needs, where there is a GPU; 0 for the processor alone.
    """

    cell_seconds: Seconds = 120.0
    notebook_seconds: Seconds = 600.0
    memory_mb: Annotated[int, Field(ge=1000, strict=True)] = 4096
    disk_mb: Annotated[int, Field(ge=16, strict=True)] = 512
    files: Annotated[int, Field(ge=100, strict=True)] = 20_000
    processes: Annotated[int, Field(ge=64, strict=True)] = 256
    gpu_mb: Annotated[int, Field(ge=0, strict=True)] = 0

    @model_validator(mode="after")
    def _a_cell_fits(self) -> Limits:
        if self.cell_seconds > self.notebook_seconds:
            raise ValueError("`cell_seconds` is longer than `notebook_seconds`")
        return self


class Question(_Form):
    """One question.

    Attributes:
        title: what students see.
        points: what it is worth.
        bonus: its points come on top of the total.
        checks: what is looked at; each earns its share of the points by its weight.
    """

    title: Words
    points: float = Field(ge=0, strict=True, allow_inf_nan=False)
    bonus: StrictBool = False
    checks: tuple[AnyCheck, ...]

    @model_validator(mode="after")
    def _checks_go_together(self) -> Question:
        if not self.checks:
            raise ValueError("`checks` is empty; a question needs at least one")
        if len(self.checks) > 1 and any(isinstance(check, WrittenCheck) for check in self.checks):
            raise ValueError("a written answer has to be a question of its own, with no other checks")
        return self

    @property
    def kind(self) -> Literal["code", "written"]:
        """Whether it is answered in code or in words."""
        return "written" if isinstance(self.checks[0], WrittenCheck) else "code"

    @property
    def rubric(self) -> str:
        """What a person looks for in a written answer, "" for code."""
        return next((check.rubric for check in self.checks if isinstance(check, WrittenCheck)), "")

    @property
    def captures(self) -> tuple[str, ...]:
        """Variables that the worker has to capture, each once."""
        return tuple(dict.fromkeys(name for check in self.checks for name in check.captures()))


class AssignmentConfig(_Form):
    """The grading config of one assignment.

    Attributes:
        assignment: its folder's name.
        title: what students see.
        data, limits: see their classes.
        model: the pretrained network that students are given; or else
        models: the networks that students train: variable → reference checkpoint, which is never released.
        training: what is executed, see `autograder.evidence.Training`; with "replay" and "outputs" students
            hand in their trained networks.
        questions: by id, in the notebook's order.
    """

    assignment: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", strict=True)]
    title: Words
    data: Data
    model: Network | None = None
    models: dict[VariableName, Words] = {}
    training: Training = "run"
    limits: Limits = Limits()
    questions: dict[Identifier, Question] = Field(min_length=1)

    @model_validator(mode="after")
    def _one_kind_of_network(self) -> AssignmentConfig:
        if (self.model is None) == (not self.models):
            raise ValueError(
                "needs either `model`, the pretrained network that students are given, "
                "or `models`, the networks that they train"
            )
        if self.model is not None and self.training != "run":
            raise ValueError(
                f"key `training`: is {self.training!r}, which is for networks that students train (`models`)"
            )
        return self

    @model_validator(mode="after")
    def _checks_fit(self) -> AssignmentConfig:
        for place, check in self._numbered_checks():
            if check.needs_checkpoint and self.model is None:
                raise ValueError(
                    f"{place}: is about a pretrained network, but the config has `models`, not `model`; "
                    "name the student's network with the key `of`"
                )
        ids = [call.id for call in self.calls]
        twice = next((id for id in ids if ids.count(id) > 1), None)
        if twice is not None:
            raise ValueError(f"two checks make the same call, {twice}")
        return self

    def _numbered_checks(self) -> Iterator[tuple[str, Check]]:
        for name, question in self.questions.items():
            for number, check in enumerate(question.checks, 1):
                yield f"question {name}: check {number}", check

    @property
    def calls(self) -> tuple[Call, ...]:
        """Functions of the notebook that the worker has to call after its last cell."""
        return tuple(
            call
            for name, question in self.questions.items()
            for check in question.checks
            for call in check.calls(name)
        )

    @property
    def points_total(self) -> float:
        """What all questions but the bonus questions are worth."""
        return sum(question.points for question in self.questions.values() if not question.bonus)


def load(path: Path | str) -> AssignmentConfig:
    """Read and check a grading config.

    Args:
        path: a YAML file in UTF-8.

    Raises:
        ConfigError: it cannot be read, is not YAML, or does not fit the schema; the message lists every
            problem as "file.yaml: question first_filter: check 2: key `equal`: unknown key; …".
    """
    path = Path(path)
    record = _read(path)
    if not isinstance(record, dict):
        raise ConfigError(f"{path.name}: a mapping with the key `assignment` and others is expected.")
    try:
        return AssignmentConfig.model_validate(record)
    except ValidationError as error:
        raise _error(path, config_errors.problems(AssignmentConfig, error)) from None


def _read(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}.") from error
    try:
        duplicates = list(_duplicates(yaml.compose(text, Loader=yaml.SafeLoader)))
        record = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise ConfigError(f"{path.name}{line}: not YAML: {error.problem or error.context}.") from error
    # PyYAML lets pass whatever int(), datetime() and the like raise at a scalar they cannot read.
    except Exception as error:
        raise ConfigError(f"{path.name}: not YAML: {' '.join(str(error).split())}.") from error
    if duplicates:
        raise _error(path, duplicates)
    return record


def _duplicates(root: yaml.Node | None) -> Iterator[str]:
    """Keys that occur twice in one mapping; YAML parsers keep the last one without a word."""
    pending, seen = [root], set()
    while pending:
        node = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            pending.extend(node.value)
        elif isinstance(node, yaml.MappingNode):
            first_lines: dict[str, int] = {}
            for key, value in node.value:
                line = key.start_mark.line + 1
                name = key.value if isinstance(key, yaml.ScalarNode) else None
                if name in first_lines:
                    yield f"line {line}: key `{name}`: is there twice, first in line {first_lines[name]}"
                elif name is not None:
                    first_lines[name] = line
                pending.extend((key, value))


def _error(path: Path, problems: list[str]) -> ConfigError:
    return ConfigError("\n".join(f"{path.name}: {problem}" for problem in problems))
