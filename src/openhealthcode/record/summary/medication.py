"""Which medicines are being taken, as far as prescriptions, statements and dispensing tell."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

from openhealthcode.record.plain.concept import codes_of
from openhealthcode.record.plain.dates import as_date, day_of, end_of, when_of
from openhealthcode.record.plain.dosage import dosage_text, dose_text, frequency_text
from openhealthcode.record.plain.dosage import instructions_of as instructions_in
from openhealthcode.record.plain.fields import (
    Json,
    choice_of,
    first_of,
    mapping_of,
    number_of,
)
from openhealthcode.record.plain.treatment import medicine_name
from openhealthcode.record.plain.words import Language
from openhealthcode.record.summary.model import Medicine, PastMedicine

MEDICATION_TYPES: Final = frozenset(
    {"MedicationRequest", "MedicationStatement", "MedicationDispense"}
)

# A supply that ran out longer ago than this is no longer taken to be in use: long enough for a
# renewal that was filed elsewhere, short enough for a course of antibiotics to disappear.
_GRACE_AFTER_SUPPLY: Final = timedelta(days=90)
_GRACE_AFTER_DISPENSING: Final = timedelta(days=30)
_IN_USE: Final = {
    "MedicationRequest": frozenset({"active", "on-hold"}),
    "MedicationStatement": frozenset({"active", "intended", "on-hold"}),
    "MedicationDispense": frozenset({"completed", "in-progress"}),
}
_ENDS: Final = frozenset({"stopped", "not-taken", "cancelled"})
_NEVER_TAKEN: Final = frozenset({"entered-in-error", "draft", "not-taken", "cancelled", "declined"})
_DAYS: Final = {"d": 1, "day": 1, "days": 1, "wk": 7, "week": 7, "mo": 30, "a": 365}


def medication_of(
    resources: Iterable[tuple[int, Json]], today: date, language: Language
) -> tuple[Medicine, ...]:
    """One line per medicine in use, the newest word on each, most recently changed first."""
    newest: dict[str, tuple[str, int, Medicine]] = {}
    ended: dict[str, str] = {}
    for entry, resource in resources:
        state, when = str(resource.get("status")), when_of(resource)
        name = medicine_name(resource, language)
        key = _same_medicine(resource, name)
        if state in _ENDS:
            ended[key] = max(ended.get(key, ""), when)
        elif _is_in_use(resource, state, when, today):
            _keep_newest(newest, key, (when, entry, _medicine(entry, resource, name, language)))
    current = [
        (when, medicine)
        for key, (when, _, medicine) in newest.items()
        if key not in ended or ended[key] <= when
    ]
    current.sort(key=lambda pair: pair[1].name)
    current.sort(key=lambda pair: pair[0], reverse=True)
    return tuple(medicine for _, medicine in current)


def past_medication_of(
    resources: Iterable[tuple[int, Json]], today: date, language: Language
) -> tuple[PastMedicine, ...]:
    """One line per medicine that is on record and no longer in use, the latest first.

    What was entered in error, drafted or never taken is in neither list.
    """
    told = list(resources)
    current = {medicine.name for medicine in medication_of(told, today, language)}
    spans: dict[str, PastMedicine] = {}
    for entry, resource in told:
        name, when = medicine_name(resource, language), when_of(resource)
        if name in current or str(resource.get("status")) in _NEVER_TAKEN:
            continue
        one = PastMedicine(name, when, when, entry)
        spans[_same_medicine(resource, name)] = _spanning(
            spans.get(_same_medicine(resource, name), one), one
        )
    by_name = sorted(spans.values(), key=lambda medicine: medicine.name)
    return tuple(sorted(by_name, key=lambda medicine: medicine.last, reverse=True))


def _spanning(known: PastMedicine, one: PastMedicine) -> PastMedicine:
    """Both as one: from the earliest mention to the latest, which also names it."""
    later = one if one.last >= known.last else known
    days = [day for day in (known.first, one.first) if day]
    return PastMedicine(later.name, min(days, default=""), later.last, later.entry)


def _keep_newest(
    newest: dict[str, tuple[str, int, Medicine]], key: str, found: tuple[str, int, Medicine]
) -> None:
    known = newest.get(key)
    if known is None:
        newest[key] = found
        return
    later, earlier = (found, known) if found[:2] > known[:2] else (known, found)
    medicine = later[2]
    if not (medicine.dose or medicine.frequency):  # dispensing often repeats no instruction
        medicine = earlier[2]
    newest[key] = (later[0], later[1], medicine)


def _same_medicine(resource: Json, name: str) -> str:
    _, concept = choice_of(resource, "medication")
    first = next(codes_of(concept), None)
    return f"{first[0]}|{first[1]}" if first else name.casefold()


def _medicine(entry: int, resource: Json, name: str, language: Language) -> Medicine:
    instructions = instructions_in(resource)
    dosage = instructions[0] if instructions else {}
    dose, frequency = dose_text(dosage, language), frequency_text(dosage, language)
    if not (dose or frequency):
        frequency = dosage_text(dosage, language)
    return Medicine(name, dose, frequency, when_of(resource), entry)


def _is_in_use(resource: Json, state: str, when: str, today: date) -> bool:
    type_name = str(resource.get("resourceType"))
    if state not in _IN_USE.get(type_name, ()):
        return False
    start = as_date(when)
    if start is not None and start > today + timedelta(days=1):  # an author east of here
        return False
    if type_name == "MedicationDispense":
        supplied = _days(resource.get("daysSupply")) or timedelta()
        return start is not None and start + supplied + _GRACE_AFTER_DISPENSING >= today
    end = _end(resource, start, _GRACE_AFTER_SUPPLY)
    return end is None or end >= today


def overlaps(resource: Json, start: date, end: date | None) -> bool:
    """Whether a medicine is taken on any day from ``start`` to ``end``; None is open.

    As it was prescribed or handed out, without the time that a renewal elsewhere is waited for.
    """
    type_name, begins = str(resource.get("resourceType")), as_date(when_of(resource))
    if resource.get("status") not in _IN_USE.get(type_name, ()):
        return False
    if begins is not None and end is not None and begins > end:
        return False
    ends = last_day(resource, begins)
    return ends is None or ends >= start


def last_day(resource: Json, start: date | None) -> date | None:
    """The last day of a course, as far as it is written; None when it is open."""
    if resource.get("resourceType") == "MedicationDispense":
        supplied = _days(resource.get("daysSupply"))
        return start + supplied if start is not None and supplied is not None else start
    return _end(resource, start, timedelta())


def _end(resource: Json, start: date | None, grace: timedelta) -> date | None:
    repeat = mapping_of(mapping_of(_first_dosage(resource).get("timing")).get("repeat"))
    written = end_of(resource.get("effectivePeriod")) or end_of(repeat.get("boundsPeriod"))
    if written:
        return as_date(written)
    course = _days(repeat.get("boundsDuration"))
    if start is None:
        return None
    if course is not None:
        return start + course
    supply = mapping_of(resource.get("dispenseRequest"))
    valid = day_of(mapping_of(supply.get("validityPeriod")).get("end"))
    supplied = _days(supply.get("expectedSupplyDuration"))
    if supplied is None:
        return as_date(valid)
    repeats = min(number_of(supply.get("numberOfRepeatsAllowed")) or 0, 100)
    return start + supplied * (1 + repeats) + grace


def _first_dosage(resource: Json) -> Json:
    return first_of(resource.get("dosageInstruction") or resource.get("dosage"))


def _days(duration: object) -> timedelta | None:
    written = mapping_of(duration)
    number = number_of(written.get("value"))
    unit = str(written.get("code") or written.get("unit") or "d")
    if number is None or not 0 < number < 36_500:
        return None
    return timedelta(days=number * _DAYS.get(unit, 1))
