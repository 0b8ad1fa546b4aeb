"""What every graded class has to show; a test module names the class and inherits the rest.

One module a class, so that classes are graded in parallel.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from autograder.course import find
from tests.classes import common
from tests.classes.common import Class, Graded, Member
from tests.hosts import agreement, hand_ins


class ClassTests:
    """A mistake costs exactly its points, another style nothing."""

    whole: ClassVar[Class]

    @classmethod
    def pytest_generate_tests(cls, metafunc: pytest.Metafunc) -> None:
        members = [*cls.whole.members, Member("blank")]
        if "wrong_member" in metafunc.fixturenames:
            said = [member for member in members if member.said]
            metafunc.parametrize("wrong_member", said, ids=lambda member: member.name)
        elif "member" in metafunc.fixturenames:
            metafunc.parametrize("member", members, ids=lambda member: member.name)

    @pytest.fixture(scope="class")
    @classmethod
    def graded(cls, tmp_path_factory: pytest.TempPathFactory) -> Graded:
        return common.grade(cls.whole, tmp_path_factory.mktemp(cls.whole.assignment))

    def test_a_submission_loses_exactly_what_its_mistake_costs(self, graded: Graded, member: Member) -> None:
        graded.compare(member)

    def test_a_mistake_is_recognised(self, graded: Graded, wrong_member: Member) -> None:
        graded.compare_diagnoses(wrong_member)

    def test_every_host_says_the_same(self, graded: Graded, tmp_path: Path) -> None:
        results = [graded.results[name] for name in hand_ins.HANDED_IN[self.whole.assignment]]
        agreement.compare_loupe(results, tmp_path)

    def test_the_class_is_large_enough_and_every_question_is_missed_by_somebody(self) -> None:
        assert len(self.whole.right) >= 10
        assert len(self.whole.wrong) >= 15
        questions = find(None).assignment(self.whole.assignment).config.questions
        graded_by_machine = {id for id, question in questions.items() if question.kind != "written"}
        assert graded_by_machine <= {id for member in self.whole.wrong for id in member.lost}
