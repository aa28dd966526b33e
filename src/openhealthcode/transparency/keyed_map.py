"""The keyed map (每日登记): how many events each resident's log had at the end of a day, for nobody else to read.

A binary trie over 256-bit indexes. An index is a hash of the salt of a resident's first event and the day:
who has the log of that resident finds the place, nobody else does, and of two days it cannot be said that
two places are one person's. A subtree of one leaf is that leaf, an empty one is 32 zero bytes. So an index has
one place and one number under a root, whoever built it.

What binds a map is its statement, whose SHA-256 is an entry of the log right after a *marker*: an entry that
depends on nothing but the log's name and the day. Everybody sees in the entries how many maps a day has.

Source: own layout, ``docs/history-format.md``; the trie as in CONIKS (Melara et al., 2015, section 3.1).
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.transparency.merkle import sha256
from openhealthcode.transparency.model import UntrustedNote

EMPTY_SUBTREE: Final = bytes(32)
SALT_BYTES: Final = 16
_INDEX: Final = b"OHC-map-index-1"
_FORMAT: Final = "openhealthcode-map-1"
_MARKER: Final = "openhealthcode-map-day-1"
_BITS: Final = 256
_DAYS_ASKED: Final = 7
_MONTHS_ASKED: Final = 36
_LONGEST: Final = timedelta(days=3_660)
EARLIEST_DAY: Final = date(2020, 1, 1)
_TEXT = re.compile(
    rf"{_FORMAT}\n([^\n]+)\ndays (\d{{4}}-\d\d-\d\d) (\d{{4}}-\d\d-\d\d)\nsince (\d{{4}}-\d\d-\d\d)\n"
    r"taken (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z\nresidents (0|[1-9]\d{0,14})\ntree (0|[1-9]\d{0,14})\n"
    r"root ([A-Za-z0-9+/]{43}=)\n((?:lost (?:0|[1-9]\d{0,14}) [1-9]\d{0,14}\n)*)"
)

Gaps = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class MapStatement:
    """What is published of one map.

    Args:
        origin: the log's name.
        first_day: the first day it is for: days on which nothing was at work share the map after them.
        day: the last one, which its indexes are made for; days are those of UTC+8.
        since: the first day of which this log has a map.
        taken_at: when reading the numbers had begun, to the second.
        residents: how many it counts.
        size: how large the tree was then: every event that had its leaf is counted.
        root: of the trie.
        gaps: leaves of which it is known that a restore lost their events, as half-open ranges.
    """

    origin: str
    first_day: date
    day: date
    since: date
    taken_at: datetime
    residents: int
    size: int
    root: bytes
    gaps: Gaps = ()

    @property
    def text(self) -> str:
        """As published and committed to."""
        taken = self.taken_at.astimezone(UTC)
        lost = "".join(f"lost {first} {end}\n" for first, end in self.gaps)
        return (
            f"{_FORMAT}\n{self.origin}\ndays {self.first_day} {self.day}\nsince {self.since}\n"
            f"taken {taken:%Y-%m-%dT%H:%M:%S}Z\nresidents {self.residents}\ntree {self.size}\n"
            f"root {base64.b64encode(self.root).decode()}\n{lost}"
        )

    @property
    def days(self) -> Sequence[date]:
        """Every day it is for."""
        count = (self.day - self.first_day).days + 1
        return [self.first_day + timedelta(days=nth) for nth in range(count)]

    @property
    def entries(self) -> list[bytes]:
        """What stands for it in the log, one after the other: a marker for each day, then itself."""
        return [*(marker(self.origin, day) for day in self.days), statement_entry(self.text)]


def read_statement(text: str) -> MapStatement:
    """What a statement says; nothing of it is believed yet.

    Raises:
        UntrustedNote: it is none.
    """
    parts = _TEXT.fullmatch(text)
    if parts is None:
        raise UntrustedNote("this is no statement of a map")
    try:
        first_day, day, since = (date.fromisoformat(parts[n]) for n in (2, 3, 4))
        taken_at = datetime.fromisoformat(parts[5]).replace(tzinfo=UTC)
    except ValueError:
        raise UntrustedNote("this is no statement of a map") from None
    if not EARLIEST_DAY <= since <= first_day <= day <= first_day + _LONGEST:
        raise UntrustedNote("this is no statement of a map")
    gaps = tuple(
        (int(first), int(end)) for _, first, end in (line.split() for line in parts[9].splitlines())
    )
    root = base64.b64decode(parts[8])
    numbers = int(parts[6]), int(parts[7])
    return MapStatement(parts[1], first_day, day, since, taken_at, *numbers, root, gaps)


def statement_entry(text: str) -> bytes:
    """The entry of the log that stands for a statement."""
    return sha256(text.encode())


def marker(origin: str, day: date) -> bytes:
    """The entry right before the statement of a day; anybody can compute it."""
    return sha256(f"{_MARKER}\n{origin}\n{day}\n".encode())


def days_asked(newest: date, since: date) -> set[date]:
    """The days whose maps an operator keeps to prove from: a week, and each first of three years of months."""
    asked = {newest - timedelta(days=nth) for nth in range(_DAYS_ASKED)}
    month = newest.replace(day=1)
    for _ in range(_MONTHS_ASKED):
        asked.add(month)
        month = (month - timedelta(days=1)).replace(day=1)
    return {day for day in asked if day >= since}


def map_index(salt: bytes, resident: UUID, day: date) -> bytes:
    """Where a resident's number stands in the map of a day.

    Args:
        salt: of the resident's first event, 16 bytes: the event's leaf binds it, so nobody has two.
    """
    return sha256(_INDEX + salt + resident.bytes + day.isoformat().encode())


def map_leaf(index: bytes, number: int) -> bytes:
    """The hash of one resident's number."""
    return sha256(b"\x02" + index + number.to_bytes(8))


