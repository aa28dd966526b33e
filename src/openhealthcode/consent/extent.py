"""What a decision comes to for a record as a whole, worked out once and good until something changes.

Most decisions can be told without an entry: everything of these categories, with these closed kinds
at the most, filed up to a number. Whoever knows that need not weigh entry by entry.
"""

from __future__ import annotations

from datetime import UTC, datetime
from sys import maxsize
from typing import Final, NamedTuple, cast

from openhealthcode.consent.explanation import Because, explain
from openhealthcode.consent.model import AccessRequest, Decision, Provision, Provisions
from openhealthcode.consent.rules import decide
from openhealthcode.standards import RecordCategory, SensitiveCategory

_MOST_REMEMBERED: Final = 8
_ALWAYS: Final = datetime.min.replace(tzinfo=UTC)
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


class Extent(NamedTuple):
    """The kinds of entries a decision shows: all entries of them, and no other.

    Args:
        categories: an entry's is among these.
        sensitive: every closed kind an entry carries is among these.
        up_to_number: and this event or one before filed it.
    """

    categories: frozenset[RecordCategory]
    sensitive: frozenset[SensitiveCategory]
    up_to_number: int

    def covers(self, other: Extent) -> bool:
        """Whether it shows all that the other one shows."""
        return (
            self.categories >= other.categories
            and self.sensitive >= other.sensitive
            and self.up_to_number >= other.up_to_number
        )


NOTHING: Final = Extent(frozenset(), frozenset(), -1)


class Decided(NamedTuple):
    """A decision, why it came out so, and how far it reaches.

    Args:
        extent: None where only the entries themselves tell.
    """

    decision: Decision
    because: Because
    extent: Extent | None


class _Remembered(NamedTuple):
    """What was decided, and from when until when it would be decided again."""

    since: datetime
    until: datetime
    decided: Decided


def decided(request: AccessRequest, provisions: Provisions) -> Decided:
    """As ``decide`` and ``explain``, worked out once and remembered with the provisions.

    While nothing that was said begins or ends, whoever asks the same is answered the same object.
    """
    memory = provisions.memory
    who = (
        request.institution_id,
        request.practitioner_id,
        request.purpose,
        request.department,
        request.institution_kind,
        request.scene,
        request.manner,
    )
    known = cast("_Remembered | None", memory.get(who))
    if known is not None and known.since <= request.at < known.until:
        return known.decided
    decision = decide(request, provisions)
    found = Decided(decision, explain(request, decision, provisions), extent(decision))
    if not any(one.uses for one in provisions):  # these depend on who looked when
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        memory[who] = _Remembered(*_unchanged(request.at, provisions), found)
    return found


def _unchanged(at: datetime, provisions: Provisions) -> tuple[datetime, datetime]:
    """From when until when nothing begins or ends, around a moment."""
    changes = [moment for one in provisions for moment in (one.start_at, one.end_at)]
    return (
        max((moment for moment in changes if moment <= at), default=_ALWAYS),
        min((moment for moment in changes if moment > at), default=_FOR_EVER),
    )


def extent(decision: Decision) -> Extent | None:
    """What a decision shows of any record, if kinds of entries tell it all.

    None where days count, where a refusal ends at a number, or where two permissions reach in
    different directions.
    """
    if any(map(_is_of_some_days, (*decision.permits, *decision.denials))):
        return None
    if any(denial.up_to_number is not None for denial in decision.denials):
        return None
    permitted = [_permitted(permit, decision) for permit in decision.permits]
    widest = max(permitted, key=_width, default=NOTHING)
    return widest if all(map(widest.covers, permitted)) else None


def _is_of_some_days(provision: Provision) -> bool:
    return provision.from_day is not None or provision.until_day is not None


def _permitted(permit: Provision, decision: Decision) -> Extent:
    """What a permission leaves open once all refusals are heard."""
    categories, sensitive = permit.categories, permit.sensitive
    for denial in decision.denials:
        categories -= denial.categories
        sensitive -= denial.sensitive
    up_to = maxsize if permit.up_to_number is None else permit.up_to_number
    return Extent(categories, sensitive, up_to)


def _width(one: Extent) -> tuple[int, int, int]:
    """The widest comes last; one that covers all others is never before one of them."""
    return len(one.categories), len(one.sensitive), one.up_to_number
