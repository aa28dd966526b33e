"""Propose, sign and suspend agreements; list whatever leaves, with or without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from openhealthcode import audit, registry
from openhealthcode.audit import REGION
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.registry.agreements import (
    Agreement,
    Channel,
    Volume,
    agreements,
    forget_agreements,
    party_of_institution,
    party_of_partner,
    party_of_region,
    propose_agreement,
    sign_agreement,
    suspend_agreement,
    volumes,
)
from openhealthcode.sign_in import StaffSession
from openhealthcode.standards import Conflict, InvalidInput
from openhealthcode.standards.ids import InstitutionId, PartnerId
from openhealthcode.trust import Keys

_LONGEST_TERM: Final = timedelta(days=3 * 366)
_LONGEST_TEXT: Final = 1_000
_INSTITUTIONS: Final = "institution:"
_LOOKED_BACK: Final = timedelta(days=30)


class NotToSign(Conflict):
    """An agreement is signed once, by another than who proposed it; and what is stopped stays so."""

    code = "not-to-sign"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyStanding:
    """One party: what was agreed with it, what leaves for it and how much of late.

    Args:
        name: as the register knows it; empty for whoever left it.
        applications: names of its systems.
        editions: the newest first.
        volumes: of thirty days.
    """

    party: str
    name: str
    name_en: str
    applications: tuple[str, ...]
    editions: tuple[Agreement, ...]
    volumes: tuple[tuple[Channel, Volume], ...]

    def is_covered(self, on_day: date) -> bool:
        """Whether any agreement is in force."""
        return any(one.is_in_force(on_day) for one in self.editions)

    @property
    def was_never_signed(self) -> bool:
        """Whether nothing limits what leaves for it but consent, unless agreements are required."""
        return all(one.signed_at is None for one in self.editions)

    @property
    def is_outside(self) -> bool:
        """Whether it is no institution of this region: an insurer, a payment service, another region."""
        return not self.party.startswith(_INSTITUTIONS)

    def lacks_agreement(self, on_day: date) -> bool:
        """Whether something left for it of late and nothing was agreed."""
        return bool(self.volumes) and not self.is_covered(on_day)


async def propose(pool: Pool, keys: Keys, supervisor: StaffSession, agreement: Agreement) -> UUID:
    """Write an edition down; it binds nobody until another signs it.

    Raises:
        InvalidInput: without purpose, elements, way, legal basis or assessment, or of a term that
            is none or of more than three years.
    """
    _check(agreement)
    at = datetime.now(UTC)
    proposed = replace(
        agreement,
        agreement_id=uuid4(),
        proposed_by=supervisor.practitioner_id,
        proposed_at=at,
        signed_by=None,
        signed_at=None,
    )
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        await _log(connection, keys, supervisor, proposed.agreement_id, "proposed")
        await propose_agreement(connection, proposed)
    return proposed.agreement_id


async def sign(pool: Pool, keys: Keys, supervisor: StaffSession, agreement_id: UUID) -> None:
    """The second of two puts it in force, everywhere within seconds.

    Raises:
        NotToSign: one's own, signed before, stopped, or none.
    """
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        logged = await _log(connection, keys, supervisor, agreement_id, "signed")
        by = supervisor.practitioner_id
        if not await sign_agreement(connection, agreement_id, by, logged.at):
            raise NotToSign
    forget_agreements(pool)


async def suspend(pool: Pool, keys: Keys, supervisor: StaffSession, agreement_id: UUID) -> None:
    """Stop it: the next transfer is refused, here at once, in other processes within seconds.

    One is enough; to go on takes a new edition that two sign.

    Raises:
        NotToSign: stopped before, or none.
    """
    async with transaction(pool, resident=REGION, task="supervision") as connection:
        logged = await _log(connection, keys, supervisor, agreement_id, "suspended")
        by = supervisor.practitioner_id
        if not await suspend_agreement(connection, agreement_id, by, logged.at):
            raise NotToSign
    forget_agreements(pool)


async def transfers(pool: Pool) -> list[PartyStanding]:
    """Everybody something may leave for: the register's, and whoever an agreement names."""
    by_party: dict[str, list[Agreement]] = {}
    for one in await agreements(pool):
        by_party.setdefault(one.party, []).append(one)
    used = await volumes(pool, datetime.now(UTC).date() - _LOOKED_BACK)
    named = await _named(pool)
    parties = sorted({*named, *by_party, *(party for party, _ in used)})
    return [
        PartyStanding(
            party=party,
            name=named[party][0] if party in named else "",
            name_en=named[party][1] if party in named else "",
            applications=named[party][2] if party in named else (),
            editions=tuple(by_party.get(party, ())),
            volumes=tuple((way, used[party, way]) for way in Channel if (party, way) in used),
        )
        for party in parties
    ]


_Named = tuple[str, str, tuple[str, ...]]


async def _named(pool: Pool) -> dict[str, _Named]:
    """Parties by what the register knows: institutions with systems, partners, regions."""
    found: dict[str, _Named] = {}
    systems = await registry.systems_by_institution(pool)
    places = await registry.institutions(pool, map(InstitutionId, systems))
    for institution_id, names in systems.items():
        place = places[InstitutionId(institution_id)]
        party = party_of_institution(place.institution_id)
        found[party] = (place.name, place.name_en, tuple(names))
    for partner in await registry.partners(pool):
        party = party_of_partner(PartnerId(partner.partner_id))
        found[party] = (partner.name, partner.name_en, ())
    for region in await registry.regions(pool):
        found[party_of_region(region.division)] = (region.name, region.name_en, ())
    return found


def _check(one: Agreement) -> None:
    if not (one.purposes and one.categories and one.channels):
        raise InvalidInput("an agreement names purposes, elements and ways")
    texts: Sequence[str] = (one.title, one.legal_basis, one.impact_assessment)
    if any(not 1 < len(text.strip()) <= _LONGEST_TEXT for text in texts):
        raise InvalidInput("title, legal basis and assessment are said in words")
    if not one.starts_on < one.ends_on <= one.starts_on + _LONGEST_TERM:
        raise InvalidInput("a term of a day to three years")


async def _log(
    connection: Connection,
    keys: Keys,
    supervisor: StaffSession,
    agreement_id: UUID,
    step: str,
) -> audit.Appended:
    event = audit.Event(
        action=audit.Action.AGREEMENT_STEP,
        agent=audit.Agent(
            audit.AgentKind.PRACTITIONER, supervisor.practitioner_id, supervisor.institution_id
        ),
        detail={"agreement": agreement_id.bytes, "step": step},
    )
    return await audit.append_own(connection, keys, event)
