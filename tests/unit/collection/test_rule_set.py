"""The rule set that is published, and what a file of rules may not say."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from openhealthcode.collection import RULES, CollectionScene, Demand, UnknownScene, Verdict
from openhealthcode.collection.rule_set import RuleSetMalformed, read
from openhealthcode.collection.rules import judge
from openhealthcode.record import KINDS
from openhealthcode.record.orders import EXPLANATION, RECOGNITION, REPEAT_REASON

FOLDER = files("openhealthcode.collection")
ELEMENTS = FOLDER.joinpath("elements.toml").read_text("utf-8")
SHARED = FOLDER.joinpath("rules.toml").read_text("utf-8")
SCENES = {
    scene: FOLDER.joinpath("scenes", f"{scene}.toml").read_text("utf-8")
    for scene in CollectionScene
}
NEVER_REQUIRED = {
    "marital-status", "occupation", "education", "nationality", "ethnic-group", "smoking",
    "drinking", "diet", "sleep",
}  # fmt: skip


def test_every_scene_of_the_first_issue_has_a_rule():
    assert set(RULES.rules) == set(CollectionScene)
    for rule in RULES.rules.values():
        assert rule.version == RULES.version
        assert {"name", "sex", "birth-date", "certificate"} <= {
            ruled.element.id for ruled in rule.of_demand(Demand.REQUIRED)
        }


def test_what_the_articles_example_asks_of_everybody_is_closed_unless_a_scene_says_why():
    for rule in RULES.rules.values():
        asked = NEVER_REQUIRED & rule.elements.keys()
        assert all(rule.elements[each].demand is Demand.OPTIONAL for each in asked)
        assert all(rule.elements[each].reason.zh for each in asked)
        assert not asked & {"marital-status", "occupation", "education", "nationality", "sleep"}
    assert {e.id for e in RULES.catalogue.values() if e.is_over_collection} >= NEVER_REQUIRED


def test_every_place_in_fhir_is_of_a_type_that_is_filed():
    types = {selector.type for e in RULES.catalogue.values() for selector in e.fhir}
    assert types <= set(KINDS)


def test_a_data_element_of_ws_363_belongs_to_one_element():
    numbers = [number for e in RULES.catalogue.values() for number in e.de]
    assert len(numbers) == len(set(numbers))


@pytest.mark.parametrize("scene", ["", "Registration", "import", "unknown", "registration "])
def test_a_scene_nobody_knows_has_no_rule(scene):
    with pytest.raises(UnknownScene):
        RULES.of(scene)


def with_scene(text: str) -> dict[str, str]:
    return SCENES | {CollectionScene.REGISTRATION: text}


def spoilt(text: str, old: str, new: str) -> str:
    changed = text.replace(old, new, 1)
    assert changed != text
    return changed


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('demand = "optional"', 'demand = "perhaps"'),
        ('demand = "optional"\n', ""),
        ("years = 15", "years = 0"),
        ("years = 15", "years = 1000"),
        ("years = 15", "years = true"),
        ('demand = "optional"\nbasis = "wish"\nyears = 15', 'demand = "forbidden"\nbasis = "wish"\nyears = 1'),
        ('basis = "wish"', 'basis = "habit"'),
        ("[elements.phone]", "[elements.shoe-size]"),
        ("[elements.phone]", "[elements.name]"),
        ('demand = "optional"', 'demand = "optional"\nsince = 2020'),
        ('[elements.phone]\ndemand = "optional"', '[elements.marital-status]\ndemand = "required"'),
        (re.search(r'zh = "用于.*"', SCENES["registration"])[0], 'zh = ""'),
        ('en = "Only to post', 'en = "只 Only to post'),
        ("[who]", "[whoever]"),
        ('refused_without = ["name"', 'refused_without = ["phone"'),
        ("years = 15", 'years = "while-registered"'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_scene_refuses_the_whole_set(old, new):
    with pytest.raises(RuleSetMalformed):
        read(ELEMENTS, SHARED, with_scene(spoilt(SCENES["registration"], old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["Patient.name"]', "[]"),
        ('["Patient.name"]', '["patient name"]'),
        ('["Patient.name"]', '["Patient.name?code=x"]'),
        ('["Patient.name"]', '["Patient.name?url=x"]'),
        ('["Patient.name"]', '["Patient.extension"]'),
        ("DE02.01.036.00", "DE02.01.036"),
        ("DE02.01.036.00", "02.01.036.00"),
        ('input = "text"', 'input = "voice"'),
        ("[name]", "[Name]"),
        ('en = "Name"', 'en = ""'),
        ('input = "text"', 'input = "text"\nunverified = ["Patient.gender"]'),
    ],
)
def test_a_mistake_in_the_catalogue_refuses_the_whole_set(old, new):
    with pytest.raises(RuleSetMalformed):
        read(spoilt(ELEMENTS, old, new), SHARED, SCENES)


def test_a_scene_without_a_file_and_a_set_without_a_version_are_refused():
    with pytest.raises(RuleSetMalformed):
        read(ELEMENTS, SHARED, {"registration": SCENES["registration"]})
    with pytest.raises(RuleSetMalformed):
        read(ELEMENTS, spoilt(SHARED, 'version = "2026-11"', 'version = "soon"'), SCENES)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("is_verified = true\n", ""),
        ("is_verified = true", 'is_verified = "yes"'),
        ("is_consent = true", "is_consent = 1"),
        ('years = "while-registered"', 'years = "for ever"'),
    ],
)
def test_a_mistake_in_what_rules_share_refuses_the_whole_set(old, new):
    with pytest.raises(RuleSetMalformed):
        read(ELEMENTS, spoilt(SHARED, old, new), SCENES)


# Laws and codes that were read in a source; whatever is not here is told as unverified.
READ_LAWS = ("Personal Information Protection", "PIPL art.", "Vaccine Administration Law art. 46")
READ_CODES = {"72166-2", "2339-0", "55284-4", "29463-7", "8302-2"}


def test_only_laws_and_codes_that_were_read_count_as_verified():
    for rule in RULES.rules.values():
        for ruled in rule.elements.values():
            if ruled.is_verified:
                assert ruled.basis.en.startswith(READ_LAWS)
    for element in RULES.catalogue.values():
        for place in element.fhir:
            if place.key == "code" and str(place) not in element.unverified:
                assert place.value.partition("|")[2] in READ_CODES


def test_what_rests_on_consent_alone_can_be_refused():
    for rule in RULES.rules.values():
        for ruled in rule.elements.values():
            if ruled.is_by_consent:
                assert ruled.demand in {Demand.OPTIONAL, Demand.SEPARATE_CONSENT}
                assert ruled.retention_years is not None


def test_why_something_is_done_again_and_the_mark_of_a_result_come_in_with_them():
    order = {
        "resourceType": "ServiceRequest",
        "reasonCode": [{"coding": [{"system": REPEAT_REASON, "code": "changed"}]}],
        "extension": [{"url": EXPLANATION, "valueString": "症状加重"}],
    }
    report = {
        "resourceType": "DiagnosticReport",
        "extension": [{"url": RECOGNITION, "valueCode": "HR"}],
    }
    for scene in (CollectionScene.OUTPATIENT, CollectionScene.INPATIENT):
        for resource in (order, report):
            found = judge(RULES.rules[scene], resource, {})
            assert {one.verdict for one in found} == {Verdict.PERMITTED}
    pharmacy = judge(RULES.rules[CollectionScene.PHARMACY], report, {})
    assert {one.verdict for one in pharmacy} == {Verdict.BEYOND_RULE}
