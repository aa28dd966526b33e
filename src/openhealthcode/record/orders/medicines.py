"""Whether a medicine doubles, harms or is harmed by another, or meets an allergy.

Classes are those of ATC: the whole code is the substance, its first five characters the class. An
overlap in time is judged as the summary of a record judges what is being taken.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from typing import Any, Final

from openhealthcode.record.orders.model import (
    Finding,
    FindingKind,
    Json,
    Known,
    MedicineOrder,
)
from openhealthcode.record.orders.read import atc_of, medicine_in, names_in
from openhealthcode.record.plain.concept import code_of
from openhealthcode.record.summary.medication import MEDICATION_TYPES, overlaps
from openhealthcode.terminology.interactions import Interaction, Severity

COMPARED_TYPES: Final = (*sorted(MEDICATION_TYPES), "AllergyIntolerance")
_SUBSTANCE: Final = 7
_CLASS: Final = 5
_PAST: Final = frozenset({"inactive", "resolved"})
_VOID: Final = frozenset({"entered-in-error", "refuted"})
_WEIGHT: Final = {Severity.HIGH: 0, Severity.MODERATE: 1, Severity.LOW: 2}


def _read() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("medicines.toml").read_text("utf-8"))


_TABLE: Final = _read()
_ALLERGENS: Final = tuple(_TABLE["allergen"].values())
_USUAL: Final = frozenset(_TABLE["same-class"]["usual"])


def compare_medicines(
    order: MedicineOrder, known: Sequence[Known], interactions: Iterable[Interaction]
) -> tuple[Finding, ...]:
    """What the medicines and allergies of a record say about another medicine, the gravest first.

    Args:
        known: what may be compared, whoever filed it.
        interactions: every pair of which the ordered medicine may be one.
    """
    pairs = tuple(interactions)
    found: dict[tuple[FindingKind, str], Finding] = {}
    for place, one in enumerate(known):
        for finding, about in _of_one(order, one.resource, place, pairs):
            found.setdefault((finding.kind, about), finding)
    told = sorted(found.values(), key=lambda finding: _WEIGHT[finding.severity])
    if not order.atc:
        told.append(Finding(FindingKind.NOT_COMPARED, Severity.LOW))
    return tuple(told)


def _of_one(
    order: MedicineOrder, resource: Json, place: int, pairs: Sequence[Interaction]
) -> Iterator[tuple[Finding, str]]:
    """What one entry says, each with what it is about, so that nothing is told twice."""
    if resource.get("resourceType") == "AllergyIntolerance":
        severity = _allergy(order, resource)
        if severity is not None:
            yield Finding(FindingKind.ALLERGY, severity, place), str(sorted(_allergens(resource)))
        return
    if not overlaps(resource, order.start, order.end):
        return
    concept = medicine_in(resource)
    theirs = atc_of(concept)
    about = min(theirs, default="") or min(names_in(concept), default="")
    kind = _doubled(order, theirs, names_in(concept))
    if kind is not None:
        severity = Severity.HIGH if kind is FindingKind.SAME_MEDICINE else Severity.MODERATE
        yield Finding(kind, severity, place), about
    for pair in pairs:
        if _meet(pair, order.atc, theirs):
            yield (
                Finding(FindingKind.INTERACTION, pair.severity, place, pair.says, pair.source),
                f"{about} {pair.one} {pair.other}",
            )


def _doubled(
    order: MedicineOrder, theirs: frozenset[str], names: frozenset[str]
) -> FindingKind | None:
    substances = {code for code in theirs if len(code) == _SUBSTANCE}
    if substances & order.atc or (not (order.atc and theirs) and order.names & names):
        return FindingKind.SAME_MEDICINE
    classes = {code[:_CLASS] for code in theirs if len(code) >= _CLASS} - _USUAL
    mine = {code[:_CLASS] for code in order.atc if len(code) >= _CLASS}
    return FindingKind.SAME_CLASS if classes & mine else None


def _meet(pair: Interaction, mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return (_below(mine, pair.one) and _below(theirs, pair.other)) or (
        _below(mine, pair.other) and _below(theirs, pair.one)
    )


def _below(codes: Iterable[str], prefix: str) -> bool:
    return any(code.startswith(prefix) for code in codes)


def _allergy(order: MedicineOrder, resource: Json) -> Severity | None:
    """How gravely an allergy speaks against a medicine; None when it does not."""
    if code_of(resource.get("clinicalStatus")) in _PAST:
        return None
    if code_of(resource.get("verificationStatus")) in _VOID:
        return None
    concept = resource.get("code")
    allergic_to = {code for code in atc_of(concept) if len(code) >= 3}
    against = {code for one in _allergens(resource) for code in _ALLERGENS[one]["against"]}
    akin = {code for one in _allergens(resource) for code in _ALLERGENS[one]["akin"]}
    if any(_below(order.atc, code) for code in allergic_to | against) or (
        not order.atc and order.names & names_in(concept)
    ):
        return Severity.HIGH
    relatives = akin | {code[:4] for code in allergic_to if len(code) >= _CLASS}
    return Severity.MODERATE if any(_below(order.atc, code) for code in relatives) else None


def _allergens(resource: Json) -> list[int]:
    """Which rows of the table an allergy names in words."""
    words = " ".join(sorted(names_in(resource.get("code"))))
    return [
        place for place, row in enumerate(_ALLERGENS) if any(word in words for word in row["words"])
    ]
