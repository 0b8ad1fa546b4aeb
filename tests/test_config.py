"""What an instructor sees of a grading config: what it means, and what is wrong with it."""

from __future__ import annotations

import copy
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.config import AssignmentConfig, ConfigError, load

ROOT = Path(__file__).parents[1]
GOOD: dict[str, Any] = {
    "assignment": "investigating-cnns",
    "title": "Inside a pretrained network",
    "data": {"name": "cifar10", "split": "test", "count": 1000, "scale": "centred"},
    "model": {"checkpoint": "cifar10-investigating"},
    "limits": {"cell_seconds": 120, "notebook_seconds": 600},
    "questions": {
        "evaluate": {
            "title": "Evaluate it",
            "points": 2,
            "checks": [
                {"value": "accuracy", "equals": {"accuracy": {}}, "tolerance": 0.002},
                {"value": "loss", "equals": {"loss": {}}, "tolerance": 0.01},
                {"accuracy": "model", "at_least": 0.7, "weight": 0.5},
            ],
        },
        "weights": {
            "title": "Weights",
            "points": 2,
            "checks": [
                {"array": "weights", "shape": [3, 3, 3, 32], "show": "visible"},
                {"array": "weights", "equals": {"weights": {"layer": 0}}},
                {"array": "kernels", "equals": {"filter": {"layer": 0, "filter": 0}}},
            ],
        },
        "quiz": {
            "title": "Quiz",
            "points": 1,
            "checks": [{"choice": "answer", "key": "No", "of": ["Yes", "No"]}],
        },
        "maps": {
            "title": "Maps",
            "points": 3,
            "bonus": True,
            "checks": [
                {"model": "feature_model", "computes": {"activations": {"layer": 0}}},
                {"panels": {"activations": {"layer": 0, "image": 16}}, "at_least": 12, "weight": 2},
            ],
        },
        "list": {"title": "List", "points": 0.5, "checks": [{"layers": "layers_list"}]},
        "relu": {"title": "ReLU", "points": 2, "checks": [{"written": True, "rubric": "Negative values."}]},
    },
}


def written(folder: Path, record: Any) -> Path:
    path = folder / "course.yaml"
    path.write_text(record if isinstance(record, str) else yaml.safe_dump(record), encoding="utf-8")
    return path


def problems(folder: Path, record: Any) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, record))
    return str(caught.value).splitlines()


@pytest.fixture
def changed() -> dict[str, Any]:
    return copy.deepcopy(GOOD)


def test_a_good_config_says_what_it_says(tmp_path: Path) -> None:
    config = load(written(tmp_path, GOOD))
    assert config.points_total == 7.5
    assert list(config.questions) == sorted(GOOD["questions"])
    assert config.questions["evaluate"].captures == ("accuracy", "loss", "model")
    assert config.questions["weights"].checks[0].show == "visible"
    assert config.questions["weights"].checks[1].show == "hidden"
    assert config.questions["maps"].checks[1].weight == 2
    assert (config.questions["relu"].kind, config.questions["relu"].rubric) == ("written", "Negative values.")
    assert (config.questions["quiz"].kind, config.questions["quiz"].rubric) == ("code", "")


@pytest.mark.parametrize("path", sorted((ROOT / "grading_config").glob("*.yaml")), ids=lambda path: path.stem)
def test_the_courses_own_configs_are_good(path: Path) -> None:
    assert load(path).assignment == path.stem


def test_limits_have_defaults(tmp_path: Path, changed: dict[str, Any]) -> None:
    del changed["limits"]
    limits = load(written(tmp_path, changed)).limits
    assert (limits.cell_seconds, limits.notebook_seconds) == (120, 600)


