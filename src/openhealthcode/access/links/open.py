"""Somebody opens a link: counted, decided by what the resident closed since, logged, encrypted.

Nothing is decrypted before the event is written. What is answered is readable with the key in the
link alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any, Final
from uuid import UUID, uuid4

from openhealthcode import audit, consent
from openhealthcode.access import looking, notices
from openhealthcode.access.carried.anybody import shared_with_anybody
from openhealthcode.access.carried.card import CardIssuer, rid_of, vaccination_card
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.links import store
from openhealthcode.access.links.model import (
    LONGEST_RECIPIENT,
    LinkContent,
    LinkOver,
    OpenedLink,
    WrongPasscode,
)
from openhealthcode.access.links.store import Stored
from openhealthcode.access.looking import Choice, Look, Row
from openhealthcode.credential import MEDIA_TYPE, as_file
from openhealthcode.database import Connection, Pool, announce, transaction
from openhealthcode.record import read_exactly, write_exactly
from openhealthcode.record.patient_summary import SummaryHead, patient_summary
from openhealthcode.record.reading import Entry
from openhealthcode.sign_in import limits, link_notice, matches
from openhealthcode.standards import (
    InvalidInput,
    NotFound,
    PurposeOfUse,
    RecordCategory,
    TooManyAttempts,
)
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, Labels, UnknownKey, encrypt_file

FHIR: Final = "application/fhir+json"
_LONGEST_SECRET: Final = 64
_FILE_LIVES: Final = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class _Opening:
    """Which link somebody opens, and who they say they are."""

    resident_id: ResidentId
    link_id: UUID
    recipient: str = field(repr=False)


async def open_link(
    pool: Pool,
    keys: Keys,
    secret: str,
    *,
    recipient: str,
    passcode: str | None,
    is_direct: bool,
    issuer: CardIssuer,
) -> OpenedLink:
    """Look at the record as the link allows, log it, and encrypt what was found.

    Args:
        secret: the last part of the link's address.
        recipient: who opens it, by their own words; nobody verified it, and the log says so.
        passcode: as typed; None where none was sent.
        is_direct: opened without a manifest.
        issuer: who signs a card, and what the service is called.

    Raises:
        LinkOver: there is no such link, or no longer.
        WrongPasscode: with how many wrong ones are left; each is counted and logged.
        InvalidInput: nobody says who opens it.
        TooManyAttempts: it was opened very often lately.
    """
    named = " ".join(recipient.split())
    if not named or len(named) > LONGEST_RECIPIENT or not named.isprintable():
        raise InvalidInput("a recipient is named, by 80 letters at the most")
    opening = await _found(pool, keys, secret, named)
    now = datetime.now(UTC)
    async with transaction(pool, resident=opening.resident_id) as connection:
        link = await store.stored(connection, keys, opening.resident_id, opening.link_id, now)
    if link.is_direct is not is_direct:
        raise LinkOver
    opened = keys.blind_index("link-opened", str(opening.link_id))
    if not await limits.take(pool, opened, limits.OPENINGS_PER_LINK, now):
        raise TooManyAttempts
    if link.has_passcode:
        await _check_passcode(pool, keys, opening, passcode, now)
    entries, at = await _look(pool, keys, opening, link)
    content_type, content = _file(entries, link, at, issuer, rid_of(keys, opening.link_id))
    file = encrypt_file(link.inside.key, content, content_type)
    return OpenedLink(content_type, file, link.inside.is_long_term)


async def keep_file(pool: Pool, file: str) -> str:
    """Keep an encrypted file for one fetch within half an hour; answers the name it is fetched by."""
    secret, now = token_urlsafe(32), datetime.now(UTC)
    async with transaction(pool, lookup=(store.file_mark(secret),)) as connection:
        await store.add_file(connection, secret, file.encode(), now + _FILE_LIVES)
    return secret


async def link_file(pool: Pool, secret: str) -> bytes:
    """The encrypted file of that name, once; its opening was logged.

    Raises:
        LinkOver: fetched before, or too late.
    """
    async with transaction(pool, lookup=(store.file_mark(secret),)) as connection:
        content = await store.take_file(connection, secret, datetime.now(UTC))
    if content is None:
        raise LinkOver
    return content


async def purge_links(pool: Pool) -> None:
    """Delete files nobody fetched, and addresses of links that ended."""
    async with transaction(pool, task="purging") as connection:
        await store.purge(connection, datetime.now(UTC))


async def _found(pool: Pool, keys: Keys, secret: str, recipient: str) -> _Opening:
    if len(secret) > _LONGEST_SECRET:
        raise LinkOver
    found_by = store.address_hash(keys, secret)
    async with transaction(pool, lookup=(found_by,)) as connection:
        holder = await store.holder(connection, found_by)
    if holder is None:
        raise LinkOver
    return _Opening(*holder, recipient)


async def _check_passcode(
    pool: Pool, keys: Keys, opening: _Opening, passcode: str | None, now: datetime
) -> None:
    """Count first, then compare: of guesses side by side none is free."""
    resident_id, link_id, _ = opening.resident_id, opening.link_id, opening.recipient
    async with transaction(pool, resident=resident_id) as connection:
        taken = await store.take_try(connection, resident_id, link_id, now)
    if taken is None:
        raise LinkOver
    stored_hash, left = taken
    is_right = await matches(passcode or "", stored_hash)
    async with transaction(pool, resident=resident_id) as connection:
        if is_right:
            await store.give_back(connection, resident_id, link_id)
            return
        event = _event(opening, (), audit.Outcome.REFUSED)
        await audit.append(connection, keys, resident_id, event)
    raise WrongPasscode(left)


async def _look(
    pool: Pool, keys: Keys, opening: _Opening, link: Stored
) -> tuple[Sequence[Entry], datetime]:
    """Read, decide, log; only then decrypt."""
    try:
        resident_keys = keys.of(opening.resident_id)

        def choose(seen: Look) -> Choice:
            rows = _shared(seen, link, resident_keys.labels)
            return Choice(rows, _event(opening, rows, audit.Outcome.DONE), seen.at)

        async with transaction(pool, resident=opening.resident_id) as connection:
            # Held and asked once more: a link revoked by now opens nothing any more.
            await audit.hold(connection, opening.resident_id)
            now = datetime.now(UTC)
            await store.stored(connection, keys, opening.resident_id, opening.link_id, now)
            seen, choice = await looking.choose_and_log_within(
                connection, keys, opening.resident_id, EVERYTHING, choose
            )
            await _tell(connection, keys, opening, audit.Appended(seen.state.next_number, seen.at))
    except (NotFound, UnknownKey):
        raise LinkOver from None
    return looking.open_rows(resident_keys, choice.rows), seen.at


async def _tell(
    connection: Connection, keys: Keys, opening: _Opening, logged: audit.Appended
) -> None:
    """Wake the resident's open pages; of a first opening their telephones hear as well."""
    await announce(connection, consent.topic_of(keys, opening.resident_id))
    where = (opening.resident_id, opening.link_id, logged.at)
    if await store.note_first_opening(connection, *where):
        await notices.owe(connection, keys, opening.resident_id, logged, link_notice)


