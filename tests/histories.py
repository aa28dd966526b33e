"""A small public log with one resident's history in it, made without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

from openhealthcode.standards import OFFICIAL_TIME
from openhealthcode.transparency import (
    Checkpoint,
    Cosigner,
    Frontier,
    History,
    HistoryEvent,
    HistoryMap,
    LogFolder,
    MapStatement,
    NoteSigner,
    PlacedMap,
    inclusion_proof,
    list_maps,
    map_index,
    map_leaf,
    map_path,
    map_root,
    seal_history,
    with_place,
)

ORIGIN = "region.example/log"
LOG = NoteSigner(ORIGIN, b"\x01" * 32)
RECEIPTS = NoteSigner(f"{ORIGIN}/receipts", b"\x02" * 32)
WITNESS = Cosigner("witness.example", b"\x03" * 32)
POLICY = f"log {LOG.verifier_key}\nwitness w {WITNESS.verifier_key}\nquorum w\n"
RESIDENT = UUID("88000000-0000-4000-8000-000000000001")
START = datetime(2026, 3, 1, 8, 0, 0, 123, UTC)


def events(count: int) -> list[HistoryEvent]:
    """One resident's events, a minute apart, none like another."""
    return [
        HistoryEvent(
            number=number,
            at=START + timedelta(minutes=number),
            action="record.disclose" if number % 3 else "record.own-view",
            outcome="done",
            purpose="TREAT" if number % 3 else None,
            scene="outpatient" if number % 2 else None,
            agent_kind="practitioner",
            agent=UUID(int=number + 1),
            institution=UUID(int=number % 7 + 1) if number % 3 else None,
            detail=number.to_bytes(4) * 30,
            salt=number.to_bytes(16),
        )
        for number in range(1, count + 1)
    ]


def log_of(
    folder: Path, own: list[HistoryEvent], *, among: int = 1, resident: UUID = RESIDENT
) -> LogFolder:
    """A log with so many strangers' entries before each of these events; head signed, cosigned."""
    files = LogFolder(folder)
    entries: list[bytes] = []
    for one in own:
        entries += [(one.number * 1_000 + n).to_bytes(32) for n in range(among)]
        entries.append(one.commitment(resident))
    grown = files.grow(Frontier(), entries)
    note = Checkpoint(ORIGIN, grown.size, grown.root()).signed(LOG)
    files.publish(note)
    files.publish_witnessed(note + WITNESS.cosign(note.partition("\n\n")[0] + "\n", 1_800_000_000))
    return files


def history_of(
    files: LogFolder, own: list[HistoryEvent], *, among: int = 1, resident: UUID = RESIDENT
) -> bytes:
    """The history as the operator would hand it out."""
    note = files.witnessed() or ""
    size = int(note.split("\n")[1])
    subtree = files.subtrees(size)
    placed = []
    for nth, one in enumerate(own):
        leaf = nth * (among + 1) + among
        placed.append(with_place(one, leaf, inclusion_proof(leaf, size, subtree)))
    made_at = own[-1].at + timedelta(seconds=5)
    return seal_history(History(ORIGIN, resident, made_at, note, tuple(placed)), RECEIPTS)


class MappedLog:
    """A log that is kept day after day, with its daily maps, made without a database."""

    def __init__(self, folder: Path, *, strangers: int = 20) -> None:
        self.files = LogFolder(folder)
        self.strangers = strangers
        self.entries: list[bytes] = []
        self.own: list[tuple[HistoryEvent, int]] = []
        """The resident's events and their leaves, as the operator admits them."""
        self.maps: list[tuple[int, MapStatement, list[int], list[bytes], int]] = []
        self.at = START
        self.gaps: tuple[tuple[int, int], ...] = ()

    def happen(self, count: int = 1) -> None:
        """Events of the resident, and a stranger's before each."""
        for _ in range(count):
            number = len(self.own) + 1
            salt = len(self.entries).to_bytes(16)
            self.at += timedelta(minutes=1)
            made = msgspec.structs.replace(
                events(number)[-1], at=self.at, salt=salt, agent=UUID(int=len(self.entries) + 1)
            )
            self.entries += [len(self.entries).to_bytes(32), made.commitment(RESIDENT)]
            self.own.append((made, len(self.entries) - 1))

    def end_day(self, *, days: int = 1) -> None:
        """Midnight in China, so many days on; the map of all of them."""
        local = self.at.astimezone(OFFICIAL_TIME)
        day = local.date() + timedelta(days=days - 1)
        taken_at = local.replace(hour=0, minute=0, second=30, microsecond=0) + timedelta(days=days)
        numbers = {(900 + n).to_bytes(16): (UUID(int=n), n % 9 + 1) for n in range(self.strangers)}
        if self.own:
            numbers[self.own[0][0].salt] = (RESIDENT, len(self.own))
        leaves = sorted(
            (int.from_bytes(map_index(salt, who, day)), number)
            for salt, (who, number) in numbers.items()
        )
        keys = [key for key, _ in leaves]
        hashes = [map_leaf(key.to_bytes(32), number) for key, number in leaves]
        since = self.maps[0][1].since if self.maps else local.date()
        statement = MapStatement(
            ORIGIN, local.date(), day, since, taken_at.astimezone(UTC), len(keys),
            len(self.entries), map_root(keys, hashes), self.gaps,
        )  # fmt: skip
        self.entries += statement.entries
        self.maps.append((len(self.entries) - 1, statement, keys, hashes, len(self.own)))
        self.at = taken_at.astimezone(UTC) + timedelta(hours=9)

    def cut(self, count: int) -> None:
        """The operator no longer admits the newest events; the tree has them for good."""
        del self.own[len(self.own) - count :]

    def listed(self) -> str:
        """The list of maps as published."""
        return list_maps([PlacedMap(leaf, one.text) for leaf, one, *_ in self.maps])

    def history(self, **changes: object) -> History:
        """What the operator hands out now, not sealed yet."""
        grown = self.files.grow(Frontier(), self.entries)
        subtree = self.files.subtrees(grown.size)

        def path(leaf: int) -> tuple[bytes, ...]:
            return tuple(inclusion_proof(leaf, grown.size, subtree))

        maps = []
        for leaf, statement, keys, hashes, number in self.maps:
            index = map_index(self.own[0][0].salt, RESIDENT, statement.day)
            key = int.from_bytes(index)
            if key in keys:
                proof = tuple(map_path(keys, hashes, key))
                maps.append(
                    HistoryMap(statement.text, leaf, path(leaf), path(leaf - 1), number, proof)
                )
        note = Checkpoint(ORIGIN, grown.size, grown.root()).signed(LOG)
        made_at = self.at + timedelta(seconds=5)
        note += WITNESS.cosign(note.partition("\n\n")[0] + "\n", int(made_at.timestamp()))
        placed = tuple(with_place(one, leaf, path(leaf)) for one, leaf in self.own)
        made = History(ORIGIN, RESIDENT, made_at, note, placed, tuple(maps), self.gaps)
        return msgspec.structs.replace(made, **changes)

    def sealed(self, **changes: object) -> bytes:
        """The file."""
        return seal_history(self.history(**changes), RECEIPTS)
