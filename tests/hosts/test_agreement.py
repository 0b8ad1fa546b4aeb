"""The committed table of submissions × hosts × questions: whole, and equal in every row."""

from __future__ import annotations

import pytest

from autograder.course import find
from tests.hosts import agreement, hand_ins
from tests.hosts.agreement import TOTAL


@pytest.mark.parametrize("name", sorted(hand_ins.HANDED_IN))
def test_hosts_agree_about_every_question(name: str) -> None:
    columns = agreement.committed()
    for row in agreement.rows(find(None).assignment(name)):
        cells = {host: column[row] for host, column in columns.items() if row in column}
        assert len(set(cells.values())) == 1, (row, cells)
        assert cells.keys() >= set(agreement.asked(row)), row


def test_the_table_has_no_other_rows() -> None:
    wanted = {row for name in hand_ins.HANDED_IN for row in agreement.rows(find(None).assignment(name))}
    assert set().union(*agreement.committed().values()) == wanted


def test_submissions_differ_where_they_should() -> None:
    """A table of zeros would agree, too."""
    column = agreement.committed()["loupe grade"]
    totals = {
        submission: column[hand_ins.GUIDED, submission, TOTAL]
        for submission in hand_ins.HANDED_IN[hand_ins.GUIDED]
    }
    assert totals.pop(hand_ins.BLANK) == "0"
    assert totals.pop(hand_ins.RIGHT) == totals.pop(hand_ins.ELSEWHERE) == "28"
    assert all(0 < float(total) < 28 for total in totals.values())
