"""What a rule needs and a delivery does not hold.

A rule that needs the reason for a visit does not need a visit in every delivery: an element that
stands inside a resource is missing only where such a resource is delivered without it. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from openhealthcode.collection.model import Resource
from openhealthcode.collection.rules import CollectionRule, Demand, RuledElement, stands


def missing(rule: CollectionRule, resources: Sequence[Resource]) -> tuple[str, ...]:
    """The elements the rule needs that stand nowhere, though what they belong to was delivered."""
    return tuple(
        ruled.element.id
        for ruled in rule.of_demand(Demand.REQUIRED)
        if _is_missing(ruled, resources)
    )


def _is_missing(ruled: RuledElement, resources: Sequence[Resource]) -> bool:
    places = [s for s in ruled.element.fhir if s.path and not s.key]
    types = {place.type for place in places}
    belonging = [each for each in resources if each["resourceType"] in types]
    return bool(belonging) and not any(
        stands(resource, place.path)
        for resource in belonging
        for place in places
        if place.type == resource["resourceType"]
    )
