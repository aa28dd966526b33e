"""What is remembered of people, institutions and residents: counts, bounded, and mergeable.

Nothing is remembered of an access but its leaf, its day and the mark of its resident, and that
only while a rule may need it. Days are counted in the region's own time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct, field

from openhealthcode.supervision.warning.model import ResidentMark

DAYS: Final = 28
"""How far back people and institutions are remembered."""
LOOKED_DAYS: Final = 14
MOST_MARKS: Final = 400
"""Of residents one person looked at without explanation; beyond, the oldest are forgotten."""
MOST_RECENT: Final = 40
MOST_LOOKS: Final = 24
EXPLAINED: Final = -1
"""Stands in the place of a leaf where a look was explained."""
MOST_IN_CROWD: Final = 64
MOST_TERMINALS: Final = 12
MOST_TERMINALS_OF_TEAM: Final = 200
_FULL_HISTOGRAM: Final = 4_000
_ALL_DAYS: Final = (1 << LOOKED_DAYS) - 1


class Counts(Struct):
    """Residents by day: how many were looked at, and how many of these without explanation."""

    by_day: dict[int, list[int]] = field(default_factory=dict)

    def of(self, day: int) -> list[int]:
        """``[all, unexplained]`` of one day, to be changed; older days than are kept go."""
        counts = self.by_day.get(day)
        if counts is None:
            counts = self.by_day[day] = [0, 0]
            for old in [one for one in self.by_day if one <= day - DAYS]:
                del self.by_day[old]
        return counts

    def between(self, day: int, end: int) -> tuple[int, int]:
        """The sums from a day on, before another one."""
        looked = unexplained = 0
        for one, counts in self.by_day.items():
            if day <= one < end:
                looked += counts[0]
                unexplained += counts[1]
        return looked, unexplained

    def merged(self, other: Counts) -> Counts:
        """The counts of both."""
        days = self.by_day.keys() | other.by_day.keys()
        last = max(days, default=0)
        zero = [0, 0]
        return Counts(
            {
                day: [
                    a + b
                    for a, b in zip(
                        self.by_day.get(day, zero), other.by_day.get(day, zero), strict=True
                    )
                ]
                for day in sorted(days)
                if day > last - DAYS
            }
        )


class Habits(Struct):
    """What is usual: explained accesses by hour, by word (relation, purpose) and by terminal."""

    hours: list[int] = field(default_factory=lambda: [0] * 24)
    words: dict[str, int] = field(default_factory=dict)
    terminals: list[int] = field(default_factory=list)
    known: int = 0

    def learn(self, hour: int, words: Iterable[str]) -> None:
        """Note an explained access."""
        self.hours[hour] += 1
        self.known += 1
        for word in words:
            self.words[word] = self.words.get(word, 0) + 1
        if self.known >= _FULL_HISTOGRAM:
            self._fade()

    def share_of(self, word: str, prior: float = 10.0) -> float:
        """How large a part of the usual work a word has; little is known of newcomers."""
        return self.words.get(word, 0) / (self.known + prior)

    def share_around(self, hour: int) -> float:
        """How large a part of the usual work falls into this hour and those beside it."""
        around = self.hours[hour - 1] + self.hours[hour] + self.hours[(hour + 1) % 24]
        return around / max(1, self.known)

    def merged(self, other: Habits) -> Habits:
        """The habits of both together."""
        words = self.words.keys() | other.words.keys()
        terminals = dict.fromkeys([*self.terminals, *other.terminals])
        return Habits(
            [a + b for a, b in zip(self.hours, other.hours, strict=True)],
            {word: self.words.get(word, 0) + other.words.get(word, 0) for word in sorted(words)},
            list(terminals)[-MOST_TERMINALS:],
            self.known + other.known,
        )

    def _fade(self) -> None:
        """What is long past counts half."""
        self.hours = [count // 2 for count in self.hours]
        self.words = {word: count // 2 for word, count in self.words.items() if count > 1}
        self.known //= 2


class Person(Struct):
    """One who looks: habits, and of late whom without explanation.

    Args:
        today: residents of ``day``: the leaf if unexplained so far, else ``EXPLAINED``.
        looked: by resident the days looked without explanation (lowest bit: ``day``) and last leaf.
        recent: when, whom and in which leaf (or ``EXPLAINED``) of late, the latest last.
        refused: when and whom in vain, the latest last.
        copied: residents copied from without explanation on ``day``.
    """

    day: int = 0
    habits: Habits = field(default_factory=Habits)
    counts: Counts = field(default_factory=Counts)
    today: dict[bytes, int] = field(default_factory=dict)
    looked: dict[bytes, list[int]] = field(default_factory=dict)
    recent: list[tuple[float, bytes, int]] = field(default_factory=list)
    refused: list[tuple[float, bytes, int]] = field(default_factory=list)
    copied: dict[bytes, int] = field(default_factory=dict)
    withdrawn: int = 0
    replayed: int = 0
    last_place: str = ""
    last_at: float = 0.0
    last_explained_at: float = 0.0

    def begin(self, day: int) -> None:
        """Turn to another day; what was before it is only counted from now on."""
        passed = day - self.day
        if passed <= 0:
            return  # a leaf may come a moment after midnight's
        self.day = day
        self.today.clear()
        self.copied.clear()
        self.withdrawn = self.replayed = 0
        if self.looked:
            for mark, days in list(self.looked.items()):
                days[0] = days[0] << passed & _ALL_DAYS if passed < LOOKED_DAYS else 0
                if not days[0]:
                    del self.looked[mark]

    def note_unexplained(self, mark: ResidentMark, leaf: int) -> None:
        """Remember that somebody was looked at without an explanation."""
        known = self.looked.pop(mark, None) or [0, leaf]
        self.looked[mark] = [known[0] | 1, leaf]
        if len(self.looked) > MOST_MARKS:
            del self.looked[next(iter(self.looked))]

    def note_recent(self, at: float, mark: ResidentMark, leaf: int) -> None:
        """Remember a look of the last hour."""
        self.recent.append((at, mark, leaf))
        if len(self.recent) > 2 * MOST_RECENT:
            del self.recent[:-MOST_RECENT]

    def note_explained(self, mark: ResidentMark) -> None:
        """An explanation that came on the same day explains what was looked at before it."""
        known = self.looked.get(mark)
        if known is not None:
            known[0] &= ~1
            if not known[0]:
                del self.looked[mark]


class Team(Struct):
    """An institution, or one of its departments.

    Args:
        marks: residents looked at without explanation on ``day``, with the leaf.
        known: explained looks, of which ``overrides`` were emergency access.
        terminals: of a department, with the day of the latest explained look at each.
    """

    counts: Counts = field(default_factory=Counts)
    day: int = 0
    known: int = 0
    overrides: int = 0
    marks: dict[bytes, int] = field(default_factory=dict)
    terminals: dict[int, int] = field(default_factory=dict)

    def note_explained(self, *, is_override: bool) -> None:
        """Count explained work, and how much of it is emergency access."""
        self.known += 1
        self.overrides += is_override
        if self.known >= _FULL_HISTOGRAM:
            self.known //= 2
            self.overrides //= 2

    def share_of_overrides(self, prior: float = 10.0) -> float:
        """How large a part of the explained work is emergency access."""
        return self.overrides / (self.known + prior)

    def note_terminal(self, terminal: int, day: int) -> None:
        """Remember where work is done here; what was not used for longest is forgotten."""
        self.terminals[terminal] = day
        if len(self.terminals) > MOST_TERMINALS_OF_TEAM:
            del self.terminals[min(self.terminals, key=self.terminals.__getitem__)]

    def note_unexplained(self, day: int, mark: ResidentMark, leaf: int) -> None:
        """Remember today's residents that somebody here looked at without explanation."""
        if day > self.day:
            self.day = day
            self.marks.clear()
        if len(self.marks) < MOST_MARKS:
            self.marks[mark] = leaf


class Seen(Struct):
    """One resident: who looked of late.

    Args:
        looks: when, at which department (and institution), whether explained by itself, at a desk.
        crowd: who looked without explanation: when, in which leaf, what weak ones left.
    """

    looks: list[tuple[float, str, bool, bool]] = field(default_factory=list)
    crowd: dict[str, tuple[float, int, float]] = field(default_factory=dict)
    latest_at: float = 0.0

    def note_unexplained(self, at: float, who: str, leaf: int, left: float) -> None:
        """Remember who looked without explanation; of very many, those who looked last."""
        self.crowd.pop(who, None)
        self.crowd[who] = (at, leaf, left)
        if len(self.crowd) > MOST_IN_CROWD:
            del self.crowd[next(iter(self.crowd))]

    def note(self, at: float, department: str, *, is_explained: bool, is_desk: bool) -> None:
        """Remember a look at this resident; of many in a row the first are forgotten."""
        self.looks.append((at, department, is_explained, is_desk))
        if len(self.looks) > MOST_LOOKS:
            del self.looks[0]
