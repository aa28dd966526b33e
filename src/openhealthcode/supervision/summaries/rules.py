"""Which event counts as what, and what of a week's counts may be published. Pure.

Every published number is the sum of whole institutions' counts, each institution in exactly one of
them, and at least ``FEWEST``. What any page shows is computed from published numbers alone, so that
no difference of two pages, totals, filters or periods is a smaller number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Final

from openhealthcode.audit import Action, AgentKind, Outcome
from openhealthcode.supervision.summaries.model import FEWEST, Measure, Place

_DONE: Final[Mapping[str, Measure]] = {
    Action.RESIDENT_REGISTER: Measure.REGISTERED,
    Action.ACCOUNT_CLOSE: Measure.CLOSED,
    Action.PHONE_BIND: Measure.PHONE_BOUND,
    Action.CODE_CERTIFY: Measure.CODE_OFFLINE,
    Action.CARD_ISSUE: Measure.CODE_PRINTED,
    Action.RESIDENT_IDENTIFY: Measure.CODE_SHOWN,
    Action.RECORD_FILE: Measure.FILED,
    Action.CONSENT_ASK: Measure.ASKED,
    Action.CONSENT_GRANT: Measure.GRANTED,
    Action.CONSENT_REFUSE: Measure.DENIED,
    Action.CONSENT_WITHDRAW: Measure.WITHDRAWN,
    Action.CONSENT_RESTRICT: Measure.RESTRICTED,
    Action.BREAK_GLASS: Measure.OVERRIDE,
    Action.OVERRIDE_REVIEW: Measure.OVERRIDE_REVIEWED,
    Action.RECORD_OWN_VIEW: Measure.OWN_VIEW,
    Action.RECORD_COPY: Measure.COPIED,
}


def measure_of(action: str, outcome: str, agent_kind: str) -> Measure | None:
    """What an event counts as; None if as nothing."""
    if action == Action.RECORD_DISCLOSE:
        if outcome == Outcome.REFUSED:
            return Measure.REFUSED
        is_machine = agent_kind == AgentKind.SYSTEM
        return Measure.SHOWN_TO_SYSTEMS if is_machine else Measure.SHOWN_TO_PEOPLE
    return _DONE.get(action) if outcome == Outcome.DONE else None


def publishable(counts: Mapping[Place, int]) -> dict[Place, int]:
    """Counts of one measure and week, by institution, as they may be shown.

    An institution below ``FEWEST`` goes into one number with the others of its division that are,
    and if that is still below, into one number of the region; what is below even there is left out.

    Args:
        counts: by institution; what belongs to no institution under ``Place()``.
    """
    shown: dict[Place, int] = {}
    rest = counts.get(Place(), 0)
    places = sorted((one for one in counts if one.institution_id is not None), key=_division)
    for division, within in groupby(places, key=_division):
        large, small = _split(counts, within)
        shown.update(large)
        if small >= FEWEST and division:
            shown[Place(division)] = small
        else:
            rest += small
    if rest >= FEWEST:
        shown[Place()] = rest
    return shown


def _split(counts: Mapping[Place, int], places: Iterable[Place]) -> tuple[dict[Place, int], int]:
    """Those that stand by themselves, and the sum of the others."""
    by_itself = {one: counts[one] for one in places}
    large = {one: times for one, times in by_itself.items() if times >= FEWEST}
    return large, sum(by_itself.values()) - sum(large.values())


def _division(place: Place) -> str:
    return place.division
