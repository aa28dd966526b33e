"""Read an order off a resource: only what is decided now is one, not what is handed in later."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final

from openhealthcode.record.orders.examinations import BY_CODE, DEFAULT_DAYS
from openhealthcode.record.orders.model import ExaminationOrder, Json, MedicineOrder, Order
from openhealthcode.record.plain.concept import codes_of
from openhealthcode.record.plain.dates import as_date, when_of
from openhealthcode.record.plain.fields import choice_of, mapping_of, mappings_of, text_of
from openhealthcode.record.plain.repeat import explanation_in, repeat_reason_in
from openhealthcode.record.summary.medication import last_day
from openhealthcode.terminology import systems

_FRESH: Final = timedelta(days=1)
_ORDERS: Final = frozenset({"order", "original-order", "reflex-order", "filler-order"})


def order_of(resource: Json, now: datetime) -> Order | None:
    """What a resource orders now; nothing when it orders nothing, or did so before yesterday.

    What was ordered days ago is history that somebody hands in, and nobody's decision of today.
    """
    if resource.get("status") != "active" or resource.get("intent") not in _ORDERS:
        return None
    authored = as_date(when_of(resource))
    if resource.get("doNotPerform") is True or (
        authored is not None and authored < (now - _FRESH).date()
    ):
        return None
    type_ = resource.get("resourceType")
    if type_ == "ServiceRequest":
        return _examination(resource)
    return _medicine(resource, now.date()) if type_ == "MedicationRequest" else None


def is_same_order(one: Json, other: Json) -> bool:
    """Whether two resources are one order handed in again: its id, an identifier, or all it says."""
    if one.get("resourceType") != other.get("resourceType"):
        return False
    if one.get("id") and one.get("id") == other.get("id"):
        return True
    identifiers = [_identifiers(each) for each in (one, other)]
    if all(identifiers):
        return bool(identifiers[0] & identifiers[1])
    concepts = [names_in(medicine_in(each)) | names_in(each.get("code")) for each in (one, other)]
    authored = one.get("authoredOn")
    return (
        authored is not None and authored == other.get("authoredOn") and concepts[0] == concepts[1]
    )


def _identifiers(resource: Json) -> frozenset[tuple[str, str]]:
    return frozenset(
        (str(one.get("system")), str(one.get("value")))
        for one in mappings_of(resource.get("identifier"))
        if one.get("value")
    )


def loinc_of(concept: object) -> frozenset[str]:
    """The LOINC codes of a concept, under whichever URI they arrive."""
    return _codes(concept, "loinc")


def atc_of(concept: object) -> frozenset[str]:
    """The ATC codes of a concept."""
    return _codes(concept, "atc")


def medicine_in(resource: Json) -> object:
    """The concept of the medicine in a resource about one, also where it is contained."""
    key, value = choice_of(resource, "medication")
    if key != "medicationReference":
        return value
    target = str(mapping_of(value).get("reference", "")).removeprefix("#")
    for contained in mappings_of(resource.get("contained")):
        if target and contained.get("id") == target:
            return contained.get("code")
    return {"text": mapping_of(value).get("display")}


def names_in(concept: object) -> frozenset[str]:
    """Every code with its system and every word a concept goes by."""
    said = mapping_of(concept)
    texts = [text_of(said.get("text"))]
    texts += [text_of(coding.get("display")) for coding in mappings_of(said.get("coding"))]
    codes = {f"{system}|{code}" for system, code in codes_of(concept) if system}
    return frozenset(codes | {text.casefold() for text in texts if text})


def _codes(concept: object, family: str) -> frozenset[str]:
    uris = systems.FAMILIES[family]
    return frozenset(code for system, code in codes_of(concept) if system in uris)


def _examination(resource: Json) -> ExaminationOrder | None:
    ordered = loinc_of(resource.get("code"))
    if not ordered:
        return None
    known = next((BY_CODE[code] for code in sorted(ordered) if code in BY_CODE), None)
    return ExaminationOrder(
        ordered | frozenset(known.codes if known else ()),
        frozenset(known.single if known else ordered),
        known.days if known else DEFAULT_DAYS,
        repeat_reason_in(resource),
        explanation_in(resource),
    )


def _medicine(resource: Json, today: date) -> MedicineOrder:
    concept = medicine_in(resource)
    start = as_date(when_of(resource)) or today
    return MedicineOrder(atc_of(concept), names_in(concept), start, last_day(resource, start))
