"""What a student sees in feedback.html."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.report.html import feedback

VOID = {"meta", "img", "br", "link", "hr", "input", "use", "path", "circle", "rect", "line"}


class Page(HTMLParser):
    """Elements in order with their attributes, visible text, and whether every tag is closed."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.within: list[str] = []
        self.feed(html)
        self.close()
        assert self.within == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.within.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.within.pop() == tag

    def handle_data(self, data):
        if "style" not in self.within:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def plain(message: str) -> str:
    return " ".join(message.replace("`", "").split())


def section(html: str, question: str) -> Page:
    found = re.search(rf'<section class="question" id="q-{question}".*?</section>', html, re.DOTALL)
    assert found
    return Page(found[0])


def test_the_score_is_said_in_words(wrong):
    page = Page(feedback(wrong))
    assert "12.25 of 20 points, 4 still to be given by a person" in page.text


def test_every_question_has_its_points_status_and_messages(wrong):
    html = feedback(wrong)
    for question in wrong.questions:
        page = section(html, question.id)
        assert page.text.startswith(question.title)
        for check in question.checks:
            assert plain(check.verdict.message) in page.text
        for error in question.errors:
            assert plain(error) in page.text
    assert "2.25 of 3 Partly right" in section(html, "all_filters").text
    assert "1 of 2 Not right" in section(html, "evaluate_model").text
    assert "0 of 1 Unanswered" in section(html, "layers_list").text
    assert "– of 2 Waits for a person" in section(html, "relu").text


def test_the_overview_links_to_every_question(wrong):
    page = Page(feedback(wrong))
    targets = {attributes.get("id") for _, attributes in page.elements}
    links = [a["href"] for a in page.all("a")]
    assert [link for link in links if link.startswith("#q-")] == [f"#q-{one.id}" for one in wrong.questions]
    assert {link.removeprefix("#") for link in links} <= targets


def test_passed_questions_are_folded_and_the_others_open(wrong):
    html = feedback(wrong)
    for question in wrong.questions:
        (details,) = section(html, question.id).all("details")
        assert ("open" in details) == (question.status != "passed")


def test_a_passed_question_with_a_cell_that_failed_is_open(build):
    question = build("question", "q", build("check"), errors=("Cell 4 ran out of time.",))
    assert "open" in section(feedback(build("result", "s", question)), "q").all("details")[0]


def test_nothing_meant_for_instructors_is_shown(wrong, right, secret):
    for result in (wrong, right):
        assert secret not in feedback(result)
        assert all(
            question.rubric not in feedback(result) for question in result.questions if question.rubric
        )


def test_the_written_answer_is_shown_and_its_points_are_pending(right):
    page = section(feedback(right), "relu")
    assert "Negative values became 0, so the maps are sparser." in page.text
    assert "2 points are still to be given by a person." in page.text


def test_pictures_are_embedded_whole_in_reading_order(wrong):
    page = section(feedback(wrong), "all_filters")
    pictures = next(one for one in wrong.questions if one.id == "all_filters").checks[0].verdict.pictures
    by_role = {picture.role: picture for picture in pictures}
    images = page.all("img")
    for image, role in zip(images, ("submitted", "expected", "difference"), strict=True):
        start, _, content = image["src"].partition(",")
        assert start == "data:image/png;base64"
        assert base64.b64decode(content, validate=True) == by_role[role].png
        assert image["alt"] == by_role[role].alt
    assert re.search(r"Submitted\s+Expected\s+Difference", " ".join(page.words))


def test_pictures_have_two_pixels_for_each_of_the_page(wrong):
    html = feedback(wrong)
    for image in section(html, "all_filters").all("img"):
        assert (image["width"], image["height"]) == ("20", "10")
    for image in section(html, "feature_maps").all("img"):
        assert (image["width"], image["height"]) == ("300", "210")


def test_pictures_of_a_figure_are_a_group_with_a_name(wrong):
    groups = [one for one in section(feedback(wrong), "all_filters").all("div") if one.get("role") == "group"]
    assert [one["aria-label"] for one in groups] == ["Figure: submitted, expected and difference"]


def test_what_was_not_recognised_has_no_name(build):
    check = build("check", "failed", "It shows nothing that is known.", diagnosis="unknown")
    assert "Recognised" not in Page(feedback(build("result", "s", build("question", "q", check)))).text


def test_a_picture_that_is_no_png_does_not_break_the_page(wrong):
    def damaged(check):
        pictures = tuple(replace(picture, png=b"") for picture in check.verdict.pictures)
        return replace(check, verdict=replace(check.verdict, pictures=pictures))

    questions = tuple(replace(one, checks=tuple(map(damaged, one.checks))) for one in wrong.questions)
    images = Page(feedback(replace(wrong, questions=questions))).all("img")
    assert len(images) == 5
    assert all("width" not in image for image in images)


