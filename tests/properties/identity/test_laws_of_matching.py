"""Laws of matching: whichever way round, whatever was typed, whoever else is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.identity.matching import (
    Candidate,
    Evidence,
    Field,
    Level,
    Link,
    Rule,
    Score,
    Variant,
    blocking_keys,
    compare,
    decide,
    default_model,
    explain,
    judge,
    open_row,
    score,
)
from openhealthcode.identity.matching.distance import is_one_error, similarity
from openhealthcode.identity.matching.names import agreement, parted, sound
from openhealthcode.identity.matching.normalise import address_parts
from openhealthcode.identity.matching.store import row_of
from openhealthcode.standards import Sex
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys

NAMES = st.text("王张章李欧阳伟玮明鸣国强_abz?·张偉 ()之子", max_size=8)
NUMBERS = st.sampled_from(["", "11010519491231002X", "440524188001010014"])
DATES = st.dates().map(lambda day: day.isoformat()) | st.just("")
WORDS = st.sampled_from(["", "甲村", "乙社区", "main street", "main stret", "12", "13"])


@st.composite
def variants(draw: st.DrawFn) -> Variant:
    family, given_name = parted(draw(NAMES))
    return Variant(
        family, given_name, draw(DATES), draw(st.sampled_from(Sex)), draw(NUMBERS),
        draw(st.sampled_from(["", "+8613912345678", "+8613912345679"])),
        draw(WORDS), draw(WORDS), draw(WORDS), draw(WORDS), draw(WORDS), draw(WORDS),
        draw(NUMBERS), draw(st.booleans()),
    )  # fmt: skip


@given(variants(), variants())
def test_which_of_two_came_first_makes_no_difference(one, other):
    there, back = compare(one, other, Field), compare(other, one, Field)
    assert there == back
    model = default_model()
    assert score(model, there, one, other) == score(model, back, other, one)


@given(variants())
def test_whoever_is_compared_with_themselves_agrees_in_all_that_was_said(variant):
    agreeing = {
        Level.EQUAL, Level.NOT_SAID, Level.PLACEHOLDER, Level.PHONE_AND_ADDRESS, Level.SAME_PHONE,
        Level.SAME_ADDRESS, Level.SAME_COMMUNITY, Level.SAME_TOWN,
    }  # fmt: skip
    assert {
        level for field, level in compare(variant, variant, Field).items() if field != Field.CONTACT
    } <= agreeing


@given(st.text(max_size=40))
def test_whatever_was_typed_is_a_name_or_none(text):
    family, given_name = parted(text)
    assert all(c == "_" or c.isalnum() for c in family + given_name)
    assert given_name or not family
    assert sound(family, given_name).isascii() or not text.isascii()
    assert agreement(text, text) in ("equal", "placeholder", "different")


@given(st.text(max_size=80))
def test_whatever_was_typed_is_an_address_or_none(text):
    assert all(isinstance(part, str) for part in address_parts(text))


@given(NAMES, NAMES)
def test_two_names_agree_both_ways_or_not_at_all(one, other):
    assert agreement(one, other) is agreement(other, one)


@given(variants())
def test_the_same_registration_shares_every_key_with_itself(variant):
    keys = blocking_keys(variant)
    assert keys == blocking_keys(variant)
    assert all(text.strip("|") for text in keys.values())


@given(st.text("abcde", max_size=7), st.text("abcde", max_size=7))
def test_distances_have_no_direction(one, other):
    assert is_one_error(one, other) == is_one_error(other, one)
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert 0 <= similarity(one, other) <= 1


LEVELS = st.sampled_from([Level.EQUAL, Level.SAME_SOUND, Level.DIFFERENT, Level.NOT_SAID])


@st.composite
def candidates(draw: st.DrawFn) -> Candidate:
    evidence = tuple(
        Evidence(field, draw(LEVELS), 0.0)
        for field in (Field.FAMILY, Field.GIVEN, Field.BIRTH, Field.SEX)
    )
    bits = draw(st.floats(-30, 60))
    resident_id = ResidentId(UUID(int=draw(st.integers(1, 4))))
    return Candidate(resident_id, draw(variants()), Score(bits, evidence))


@given(variants(), st.lists(candidates(), max_size=6))
def test_nobody_is_linked_against_a_number_or_a_wards_name(subject, found):
    decision = decide(subject, found)
    if not isinstance(decision, Link):
        return
    linked = [c for c in found if c.resident_id == decision.resident_id]
    same = [c for c in linked if subject.number and c.variant.number == subject.number]
    if decision.rule is Rule.D1:
        assert same
    else:
        assert decision.rule is Rule.P1
        assert not subject.is_newborn
        assert not subject.number or not any(c.variant.number for c in linked)
        assert decision.score.bits >= 10


@given(variants(), st.lists(candidates(), max_size=6), st.randoms())
def test_the_order_in_which_candidates_come_makes_no_difference(subject, found, random):
    ranked = judge(subject, found)
    bits = [candidate.score.bits for candidate, _ in ranked]
    assert len({candidate.resident_id for candidate, _ in ranked}) == len(ranked)
    mixed = list(found)
    random.shuffle(mixed)
    again = judge(subject, mixed)
    assert [rule for _, rule in again] == [rule for _, rule in ranked]
    assert [candidate.score.bits for candidate, _ in again] == bits
    assert sum(rule is Rule.P1 for _, rule in ranked) <= 1


def test_of_two_registrations_that_weigh_the_same_the_one_with_the_name_counts():
    subject = Variant(family="李", given="秀英", number="11010519491231002X")
    score = Score(20.0, ())
    named, renamed = (
        Candidate(ResidentId(UUID(int=1)), replace(subject, given=given), score)
        for given in ("秀英", "国强")
    )
    for found in ([named, renamed], [renamed, named]):
        assert [rule for _, rule in judge(subject, found)] == [Rule.D1]


@given(st.sampled_from(Field), st.sampled_from(Level), st.floats(-99, 99), st.floats(-9, 9))
def test_all_evidence_can_be_said_in_both_languages(field, level, bits, rarity):
    for language in ("zh-CN", "en"):
        said = explain(Evidence(field, level, bits, rarity), language)
        assert all((said.field, said.level, said.says))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    directory: Path = tmp_path_factory.mktemp("keys")
    return Keys.open(directory / "keys")


@given(variant=variants())
def test_a_row_opens_as_it_was_sealed(keys, variant):
    resident_id = ResidentId(UUID(int=7))
    of, own, hashed, sealed = row_of(keys, resident_id, variant)
    assert (of, len(hashed)) == (resident_id, 10)
    assert open_row(keys, resident_id, sealed) == variant
    again = row_of(keys, resident_id, variant)
    assert (again[1], again[2]) == (own, hashed)
    assert again[3] != sealed
