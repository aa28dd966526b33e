"""Rows about people who do not exist: some of one file alone, most shared by half of all files.

Who finds one of a file's own has found the file. Two who compare their files find those of one
alone and take them out; what is shared by both they cannot tell from what is true, and it shows
those bits in which they agree. Their ID numbers are of a county code that no county has, with a
true check digit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Final
from uuid import UUID

from openhealthcode.standards.national_id import check_character
from openhealthcode.trust.marks.admissible import TABLE
from openhealthcode.trust.marks.code import MARKS, MarkCode

CANARIES: Final = "canaries"
_COUNTY: Final = 880_000
_COUNTIES: Final = 10_000
_FIRST_BIRTH: Final = date(1938, 1, 1)
_BIRTHS: Final = 27_000
_NUMBERS: Final = 999
_PAIR: Final = 2


@dataclass(frozen=True, slots=True)
class Canary:
    """Somebody who does not exist, and the entry that one row says they have."""

    resident_id: UUID
    entry_id: UUID
    name: str = field(repr=False)
    number: str = field(repr=False)
    template: int
    """Drawn by lot: which true row it looks like."""


def canaries_of(code: MarkCode, mark_id: bytes, count: int) -> list[Canary]:
    """The canaries of one file: as many as wanted, its own among them."""
    own = _own(code, mark_id)
    word = code.word(mark_id)
    places = sorted(range(MARKS), key=lambda place: code.rank(b"canary %d" % place))
    shared = [
        _made_up(code, _shared(place, word >> place & 1))
        for place in places[: max(0, count - len(own))]
    ]
    return [*own, *shared]


def canary_rows(
    code: MarkCode,
    mark_id: bytes,
    rows: Sequence[dict[str, str]],
    seal: Callable[[UUID, UUID], str],
) -> Iterator[dict[str, str]]:
    """Rows to stand among those of a file: each like a true one, but of somebody who is not.

    Args:
        rows: the true ones.
        seal: makes an entry's public id.
    """
    templates = sorted(rows, key=lambda row: code.rank(row["id"].encode()))
    has_names = any(row.get("name") for row in rows)
    for canary in canaries_of(code, mark_id, TABLE.canaries(len(rows))) if rows else ():
        like = templates[canary.template % len(templates)]
        yield {
            **like,
            "id": f"{like['type']}/{seal(canary.resident_id, canary.entry_id)}",
            "patient": f"Patient/{seal(canary.resident_id, canary.resident_id)}",
            "name": canary.name if has_names else "",
            "id_number": canary.number if has_names else "",
        }


class CanaryBook:
    """Who among the people of a found file does not exist, and what that says."""

    def __init__(self, code: MarkCode, mark_ids: Iterable[bytes]) -> None:
        self._code = code
        self._mark_ids = frozenset(mark_ids)
        self._shared = {
            key: (place, bit)
            for place in range(MARKS)
            for bit in (0, 1)
            for key in _keys(_made_up(code, _shared(place, bit)))
        }

    def bits(self, people: Iterable[UUID | str]) -> Iterator[tuple[int, int]]:
        """The bits that shared canaries show: position and bit."""
        yield from {self._shared[one] for one in people if one in self._shared}

    def owner(self, resident_id: UUID, entry_id: UUID) -> bytes | None:
        """The file whose own canary this entry is: its id holds the file's name, sealed."""
        mark_id = entry_id.bytes
        if mark_id not in self._mark_ids:
            return None
        return mark_id if resident_id in self._own_ids(mark_id) else None

    def owners(self, people: Iterable[UUID | str]) -> set[bytes]:
        """Files whose own canaries are there, where rows lost their ids.

        A person's id opens for nobody but us, so one is enough; a number can be hit upon, hence two.
        """
        found: dict[bytes, set[UUID | str]] = {}
        for one in people:
            if one in self._everybody:
                found.setdefault(self._everybody[one], set()).add(one)
        return {
            mark_id
            for mark_id, who in found.items()
            if len(who) >= _PAIR or any(isinstance(one, UUID) for one in who)
        }

    def _own_ids(self, mark_id: bytes) -> frozenset[UUID]:
        return frozenset(one.resident_id for one in _own(self._code, mark_id))

    @cached_property
    def _everybody(self) -> dict[UUID | str, bytes]:
        """Own canaries of every file; made up only when they are asked for."""
        return {
            key: mark_id
            for mark_id in self._mark_ids
            for canary in _own(self._code, mark_id)
            for key in _keys(canary)
        }


def _own(code: MarkCode, mark_id: bytes) -> list[Canary]:
    """The canaries of one file alone; what they are said to have is named as the file is."""
    seeds = (b"own %d " % place + mark_id for place in range(TABLE.own_canaries))
    return [replace(_made_up(code, seed), entry_id=UUID(bytes=mark_id)) for seed in seeds]


def _shared(place: int, bit: int) -> bytes:
    return b"shared %d %d" % (place, bit)


def _keys(canary: Canary) -> tuple[UUID, str]:
    return canary.resident_id, canary.number


def _made_up(code: MarkCode, seed: bytes) -> Canary:
    first, second = code.canary(b"ids " + seed), code.canary(b"person " + seed)
    drawn = [int.from_bytes(second[place : place + 4]) for place in range(0, 32, 4)]
    county = _COUNTY + drawn[0] % _COUNTIES
    born = _FIRST_BIRTH + timedelta(days=drawn[1] % _BIRTHS)
    body = f"{county}{born:%Y%m%d}{1 + drawn[2] % _NUMBERS:03d}"
    surname = TABLE.surnames[drawn[3] % len(TABLE.surnames)]
    given = [TABLE.given[one % len(TABLE.given)] for one in drawn[4:6]]
    return Canary(
        resident_id=UUID(bytes=first[:16], version=4),
        entry_id=UUID(bytes=first[16:], version=4),
        name=surname + "".join(given[: 1 + drawn[6] % 2]),
        number=body + check_character(body),
        template=drawn[7],
    )
