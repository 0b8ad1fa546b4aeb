"""`evaluating-cnns`, graded: a mistake costs exactly its points, another style nothing."""

from __future__ import annotations

import pytest

from autograder.course import find
from tests.classes import common, evaluating_cnns
from tests.classes.common import Graded, Member

CLASS = evaluating_cnns.CLASS
EVERYBODY = [*CLASS.members, Member("blank")]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    return common.grade(CLASS, tmp_path_factory.mktemp(CLASS.assignment))


@pytest.mark.parametrize("member", EVERYBODY, ids=lambda member: member.name)
def test_a_submission_loses_exactly_what_its_mistake_costs(graded: Graded, member: Member) -> None:
    graded.compare(member)


@pytest.mark.parametrize(
    "member", [member for member in CLASS.members if member.said], ids=lambda member: member.name
)
def test_a_mistake_is_recognised(graded: Graded, member: Member) -> None:
    graded.compare_diagnoses(member)


def test_the_class_is_large_enough_and_every_question_is_missed_by_somebody() -> None:
    assert len(CLASS.right) >= 10
    assert len(CLASS.wrong) >= 15
    questions = find(None).assignment(CLASS.assignment).config.questions
    graded_by_machine = {id for id, question in questions.items() if question.kind != "written"}
    assert graded_by_machine <= {id for member in CLASS.wrong for id in member.lost}