def _shared(seen: Look, link: Stored, labels: Labels) -> list[Row]:
    """What the resident shares by this link; one that does not grow shows nothing filed later."""
    inside = link.inside
    up_to = None if inside.is_long_term else link.made_number
    rows = shared_with_anybody(seen, labels, with_closed=inside.with_closed, up_to_number=up_to)
    match inside.content:
        case LinkContent.ENTRIES:
            picked = frozenset(inside.entries)
            return [row for row in rows if row["entry_id"] in picked or row["type"] == "Patient"]
        case LinkContent.VACCINATIONS:
            return [row for row in rows if row["type"] in {"Patient", "Immunization"}]
    return rows


def _event(opening: _Opening, rows: Sequence[Row], outcome: audit.Outcome) -> audit.Event:
    return audit.Event(
        action=audit.Action.LINK_OPEN,
        agent=audit.Agent(audit.AgentKind.LINK, opening.link_id),
        outcome=outcome,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "link": opening.link_id.bytes,
            "recipient": opening.recipient,
            **({"items": looking.items(rows)} if rows else {}),
        },
    )


def _file(
    entries: Sequence[Entry], link: Stored, at: datetime, issuer: CardIssuer, rid: str
) -> tuple[str, bytes]:
    """What is shared, in the form the standard names for it."""
    told = [(entry.category, read_exactly(entry.body)) for entry in entries]
    match link.inside.content:
        case LinkContent.VACCINATIONS:
            resources = [one for _, one in told]
            return MEDIA_TYPE, as_file(vaccination_card(resources, issuer, at, rid).jws)
        case LinkContent.SUMMARY:
            return FHIR, write_exactly(_summary(told, at, issuer))
    return FHIR, write_exactly(_picked([one for _, one in told], at, issuer))


def _summary(
    told: Sequence[tuple[RecordCategory, dict[str, Any]]], at: datetime, issuer: CardIssuer
) -> dict[str, Any]:
    patient = next((one for _, one in told if one["resourceType"] == "Patient"), None)
    if patient is None:
        raise LinkOver
    head = SummaryHead(
        document_id=uuid4(),
        made_at=at,
        today=issuer.day(at),
        language=issuer.language,
        fhir_url=f"{issuer.address}/fhir",
    )
    return patient_summary(_person_only(patient), told, head)


def _picked(told: Sequence[dict[str, Any]], at: datetime, issuer: CardIssuer) -> dict[str, Any]:
    """The picked entries, and whose they are."""
    resources = [_person_only(one) if one["resourceType"] == "Patient" else one for one in told]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.isoformat(timespec="milliseconds"),
        "entry": [
            {
                "fullUrl": f"{issuer.address}/fhir/{one['resourceType']}/{one['id']}",
                "resource": one,
            }
            for one in resources
        ],
    }


def _person_only(patient: dict[str, Any]) -> dict[str, Any]:
    """Name, sex and birth date: no certificate, address or number leaves by a link."""
    kept = ("resourceType", "id", "name", "gender", "birthDate")
    return {name: patient[name] for name in kept if name in patient}
