"""How well the early warning tells misdeeds from work, and how fast: ``make bench AREA=supervision``.

Tuned on seed 1 without the unseen kinds; what is reported comes from other seeds with them.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from insiders.misdeeds import Story
from insiders.month import Month, month
from measure import Figure, median
from supervision.as_accesses import accesses

from openhealthcode.standards.ids import PractitionerId
from openhealthcode.supervision.warning import Access, Alert, Edition, Watch, shipped

TUNED_ON = 1
REPORTED_ON = (2, 3, 4)
LACKING = (0.06, 0.12, 0.20)
JUDGED = 200_000
ROUNDS = 5


def measure(*, is_full: bool) -> Iterator[Figure]:
    """Recall, precision and load of alerts at 6 and 20 % (12 % too, and all seeds, if full)."""
    yield _speed()
    seeds = REPORTED_ON if is_full else REPORTED_ON[:1]
    for lacking in LACKING if is_full else (0.06, 0.20):
        outcomes = [evaluate(seed, lacking, with_unseen=True) for seed in seeds]
        yield from _figures(round(lacking * 100), outcomes)


def _figures(percent: int, outcomes: list[Outcome]) -> Iterator[Figure]:
    """What is told of one share of missing evidence: the median over the seeds."""
    baseline_is = "an alert for everybody who looked at somebody without proof on a day"
    notes: dict[str, object] = {
        "seeds": len(outcomes),
        "incidents": sum(len(one.counted()) for one in outcomes),
        "unseen_kinds": median([one.recall(one.counted(is_unseen=True)) for one in outcomes]),
        "forged_proofs": median([one.recall(one.forged()) for one in outcomes]),
        "minutes_median_p95": [round(one) for one in outcomes[0].minutes()],
        "by_kind": outcomes[0].by_kind(),
    }
    yield Figure(
        f"incident_recall_{percent}",
        round(median([one.recall(one.counted()) for one in outcomes]), 3),
        "ratio",
        notes=notes,
    )
    yield Figure(
        f"alert_precision_{percent}",
        round(median([one.precision for one in outcomes]), 3),
        "ratio",
        baseline=round(median([one.naive_precision for one in outcomes]), 3),
        baseline_is=baseline_is,
    )
    yield Figure(
        "alerts_per_day_per_1000_staff" + ("" if percent == 6 else f"_{percent}"),
        round(median([one.a_day_per_1000 for one in outcomes]), 2),
        "count",
        baseline=round(median([one.naive_a_day_per_1000 for one in outcomes]), 1),
        baseline_is=baseline_is,
    )


def _speed() -> Figure:
    """Events a second on one core, by its processor time: the first days of a month."""
    log = [one for one, _ in islice(accesses(month(TUNED_ON, 0.06, with_unseen=False)), JUDGED)]
    seconds = [_seconds(lambda: _judge(log)) for _ in range(ROUNDS)]
    floor = [_seconds(lambda: _counted(log)) for _ in range(ROUNDS)]
    return Figure(
        "rules_events",
        round(JUDGED / median(seconds)),
        "1/s",
        baseline=round(JUDGED / median(floor)),
        baseline_is="only counting who looked at whom, by day",
        cpu_us=round(median(seconds) / JUDGED * 1e6, 1),
    )


def _judge(log: list[Access]) -> None:
    watch = Watch(shipped())
    for access in log:
        watch.judge(access)


def _counted(log: list[Access]) -> None:
    counts: dict[tuple[object, int], set[bytes]] = {}
    for access in log:
        day = int(access.at.timestamp() // 86_400)
        counts.setdefault((access.practitioner, day), set()).add(access.resident_mark)


def _seconds(work: object) -> float:
    started = time.process_time()
    work()  # type: ignore[operator]
    return time.process_time() - started


@dataclass
class Outcome:
    """What became of one month.

    Args:
        found: by story the minutes from its first glance to the first alert about it.
        naive: who on which day looked at somebody without proof, and whether a misdeed was among it.
        false_alerts: by the rule that weighed most in each.
    """

    month: Month
    accesses: int = 0
    alerts: int = 0
    true_alerts: int = 0
    found: dict[int, float] = field(default_factory=dict)
    naive: dict[tuple[int, int], bool] = field(default_factory=dict)
    by_rule: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def recall(self, stories: list[Story]) -> float:
        return sum(story.number in self.found for story in stories) / max(1, len(stories))

    @property
    def precision(self) -> float:
        return self.true_alerts / max(1, self.alerts)

    @property
    def a_day_per_1000(self) -> float:
        return self.alerts / self.month.days / len(self.month.world.staff) * 1000

    @property
    def naive_precision(self) -> float:
        return sum(self.naive.values()) / max(1, len(self.naive))

    @property
    def naive_a_day_per_1000(self) -> float:
        return len(self.naive) / self.month.days / len(self.month.world.staff) * 1000

    def forged(self) -> list[Story]:
        """The stories that left proofs like honest work."""
        return [one for one in self.month.stories if one.kind == "forged"]

    def by_kind(self) -> dict[str, str]:
        """Of each kind, how many were found."""
        kinds: dict[str, list[bool]] = defaultdict(list)
        for story in self.month.stories:
            kinds[story.kind].append(story.number in self.found)
        return {kind: f"{sum(found)}/{len(found)}" for kind, found in kinds.items()}

    def counted(self, *, is_unseen: bool | None = None) -> list[Story]:
        """The stories a figure is about: all but those with forged proofs."""
        return [
            one
            for one in self.month.stories
            if one.kind != "forged" and is_unseen in (None, one.is_unseen)
        ]

    def minutes(self) -> tuple[float, float]:
        """Median and 95th percentile to the first alert, from the first glance."""
        times = sorted(self.found.values())
        return statistics.median(times), times[int(len(times) * 0.95)]


def evaluate(
    seed: int, lacking: float, *, with_unseen: bool, edition: Edition | None = None
) -> Outcome:
    """Run a month through the rules and compare its alerts with its labels.

    An alert is true if it rests on something that belongs to a misdeed and accuses who did it (or
    is about a resident whom many looked at); a misdeed is found if a true alert rests on it.
    """
    made = month(seed, lacking, with_unseen=with_unseen)
    outcome = Outcome(made)
    watch = Watch(edition or shipped())
    stories: dict[int, tuple[int, PractitionerId]] = {}
    begun: dict[int, float] = {}
    last: dict[str, Alert] = {}
    for access, glance in accesses(made):
        outcome.accesses += 1
        if glance.story >= 0:
            stories[access.leaf] = glance.story, access.practitioner
            begun.setdefault(glance.story, glance.when)
        if not glance.denied and not set(glance.proofs) - {"broad consent"}:
            key = glance.who, int(glance.when // 86_400)
            outcome.naive[key] = outcome.naive.get(key, False) or glance.story >= 0
        for alert in watch.judge(access).alerts:
            last[alert.alert_id] = alert
            for story in rightly(alert, stories):
                if story not in outcome.found:
                    outcome.found[story] = (glance.when - begun[story]) / 60
    for alert in last.values():
        is_true = bool(rightly(alert, stories))
        outcome.alerts += 1
        outcome.true_alerts += is_true
        heaviest = max(alert.findings, key=lambda one: one.weight)
        outcome.by_rule[heaviest.rule][0 if is_true else 1] += 1
    return outcome


def rightly(alert: Alert, stories: dict[int, tuple[int, PractitionerId]]) -> set[int]:
    """The stories an alert is rightly about."""
    about_resident = any(finding.is_about_resident for finding in alert.findings)
    told = (stories[leaf] for leaf in _leaves(alert) if leaf in stories)
    return {story for story, who in told if about_resident or who == alert.practitioner}


def _leaves(alert: Alert) -> set[int]:
    return {leaf for finding in alert.findings for leaf in finding.leaves}
