"""The map of one day as a file: written in bounded memory however many residents, read a proof at a time.

Numbers arrive in any order and are first spread over 256 piles by the first byte of their index; each pile is
then sorted by itself. Layout, big-endian: ``OHCMAP1`` and one byte B; 2**(B+1) subtrees (hash 32, leaves
below it 8), numbered as in a heap, the root being 1; then the leaves (index 32, number 8) in order. A subtree
of depth B has about 200 leaves, so that a proof reads B small places and hashes one such handful.
"""

from __future__ import annotations

import os
import shutil
from bisect import bisect_left
from collections.abc import Iterator
from itertools import pairwise
from mmap import ACCESS_READ, mmap
from pathlib import Path
from struct import Struct
from typing import Final, NamedTuple, Self

from openhealthcode.transparency import (
    EMPTY_SUBTREE,
    LogDamaged,
    map_leaf,
    map_node,
    map_path,
    map_root,
)

_MAGIC: Final = b"OHCMAP1"
_HEADER: Final = 8
_RECORD: Final = Struct(">32sQ")
_PILES: Final = 256
_LEAST_DEPTH: Final = 8
_LEAVES_OF_A_SUBTREE: Final = 200
_KEPT_BYTES: Final = 32_000
"""Of each pile, before it goes to the disk."""
_BITS: Final = 256


class _Subtree(NamedTuple):
    """A subtree's hash and how many leaves it has."""

    hash: bytes
    leaves: int


class MapWriter:
    """Takes numbers, then makes the file."""

    def __init__(self, path: Path) -> None:
        """Begin; what an earlier attempt left behind is thrown away."""
        self._path = path
        self._place = path.with_name(f".{path.name}.piles")
        shutil.rmtree(self._place, ignore_errors=True)
        self._place.mkdir(parents=True)
        self._piles = [bytearray() for _ in range(_PILES)]
        self.residents = 0

    def add(self, index: bytes, number: int) -> None:
        """One resident's last number."""
        pile = self._piles[index[0]]
        pile += _RECORD.pack(index, number)
        self.residents += 1
        if len(pile) >= _KEPT_BYTES:
            self._put_down(index[0])

    most_steps: Final = _PILES + 1

    def steps(self) -> Iterator[None]:
        """Make the file, a 256th of the work at a time; durable and in place after the last."""
        wanted = self.residents // _LEAVES_OF_A_SUBTREE
        depth = max(_LEAST_DEPTH, wanted.bit_length())
        draft = self._path.with_name(f".{self._path.name}.draft")
        with draft.open("wb+") as file:
            file.write(_MAGIC + bytes([depth]))
            file.seek(_HEADER + (2 << depth) * _RECORD.size)
            lowest = bytearray()
            for pile in range(_PILES):
                records = self._taken_up(pile)
                file.write(b"".join(_RECORD.pack(key.to_bytes(32), n) for key, n in records))
                lowest += _subtrees(records, pile, depth)
                yield
            file.seek(_HEADER)
            file.write(_heap(lowest, depth))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._path)
        shutil.rmtree(self._place)

    def _put_down(self, pile: int) -> None:
        with (self._place / str(pile)).open("ab") as file:
            file.write(self._piles[pile])
        self._piles[pile] = bytearray()

    def _taken_up(self, pile: int) -> list[tuple[int, int]]:
        """A pile's indexes and numbers, in order."""
        path = self._place / str(pile)
        data = (path.read_bytes() if path.exists() else b"") + self._piles[pile]
        self._piles[pile] = bytearray()
        records = ((int.from_bytes(index), n) for index, n in _RECORD.iter_unpack(data))
        return sorted(records)


