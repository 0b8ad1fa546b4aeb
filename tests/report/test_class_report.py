"""What an instructor sees in report.html, and the numbers behind it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.report import summary
from autograder.report.html import class_report


class Page(HTMLParser):
    """Links with their text, table rows as lists of cells, and all visible text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[tuple[str, str]] = []
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attributes = dict(attrs)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        self._open.append(tag)
        if tag == "a":
            self.links.append((attributes["href"], ""))
        elif tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        if "style" in self._open:
            return
        self.words.append(data)
        if "a" in self._open:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
        if "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def row(self, start: str) -> list[str]:
        return next(row for row in self.rows if row and row[0].startswith(start))


def test_it_counts_the_class(classroom):
    page = Page(class_report(classroom))
    assert "14 submissions: 13 graded, 1 not graded. 14 need a person." in page.text


def test_every_ungraded_submission_is_named_with_why(classroom):
    page = Page(class_report(classroom))
    assert page.row("not-a-notebook")[1] == "The file is not JSON: it starts with %PDF-1.7."
    assert "They are not zeros" in page.text


def test_ungraded_submissions_do_not_pull_the_scores_down(classroom):
    page = Page(class_report(classroom))
    assert re.search(r"Median\s*20\b", page.text)
    assert re.search(r"Lowest, highest\s*12.25, 20", page.text)


def test_the_chart_has_words_and_a_table_with_the_same_numbers(classroom):
    html = class_report(classroom)
    assert re.search(r'<svg class="chart"[^>]*role="img" aria-labelledby="chart-title chart-text"', html)
    page = Page(html)
    assert "13 submissions; half of them between 20 and 20 points, median 20." in page.text
    assert page.row("12 to below 14") == ["12 to below 14", "2"]
    assert page.row("18 to 20") == ["18 to 20", "11"]


def test_the_question_table_counts_statuses_and_names_the_common_mistake(classroom):
    page = Page(class_report(classroom))
    assert page.row("All 32 filters") == [
        *("All 32 filters of the first layer", "3", "96 %"),
        *("11", "2", "0", "0", "0", "0"),
        "repeated panel (2)",
    ]
    assert page.row("What did ReLU change?")[2:] == ["–", "0", "0", "0", "0", "13", "0", ""]


def test_a_mean_with_points_still_to_be_given_says_so(classroom):
    assert Page(class_report(classroom)).row("Grad-CAM")[2] == "100 % so far"


def test_who_needs_a_person_is_linked_to_the_question(classroom):
    html = class_report(classroom)
    waiting = Page(html[html.index('id="waiting"') : html.index('id="findings"')])
    relu = [(text, href) for href, text in waiting.links if href.endswith("#q-relu")]
    assert len(relu) == 13
    assert ("wrong answers & more", "wrong%20answers%20%26%20more/feedback.html#q-relu") in relu
    assert "One point for sparsity" in waiting.text


def test_findings_are_for_instructors_grouped_and_counted(classroom, secret):
    html = class_report(classroom)
    findings = Page(html[html.index('id="findings"') : html.index('id="all"')])
    assert (
        f"expected {secret} swapped values 2 submissions: also-wrong, wrong answers & more" in findings.text
    )
    assert "OOM" in findings.text


def test_every_submission_has_a_row_in_order(classroom):
    html = class_report(classroom)
    rows = Page(html[html.index('id="all"') :]).rows
    names = [row[0] for row in rows[1:]]
    assert names == sorted(result.submission for result in classroom)
    assert ["wrong answers & more", "12.25", "20", "4"] in rows
    assert ["not-a-notebook", "Not graded"] in rows


def test_links_inside_the_page_have_targets(classroom):
    page = Page(class_report(classroom))
    inside = {href.removeprefix("#") for href, _ in page.links if href.startswith("#")}
    assert inside <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("name", ["a b", "#1?", "100%", "javascript:alert(1)", "é", '"><b>', "a&amp;b"])
def test_links_are_relative_and_lead_to_the_folder(right, name):
    page = Page(class_report([replace(right, submission=name)]))
    links = [href for href, text in page.links if text == name]
    assert links
    for href in links:
        parts = urlsplit(href)
        assert (parts.scheme, parts.netloc) == ("", "")
        assert unquote(parts.path) == f"{name}/feedback.html"


