"""Every rule of the early warning and every threshold is called by words, not by its name in the file."""

import pytest

from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.supervision.alerts import shipped_text
from openhealthcode.supervision.warning import shipped, weakened
from openhealthcode.supervision.warning.edition import THRESHOLDS, read_edition

WORDS = [(language, rule) for language in Language for rule in THRESHOLDS]


@pytest.mark.parametrize(("language", "rule"), WORDS)
def test_a_rule_and_its_thresholds_are_said_in_words(language, rule):
    said = catalogue(language)
    assert said.plain(f"warnings.called.{rule}")
    for threshold in THRESHOLDS[rule]:
        key = f"warnings.threshold.{threshold.replace('_', '-')}"
        assert "7" in said.plain(key, value="7"), "the number is lost"


@pytest.mark.parametrize("language", Language)
def test_what_grew_weaker_is_said_in_words(language, laxer):
    told = {one.what for one in weakened(shipped(), laxer)}
    assert {"enabled", "weight", "severity", "least_score", "strong", "desk"} <= told
    for what in told:
        key = f"warnings.threshold.{what.replace('_', '-')}"
        assert "7" in catalogue(language).plain(key, value="7")


@pytest.fixture
def laxer():
    text = shipped_text()
    for before, now in (
        ('strong = ["code", ', 'strong = ["code", "desk", '),
        ("least_score = 0.6", "least_score = 0.7"),
        ("desk = 0.25\npassage", "desk = 0.2\npassage"),
        ('severity = "high"\nweight = 0.85', 'severity = "low"\nweight = 0.5'),
        ('[rules.vip]\nseverity = "high"', '[rules.vip]\nenabled = false\nseverity = "high"'),
    ):
        assert text.count(before) == 1, before
        text = text.replace(before, now)
    return read_edition(text)