class MapFile:
    """Reads one map."""

    def __init__(self, path: Path) -> None:
        """Open it; close it with ``with``.

        Raises:
            LogDamaged: there is none, or it is not whole.
        """
        try:
            with path.open("rb") as file:
                self._data = mmap(file.fileno(), 0, access=ACCESS_READ)
        except (FileNotFoundError, ValueError):
            raise LogDamaged("a daily map is missing") from None
        header = self._data[:_HEADER]
        if len(header) < _HEADER or header[:-1] != _MAGIC or not _LEAST_DEPTH <= header[-1] <= 40:
            self._data.close()
            raise LogDamaged("a daily map cannot be read")
        self._depth = header[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._data.close()

    @property
    def root(self) -> bytes:
        """Of the whole map."""
        return self._subtree(1).hash

    @property
    def residents(self) -> int:
        """How many it counts."""
        return self._subtree(1).leaves

    def number(self, index: bytes) -> int | None:
        """The number at an index; None if nobody has it."""
        start = _HEADER + (2 << self._depth) * _RECORD.size
        data, size = self._data, _RECORD.size
        place = bisect_left(
            range(self.residents),
            index,
            key=lambda n: data[start + n * size : start + n * size + 32],
        )
        found = data[start + place * size : start + (place + 1) * size]
        return _RECORD.unpack(found)[1] if found[: len(index)] == index else None

    def prove(self, index: bytes) -> tuple[int, tuple[bytes, ...]] | None:
        """The number at an index and what leads to the root, top first; None if nobody has it."""
        key = int.from_bytes(index)
        records, place = self._handful(key)
        number = dict(records).get(key)
        if number is None:
            return None
        path = []
        while place > 1:
            if self._subtree(place >> 1).leaves > 1:
                path.append(self._subtree(place ^ 1).hash)
            place >>= 1
        path.reverse()
        if len(records) > 1:
            keys, hashes = _hashed(records)
            path += map_path(keys, hashes, key, self._depth)
        return number, tuple(path)

    def is_whole(self) -> bool:
        """Whether every subtree follows from the leaves; reads all of it, a 256th at a time."""
        lowest = bytearray()
        try:
            for pile in range(_PILES):
                width = 1 << self._depth - 8
                first = (1 << self._depth) + pile * width
                start, _ = self._span(first)
                _, end = self._span(first + width - 1)
                lowest += _subtrees(self._records(start, end), pile, self._depth)
            heap = self._data[_HEADER : _HEADER + (2 << self._depth) * _RECORD.size]
        except LogDamaged:
            return False
        return heap == _heap(lowest, self._depth)

    def _handful(self, key: int) -> tuple[list[tuple[int, int]], int]:
        """The leaves of the lowest subtree a key is in, and that subtree."""
        place = (1 << self._depth) + (key >> _BITS - self._depth)
        return self._records(*self._span(place)), place

    def _span(self, place: int) -> tuple[int, int]:
        """From which to before which leaf a subtree goes: what lies to its left is before it."""
        start, above = 0, place
        while above > 1:
            if above & 1:
                start += self._subtree(above - 1).leaves
            above >>= 1
        return start, start + self._subtree(place).leaves

    def _records(self, start: int, end: int) -> list[tuple[int, int]]:
        first = _HEADER + ((2 << self._depth) + start) * _RECORD.size
        data = self._data[first : first + (end - start) * _RECORD.size]
        if len(data) != (end - start) * _RECORD.size:
            raise LogDamaged("a daily map is shorter than it says")
        return [(int.from_bytes(index), n) for index, n in _RECORD.iter_unpack(data)]

    def _subtree(self, place: int) -> _Subtree:
        first = _HEADER + place * _RECORD.size
        data = self._data[first : first + _RECORD.size]
        if len(data) != _RECORD.size:
            raise LogDamaged("a daily map is shorter than it says")
        return _Subtree(*_RECORD.unpack(data))


def _hashed(records: list[tuple[int, int]]) -> tuple[list[int], list[bytes]]:
    """The keys, and the hashes of their leaves."""
    keys = [key for key, _ in records]
    return keys, [map_leaf(key.to_bytes(32), number) for key, number in records]


def _subtrees(records: list[tuple[int, int]], pile: int, depth: int) -> bytes:
    """The lowest subtrees of one pile, in order; its leaves are sorted."""
    keys, hashes = _hashed(records)
    below = depth - 8
    bounds = [0]
    key = pile << below
    place = 0
    for nth in range(1, (1 << below) + 1):
        edge = (key + nth) << _BITS - depth
        while place < len(keys) and keys[place] < edge:
            place += 1
        bounds.append(place)
    return b"".join(
        _RECORD.pack(map_root(keys[low:high], hashes[low:high], depth), high - low)
        for low, high in pairwise(bounds)
    )


def _heap(lowest: bytearray, depth: int) -> bytes:
    """All subtrees, from those of this depth up to the root."""
    row = [_Subtree(*one) for one in _RECORD.iter_unpack(lowest)]
    rows = [bytes(lowest)]
    for _ in range(depth):
        row = [_joined(row[left], row[left + 1]) for left in range(0, len(row), 2)]
        rows.append(b"".join(_RECORD.pack(*one) for one in row))
    return bytes(_RECORD.size) + b"".join(reversed(rows))


def _joined(left: _Subtree, right: _Subtree) -> _Subtree:
    """Two neighbours as one; what holds a single leaf is that leaf."""
    leaves = left.leaves + right.leaves
    if leaves > 1:
        return _Subtree(map_node(left.hash, right.hash), leaves)
    return _Subtree(
        left.hash if left.leaves else right.hash if right.leaves else EMPTY_SUBTREE, leaves
    )
