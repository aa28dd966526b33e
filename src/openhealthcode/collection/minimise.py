"""Hold a delivery against the rule of its scene: refuse it, or take it without what is beyond.

A delivery names its scene by a tag of its Bundle, or of the resource when it is a single one:
``meta.tag`` with the system ``SCENE``. Without one it is taken under the import rule.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from openhealthcode.collection import store
from openhealthcode.collection.admit import known_resident
from openhealthcode.collection.complete import missing
from openhealthcode.collection.model import (
    BeyondRule,
    BundleMalformed,
    Delivery,
    NotCollected,
    Parcel,
    RefusedByResident,
    RequiredMissing,
    Resource,
    SeparateConsentNeeded,
    SetAside,
    Source,
)
from openhealthcode.collection.rule_set import RULES
from openhealthcode.collection.rules import (
    MISSING,
    CollectionRule,
    Found,
    Verdict,
    judge,
    without,
)
from openhealthcode.database import Pool, transaction
from openhealthcode.record.check import check
from openhealthcode.trust import Keys

SCENE: Final = "urn:openhealthcode:collection-scene"
"""The system of the tag that names a delivery's scene."""

_REFUSALS: Final[Mapping[Verdict, type[NotCollected]]] = {
    Verdict.BEYOND_RULE: BeyondRule,
    Verdict.NEEDS_SEPARATE_CONSENT: SeparateConsentNeeded,
    Verdict.REFUSED_BY_RESIDENT: RefusedByResident,
}


