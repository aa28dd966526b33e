"""A clinician and a resident read the same plain words."""

import json
from pathlib import Path
from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openhealthcode.record.plain import describe_plainly
from openhealthcode.record.plain.concept import name_of
from openhealthcode.record.plain.describe import _TYPES
from openhealthcode.record.plain.quantity import number_text
from openhealthcode.standards.category import RecordCategory

_SYNTHEA = Path(__file__).resolve().parents[4] / "shared/data/synthea"


def said(resource, language="zh-CN"):
    """Title and detail with ordinary spaces, so that expectations can be read."""
    entry = describe_plainly(resource, language)
    return entry.title, entry.detail.replace("\u00a0", " ")


def concept(text="", code="", system="http://loinc.org", display=""):
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return ({"text": text} if text else {}) | ({"coding": [coding]} if code else {})


LDL = {
    "resourceType": "Observation",
    "status": "final",
    "code": concept("低密度脂蛋白胆固醇", "22748-8"),
    "effectiveDateTime": "2026-09-18T08:10:00+08:00",
    "valueQuantity": {"value": 4.1, "unit": "mmol/L", "code": "mmol/L"},
    "referenceRange": [{"high": {"value": 3.4, "unit": "mmol/L"}}],
}
VALSARTAN = {
    "resourceType": "MedicationRequest",
    "status": "active",
    "authoredOn": "2026-06-03",
    "medicationCodeableConcept": {"text": "缬沙坦胶囊"},
    "requester": {"display": "王敏"},
    "dosageInstruction": [
        {
            "timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["PCM"]}},
            "doseAndRate": [{"doseQuantity": {"value": 80, "unit": "mg"}}],
            "route": {"text": "口服"},
        }
    ],
}
FATHER = {
    "resourceType": "FamilyMemberHistory",
    "status": "completed",
    "name": "李大山",
    "relationship": concept("", "FTH", "http://terminology.hl7.org/CodeSystem/v3-RoleCode"),
    "condition": [
        {"code": {"text": "脑梗死"}, "onsetAge": {"value": 61, "unit": "岁", "code": "a"}}
    ],
}


@pytest.mark.parametrize(
    ("resource", "language", "expected"),
    [
        (LDL, "zh-CN", ("低密度脂蛋白胆固醇", "4.1 mmol/L，偏高，参考 < 3.4 mmol/L")),
        (LDL, "en", ("LDL cholesterol", "4.1 mmol/L, high, reference < 3.4 mmol/L")),
        (VALSARTAN, "zh-CN", ("缬沙坦胶囊", "每次 80 mg，每日 1 次，早饭后，口服")),
        (VALSARTAN, "en", ("缬沙坦胶囊", "80 mg each time, once a day, after breakfast, by mouth")),
        (FATHER, "zh-CN", ("父亲", "脑梗死（61 岁时）")),
        (FATHER, "en", ("Father", "脑梗死 (at age 61)")),
    ],
)
def test_an_entry_reads_as_one_would_say_it(resource, language, expected):
    assert said(resource, language) == expected


def test_a_dose_is_never_separated_from_its_unit():
    detail = describe_plainly(VALSARTAN, "zh-CN").detail
    assert "80\u00a0mg" in detail
    assert "每日\u00a01\u00a0次" in detail


def test_a_missing_unit_is_said_and_never_guessed():
    dose = {"doseAndRate": [{"doseQuantity": {"value": 1}}]}
    resource = VALSARTAN | {"dosageInstruction": [dose]}
    assert said(resource)[1] == "每次 1（未写单位）"
    assert said(resource, "en")[1] == "1 each time (unit not written)"


