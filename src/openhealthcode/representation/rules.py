"""What somebody may do for somebody else. Pure functions: no clock, no database.

A day is one of the official time of China; an age is reached on the birthday, and by those born on
29 February in other years on 1 March.

Source: PIPL art. 28 and 31 (under 14: consent of the guardian), 49 (the deceased).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

from openhealthcode.representation.model import (
    LONGEST_DAYS,
    PROOFS,
    Facts,
    Mandate,
    Power,
    Proof,
    Representation,
    RepresentationKind,
    RepresentationUnsuitable,
)
from openhealthcode.standards import OFFICIAL_TIME, RecordCategory, SensitiveCategory, day_of

CONSENTS_ALONE_AT: Final = 14
"""From this age on minors consent by themselves."""
ADULT_AT: Final = 18
_OF_CHILDREN: Final = frozenset(Power) - {Power.CLOSING}
_GUARDIANS: Final = (RepresentationKind.GUARDIAN, RepresentationKind.ADULT_GUARDIAN)
_OF_YOUTHS: Final = frozenset({Power.RECORD})
_OF_HELPERS: Final = frozenset({Power.VISITS, Power.RECORD, Power.LOG, Power.CONSENTS})
_OF_RELATIVES: Final = frozenset({Power.RECORD, Power.RIGHTS, Power.CLOSING})


def age_on(birth_date: date, day: date) -> int:
    """Completed years; negative before birth."""
    had_birthday = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not had_birthday)


def is_minor(facts: Facts, at: datetime) -> bool:
    """Whether somebody is known to be under 18 at a moment."""
    return facts.birth_date is not None and age_on(facts.birth_date, day_of(at)) < ADULT_AT


def needs_guardian(facts: Facts, appointed: Iterable[Representation], at: datetime) -> bool:
    """Whether consents are the guardian's to give: under 14, or after a court's ruling.

    Until there is one, the phone that a counter bound to a child's record is the only one.

    Source: PIPL art. 31; Civil Code art. 21, 22, 34.
    """
    return any(
        found.kind in _GUARDIANS and Power.CONSENTS in found.powers
        for found in (mandate(one, facts, at) for one in appointed)
        if found is not None
    )


def mandate(appointed: Representation, facts: Facts, at: datetime) -> Mandate | None:
    """What a representative may do at a moment; ``None`` is nothing at all.

    Guardians act for children under 14 in everything but closing the account. From 14 on they read
    what the minor does not keep from them, and no more; at 18 it is over. Whom a court made guardian
    of an adult acts as for a child, for as long as the appointment. Nobody sees through a guardian or
    helper what tells of violence: it may be theirs.
    """
    is_over = appointed.end_at is not None and at >= appointed.end_at
    if appointed.revoked_at is not None or is_over or at < appointed.appointed_at:
        return None
    if appointed.kind is RepresentationKind.RELATIVE:
        return _of_relative(appointed, facts)
    if facts.has_died:
        return None
    if appointed.kind is RepresentationKind.HELPER:
        return _of_helper(appointed)
    if appointed.kind is RepresentationKind.ADULT_GUARDIAN:
        return _of_adult_guardian(appointed)
    return _of_guardian(facts, day_of(at))


def _of_guardian(facts: Facts, today: date) -> Mandate | None:
    born = facts.birth_date
    if born is None or age_on(born, today) >= ADULT_AT:
        return None
    if age_on(born, today) < CONSENTS_ALONE_AT:
        return Mandate(
            RepresentationKind.GUARDIAN,
            _OF_CHILDREN,
            hidden=frozenset({SensitiveCategory.ABUSE}),
            until=_birthday(born, CONSENTS_ALONE_AT),
        )
    return Mandate(
        RepresentationKind.GUARDIAN,
        _OF_YOUTHS,
        frozenset(RecordCategory) - facts.wishes.categories,
        facts.wishes.kinds | {SensitiveCategory.ABUSE},
        _birthday(born, ADULT_AT),
    )


def _of_helper(appointed: Representation) -> Mandate:
    return Mandate(
        RepresentationKind.HELPER,
        appointed.powers & _OF_HELPERS,
        hidden=frozenset(SensitiveCategory),
        until=day_of(appointed.end_at) if appointed.end_at else None,
    )


def _of_adult_guardian(appointed: Representation) -> Mandate:
    return Mandate(
        RepresentationKind.ADULT_GUARDIAN,
        _OF_CHILDREN,
        hidden=frozenset({SensitiveCategory.ABUSE}),
        until=day_of(appointed.end_at) if appointed.end_at else None,
    )


def _of_relative(appointed: Representation, facts: Facts) -> Mandate | None:
    if not facts.has_died or not facts.wishes.relatives_may:
        return None
    return Mandate(
        RepresentationKind.RELATIVE,
        _OF_RELATIVES,
        until=day_of(appointed.end_at) if appointed.end_at else None,
    )


def _birthday(born: date, age: int) -> date:
    try:
        return born.replace(year=born.year + age)
    except ValueError:  # born on 29 February
        return date(born.year + age, 3, 1)


def end_of(kind: RepresentationKind, at: datetime, days: int) -> datetime | None:
    """When an appointment for so many days ends: at the midnight after the last of them."""
    if kind is RepresentationKind.GUARDIAN:
        return None
    midnight = datetime.combine(day_of(at), datetime.min.time(), OFFICIAL_TIME)
    return midnight + timedelta(days=days + 1)


def check(
    kind: RepresentationKind,
    facts: Facts,
    *,
    proof: Proof,
    powers: Collection[Power],
    days: int,
    at: datetime,
) -> None:
    """Refuse an appointment that cannot be.

    Raises:
        RepresentationUnsuitable: a guardian of an adult without a ruling, a helper or a ruling for
            a minor, a relative of the living or against their wish; no powers, no end, another proof
            than the kind needs.
    """
    if proof not in PROOFS[kind]:
        raise RepresentationUnsuitable("this proof does not do")
    if kind is RepresentationKind.GUARDIAN:
        is_possible = is_minor(facts, at) and not facts.has_died
    elif kind is RepresentationKind.HELPER:
        is_known = bool(powers) and set(powers) <= _OF_HELPERS
        is_possible = is_known and not is_minor(facts, at) and not facts.has_died
    elif kind is RepresentationKind.ADULT_GUARDIAN:
        is_possible = not is_minor(facts, at) and not facts.has_died
    else:
        is_possible = facts.has_died and facts.wishes.relatives_may
    longest = LONGEST_DAYS.get(kind)
    if not is_possible or (longest is not None and not 0 < days <= longest):
        raise RepresentationUnsuitable
