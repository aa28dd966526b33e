"""What ordering by communities of departments would be worth: ``make bench AREA=supervision ARGS="--only first_ten"``.

An officer looks at ten alerts a day. How many of these are right, as the queue is ordered now and if
alerts of the same severity were ordered by how unusual their accesses are? ADR 66 says what came of it.
What is chosen here (how much the score counts, where an alert without one stands) was tuned on seed 1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean

from insiders.month import month
from measure import Figure
from supervision.as_accesses import accesses
from supervision.communities import Communities
from supervision.warning_figures import rightly

from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision.warning import LOOKS, Access, Alert, Watch, shipped
from openhealthcode.supervision.warning.explanation import is_explained

REPORTED_ON = (2, 3, 4)
LACKING = (0.06, 0.20)
A_DAY = 10
COUNTS = 0.3
UNKNOWN = 0.9
REMEMBERED = {
    "2 days": (2, 10**9),
    "14 days": (14, 10**9),
    "14 days, 10,000 residents": (14, 10_000),
}
"""As long as the warning remembers who saw a resident today; as long as it remembers a person's looks."""

Order = tuple[float, ...]
Ordering = Callable[[Alert, float], Order]
ORDERS: Mapping[str, Ordering] = {
    "first": lambda alert, unusual: (-unusual, -alert.score),
    "added": lambda alert, unusual: (-alert.score - COUNTS * unusual,),
    "among equals": lambda alert, unusual: (-alert.score, -unusual),
}


def measure(*, is_full: bool) -> Iterator[Figure]:
    """The share of right alerts among the first ten of each day, at 6 and 20 % missing evidence."""
    seeds = REPORTED_ON if is_full else REPORTED_ON[:1]
    for lacking in LACKING:
        months = [_month(seed, lacking) for seed in seeds]
        for name, waits in (("", True), ("_of_the_day", False)):
            now = [one.precision(None, waits=waits) for one in months]
            would = {
                f"{memory}, {order}": [
                    one.precision((memory, order), waits=waits) for one in months
                ]
                for memory in REMEMBERED
                for order in ORDERS
            }
            yield Figure(
                f"first_ten_precision{name}_{round(lacking * 100)}",
                round(fmean(would["14 days, added"]), 3),
                "ratio",
                baseline=round(fmean(now), 3),
                baseline_is="the queue as it is ordered",
                notes=_notes(seeds, now, would, months),
            )


def _notes(
    seeds: Sequence[int],
    now: list[float],
    would: Mapping[str, list[float]],
    months: Sequence[Days],
) -> dict[str, object]:
    by_seed = {name: [round(one, 3) for one in found] for name, found in would.items()}
    return {
        "seeds": list(seeds),
        "now": [round(one, 3) for one in now],
        **by_seed,
        "residents_remembered": [one.remembered for one in months],
    }


@dataclass
class Days:
    """The alerts as they stood at the end of each day, with what an officer cannot know: which are right.

    Args:
        unusual: by kind of memory and leaf, of what nothing explained by itself.
        remembered: how many residents the memory of fourteen days held at the end.
    """

    days: dict[int, dict[str, tuple[Alert, bool]]] = field(default_factory=dict)
    unusual: dict[str, dict[int, float]] = field(default_factory=dict)
    remembered: int = 0

    def precision(self, arm: tuple[str, str] | None, *, waits: bool) -> float:
        """Of the first ten a day, how many were right; what is not looked at waits, or is forgotten."""
        right = looked = 0
        done: set[str] = set()
        waiting: dict[str, tuple[Alert, bool]] = {}
        for day in sorted(self.days):
            told = {key: one for key, one in self.days[day].items() if key not in done}
            waiting = waiting | told if waits else told
            queue = sorted(waiting.values(), key=lambda one: self._place(one[0], arm))
            for alert, is_right in queue[:A_DAY]:
                right, looked = right + is_right, looked + 1
                done.add(alert.alert_id)
                del waiting[alert.alert_id]
        return right / looked

    def _place(self, alert: Alert, arm: tuple[str, str] | None) -> tuple[object, ...]:
        within: Order = (-alert.score,)
        if arm is not None:
            memory, order = arm
            within = ORDERS[order](alert, _unusual(alert, self.unusual[memory]))
        return -alert.severity, *within, alert.opened_at, alert.alert_id


def _unusual(alert: Alert, known: Mapping[int, float]) -> float:
    """Of an alert: the mean of its accesses of which something is known."""
    leaves = {leaf for finding in alert.findings for leaf in finding.leaves}
    found = [known[leaf] for leaf in sorted(leaves) if leaf in known]
    return fmean(found) if found else UNKNOWN


def _month(seed: int, lacking: float) -> Days:
    edition = shipped()
    watch, found = Watch(edition), Days(unusual={memory: {} for memory in REMEMBERED})
    memories = {name: Communities(*bounds) for name, bounds in REMEMBERED.items()}
    stories: dict[int, tuple[int, PractitionerId]] = {}
    for access, glance in accesses(month(seed, lacking, with_unseen=True)):
        day = int(glance.when // 86_400)
        if glance.story >= 0:
            stories[access.leaf] = glance.story, access.practitioner
        if _is_look(access):
            is_own = is_explained(edition, access.evidence)
            for name, memory in memories.items():
                _remember(memory, access, day, None if is_own else found.unusual[name])
        for alert in watch.judge(access).alerts:
            told = found.days.setdefault(day, {})
            told[alert.alert_id] = alert, bool(rightly(alert, stories))
    found.remembered = len(memories["14 days"].seen)
    return found


def _remember(
    memory: Communities, access: Access, day: int, unusual: dict[int, float] | None
) -> None:
    """What is explained is learnt from; what is not is weighed."""
    if unusual is None:
        memory.learn(access, day)
        return
    weighed = memory.unusual(access, day)
    if weighed is not None:
        unusual[access.leaf] = weighed


def _is_look(access: Access) -> bool:
    return access.action in LOOKS and not access.is_refused and bool(access.resident_mark)
