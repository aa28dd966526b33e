"""Health cards and certificates of the own record: made, listed, revoked; each logged.

A card is signed once and carried: it says what was so when it was made. What is in it is chosen as
for whoever may find it. Revoked cards are published by a random name that nobody can tell anything
from.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

import orjson

from openhealthcode import audit
from openhealthcode.access import looking
from openhealthcode.access.acting import acting_now
from openhealthcode.access.carried.anybody import shared_with_anybody
from openhealthcode.access.carried.statement import person_of, vaccinated
from openhealthcode.access.disclose import EVERYTHING
from openhealthcode.access.looking import Choice, Look
from openhealthcode.credential import (
    Form,
    Issued,
    IssuedBy,
    Issuer,
    Issuers,
    Statement,
    certificate_key_id,
    issue_fitting,
)
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.identity import reading as identity_reading
from openhealthcode.record.plain import Language
from openhealthcode.standards import Forbidden, NotFound, PurposeOfUse, day_of
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys, PublishedKey, jwk_of, key_of_point

_QUERIES = load_queries("openhealthcode.access", "health_cards.sql")
_RID_BYTES: Final = 12


class CardContent(StrEnum):
    """What a card states."""

    VACCINATIONS = "vaccinations"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class CardIssuer:
    """Who signs, where its keys are found, and in which language words are."""

    by: IssuedBy = field(repr=False)
    language: Language

    @property
    def address(self) -> str:
        """Of this service, without a slash at its end."""
        return self.by.address

    def day(self, at: datetime) -> date:
        """The calendar day in the country."""
        return day_of(at)


@dataclass(frozen=True, slots=True)
class MadeCard:
    """A card as it is handed to the resident."""

    card_id: UUID
    issued: Issued = field(repr=False)
    number: int


@dataclass(frozen=True, slots=True)
class OwnCard:
    """A card on its resident's list; what it says is not kept."""

    card_id: UUID
    content: CardContent
    form: Form
    made_at: datetime
    until: datetime | None
    revoked_at: datetime | None


def card_issuer(keys: Keys, *, address: str, name: str, language: Language) -> CardIssuer:
    """The region as an issuer of cards."""
    return CardIssuer(IssuedBy(keys.card_signer(), address, name), language)


def card_key(keys: Keys) -> PublishedKey:
    """The public key cards are checked with."""
    return key_of_point(keys.card_signer().public_key)


def card_jwk(keys: Keys) -> dict[str, Any]:
    """The same as a JWK Set has it, with the name cards use and where revoked ones are told."""
    key = card_key(keys)
    return {**jwk_of(key), "kid": key.thumbprint, "use": "sig", "alg": "ES256", "crlVersion": 1}


async def own_issuers(pool: Pool, keys: Keys, *, address: str, name: str) -> Issuers:
    """Ourselves, as whoever checks our cards knows us."""
    return ourselves(keys, address, name, await revoked_cards(pool))


def ourselves(keys: Keys, address: str, name: str, taken_back: Sequence[str] = ()) -> Issuers:
    """The same from a list of revoked cards, which a computer without the database has not."""
    key = card_key(keys)
    revoked: dict[str, datetime | None] = dict.fromkeys(taken_back)
    return Issuers(
        [
            Issuer(name, key, key.thumbprint, address, revoked),
            Issuer(name, key, certificate_key_id(key.spki)),
        ]
    )


async def make_card(
    pool: Pool,
    keys: Keys,
    resident_id: ResidentId,
    form: Form,
    issuer: CardIssuer,
) -> MadeCard:
    """Sign the vaccinations of a record for its resident to carry; whoever asks was just verified.

    Raises:
        Forbidden: somebody acts for the resident.
        NotFound: there is no such resident, or no vaccination on record.
    """
    if acting_now(resident_id) is not None:
        raise Forbidden
    card_id = uuid4()
    labels = keys.of(resident_id).labels

    def choose(seen: Look) -> Choice:
        rows = [row for row in shared_with_anybody(seen, labels) if row["type"] == "Immunization"]
        detail = {"card": card_id.bytes, "form": form.value, "items": looking.items(rows)}
        return Choice(rows, card_event(resident_id, audit.Action.HEALTH_CARD_MAKE, detail), seen.at)

    async with transaction(pool, resident=resident_id) as connection:
        who = await identity_reading.demographics(connection, keys, resident_id)
        seen, choice = await looking.choose_and_log_within(
            connection, keys, resident_id, EVERYTHING, choose
        )
        if not choice.rows:
            raise NotFound
        await note_card(connection, resident_id, card_id, CardContent.VACCINATIONS, form, seen.at)
    entries = looking.open_rows(keys.of(resident_id), choice.rows)
    person = person_of(who.name, who.sex.value, who.birth_date)
    told = vaccinated(person, [orjson.loads(entry.body) for entry in entries])
    issued = sign_card(form, told, issuer, seen.at, rid_of(keys, card_id))
    return MadeCard(card_id, issued, seen.state.next_number)


