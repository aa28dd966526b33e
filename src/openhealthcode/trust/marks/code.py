"""The code behind the marks: 512 secret bits for each file handed over, and where each bit lies.

A file carries its bits in places where two ways of writing mean the same. A place is found by what
stands there, not by where, so that a shuffled or cropped file still shows it; which of the two ways
stands for which bit is secret for each place, so that a file written anew in one way accuses nobody.

Source: G. Tardos, Optimal probabilistic fingerprint codes (J. ACM 55, 2008), with every bias at one
half, which serves against one and two who compare their files.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from openhealthcode.trust.suite import derive, mac

MARKS: Final = 512
_POSITION: Final = MARKS - 1
_HELD_PLACES: Final = 65_536


class MarkCode:
    """Words of 512 bits by the name of a file, and places by what stands there."""

    def __init__(self, key: bytes) -> None:
        self._word = mac(derive(key, b"marks: word"))
        self._place = mac(derive(key, b"marks: place"))
        self._canary = mac(derive(key, b"marks: canary"))
        self.place = lru_cache(maxsize=_HELD_PLACES)(self._find_place)
        """The bit a place carries (0 to 511), and the way of writing that stands for a zero."""

    def word(self, mark_id: bytes) -> int:
        """The bits of one file, uniform to whoever has not the key."""
        return int.from_bytes(self._word(b"0" + mark_id) + self._word(b"1" + mark_id))

    def variant(self, word: int, place: bytes) -> int:
        """Which of two ways of writing, 0 or 1, a file of this word shows at a place."""
        position, zero = self.place(place)
        return (word >> position & 1) ^ zero

    def rank(self, place: bytes) -> int:
        """Where something stands among its equals, before any mark."""
        return int.from_bytes(self._place(b"rank " + place)[:8])

    def canary(self, what: bytes) -> bytes:
        """Thirty-two bytes to make somebody up from."""
        return self._canary(what)

    def _find_place(self, place: bytes) -> tuple[int, int]:
        drawn = int.from_bytes(self._place(place)[:2])
        return drawn & _POSITION, drawn >> 9 & 1
