"""How unusual it is that a department sees somebody whom those other departments see; in evaluation only.

Not part of the early warning: ADR 66 says why. Kept so that what it would be worth can be measured again.
It counts residents by their marks, forgets the one who was not seen for longest beyond a limit, and is the
same whatever the order in which a day's accesses come.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Final, TypeVar

from openhealthcode.supervision.warning import Access

PRIOR: Final = 0.1
"""What share of their residents two departments have in common as long as nothing is known of them."""
PRIOR_RESIDENTS: Final = 20.0
MOST_DEPARTMENTS: Final = 12
"""Of one resident."""

Department = tuple[int, str]
Counted = TypeVar("Counted", Department, tuple[Department, Department])


class Communities:
    """Departments, and how many residents each two of them have both seen of late.

    Args:
        days: how long it counts that a department saw a resident.
        most_residents: beyond, who was not seen for longest is forgotten.
    """

    def __init__(self, days: int, most_residents: int) -> None:
        self.days = days
        self.most_residents = most_residents
        self.seen: OrderedDict[bytes, dict[Department, int]] = OrderedDict()
        self.residents: Counter[Department] = Counter()
        self.shared: Counter[tuple[Department, Department]] = Counter()

    def learn(self, access: Access, day: int) -> None:
        """Note an explained look."""
        mark = access.resident_mark
        known = self._of(mark, day)
        department = _department(access)
        if department not in known and len(known) < MOST_DEPARTMENTS:
            self._count(department, known, 1)
        if department in known or len(known) < MOST_DEPARTMENTS:
            known[department] = day
        self.seen[mark] = known
        self.seen.move_to_end(mark)
        if len(self.seen) > self.most_residents:
            self._forget(next(iter(self.seen)))

    def unusual(self, access: Access, day: int) -> float | None:
        """0 to 1: one less the share of the other departments' residents seen here too; or not known."""
        since = day - self.days
        known = {one for one, at in self.seen.get(access.resident_mark, {}).items() if at > since}
        here = _department(access)
        if here in known:
            return 0.0
        theirs = sum(self.residents[one] for one in known)
        if not theirs:
            return None
        both = sum(self.shared[_pair(here, one)] for one in known)
        return 1 - (both + PRIOR * PRIOR_RESIDENTS) / (theirs + PRIOR_RESIDENTS)

    def _of(self, mark: bytes, day: int) -> dict[Department, int]:
        """Who saw this resident of late; what is longer ago is not counted any more."""
        known = self.seen.get(mark, {})
        for old in [one for one, at in known.items() if at <= day - self.days]:
            del known[old]
            self._count(old, known, -1)
        return known

    def _forget(self, mark: bytes) -> None:
        known = self.seen.pop(mark)
        while known:
            self._count(known.popitem()[0], known, -1)

    def _count(self, department: Department, others: dict[Department, int], by: int) -> None:
        """One resident more, or less, whom this department and these others saw."""
        _add(self.residents, department, by)
        for one in others:
            _add(self.shared, _pair(department, one), by)


def _add(counts: Counter[Counted], key: Counted, by: int) -> None:
    """Count, and keep no zero."""
    counts[key] += by
    if not counts[key]:
        del counts[key]


def _department(access: Access) -> Department:
    return access.institution.int, access.department


def _pair(one: Department, other: Department) -> tuple[Department, Department]:
    return (one, other) if one < other else (other, one)
