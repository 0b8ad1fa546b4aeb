"""What the oracle computed is kept by its content, on disk too, and no file there can do harm."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter

from autograder.checks import claims
from autograder.config import AssignmentConfig
from autograder.grading import cache
from autograder.grading.cache import Cache, digest
from autograder.grading.oracle import CheckpointOracle
from reference import visualisation
from reference.datasets import Dataset

ARRAY = np.arange(12, dtype=np.float32).reshape(3, 4)
KEY = digest("an array")


def never() -> Any:
    raise AssertionError("it is known already")


def only(folder: Path) -> Path:
    (found,) = (folder / "oracle").iterdir()
    return found


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder that holds one array."""
    Cache(tmp_path).array(KEY, lambda: ARRAY, lasting=True)
    return tmp_path


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64", "uint8", "bool", "float16"])
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4)])
def test_an_array_comes_back_from_disk_as_it_was(tmp_path: Path, dtype: str, shape: tuple[int, ...]) -> None:
    array = np.ones(shape, dtype)
    Cache(tmp_path).array(KEY, lambda: array, lasting=True)
    found = Cache(tmp_path).array(KEY, never, lasting=True)
    np.testing.assert_array_equal(found, array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)


def test_turned_arrays_come_back_in_their_shape(tmp_path: Path) -> None:
    Cache(tmp_path).array(KEY, lambda: ARRAY.T, lasting=True)
    np.testing.assert_array_equal(Cache(tmp_path).array(KEY, never, lasting=True), ARRAY.T)


def test_what_does_not_last_is_kept_in_memory_alone(tmp_path: Path) -> None:
    known = Cache(tmp_path)
    known.array(KEY, lambda: ARRAY)
    assert known.array(KEY, never) is ARRAY
    assert not list((tmp_path / "oracle").iterdir())


def test_memory_holds_what_was_used_last() -> None:
    known = Cache(in_memory=3 * ARRAY.nbytes)
    for name in ("a", "b", "c", "a", "d"):
        known.array(name, ARRAY.copy)
    known.array("a", never)
    with pytest.raises(AssertionError):
        known.array("b", never)


def test_disk_holds_what_was_used_last(tmp_path: Path) -> None:
    known = Cache(tmp_path, on_disk=8 * 208, in_memory=0)
    for age, name in enumerate(("a", "b", "c")):
        known.array(name, lambda: ARRAY, lasting=True)
        os.utime(tmp_path / "oracle" / f"{name}.array", (age, age))
    (tmp_path / "oracle" / "notes.txt").write_text("not ours" * 1000)
    known.array("a", never, lasting=True)
    for place in range(8):
        known.array(f"more-{place}", lambda: ARRAY, lasting=True)
    left = {path.name for path in (tmp_path / "oracle").iterdir()}
    assert "notes.txt" in left
    assert "b.array" not in left
    assert sum(path.stat().st_size for path in (tmp_path / "oracle").glob("*.array")) <= 8 * 208


def cut(content: bytes) -> bytes:
    return content[:-1]


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def pickled(content: bytes) -> bytes:
    import hashlib
    import io

    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.array([print], object), (1, 0), allow_pickle=True)
    return hashlib.sha256(stream.getvalue()).digest() + stream.getvalue()


