"""Place an entry in one category of the record, by its type and, where that is too coarse, its codes.

What cannot be told apart lands among documents, never among the administrative: allowing somebody
to see administration must not show clinical content.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.standards import RecordCategory
from openhealthcode.terminology import is_traditional

_C = RecordCategory

_OBSERVATION: Final = {
    "laboratory": _C.LABORATORY,
    "imaging": _C.IMAGING,
    "vital-signs": _C.VITAL_SIGNS,
    "vital-sign": _C.VITAL_SIGNS,  # a frequent misspelling
    "exam": _C.VITAL_SIGNS,
    "social-history": _C.SOCIAL_HISTORY,
    "survey": _C.SOCIAL_HISTORY,
    "activity": _C.SOCIAL_HISTORY,
    "procedure": _C.PROCEDURES,
    "therapy": _C.PROCEDURES,
}
"""Source: HL7 code system observation-category."""

_VITAL_SIGNS: Final = frozenset(
    {
        "8302-2", "8306-3", "29463-7", "3141-9", "39156-5", "59408-5", "2708-6", "8310-5", "8331-1",
        "8867-4", "9279-1", "8480-6", "8462-4", "85354-9", "55284-4", "9843-4", "8287-5", "85353-1",
        "56086-2", "72514-3",
    }
)  # fmt: skip
"""LOINC codes of FHIR's vital-signs profile and its neighbours, pain score included."""

_BLOOD_TYPE: Final = frozenset({"882-1", "883-9", "884-7", "10331-7"})
"""LOINC codes of ABO and Rh group."""

_LIFESTYLE: Final = frozenset({"72166-2", "11367-0", "63640-7", "74013-4", "11331-6"})
"""LOINC codes of smoking and drinking status."""

_DIAGNOSTIC_SERVICE: Final = {
    service: category
    for category, services in (
        (
            _C.LABORATORY,
            "LAB BG BLB CG CH CP CTH HLA HM IMM MB MCB MYC OSL PAR PAT SP SR TX URN VR",
        ),
        (_C.IMAGING, "RAD CT CUS EC IMG NMR NMS OUS RT RUS RX VUS XRC"),
    )
    for service in services.split()
}
"""Source: HL7 v2 table 0074."""

_SERVICE: Final = {
    "108252007": _C.LABORATORY,
    "363679005": _C.IMAGING,
    "387713003": _C.PROCEDURES,
    "laboratory": _C.LABORATORY,
    "imaging": _C.IMAGING,
}
"""Source: FHIR R4 value set servicerequest-category (SNOMED CT)."""

_MAY_BE_TRADITIONAL: Final = frozenset(
    {"Condition", "MedicationRequest", "MedicationDispense", "MedicationStatement"}
    | {"MedicationAdministration", "Procedure", "ServiceRequest", "Observation", "CarePlan"}
    | {"DiagnosticReport"}
)
_OWN_CONCEPTS: Final = ("code", "category", "medicationCodeableConcept", "medicationReference")


def category_of(resource: Resource, otherwise: RecordCategory) -> RecordCategory:
    """The one category a resource belongs to; ``otherwise`` is that of its type."""
    type_ = resource["resourceType"]
    if type_ in _MAY_BE_TRADITIONAL and _is_traditional(resource):
        return RecordCategory.TRADITIONAL_MEDICINE
    if type_ == "Observation":
        return _of_observation(resource, otherwise)
    if type_ == "DiagnosticReport":
        return _first(_DIAGNOSTIC_SERVICE, resource, otherwise)
    if type_ == "ServiceRequest":
        return _first(_SERVICE, resource, otherwise)
    return otherwise


def _of_observation(resource: Resource, otherwise: RecordCategory) -> RecordCategory:
    codes = {coding.get("code") for coding in _codings(resource.get("code"))}
    if codes & _VITAL_SIGNS:
        return RecordCategory.VITAL_SIGNS
    if codes & _BLOOD_TYPE:
        return RecordCategory.BLOOD_TYPE
    if codes & _LIFESTYLE:
        return RecordCategory.SOCIAL_HISTORY
    measured = "valueQuantity" in resource
    return _first(_OBSERVATION, resource, _C.LABORATORY if measured else otherwise)


def _first(
    table: dict[str, RecordCategory], resource: Resource, otherwise: RecordCategory
) -> RecordCategory:
    for coding in _codings(resource.get("category")):
        found = table.get(coding.get("code", ""))
        if found is not None:
            return found
    return otherwise


def _codings(concepts: object) -> Iterator[dict[str, Any]]:
    if isinstance(concepts, dict):
        yield from concepts.get("coding", ())
    elif isinstance(concepts, list):
        for concept in concepts:
            if isinstance(concept, dict):
                yield from concept.get("coding", ())


def _is_traditional(resource: Resource) -> bool:
    """Only what the entry itself is counts: a hospital of that name also writes other entries."""
    pairs: list[tuple[str, str]] = []
    texts: list[str] = [resource.get("title", ""), resource.get("description", "")]
    contained = (each for each in resource.get("contained", ()) if each.get("code"))
    for holder in (resource, *contained):
        for name in _OWN_CONCEPTS:
            concepts = holder.get(name)
            for coding in _codings(concepts):
                pairs.append((coding.get("system", ""), coding.get("code", "")))
                texts.append(coding.get("display", ""))
            if isinstance(concepts, dict):
                texts += (concepts.get("text", ""), concepts.get("display", ""))
    return is_traditional(pairs, texts)
