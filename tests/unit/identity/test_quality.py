"""The quality rules are read whole or not at all, and what they distrust takes no part in matching."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from importlib.resources import files

import pytest

from openhealthcode.identity import quality
from openhealthcode.identity.quality import Effect, QualityRulesMalformed, in_force
from openhealthcode.identity.quality.rule_set import read
from openhealthcode.standards import Phone
from registering import AMMIE, LI

TEXT = files("openhealthcode.identity.quality").joinpath("rules.toml").read_text(encoding="utf-8")
AT = datetime(2026, 11, 22, 20, tzinfo=UTC)


def test_the_rules_shipped_are_read():
    rules = in_force()
    assert rules.edition == "2026-11"
    assert {rule.effect for rule in rules.rules} == set(Effect)
    assert len(rules.words.common_surnames) == 100
    assert rules.words.common_surnames <= rules.words.surnames
    found = rules.of("phone-shared")
    assert found is not None
    assert found.bound == 8
    assert rules.of("no-such-rule") is None


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ('check = "shared-phone"', 'check = "shared-fax"'),
        ("most = 8", "most = -1"),
        ("most = 8", 'most = "eight"'),
        ("most = 8", "least = 8"),
        ("most = 8", "most = 8\nleast = 8"),
        ('effect = "set-aside"', 'effect = "forget"'),
        ('distrusts = ["phone"]', 'distrusts = ["fax"]'),
        ('distrusts = ["phone"]', 'distrusts = ["sex"]'),
        ('field = "address"\neffect = "count"', 'field = "name"\neffect = "count"'),
        ('check = "one-character"\nfield = "name"', 'check = "one-character"\nfield = "phone"'),
        ('code = "phone-shared"', 'code = "phone-placeholder"'),
        ('en = "No address."', 'en = ""'),
        ('en = "No address."', ""),
        ('"1901-01-01"', '"1901-13-01"'),
        ('kinds = ["03"', 'kinds = ["xx"'),
        ('edition = "2026-11"', ""),
        ("compound_surnames = [", "compound = ["),
        ("[words]", "[words"),
    ],
)
def test_an_unclear_rule_refuses_all(was, is_now):
    assert was in TEXT
    with pytest.raises(QualityRulesMalformed):
        read(TEXT.replace(was, is_now, 1))


@pytest.mark.parametrize(
    ("until", "is_told"), [(date(2026, 11, 22), True), (date(2026, 11, 23), False)]
)
def test_a_document_that_has_expired_by_our_time_is_told(until, is_told):
    dated = replace(LI, certificates=(replace(LI.certificates[0], valid_until=until),))
    told = quality.told(quality.examine(dated, AT))
    assert ("certificate-expired" in told) is is_told


def test_what_is_distrusted_takes_no_part_in_matching():
    doubtful = replace(
        AMMIE,
        name="测试",
        birth_date=date(1900, 1, 1),
        phone=Phone.parse("13800000000"),
        address="不详",
    )
    trusted = quality.trusted(doubtful, AT)
    assert (trusted.name, trusted.birth_date, trusted.phone, trusted.address) == (
        "",
        None,
        None,
        "",
    )
    assert trusted.certificates == doubtful.certificates
    assert trusted.sex is doubtful.sex
    assert quality.trusted(LI, AT) is LI


def test_a_shared_phone_is_kept_and_not_matched_by():
    assert quality.trusted(LI, AT, phone_holders=9) == replace(LI, phone=None)


def test_only_what_is_wrong_is_told():
    found = quality.examine(replace(LI, phone=None, name="秀英李"), AT)
    assert [rule.code for rule in found] == ["name-surname-last", "phone-missing"]
    assert quality.told(found) == ("name-surname-last",)
    assert not quality.is_set_aside(found)


def test_the_day_is_the_official_one():
    """Eight in the evening in Greenwich is the next day here."""
    assert (
        quality.examine(replace(AMMIE, birth_date=date(2026, 11, 24)), AT)[0].effect is Effect.COUNT
    )
    codes = [r.code for r in quality.examine(replace(AMMIE, birth_date=date(2026, 11, 25)), AT)]
    assert "birth-date-in-future" in codes
