"""Codes found by the beginnings of words, Chinese characters and the initials of pinyin."""

from __future__ import annotations

import pytest

from openhealthcode.terminology.concepts import Concept
from openhealthcode.terminology.concepts.wording import matches, rank, words_asked, words_of

HYPERTENSION = Concept("s", "I10.x00", "原发性高血压", "Essential hypertension")


@pytest.mark.parametrize(
    ("typed", "is_found"),
    [
        ("高血压", True),
        ("高血", True),
        ("压", True),
        ("原发", True),
        ("原发 高血压", True),
        ("血高", False),
        ("高血脂", False),
        ("原发性低血压", False),
        ("gxy", True),
        ("GXY", True),
        ("yfxgxy", True),
        ("xgx", True),
        ("gxyz", False),
        ("hyper", True),
        ("ess hyper", True),
        ("hyper diabetes", False),
        ("tension", False),  # a word begins so, or it is not found
        ("I10", True),
        ("i10.x", True),
        ("I10.x00", True),
        ("I11", False),
        ("ｇｘｙ", True),  # full width, as typed among Chinese
        ("高 血 压", True),
    ],
)
def test_what_is_typed_finds_it(typed, is_found):
    asked = words_asked(typed)
    assert asked
    assert matches(words_of(HYPERTENSION), asked) == is_found


@pytest.mark.parametrize(
    "typed", ["beta-bl", "beta bl", "Beta-blockers", "1.73", "per 1.73 m2", "vitamin-b12", "b12"]
)
def test_a_name_with_hyphens_and_points_is_found_as_it_is_written(typed):
    named = Concept("s", "c", "", "Beta-blockers (vitamin B12) per 1.73 m2")
    assert matches(words_of(named), words_asked(typed))


@pytest.mark.parametrize("typed", ["", " ", "!?", "。", "' & |"])
def test_what_has_no_word_in_it_asks_for_nothing(typed):
    assert words_asked(typed) == ()


def test_the_code_comes_first_then_the_exact_name_then_its_beginning_then_the_shorter():
    found = [
        Concept("s", "x", "妊娠高血压", "Hypertension of pregnancy"),
        Concept("s", "y", "高血压性心脏病", "Hypertensive heart disease"),
        Concept("s", "z", "高血压", "Hypertension"),
        Concept("s", "高血压", "别的", "Other"),
    ]
    ordered = sorted(found, key=lambda each: rank(each, "高血压", "zh-CN"))
    assert [each.code for each in ordered] == ["高血压", "z", "y", "x"]
