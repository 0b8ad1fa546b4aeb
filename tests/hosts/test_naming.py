"""Students are recognised by what files are called: forgivingly, and never by a guess."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograder.hosts.naming import folded, is_late, match
from autograder.hosts.roster import Student

ANN = Student(0, "Doe, Ann", "123", ("S0001", "adoe", "ann.doe@x.edu"))
BOB = Student(1, "Roe, Bob", "124", ("S0002", "broe", "bob@x.edu"))
ANNA = Student(2, "Doe, Ann Marie", "125", ("S0003", "ann", "annmarie@x.edu"))
JOSE = Student(3, "José Núñez", "126", ("S0004", "jn"))
CLASS = (ANN, BOB, ANNA, JOSE)


def owner(path: str, students: tuple[Student, ...] = CLASS) -> Student | None:
    return match({"one": path}, students).found.get("one")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("S0001.ipynb", ANN),
        ("lab1-s0001-final (2).ipynb", ANN),
        ("adoe_lab1.ipynb", ANN),
        ("ann.doe@x.edu.ipynb", ANN),
        ("lab_ann.doe.ipynb", ANN),
        ("AnnDoe.ipynb", ANN),
        ("Lab 1 - Doe, Ann.ipynb", ANN),
        ("submissions/adoe/deep/lab.ipynb", ANN),
        ("Doe Ann Marie.ipynb", ANNA),
        ("Ann Marie Doe.ipynb", ANNA),
        ("ann-lab.ipynb", ANNA),
        ("jose_nunez_lab.ipynb", JOSE),
        ("NÚÑEZ José.ipynb", JOSE),
        ("jn.ipynb", JOSE),
        ("subs/Ann Doe_555_assignsubmission_file_/work of bob@x.edu.ipynb", ANN),
        ("subs/Doe Ann_123_assignsubmission_file_lab.ipynb", ANN),
        ("Ann_Doe_123_assignsubmission_file_-lab", ANN),
        ("doeann_123_9001_lab-1.ipynb", ANN),
        ("doeann_LATE_123_9001_broe.ipynb", ANN),
        ("doeannmarie_777_9001_lab.ipynb", ANNA),
        ("renamed_124_9001_lab.ipynb", BOB),
    ],
)
def test_a_student_is_recognised(path: str, expected: Student) -> None:
    assert owner(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        "lab.ipynb",
        "ann_and_bob/S0001_S0002.ipynb",
        "adoe-broe.ipynb",
        "submissions/adoe/S0002.ipynb",
        "doeann_124_9001_lab.ipynb",
        "S00011.ipynb",
        "xadoe.ipynb",
        "marie.ipynb",
        "lab-jn-2.ipynb",
        "lab_2.ipynb",
    ],
)
def test_nobody_is_guessed(path: str) -> None:
    assert owner(path) is None


def test_the_reasons_name_the_students_in_question() -> None:
    problems = match({"a": "lab.ipynb", "b": "adoe-broe.ipynb"}, CLASS).problems
    assert problems["a"] == "its name fits no student of the roster"
    assert problems["b"] == "its name fits several students: Doe, Ann (S0001), Roe, Bob (S0002)"


def test_namesakes_need_more_than_a_name() -> None:
    other = Student(4, "Ann Doe", "130", ("S0009",))
    students = (*CLASS, other)
    assert owner("Ann Doe.ipynb", students) is None
    assert owner("Ann Doe S0009.ipynb", students) is None
    assert owner("doeann_130_9001_lab.ipynb", students) == other


def test_two_submissions_of_one_student_are_nobodys() -> None:
    matches = match({"a": "adoe.ipynb", "b": "S0001.ipynb", "c": "broe.ipynb"}, CLASS)
    assert matches.found == {"c": BOB}
    assert matches.problems["a"] == "Doe, Ann (S0001) has 2 submissions: a, b"


def test_what_stands_in_every_name_is_nobodys_name() -> None:
    year = Student(5, "Old, Tom", "", ("2026",))
    paths = {str(n): f"lab-2026/{who}.ipynb" for n, who in enumerate(["adoe", "broe", "S0003"])}
    assert match(paths, (*CLASS, year)).found == {"0": ANN, "1": BOB, "2": ANNA}


def test_the_submissions_name_serves_where_no_path_is_known() -> None:
    assert match({"adoe-lab": ""}, CLASS).found == {"adoe-lab": ANN}


@pytest.mark.parametrize(
    ("path", "late"),
    [
        ("doeann_LATE_123_9001_lab.ipynb", True),
        ("subs/doeann_LATE_123_9001_lab.ipynb", True),
        ("doeann_123_9001_LATE.ipynb", False),
        ("LATE.ipynb", False),
    ],
)
def test_canvas_tells_who_was_late(path: str, late: bool) -> None:
    assert is_late(path) is late


names = st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=3, max_size=12)


@given(st.lists(st.tuples(names, names), min_size=2, max_size=5), st.data())
def test_whole_names_in_either_order_find_their_students_or_none(
    people: list[tuple[str, str]], data: st.DataObject
) -> None:
    """Whatever the alphabet; where names are alike, nobody is found rather than somebody else."""
    students = tuple(Student(n, f"{last}, {first}") for n, (first, last) in enumerate(people))
    index = data.draw(st.integers(0, len(people) - 1))
    first, last = people[index]
    separator = data.draw(st.sampled_from([" ", "_", "-", "."]))
    path = data.draw(st.sampled_from([f"{first}{separator}{last}", f"{last}{separator}{first}"]))
    whole = ["".join(sorted(folded(part) for part in person)) for person in people]
    assume(all(folded(part) for person in people for part in person))
    found = owner(f"{path}.ipynb", students)
    assert found in (students[index], None)
    if len({*whole}) == len(whole) and len({folded(part) for person in people for part in person}) == 2 * len(
        people
    ):
        assert found == students[index]


@given(st.text(max_size=40), st.lists(st.builds(Student, st.integers(0, 9), st.text(max_size=9)), max_size=3))
def test_any_path_and_any_roster_are_taken(path: str, students: list[Student]) -> None:
    matches = match({"one": path}, students)
    assert set(matches.found) ^ set(matches.problems) == {"one"}