@dataclass(frozen=True, slots=True)
class Minimised:
    """What is taken of a delivery.

    Args:
        rule: how the log names the rule it is taken under.
        found: the verdict on each element it held; nothing when no scene was named.
        held: which elements each delivery holds that are taken, by its ``full_url``.
        missing: what the rule needs and the delivery does not hold.
    """

    parcel: Parcel
    rule: str = RULES.import_rule.reference
    set_aside: tuple[SetAside, ...] = ()
    found: Mapping[str, str] | None = None
    held: Mapping[str, frozenset[str]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def rule_of(bundle: Resource) -> CollectionRule | None:
    """The rule of the scene a delivery names.

    Raises:
        UnknownScene: there is no rule for it.
        BundleMalformed: it names several.
    """
    meta = bundle.get("meta")
    tags = meta.get("tag") if isinstance(meta, dict) else None
    scenes = {
        str(tag.get("code"))
        for tag in (tags if isinstance(tags, list) else ())
        if isinstance(tag, dict) and tag.get("system") == SCENE
    }
    if len(scenes) > 1:
        raise BundleMalformed("a delivery belongs to one collection scene")
    return RULES.of(scenes.pop()) if scenes else None


async def minimise(
    pool: Pool, keys: Keys, rule: CollectionRule, parcel: Parcel, source: Source
) -> Minimised:
    """Take a delivery as far as the rule and the resident's choices allow.

    Raises:
        BeyondRule, SeparateConsentNeeded, RefusedByResident: it holds what may not be collected,
            and the sender is not treated leniently or nothing would be left. The attempt is noted.
        RequiredMissing: it lacks what its scene cannot do without; noted too.
    """
    now = datetime.now(UTC)
    resident_id = await known_resident(pool, keys, parcel)
    async with transaction(pool, resident=resident_id) as connection:
        choices = (
            {} if resident_id is None
            else await store.choices(connection, resident_id, rule.scene)
        )  # fmt: skip
        is_lenient = await store.is_lenient(connection, source.institution_id, now)
    judged = [judge(rule, delivery.resource, choices) for delivery in parcel.deliveries]
    lacking = missing(rule, [delivery.resource for delivery in parcel.deliveries])
    found = _strictest(each for inner in judged for each in inner)
    found |= dict.fromkeys(lacking, MISSING)
    taken = _weighed(rule, parcel, judged, lacking, is_lenient=is_lenient)
    if isinstance(taken, NotCollected):
        async with transaction(pool) as connection:
            await store.note_delivery(
                connection, source.institution_id, rule.reference, found, now, is_refused=True
            )
        raise taken
    return Minimised(
        taken, rule.reference, _set_aside(parcel, judged), found, _held(parcel, judged), lacking
    )


def _weighed(
    rule: CollectionRule,
    parcel: Parcel,
    judged: list[list[Found]],
    lacking: Iterable[str],
    *,
    is_lenient: bool,
) -> Parcel | NotCollected:
    """What is taken of a delivery, or why nothing is."""
    beyond = _refusal(rule, parcel, judged)
    if is_lenient:
        return parcel if beyond is None else _without(parcel, judged) or beyond
    return beyond or _lacking(rule, lacking) or parcel


def _lacking(rule: CollectionRule, lacking: Iterable[str]) -> RequiredMissing | None:
    needed = tuple(element for element in lacking if element in rule.refused_without)
    return RequiredMissing(rule.reference, needed, "Bundle") if needed else None


def _held(parcel: Parcel, judged: list[list[Found]]) -> dict[str, frozenset[str]]:
    """What of the rule each delivery holds and may."""
    return {
        delivery.full_url: frozenset(
            each.element for each in found if each.verdict is Verdict.PERMITTED
        )
        for delivery, found in zip(parcel.deliveries, judged, strict=True)
    }


def _strictest(found: Iterable[Found]) -> dict[str, str]:
    """One verdict for each element: that of the place where it is least welcome."""
    order = list(Verdict)
    verdicts: dict[str, Verdict] = {}
    for each in found:
        known = verdicts.get(each.element, Verdict.PERMITTED)
        verdicts[each.element] = max(known, each.verdict, key=order.index)
    return {element: verdict.value for element, verdict in verdicts.items()}


def _refusal(
    rule: CollectionRule, parcel: Parcel, judged: list[list[Found]]
) -> NotCollected | None:
    elements: dict[Verdict, dict[str, None]] = defaultdict(dict)
    places: dict[Verdict, str] = {}
    for delivery, found in zip(parcel.deliveries, judged, strict=True):
        for each in found:
            elements[each.verdict][each.element] = None
            places.setdefault(each.verdict, _location(delivery.place, each))
    for verdict, refusal in _REFUSALS.items():
        if verdict in elements:
            return refusal(rule.reference, tuple(elements[verdict]), places[verdict])
    return None


def _location(place: int, found: Found) -> str:
    """Where something was found, as a FHIRPath of the Bundle."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in found.path)
    return "".join([f"Bundle.entry[{place}].resource", *steps])


def _without(parcel: Parcel, judged: list[list[Found]]) -> Parcel | None:
    """The parcel without what may not be collected; ``None`` when that leaves nothing to file."""
    kept: list[Delivery] = []
    for delivery, found in zip(parcel.deliveries, judged, strict=True):
        paths = [each.path for each in found if each.verdict is not Verdict.PERMITTED]
        resource = without(delivery.resource, paths) if paths else delivery.resource
        if resource is None:
            if delivery is parcel.patient:
                return None
            continue
        if paths:
            check(resource, delivery.resource["resourceType"])
        kept.append(replace(delivery, resource=resource))
    if not kept:
        return None
    patient = None
    if parcel.patient is not None:
        patient = next(each for each in kept if each.resource["resourceType"] == "Patient")
    return replace(parcel, patient=patient, deliveries=tuple(kept))


def _set_aside(parcel: Parcel, judged: list[list[Found]]) -> tuple[SetAside, ...]:
    aside = []
    for delivery, found in zip(parcel.deliveries, judged, strict=True):
        left_out = [each for each in found if each.verdict is not Verdict.PERMITTED]
        if left_out:
            elements = tuple(dict.fromkeys(each.element for each in left_out))
            is_whole = any(each.path == () for each in left_out)
            aside.append(SetAside(delivery.place, elements, is_whole))
    return tuple(aside)
