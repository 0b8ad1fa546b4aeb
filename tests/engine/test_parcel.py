"""Files by their content: whatever arrives in whatever order, what is stored is what its name says."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.engine.cluster import parcel
from autograder.engine.cluster.parcel import Parcel, ParcelError, Store

FOLDERS = st.dictionaries(
    st.text("abc", min_size=1, max_size=3), st.binary(max_size=20), min_size=1, max_size=5
)


def send(folder: Path, store: Store, sender: str = "one") -> list[str]:
    """As a client does; returns the hashes that were sent."""
    sent = store.lacking(parcel.of(folder))
    for name, sha256 in parcel.of(folder).files.items():
        if sha256 in store.lacking(parcel.of(folder)):
            for offset, piece in parcel.pieces(folder / name):
                store.receive(sha256, offset, piece, sender)
            store.arrived(sha256, sender)
    return sent


@given(files=FOLDERS, piece=st.integers(1, 7))
def test_what_is_unpacked_is_what_was_sent_and_nothing_is_sent_twice(
    files: dict[str, bytes], piece: int
) -> None:
    with tempfile.TemporaryDirectory() as scratch, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parcel, "PIECE", piece)
        folder, store, there = Path(scratch) / "here", Store(Path(scratch) / "store"), Path(scratch) / "there"
        for name, content in files.items():
            path = folder / name / "file"
            path.parent.mkdir(parents=True)
            path.write_bytes(content)
        assert set(send(folder, store)) == set(parcel.of(folder).files.values())
        assert send(folder, store) == []
        there.mkdir()
        store.unpack(parcel.of(folder), there)
        assert {name: (there / name / "file").read_bytes() for name in files} == files
        assert parcel.of(there).sha256 == parcel.of(folder).sha256


def test_two_senders_at_once_do_not_mix(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcd")
    (sha256,) = parcel.of(tmp_path).files.values()
    store = Store(tmp_path / "store")
    store.receive(sha256, 0, b"ab", "one")
    store.receive(sha256, 0, b"abcd", "two")
    store.receive(sha256, 2, b"cd", "one")
    store.arrived(sha256, "two")
    store.arrived(sha256, "one")
    (tmp_path / "there").mkdir()
    store.unpack(Parcel({"file": sha256}), tmp_path / "there")
    assert (tmp_path / "there" / "file").read_bytes() == b"abcd"


def test_what_arrives_damaged_is_not_stored(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcd")
    whole = parcel.of(tmp_path)
    (sha256,) = whole.files.values()
    store = Store(tmp_path / "store")
    store.receive(sha256, 0, b"abxd", "one")
    with pytest.raises(ParcelError, match="arrived damaged"):
        store.arrived(sha256, "one")
    assert store.lacking(whole) == [sha256]


@pytest.mark.parametrize("name", ["../out", "/etc/out", "a/../../out"])
def test_a_parcel_cannot_write_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"abcd")
    (sha256,) = parcel.of(tmp_path).files.values()
    store, there = Store(tmp_path / "store"), tmp_path / "there"
    send(tmp_path, store)
    there.mkdir()
    with pytest.raises(ParcelError, match="leads out"):
        store.unpack(Parcel({name: sha256}), there)


@pytest.mark.parametrize("sha256", ["", "../../etc/passwd", "A" * 64, "a" * 63])
def test_only_hashes_name_files(tmp_path: Path, sha256: str) -> None:
    with pytest.raises(ParcelError, match="is no sha256"):
        Store(tmp_path / "store").receive(sha256, 0, b"", "one")
