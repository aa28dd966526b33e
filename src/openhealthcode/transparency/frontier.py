"""The right edge of the tree, cut into tiles of 256 hashes: all one needs to let it grow.

Tile level 0 holds leaf hashes; each full tile's own hash is one of the 256 in the tile above.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from openhealthcode.transparency.merkle import EMPTY_ROOT, node_hash, perfect_root

TILE_WIDTH: Final = 256


class Tile(NamedTuple):
    """Up to 256 neighbouring hashes of one tile level, counted from the left."""

    level: int
    number: int
    hashes: tuple[bytes, ...]


class Frontier:
    """The tiles that are not full yet, one a level, lowest first."""

    __slots__ = ("_rows", "size")

    def __init__(self, size: int = 0, rows: Iterable[Iterable[bytes]] = ()) -> None:
        """Continue a tree of ``size`` leaves whose ragged tiles are ``rows``."""
        self.size = size
        self._rows = [list(row) for row in rows]

    def grown(self, leaves: Iterable[bytes]) -> tuple[Frontier, list[Tile]]:
        """The edge after these leaf hashes, and the tiles that became full; this one stays."""
        grown = Frontier(self.size, self._rows)
        filled = [tile for leaf in leaves for tile in grown._push(leaf)]
        return grown, filled

    def ragged(self) -> Iterator[Tile]:
        """The tiles that are neither empty nor full."""
        for level, row in enumerate(self._rows):
            if row:
                yield Tile(level, self.size >> 8 * (level + 1), tuple(row))

    def root(self) -> bytes:
        """The tree's hash."""
        peaks = [peak for row in reversed(self._rows) for peak in _peaks(row)]
        if not peaks:
            return EMPTY_ROOT
        computed = peaks.pop()
        while peaks:
            computed = node_hash(peaks.pop(), computed)
        return computed

    def _push(self, leaf: bytes) -> Iterator[Tile]:
        self.size += 1
        level, new = 0, leaf
        while True:
            if level == len(self._rows):
                self._rows.append([])
            row = self._rows[level]
            row.append(new)
            if len(row) < TILE_WIDTH:
                return
            yield Tile(level, (self.size >> 8 * (level + 1)) - 1, tuple(row))
            new = perfect_root(row)
            row.clear()
            level += 1


def _peaks(row: list[bytes]) -> Iterator[bytes]:
    """The hashes of the perfect subtrees a ragged row consists of, largest first."""
    start = 0
    for bit in reversed(range(len(row).bit_length())):
        if len(row) >> bit & 1:
            yield perfect_root(row[start : start + (1 << bit)])
            start += 1 << bit
