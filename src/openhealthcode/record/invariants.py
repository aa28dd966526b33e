"""Invariants of FHIR R4 that the values of an object decide.

What cannot be told (dates of different precision, quantities of different units) is not broken. An
invariant is looked at where the elements it needs are there.

Source: FHIR R4 (4.0.1), the invariants of the types named.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from openhealthcode.record.model import Resource
from openhealthcode.terminology import systems

Json = Any
"""Parsed JSON of any kind."""

_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_CONDITION_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
_CONDITION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/condition-category"
_CONDITION_CLINICAL: Final = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ABATED: Final = frozenset({"resolved", "remission", "inactive"})
_NO_VISIT: Final = frozenset({"cancelled", "noshow"})
_WITHOUT_TIME: Final = frozenset({"proposed", "cancelled", "waitlist"})
_MEALS: Final = frozenset({"C", "CM", "CD", "CV"})
_WRITTEN: Final = frozenset(
    "boolean decimal integer string text url open-choice".split()  # noqa: SIM905 - as defined
)
_CHOSEN: Final = frozenset(
    "choice open-choice decimal integer date dateTime time string quantity".split()  # noqa: SIM905 - as read
)


@dataclass(frozen=True, slots=True)
class Invariant:
    """One rule between the values of an object.

    Args:
        structures: of which types, or parts of types.
        needs: elements without which it holds; a choice is named without its type.
        holds: the decision. Values of the wrong type may reach it: what it then raises counts as
            held, since the type was told already.
        said: the rule in words, without its key.
    """

    key: str
    structures: tuple[str, ...]
    needs: frozenset[str]
    holds: Callable[[Resource], bool]
    said: str
    is_warning: bool = False


def _has(concept: Json, system: str, codes: frozenset[str]) -> bool:
    return any(
        each.get("system") == system and each.get("code") in codes
        for each in concept.get("coding", ())
    )


_ERROR: Final = frozenset({"entered-in-error"})


def _in_order(first: str, second: str) -> bool:
    """Whether two dates are in order, as far as their precision tells.

    Without a time on both sides the days are compared as their authors wrote them.
    """
    if "T" in first and "T" in second:
        return datetime.fromisoformat(_plain(first)) <= datetime.fromisoformat(_plain(second))
    first, second = first.partition("T")[0], second.partition("T")[0]
    shared = min(len(first), len(second))
    return first[:shared] <= second[:shared]


def _plain(moment: str) -> str:
    """Without what no clock of ours shows: the leap second, and what is below a microsecond."""
    seconds = moment[17:19]
    return moment[:17] + ("59" if seconds == "60" else seconds) + _fraction(moment[19:])


def _fraction(rest: str) -> str:
    if not rest.startswith("."):
        return rest
    digits = len(rest) - len(rest[1:].lstrip("0123456789"))
    return "." + rest[1:digits][:6].ljust(6, "0") + rest[digits:]


def _range_in_order(range_: Resource) -> bool:
    low, high = range_["low"], range_["high"]
    if _unit(low) != _unit(high) or "value" not in low or "value" not in high:
        return True
    return bool(low["value"] <= high["value"])


def _unit(quantity: Resource) -> tuple[Any, ...]:
    if "code" in quantity:
        return quantity.get("system"), quantity["code"]
    return (quantity.get("unit"),)


def _value(holder: Resource, base: str) -> Json:
    """What a choice of one type holds, whichever it is."""
    return next((v for k, v in holder.items() if k.startswith(base) and k[len(base)].isupper()), {})


def _no_component_repeats(observation: Resource) -> bool:
    own = {_identity(each) for each in observation["code"].get("coding", ())}
    return not any(
        _identity(coding) in own
        for component in observation["component"]
        for coding in component["code"].get("coding", ())
    )


def _identity(coding: Resource) -> tuple[Any, ...]:
    return tuple(coding.get(name) for name in ("system", "version", "code", "display"))


def _link_ids_differ(questionnaire: Resource) -> bool:
    found = list(_link_ids(questionnaire))
    return len(found) == len(set(found))


def _link_ids(holder: Resource) -> Iterator[str]:
    for item in holder.get("item", ()):
        yield item["linkId"]
        yield from _link_ids(item)


def _nested_as_its_type(item: Resource) -> bool:
    if item["type"] == "group":
        return bool(item.get("item"))
    return item["type"] != "display" or not item.get("item")


def _member_acts(participant: Resource) -> bool:
    """Whether who acts on behalf of another may be a practitioner, as far as the text tells."""
    reference = str(participant.get("member", {}).get("reference", ""))
    of = reference.rpartition("/")[0].rpartition("/")[2]
    return not reference or reference.startswith(("urn:", "#")) or of == "Practitioner"


_ITEM: Final = ("QuestionnaireItem",)
_UCUM_ONLY: Final = ("Age", "Count", "Distance", "Duration")


def _needs(text: str) -> frozenset[str]:
    return frozenset(text.split())


INVARIANTS: Final = (
    Invariant(
        "per-1", ("Period",), _needs("start end"),
        lambda v: _in_order(v["start"], v["end"]),
        "a period does not end before it starts",
    ),
    Invariant(
        "rng-2", ("Range",), _needs("low high"), _range_in_order,
        "a range's low value is not above its high one",
    ),
    *(
        Invariant(
            key, (type_,), _needs("system"), lambda v: bool(v["system"] == systems.UCUM),
            "the system of its unit is UCUM",
        )
        for key, type_ in zip(("age-1", "cnt-3", "dis-1", "drt-1"), _UCUM_ONLY, strict=True)
    ),
    Invariant(
        "age-1", ("Age",), _needs("value"), lambda v: bool(v["value"] > 0),
        "an age is positive",
    ),
    Invariant(
        "cnt-3", ("Count",), _needs("value"),
        lambda v: float(v["value"]).is_integer() and v.get("code") == "1",
        "a count is a whole number with the unit 1",
    ),
    Invariant(
        "tim-4", ("TimingRepeat",), _needs("duration"), lambda v: bool(v["duration"] >= 0),
        "a duration is not negative",
    ),
    Invariant(
        "tim-5", ("TimingRepeat",), _needs("period"), lambda v: bool(v["period"] >= 0),
        "a period is not negative",
    ),
    Invariant(
        "tim-9", ("TimingRepeat",), _needs("offset when"), lambda v: not _MEALS & {*v["when"]},
        "an offset does not go with C, CM, CD or CV",
    ),
    Invariant(
        "ait-1", ("AllergyIntolerance",), frozenset(),
        lambda v: "clinicalStatus" in v or _has(v.get("verificationStatus", {}), _VERIFICATION, _ERROR),
        "clinicalStatus is there unless verificationStatus is entered-in-error",
    ),
    Invariant(
        "ait-2", ("AllergyIntolerance",), _needs("clinicalStatus verificationStatus"),
        lambda v: not _has(v.get("verificationStatus", {}), _VERIFICATION, _ERROR),
        "clinicalStatus is not there where verificationStatus is entered-in-error",
    ),
    Invariant(
        "con-3", ("Condition",), _needs("category"),
        lambda v: "clinicalStatus" in v
        or not any(_has(each, _CONDITION_CATEGORY, _needs("problem-list-item"))
                   for each in v["category"])
        or _has(v.get("verificationStatus", {}), _CONDITION_VERIFICATION, _ERROR),
        "a problem on the list has a clinicalStatus unless entered in error", is_warning=True,
    ),
    Invariant(
        "con-4", ("Condition",), _needs("abatement"),
        lambda v: _has(v.get("clinicalStatus", {}), _CONDITION_CLINICAL, _ABATED),
        "where a condition is abated, clinicalStatus is inactive, resolved or remission",
    ),
    Invariant(
        "con-5", ("Condition",), _needs("clinicalStatus verificationStatus"),
        lambda v: not _has(v.get("verificationStatus", {}), _CONDITION_VERIFICATION, _ERROR),
        "clinicalStatus is not there where verificationStatus is entered-in-error",
    ),
    Invariant(
        "obs-7", ("Observation",), _needs("value component code"), _no_component_repeats,
        "a component does not repeat the code whose value stands beside it",
    ),
    Invariant(
        "app-3", ("Appointment",), _needs("status"),
        lambda v: ("start" in v and "end" in v) or v["status"] in _WITHOUT_TIME,
        "only proposed, cancelled and waitlisted appointments lack start and end",
    ),
    Invariant(
        "app-4", ("Appointment",), _needs("cancelationReason status"),
        lambda v: v["status"] in _NO_VISIT,
        "only cancelled and missed appointments have a cancelationReason",
    ),
    Invariant(
        "ctm-1", ("CareTeamParticipant",), _needs("onBehalfOf"), _member_acts,
        "only practitioners act on behalf of others",
    ),
    Invariant(
        "grp-1", ("Group",), _needs("member"), lambda v: v["actual"] is True,
        "only an actual group has members",
    ),
    Invariant(
        "inv-1", ("Task",), _needs("lastModified authoredOn"),
        lambda v: _in_order(v["authoredOn"], v["lastModified"]),
        "a task is not modified before it is authored",
    ),
    Invariant(
        "mdd-1", ("MedicationDispense",), _needs("whenPrepared whenHandedOver"),
        lambda v: _in_order(v["whenPrepared"], v["whenHandedOver"]),
        "nothing is handed over before it is prepared",
    ),
    Invariant(
        "org-2", ("Organization",), _needs("address"),
        lambda v: not any(each.get("use") == "home" for each in v["address"]),
        "an organisation has no home address",
    ),
    Invariant(
        "org-3", ("Organization",), _needs("telecom"),
        lambda v: not any(each.get("use") == "home" for each in v["telecom"]),
        "an organisation is not reached at home",
    ),
    Invariant(
        "trd-3", ("TriggerDefinition",), _needs("type"),
        lambda v: {"named-event": "name" in v, "periodic": bool(_value(v, "timing"))}.get(
            v["type"], not v["type"].startswith("data-") or "data" in v
        ),
        "a trigger has the name, timing or data of its type",
    ),
    Invariant(
        "que-1", _ITEM, _needs("type"), _nested_as_its_type,
        "groups have items, displays have none",
    ),
    Invariant(
        "que-2", ("Questionnaire",), _needs("item"), _link_ids_differ,
        "no two items have the same linkId",
    ),
    Invariant(
        "que-3", _ITEM, _needs("type code"), lambda v: bool(v["type"] != "display"),
        "a display has no code",
    ),
    *(
        Invariant(
            "que-5", _ITEM, _needs(f"type {name}"), lambda v: v["type"] in _CHOSEN,
            "this type of item has no answers to choose from",
        )
        for name in ("answerOption", "answerValueSet")
    ),
    *(
        Invariant(
            key, _ITEM, _needs(f"type {name}"), lambda v: bool(v["type"] != "display"),
            f"{name} is not said of a display",
        )
        for key, name in (("que-6", "required"), ("que-6", "repeats"), ("que-9", "readOnly"))
    ),
    Invariant(
        "que-7", ("QuestionnaireItemEnableWhen",), _needs("operator answer"),
        lambda v: v["operator"] != "exists" or "answerBoolean" in v,
        "whether something exists is answered by yes or no",
    ),
    Invariant(
        "que-8", _ITEM, _needs("type initial"),
        lambda v: v["type"] not in {"group", "display"},
        "groups and displays have no initial values",
    ),
    Invariant(
        "que-10", _ITEM, _needs("type maxLength"), lambda v: v["type"] in _WRITTEN,
        "a largest length is for what is written",
    ),
    Invariant(
        "que-12", _ITEM, _needs("enableWhen"),
        lambda v: len(v["enableWhen"]) <= 2 or "enableBehavior" in v,
        "several conditions say whether all or any must hold",
    ),
    Invariant(
        "que-13", _ITEM, _needs("initial"),
        lambda v: v.get("repeats") is True or len(v["initial"]) <= 1,
        "only what repeats has several initial values",
    ),
)  # fmt: skip

BY_STRUCTURE: Final = {
    name: tuple(each for each in INVARIANTS if name in each.structures)
    for name in {name for each in INVARIANTS for name in each.structures}
}
"""The same by the structure they are of."""


def of(structure: str, bases: frozenset[str]) -> Iterator[Invariant]:
    """The invariants to look at where these elements are there."""
    return (each for each in BY_STRUCTURE.get(structure, ()) if each.needs <= bases)


def is_kept(invariant: Invariant, value: Resource) -> bool:
    """Whether it holds, or cannot be told because an element is not what it has to be."""
    try:
        return invariant.holds(value)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return True
