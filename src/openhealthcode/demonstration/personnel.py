"""Staff of the county hospital who are residents too, as a personnel list says, and what they looked at.

Four looks that nothing explains, each at somebody the law of closeness knows: a person of the same
flat, a relative, a neighbour, a co-worker; and one at the own record. They go through the doors
everybody else uses, so that the supervisor's queue has what a personnel list is for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from openhealthcode import access, collection, consent
from openhealthcode.access import overseen
from openhealthcode.audit import Agent, AgentKind
from openhealthcode.collection import Source
from openhealthcode.consent import ConsentKind, Terms
from openhealthcode.database import Pool
from openhealthcode.demonstration.region import LEADING, SyntheticPractitioner, SyntheticResident
from openhealthcode.identity.linking import RelationKind
from openhealthcode.registry import PractitionerRole
from openhealthcode.standards import (
    Certificate,
    CertificateKind,
    InvalidInput,
    NationalId,
    PurposeOfUse,
    RecordCategory,
)
from openhealthcode.standards.ids import InstitutionId, PractitionerId, ResidentId
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys

HOSPITAL: Final = "county-people"
_STAFF: Final = 3
_NATIONAL: Final = "urn:oid:2.16.156.10011.1.3"
_ALLOWED_DAYS: Final = 30
_ROLES: Final = frozenset({PractitionerRole.DOCTOR, PractitionerRole.NURSE})
_BORN: Final = "19880121"
_EDITION: Final = consent.EDITIONS[-1].version

Resource = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Member:
    """One of the staff, who is a resident here."""

    practitioner_id: PractitionerId
    resident_id: ResidentId


class _Hospital:
    """Files and looks as its staff do."""

    def __init__(self, pool: Pool, keys: Keys, institution_id: InstitutionId) -> None:
        self.pool, self.keys, self.institution_id = pool, keys, institution_id

    async def file(self, person: Resource) -> ResidentId:
        """Somebody registered at the hospital; again it is the same."""
        url = f"urn:uuid:{person['identifier'][0]['value']}"
        entry = {
            "fullUrl": url,
            "resource": person,
            "request": {"method": "POST", "url": "Patient"},
        }
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        agent = Agent(AgentKind.SYSTEM, self.institution_id, self.institution_id)
        filed = await collection.file_bundle(
            self.pool, self.keys, bundle=bundle, source=Source(agent, self.institution_id)
        )
        return filed.resident_id

    async def look(self, member: _Member, resident_id: ResidentId) -> None:
        """Look at somebody who lets the whole hospital read; nobody had asked for it."""
        notice = consent.Notice(_EDITION, "zh-CN", ("县人民医院可以查看。",))
        terms = Terms(
            kind=ConsentKind.STANDING,
            institution_id=self.institution_id,
            categories=frozenset(RecordCategory),
            days=_ALLOWED_DAYS,
        )
        await consent.give(self.pool, self.keys, resident_id, terms, notice)
        await access.disclose(
            self.pool,
            self.keys,
            resident_id=resident_id,
            practitioner_id=member.practitioner_id,
            institution_id=self.institution_id,
            purpose=PurposeOfUse.TREATMENT,
        )


async def deliver(
    pool: Pool,
    keys: Keys,
    hospital: InstitutionId,
    staff: Mapping[PractitionerId, SyntheticPractitioner],
    residents: Sequence[tuple[SyntheticResident, ResidentId]],
) -> int:
    """Load the list and let them look, once in the life of an installation; how many were tied.

    Args:
        staff: the hospital's, by their ids.
        residents: grown-ups who have no part in the demonstration, with their ids.
    """
    chosen = _chosen(staff)
    if len(chosen) < _STAFF or len(residents) < _STAFF:
        return 0  # a region of hardly anybody but the leading people
    place = _Hospital(pool, keys, hospital)
    taken = {one.national_id for one, _ in residents}
    members, tied = [], 0
    for number, (practitioner_id, person) in enumerate(chosen):
        beside = residents[number][0].address
        home = beside if number == 0 else _next_door(beside)
        own = _resident(person, home, _free_number(number, taken))
        member = _Member(practitioner_id, await place.file(own))
        certificate = Certificate.parse(CertificateKind.NATIONAL_ID, own["identifier"][0]["value"])
        tied += await overseen.tie_staff(pool, keys, practitioner_id, certificate)
        members.append(member)
    if tied:
        await _let_them_look(place, members, [resident_id for _, resident_id in residents])
    return tied


async def _let_them_look(
    place: _Hospital, members: Sequence[_Member], residents: Sequence[ResidentId]
) -> None:
    flatmate, neighbour, mother = residents[:_STAFF]
    first, second, third = members
    clerk = Agent(AgentKind.PRACTITIONER, first.practitioner_id, place.institution_id)
    await collection.relate(
        place.pool, place.keys, third.resident_id, mother, RelationKind.MOTHER, clerk
    )
    await place.look(first, flatmate)
    await place.look(second, neighbour)
    await place.look(third, mother)
    await place.look(first, second.resident_id)
    await place.look(third, third.resident_id)


def _chosen(
    staff: Mapping[PractitionerId, SyntheticPractitioner],
) -> list[tuple[PractitionerId, SyntheticPractitioner]]:
    """The first few doctors and nurses that no account of the demonstration belongs to."""
    known = [
        (who, one)
        for who, one in staff.items()
        if one.role in _ROLES and one.key not in LEADING.values()
    ]
    return sorted(known, key=lambda pair: pair[1].key)[:_STAFF]


def _next_door(address: str) -> str:
    """Another house of the same street: only what stands before the first number is the same."""
    street = address[: next((i for i, c in enumerate(address) if c.isdigit()), len(address))]
    return f"{street}996号1单元101室"


def _free_number(place: int, taken: Iterable[str]) -> str:
    """A number that no resident of the region has."""
    for sequence in range(900 + 2 * place, 1000):
        body = f"880121{_BORN}{sequence:03d}"
        number = body + check_character(body)
        if number not in taken:
            return NationalId.parse(number).number
    raise InvalidInput("every number of that day is taken")


def _resident(person: SyntheticPractitioner, address: str, number: str) -> Resource:
    return {
        "resourceType": "Patient",
        "identifier": [{"system": _NATIONAL, "value": number}],
        "name": [{"text": person.name}],
        "gender": "female" if int(number[16]) % 2 == 0 else "male",
        "birthDate": f"{_BORN[:4]}-{_BORN[4:6]}-{_BORN[6:]}",
        "address": [{"text": address}],
    }