def test_every_problem_is_named_with_file_question_and_key(tmp_path: Path, changed: dict[str, Any]) -> None:
    questions = changed["questions"]
    questions["weights"]["checks"][1]["equal"] = questions["weights"]["checks"][1].pop("equals")
    questions["weights"]["checks"][2]["equals"]["filter"]["layer"] = -1
    questions["quiz"]["points"] = -1
    questions["relu"]["rubric"] = "x"
    changed["data"]["split"] = "tset"
    found = problems(tmp_path, changed)
    assert found == [
        "course.yaml: key `data`: key `split`: is 'tset'; possible: 'train' or 'test'; did you mean `test`?",
        "course.yaml: question quiz: key `points`: has to be greater than or equal to 0, not '-1'",
        "course.yaml: question relu: key `rubric`: unknown key",
        "course.yaml: question weights: check 2: key `equal`: unknown key; did you mean `equals`?",
        "course.yaml: question weights: check 3: key `equals`: key `filter`: key `layer`: "
        "has to be greater than or equal to 0, not '-1'",
    ]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({"panel": {"filters": {"layer": 0}}}, "key `panel`: unknown key; did you mean `panels`?"),
        ({"panels": {"filter": {"layer": 0}}}, "key `panels`: key `filter`: key `filter`: is missing"),
        (
            {"panels": {"fliters": {"layer": 0}}},
            "key `panels`: key `fliters`: unknown key; did you mean `filters`?",
        ),
        (
            {"array": "w", "equals": {"weight": {"layer": 0}}},
            "key `weight`: unknown key; did you mean `weights`?",
        ),
        ({"foo": 1, "qux": 2}, "needs one of the keys `value`, `choice`, `array`"),
        ({}, "needs one of the keys `value`, `choice`, `array`"),
        (3, "has to be a mapping with one of the keys `value`, `choice`"),
        ({"value": "3x", "equals": 1}, "key `value`: '3x' is not the name of a Python variable"),
        ({"value": True, "equals": 1}, "key `value`: has to be a text; YAML reads Yes, No, On and Off"),
        ({"choice": "a", "key": "E", "of": ["A", "B"]}, "`key` is 'E', which is not one of the options"),
        ({"choice": "a", "key": "A"}, "key `of`: is missing"),
        ({"choice": "a", "key": False, "of": ["Yes", "No"]}, "key `key`: YAML reads Yes, No, On and Off"),
        ({"array": "w", "shape": [3, "x"]}, "key `shape`: item 2: has to be a valid integer"),
        ({"layers": "x", "weight": 0}, "key `weight`: has to be greater than 0"),
        ({"layers": "x", "show": "allways"}, "key `show`: is 'allways'; possible:"),
        ({"written": False}, "key `written`: is 'False'; possible: True"),
        ({"value": "x", "equals": {}}, "key `equals`: needs one of the keys `accuracy`, `loss`"),
        (
            {"value": "x", "equals": {"loss": {}, "accuracy": {}}},
            "key `equals`: has more than one of the keys `accuracy`, `loss`",
        ),
    ],
)
def test_a_wrong_check_gives_one_clear_line(
    tmp_path: Path, changed: dict[str, Any], check: Any, words: str
) -> None:
    changed["questions"]["list"]["checks"].append(check)
    (found,) = problems(tmp_path, changed)
    assert found.startswith("course.yaml: question list: check 2: ")
    assert words in found


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({"title": "T", "points": 1, "checks": []}, "`checks` is empty"),
        (
            {"title": "T", "points": "1", "checks": [{"layers": "x"}]},
            "key `points`: has to be a valid number",
        ),
        (
            {"title": "T", "points": float("nan"), "checks": [{"layers": "x"}]},
            "key `points`: has to be a finite",
        ),
        ({"title": " ", "points": 1, "checks": [{"layers": "x"}]}, "key `title`: "),
        ({"title": "T", "points": 1, "checks": [{"layers": "x"}], "bonus": "yes"}, "key `bonus`: "),
        ({"title": "T", "points": 1, "checks": [{"written": True}, {"layers": "x"}]}, "question of its own"),
        ({"title": "T", "points": 1, "checks": {"layers": "x"}}, "key `checks`: has to be a list"),
        (None, "has to be a mapping"),
    ],
)
def test_a_wrong_question_gives_one_clear_line(
    tmp_path: Path, changed: dict[str, Any], question: Any, words: str
) -> None:
    changed["questions"]["extra"] = question
    (found,) = problems(tmp_path, changed)
    assert found.startswith("course.yaml: question extra: ")
    assert words in found


@pytest.mark.parametrize("name", ["Extra", "9lives", "with-hyphen", "with space", "", "a\n", "ümlaut"])
def test_ids_are_plain(tmp_path: Path, changed: dict[str, Any], name: str) -> None:
    changed["questions"][name] = changed["questions"]["list"]
    (found,) = problems(tmp_path, changed)
    assert "small letters, digits and underscores" in found


def test_there_has_to_be_a_question_and_room_for_a_cell(tmp_path: Path, changed: dict[str, Any]) -> None:
    changed["questions"] = {}
    changed["limits"] = {"cell_seconds": 700}
    first, second = problems(tmp_path, changed)
    assert "`cell_seconds` is longer than `notebook_seconds`" in first
    assert second.startswith("course.yaml: key `questions`: ")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1,\nb: }", "course.yaml, line 2: not YAML:"),
        ("a: b: c", "course.yaml, line 1: not YAML:"),
        ("x: !!python/object:os.system {}", "course.yaml, line 1: not YAML:"),
        ("a: 2020-13-45", "not YAML"),
        ("[" * 5000, "not YAML"),
        ("", "a mapping"),
        ("- 1", "a mapping"),
    ],
)
def test_what_is_not_yaml_says_where(tmp_path: Path, text: str, words: str) -> None:
    (found,) = problems(tmp_path, text)
    assert words in found


def test_keys_that_are_there_twice_are_refused(tmp_path: Path) -> None:
    text = yaml.safe_dump(GOOD).replace("points: 0.5", "points: 0.5\n    points: 5") + "title: Again\n"
    first, second = sorted(problems(tmp_path, text), key=len)
    assert "key `title`: is there twice, first in line" in first
    assert "key `points`: is there twice, first in line" in second
    assert "key `a`: is there twice, first in line 1" in problems(tmp_path, "{a: 1, a: 2}")[0]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"title: \xe9")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "latin.yaml")


