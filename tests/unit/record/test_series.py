"""Readings of one thing in one unit make a line, and nothing else does."""

from __future__ import annotations

from datetime import date

import pytest

from openhealthcode.record.exact import WrittenDecimal
from openhealthcode.record.series import Place, part_of, series_of
from openhealthcode.record.summary import medication_of, past_medication_of

LOINC = "http://loinc.org"


def ldl(value, on, unit="mmol/L", high=3.4, code="22748-8", **more):
    resource = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}], "text": "低密度脂蛋白胆固醇"},
        "effectiveDateTime": on,
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
    }
    if high:
        resource["referenceRange"] = [{"high": {"value": high, "unit": unit}}]
    return resource | more


def values(series):
    return [[reading.value for reading in one.readings] for one in series]


def test_one_series_is_oldest_first_and_says_how_each_value_stands():
    (one,) = series_of([ldl(3.9, "2026-05-01"), ldl(WrittenDecimal("3.10"), "2025-05-01")], "zh-CN")
    assert (one.name, one.unit) == ("低密度脂蛋白胆固醇", "mmol/L")
    assert [(r.when, r.text, r.flag, r.reference) for r in one.readings] == [
        ("2025-05-01", "3.10\u00a0mmol/L", "", "<\u00a03.4\u00a0mmol/L"),
        ("2026-05-01", "3.9\u00a0mmol/L", "high", "<\u00a03.4\u00a0mmol/L"),
    ]
    assert one.latest.place == Place(0, 0)
    assert one.band == (None, 3.4)


def test_another_unit_is_another_series():
    found = series_of([ldl(3.1, "2026-05-01"), ldl(120, "2026-04-01", unit="mg/dL")], "zh-CN")
    assert values(found) == [[3.1], [120]]
    assert [one.unit for one in found] == ["mmol/L", "mg/dL"]


def test_another_code_is_another_series_whatever_it_is_called():
    found = series_of([ldl(3.1, "2026-05-01"), ldl(2.8, "2026-05-02", code="13457-7")], "zh-CN")
    assert values(found) == [[2.8], [3.1]]


def test_the_shared_code_counts_before_the_laboratory_s_own():
    codes = [{"system": "urn:lab", "code": "77"}, {"system": LOINC, "code": "22748-8"}]
    theirs = ldl(2.8, "2026-04-02") | {"code": {"coding": codes, "text": "LDL-C"}}
    (one,) = series_of([ldl(3.1, "2026-05-01"), theirs], "zh-CN")
    assert [reading.value for reading in one.readings] == [2.8, 3.1]


def test_without_a_code_the_name_as_written_decides():
    bare = [ldl(1, "2026-01-01"), ldl(2, "2026-01-02"), ldl(3, "2026-01-03")]
    for resource, name in zip(bare, ("尿酸", "尿酸", "肌酐"), strict=True):
        resource["code"] = {"text": name}
    assert values(series_of(bare, "zh-CN")) == [[3], [1, 2]]


def test_a_band_is_drawn_only_if_all_were_measured_against_it():
    (one,) = series_of([ldl(3.1, "2026-05-01"), ldl(3.2, "2026-04-01", high=3.1)], "zh-CN")
    assert one.band == (None, None)


def test_a_limit_is_no_number_and_words_are_none_either():
    below = ldl(0.5, "2026-05-01")
    below["valueQuantity"]["comparator"] = "<"
    (one,) = series_of([below, ldl(3.2, "2026-04-01")], "zh-CN")
    assert [reading.value for reading in one.readings] == [3.2, None]
    negative = {"valueCodeableConcept": {"text": "阴性"}, "code": {"text": "尿蛋白"}}
    words = {key: v for key, v in ldl(1, "2026-05-01").items() if key != "valueQuantity"} | negative
    (one,) = series_of([words], "zh-CN")
    assert (one.latest.text, one.latest.value, one.unit) == ("阴性", None, "")


def test_a_blood_pressure_is_one_reading_and_a_panel_as_many_as_it_has():
    def part(code, name, value, unit="mm[Hg]"):
        return {
            "code": {"coding": [{"system": LOINC, "code": code}], "text": name},
            "valueQuantity": {"value": value, "unit": unit, "code": unit},
        }

    pressure = {
        "resourceType": "Observation",
        "code": {"coding": [{"system": LOINC, "code": "85354-9"}], "text": "血压"},
        "effectiveDateTime": "2026-05-01",
        "component": [part("8480-6", "收缩压", 138), part("8462-4", "舒张压", 84)],
    }
    panel = {
        "resourceType": "Observation",
        "code": {"text": "血脂"},
        "effectiveDateTime": "2026-04-01",
        "component": [
            part("2093-3", "总胆固醇", 4.1, "mmol/L"),
            part("2571-8", "甘油三酯", 1.2, "mmol/L"),
        ],
    }
    found = series_of([pressure, panel], "zh-CN")
    assert [(one.name, one.latest.value, one.latest.second, one.unit) for one in found] == [
        ("血压", 138, 84, "mmHg"),
        ("总胆固醇", 4.1, None, "mmol/L"),
        ("甘油三酯", 1.2, None, "mmol/L"),
    ]
    assert [one.latest.place for one in found] == [(0, 0), (1, 1), (1, 2)]
    assert part_of(found, Place(1, 2)).name == "甘油三酯"
    assert part_of(found, Place(1, 0)) is None


@pytest.mark.parametrize(
    "left_out",
    [
        ldl(3.1, "2026-05-01", status="entered-in-error"),
        ldl(3.1, "2026-05-01", status="cancelled"),
        ldl(3.1, "2026-05-01", valueQuantity={}),
        ldl(3.1, "2026-05-01", code={}) | {"code": {}},
        ldl(3.1, "2026-05-01", resourceType="Condition"),
        {},
    ],
)
def test_what_is_void_or_says_nothing_is_in_no_series(left_out):
    assert series_of([left_out], "zh-CN") == ()


TODAY = date(2026, 11, 22)


def prescription(name, on, status="active", days=30):
    return {
        "resourceType": "MedicationRequest",
        "status": status,
        "medicationCodeableConcept": {"text": name},
        "authoredOn": on,
        "dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}},
    }


def test_a_medicine_is_either_taken_or_was_taken():
    told = [
        (0, prescription("缬沙坦", "2026-11-01")),
        (1, prescription("阿莫西林", "2024-03-01", days=7)),
        (2, prescription("阿莫西林", "2021-03-01", days=7)),
        (3, prescription("缬沙坦", "2020-01-01", status="stopped")),
        (4, prescription("从未服用", "2020-01-01", status="entered-in-error")),
        (5, prescription("氨氯地平", "2019-01-01", status="stopped")),
    ]
    assert [one.name for one in medication_of(told, TODAY, "zh-CN")] == ["缬沙坦"]
    past = past_medication_of(told, TODAY, "zh-CN")
    assert [(one.name, one.first, one.last, one.entry) for one in past] == [
        ("阿莫西林", "2021-03-01", "2024-03-01", 1),
        ("氨氯地平", "2019-01-01", "2019-01-01", 5),
    ]
