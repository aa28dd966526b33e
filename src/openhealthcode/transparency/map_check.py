"""Check the daily maps of a published log: one for each day, the same for everybody.

Needs the entries and the list of statements, and nothing that is about anybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Final, NamedTuple

from openhealthcode.transparency.finding import Finding, FindingKind
from openhealthcode.transparency.keyed_map import (
    EARLIEST_DAY,
    MapStatement,
    marker,
    read_statement,
)
from openhealthcode.transparency.model import UntrustedNote

_DAY: Final = timedelta(days=1)
_DAYS_TOLD_APART: Final = 30_000
"""Markers looked for: until the year 2102."""


class PlacedMap(NamedTuple):
    """A statement as listed, and the leaf it is listed at."""

    leaf: int
    text: str


@dataclass(frozen=True, slots=True)
class CheckedMaps:
    """What was found of the maps.

    Args:
        statements: those the entries hold, in order, each with its leaf.
        leaves: the places of markers and statements; none of them is an event's.
    """

    statements: tuple[tuple[int, MapStatement], ...]
    leaves: frozenset[int]
    findings: tuple[Finding, ...]


def list_maps(placed: Sequence[PlacedMap]) -> str:
    """The published list: a line with the leaf before each statement, an empty line after it."""
    return "".join(f"leaf {one.leaf}\n{one.text}\n" for one in placed)


def read_maps(text: str) -> list[PlacedMap]:
    """What a list says; nothing of it is believed yet.

    Raises:
        UntrustedNote: it is none.
    """
    placed = []
    for block in text.split("\n\n")[:-1]:
        first, _, rest = block.partition("\n")
        word, _, number = first.partition(" ")
        if word != "leaf" or not (number.isascii() and number.isdigit()) or len(number) > 15:
            raise UntrustedNote("this is no list of maps")
        placed.append(PlacedMap(int(number), f"{rest}\n"))
    if text and not text.endswith("\n\n"):
        raise UntrustedNote("this is no list of maps")
    return placed


def check_maps(origin: str, entries: Sequence[bytes], listed: str | None) -> CheckedMaps:
    """Hold the list of maps against the entries.

    Args:
        origin: the log's name.
        entries: of the whole tree.
        listed: the published list; None if there is none.
    """
    findings: list[Finding] = []
    statements: list[tuple[int, MapStatement]] = []
    try:
        placed = read_maps(listed or "")
    except UntrustedNote:
        placed = []
        findings.append(Finding(FindingKind.MAP, "The list of daily maps cannot be read."))
    for one in placed:
        if one.leaf >= len(entries):
            continue  # newer than the head
        statement = _placed_there(origin, entries, one)
        if statement is None:
            sentence = f"Leaf {one.leaf} of the tree is not the daily map that is listed for it."
            findings.append(Finding(FindingKind.MAP, sentence))
        else:
            statements.append((one.leaf, statement))
    leaves = {
        leaf - nth for leaf, statement in statements for nth in range(len(statement.days) + 1)
    }
    findings += _unlisted(origin, entries, leaves, statements[-1] if statements else None)
    findings += _days_without(statements)
    return CheckedMaps(tuple(statements), frozenset(leaves), tuple(findings))


def _placed_there(origin: str, entries: Sequence[bytes], one: PlacedMap) -> MapStatement | None:
    """The statement, if its markers and itself stand where the list says."""
    try:
        statement = read_statement(one.text)
    except UntrustedNote:
        return None
    expected = statement.entries
    first = one.leaf + 1 - len(expected)
    is_there = (
        statement.origin == origin
        and first >= statement.size
        and list(entries[first : one.leaf + 1]) == expected
    )
    return statement if is_there else None


def _unlisted(
    origin: str,
    entries: Sequence[bytes],
    known: set[int],
    newest: tuple[int, MapStatement] | None,
) -> Iterator[Finding]:
    """A day's marker where no listed map is: a map that not everybody is shown."""
    markers = _markers(origin)
    found = [
        (leaf, markers[entry])
        for leaf, entry in enumerate(entries)
        if entry in markers and leaf not in known
    ]
    if _is_about_to_be_listed(found, newest):
        return
    for leaf, day in found:
        sentence = f"Leaf {leaf} of the tree marks a map of {day} that is not listed."
        yield Finding(FindingKind.MAP, sentence)


def _is_about_to_be_listed(
    found: Sequence[tuple[int, date]], newest: tuple[int, MapStatement] | None
) -> bool:
    """Whether these are the markers of one map that follows the newest: listed some seconds later."""
    if not found:
        return True
    (leaf, day), count = found[0], len(found)
    is_one = found == [(leaf + nth, day + timedelta(days=nth)) for nth in range(count)]
    return is_one and (newest is None or (leaf > newest[0] and day == newest[1].day + _DAY))


def _days_without(statements: Sequence[tuple[int, MapStatement]]) -> Iterator[Finding]:
    """Every day from the first on has one map, and all agree which the first was."""
    if not statements:
        return
    first = statements[0][1]
    expected = first.since
    for _, statement in statements:
        if statement.first_day != expected or statement.since != first.since:
            sentence = (
                f"A map of {expected} should come next, and one of {statement.first_day} does."
            )
            yield Finding(FindingKind.MAP, sentence)
        expected = statement.day + _DAY


@cache
def _markers(origin: str) -> dict[bytes, date]:
    days = (EARLIEST_DAY + timedelta(days=nth) for nth in range(_DAYS_TOLD_APART))
    return {marker(origin, day): day for day in days}
