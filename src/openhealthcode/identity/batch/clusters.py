"""Residents who may be one person, taken together: how large the groups are and what speaks against."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from openhealthcode.standards.ids import ResidentId


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two residents who may be one person.

    Args:
        bits: of the pair of registrations that is compared.
        is_contradicted: both have a valid ID number, and not the same.
        is_newborn: one is called by a ward's name.
    """

    left: ResidentId
    right: ResidentId
    bits: float
    is_contradicted: bool = False
    is_newborn: bool = False


@dataclass(frozen=True, slots=True)
class Cluster:
    """Residents whom suggestions join, directly or through others.

    Args:
        weakest_bits: of the suggestion it would fall apart without, or nearly.
        contradictions: suggestions within it between two valid numbers.
    """

    residents: tuple[ResidentId, ...]
    suggestions: int
    weakest_bits: float
    contradictions: int = field(default=0)

    @property
    def density(self) -> float:
        """How many of the pairs within it were suggested; far below one, a chain joins strangers."""
        size = len(self.residents)
        return self.suggestions / (size * (size - 1) / 2)


def clusters_of(suggestions: Iterable[Suggestion]) -> list[Cluster]:
    """The groups, the largest first; of equal ones the least dense, which looks least sound."""
    suggestions = list(suggestions)
    above: dict[ResidentId, ResidentId] = {}
    for one in suggestions:
        left, right = _root(above, one.left), _root(above, one.right)
        if left != right:
            above[right] = left
    members: dict[ResidentId, set[ResidentId]] = defaultdict(set)
    within: dict[ResidentId, list[Suggestion]] = defaultdict(list)
    for one in suggestions:
        root = _root(above, one.left)
        members[root] |= {one.left, one.right}
        within[root].append(one)
    found = [
        Cluster(
            tuple(sorted(members[root])),
            len(inside),
            min(one.bits for one in inside),
            sum(one.is_contradicted for one in inside),
        )
        for root, inside in within.items()
    ]
    return sorted(found, key=lambda c: (-len(c.residents), c.density, c.residents))


def sizes_of(clusters: Iterable[Cluster]) -> dict[int, int]:
    """How many groups there are of each size."""
    return dict(sorted(Counter(len(cluster.residents) for cluster in clusters).items()))


def _root(above: dict[ResidentId, ResidentId], one: ResidentId) -> ResidentId:
    root = above.setdefault(one, one)
    while root != above[root]:
        above[root] = root = above[above[root]]
    above[one] = root
    return root
