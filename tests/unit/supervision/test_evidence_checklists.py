"""No item is called answered without a test or a document that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from openhealthcode.supervision.evidence import Answer, checklists

ROOT = Path(__file__).parents[3]
ANSWERED = [
    pytest.param(item, id=f"{one.name}-{item.id.partition(' ')[0]}-{place}")
    for one in checklists()
    for place, item in enumerate(one.items)
    if item.answer in {Answer.TEST, Answer.DOCUMENT}
]


@pytest.mark.parametrize("item", ANSWERED)
def test_what_answers_an_item_is_there(item):
    assert item.where
    for place in item.where:
        path, _, name = place.partition("::")
        file = ROOT / path
        assert file.is_file(), place
        is_test = path.startswith("tests/") and file.name.startswith("test_")
        assert is_test is (item.answer is Answer.TEST), place
        if is_test:
            text = file.read_text("utf-8")
            assert re.search(rf"def {name or 'test_'}", text), place


def test_what_is_not_answered_names_nothing_and_what_does_not_apply_says_why():
    for one in checklists():
        assert one.source
        assert one.scope
        for item in one.items:
            if item.answer in {Answer.NOT_ANSWERED, Answer.NOT_APPLICABLE}:
                assert item.where == (), item.id
            if item.answer is not Answer.NOT_ANSWERED:
                assert item.words, item.id


def test_every_requirement_of_level_2_is_there_once():
    (asvs,) = [one for one in checklists() if one.name == "asvs"]
    numbers = [item.id for item in asvs.items]
    assert len(numbers) == len(set(numbers)) == 253
    assert sum(asvs.counts.values()) == 253
    assert asvs.counts[Answer.NOT_ANSWERED] < asvs.counts[Answer.TEST]
