"""Records handed over in bulk: as files, one for each type, to whoever may keep them.

Of every resident there is one look, decided and logged like any other; a system is given what consent
lets its institution keep. The files lie encrypted under names that only the asker is told, are
fetched once and are gone after half an hour.

Source: FHIR Bulk Data Access 2.0.0 (patient level); PIPL art. 45.
"""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from openhealthcode.access.copy import own_copy
from openhealthcode.access.everything import opened
from openhealthcode.access.handing_over import Form, begin, lines, table
from openhealthcode.access.links import LinkOver, keep_file, link_file
from openhealthcode.access.whole import InRecord, Wanted, look_as_system
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.database import Pool
from openhealthcode.record.reading import Entry
from openhealthcode.registry.agreements import Channel, agreed_categories, party_of_institution
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound, PurposeOfUse, TooLarge
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId, UnreadableSeal

MOST_RESIDENTS: Final = 50
TABLE: Final = "Table"
"""What a table of entries of any type is said to hold."""
_LARGEST_BYTES: Final = 64_000_000
_LIFETIME: Final = timedelta(minutes=30)
_MARK_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """One file: what it holds, how many, and the name it is fetched by."""

    type: str
    count: int
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Export:
    """What was handed over at one moment, and until when it can be fetched."""

    made_at: datetime
    expires_at: datetime
    files: tuple[ExportedFile, ...]


async def export(
    pool: Pool,
    keys: Keys,
    *,
    system: SystemAccess,
    patients: Sequence[str],
    wanted: Wanted,
    form: Form = Form.LINES,
) -> Export:
    """What this system's institution may keep of some residents; logged for each of them.

    Whoever does not exist, or allows nothing, is in no file, and nothing says so.

    Args:
        patients: their FHIR ids, ``MOST_RESIDENTS`` at most.
        form: files of a resource a line, or one table.

    Raises:
        TooLarge: more than one export may hold.
        TransferNotAgreed: no agreement in force covers exports.
    """
    party = party_of_institution(system.institution_id)
    await agreed_categories(pool, party, PurposeOfUse.TREATMENT, Channel.EXPORT)
    made_at = datetime.now(UTC)
    agent = Agent(AgentKind.SYSTEM, system.system_id, system.institution_id)
    mark_id = await begin(pool, form, agent)
    entries: list[Entry] = []
    for named in dict.fromkeys(patients):
        with suppress(UnreadableId, NotFound, UnknownKey, DestroyedKey):
            resident_id, _ = keys.open_id(named)
            seen = await look_as_system(
                pool,
                keys,
                system=system,
                resident_id=resident_id,
                asked=InRecord(wanted),
                keep=lambda _, found: found,
                detail={"file": mark_id.bytes},
            )
            entries += opened(keys, seen)
            _check_size(entries)
    files = _table(keys, mark_id, entries) if form is Form.TABLE else _lines(keys, mark_id, entries)
    return await _kept(pool, keys, str(system.system_id), made_at, files)


async def own_export(pool: Pool, keys: Keys, resident_id: ResidentId) -> Export:
    """The resident's whole record, closed kinds included; logged as a copy that was taken."""
    copy = await own_copy(pool, keys, resident_id)
    files = _lines(keys, copy.mark_id, copy.entries)
    return await _kept(pool, keys, str(resident_id), copy.made_at, files)


async def exported_file(pool: Pool, keys: Keys, owner: str, name: str) -> bytes:
    """One file of an export, once, for whoever asked for it: a resource a line, or a table.

    Raises:
        NotFound: no such file, fetched before, over, or somebody else's.
    """
    mark, _, kept = name.partition(".")
    try:
        sealed = b64decode(await link_file(pool, kept))
        return keys.open_session(_token(owner, mark), sealed).encode()
    except (LinkOver, UnreadableSeal, ValueError):
        raise NotFound from None


_Files = Iterable[tuple[str, int, str]]
"""Of each file: what it holds, how many, and its text."""


def _lines(keys: Keys, mark_id: UUID, entries: Iterable[Entry]) -> _Files:
    by_type: dict[str, list[Entry]] = {}
    for entry in entries:
        by_type.setdefault(entry.type, []).append(entry)
    for type_, those in sorted(by_type.items()):
        yield type_, len(those), b"\n".join([*lines(keys, mark_id, those), b""]).decode()


def _table(keys: Keys, mark_id: UUID, entries: Sequence[Entry]) -> _Files:
    if entries:
        yield TABLE, len(entries), table(keys, mark_id, entries).decode()


async def _kept(pool: Pool, keys: Keys, owner: str, made_at: datetime, told: _Files) -> Export:
    expires_at = datetime.now(UTC) + _LIFETIME
    files = []
    for type_, count, text in told:
        mark = secrets.token_urlsafe(_MARK_BYTES)
        sealed = keys.seal_session(_token(owner, mark), text)
        kept = await keep_file(pool, b64encode(sealed).decode())
        files.append(ExportedFile(type_, count, f"{mark}.{kept}"))
    return Export(made_at, expires_at, tuple(files))


def _token(owner: str, mark: str) -> str:
    return f"export of {owner}: {mark}"


def _check_size(entries: Iterable[Entry]) -> None:
    if sum(len(entry.body) for entry in entries) > _LARGEST_BYTES:
        raise TooLarge
