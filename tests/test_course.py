"""Finding a course, and what belongs to its assignments."""

import subprocess
import sys
from pathlib import Path

import pytest

from autograder import course
from autograder.course import CourseError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course with the assignments one and two; two has no config, three no source."""
    root = tmp_path / "course"
    for name in ("two", "one"):
        (root / "assignments" / name).mkdir(parents=True)
        (root / "assignments" / name / "assignment.py").write_text(f"# %%\nname = '{name}'\n")
    (root / "assignments" / "three").mkdir()
    (root / "grading_config").mkdir()
    (root / "grading_config" / "one.yaml").write_text("assignment: one\n")
    return root


def test_a_named_folder_is_taken(root: Path) -> None:
    assert course.find(root).root == root


def test_a_named_folder_that_is_no_course_is_an_error_even_where_another_would_be_found(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    with pytest.raises(CourseError, match="no folder assignments and no folder grading_config"):
        course.find(root / "assignments")


def test_the_nearest_folder_above_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "assignments" / "one")
    assert course.find().root == root


@pytest.mark.parametrize("packaged", [True, False])
def test_elsewhere_the_course_of_the_package_is_found(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packaged: bool
) -> None:
    """In a wheel it lies inside the package, and comes first; else beside it, in the repository."""
    package = root / "autograder"
    if packaged:
        for part in course.PARTS:
            (package / "_course" / part).mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setattr(course, "_PACKAGE", package)
    assert course.find().root == (package / "_course" if packaged else root)


def test_no_course_anywhere_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(course, "_PACKAGE", tmp_path / "nowhere" / "autograder")
    with pytest.raises(CourseError, match="No course found"):
        course.find()


def test_assignments_are_listed(root: Path) -> None:
    assert course.find(root).assignments == ["one", "two"]


def test_an_assignment_knows_its_parts(root: Path) -> None:
    one = course.find(root).assignment("one")
    assert one.name == "one"
    assert one.source == root / "assignments" / "one" / "assignment.py"
    assert one.config_path == root / "grading_config" / "one.yaml"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("onne", r"No assignment 'onne' in .*; there are: one, two\. Did you mean 'one'\?"),
        ("", "No assignment ''"),
        ("..", r"No assignment '\.\.'"),
        ("two", r"no grading config: .*two\.yaml is missing; .*one\.yaml"),
        ("three", r"no source notebook: .*assignment\.py is missing"),
    ],
)
def test_what_is_missing_is_named(root: Path, name: str, message: str) -> None:
    with pytest.raises(CourseError, match=message):
        course.find(root).assignment(name)


def test_helpers_are_all_files_but_the_source_and_private_ones(root: Path) -> None:
    one = course.find(root).assignment("one")
    for name in (
        "helper.py",
        "figures/a.png",
        "assignment.ipynb",
        "_notes.md",
        ".hidden",
        "__pycache__/helper.pyc",
    ):
        (one.folder / name).parent.mkdir(exist_ok=True)
        (one.folder / name).write_text("content")
    assert one.helpers == (Path("figures/a.png"), Path("helper.py"))


@pytest.mark.parametrize("changed", ["source", "config", "helper", "helper's name"])
def test_the_version_changes_with_every_part(root: Path, changed: str) -> None:
    folder, config = root / "assignments" / "one", root / "grading_config" / "one.yaml"
    (folder / "helper.py").write_text("content")
    before = course.find(root).assignment("one").version
    assert course.find(root).assignment("one").version == before
    if changed == "helper's name":
        (folder / "helper.py").rename(folder / "other.py")
    else:
        path = {"source": folder / "assignment.py", "config": config, "helper": folder / "helper.py"}[changed]
        path.write_text(path.read_text() + "\n# changed")
    assert course.find(root).assignment("one").version != before


def test_a_copy_is_a_course_of_its_own_and_of_the_same_version(root: Path, tmp_path: Path) -> None:
    own = root / "assignments" / "one"
    (own / "data").mkdir()
    (own / "data" / "table.csv").write_text("1\n")
    assignment = course.find(root).assignment("one")
    (tmp_path / "copy").mkdir()
    copied = assignment.copy(tmp_path / "copy")
    assert copied == course.find(tmp_path / "copy").assignment("one")
    assert copied.version == assignment.version


def test_a_course_is_found_without_loading_the_schemas() -> None:
    code = "import sys, autograder.course; autograder.course.find(); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