def signed_nonsense(content: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(b"nonsense").digest() + b"nonsense"


@pytest.mark.parametrize("damage", [cut, flipped, pickled, signed_nonsense, lambda content: b""])
def test_a_damaged_or_foreign_file_is_computed_again(stored: Path, damage: Callable[[bytes], bytes]) -> None:
    path = only(stored)
    path.write_bytes(damage(path.read_bytes()))
    np.testing.assert_array_equal(Cache(stored).array(KEY, lambda: ARRAY + 1, lasting=True), ARRAY + 1)
    np.testing.assert_array_equal(Cache(stored).array(KEY, never, lasting=True), ARRAY + 1)


def test_a_folder_in_the_place_of_a_file_is_no_array(stored: Path) -> None:
    path = only(stored)
    path.unlink()
    path.mkdir()
    np.testing.assert_array_equal(Cache(stored).array(KEY, lambda: ARRAY, lasting=True), ARRAY)


@pytest.mark.parametrize("trouble", ["a file", "writable by others", "a link"])
def test_a_folder_that_is_not_the_users_own_is_not_used(tmp_path: Path, trouble: str) -> None:
    place = tmp_path / "cache"
    (tmp_path / "elsewhere").mkdir()
    if trouble == "a file":
        place.write_text("")
    else:
        place.mkdir()
        if trouble == "a link":
            (place / "oracle").symlink_to(tmp_path / "elsewhere")
        else:
            (place / "oracle").mkdir()
            (place / "oracle").chmod(0o777)
    known = Cache(place)
    known.array(KEY, lambda: ARRAY, lasting=True)
    assert known.array(KEY, never, lasting=True) is ARRAY
    assert not list(tmp_path.rglob("*.array"))


def test_a_full_disk_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    assert Cache(tmp_path).array(KEY, lambda: ARRAY, lasting=True) is ARRAY
    assert not list((tmp_path / "oracle").iterdir())


def test_the_environment_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOUPE_CACHE", str(tmp_path))
    assert cache.folder() == tmp_path
    monkeypatch.setenv("LOUPE_CACHE", "")
    assert cache.folder() is None
    monkeypatch.delenv("LOUPE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.folder() == tmp_path / "loupe"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache.folder() == tmp_path / ".cache" / "loupe"


def test_another_content_has_another_key() -> None:
    same = [digest("a", ARRAY), digest("a", ARRAY.copy()), digest("a", np.asfortranarray(ARRAY))]
    assert len(set(same)) == 1
    others = [
        digest("a", ARRAY.T),
        digest("a", ARRAY.reshape(4, 3)),
        digest("a", ARRAY.astype("f8")),
        digest("a", ARRAY + 1),
        digest("b", ARRAY),
        digest(ARRAY),
    ]
    assert len({*same, *others}) == 1 + len(others)
    assert digest("ab", "c") != digest("a", "bc")


# ---------------------------------------------------------------- the oracle


def oracle(known: Cache, turned: bool = False) -> CheckpointOracle:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (210, 32, 32, 3)).astype(np.uint8)
    images = images[::-1] if turned else images
    labels = np.arange(210) % 10
    config = AssignmentConfig.model_validate(
        {
            "assignment": "a",
            "title": "A",
            "data": {"name": "cifar10", "count": 205, "scale": "centred"},
            "model": {"checkpoint": "cifar10-investigating"},
            "questions": {"q": {"title": "Q", "points": 1, "checks": [{"value": "x", "equals": 1}]}},
        }
    )
    data = Dataset("cifar10", "drawn", "a test", images[:1], labels[:1], images, labels)
    return CheckpointOracle(config, data, never, known)


CLAIMS: list[Any] = [
    TypeAdapter(claims.PanelClaim).validate_python(form)
    for form in (
        {"activations": {"layer": 1, "image": 2}},
        {"activations": {"layer": 2, "image": 2}},
        {"grad_cam": {"layer": 2, "image": 2}},
    )
]
ACCURACY: Any = TypeAdapter(claims.ScalarClaim).validate_python({"accuracy": {}})


def everything(asked: CheckpointOracle, figures: Sequence[Any] = CLAIMS) -> list[Any]:
    sets = [one.stack for claim in figures for one in (asked.panels(claim), *asked.decoys(claim))]
    return [*sets, asked.scalar(ACCURACY)]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What is computed from here on: the layer, how many images, and their content."""
    calls: list[tuple[Any, ...]] = []
    output_of, grad_cam = visualisation.output_of, visualisation.grad_cam

    def output(model: Any, layer: Any, images: Any) -> Any:
        calls.append((id(model), layer.name, digest(images)))
        return output_of(model, layer, images)

    def heatmap(model: Any, layer: Any, image: Any, label: Any = None, *, rectified: bool = True) -> Any:
        calls.append((id(model), layer, digest(image), label, rectified))
        return grad_cam(model, layer, image, label, rectified=rectified)

    monkeypatch.setattr(visualisation, "output_of", output)
    monkeypatch.setattr(visualisation, "grad_cam", heatmap)
    return calls


def test_a_run_computes_nothing_twice_and_the_next_one_nothing_large(
    tmp_path: Path, counted: list[tuple[Any, ...]]
) -> None:
    first = everything(oracle(Cache(tmp_path)))
    assert len(counted) == len(set(counted))
    count = len(counted)
    counted.clear()
    second = everything(oracle(Cache(tmp_path)))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)
    # Left are outputs for single images, which take milliseconds; no heatmap, nothing for all images.
    whole = digest(oracle(Cache()).images)
    assert len(counted) < count
    assert all(len(call) == 3 and call[2] != whole for call in counted)


def test_other_images_are_computed_anew(tmp_path: Path, counted: list[tuple[Any, ...]]) -> None:
    oracle(Cache(tmp_path)).scalar(ACCURACY)
    counted.clear()
    oracle(Cache(tmp_path), turned=True).scalar(ACCURACY)
    assert len(counted) == 1


def test_damaged_files_change_no_result(tmp_path: Path) -> None:
    first = everything(oracle(Cache(tmp_path)), CLAIMS[:1])
    for path in (tmp_path / "oracle").iterdir():
        path.write_bytes(flipped(path.read_bytes()))
    for one, other in zip(first, everything(oracle(Cache(tmp_path)), CLAIMS[:1]), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