def vaccination_card(
    resources: Sequence[dict[str, Any]], issuer: CardIssuer, at: datetime, rid: str
) -> Issued:
    """The vaccinations among these resources, whose resident is among them too."""
    patient = next((one for one in resources if one["resourceType"] == "Patient"), {})
    name = str(_first(patient.get("name")).get("text", ""))
    person = person_of(name, str(patient.get("gender", "")), None)
    born = str(patient.get("birthDate", ""))
    told = vaccinated(type(person)(name=name, birth_date=born, sex=person.sex), resources)
    return sign_card(Form.HEALTH_CARD, told, issuer, at, rid)


def sign_card(
    form: Form,
    statement: Statement,
    issuer: CardIssuer,
    at: datetime,
    rid: str,
    *,
    until: datetime | None = None,
) -> Issued:
    """As much of a statement as fits."""
    return issue_fitting(form, issuer.by, statement, issued_at=at, rid=rid, expires_at=until)


def _first(value: object) -> dict[str, Any]:
    return value[0] if isinstance(value, list) and value and isinstance(value[0], dict) else {}


async def note_card(
    connection: Connection,
    resident_id: ResidentId,
    card_id: UUID,
    content: CardContent,
    form: Form,
    at: datetime,
    until: datetime | None = None,
) -> None:
    """Keep that a card was made, to revoke it by."""
    values = (content.value, form.value, at, until)
    await connection.execute(_QUERIES["add_card"], resident_id, card_id, *values)


async def own_cards(pool: Pool, resident_id: ResidentId) -> list[OwnCard]:
    """The cards a resident made, newest first; nothing of the record is in it."""
    async with transaction(pool, resident=resident_id) as connection:
        rows = await connection.fetch(_QUERIES["cards"], resident_id)
    return [
        OwnCard(row["card_id"], CardContent(row["content"]), Form(row["form"]), *list(row)[3:])
        for row in rows
    ]


async def revoke_card(pool: Pool, keys: Keys, resident_id: ResidentId, card_id: UUID) -> None:
    """Publish that a card no longer counts.

    Raises:
        NotFound: the resident has no such card that could still be revoked.
    """
    async with transaction(pool, resident=resident_id) as connection:
        detail = {"card": card_id.bytes}
        event = card_event(resident_id, audit.Action.HEALTH_CARD_REVOKE, detail)
        logged = await audit.append(connection, keys, resident_id, event)
        if not await connection.fetchval(_QUERIES["revoke_card"], resident_id, card_id, logged.at):
            raise NotFound
        await publish_revoked(connection, keys, card_id, logged.at)


async def publish_revoked(connection: Connection, keys: Keys, card_id: UUID, at: datetime) -> None:
    """Put a card's name on the public list, in the transaction that revokes it."""
    await connection.execute(_QUERIES["add_revoked"], rid_of(keys, card_id), at)


async def revoke_cards(
    connection: Connection, keys: Keys, resident_id: ResidentId, at: datetime
) -> None:
    """All of a resident's, in the transaction that closes the account."""
    for row in await connection.fetch(_QUERIES["revoke_cards"], resident_id, at):
        await publish_revoked(connection, keys, row["card_id"], at)


async def revoked_cards(pool: Pool) -> list[str]:
    """The names of all revoked cards, in their own order, which says nothing."""
    return [row["rid"] for row in await pool.fetch(_QUERIES["revoked"])]


def rid_of(keys: Keys, card_id: UUID) -> str:
    """The name a card would be revoked by: it leads back to nobody without the region's key."""
    name = keys.blind_index("health-card", str(card_id))[:_RID_BYTES]
    return base64.urlsafe_b64encode(name).decode()


def card_event(
    resident_id: ResidentId, action: audit.Action, detail: Mapping[str, object]
) -> audit.Event:
    """What the log says of a card."""
    return audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail=detail,
    )