@pytest.mark.parametrize(
    ("timing", "zh", "en"),
    [
        ({"repeat": {"frequency": 2, "period": 1, "periodUnit": "d"}}, "每日 2 次", "twice a day"),
        (
            {"repeat": {"frequency": 1, "period": 6, "periodUnit": "h"}},
            "每 6 小时 1 次",
            "every 6 hours",
        ),
        (
            {"repeat": {"frequency": 1, "period": 2, "periodUnit": "d"}},
            "隔日 1 次",
            "every other day",
        ),
        ({"repeat": {"frequency": 5, "period": 1, "periodUnit": "d"}}, "每天 5 次", "5 × per day"),
        (
            {"repeat": {"frequency": 2, "period": 3, "periodUnit": "wk"}},
            "每 3 周 2 次",
            "2 × per 3 weeks",
        ),
        ({"code": {"coding": [{"code": "TID"}]}}, "每日 3 次", "three times a day"),
        ({"code": {"coding": [{"code": "QN"}]}}, "每晚", "every night"),
        ({"code": {"text": "遵医嘱"}}, "遵医嘱", "遵医嘱"),
        ({"repeat": {"when": ["HS"]}}, "睡前", "at bedtime"),
        ({"repeat": {"timeOfDay": ["08:00:00", "20:00:00"]}}, "08:00、20:00", "08:00, 20:00"),
    ],
)
def test_how_often_is_said_in_everyday_words(timing, zh, en):
    resource = VALSARTAN | {"dosageInstruction": [{"timing": timing}]}
    assert said(resource)[1] == zh
    assert said(resource, "en")[1] == en


def test_what_a_prescriber_wrote_in_words_stands_when_nothing_is_structured():
    resource = VALSARTAN | {"dosageInstruction": [{"text": "饭后含服，疼时加半片"}]}
    assert said(resource)[1] == "饭后含服，疼时加半片"


def test_blood_pressure_is_one_value():
    part = {"valueQuantity": {"value": 138.2, "unit": "mm[Hg]"}}
    resource = {
        "resourceType": "Observation",
        "category": [concept("", "vital-signs")],
        "code": concept("", "85354-9"),
        "component": [
            part | {"code": concept("", "8480-6")},
            {"code": concept("", "8462-4"), "valueQuantity": {"value": 84}},
        ],
    }
    assert said(resource) == ("血压", "138/84 mmHg")
    assert describe_plainly(resource, "en").kind is RecordCategory.VITAL_SIGNS


def test_an_allergy_names_the_substance_the_reaction_and_the_danger():
    resource = {
        "resourceType": "AllergyIntolerance",
        "criticality": "high",
        "code": concept("Allergy to penicillin (disorder)", "91936005", "http://snomed.info/sct"),
        "reaction": [{"manifestation": [{"text": "喉头水肿"}], "severity": "severe"}],
        "recordedDate": "2003",
    }
    assert said(resource) == ("青霉素", "喉头水肿（重度），高危")
    assert said(resource, "en") == ("Penicillin", "swelling of the throat (severe), high risk")
    assert describe_plainly(resource, "en").when == "2003"


def test_readers_of_english_keep_the_authors_words_where_a_code_says_less():
    stage = {
        "resourceType": "Condition",
        "code": concept("高血压2级", "I10.x00x002", "http://hl7.org/fhir/sid/icd-10"),
    }
    assert said(stage, "en")[0] == "High blood pressure (高血压2级)"
    coded = concept("缬沙坦胶囊", "C09CA03", "http://www.whocc.no/atc")
    product = VALSARTAN | {"medicationCodeableConcept": coded}
    assert said(product, "en")[0] == "Valsartan (缬沙坦胶囊)"
    assert said(product)[0] == "缬沙坦胶囊"


def test_a_relative_is_never_named():
    assert "李大山" not in repr([said(FATHER), said(FATHER, "en")])