def map_node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees; only where both together hold more than one leaf."""
    return sha256(b"\x03" + left + right)


def map_root(keys: Sequence[int], hashes: Sequence[bytes], depth: int = 0) -> bytes:
    """The hash of a subtree.

    Args:
        keys: the indexes as numbers, in order, all alike in their first ``depth`` bits.
        hashes: their leaves'.
    """
    return _root(keys, hashes, 0, len(keys), depth)


def map_path(keys: Sequence[int], hashes: Sequence[bytes], key: int, depth: int = 0) -> list[bytes]:
    """What leads from a leaf of a subtree to its root, top first; of a key that is there."""
    low, high, path = 0, len(keys), []
    while high - low > 1:
        middle = _middle(keys, low, high, depth)
        if key >> (_BITS - 1 - depth) & 1:
            path.append(_root(keys, hashes, low, middle, depth + 1))
            low = middle
        else:
            path.append(_root(keys, hashes, middle, high, depth + 1))
            high = middle
        depth += 1
    return path


def is_mapped(index: bytes, number: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the map of this root has this number at this index.

    Args:
        path: the other subtrees on the way, top first.
    """
    if len(path) > _BITS or not 0 <= number < 1 << 63:
        return False
    key, computed = int.from_bytes(index), map_leaf(index, number)
    for depth in reversed(range(len(path))):
        sibling = path[depth]
        if len(sibling) != len(EMPTY_SUBTREE):
            return False
        is_right = key >> (_BITS - 1 - depth) & 1
        computed = map_node(sibling, computed) if is_right else map_node(computed, sibling)
    return computed == root


def _root(keys: Sequence[int], hashes: Sequence[bytes], low: int, high: int, depth: int) -> bytes:
    if high - low < 2:
        return hashes[low] if high > low else EMPTY_SUBTREE
    middle = _middle(keys, low, high, depth)
    return map_node(
        _root(keys, hashes, low, middle, depth + 1), _root(keys, hashes, middle, high, depth + 1)
    )


def _middle(keys: Sequence[int], low: int, high: int, depth: int) -> int:
    """The first key whose bit at this depth is set."""
    below = _BITS - 1 - depth
    return bisect_left(keys, (keys[low] >> below | 1) << below, low, high)
