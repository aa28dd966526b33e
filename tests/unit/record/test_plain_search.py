"""A clinician finds an entry by a few letters."""

import pytest

from openhealthcode.record.plain import PlainEntry, matches
from openhealthcode.standards.category import RecordCategory


def entry(title, detail="", by=""):
    return PlainEntry(title, detail, "2014-05-03", RecordCategory.CONDITIONS, by)


@pytest.mark.parametrize(
    "query",
    ["", "   ", "高血压", "血压", "gxy", "GXY", "gaoxueya", "gaoxy", "xya", "gxy 2014",
     "２ 级", "阿司匹林 高血压"],
)  # fmt: skip
def test_a_diagnosis_is_found_by_characters_initials_and_spelling(query):
    assert matches(entry("高血压 2 级", "服用阿司匹林"), query)


@pytest.mark.parametrize("query", ["糖尿病", "tnb", "gyx", "gxyz", "高血压 糖尿病", "gx压z"])
def test_what_is_not_there_is_not_found(query):
    assert not matches(entry("高血压"), query)


@pytest.mark.parametrize("query", ["zl", "cl", "zhongl", "xk", "xueke"])
def test_every_reading_of_a_character_counts(query):
    assert matches(entry("重量，血科"), query)


def test_doses_are_found_across_their_unbreakable_space():
    assert matches(entry("缬沙坦", "每次\u00a080\u00a0mg"), "80 mg")


def test_english_is_found_in_any_case_and_order():
    assert matches(entry("LDL cholesterol", "4.1 mmol/L, high"), "HIGH ldl")


def test_the_practitioner_is_found_by_initials():
    assert matches(entry("门诊", by="王敏"), "wm")


def test_a_hostile_query_costs_little_and_finds_nothing():
    assert not matches(entry("高" * 400, "低" * 400), "gx" * 500_000)