@pytest.mark.parametrize(
    ("written", "when"),
    [
        ("2019", "2019"),
        ("2019-05", "2019-05"),
        ("2019-05-03T23:59:00-05:00", "2019-05-03"),
        ("2019-13-03", "2019"),
        ("yesterday", ""),
        (20190503, ""),
        ({"start": "2018-01-01", "end": "2019-01-01"}, "2018-01-01"),
    ],
)
def test_a_day_keeps_its_precision_and_its_authors_calendar(written, when):
    assert describe_plainly(LDL | {"effectiveDateTime": written}, "en").when == when


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (0.5, "0.5"), (85.37, "85.37"), (176.35499, "176"), (30.0034, "30"),
     (6.18922, "6.19"), (0.81361, "0.814"), (99.9999, "100"), (-2.5, "-2.5")],
)  # fmt: skip
def test_numbers_carry_no_false_precision(value, text):
    assert number_text(value) == text


def test_every_type_says_its_name_when_it_holds_nothing_else():
    for type_name in [*_TYPES, "Basic", "MadeUpType"]:
        for language in ("zh-CN", "en"):
            assert describe_plainly({"resourceType": type_name}, language).title


def test_an_unknown_type_keeps_its_own_name():
    resource = {"resourceType": "BiologicallyDerivedProduct", "code": {"text": "红细胞悬液"}}
    assert said(resource) == ("BiologicallyDerivedProduct", "红细胞悬液")


def test_hostile_text_is_shown_as_text_and_cannot_hide_or_reverse_its_neighbours():
    name = "<script>alert(1)</script>\u202egpj.exe\x00\u200b\ud800 '; DROP TABLE"
    entry = describe_plainly(LDL | {"code": {"text": name}}, "zh-CN")
    assert entry.title == "<script>alert(1)</script>gpj.exe '; DROP TABLE"
    assert type(entry.title) is str


def test_endless_text_is_cut():
    entry = describe_plainly(LDL | {"code": {"text": "药" * 1_000_000}}, "zh-CN")
    assert len(entry.title) <= 400
    assert entry.title.endswith("…")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)
field_names = st.sampled_from(
    ["code", "status", "valueQuantity", "component", "referenceRange", "interpretation",
     "dosageInstruction", "dosage", "medicationReference", "contained", "reaction", "condition",
     "period", "class", "type", "series", "item", "total", "participant", "performer", "name",
     "protocolApplied", "recommendation", "effectiveDateTime", "bodySite", "category", "payload"]
)  # fmt: skip


@given(
    type_name=st.sampled_from(sorted(_TYPES)),
    fields=st.dictionaries(field_names, json_values, max_size=6),
    language=st.sampled_from(["zh-CN", "en"]),
)
@settings(max_examples=300, deadline=None)
def test_no_resource_makes_the_description_fail(type_name, fields, language):
    entry = describe_plainly({"resourceType": type_name, **fields}, language)
    assert entry.title
    assert not any(category(character) in {"Cc", "Cs"} for character in entry.title)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_synthetic_entry_has_a_title_and_nearly_all_a_day(language):
    resources = [
        entry["resource"]
        for path in sorted(_SYNTHEA.glob("*.json"))[:6]
        for entry in json.loads(path.read_text("utf-8"))["entry"]
    ]
    entries = [describe_plainly(resource, language) for resource in resources]
    assert all(entry.title for entry in entries)
    for entry in entries:
        assert "(disorder)" not in entry.title
        assert "[Mass/volume]" not in entry.title + entry.detail


@pytest.mark.parametrize(
    ("system", "code", "language", "said"),
    [
        ("urn:oid:2.16.156.10011.2.3.3.8", "61", "zh-CN", "祖父"),
        ("urn:oid:2.16.156.10011.2.3.3.8", "61", "en", "Father's father"),
        ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "MTH", "zh-CN", "母亲"),
        ("urn:of:nobody", "X1", "zh-CN", "X1"),
    ],
)
def test_a_code_that_came_without_a_word_is_called_by_its_name(system, code, language, said):
    coding = {"system": system, "code": code}
    assert name_of({"coding": [coding]}, language) == said
    assert name_of({"coding": [{"system": "urn:of:nobody", "code": "X0"}, coding]}, language) == (
        "X0" if said == "X1" else said
    )
