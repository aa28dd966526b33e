"""What deliveries held, counted: which fate an element met, by institution, month and rule. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from openhealthcode.collection.rules import MISSING, Verdict
from openhealthcode.standards.ids import InstitutionId


class Fate(StrEnum):
    """What became of an element. The first six count deliveries, the last two entries."""

    ASKED = "asked"
    TAKEN = "taken"
    REFUSED_BY_RULE = "refused-by-rule"
    SET_ASIDE = "set-aside"
    REFUSED_BY_RESIDENTS = "refused-by-residents"
    """Held though the resident refuses it or was never asked."""
    MISSING = "missing"
    """Not held though the rule needs it."""
    KEPT = "kept"
    READ = "read"
    """Somebody other than the resident was shown it, for the first time."""


_FATES: Final = {
    (Verdict.PERMITTED, False): Fate.TAKEN,
    (Verdict.BEYOND_RULE, True): Fate.REFUSED_BY_RULE,
    (Verdict.BEYOND_RULE, False): Fate.SET_ASIDE,
    (Verdict.REFUSED_BY_RESIDENT, True): Fate.REFUSED_BY_RESIDENTS,
    (Verdict.REFUSED_BY_RESIDENT, False): Fate.REFUSED_BY_RESIDENTS,
    (Verdict.NEEDS_SEPARATE_CONSENT, True): Fate.REFUSED_BY_RESIDENTS,
    (Verdict.NEEDS_SEPARATE_CONSENT, False): Fate.REFUSED_BY_RESIDENTS,
}
"""By verdict, and whether the delivery was refused as a whole."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """One delivery: which elements it held, the verdict on each, in how many entries it is kept."""

    institution_id: InstitutionId
    at: datetime
    rule: str
    is_refused: bool
    elements: tuple[tuple[str, str, int], ...]


class Counted(NamedTuple):
    """What a count is of."""

    institution_id: InstitutionId
    month: date
    """Its first day."""
    rule: str
    element: str
    fate: Fate


def count_of(deliveries: Iterable[Delivered]) -> Counter[Counted]:
    """What these deliveries add to the tally."""
    counted: Counter[Counted] = Counter()
    for one in deliveries:
        month = one.at.astimezone(UTC).date().replace(day=1)
        for element, verdict, kept in one.elements:
            for fate, times in _fates(verdict, kept, is_refused=one.is_refused):
                counted[Counted(one.institution_id, month, one.rule, element, fate)] += times
    return counted


def _fates(verdict: str, kept: int, *, is_refused: bool) -> Iterator[tuple[Fate, int]]:
    if verdict == MISSING:
        yield Fate.MISSING, 1
        return
    yield Fate.ASKED, 1
    if (Verdict(verdict), is_refused) in _FATES:
        yield _FATES[Verdict(verdict), is_refused], 1
    if kept:
        yield Fate.KEPT, kept


@dataclass(frozen=True, slots=True)
class ElementReport:
    """How often an institution's deliveries held one element in one scene, and what became of it.

    Args:
        refused_by_rule: deliveries refused because of it.
        set_aside: deliveries filed without it.
        refused_by_residents: held though the resident refuses it or was never asked.
        missing: deliveries that lacked it though the rule needs it.
        kept: entries filed that hold it.
        read: those of them that somebody other than the resident was ever shown.
    """

    scene: str
    element: str
    asked: int
    taken: int
    refused_by_rule: int
    set_aside: int
    refused_by_residents: int
    missing: int = 0
    kept: int = 0
    read: int = 0

    @property
    def is_never_read(self) -> bool:
        """Whether nobody ever needed what was collected: the best sign that it need not have been."""
        return self.kept > 0 and self.read == 0


def report(counts: Iterable[tuple[str, str, str, int]]) -> tuple[ElementReport, ...]:
    """The report of counts: rule, element, fate, how often."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for rule, element, fate, times in counts:
        scene = rule.partition("@")[0]
        found.setdefault((scene, element), Counter())[fate] += times
    return tuple(
        ElementReport(scene, element, **{fate.replace("-", "_"): times[fate] for fate in Fate})
        for (scene, element), times in sorted(found.items())
    )
