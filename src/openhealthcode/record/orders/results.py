"""Whether another institution has a result that makes an examination unnecessary.

A result is data or pictures; a conclusion alone is none.
Source: 医疗机构检查检验结果互认管理办法 (2022), art. 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from openhealthcode.record.orders.mark import is_recognised
from openhealthcode.record.orders.model import (
    ExaminationOrder,
    Finding,
    FindingKind,
    Json,
    Known,
)
from openhealthcode.record.orders.read import loinc_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import choice_of
from openhealthcode.terminology.interactions import Severity

RESULT_TYPES: Final = ("DiagnosticReport", "Observation")
MOST_TOLD: Final = 3
"""Results told of one order, the newest; more decide nothing."""
_STANDS: Final = frozenset({"final", "amended", "corrected", "appended"})
_DATA: Final = ("result", "media", "imagingStudy", "presentedForm")


def compare_results(
    order: ExaminationOrder, known: Sequence[Known], today: date, division_code: str
) -> tuple[Finding, ...]:
    """Results of others that hold today, those recognised here first, the newest first.

    Args:
        known: what may be compared; what the ordering institution filed itself is passed over.
        division_code: where the ordering institution lies.
    """
    found: list[tuple[bool, str, bool, int]] = []
    for place, one in enumerate(known):
        if not one.is_own and _answers(order, one.resource) and _holds(order, one.resource, today):
            resource = one.resource
            is_report = resource["resourceType"] == "DiagnosticReport"
            recognised = is_recognised(resource, division_code)
            found.append((recognised, when_of(resource), is_report, place))
    found.sort(reverse=True)
    # Beside one that is recognised, others of the same kind say nothing more.
    told = [one for one in found if one[0]] or found
    return tuple(_finding(recognised, place) for recognised, _, _, place in told[:MOST_TOLD])


def _finding(is_marked: bool, place: int) -> Finding:  # noqa: FBT001 - a row of a table
    if is_marked:
        return Finding(FindingKind.RESULT_ELSEWHERE, Severity.MODERATE, place)
    return Finding(FindingKind.RESULT_UNMARKED, Severity.LOW, place)


def _answers(order: ExaminationOrder, resource: Json) -> bool:
    codes = loinc_of(resource.get("code"))
    if resource.get("status") not in _STANDS:
        return False
    if resource.get("resourceType") == "DiagnosticReport":
        return bool(codes & order.codes) and any(resource.get(part) for part in _DATA)
    has_value = bool(choice_of(resource, "value")[0] or resource.get("component"))
    return (
        resource.get("resourceType") == "Observation"
        and has_value
        and bool(codes & (order.codes | order.single))
    )


def _holds(order: ExaminationOrder, resource: Json, today: date) -> bool:
    written = when_of(resource)
    day = as_date(written) if len(written) == len("2026-11-22") else None
    # One of tomorrow was written east of here.
    return day is not None and -1 <= (today - day).days <= order.days
