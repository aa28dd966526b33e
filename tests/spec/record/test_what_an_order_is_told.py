"""What an order is told by the rest of the record, as far as whoever orders may see it.

This file is also part of a page of the manual.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from openhealthcode.record.orders import (
    EXPLANATION,
    RECOGNITION,
    REPEAT_REASON,
    ExaminationOrder,
    Known,
    MedicineOrder,
    compare_medicines,
    compare_results,
    order_of,
)
from openhealthcode.terminology.interactions import packaged_interactions

title = "What an order is told"
title_zh = "开单时提示什么"

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
HERE = "880102"
_LOINC, _ATC = "http://loinc.org", "http://www.whocc.no/atc"

CASES = [
    # sentence, order, what may be seen of the record, what is told
    ("Nothing is told where nothing is known", "test 58410-2", "", ""),
    ("A valid result of others with the national mark takes a reason to repeat", "test 58410-2", "report 58410-2 2026-11-20 HR", "result-elsewhere"),
    ("and so does one with the mark of the province", "test 58410-2", "report 58410-2 2026-11-20 880000-HR", "result-elsewhere"),
    ("One marked for another province is told, and asks for nothing", "test 58410-2", "report 58410-2 2026-11-20 990000-HR", "result-unmarked"),
    ("A blood count holds for a week", "test 58410-2", "report 58410-2 2026-11-15 HR", "result-elsewhere"),
    ("and not for eight days", "test 58410-2", "report 58410-2 2026-11-14 HR", ""),
    ("HbA1c holds for two months", "test 4548-4", "value 4548-4 2026-09-23 HR", "result-elsewhere"),
    ("A single value of it answers a panel", "test 58410-2", "value 718-7 2026-11-20 HR", "result-elsewhere"),
    ("What the institution found itself it knows", "test 58410-2", "report 58410-2 2026-11-20 HR own", ""),
    ("A conclusion alone is no result", "test 58410-2", "conclusion 58410-2 2026-11-20 HR", ""),
    ("The same medicine twice is told", "drug C07AB02", "takes C07AB02 2026-11-01 30", "same-medicine"),
    ("whoever prescribed it", "drug C07AB02", "takes C07AB02 2026-11-01 30 own", "same-medicine"),
    ("not once the course is over", "drug C07AB02", "takes C07AB02 2026-10-01 30", ""),
    ("Two of a class are told", "drug C07AB02", "takes C07AB07 2026-11-01 30", "same-class"),
    ("not of a class in which that is usual", "drug A11CC04", "takes A11CC05 2026-11-01 30", ""),
    ("Warfarin and ibuprofen: major bleeding", "drug M01AE01", "takes B01AA03 2026-06-01 0", "interaction"),
    ("whichever comes second", "drug B01AA03", "takes M01AE01 2026-11-20 7", "interaction"),
    ("Penicillin: amoxicillin is one", "drug J01CA04", "allergy 青霉素", "allergy"),
    ("and cephalosporins are akin", "drug J01DD04", "allergy 青霉素", "allergy"),
    ("azithromycin is not", "drug J01FA10", "allergy 青霉素", ""),
    ("The gravest comes first", "drug B01AC04", "takes A02BC01 2026-11-01 30; takes B01AC04 2026-11-01 30", "same-medicine interaction"),
    ("A medicine without a code was not compared, and that is said", "drug -", "allergy 青霉素", "not-compared"),
]  # fmt: skip


def as_told(place: int, sentence: str, order: str, record: str, told: str) -> str:
    """A case as the manual tells it."""
    seen = f" Of the record may be seen: `{record}`." if record else ""
    return (
        f"### {place}. {sentence}\n\nOrdered on 2026-11-22: `{order}`.{seen} "
        f"Told: {', '.join(f'`{kind}`' for kind in told.split()) or 'nothing'}.\n"
    )


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def ordered(text: str) -> dict[str, Any]:
    kind, code = text.split()
    shared = {"status": "active", "intent": "order", "authoredOn": "2026-11-22"}
    if kind == "test":
        return {"resourceType": "ServiceRequest", "code": coded(_LOINC, code), **shared}
    concept = {"text": "复方丹参滴丸"} if code == "-" else coded(_ATC, code)
    supply = {"expectedSupplyDuration": {"value": 14, "code": "d"}}
    return {
        "resourceType": "MedicationRequest",
        "medicationCodeableConcept": concept,
        "dispenseRequest": supply,
        **shared,
    }


def entry(text: str) -> Known:
    kind, *rest = text.split()
    is_own = rest[-1] == "own"
    if kind == "allergy":
        return Known({"resourceType": "AllergyIntolerance", "code": {"text": rest[0]}}, is_own)
    code, day, more = rest[:3]
    if kind == "takes":
        supply = {"expectedSupplyDuration": {"value": int(more), "code": "d"}}
        taken = ordered(f"drug {code}") | {"authoredOn": day, "dispenseRequest": supply}
        return Known(taken, is_own)
    data = {
        "report": {"resourceType": "DiagnosticReport", "result": [{"reference": "Observation/1"}]},
        "value": {"resourceType": "Observation", "valueQuantity": {"value": 1}},
        "conclusion": {"resourceType": "DiagnosticReport", "conclusion": "未见异常"},
    }[kind]
    marked = {"extension": [{"url": RECOGNITION, "valueCode": more}]}
    said = {"status": "final", "code": coded(_LOINC, code), "effectiveDateTime": day}
    return Known({**data, **said, **marked}, is_own)


@pytest.mark.parametrize(
    ("order", "record", "told"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_what_an_order_is_told(order, record, told):
    known = [entry(each) for each in record.split("; ") if each]
    read = order_of(ordered(order), NOW)
    if isinstance(read, MedicineOrder):
        found = compare_medicines(read, known, packaged_interactions()[1])
    else:
        assert isinstance(read, ExaminationOrder)
        found = compare_results(read, known, NOW.date(), HERE)
    assert [one.kind.value for one in found] == told.split()


@pytest.mark.parametrize(
    ("reason", "explanation", "passes"),
    [("changed", "症状加重", True), ("changed", "", False), ("", "症状加重", False)],
)
def test_a_repeat_takes_a_reason_and_an_explanation(reason, explanation, passes):
    order = ordered("test 58410-2")
    order["reasonCode"] = [coded(REPEAT_REASON, reason)]
    order["extension"] = [{"url": EXPLANATION, "valueString": explanation}]
    read = order_of(order, NOW)
    assert isinstance(read, ExaminationOrder)
    assert read.is_explained is passes
