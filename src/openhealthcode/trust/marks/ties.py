"""Marks in the order of rows that come in no order: all of one bit first, then all of the other.

Within each half rows stand by a secret rank. What is left of a group after rows were taken away is
still two rising halves; a group that was mixed or sorted anew has more falls, or none, and says
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from openhealthcode.trust.marks.members import Variant

TIES: Final = "ties"
_FEWEST: Final = 4


def tied(names: Iterable[bytes], variant: Variant, rank: Callable[[bytes], int]) -> list[bytes]:
    """Rows that come in no order, in the order a file's bits say."""
    return sorted(names, key=lambda name: (variant(_place(name)), rank(name)))


def shown(names: Sequence[bytes], rank: Callable[[bytes], int]) -> Iterator[tuple[str, bytes, int]]:
    """What the order of a group of rows says: kind, place, variant."""
    ranks = [rank(name) for name in names]
    falls = [place for place in range(1, len(ranks)) if ranks[place] < ranks[place - 1]]
    if len(names) < _FEWEST or len(falls) != 1:
        return
    for place, name in enumerate(names):
        yield TIES, _place(name), int(place >= falls[0])


def _place(name: bytes) -> bytes:
    return b"tie " + name
