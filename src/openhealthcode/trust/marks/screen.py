"""The pattern behind the label of a screen: 256 faint cells that say who looked, and at which minute.

Sixty-four cells are the same on every screen of a region, so that a program finds where the pattern
begins; 96 say whose account it is, 96 the minute. Which cell says what, and every bit of it, is a
keyed hash: to whoever has not the key it is noise, and whoever never had it on their screen is
accused by a picture no more than by so many coins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import nsmallest
from typing import Final
from uuid import UUID

from openhealthcode.trust.marks.score import (
    FALSE_ACCUSATION,
    HEAVIEST,
    Reading,
    accuse,
    agreements,
    tails,
)
from openhealthcode.trust.suite import derive, mac

SIDE: Final = 16
"""Cells in a row of the pattern, and rows."""
_CELLS: Final = SIDE * SIDE
_PILOT: Final = 64
_WORD: Final = 96
_BYTES: Final = _WORD // 8
_MINUTES_A_DAY: Final = 1440
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
DAYS_BACK: Final = 1_100
"""A screen is looked for on so many days: as long as the log is kept at least."""
_WEIGHED: Final = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """Whose screen it was.

    Args:
        account: the practitioner, as the log has them.
        minute: when the page was made; None where the picture does not say.
        agreements: weighted cells that agree, of ``possible``.
        chance: that a picture of nobody's screen among those asked about names anybody.
    """

    account: UUID
    minute: datetime | None
    agreements: int
    possible: int
    chance: float


class ScreenCode:
    """The cells of a screen by account and minute, and back."""

    def __init__(self, key: bytes) -> None:
        self._account = mac(derive(key, b"screen: account"))
        self._time = mac(derive(key, b"screen: time"))
        place = mac(derive(key, b"screen: place"))
        order = sorted(range(_CELLS), key=lambda cell: place(cell.to_bytes(2)))
        self.cells_of_account = order[_PILOT : _PILOT + _WORD]
        """The cells that say whose account it is."""
        self._of_time = order[_PILOT + _WORD : _PILOT + 2 * _WORD]
        pilot = int.from_bytes(place(b"pilot"))
        self.pilot = tuple((cell, pilot >> bit & 1) for bit, cell in enumerate(order[:_PILOT]))
        """The cells that are alike on every screen, and whether each is dark."""

    def cells(self, account: UUID, at: datetime) -> int:
        """The dark cells, a bit each, row by row from the lowest bit."""
        day, minute = _minute(at)
        dark = sum(bit << cell for cell, bit in self.pilot)
        dark |= _spread(self._account_word(account), self.cells_of_account)
        time = self._day_word(account, day) ^ self._minute_word(account, minute)
        return dark | _spread(time, self._of_time)

    def words(self, accounts: Iterable[UUID]) -> dict[bytes, int]:
        """The word of each account, by its id."""
        return {one.bytes: self._account_word(one) for one in accounts}

    def name(
        self, seen: Iterable[float], words: Mapping[bytes, int], until: datetime, *, attempts: int
    ) -> Shown | None:
        """Whose screen a picture shows, or None where the chance of being wrong is too large.

        Args:
            seen: how dark each of the 256 cells is; 1 and -1 are as dark and as light as the pilot's.
            words: of everybody it may be.
            until: when the picture was handed in; minutes after it are not looked for.
            attempts: how many readings of the one picture are tried.
        """
        dark = list(seen)
        reading = _reading([dark[cell] for cell in self.cells_of_account])
        accused = accuse(reading, words, attempts)
        if not accused:
            return None
        best = accused[0]
        account = UUID(bytes=best.mark_id)
        time = _reading([dark[cell] for cell in self._of_time])
        minute = self._when(time, account, until, attempts)
        return Shown(account, minute, best.agreements, best.possible, best.chance)

    def _when(
        self, reading: Reading, account: UUID, until: datetime, attempts: int
    ) -> datetime | None:
        """The minute whose cells agree better than chance allows with all minutes there were."""
        last, _ = _minute(until)
        days = range(last - DAYS_BACK, last + 1)
        minutes = [self._minute_word(account, minute) for minute in range(_MINUTES_A_DAY)]
        near: list[tuple[int, int, int]] = []
        for day in days:
            word = self._day_word(account, day) ^ reading.ones
            apart = [(word ^ minute).bit_count() for minute in minutes]
            least = min(apart)
            near.append((least, day, apart.index(least)))
        nearest = nsmallest(_WEIGHED, near)
        words = {
            (day * _MINUTES_A_DAY + minute).to_bytes(5): self._day_word(account, day)
            ^ minutes[minute]
            for _, day, minute in nearest
        }
        scores = agreements(reading, words)
        best = max(scores, key=lambda one: (scores[one], one))
        tried = len(days) * _MINUTES_A_DAY * attempts
        if tails(reading.weights)[scores[best]] * tried > FALSE_ACCUSATION:
            return None
        return _EPOCH + timedelta(minutes=int.from_bytes(best))

    def _account_word(self, account: UUID) -> int:
        return int.from_bytes(self._account(account.bytes)[:_BYTES])

    def _day_word(self, account: UUID, day: int) -> int:
        return int.from_bytes(self._time(account.bytes + b"d" + day.to_bytes(4))[:_BYTES])

    def _minute_word(self, account: UUID, minute: int) -> int:
        return int.from_bytes(self._time(account.bytes + b"m" + minute.to_bytes(4))[:_BYTES])


def _minute(at: datetime) -> tuple[int, int]:
    return divmod(int((at - _EPOCH) / timedelta(minutes=1)), _MINUTES_A_DAY)


def _spread(word: int, places: list[int]) -> int:
    return sum((word >> bit & 1) << cell for bit, cell in enumerate(places))


def _reading(dark: list[float]) -> Reading:
    """The bits of some cells; what is nearly as dark as light weighs little or nothing."""
    ones = sum(1 << bit for bit, tone in enumerate(dark) if tone > 0)
    weights = tuple(min(HEAVIEST, round(HEAVIEST * abs(tone))) for tone in dark)
    return Reading(ones, weights, len(dark))
