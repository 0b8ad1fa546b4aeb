"""CSV files of every origin are read alike, and what is no table is refused in one sentence."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import tables
from autograder.tables import TableError

ROWS = [["Student", "ID", "Note"], ["Doe, Ann", "1", "é"], ["Roe; Bob", "2", "a\nb"]]


def saved(path: Path, rows: list[list[str]], separator: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separator_and_encoding_do_not_matter(tmp_path: Path, separator: str, encoding: str) -> None:
    table = tables.read(saved(tmp_path / "a.csv", ROWS, separator, encoding))
    assert [list(table.columns), *map(list, table.rows)] == ROWS


def test_rows_are_filled_up_and_empty_lines_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n A ,B  b\n1\n,,\n2,3,,\n")
    table = tables.read(path)
    assert (table.columns, table.rows) == (("A", "B b"), (("1", ""), ("2", "3")))
    assert (table.column("b B", "b b"), table.column("c")) == (1, None)


def test_windows_text_is_read_only_where_it_is_allowed(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.csv", ROWS, ";", "cp1252")
    with pytest.raises(TableError, match=r"a\.csv: line 2 is not UTF-8; save it as “CSV UTF-8”\."):
        tables.read(path)
    assert tables.read(path, lenient=True).rows[0][2] == "é"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no table"),
        (b"only one column\n1\n", "no table"),
        (b"PK\x03\x04rest of a workbook", "save it as CSV"),
        (b"a,b\n\x00,1\n", "no text file"),
        (b"a,b\n1,2,3\n", "row 2 has more cells"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match=reason) as raised:
        tables.read(path)
    assert str(path) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="cannot be read"):
        tables.read(tmp_path / "none.csv")


cells = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from(",;\"'\n"))


@given(st.lists(st.tuples(cells, cells, st.just("x")), max_size=5))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.csv"
    path.write_text(tables.written(["a", "b", "c"], rows), encoding="utf-8", newline="")
    assert list(tables.read(path).rows) == rows
