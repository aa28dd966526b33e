"""Bring a synthetic region into an empty installation, through the doors everybody else uses.

Institutions and practitioners are registered, lives are filed as FHIR Bundles by ``collection``,
accounts are made by ``sign_in``. The phones of the people the demonstration tells of are bound
beforehand, so that a code sent to them signs in; everybody else would go to the counter first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol
from uuid import UUID

from openhealthcode import audit, identity, registry
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import FiledBundle, Source, file_patiently, reread
from openhealthcode.database import Pool, transaction
from openhealthcode.demonstration import deliveries, duplicates, personnel, questions
from openhealthcode.demonstration.accounts import (
    PASSWORD,
    Accounts,
    ResidentAccount,
    StaffAccount,
)
from openhealthcode.demonstration.answers import NOBODYS, PINS, choose_pins
from openhealthcode.demonstration.offices import PARTS, office_holders
from openhealthcode.demonstration.region import (
    INSTITUTION_SYSTEM,
    LEADING,
    PRACTITIONER_SYSTEM,
    Region,
    SyntheticPractitioner,
    SyntheticResident,
)
from openhealthcode.demonstration.region import generate as draw_region
from openhealthcode.sign_in import AccountUnsuitable, BindingProof, Role, staff
from openhealthcode.standards import CreditCode, Phone, PurposeOfUse
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.trust import Keys

_SEED: Final = 20261122
_AT_ONCE: Final = 4
_PLATFORM: Final = UUID(int=0)

STAFF: Final[Mapping[str, tuple[str, Role]]] = {
    "physician": ("clinic", Role.CLINICIAN),
    "emergency-physician": ("clinic", Role.CLINICIAN),
    "family-doctor": ("clinic", Role.CLINICIAN),
    "pharmacist": ("clinic", Role.CLINICIAN),
    "registrar": ("registrar", Role.REGISTRAR),
    "privacy-officer": ("review", Role.PRIVACY_OFFICER),
    "supervisor": ("supervision", Role.SUPERVISOR),
    "second-supervisor": ("supervision", Role.SUPERVISOR),
    "auditor": ("audit", Role.AUDITOR),
}
"""Who has an account, by part, and for which pages: the first part of their addresses."""

RESIDENTS: Final = ("resident", "husband", "daughter", "hidden-diagnosis", "emergency")
"""Whom a visitor can be, by part in the demonstration."""

_CLERK: Final = LEADING["registrar"]

Tell = Callable[[int], None]
"""Called with how many residents are filed."""


class Parts(Protocol):
    """What of the program is needed to fill it."""

    @property
    def pool(self) -> Pool: ...
    @property
    def keys(self) -> Keys: ...


@dataclass(frozen=True, slots=True)
class _Registered:
    institutions: Mapping[str, InstitutionId]
    practitioners: Mapping[str, PractitionerId]


def generate(today: date) -> Region:
    """The demonstration's region, the same whenever it is generated on the same day."""
    return draw_region(_SEED, today)


async def fill(parts: Parts, region: Region, tell: Tell) -> Accounts:
    """Register, file and bind; doing it again changes nothing but the accounts' authenticators.

    Args:
        parts: pool and keys.
        region: what to bring in.
        tell: of progress.
    """
    await reread(parts.pool, parts.keys, seconds=0)  # while there is nothing yet to read again
    registered = await _register(parts.pool, region)
    filed, entries = await _file(parts, region, registered, tell)
    known = {each.key: each for each in region.residents}
    leading = [known[LEADING[part]] for part in RESIDENTS]
    for resident in leading:
        await _bind(parts, registered, region, resident, filed[resident.key].resident_id)
    await choose_pins(
        parts.pool, parts.keys, {each.key: filed[each.key].resident_id for each in leading}
    )
    accounts = await _accounts(parts, region, registered)
    supervisor = registered.practitioners[PARTS["supervisor"]]
    await questions.ask(parts.pool, parts.keys, supervisor)
    others = [
        filed[each.key].entries[0].fhir_id
        for each in region.residents
        if each.key not in LEADING.values() and each.death_date is None
    ]
    await deliveries.deliver(parts.pool, parts.keys, registered.institutions, others, supervisor)
    unnamed = [each for each in region.residents if each.key not in LEADING.values()]
    await duplicates.deliver(parts.pool, parts.keys, _counter(region, registered), unnamed)
    known_by_id = [(each, filed[each.key].resident_id) for each in unnamed]
    await _let_staff_look(parts, region, registered, known_by_id)
    return Accounts(
        region=region.name,
        residents=tuple(map(_account, leading)),
        staff=tuple(accounts),
        residents_count=len(filed),
        entries_count=entries,
    )


