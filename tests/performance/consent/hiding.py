"""Disclosures a second with closed entries among the others, beside as many without any.

The same twenty entries are shown either way; four more of a closed kind are read, weighed and kept
back. Both regions are measured in turn, in the same run.
"""

from __future__ import annotations

from collections.abc import Iterator

from measure import Figure, median
from visit.disclosing import rate
from visit.world import region

RESIDENTS, SHOWN, CLOSED, TURNS = 1_000, 20, 4, 3


def measure(*, is_full: bool) -> Iterator[Figure]:  # noqa: ARG001 - the same either way
    with (
        region(RESIDENTS, entries=SHOWN, closed=CLOSED) as with_closed,
        region(RESIDENTS, entries=SHOWN) as without,
    ):
        pairs = [
            [rate("disclose", place, place.residents, SHOWN)[0] for place in (with_closed, without)]
            for _ in range(TURNS)
        ]
    ratios = [hiding / plain for hiding, plain in pairs]
    yield Figure(
        "hiding_ratio",
        round(median(ratios), 3),
        "ratio",
        baseline=1.0,
        baseline_is="the same entries with none to hide",
        notes={
            "residents": RESIDENTS,
            "shown": SHOWN,
            "hidden": CLOSED,
            "turns": TURNS,
            "per_s": median([hiding for hiding, _ in pairs]),
            "per_s_with_none_to_hide": median([plain for _, plain in pairs]),
        },
    )
