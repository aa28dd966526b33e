"""How well a linkage agrees with the truth, counted in pairs of records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Pairs that were rightly linked, wrongly linked, and missed."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        both = 2 * self.right + self.wrong + self.missed
        return 2 * self.right / both if both else 1.0


def of_pairs(
    found: Collection[tuple[Hashable, Hashable]], true: Collection[tuple[Hashable, Hashable]]
) -> Agreement:
    """The agreement of two sets of unordered pairs."""
    found_pairs, true_pairs = set(map(frozenset, found)), set(map(frozenset, true))
    right = len(found_pairs & true_pairs)
    return Agreement(right, len(found_pairs) - right, len(true_pairs) - right)


def of_clusters(clusters: Sequence[Hashable], truth: Sequence[Hashable]) -> Agreement:
    """The agreement of all pairs within clusters, without listing them.

    Args:
        clusters: the cluster of each record.
        truth: the person of each record, in the same order.
    """
    right = _pairs(Counter(zip(clusters, truth, strict=True)).values())
    return Agreement(
        right, _pairs(Counter(clusters).values()) - right, _pairs(Counter(truth).values()) - right
    )


class Clusters:
    """Sets of records that grow together (union and find, with halving of paths)."""

    def __init__(self, size: int) -> None:
        self._above = list(range(size))

    def of(self, record: int) -> int:
        above = self._above
        while above[record] != record:
            above[record] = above[above[record]]
            record = above[record]
        return record

    def join(self, one: int, other: int) -> None:
        self._above[self.of(one)] = self.of(other)

    def all(self) -> list[int]:
        """The cluster of every record."""
        return [self.of(record) for record in range(len(self._above))]


def closure(pairs: Iterable[tuple[int, int]], size: int) -> list[int]:
    """The clusters that pairs add up to."""
    clusters = Clusters(size)
    for one, other in pairs:
        clusters.join(one, other)
    return clusters.all()


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
