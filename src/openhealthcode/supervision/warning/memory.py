"""All that is remembered between accesses, kept so that a restart forgets nothing.

What changed is taken out as small rows (``changes``) to be stored in the transaction that moves the
reader's place in the log; ``remember`` builds the same memory from such rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import msgspec

from openhealthcode.supervision.warning.baseline import Person, Seen, Team
from openhealthcode.supervision.warning.grouping import Group
from openhealthcode.supervision.warning.model import ResidentMark

_SEEN_KEPT_SECONDS: Final = 48 * 3600
_PERSON, _TEAM, _SEEN, _GROUP, _DAY = "person", "team", "resident", "alert", "day"


class Kept(NamedTuple):
    """One remembered thing as stored; without ``content`` it is forgotten."""

    kind: str
    key: bytes
    content: bytes | None


class Memory:
    """People, institutions and their departments, residents looked at of late, open alerts."""

    def __init__(self) -> None:
        self.people: dict[int, Person] = {}
        self.teams: dict[str, Team] = {}
        self.seen: dict[ResidentMark, Seen] = {}
        self.groups: dict[str, Group] = {}
        self.day = 0
        self.changed_people: set[int] = set()
        self.changed_teams: set[str] = set()
        self.changed_seen: set[ResidentMark] = set()
        self.changed_groups: set[str] = set()

    @classmethod
    def remember(cls, kept: Iterable[Kept]) -> Memory:
        """The memory that was stored, in whatever order its rows come."""
        memory = cls()
        for kind, key, content in kept:
            if content is None:
                continue
            if kind == _PERSON:
                memory.people[int.from_bytes(key)] = _decode_person(content)
            elif kind == _TEAM:
                memory.teams[key.decode()] = _decode_team(content)
            elif kind == _SEEN:
                memory.seen[key] = _decode_seen(content)
            elif kind == _GROUP:
                memory.groups[key.decode()] = _decode_group(content)
            else:
                memory.day = int.from_bytes(content)
        return memory

    def changes(self) -> list[Kept]:
        """What changed since it was last asked; asked once, it is taken to be stored."""
        encode = msgspec.msgpack.encode
        rows = [Kept(_DAY, b"", self.day.to_bytes(4))]
        rows += [
            Kept(_PERSON, one.to_bytes(16), encode(self.people[one])) for one in self.changed_people
        ]
        rows += [Kept(_TEAM, one.encode(), encode(self.teams[one])) for one in self.changed_teams]
        for mark in self.changed_seen:
            seen = self.seen.get(mark)
            rows.append(Kept(_SEEN, mark, encode(seen) if seen is not None else None))
        for name in self.changed_groups:
            group = self.groups.get(name)
            rows.append(Kept(_GROUP, name.encode(), encode(group) if group is not None else None))
        for changed in (self.changed_people, self.changed_teams):
            changed.clear()
        self.changed_seen.clear()
        self.changed_groups.clear()
        return rows

    def begin(self, day: int, now: float, quiet_since: float) -> None:
        """Turn to a later day: who was not looked at for long, and alerts gone quiet, are forgotten."""
        if day <= self.day:
            return
        self.day = day
        for mark in [m for m, s in self.seen.items() if s.latest_at < now - _SEEN_KEPT_SECONDS]:
            del self.seen[mark]
            self.changed_seen.add(mark)
        for name in [n for n, g in self.groups.items() if g.latest_at < quiet_since]:
            del self.groups[name]
            self.changed_groups.add(name)


_decode_person = msgspec.msgpack.Decoder(Person).decode
_decode_team = msgspec.msgpack.Decoder(Team).decode
_decode_seen = msgspec.msgpack.Decoder(Seen).decode
_decode_group = msgspec.msgpack.Decoder(Group).decode
