"""Reading the synthetic lives in tests: entries by type, days, references."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from typing import Any

from openhealthcode.demonstration.region import Region, SyntheticResident, generate

Json = dict[str, Any]

TODAY = date(2026, 11, 22)


@cache
def region(seed: int = 2026) -> Region:
    """A whole region, made once per test run."""
    return generate(seed, TODAY)


@cache
def lives(seed: int = 2026) -> tuple[tuple[SyntheticResident, tuple[Json, ...]], ...]:
    """Every resident with the resources of the life, made once per test run."""
    return tuple((each, resources(each)) for each in region(seed).residents)


def resources(resident: SyntheticResident) -> tuple[Json, ...]:
    return tuple(entry["resource"] for entry in resident.bundle["entry"])


def of(life: tuple[Json, ...], kind: str) -> list[Json]:
    return [resource for resource in life if resource["resourceType"] == kind]


def codes(resource: Json, element: str = "code") -> set[str]:
    """The codes of a CodeableConcept."""
    codings = resource.get(element, {}).get("coding", [])
    return {coding["code"] for coding in codings if "code" in coding}


def with_code(life: tuple[Json, ...], kind: str, *prefixes: str) -> list[Json]:
    """Resources of a type one of whose codes begins with a prefix."""
    element = "medicationCodeableConcept" if kind == "MedicationRequest" else "code"
    return [
        resource
        for resource in of(life, kind)
        if any(code.startswith(prefixes) for code in codes(resource, element))
    ]


def values(life: tuple[Json, ...], loinc: str) -> list[tuple[date, float]]:
    """The readings of a quantity, oldest first."""
    found = [
        (day(observation["effectiveDateTime"]), observation["valueQuantity"]["value"])
        for observation in with_code(life, "Observation", loinc)
    ]
    return sorted(found)


def day(text: str) -> date:
    """The day a FHIR date or moment begins."""
    return date.fromisoformat((text[:10] + "-01-01")[:10])


_PLANNED = frozenset({"expirationDate", "validityPeriod", "detailQuantity", "manufactureDate"})
_MOMENTS = (
    "DateTime", "Date", "authoredOn", "issued", "start", "end", "whenHandedOver", "date", "onset",
    "created",
)  # fmt: skip


def happened(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every (element, moment) that says something happened; plans and shelf lives left out."""
    if isinstance(value, dict):
        skipped = {"end"} if value.get("resourceType") == "CarePlan" else set()
        for key, inner in value.items():
            if key in _PLANNED or key in skipped:
                continue
            if key == "period" and value.get("resourceType") == "CarePlan":
                yield key, inner["start"]
            else:
                yield from happened(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from happened(inner, name)
    elif isinstance(value, str) and name.endswith(_MOMENTS) and value[:4].isdigit():
        yield name, value


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def pregnancies(life: tuple[Json, ...]) -> list[tuple[date, date]]:
    """From the first antenatal visit to the day of birth, or to the end of what is known."""
    return [
        (day(each["onsetDateTime"]), day(each.get("abatementDateTime", TODAY.isoformat())))
        for each in with_code(life, "Condition", "Z34")
    ]


def as_text(bundle: Json) -> str:
    return json.dumps(bundle, ensure_ascii=False, sort_keys=True)


def days_later(text: str, days: int) -> date:
    return day(text) + timedelta(days=days)
