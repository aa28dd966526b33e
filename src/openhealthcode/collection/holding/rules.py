"""When something collected is over, and what of an entry. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from openhealthcode.collection.holding.model import Arrival, Holding, Part
from openhealthcode.collection.rules import CollectionRule
from openhealthcode.standards.ids import InstitutionId


def ends_on(since: date, years: int | None) -> date | None:
    """The first day on which it is over: the same day, that many years later.

    Args:
        years: of the rule; ``None``: never by itself.
    """
    if years is None:
        return None
    try:
        return since.replace(year=since.year + years)
    except ValueError:  # the 29th of February, in a year without one
        return date(since.year + years, 3, 1)


def held(
    rule: CollectionRule,
    arrival: Arrival,
    institution_id: InstitutionId,
    before: Holding | None,
    today: date,
) -> Holding:
    """What is held of an entry once this has been filed.

    What arrives counts from today, but never ends sooner than it would have: the law may want what
    was written on another occasion for longer. What an earlier version held and this one does not goes on to
    its own end: the earlier version is still there.
    """
    parts = dict(before.parts) if before else {}
    for element_id in arrival.elements & rule.elements.keys():
        end = ends_on(today, rule.elements[element_id].retention_years)
        known = parts.get(element_id)
        parts[element_id] = Part(
            rule.reference, today, end if known is None else _later(known.until, end)
        )
    return Holding(arrival.entry_id, institution_id, parts)


def _later(one: date | None, other: date | None) -> date | None:
    """The later of two ends; never is later than any day."""
    return None if one is None or other is None else max(one, other)


def over(holding: Holding, today: date, *, is_person: bool) -> frozenset[str]:
    """The elements to be destroyed today.

    An entry is one statement and goes as a whole, when the last of its elements is over. Of the
    entry that says who the resident is, each element goes by itself.
    """
    ended = frozenset(id_ for id_, part in holding.parts.items() if part.is_over(today))
    return ended if is_person or len(ended) == len(holding.parts) else frozenset()


def review_on(holding: Holding, *, is_person: bool) -> date | None:
    """The day on which something is to be destroyed: see ``over``; ``None`` when that never comes."""
    untils = [part.until for part in holding.parts.values()]
    known = [until for until in untils if until is not None]
    if not known:
        return None
    if is_person:
        return min(known)
    return max(known) if len(known) == len(untils) else None


def ended(
    holding: Holding, rule: CollectionRule, elements: Collection[str], today: date
) -> Holding:
    """The same when consent to these elements of a rule is taken back: they are over today.

    What also rests on a law is not the resident's to end, and stays its time.
    """
    parts = {
        id_: replace(part, until=today) if _is_ended(id_, part, rule, elements) else part
        for id_, part in holding.parts.items()
    }
    return replace(holding, parts=parts)


def _is_ended(element: str, part: Part, rule: CollectionRule, elements: Collection[str]) -> bool:
    ruled = rule.elements.get(element)
    return (
        element in elements
        and ruled is not None
        and ruled.is_by_consent
        and part.rule.partition("@")[0] == rule.scene
    )


def without(holding: Holding, elements: frozenset[str]) -> Holding:
    """What is held once these are gone."""
    rest = {id_: part for id_, part in holding.parts.items() if id_ not in elements}
    return replace(holding, parts=rest)


def first_reads(holding: Holding) -> list[tuple[str, str, date]]:
    """What was unread until now: rule, element, and the month it was collected in."""
    return [
        (part.rule, id_, part.since.replace(day=1))
        for id_, part in holding.parts.items()
        if not part.is_read
    ]


def read(holding: Holding) -> Holding:
    """The same after somebody was shown the entry."""
    return replace(
        holding, parts={id_: replace(part, is_read=True) for id_, part in holding.parts.items()}
    )
