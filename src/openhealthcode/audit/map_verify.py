"""Hold the daily maps we keep against the log itself: whole, and nobody's number higher than what is there."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from openhealthcode.audit.map_file import MapFile
from openhealthcode.audit.map_list import MapList
from openhealthcode.standards import OFFICIAL_TIME, day_of
from openhealthcode.transparency import (
    MAP_IS_DUE_AFTER,
    CheckedMaps,
    Columns,
    Finding,
    FindingKind,
    LogDamaged,
    MapStatement,
    map_index,
)

_COMPARED: Final = 7


@dataclass(slots=True)
class _Kept:
    """One map that is compared, and how many of its residents were met."""

    leaf: int
    statement: MapStatement
    numbers: MapFile
    met: int = 0


@dataclass(slots=True)
class MapCheck:
    """Follows all events in order of resident and number, like ``ChainCheck``.

    Args:
        maps: where they lie.
        checked: what the entries of the tree say of them.
        gaps: leaves of which it was recorded that events were lost.
        moment: when the database was looked at.
    """

    maps: MapList
    checked: CheckedMaps
    gaps: Sequence[tuple[int, int]]
    moment: datetime
    findings: list[Finding] = field(default_factory=list)
    _kept: list[_Kept] = field(default_factory=list)
    _resident: UUID | None = None
    _salt: bytes = b""
    _number: int = 0
    _over: datetime | None = None
    _latest: datetime | None = None
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        midnight = (self.moment - MAP_IS_DUE_AFTER).astimezone(OFFICIAL_TIME)
        self._over = midnight.replace(hour=0, minute=0, second=0, microsecond=0)
        for leaf, statement in self.checked.statements[-_COMPARED:]:
            path = self.maps.numbers_of(statement.day)
            try:
                numbers = self._open.enter_context(MapFile(path))
                if numbers.root != statement.root or not numbers.is_whole():
                    raise LogDamaged
            except LogDamaged:
                self._note(FindingKind.MAP, f"The map of {statement.day} is not whole any more.")
            else:
                self._kept.append(_Kept(leaf, statement, numbers))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def follow(self, row: Columns) -> None:
        """The next event."""
        if row["resident_id"] != self._resident:
            self._end_chain()
            self._resident, self._salt = row["resident_id"], row["salt"]
        self._number, at = row["number"], row["recorded_at"]
        # What is of no moment at all has no zone; its chain's check names it.
        if self._over is not None and at.tzinfo is not None and at < self._over:
            self._latest = max(at, self._latest or at)

    def finish(self) -> None:
        """After the last event."""
        self._end_chain()
        for kept in self._kept:
            if kept.met < kept.numbers.residents and not self._is_lost(kept):
                gone = kept.numbers.residents - kept.met
                sentence = f"The map of {kept.statement.day} counts {gone} residents who are gone."
                self._note(FindingKind.TAIL_CUT, sentence)
        statements = self.checked.statements
        if statements and self._latest is not None:
            newest, due = statements[-1][1].day, day_of(self._latest)
            if newest < due:
                sentence = f"The newest map is of {newest}, and the log goes on until {due}."
                self._note(FindingKind.MAP, sentence)

    def _end_chain(self) -> None:
        if self._resident is None:
            return
        for kept in self._kept:
            index = map_index(self._salt, self._resident, kept.statement.day)
            counted = kept.numbers.number(index)
            if counted is None:
                continue
            kept.met += 1
            if counted > self._number and not self._is_lost(kept):
                day = kept.statement.day
                sentence = f"The map of {day} counts {counted} events where {self._number} are."
                self._note(FindingKind.TAIL_CUT, sentence, self._resident, self._number + 1)

    def _is_lost(self, kept: _Kept) -> bool:
        """Whether a restore lost events that this map may have counted, as was recorded."""
        return any(kept.leaf < end for _, end in self.gaps)

    def _note(
        self,
        kind: FindingKind,
        sentence: str,
        resident: UUID | None = None,
        number: int | None = None,
    ) -> None:
        self.findings.append(Finding(kind, sentence, resident, number))
