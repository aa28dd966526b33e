"""The map as a text: what is written is read again, and a row that could never match is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.standards import SensitiveCategory
from openhealthcode.terminology import (
    EVIDENCE,
    Edition,
    MapRow,
    MapUnreadable,
    SensitiveMap,
    Term,
    difference,
    packaged_map,
    read_map,
    row_of,
    systems,
    write_map,
)
from openhealthcode.terminology.spelling import _SIMPLIFIED, _TRADITIONAL

ROW = {
    "category": "abuse",
    "betrayed-by": "word",
    "reason": "why",
    "source": "who",
    "words": ["庇护所"],
}
CODED = {**ROW, "betrayed-by": "diagnosis", "family": "icd-10", "codes": ["T74.1"]}
del CODED["words"]


def test_the_map_of_this_release_survives_being_written():
    packaged = packaged_map()
    edition, rows = read_map(write_map(packaged.edition, packaged.rows))
    assert (edition, rows) == (packaged.edition, packaged.rows)
    assert SensitiveMap(edition, rows).digest == packaged.digest


sayings = st.text(min_size=1, max_size=60).filter(lambda text: "\r" not in text)
rows = st.builds(
    MapRow,
    category=st.sampled_from(sorted(set(SensitiveCategory) - {SensitiveCategory.CHOSEN})),
    betrayed_by=st.sampled_from(EVIDENCE),
    reason=sayings,
    source=sayings,
    words=st.lists(st.sampled_from(["庇护所", 'a"b\\c', "in vitro*", "\x7fab"]), min_size=1).map(
        tuple
    ),
)


@given(st.lists(rows, min_size=1, max_size=5))
def test_any_row_survives_being_written(written):
    edition = Edition("2026.1", date(2026, 1, 2), ("王敏", "李强"))
    assert read_map(write_map(edition, written)) == (edition, tuple(written))


@pytest.mark.parametrize(
    "row",
    [
        "no row",
        {},
        {**ROW, "category": "chosen"},
        {**ROW, "category": "left-handed"},
        {**ROW, "betrayed-by": "rumour"},
        {**ROW, "reason": ""},
        {**ROW, "source": 1},
        {**ROW, "words": []},
        {**ROW, "words": "庇护所"},
        {**ROW, "words": [1]},
        {**ROW, "words": ["所"]},
        {**ROW, "words": ["!?"]},
        {**ROW, "words": ["\u200b"]},
        {**ROW, "codes": ["T74"]},
        {**ROW, "family": "icd-10"},
        {**ROW, "word": ["庇护所"]},
        {**CODED, "family": "icd-11"},
        {**CODED, "family": ""},
        {**CODED, "words": ["庇护所"]},
        {**CODED, "codes": []},
        {**CODED, "codes": ["受暴"]},
        {**CODED, "codes": ["T74 1"]},
        {**CODED, "prefixes": ["T74.123456"]},
        {**CODED, "codes": ["T" * 101]},
    ],
)
def test_a_row_that_could_never_match_is_refused_by_its_number(row):
    with pytest.raises(MapUnreadable, match="row 7 "):
        row_of(row, 7)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "version = ",
        'version = "1"\ndate = 2026-01-01\nreviewer = ""',
        '[[row]]\ncategory = "abuse"',
        "row = 3",
        f'version = 3\ndate = 2026-01-01\nreviewer = ""\n[[row]]\n{"a" * 600_000} = 1',
    ],
)
def test_a_text_that_is_no_map_is_refused(text):
    with pytest.raises(MapUnreadable):
        read_map(text)


def test_what_the_two_rows_of_these_tests_say_is_found():
    found = SensitiveMap(Edition("1", date(2026, 1, 1)), (row_of(ROW, 1), row_of(CODED, 2)))
    assert found.categories([], ["住在庇护所"]) == {"abuse"}
    assert found.categories([(systems.ICD_10, "T74.1")]) == {"abuse"}
    assert found.categories([(systems.ICD_10, "F32.1")], ["抑郁"]) == frozenset()


def test_a_code_is_found_however_it_is_written_in_the_map():
    row = row_of({**CODED, "codes": ["t741"], "prefixes": ["y06."]}, 1)
    found = SensitiveMap(Edition("1", date(2026, 1, 1)), (row,))
    assert found.categories([(systems.ICD_10, "T74.1")]) == {"abuse"}
    assert found.categories([(systems.ICD_10, "Y06.2")]) == {"abuse"}


def test_two_editions_differ_in_what_they_close_and_open():
    now = [row_of({**ROW, "words": ["庇护所", "收容站"]}, 1)]
    before = [row_of(ROW, 1), row_of(CODED, 2)]
    told = difference(now, before)
    assert told.closes == (Term("abuse", "", "收容站"),)
    assert told.opens == (Term("abuse", "icd-10", "T74.1"),)


def test_reasons_and_order_change_nothing_that_is_closed():
    one, two = row_of(ROW, 1), row_of(CODED, 2)
    other = row_of({**ROW, "reason": "better said"}, 1)
    edition = Edition("1", date(2026, 1, 1))
    assert SensitiveMap(edition, (one, two)).digest == SensitiveMap(edition, (two, other)).digest
    assert SensitiveMap(edition, (one,)).digest != SensitiveMap(edition, (one, two)).digest


def test_traditional_characters_stand_beside_their_simplified_ones():
    assert len(_TRADITIONAL) == len(_SIMPLIFIED) == len(set(_TRADITIONAL))
    assert not set(_TRADITIONAL) & set(_SIMPLIFIED)
    words = {character for row in packaged_map().rows for word in row.words for character in word}
    assert set(_SIMPLIFIED) <= words