async def _let_staff_look(
    parts: Parts,
    region: Region,
    registered: _Registered,
    unnamed: Sequence[tuple[SyntheticResident, ResidentId]],
) -> None:
    """Looks that the early warning tells of, by staff whom the personnel list names."""
    staff_there = {
        registered.practitioners[each.key]: each
        for each in region.practitioners
        if each.institution == personnel.HOSPITAL
    }
    hospital = registered.institutions[personnel.HOSPITAL]
    grown_up = [(each, known) for each, known in unnamed if duplicates.is_grown_up(each)]
    await personnel.deliver(parts.pool, parts.keys, hospital, staff_there, grown_up)


def _counter(region: Region, registered: _Registered) -> InstitutionId:
    """Where the registrar works."""
    place = next(each.institution for each in region.practitioners if each.key == _CLERK)
    return registered.institutions[place]


async def _register(pool: Pool, region: Region) -> _Registered:
    institutions = {
        each.key: await registry.register_institution(
            pool,
            registry.InstitutionEntry(
                f"{INSTITUTION_SYSTEM}|{each.key}",
                each.kind,
                each.name,
                each.name_en,
                each.division,
                CreditCode.parse(each.credit_code),
            ),
        )
        for each in region.institutions
    }
    practitioners = {
        each.key: await registry.register_practitioner(
            pool,
            registry.PractitionerEntry(
                f"{PRACTITIONER_SYSTEM}|{each.key}",
                institutions[each.institution],
                each.name,
                each.role,
                each.name_en,
                each.staff_number,
                each.department,
                each.title,
            ),
        )
        for each in (*region.practitioners, *office_holders(region))
    }
    return _Registered(institutions, practitioners)


async def _file(
    parts: Parts, region: Region, registered: _Registered, tell: Tell
) -> tuple[Mapping[str, FiledBundle], int]:
    """File every life, a few at once; the platform files on behalf of all institutions."""
    operator = registered.institutions[region.institutions[0].key]
    source = Source(Agent(AgentKind.PLATFORM, _PLATFORM, operator), operator, is_register=True)
    waiting = iter(region.residents)
    filed: dict[str, FiledBundle] = {}
    entries = 0

    async def go_on() -> None:
        nonlocal entries
        for resident in waiting:
            done = await file_patiently(parts.pool, parts.keys, resident.bundle, source)
            filed[resident.key] = done
            entries += len(done.entries)
            tell(len(filed))

    await asyncio.gather(*(go_on() for _ in range(_AT_ONCE)))
    return filed, entries


async def _accounts(parts: Parts, region: Region, registered: _Registered) -> list[StaffAccount]:
    institutions = {each.key: each for each in region.institutions}
    staff_of_region = (*region.practitioners, *office_holders(region))
    people = {each.key: each for each in staff_of_region}
    parts_played = {**LEADING, **PARTS}
    made = []
    for part, (pages, role) in STAFF.items():
        person = people[parts_played[part]]
        place = institutions[person.institution]
        secret = await _secret(parts, registered.practitioners[person.key], person, role)
        made.append(
            StaffAccount(
                key=person.key,
                name=person.name,
                name_en=person.name_en,
                staff_number=person.staff_number,
                institution=place.name,
                institution_en=place.name_en,
                audience=pages,
                totp_secret=secret.hex(),
            )
        )
    return made


async def _secret(
    parts: Parts,
    practitioner_id: PractitionerId,
    person: SyntheticPractitioner,
    role: Role,
) -> bytes:
    try:
        made = await staff.create_account(
            parts.pool,
            parts.keys,
            practitioner_id,
            staff_number=person.staff_number,
            password=PASSWORD,
            roles=(role,),
        )
    except AccountUnsuitable:  # an earlier start was interrupted: its authenticator is lost
        made = await staff.renew_account(
            parts.pool, parts.keys, practitioner_id, password=PASSWORD, roles=(role,)
        )
    return made.totp_secret


async def _bind(
    parts: Parts,
    registered: _Registered,
    region: Region,
    resident: SyntheticResident,
    resident_id: ResidentId,
) -> None:
    """As if the clerk had seen card and person at the counter some time ago."""
    clerk = registered.practitioners[_CLERK]
    phone = Phone.parse(resident.phone)
    async with transaction(parts.pool, resident=resident_id) as connection:
        if await identity.phone_is_bound(connection, parts.keys, resident_id, phone):
            return
        await identity.bind_phone(connection, parts.keys, resident_id, phone, clerk)
        await audit.append(
            connection,
            parts.keys,
            resident_id,
            audit.Event(
                action=audit.Action.PHONE_BIND,
                agent=Agent(AgentKind.PRACTITIONER, clerk, _counter(region, registered)),
                purpose=PurposeOfUse.RESIDENT_REQUEST,
                detail={"proof": BindingProof.CARD_AND_PERSON.value, "phone": phone.masked},
            ),
        )


def _account(resident: SyntheticResident) -> ResidentAccount:
    pins = PINS.get(resident.key, NOBODYS)
    return ResidentAccount(
        key=resident.key,
        name=resident.name,
        national_id=resident.national_id,
        phone=Phone.parse(resident.phone).number.removeprefix("+86"),
        pin=pins.own,
        second_pin=pins.second,
    )
