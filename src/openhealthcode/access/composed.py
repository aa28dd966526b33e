"""A system takes a document that is put together from a record: a summary, or one that was filed.

To know what goes into it the entries have to be opened, those only that may be shown; they stay in
the transaction, and what leaves it is what the log names: the entries that went in.

Source: IPS, Patient/$summary; FHIR R4, Composition/$document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from openhealthcode.access import looking
from openhealthcode.access.looking import Look, Row
from openhealthcode.access.whole import InRecord, Rows, Wanted, look_as_system
from openhealthcode.database import Pool
from openhealthcode.record import KINDS, read_exactly, write_exactly
from openhealthcode.record.patient_summary import SummaryHead, patient_summary
from openhealthcode.record.plain import Language
from openhealthcode.record.reading import Entry, opener
from openhealthcode.sign_in import SystemAccess
from openhealthcode.standards import NotFound
from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust import DestroyedKey, Keys, UnknownKey, UnreadableId

SUMMARISED: Final = frozenset(
    {
        "AllergyIntolerance",
        "Condition",
        "Device",
        "Immunization",
        "MedicationDispense",
        "MedicationRequest",
        "MedicationStatement",
        "Observation",
        "Patient",
        "Procedure",
    }
)
"""The types a summary is made from."""


@dataclass(frozen=True, slots=True)
class SummaryAsked:
    """What a summary is to say about itself.

    Args:
        language: of titles and narrative.
        fhir_url: this service's FHIR address, without a slash at its end.
        document_id: of this document.
        on: the day that moment is on, to judge "current" and "recent" by.
    """

    language: Language
    fhir_url: str
    document_id: UUID
    on: Callable[[datetime], date]


@dataclass(frozen=True, slots=True)
class Document:
    """Entries that make a document, the first one first, and when it was put together."""

    bodies: tuple[bytes, ...] = field(repr=False)
    at: datetime
    elsewhere: tuple[str, ...]
    """What it refers to that is not of this record: of institutions and of those who work there."""


async def summary(
    pool: Pool, keys: Keys, *, system: SystemAccess, patient: str, asked: SummaryAsked
) -> bytes:
    """The International Patient Summary of what this system may see, as FHIR JSON.

    Raises:
        NotFound: no such resident, or not even who they are may be seen; which, it does not say.
    """
    composed = _Summary(keys, asked)
    await _compose(pool, keys, system, patient, SUMMARISED, composed.keep)
    if composed.document is None:
        raise NotFound
    return composed.document


async def document(
    pool: Pool, keys: Keys, *, system: SystemAccess, types: frozenset[str], fhir_id: str
) -> Document:
    """A Composition with what it refers to, as far as this system may see it.

    Args:
        types: of what the system may read.

    Raises:
        NotFound: no such Composition, or not for this system; which, it does not say.
    """
    assembled = _Document(keys, fhir_id)
    await _compose(pool, keys, system, fhir_id, types, assembled.keep)
    if assembled.document is None:
        raise NotFound
    return assembled.document


async def _compose(
    pool: Pool,
    keys: Keys,
    system: SystemAccess,
    named: str,
    types: frozenset[str],
    keep: Callable[[Look, Rows], Rows],
) -> None:
    try:
        resident_id, _ = keys.open_id(named)
        await look_as_system(
            pool,
            keys,
            system=system,
            resident_id=resident_id,
            asked=InRecord(Wanted(types)),
            keep=keep,
        )
    except (UnreadableId, UnknownKey, DestroyedKey):
        raise NotFound from None


class _Summary:
    """Puts a summary together and keeps the entries that went into it."""

    def __init__(self, keys: Keys, asked: SummaryAsked) -> None:
        self._keys, self._asked = keys, asked
        self.document: bytes | None = None

    def keep(self, look: Look, found: Rows) -> Rows:
        """The entries of which something is in the summary."""
        entries = [each for one, rows in found.items() for each in self._opened(one, rows)]
        told = [(entry.category, read_exactly(entry.body)) for entry in entries]
        patient = next((one for _, one in told if one["resourceType"] == "Patient"), None)
        if patient is None:
            return {one: [] for one in found}
        asked = self._asked
        head = SummaryHead(
            document_id=asked.document_id,
            made_at=look.at,
            today=asked.on(look.at),
            language=asked.language,
            fhir_url=asked.fhir_url,
        )
        bundle = patient_summary(patient, told, head)
        self.document = write_exactly(bundle)
        used = {each["resource"].get("id") for each in bundle["entry"]}
        shown = {
            entry.entry_id
            for entry, (_, resource) in zip(entries, told, strict=True)
            if resource["id"] in used
        }
        return {one: [r for r in rows if r["entry_id"] in shown] for one, rows in found.items()}

    def _opened(self, resident_id: ResidentId, rows: list[Row]) -> tuple[Entry, ...]:
        return looking.open_rows(self._keys.of(resident_id), rows)


class _Document:
    """Finds a Composition and what it refers to."""

    def __init__(self, keys: Keys, fhir_id: str) -> None:
        self._keys, self._fhir_id = keys, fhir_id
        self.document: Document | None = None

    def keep(self, look: Look, found: Rows) -> Rows:
        """The Composition and what it names of the same person's entries, in the order named."""
        there = {
            EntryId(row["entry_id"]): (one, row) for one, rows in found.items() for row in rows
        }
        first = self._entry_of(self._fhir_id)
        if first not in there or there[first][1]["type"] != "Composition":
            return {one: [] for one in found}
        composition = self._body(*there[first])
        named = dict.fromkeys(_references(read_exactly(composition)))
        chosen: dict[EntryId, None] = {first: None}
        elsewhere = []
        for reference in named:
            entry_id = self._entry_of(reference.rpartition("/")[2])
            if entry_id in there:
                chosen[entry_id] = None
            elif entry_id is None:
                elsewhere.append(reference)
        bodies = [composition, *(self._body(*there[one]) for one in list(chosen)[1:])]
        self.document = Document(tuple(bodies), look.at, tuple(elsewhere))
        return {one: [r for r in rows if r["entry_id"] in chosen] for one, rows in found.items()}

    def _body(self, resident_id: ResidentId, row: Row) -> bytes:
        open_body = opener(self._keys.of(resident_id))
        return open_body(row["entry_id"], row["version"], row["body"])

    def _entry_of(self, fhir_id: str) -> EntryId | None:
        try:
            return self._keys.open_id(fhir_id)[1]
        except UnreadableId:
            return None


def _references(value: Any) -> Iterator[str]:  # noqa: ANN401 - parsed JSON
    """Every reference to a resource of a type we know, in its order, relative."""
    if isinstance(value, dict):
        named = value.get("reference")
        if isinstance(named, str) and named.partition("/")[0] in KINDS:
            yield named
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)
