"""What an order is told: results that hold and are recognised, medicines that double or collide."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode.record import check
from openhealthcode.record.orders import (
    EXAMINATIONS,
    EXPLANATION,
    REASONS,
    RECOGNITION,
    REPEAT_REASON,
    ExaminationOrder,
    FindingKind,
    Known,
    MedicineOrder,
    compare_medicines,
    compare_results,
    is_recognised,
    is_same_order,
    marks_of,
    order_of,
)
from openhealthcode.record.plain import describe_plainly
from openhealthcode.terminology.interactions import (
    Interaction,
    Severity,
    packaged_interactions,
)

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TODAY = NOW.date()
LOINC, ATC = "http://loinc.org", "http://www.whocc.no/atc"
HERE = "880102"


def concept(system: str, *codes: str, text: str = "") -> dict[str, Any]:
    said: dict[str, Any] = {"coding": [{"system": system, "code": code} for code in codes]}
    return {**said, "text": text} if text else said


def examination_order(code: str = "58410-2", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/x"},
        "code": concept(LOINC, code),
        "authoredOn": "2026-11-22",
        **more,
    }


def prescription(atc: str, text: str = "", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": "Patient/x"},
        "medicationCodeableConcept": concept(ATC, atc, text=text) if atc else {"text": text},
        "authoredOn": "2026-11-22",
        **more,
    }


def report(code: str = "58410-2", day: str = "2026-11-20", *marks: str) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "code": concept(LOINC, code),
        "effectiveDateTime": day,
        "result": [{"reference": "Observation/1"}],
        "extension": [{"url": RECOGNITION, "valueCode": mark} for mark in marks],
    }


def value(code: str, day: str = "2026-11-20", *marks: str) -> dict[str, Any]:
    quantity = {"valueQuantity": {"value": 1}}
    rest = {k: v for k, v in report(code, day, *marks).items() if k != "result"}
    return {**rest, "resourceType": "Observation", **quantity}


def supply(days: int) -> dict[str, Any]:
    return {"dispenseRequest": {"expectedSupplyDuration": {"value": days, "code": "d"}}}


def kinds(findings: Any) -> list[str]:
    return [one.kind.value for one in findings]


# Marks of mutual recognition.
@pytest.mark.parametrize(
    ("mark", "division", "holds"),
    [
        ("HR", HERE, True),
        ("HR", "", True),
        ("880000-HR", HERE, True),
        ("880100-HR", HERE, True),
        ("880102-HR", HERE, True),
        ("880200-HR", HERE, False),
        ("990000-HR", HERE, False),
        ("880000-HR", "", False),
        ("88-HR", HERE, False),
        ("000000-HR", HERE, False),
        ("hr", HERE, False),
        ("", HERE, False),
    ],
)
def test_a_mark_holds_in_the_country_or_in_its_division(mark, division, holds):
    assert is_recognised(report("1-8", "2026-11-20", mark), division) is holds


def test_several_marks_may_stand_beside_each_other():
    marked = report("1-8", "2026-11-20", "990000-HR", "880000-HR", "nonsense")
    assert marks_of(marked) == ("990000-HR", "880000-HR")
    assert is_recognised(marked, HERE)


@pytest.mark.parametrize("extension", [None, "x", [{}], [{"url": RECOGNITION}], [None]])
def test_a_mark_that_is_none_is_none(extension):
    assert marks_of({"extension": extension}) == ()


# What is an order now.
@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, True),
        ({"authoredOn": "2026-11-21T10:00:00+08:00"}, True),
        ({"authoredOn": "2026-11-20"}, False),
        ({"status": "completed"}, False),
        ({"status": "draft"}, False),
        ({"intent": "plan"}, False),
        ({"doNotPerform": True}, False),
        ({"code": {"text": "血常规"}}, False),
        ({"resourceType": "Task"}, False),
    ],
)
def test_only_what_is_decided_now_is_an_order(change, is_one):
    assert (order_of(examination_order(**change), NOW) is not None) is is_one


def test_without_a_date_an_order_is_of_now():
    sent = examination_order()
    del sent["authoredOn"]
    assert order_of(sent, NOW) is not None


def test_an_order_knows_the_reports_and_values_that_answer_it():
    order = order_of(examination_order("57021-8"), NOW)
    assert isinstance(order, ExaminationOrder)
    assert {"58410-2", "57021-8"} <= order.codes
    assert "718-7" in order.single
    assert order.days == EXAMINATIONS["blood-count"].days


def test_something_unlisted_is_answered_by_itself_alone():
    order = order_of(examination_order("99999-9"), NOW)
    assert order == ExaminationOrder(frozenset({"99999-9"}), frozenset({"99999-9"}), 7)


@pytest.mark.parametrize(
    ("reason", "said", "is_explained"),
    [
        ("changed", "结果与症状不符", True),
        ("other", "  ", False),
        ("because", "结果与症状不符", False),
        ("", "结果与症状不符", False),
        ("emergency", "", False),
    ],
)
def test_a_repeat_takes_one_of_six_reasons_and_an_explanation(reason, said, is_explained):
    more: dict[str, Any] = {"reasonCode": [concept(REPEAT_REASON, reason)]} if reason else {}
    more["extension"] = [{"url": EXPLANATION, "valueString": said}]
    order = order_of(examination_order(**more), NOW)
    assert isinstance(order, ExaminationOrder)
    assert order.is_explained is is_explained


def test_the_resident_reads_why_it_is_done_again_and_what_the_doctor_said():
    sent = examination_order(
        code={"text": "血常规"},
        reasonCode=[concept("x", "y", text="发热"), concept(REPEAT_REASON, "changed")],
        extension=[{"url": EXPLANATION, "valueString": "热度更高了"}],
    )
    assert describe_plainly(sent, "zh-CN").detail == (
        "因发热，再查一次，因为病情变化，或结果与临床表现、诊断不符；医生说明：热度更高了，进行中"
    )
    said = describe_plainly(sent, "en").detail
    assert "done again because: the condition changed" in said
    assert "what the doctor explained: 热度更高了" in said
    only = examination_order(code={"text": "血常规"}, reasonCode=[concept(REPEAT_REASON, "other")])
    assert describe_plainly(only, "zh-CN").detail == "再查一次，因为其他确需复查的情形，进行中"
    assert describe_plainly(examination_order(), "zh-CN").detail == "进行中"


def test_there_are_the_six_reasons_of_the_rule():
    assert list(REASONS) == [
        "changed",
        "fast-changing",
        "decisive",
        "emergency",
        "assessment",
        "other",
    ]


# Results of others.
@pytest.mark.parametrize(
    ("known", "told"),
    [
        pytest.param([(report("58410-2", "2026-11-20", "HR"), False)], "elsewhere", id="marked"),
        pytest.param([(report("58410-2", "2026-11-20"), False)], "unmarked", id="unmarked"),
        pytest.param([(report("58410-2", "2026-11-20", "HR"), True)], "", id="own"),
        pytest.param([(report("58410-2", "2026-11-15", "HR"), False)], "elsewhere", id="last-day"),
        pytest.param([(report("58410-2", "2026-11-14", "HR"), False)], "", id="too-old"),
        pytest.param([(report("58410-2", "2026-11-24", "HR"), False)], "", id="not-yet"),
        pytest.param([(report("58410-2", "2026-11", "HR"), False)], "", id="only-a-month"),
        pytest.param([(report("24331-1", "2026-11-20", "HR"), False)], "", id="another-test"),
        pytest.param([(value("718-7", "2026-11-20", "HR"), False)], "elsewhere", id="one-value"),
        pytest.param([(value("718-7", "2026-11-20", "990000-HR"), False)], "unmarked", id="afar"),
        pytest.param(
            [({**report("58410-2", "2026-11-20", "HR"), "status": "preliminary"}, False)],
            "",
            id="preliminary",
        ),
        pytest.param(
            [({**report("58410-2", "2026-11-20", "HR"), "status": "entered-in-error"}, False)],
            "",
            id="in-error",
        ),
        pytest.param(
            [({**report("58410-2", "2026-11-20", "HR"), "result": [], "conclusion": "好"}, False)],
            "",
            id="a-conclusion-alone",
        ),
        pytest.param(
            [({**value("718-7", "2026-11-20", "HR"), "valueQuantity": None}, False)],
            "elsewhere",
            id="an-empty-value-is-the-doors-affair",
        ),
        pytest.param(
            [
                (
                    {
                        "resourceType": "Condition",
                        "status": "final",
                        "code": concept(LOINC, "718-7"),
                    },
                    False,
                )
            ],
            "",
            id="another-type",
        ),
    ],
)
def test_which_results_are_told(known, told):
    order = order_of(examination_order(), NOW)
    assert isinstance(order, ExaminationOrder)
    found = compare_results(order, [Known(*one) for one in known], TODAY, HERE)
    assert kinds(found) == ([f"result-{told}"] if told else [])


def test_the_newest_recognised_ones_are_told_and_no_others_beside_them():
    order = order_of(examination_order(), NOW)
    assert isinstance(order, ExaminationOrder)
    known = [Known(report("58410-2", f"2026-11-{day}", "HR"), False) for day in range(16, 22)]  # noqa: FBT003
    known.append(Known(report("58410-2", "2026-11-22"), False))  # noqa: FBT003
    found = compare_results(order, known, TODAY, HERE)
    assert [one.known for one in found] == [5, 4, 3]
    assert set(kinds(found)) == {"result-elsewhere"}


def test_beside_a_recognised_result_an_unmarked_one_says_nothing_more():
    order = order_of(examination_order(), NOW)
    assert isinstance(order, ExaminationOrder)
    known = [
        Known(report("58410-2", "2026-11-21"), is_own=False),
        Known(report("58410-2", "2026-11-20", "HR"), is_own=False),
    ]
    assert [one.known for one in compare_results(order, known, TODAY, HERE)] == [1]


@given(st.integers(-400, 400), st.sampled_from(sorted(EXAMINATIONS)))
def test_a_result_is_told_exactly_as_long_as_it_holds(age, key):
    examination = EXAMINATIONS[key]
    order = order_of(examination_order(examination.codes[0]), NOW)
    assert isinstance(order, ExaminationOrder)
    day = (TODAY - timedelta(days=age)).isoformat()
    known = [Known(report(examination.codes[0], day, "HR"), False)]  # noqa: FBT003
    found = compare_results(order, known, TODAY, HERE)
    assert bool(found) is (-1 <= age <= examination.days)


# Medicines.
def medicines(ordered: dict[str, Any], *known: dict[str, Any]) -> Any:
    order = order_of(ordered, NOW)
    assert isinstance(order, MedicineOrder)
    _, pairs = packaged_interactions()
    return compare_medicines(order, [Known(one, is_own=False) for one in known], pairs)


@pytest.mark.parametrize(
    ("ordered", "taken", "told"),
    [
        pytest.param("C07AB02", "C07AB02", ["same-medicine"], id="the-same"),
        pytest.param("C07AB02", "C07AB07", ["same-class"], id="the-class"),
        pytest.param("C07AB02", "C07AA05", [], id="another-class"),
        pytest.param("A11CC04", "A11CC05", [], id="a-class-usually-combined"),
        pytest.param("B01AA03", "M01AE01", ["interaction"], id="warfarin-ibuprofen"),
        pytest.param("M01AE01", "B01AA03", ["interaction"], id="the-other-way-round"),
        pytest.param("B01AC04", "A02BC01", ["interaction"], id="clopidogrel-omeprazole"),
        pytest.param("B01AC04", "A02BC02", [], id="clopidogrel-pantoprazole"),
        pytest.param("N06AB06", "B01AA03", ["interaction"], id="sertraline-warfarin"),
        pytest.param("C08CA01", "C09CA03", [], id="amlodipine-valsartan"),
    ],
)
def test_what_one_medicine_says_of_another(ordered, taken, told):
    assert kinds(medicines(prescription(ordered), prescription(taken))) == told


@pytest.mark.parametrize(
    ("taken", "is_told"),
    [
        pytest.param({"authoredOn": "2026-11-01"} | supply(30), True, id="still"),
        pytest.param({"authoredOn": "2026-10-01"} | supply(30), False, id="over"),
        pytest.param({"authoredOn": "2026-10-23"} | supply(30), True, id="last-day"),
        pytest.param({"authoredOn": "2026-10-01"}, True, id="open"),
        pytest.param({"status": "stopped"}, False, id="stopped"),
        pytest.param({"status": "completed"}, False, id="completed"),
        pytest.param({"status": "entered-in-error"}, False, id="in-error"),
        pytest.param({"authoredOn": "2026-11-28"}, True, id="begins-within"),
        pytest.param({"authoredOn": "2026-12-06"}, True, id="begins-on-the-last-day"),
        pytest.param({"authoredOn": "2026-12-28"}, False, id="begins-after"),
    ],
)
def test_only_medicines_whose_time_overlaps_are_told(taken, is_told):
    ordered = prescription("C07AB02", **supply(14))
    assert kinds(medicines(ordered, prescription("C07AB02", **taken))) == (
        ["same-medicine"] if is_told else []
    )


@pytest.mark.parametrize(
    ("dispensed", "is_told"),
    [
        ({"whenHandedOver": "2026-11-01", "daysSupply": {"value": 30, "code": "d"}}, True),
        ({"whenHandedOver": "2026-10-01", "daysSupply": {"value": 30, "code": "d"}}, False),
        ({"whenHandedOver": "2026-11-22"}, True),
        ({"whenHandedOver": "2026-11-01"}, False),
        ({}, True),
    ],
)
def test_what_was_handed_out_counts_as_long_as_it_lasts(dispensed, is_told):
    handed = {
        "resourceType": "MedicationDispense",
        "status": "completed",
        "medicationCodeableConcept": concept(ATC, "C07AB02"),
        **dispensed,
    }
    assert bool(medicines(prescription("C07AB02"), handed)) is is_told


def test_a_medicine_without_a_code_is_known_by_its_words_and_says_what_was_not_compared():
    found = medicines(prescription("", "氨氯地平片"), prescription("", "氨氯地平片"))
    assert kinds(found) == ["same-medicine", "not-compared"]
    assert kinds(medicines(prescription("", "复方丹参滴丸"))) == ["not-compared"]
    assert kinds(
        medicines(prescription("", "氨氯地平片"), prescription("C08CA01", "氨氯地平片"))
    ) == [
        "same-medicine",
        "not-compared",
    ]


def test_two_medicines_with_codes_are_told_apart_by_these_and_not_by_their_words():
    same_words = prescription("C08CA01", "降压药"), prescription("C09CA03", "降压药")
    assert kinds(medicines(*same_words)) == []


def test_a_contained_medicine_is_compared_too():
    ordered = prescription("C07AB02")
    ordered["medicationReference"] = {"reference": "#m"}
    ordered["contained"] = [
        {"resourceType": "Medication", "id": "m", "code": ordered.pop("medicationCodeableConcept")}
    ]
    assert kinds(medicines(ordered, prescription("C07AB02"))) == ["same-medicine"]
    ordered["contained"] = []
    assert kinds(medicines(ordered, prescription("C07AB02"))) == ["not-compared"]


def allergy(code: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "AllergyIntolerance", "code": code, **more}


@pytest.mark.parametrize(
    ("code", "ordered", "severity"),
    [
        ({"text": "青霉素"}, "J01CA04", "high"),
        ({"text": "青霉素"}, "J01DD04", "moderate"),
        ({"text": "青霉素"}, "J01FA10", None),
        (concept(ATC, "J01C"), "J01CA04", "high"),
        (concept(ATC, "J01CA04"), "J01CA04", "high"),
        (concept(ATC, "J01CA04"), "J01CE08", "moderate"),
        (concept(ATC, "J01CA04"), "J01FA10", None),
        ({"coding": [{"system": "x", "display": "Penicillin V"}]}, "J01CE02", "high"),
        ({"text": "头孢类抗生素"}, "J01DC02", "high"),
        ({"text": "阿司匹林"}, "B01AC06", "high"),
        ({"text": "阿司匹林"}, "M01AE01", "moderate"),
        ({"text": "左氧氟沙星"}, "J01MA12", "high"),
        ({"text": "海鲜"}, "J01CA04", None),
        ({}, "J01CA04", None),
    ],
)
def test_an_allergy_speaks_against_a_medicine_and_more_softly_against_its_relatives(
    code, ordered, severity
):
    found = medicines(prescription(ordered), allergy(code))
    assert [(one.kind.value, one.severity.value) for one in found] == (
        [("allergy", severity)] if severity else []
    )


@pytest.mark.parametrize(
    "more",
    [
        {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"clinicalStatus": {"coding": [{"code": "inactive"}]}},
        {"verificationStatus": {"coding": [{"code": "refuted"}]}},
        {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
    ],
)
def test_an_allergy_that_is_over_or_was_none_says_nothing(more):
    assert not medicines(prescription("J01CA04"), allergy({"text": "青霉素"}, **more))


def test_the_gravest_is_told_first_and_nothing_twice():
    found = medicines(
        prescription("B01AC04"),
        prescription("A02BC01"),
        prescription("A02BC01", authoredOn="2026-11-01"),
        prescription("B01AC04", authoredOn="2026-11-10"),
        allergy({"text": "氯吡格雷"}),
    )
    assert kinds(found) == ["same-medicine", "interaction"]
    assert [one.severity for one in found] == [Severity.HIGH, Severity.MODERATE]
    assert found[1].says[1]
    assert found[1].source == "fda-ppi"


@given(st.permutations(["B01AA03", "M01AE01", "J01CA04", "C10AA01", "J01FA09", "N02AX02"]))
def test_an_interaction_is_told_whichever_of_two_is_ordered(codes):
    one, other = codes[:2]
    there = kinds(medicines(prescription(one), prescription(other)))
    back = kinds(medicines(prescription(other), prescription(one)))
    assert there == back


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ({}, {}, True),
        ({"identifier": [{"system": "a", "value": "1"}]}, {"identifier": [{"system": "a", "value": "1"}], "authoredOn": "2026-11-21"}, True),
        ({"identifier": [{"system": "a", "value": "1"}]}, {"identifier": [{"system": "a", "value": "2"}]}, False),
        ({}, {"authoredOn": "2026-11-21"}, False),
        ({"authoredOn": None}, {"authoredOn": None}, False),
        ({}, {"resourceType": "ServiceRequest"}, False),
        ({"id": "a"}, {"id": "a", "authoredOn": "2026-11-21"}, True),
        ({"id": "a"}, {"id": "b", "authoredOn": "2026-11-21"}, False),
        ({}, {"medicationCodeableConcept": concept(ATC, "C07AB07")}, False),
    ],
)  # fmt: skip
def test_an_order_handed_in_again_is_the_same(one, other, is_same):
    sent, before = prescription("C07AB02", **one), prescription("C07AB02", **other)
    assert is_same_order(sent, before) is is_same


def test_every_pair_of_the_release_names_codes_words_and_a_source():
    edition, pairs = packaged_interactions()
    assert edition.startswith("packaged-")
    assert len({(one.one, one.other) for one in pairs}) == len(pairs) > 40
    for pair in pairs:
        assert isinstance(pair, Interaction)
        assert all(pair.says)
        assert pair.source
        assert 1 <= len(pair.one) <= 7
    assert FindingKind("interaction")


def test_the_orders_of_these_tests_pass_the_door():
    for resource in (
        examination_order(),
        prescription("C07AB02"),
        report("58410-2", "2026-11-20", "HR"),
    ):
        check({**resource, "subject": {"reference": "Patient/x"}})
