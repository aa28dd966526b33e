"""What it costs to decide, for a resident who has said a hundred things."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

from measure import Figure, median

from openhealthcode.consent import AccessRequest, Provision, Provisions, Rule, decide, weigh
from openhealthcode.registry import InstitutionKind
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, SensitiveCategory

AT = datetime(2026, 3, 1, tzinfo=UTC)
INSTITUTIONS = [UUID(int=n) for n in range(1, 21)]
PRACTITIONERS = [UUID(int=n) for n in range(101, 161)]
DEPARTMENTS = ["内科", "外科", "儿科"]
CATEGORIES = frozenset(RecordCategory)
_CALLS = 20_000
_ROUNDS = 5


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    chance = random.Random(3)
    said = Provisions(_provision(chance) for _ in range(100))
    requests = [_request(chance) for _ in range(1_000)]
    notes = {"median_us": 0.0, "p99_us_one_institution": 0.0, "median_us_with_every_category": 0.0}
    p99, notes["median_us"] = _spread(said, requests)
    crowded = Provisions(_provision(chance, INSTITUTIONS[:1]) for _ in range(100))
    notes["p99_us_one_institution"], _ = _spread(
        crowded, [_request(chance, INSTITUTIONS[:1]) for _ in range(999)]
    )
    notes["median_us_with_every_category"] = _with_every_category(said, requests)
    yield Figure(
        "decide_p99",
        p99,
        "us",
        baseline=_loop_over(said),
        baseline_is="comparing one moment with the end of each of the 100 provisions",
        notes=dict(notes),
    )


def _spread(said: Provisions, requests: list[AccessRequest]) -> tuple[float, float]:
    """The 99th percentile and the median, each the median of several rounds."""
    nineties, middles = [], []
    clock = time.perf_counter_ns
    for _ in range(_ROUNDS):
        taken = []
        for place in range(_CALLS):
            request = requests[place % len(requests)]
            started = clock()
            decide(request, said)
            taken.append(clock() - started)
        taken.sort()
        nineties.append(taken[_CALLS * 99 // 100] / 1000)
        middles.append(taken[_CALLS // 2] / 1000)
    return round(median(nineties), 2), round(median(middles), 2)


def _with_every_category(said: Provisions, requests: list[AccessRequest]) -> float:
    """Deciding and weighing what follows for every category: what a whole record needs."""
    taken = []
    for request in requests:
        started = time.perf_counter_ns()
        decision = decide(request, said)
        for category in RecordCategory:
            weigh(decision, category, frozenset())
        taken.append((time.perf_counter_ns() - started) / 1000)
    return round(median(taken), 2)


def _loop_over(said: Provisions) -> float:
    provisions, taken = list(said), []
    for _ in range(1_000):
        started = time.perf_counter_ns()
        for one in provisions:
            _ = one.end_at > AT
        taken.append((time.perf_counter_ns() - started) / 1000)
    return round(median(taken), 2)


def _provision(chance: random.Random, institutions: list[UUID] = INSTITUTIONS) -> Provision:
    """Mostly what residents say: one doctor, for treatment; some standing ones, some refusals."""
    level = chance.choices(["practitioner", "department", "institution", "kind"], [70, 8, 17, 5])[0]
    is_kind = level == "kind"
    return Provision(
        consent_id=UUID(int=chance.getrandbits(64)),
        rule=Rule.DENY if chance.random() < 0.1 else Rule.PERMIT,
        purpose=chance.choices(list(PurposeOfUse), [80, 5, 5, 5, 5, 0])[0],
        categories=CATEGORIES,
        sensitive=frozenset({SensitiveCategory.MENTAL_HEALTH})
        if chance.random() < 0.1
        else frozenset(),
        institution_id=None if is_kind else chance.choice(institutions),
        practitioner_id=chance.choice(PRACTITIONERS) if level == "practitioner" else None,
        department=chance.choice(DEPARTMENTS) if level == "department" else None,
        institution_kind=chance.choice(list(InstitutionKind)) if is_kind else None,
        scenes=frozenset({chance.choice(list(Scene))}) if chance.random() < 0.1 else None,
        start_at=AT - timedelta(days=30),
        end_at=AT + timedelta(days=chance.randint(1, 300)),
    )


def _request(chance: random.Random, institutions: list[UUID] = INSTITUTIONS) -> AccessRequest:
    return AccessRequest(
        chance.choice(institutions),
        chance.choice(PRACTITIONERS),
        PurposeOfUse.TREATMENT,
        AT,
        chance.choice(DEPARTMENTS),
        InstitutionKind.TERTIARY_HOSPITAL,
        chance.choice(list(Scene)),
    )
