"""What the daily maps say of one history: whether its end was cut off, before anybody kept a copy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

import msgspec

from openhealthcode.standards import day_of
from openhealthcode.transparency.checkpoint import Checkpoint
from openhealthcode.transparency.finding import Finding, FindingKind
from openhealthcode.transparency.keyed_map import (
    SALT_BYTES,
    Gaps,
    MapStatement,
    days_asked,
    is_mapped,
    map_index,
    marker,
    read_statement,
    statement_entry,
)
from openhealthcode.transparency.merkle import is_included, leaf_hash
from openhealthcode.transparency.model import UntrustedNote

MAP_IS_DUE_AFTER: Final = timedelta(hours=3)
"""How long after midnight (UTC+8) the map of the day before may still be in the making."""
_DAY: Final = timedelta(days=1)


class HistoryMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One daily map as far as one resident is concerned.

    Args:
        statement: as published.
        leaf: its place in the tree; the marker of its day is right before it.
        path: from there to the history's head.
        marker_path: from the marker to the same head.
        number: of the resident's last event, as the map has it.
        map_path: from that number to the map's root, top first.
    """

    statement: str
    leaf: int
    path: tuple[bytes, ...]
    marker_path: tuple[bytes, ...]
    number: int
    map_path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a history is held against the maps.

    Args:
        salt: of the first event.
        began_at: when that was.
        leaves: places of all events, in order; None for one that waits.
    """

    log: str
    resident: UUID
    salt: bytes
    began_at: datetime
    made_at: datetime
    leaves: tuple[int | None, ...]

    def before(self, leaf: int) -> int:
        """How many of the events had their place before this one."""
        return sum(1 for one in self.leaves if one is not None and one < leaf)


@dataclass(frozen=True, slots=True)
class MapsSay:
    """What came of it.

    Args:
        newest: the newest day a map was held against; None if none was.
        lost: how many events a restore lost, as the operator recorded for everybody.
    """

    findings: tuple[Finding, ...]
    newest: date | None = None
    lost: int = 0


_Believed = tuple[HistoryMap, MapStatement]


def hold_against_maps(
    own: Counted, maps: Sequence[HistoryMap], gaps: Gaps, head: Checkpoint
) -> MapsSay:
    """Hold the events of a history against the daily maps it brings.

    Args:
        gaps: leaves whose events a restore lost, as the history says it.
        head: the signed head all its proofs lead to.
    """
    findings: list[Finding] = []
    believed: list[_Believed] = []
    for one in maps:
        statement = _believed(own, one, head)
        if statement is None:
            findings.append(_wrong(own, "A daily map is not the one in the log."))
        else:
            believed.append((one, statement))
    believed.sort(key=lambda pair: pair[0].leaf)
    findings += _missing(own, [statement for _, statement in believed])
    findings += _contradictions(own, believed, gaps)
    lost = 0
    for one, statement in believed:
        there = own.before(one.leaf)
        if there < one.number and any(one.leaf < end for _, end in gaps):
            lost = max(lost, one.number - there)
        elif there < one.number:
            sentence = (
                f"The map of {statement.day} counts {one.number} events where this has {there}."
            )
            findings.append(Finding(FindingKind.TAIL_CUT, sentence, own.resident, there + 1))
    newest = believed[-1][1].day if believed else None
    return MapsSay(tuple(findings), newest, lost)


def _believed(own: Counted, one: HistoryMap, head: Checkpoint) -> MapStatement | None:
    """The statement, if the log holds it and it holds the number."""
    try:
        statement = read_statement(one.statement)
    except UntrustedNote:
        return None
    entry, before = statement_entry(one.statement), marker(own.log, statement.day)
    leads = (
        statement.origin == own.log
        and len(own.salt) == SALT_BYTES
        and statement.size + len(statement.days) <= one.leaf
        and is_included(leaf_hash(entry), one.leaf, head.size, one.path, head.root)
        and is_included(leaf_hash(before), one.leaf - 1, head.size, one.marker_path, head.root)
    )
    index = map_index(own.salt, own.resident, statement.day)
    if not leads or not is_mapped(index, one.number, one.map_path, statement.root):
        return None
    return statement


def _missing(own: Counted, statements: Sequence[MapStatement]) -> Iterator[Finding]:
    """A resident's first day may be without; every later one that is asked for is not."""
    began = day_of(own.began_at)
    due = day_of(own.made_at - MAP_IS_DUE_AFTER) - _DAY
    newest = statements[-1].day if statements else None
    if due > began and (newest is None or newest < due):
        yield _wrong(own, f"The map of {due} is missing: what was cut off since would not show.")
    if newest is None:
        return
    covered = {day for statement in statements for day in statement.days}
    for day in sorted(days_asked(newest, statements[0].since) - covered):
        if day > began:
            yield _wrong(own, f"The map of {day} is missing.")


def _contradictions(own: Counted, believed: Sequence[_Believed], gaps: Gaps) -> Iterator[Finding]:
    """Maps that do not go with each other, or count fewer events than had their place by then."""
    for (_, earlier), (_, later) in pairwise(believed):
        if earlier.day >= later.first_day or earlier.since != later.since:
            yield _wrong(own, f"The maps of {earlier.day} and {later.day} contradict each other.")
    for one, statement in believed:
        if own.before(statement.size) > one.number:
            yield _wrong(own, f"The map of {statement.day} counts fewer events than there were.")
    if believed:
        newest, statement = believed[-1]
        told = {gap for gap in gaps if gap[1] <= newest.leaf}
        if not told <= set(statement.gaps):
            yield _wrong(own, "This speaks of lost events of which the newest map knows nothing.")


def _wrong(own: Counted, sentence: str) -> Finding:
    return Finding(FindingKind.MAP, sentence, own.resident)
