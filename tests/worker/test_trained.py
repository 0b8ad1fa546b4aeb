"""Handed-in networks are read before anything else runs, and nothing that a file holds does harm."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder import collecting
from autograder.evidence import Plan
from autograder.worker import trained
from autograder.worker.trained import TrainedError, read, read_all
from tests.worker.networks import HISTORY, TINY, describe, text, weights, write


def test_a_network_is_read_as_it_was_saved(tmp_path: Path) -> None:
    config = {**TINY, "compile_config": {"optimizer": "adam"}}
    network = read(write(tmp_path, "improved", weights(0.5), config, {**HISTORY, "lr": [1, 1]}))
    assert network.name == "improved"
    assert json.loads(network.config) == TINY
    assert [array.tolist() for array in network.weights] == [array.tolist() for array in weights(0.5)]
    assert network.history == {**HISTORY, "lr": [1.0, 1.0]}
    assert network.layers == (("dense", "Dense"), ("dense_1", "Dense"))


def test_a_functional_network_lists_its_input_as_keras_does(tmp_path: Path) -> None:
    config = describe(("input", "InputLayer"), ("dense", "Dense"), kind="Functional")
    assert read(write(tmp_path, "model", [], config)).layers == (("input", "InputLayer"), ("dense", "Dense"))


def test_what_is_read_crosses_as_evidence(tmp_path: Path) -> None:
    strange = {"loss": [float("nan"), float("inf"), 1]}
    record = read(write(tmp_path, "model", weights(0.5), history=strange)).record
    evidence = collecting.collect([record], Plan("a", ()))
    network = evidence.trained["model"]
    assert network.model.python == "Sequential"
    assert network.model.layers == (("dense", "Dense"), ("dense_1", "Dense"))
    assert repr(network.history) == "{'loss': (nan, inf, 1.0)}"
    assert len(network.model.weights) == 4


def test_more_arrays_than_a_thousand_keep_their_order(tmp_path: Path) -> None:
    network = read(write(tmp_path, "model", [np.full(1, index, np.float32) for index in range(1200)]))
    assert [int(array[0]) for array in network.weights] == list(range(1200))


def damaged(folder: Path, kind: str) -> Path:
    path = folder / "model.trained.npz"
    match kind:
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_bytes(b"not a zip")
        case "cut":
            whole = write(folder, "model", weights(0.5)).read_bytes()
            path.write_bytes(whole[: len(whole) // 2])
        case "h5":
            path.write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
        case "pickle":
            path.write_bytes(pickle.dumps({"config": "x"}))
        case "objects":
            np.savez(path, config=text(TINY), allow_pickle=True, **{"000": np.array([{}], object)})
        case "no config":
            np.savez(path, **{"000": np.ones(3, np.float32)})
        case "whole numbers":
            write(folder, "model", [np.ones(3, np.int64)])
        case "other arrays":
            write(folder, "model", weights(0.5), extra=np.ones(3, np.float32))
        case "config of numbers":
            np.savez(path, config=np.ones(3, np.float32))
        case "config no JSON":
            np.savez(path, config=np.frombuffer(b"{'a': 1}", np.uint8))
        case "config a list":
            write(folder, "model", weights(0.5), config=[1])
        case "config deep":
            np.savez(path, config=np.frombuffer(b"[" * 100_000, np.uint8))
        case "no layers":
            write(folder, "model", weights(0.5), config={"class_name": "Sequential", "config": {}})
        case "history a list":
            write(folder, "model", weights(0.5), history=[1, 2])
        case "history of words":
            write(folder, "model", weights(0.5), history={"loss": ["low"]})
        case "history too wide":
            write(folder, "model", weights(0.5), history={str(index): [] for index in range(1000)})
        case "history too long":
            write(folder, "model", weights(0.5), history={"loss": [0] * 100_000})
        case "header that lies":
            header = io.BytesIO()
            np.lib.format.write_array_header_1_0(
                header, {"descr": "<f4", "fortran_order": False, "shape": (10**12,)}
            )
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("config.npy", header.getvalue())
    return path


KINDS = """empty|text|cut|h5|pickle|objects|no config|whole numbers|other arrays|config of numbers
config no JSON|config a list|config deep|no layers|history a list|history of words|history too wide
history too long|header that lies"""


@pytest.mark.parametrize("kind", KINDS.replace("\n", "|").split("|"))
def test_what_is_no_network_is_left_out_with_a_remark(tmp_path: Path, kind: str) -> None:
    (tmp_path / "good").mkdir()
    damaged(tmp_path, kind)
    write(tmp_path, "other", weights(0.5))
    found, (remark,) = read_all(tmp_path)
    assert [network.name for network in found] == ["other"]
    assert remark.startswith("The trained network model.trained.npz was not used: it")


def test_a_file_that_unpacks_to_gigabytes_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "model.trained.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("000.npy", "w") as member:
        for _ in range(200):
            member.write(bytes(1_000_000))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(TrainedError, match="too large"):
        read(path)


def test_all_networks_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("model", "second"):
        write(tmp_path, name, [np.ones(10_000, np.float32)])
    monkeypatch.setattr(trained, "MAX_BYTES", 60_000)
    found, (remark,) = read_all(tmp_path)
    assert [network.name for network in found] == ["model"]
    assert "second.trained.npz" in remark


def test_the_default_name_comes_first_and_no_more_than_eight_are_read(tmp_path: Path) -> None:
    for name in ("a", "model", *"bcdefghi"):
        write(tmp_path, name, weights(0.5))
    found, _ = read_all(tmp_path)
    assert [network.name for network in found] == ["model", *"abcdefg"]


@settings(deadline=None)  # It writes files.
@given(st.binary(max_size=300), st.integers(0, 2000))
def test_no_byte_that_is_changed_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int
) -> None:
    path = write(tmp_path_factory.mktemp("noise"), "model", weights(0.5))
    blob = path.read_bytes()
    path.write_bytes(blob[:at] + noise + blob[at + len(noise) :])
    try:
        network: Any = read(path)
    except TrainedError:
        return
    assert all(array.dtype.kind == "f" for array in network.weights)