def test_a_recognised_mistake_is_named_in_plain_words(wrong):
    assert "Recognised: another image" in section(feedback(wrong), "feature_maps").text
    assert "Recognised: swapped values" in section(feedback(wrong), "evaluate_model").text


def test_how_a_question_was_found_is_told_unless_by_metadata(wrong):
    html = feedback(wrong)
    assert "found by the names it assigns" in section(html, "feature_maps").text
    assert "No cell of your notebook was found" in section(html, "first_filter").text
    assert "found" not in section(html, "random_images").text


def test_an_ungraded_submission_is_not_shown_as_a_zero(ungraded):
    page = Page(feedback(ungraded))
    assert "Not graded yet" in page.text
    assert "The file is not JSON: it starts with %PDF-1.7." in page.text
    assert "This is not a zero." in page.text
    assert not re.search(r"\b0 of|0 points", page.text)


def test_stand_in_data_is_announced(right):
    assert "stand-in" not in Page(feedback(right)).text
    told = replace(right, stand_in=True, data="a drawn stand-in")
    assert "Graded on stand-in data." in Page(feedback(told)).text
    assert "a drawn stand-in" in Page(feedback(told)).text


def test_bonus_points_are_explained_and_the_bar_never_overflows(right):
    html = feedback(right)
    assert "Of these, 2 points are for bonus questions" in Page(html).text
    widths = [float(width) for width in re.findall(r'style="width: ([\d.]+)%"', html)]
    assert len(widths) == 2
    assert sum(widths) <= 100.01


def test_a_result_without_points_or_questions_still_gives_a_page(build):
    assert "0 of 0 points" in Page(feedback(build("result", "s"))).text


def test_headings_are_in_order_and_the_page_names_its_language(wrong, ungraded):
    for result in (wrong, ungraded):
        page = Page(feedback(result))
        levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert page.all("html")[0]["lang"] == "en"
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        assert len(ids) == len(set(ids))


def test_the_page_needs_nothing_from_outside(wrong):
    html = feedback(wrong)
    page = Page(html)
    assert not {"script", "link", "iframe", "object"} & {tag for tag, _ in page.elements}
    for _, attributes in page.elements:
        for name in ("src", "href", "srcset", "action", "poster", "data"):
            assert (attributes.get(name) or "#").startswith(("#", "data:image/png;base64,"))
    assert "url(" not in html
    assert "@import" not in html
    policy = next(one["content"] for one in page.all("meta") if one.get("http-equiv"))
    assert "default-src 'none'" in policy


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style></title></details><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "`<b>code</b>`",
    "&lt;already&gt;",
]


def everywhere(build, text: str):
    """A result with one text in every place that may hold a student's words."""
    check = build("check", "failed", text, family="array", subject=text, diagnosis=text)
    question = build("question", "q", check, errors=(text,), answer=text, title=text)
    return build("result", text, question, file=text, notes=(text,), data=text, stand_in=True, isolation=text)


@pytest.mark.parametrize("text", HOSTILE)
def test_what_students_write_stays_text(build, text):
    harmless = Page(feedback(everywhere(build, "harmless")))
    page = Page(feedback(everywhere(build, text)))
    without_code = [tag for tag, _ in page.elements if tag != "code"]
    assert without_code == [tag for tag, _ in harmless.elements if tag != "code"]
    assert plain(text) in page.text.replace("`", "")
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]


def test_quotes_in_alternative_text_stay_inside_it(wrong):
    alt = "a \"quoted\" 'name' <b> & more"
    question = next(one for one in wrong.questions if one.id == "all_filters")
    (check,) = question.checks
    pictures = (replace(check.verdict.pictures[0], alt=alt),)
    check = replace(check, verdict=replace(check.verdict, pictures=pictures))
    page = Page(feedback(replace(wrong, questions=(replace(question, checks=(check,)),))))
    assert page.all("img")[0]["alt"] == alt


UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@settings(max_examples=40, deadline=None)
@given(
    st.text(
        st.one_of(
            st.characters(),
            st.sampled_from("<>&\"'`\x1b\x9b\x07\u202e\u2066\ud800\x00\r\n{}%[];m"),
        ),
        max_size=60,
    )
)
def test_no_text_changes_the_page_or_hides_in_it(build, text):
    html = feedback(everywhere(build, text or " "))
    page = Page(html)
    assert html.encode()
    assert not UNSEEN.search(html)
    known = {tag for tag, _ in Page(feedback(everywhere(build, "`harmless`"))).elements}
    assert {tag for tag, _ in page.elements} <= known
