"""An edition is data: whole or refused, and whatever warns less than another is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from uuid import UUID

import pytest

from openhealthcode.standards import HealthCodeError
from openhealthcode.supervision.warning import (
    EditionUnreadable,
    Evidence,
    Finding,
    Severity,
    read_edition,
    shipped,
    silenced,
    weakened,
)
from openhealthcode.supervision.warning.edition import THRESHOLDS
from warned import with_threshold

TEXT = files("openhealthcode.supervision.warning").joinpath("edition.toml").read_text("utf-8")


def test_the_shipped_edition_has_every_rule_with_its_sentences_and_its_source():
    edition = shipped()
    assert edition.rules.keys() == THRESHOLDS.keys()
    assert len(THRESHOLDS) >= 16
    for rule in edition.rules.values():
        assert rule.is_enabled
        assert rule.source
        assert rule.sentences.keys() == {"en", "zh"}
    assert read_edition(TEXT) == edition


def test_the_documentation_has_every_rule_as_it_is_shipped():
    told = (Path(__file__).parents[4] / "docs" / "early-warning.md").read_text("utf-8")
    for rule in shipped().rules.values():
        thresholds = ", ".join(f"{name} {value:g}" for name, value in rule.thresholds.items())
        cells = (
            f"`{rule.name}`",
            rule.sentences["en"],
            rule.severity.name.lower(),
            f"{rule.weight:g}",
            thresholds,
            rule.source,
        )
        assert f"| {' | '.join(cells)} |" in told


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("[rules.canary]", "[rules.canaries]"),
        ("least_people = 8", "fewest_people = 8"),
        ("least_people = 8", "least_people = -1"),
        ("least_people = 8", "least_people = nan"),
        ("least_people = 8", "least_people = inf"),
        ("least_people = 8", 'least_people = "8"'),
        ("least_people = 8", "least_people = true"),
        ("least_score = 0.6", "least_skore = 0.6"),
        ("utc_offset_hours = 8", ""),
        ('severity = "high"', 'severity = "gravest"'),
        ("weight = 0.75", "weight = 1.5"),
        ('"visit"', '"guess"'),
        ('en = "Asked', 'de = "Asked'),
        ('name = "2026-1"', 'name = ""'),
        ('name = "2026-1"', "name = 1"),
        ('doctor = ["registration"', 'doctor = ["registry"'),
        ("[alerts]", "[alerts"),
    ],
)
def test_an_edition_that_is_not_whole_is_refused(was, becomes):
    assert was in TEXT
    with pytest.raises(EditionUnreadable) as refused:
        read_edition(TEXT.replace(was, becomes))
    assert isinstance(refused.value, HealthCodeError)


def test_a_rule_switched_off_is_silenced_and_told():
    text = TEXT.replace("[rules.self]\n", "[rules.self]\nenabled = false\n")
    edition = read_edition(text)
    assert silenced(edition) == {"self"}
    (told,) = weakened(shipped(), edition)
    assert (told.rule, told.what, told.silences) == ("self", "enabled", True)
    assert edition.digest != shipped().digest


@pytest.mark.parametrize(
    ("rule", "what"), [(rule, what) for rule in THRESHOLDS for what in sorted(THRESHOLDS[rule])]
)
def test_a_laxer_threshold_is_told_and_one_out_of_reach_silences(rule, what):
    value = shipped().rules[rule].thresholds[what]
    slightly, wholly = (2, 100) if what.startswith("least") else (0.5, 0.0)
    if value:
        (told,) = weakened(shipped(), with_threshold(shipped(), rule, **{what: value * slightly}))
        assert (told.rule, told.what, told.before, told.silences) == (rule, what, value, False)
        assert silenced(with_threshold(shipped(), rule, **{what: value * wholly})) == {rule}
    stricter = with_threshold(shipped(), rule, **{what: value / slightly})
    assert weakened(shipped(), stricter) == ()


def test_less_weight_and_less_severity_are_told():
    lighter = with_threshold(shipped(), "self", weight=0.01)
    assert silenced(lighter) == {"self"}
    milder = with_threshold(shipped(), "self", severity=shipped().rules["self"].severity.NOTE)
    assert [one.what for one in weakened(shipped(), milder)] == ["severity"]
    assert silenced(milder) == frozenset()


def test_a_higher_score_and_more_that_explains_are_told():
    alerts = MappingProxyType({**shipped().alerts, "least_score": 0.9, "per_officer_a_day": 1.0})
    assert [one.what for one in weakened(shipped(), replace(shipped(), alerts=alerts))] == [
        "least_score"
    ]
    strong = shipped().strong | {Evidence.WIDE_CONSENT}
    assert [one.what for one in weakened(shipped(), replace(shipped(), strong=strong))] == [
        "strong"
    ]
    left = MappingProxyType({**shipped().left, Evidence.DESK: 0.0})
    assert [one.what for one in weakened(shipped(), replace(shipped(), left=left))] == ["desk"]


def test_a_sentence_reaches_nothing_but_its_own_words():
    rule = shipped().rules["self"]
    sentences = {"en": "{times} {minutes.__class__} {0}", "zh": "{times}"}
    edition = with_threshold(shipped(), "self", sentences=MappingProxyType(sentences))
    finding = _finding(rule.name, {"times": 3})
    assert edition.sentence(finding, "en") == "3 {minutes.__class__} {0}"


def _finding(rule, said):
    return Finding(
        rule=rule,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        practitioner=UUID(int=1),
        institution=UUID(int=2),
        resident_marks=(b"a",),
        severity=Severity.LOW,
        weight=0.5,
        leaves=(1,),
        said=said,
    )
