"""The resident lets an insurer or a payment service take part, and ends it.

A partner is told a name for the resident that nobody else has, and what it needs to find its own
customer: an insurer the name and ID number, once; a payment service only the number it gave the
customer itself. What is told stands in the log before it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from os import urandom
from typing import Final
from uuid import UUID

from openhealthcode import audit, registry
from openhealthcode.access.uses.model import (
    Customer,
    PartnerRefused,
    Partners,
    PartnerUnavailable,
    Switch,
)
from openhealthcode.database import Connection, Pool, load_queries, transaction
from openhealthcode.identity import reading as identity
from openhealthcode.registry import Joining, Partner
from openhealthcode.registry.agreements import Channel, agreed_categories, party_of_partner
from openhealthcode.standards import CertificateKind, CodeUse, InvalidInput, PurposeOfUse
from openhealthcode.standards.ids import PartnerId, ResidentId
from openhealthcode.trust import Keys

_QUERIES = load_queries("openhealthcode.access.uses")
_SALT_BYTES: Final = 16
_LONGEST_NUMBER: Final = 64
NOTICE_VERSION: Final = "uses-1"
"""Of the sentences a resident is shown before switching a partner on."""


@dataclass(frozen=True, slots=True)
class Binding:
    """A partner that takes part; ``subject`` is the name it knows the resident by."""

    partner_id: PartnerId
    subject: str
    since: datetime
    is_joined: bool


async def switches(pool: Pool, keys: Keys, resident_id: ResidentId) -> list[Switch]:
    """Every partner of the region, and whether it takes part."""
    async with transaction(pool, resident=resident_id) as connection:
        on = await bindings(connection, keys, resident_id)
    found = []
    for partner in await registry.partners(pool):
        binding = on.get(partner.partner_id)
        is_on = binding is not None and binding.is_joined
        found.append(Switch(partner, is_on, binding.since if binding and is_on else None))
    return found


async def switch_on(
    pool: Pool,
    keys: Keys,
    partners: Partners,
    resident_id: ResidentId,
    partner_id: PartnerId,
    *,
    number: str = "",
) -> None:
    """Let a partner take part from now on; again changes nothing.

    Args:
        partners: how partners are reached.
        partner_id: which.
        number: what the partner gave its customer, where it joined by binding.

    Raises:
        NotFound: no such partner in service.
        InvalidInput: a number is missing, too long or not wanted, or the partner shows its own code.
        PartnerRefused, PartnerUnavailable: nothing was switched on.
        TransferNotAgreed: no agreement in force covers telling this partner of a customer.
    """
    partner = await registry.partner(pool, partner_id)
    party = party_of_partner(partner_id)
    await agreed_categories(pool, party, PurposeOfUse.PAYMENT, Channel.PARTNER)
    wants_number = partner.joining is Joining.BINDING
    if partner.joining is Joining.SWITCHING or bool(number) is not wants_number:
        raise InvalidInput("this partner is switched on in another way")
    if len(number) > _LONGEST_NUMBER or not number.isascii():
        raise InvalidInput("this is no number of a customer")
    salt = urandom(_SALT_BYTES)
    is_new, customer = await _note(pool, keys, resident_id, partner, salt)
    if not is_new:
        return
    subject = _subject(keys, resident_id, partner_id, salt)
    try:
        await partners.join(partner, subject, customer, number)
    except (PartnerRefused, PartnerUnavailable):
        await _take_back(pool, keys, resident_id, partner_id)
        raise
    async with transaction(pool, resident=resident_id) as connection:
        at = datetime.now(UTC)
        await connection.fetchval(_QUERIES["join"], resident_id, partner_id, salt, at)


async def switch_off(
    pool: Pool, keys: Keys, partners: Partners, resident_id: ResidentId, partner_id: PartnerId
) -> bool:
    """End it: nothing is asked of the partner any more, whether or not it can be told now.

    Returns:
        whether the partner has heard of it.

    Raises:
        NotFound: no such partner in service.
    """
    partner = await registry.partner(pool, partner_id)
    salt = await _take_back(pool, keys, resident_id, partner_id)
    if salt is None:
        return True
    try:
        await partners.leave(partner, _subject(keys, resident_id, partner_id, salt))
    except (PartnerRefused, PartnerUnavailable):
        return False
    return True


async def bindings(
    connection: Connection, keys: Keys, resident_id: ResidentId
) -> Mapping[UUID, Binding]:
    """Which partners take part; the transaction is the resident's."""
    rows = await connection.fetch(_QUERIES["bindings"], resident_id)
    return {
        row["partner_id"]: Binding(
            PartnerId(row["partner_id"]),
            _subject(keys, resident_id, row["partner_id"], row["salt"]),
            row["switched_on_at"],
            row["joined_at"] is not None,
        )
        for row in rows
    }


async def forget_bindings(connection: Connection, resident_id: ResidentId) -> None:
    """The account is closed: every name a partner has for the resident leads nowhere."""
    await connection.execute(_QUERIES["forget_bindings"], resident_id)


async def _note(
    pool: Pool, keys: Keys, resident_id: ResidentId, partner: Partner, salt: bytes
) -> tuple[bool, Customer | None]:
    """Write down and log what the partner is about to be told; whether that is new, and who it is."""
    async with transaction(pool, resident=resident_id) as connection:
        if partner.partner_id in await bindings(connection, keys, resident_id):
            return False, None
        customer = await _customer(connection, keys, resident_id, partner)
        told = ["name", "national-id"] if customer else ["number"]
        event = _event(
            resident_id,
            audit.Action.USE_SWITCH_ON,
            partner.partner_id,
            {"told": told, "notice": NOTICE_VERSION},
        )
        logged = await audit.append(connection, keys, resident_id, event)
        await connection.fetchval(
            _QUERIES["switch_on"],
            resident_id,
            partner.partner_id,
            salt,
            NOTICE_VERSION,
            logged.number,
            logged.at,
        )
    return True, customer


async def _customer(
    connection: Connection, keys: Keys, resident_id: ResidentId, partner: Partner
) -> Customer | None:
    """Who an insurer's customer is; a payment service is never told.

    Raises:
        PartnerRefused: an insurer finds nobody without an ID number.
    """
    if partner.use is not CodeUse.SETTLE or partner.joining is not Joining.FUSION:
        return None
    who = await identity.demographics(connection, keys, resident_id)
    for certificate in who.certificates:
        if certificate.kind is CertificateKind.NATIONAL_ID:
            return Customer(who.name, certificate.number)
    raise PartnerRefused


async def _take_back(
    pool: Pool, keys: Keys, resident_id: ResidentId, partner_id: PartnerId
) -> bytes | None:
    """Remove a binding and log it; its salt, or nothing if there is none."""
    async with transaction(pool, resident=resident_id) as connection:
        salt: bytes | None = await connection.fetchval(
            _QUERIES["switch_off"], resident_id, partner_id
        )
        if salt is not None:
            event = _event(resident_id, audit.Action.USE_SWITCH_OFF, partner_id, {})
            await audit.append(connection, keys, resident_id, event)
    return salt


def _event(
    resident_id: ResidentId,
    action: audit.Action,
    partner_id: PartnerId,
    detail: Mapping[str, object],
) -> audit.Event:
    return audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={"partner": partner_id.bytes, **detail},
    )


def _subject(keys: Keys, resident_id: ResidentId, partner_id: UUID, salt: bytes) -> str:
    return keys.pairwise(f"partner {partner_id}", resident_id, salt)
