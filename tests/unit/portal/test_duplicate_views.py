"""Two entries side by side: what is marked, what stays masked, what the page says of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import httpx
import pytest

from examples import duplicate_pages as pages
from examples import registrar_pages
from examples.markup import Page
from openhealthcode.access.duplicates import ComparedEntry
from openhealthcode.identity import Registration, matching
from openhealthcode.identity.matching import Evidence, Field, Level, Rule
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.registrar.duplicate_views import Says, Segment, case_view
from openhealthcode.standards import Phone, Sex


def rows(*registrations: Registration):
    entries = [
        ComparedEntry(who, (pages.received(one, 1),))
        for who, one in zip((pages.A, pages.B), registrations, strict=True)
    ]
    view = case_view(pages.case(*entries), Language.CHINESE)
    return {row.name: row for row in view.rows}


def text(cell) -> str:
    return "".join(segment.text for value in cell for segment in value)


def test_of_numbers_only_the_digits_that_differ_are_shown():
    row = rows(pages.LI, pages.TWIN)["number"]
    left, right = (cell[0] for cell in row.cells)
    shown = [segment.text for segment in left if segment.differs]
    assert "".join(shown) == "2X"
    assert "".join(s.text for s in right if s.differs) == "46"
    assert all(set(s.text) == {"•"} for s in (*left, *right) if not s.differs)
    assert row.says is Says.DIFFERENT


def test_a_number_that_agrees_stays_masked():
    row = rows(pages.LI, replace(pages.TWIN, certificates=pages.LI.certificates))["number"]
    assert row.says is Says.SAME
    assert text(row.cells[0]) == text(row.cells[1]) == "880102********002X"


def test_the_character_that_differs_is_marked_on_both_sides():
    row = rows(pages.LI, pages.XIU)["name"]
    assert row.says is Says.NEAR
    assert row.cells[0][0] == (Segment("李秀"), Segment("英", differs=True))
    assert row.cells[1][0] == (Segment("李秀"), Segment("瑛", differs=True))


def test_names_of_different_length_are_marked_whole():
    row = rows(pages.LI, pages.BORROWED)["name"]
    assert row.says is Says.DIFFERENT
    assert [segment.differs for segment in row.cells[0][0]] == [True]


def test_what_one_side_does_not_say_speaks_neither_way():
    row = rows(pages.LI, replace(pages.XIU, birth_date=None))["birth"]
    assert row.says is Says.MISSING
    assert row.cells[1] == ()


def test_what_nobody_says_is_no_row():
    bare = Registration((pages.PASSPORT,), "李")
    assert rows(bare, bare).keys() == {"name", "sex", "certificate"}


def test_a_name_borne_before_is_shown_and_counts():
    before, after = replace(pages.XIU, name="张秀英"), replace(pages.XIU, name="李秀英")
    entry = ComparedEntry(pages.A, (pages.received(after, 1), pages.received(before, 400)))
    other = ComparedEntry(pages.B, (pages.received(before, 9),))
    view = case_view(pages.case(entry, other), Language.ENGLISH)
    name = next(row for row in view.rows if row.name == "name")
    assert name.says is Says.SAME
    assert [text((value,)) for value in name.cells[0]] == ["李秀英", "张秀英"]


def test_the_entry_that_is_there_longest_goes_on():
    view = case_view(pages.PAIR, Language.CHINESE)
    assert view.survivor == str(pages.A)
    older = ComparedEntry(pages.B, (pages.received(pages.XIU, 3), pages.received(pages.XIU, 999)))
    assert case_view(pages.case(pages.FIRST, older), Language.CHINESE).survivor == str(pages.B)


def test_odds_are_told_in_one_figure_and_never_beyond_a_million():
    near = case_view(pages.PAIR, Language.CHINESE)
    assert (near.odds, near.speaks_for) == (1_000_000, True)
    far = Registration(
        (pages.PASSPORT,), "赵钱", Sex.MALE, date(1990, 1, 2), Phone.parse("13712345671"), "x"
    )
    against = case_view(
        pages.case(pages.FIRST, ComparedEntry(pages.B, (pages.received(far, 1),))), Language.ENGLISH
    )
    assert against.odds is not None
    assert not against.speaks_for
    assert re.fullmatch(r"[1-9]0*", str(against.odds))


def test_a_contradiction_is_no_matter_of_odds():
    case, _ = pages.CASES["/registrar/duplicates/borrowed"]
    assert case_view(case, Language.CHINESE).odds is None


def test_a_delivery_is_said_to_be_doubtful_where_it_is():
    case, _ = pages.CASES["/registrar/duplicates/doubtful"]
    assert any("姓名" in doubt for doubt in case_view(case, Language.CHINESE).doubts)
    assert any("name" in doubt for doubt in case_view(case, Language.ENGLISH).doubts)
    assert case_view(pages.PAIR, Language.CHINESE).doubts == ()


@pytest.mark.parametrize("language", list(Language))
def test_everything_the_engine_says_has_words(language):
    sentences = catalogue(language).sentences
    for field in Field:
        for level in Level:
            assert matching.explain(Evidence(field, level, 1.0), language.value).level
    for rule in Rule:
        assert f"duplicates.reason.{rule}" in sentences
    for says in Says:
        assert f"duplicates.says.{says}" in sentences


@pytest.fixture
def client():
    transport = httpx.ASGITransport(registrar_pages.app())
    return httpx.AsyncClient(transport=transport, base_url="http://ohc.test")


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("path", pages.MADE)
async def test_a_page_is_sound_and_loads_only_our_own(client, path, language):
    answer = await client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    page = Page(answer.text)
    assert (page.wrong, page.open, page.inline) == ([], [], [])
    assert len(page.ids) == len(set(page.ids))
    assert all(url.startswith(("/", "#")) and not url.startswith("//") for url in page.assets)


async def test_a_hostile_name_is_shown_as_text(client):
    body = (await client.get("/registrar/duplicates/hostile")).text
    assert "<script>alert" not in body
    assert "&lt;script&gt;alert(1)" in body
    assert not re.search("[\u202a-\u202e\u2066-\u2069]", body)


def test_both_languages_say_the_same_things():
    chinese, english = (catalogue(language).sentences for language in Language)
    for area in ("duplicates.", "phones."):
        ours = {key for key in chinese if key.startswith(area)}
        assert ours == {key for key in english if key.startswith(area)}