def test_hostile_words_stay_text(right, build):
    calm = Page(class_report([replace(right, submission="calm"), build("ungraded", "u", "calm")]))
    evil = "<script>alert(1)</script><img src=x>\x1b[31m\u202e"
    page = Page(class_report([replace(right, submission=evil), build("ungraded", "u", evil)]))
    assert sorted(page.tags) == sorted(calm.tags)
    assert "<script>alert(1)</script><img src=x>" in page.text
    assert not {"\x1b", "\u202e"} & set(page.text)


@pytest.mark.parametrize("kinds", [(), ("ungraded",), ("right",), ("ungraded", "ungraded")])
def test_a_class_may_be_empty_or_wholly_ungraded(kinds, right, ungraded):
    some = {"right": right, "ungraded": ungraded}
    results = [replace(some[kind], submission=f"s{index}") for index, kind in enumerate(kinds)]
    page = Page(class_report(results))
    assert f"{len(kinds)} submission{'' if len(kinds) == 1 else 's'}:" in page.text


def test_stand_in_data_is_announced_once(right):
    results = [replace(right, submission=name, stand_in=True, data="drawn scenes") for name in "ab"]
    assert Page(class_report(results)).text.count("Graded on stand-in data.") == 1


def test_a_large_class_stays_light(right):
    results = [replace(right, submission=f"student-{index:05}") for index in range(2_000)]
    assert len(class_report(results)) < 600 * len(results)


# ---------------------------------------------------------------- the numbers


def scored(build, *scores, total=10.0):
    return [build("result", f"s{i}", points=total, earned=score) for i, score in enumerate(scores)]


def test_quartiles_are_interpolated(build):
    found = summary.scores(scored(build, 1, 2, 3, 4))
    assert (found.lower_quartile, found.median, found.upper_quartile) == (1.75, 2.5, 3.25)
    assert (found.lowest, found.highest, found.mean) == (1, 4, 2.5)


def test_one_submission_is_its_own_quartiles(build):
    found = summary.scores(scored(build, 7))
    assert {found.lowest, found.lower_quartile, found.median, found.upper_quartile, found.highest} == {7}


def test_no_graded_submission_has_no_scores(ungraded):
    assert summary.scores([ungraded]) is None
    assert summary.histogram([ungraded]) == []


@given(
    total=st.just(0.0) | st.floats(0.01, 1000),
    shares=st.lists(st.floats(0, 1.3), min_size=1, max_size=30),
)
def test_the_histogram_holds_everybody_in_few_round_bins(build, total, shares):
    earned = [share * total for share in shares]
    bins = summary.histogram(scored(build, *earned, total=total))
    assert sum(one.count for one in bins) == len(earned)
    assert 1 <= len(bins) <= 15
    assert bins[0].start == 0
    assert bins[-1].stop >= max([total, *earned]) * (1 - 1e-9)
    for before, after in pairwise(bins):
        assert before.stop == after.start


def test_a_full_score_falls_into_the_last_bin(build):
    bins = summary.histogram(scored(build, 0, 1.99, 2, 10))
    assert [(one.start, one.count) for one in bins if one.count] == [(0, 1), (1, 1), (2, 1), (9, 1)]


def test_rare_findings_are_counted_not_listed(build):
    results = [
        build("result", f"s{i:02}", build("question", "q", build("check", "failed", f"m{i}", instructor="")))
        for i in range(10)
    ]
    (question,) = summary.questions(results)
    assert len(question.findings) == 8
    assert question.findings_left == 2


def test_a_submission_counts_once_for_a_finding_of_several_checks(build):
    twice = build("question", "q", *[build("check", "failed", "no", diagnosis="nan") for _ in range(2)])
    (question,) = summary.questions([build("result", "s", twice)])
    assert question.diagnoses == [("nan", 1)]
    assert [finding.count for finding in question.findings] == [1]


def test_a_remark_on_a_passed_check_is_no_mistake(build):
    check = build("check", "passed", "Right, as names.", diagnosis="names_only")
    (question,) = summary.questions([build("result", "s", build("question", "q", check))])
    assert question.diagnoses == []
    assert question.findings == []


def test_questions_count_graded_submissions_only(right):
    lost = replace(right, submission="lost", status="ungraded", reason="The machine failed.")
    questions = summary.questions([right, lost])
    assert [question.id for question in questions] == [question.id for question in right.questions]
    assert all(sum(question.counts.values()) == 1 for question in questions)
    assert summary.questions([lost]) == []
