"""Days as the author wrote them: with the precision given and in the author's own calendar day."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from openhealthcode.record.plain.fields import Json, mapping_of
from openhealthcode.record.plain.words import Language

_DAY: Final = re.compile(r"(?:1[89]|2[01])\d\d(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
_NO_BREAK: Final = "\u00a0"

# Where each type says when it happened, best first.
_WHEN: Final = {
    "AllergyIntolerance": ("onsetDateTime", "onsetPeriod", "recordedDate", "lastOccurrence"),
    "Appointment": ("start", "created"),
    "Claim": ("billablePeriod", "created"),
    "Condition": ("onsetDateTime", "onsetPeriod", "recordedDate"),
    "Device": ("manufactureDate",),
    "DeviceUseStatement": ("timingPeriod", "timingDateTime", "recordedOn"),
    "ExplanationOfBenefit": ("billablePeriod", "created"),
    "Goal": ("startDate", "statusDate"),
    "MedicationStatement": ("effectiveDateTime", "effectivePeriod", "dateAsserted"),
    "Patient": ("birthDate",),
    "Procedure": ("performedDateTime", "performedPeriod", "performedString"),
    "Specimen": ("collection", "receivedTime"),
}
_USUAL: Final = (
    "effectiveDateTime", "effectivePeriod", "effectiveInstant", "occurrenceDateTime",
    "occurrencePeriod", "period", "started", "authoredOn", "whenHandedOver", "whenPrepared",
    "date", "dateTime", "authored", "sent", "recorded", "created", "issued",
)  # fmt: skip


def when_of(resource: Json) -> str:
    """The day an entry belongs to: ``2019``, ``2019-05`` or ``2019-05-03``; "" when unknown."""
    for key in _WHEN.get(str(resource.get("resourceType")), _USUAL):
        if key in resource and (day := day_of(resource[key])):
            return day
    return ""


def day_of(value: object) -> str:
    """The day of a date, a moment or the start of a period, as far as it was written."""
    if isinstance(value, dict):
        inner = value.get("start") or value.get("collectedDateTime") or value.get("end")
        return day_of(inner) if isinstance(inner, str) else ""
    if not isinstance(value, str):
        return ""
    found = _DAY.match(value[:10])
    return found.group() if found else ""


def end_of(period: object) -> str:
    """The last day of a period, "" when it is open."""
    return day_of(mapping_of(period).get("end"))


def as_date(day: str) -> date | None:
    """A written day as a date; the earliest it can mean. Nothing for a day that does not exist."""
    try:
        return date.fromisoformat((day + "-01-01")[:10]) if day else None
    except ValueError:
        return None


def day_text(day: str, language: Language) -> str:
    """A day in words: ``2019 年 5 月 3 日``, ``3 May 2019``; unbreakable."""
    year, month, number = (*(day.split("-")), "", "")[:3]
    if language == "zh-CN":
        parts = [f"{year} 年"]
        parts += [f"{int(month)} 月"] if month else []
        parts += [f"{int(number)} 日"] if number else []
        return " ".join(parts).replace(" ", _NO_BREAK)
    parts = [str(int(number))] if number else []
    parts += [_MONTHS[int(month) - 1]] if month else []
    return _NO_BREAK.join([*parts, year])
