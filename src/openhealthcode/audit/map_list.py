"""Where the daily maps lie beside the log: the published list, the files to prove from, the one in the making.

maps                 every statement with its leaf, in order; public
map/<day>            the numbers of one day, to prove from; for nobody but us
map/next             a statement whose place in the tree is not known yet
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from openhealthcode.audit.map_file import MapFile
from openhealthcode.audit.model import Pending
from openhealthcode.standards.ids import ResidentId
from openhealthcode.transparency import (
    EARLIEST_DAY,
    Checkpoint,
    HistoryMap,
    LogDamaged,
    LogFolder,
    MapStatement,
    PlacedMap,
    days_asked,
    inclusion_proof,
    list_maps,
    map_index,
    read_maps,
    read_statement,
)

MAPS: Final = ResidentId(UUID("0e510000-0000-4000-8000-000000000002"))
"""Under which id markers and statements wait and get their leaves; an id no resident can be given."""
_DAYS_MORE: Final = 7
"""Kept beyond those asked for: a history may rest on a head of days ago."""


class MapList:
    """The maps beside one log. One writer at a time; any number of readers."""

    def __init__(self, folder: Path) -> None:
        self._list = folder / "maps"
        self._place = folder / "map"
        self._next = self._place / "next"

    def text(self) -> str | None:
        """The list as published; None before the first map."""
        try:
            return self._list.read_text("utf-8")
        except FileNotFoundError:
            return None

    def listed(self) -> list[tuple[int, MapStatement]]:
        """Every map with its leaf, in order.

        Raises:
            UntrustedNote: the list was altered.
        """
        return [(one.leaf, read_statement(one.text)) for one in read_maps(self.text() or "")]

    def unplaced(self) -> MapStatement | None:
        """The newest, while its place in the tree is not known."""
        try:
            return read_statement(self._next.read_text("utf-8"))
        except FileNotFoundError:
            return None

    def numbers_of(self, day: date) -> Path:
        """The file to prove from."""
        return self._place / day.isoformat()

    def keep_unplaced(self, statement: MapStatement) -> None:
        """Remember a map before it is brought into the log."""
        _write(self._next, statement.text)

    def forget_unplaced(self) -> None:
        """It will be made anew."""
        self._next.unlink(missing_ok=True)

    def note_placed(self, leaf: int, statement: MapStatement) -> None:
        """List a map that has its place, and let go of what nobody asks for any more."""
        listed = self.listed()
        if not listed or listed[-1][1].day < statement.day:
            listed.append((leaf, statement))
            _write(self._list, list_maps([PlacedMap(at, one.text) for at, one in listed]))
        self.forget_unplaced()
        kept = {one.day for _, one in _asked(listed, more=_DAYS_MORE)}
        for path in self._place.iterdir():
            if path.name[:1].isdigit() and date.fromisoformat(path.name) not in kept:
                path.unlink()

    def rows(self) -> dict[bytes, Pending]:
        """What stands in the queue, or at a leaf, for every map there is."""
        statements = [one for _, one in self.listed()]
        if (unplaced := self.unplaced()) is not None:
            statements.append(unplaced)
        return {row.commitment: row for one in statements for row in rows_of(one)}


def rows_of(statement: MapStatement) -> list[Pending]:
    """A map as it waits for its leaves: a marker for each day, then the statement."""
    numbers = [2 * (day - EARLIEST_DAY).days + 1 for day in statement.days]
    numbered = zip([*numbers, numbers[-1] + 1], statement.entries, strict=True)
    return [Pending(MAPS, number, entry) for number, entry in numbered]


def before(number: int) -> int:
    """The number of the row that comes right before this one in the log, if they are of one map."""
    return number - 1 if number % 2 == 0 else number - 2


def prove_maps(
    files: LogFolder, head: Checkpoint, resident: UUID, salt: bytes
) -> tuple[HistoryMap, ...]:
    """What the maps that are asked for say of one resident, each proven under this head.

    Args:
        salt: of the resident's first event.
    """
    maps = MapList(files.folder)
    subtree = files.subtrees(head.size)
    covered = [(leaf, one) for leaf, one in maps.listed() if leaf < head.size]
    proven = []
    for leaf, statement in _asked(covered):
        try:
            with MapFile(maps.numbers_of(statement.day)) as numbers:
                found = numbers.prove(map_index(salt, resident, statement.day))
        except LogDamaged:
            continue  # whoever checks says that it is missing
        if found is not None:
            path, marker_path = (
                tuple(inclusion_proof(at, head.size, subtree)) for at in (leaf, leaf - 1)
            )
            proven.append(HistoryMap(statement.text, leaf, path, marker_path, *found))
    return tuple(proven)


def _asked(
    listed: list[tuple[int, MapStatement]], *, more: int = 0
) -> Iterator[tuple[int, MapStatement]]:
    """Those that have a day on which anybody may ask for a proof, and some of the newest."""
    if not listed:
        return
    newest = listed[-1][1]
    days = days_asked(newest.day, newest.since)
    for nth, (leaf, statement) in enumerate(listed):
        if nth >= len(listed) - more or not days.isdisjoint(statement.days):
            yield leaf, statement


def _write(path: Path, text: str) -> None:
    """Replace a file, durably and at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