def keys(record: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all keys but the questions' ids, which are free."""
    entries = (
        record.items() if isinstance(record, dict) else enumerate(record) if isinstance(record, list) else ()
    )
    for key, value in entries:
        if isinstance(record, dict) and path != ("questions",):
            yield (*path, key)
        yield from keys(value, (*path, key))


@settings(deadline=None)
@given(st.sampled_from(list(keys(GOOD))), st.integers(0, 20), st.sampled_from(string.ascii_lowercase))
def test_any_misspelt_key_is_named(
    tmp_path_factory: pytest.TempPathFactory, path: tuple[Any, ...], position: int, letter: str
) -> None:
    record = copy.deepcopy(GOOD)
    around = record
    for step in path[:-1]:
        around = around[step]
    wrong = path[-1][:position] + letter + path[-1][position:]
    around[wrong] = around.pop(path[-1])
    found = problems(tmp_path_factory.getbasetemp(), record)
    assert any(f"`{wrong}`" in line for line in found)
    if len(path) > 1 and path[0] == "questions":
        assert all(line.startswith(f"course.yaml: question {path[1]}: ") for line in found)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
RECORDS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["value", "equals", "panels", "weights", "layer", "of", "x"]) | SCALARS,
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from([path for path in keys(GOOD) if len(path) < 7]), RECORDS)
def test_any_value_anywhere_is_accepted_or_a_config_error(
    tmp_path_factory: pytest.TempPathFactory, path: tuple[Any, ...], value: Any
) -> None:
    record = copy.deepcopy(GOOD)
    around = record
    for step in path[:-1]:
        around = around[step]
    around[path[-1]] = value
    target = written(tmp_path_factory.getbasetemp(), record)
    try:
        outcome: AssignmentConfig | list[str] = load(target)
    except ConfigError as error:
        outcome = str(error).splitlines()
    assert isinstance(outcome, AssignmentConfig) or all(line.startswith("course.yaml") for line in outcome)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_accepted_or_a_config_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    with pytest.raises(ConfigError):
        load(written(tmp_path_factory.getbasetemp(), text))


@pytest.fixture
def training(changed: dict[str, Any]) -> dict[str, Any]:
    """A config whose students train networks."""
    del changed["model"]
    changed["models"] = {"net": "mnist-first"}
    changed["training"] = "replay"
    changed["data"]["scale"] = "mean_removed"
    changed["questions"] = {
        "q": {"title": "Q", "points": 1, "checks": [{"accuracy": "net", "at_least": 0.9}]}
    }
    return changed


def test_students_may_train_networks_themselves(tmp_path: Path, training: dict[str, Any]) -> None:
    config = load(written(tmp_path, training))
    assert (config.model, config.models, config.training) == (None, {"net": "mnist-first"}, "replay")
    assert config.data.scale == "mean_removed"
    assert load(written(tmp_path, GOOD)).training == "run"


def test_there_is_either_a_pretrained_network_or_some_to_train(
    tmp_path: Path, training: dict[str, Any], changed: dict[str, Any]
) -> None:
    neither = {**training, "models": {}}
    both = {**training, "model": {"checkpoint": "x"}}
    for wrong in (neither, both):
        (found,) = problems(tmp_path, wrong)
        assert found.startswith("course.yaml: needs either `model`")
    given = {**training, "models": {}, "model": {"checkpoint": "x"}}
    assert "key `training`" in problems(tmp_path, given)[0]


@pytest.mark.parametrize(
    "check",
    [
        {"value": "x", "equals": {"accuracy": {}}},
        {"array": "x", "equals": {"weights": {"layer": 0}}},
        {"model": "x", "computes": {"activations": {"layer": 0}}},
        {"layers": "x"},
        {"layer_shapes": "x"},
        {"panels": {"filters": {"layer": 0}}},
        {"panels": {"images": {}}, "at_least": 2, "titles": "predicted_and_label"},
    ],
)
def test_a_claim_needs_a_network_that_there_is(
    tmp_path: Path, training: dict[str, Any], check: dict[str, Any]
) -> None:
    training["questions"]["q"]["checks"].append(check)
    (found,) = problems(tmp_path, training)
    assert found.startswith("course.yaml: question q: check 2: ")
    assert "`of`" in found
    check["of"] = "net"
    assert load(written(tmp_path, training)).questions["q"].checks[1].network == "net"


def test_a_misspelt_variable_or_layer_is_named(tmp_path: Path, training: dict[str, Any]) -> None:
    panels = {"panels": {"activations": {"layer": "konv1", "image": {"variable": "3"}}}, "of": "my net"}
    training["questions"]["q"]["checks"].append(panels)
    training["models"] = {"a b": "mnist-first"}
    found = problems(tmp_path, training)
    assert any(
        "key `models`" in line and "'a b' is not the name of a Python variable" in line for line in found
    )
    place = "question q: check 2: "
    assert any(f"{place}key `of`: 'my net' is not" in line for line in found)
    assert any(f"{place}key `panels`: key `activations`: key `layer`: is 'konv1'" in line for line in found)
    assert any("key `image`: key `variable`: '3' is not" in line for line in found)
