"""Make a region: people, their fates, and for each a record that is told when it is read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from random import Random
from typing import Any

from openhealthcode.demonstration.region.chart.record import Directory
from openhealthcode.demonstration.region.fates import foretell
from openhealthcode.demonstration.region.households import Settlement
from openhealthcode.demonstration.region.institutions import Staff, institutions
from openhealthcode.demonstration.region.leading import RESERVED_PHONES, settle_leading
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives import STORIES
from openhealthcode.demonstration.region.lives.leading_lives import LEADING_STORIES
from openhealthcode.demonstration.region.model import (
    Household,
    Region,
    Relation,
    SyntheticPractitioner,
    SyntheticResident,
)
from openhealthcode.demonstration.region.numbers import PhoneNumbers
from openhealthcode.demonstration.region.people import Person
from openhealthcode.demonstration.region.place import REGION_DIVISION, REGION_NAME


def generate(seed: int, today: date, residents: int = 300) -> Region:
    """A region that is the same for the same seed, day and size.

    The leading characters are always there; so are a newborn and somebody past ninety, from
    twenty residents on.

    Args:
        seed: of everything that is drawn.
        today: nothing happens on this day or later.
        residents: how many people; no fewer than the leading characters are made.
    """
    rng = Random(f"{seed}/people")
    staff = Staff(Random(f"{seed}/staff"))
    directory = Directory({each.key: each for each in institutions()}, staff)
    settlement = Settlement(rng, today, PhoneNumbers(RESERVED_PHONES))
    settle_leading(settlement, staff)
    settlement.populate(residents)
    _register_with_family_doctors(rng, settlement.people, staff)
    foretell(rng, settlement.people, today)
    return Region(
        name=REGION_NAME,
        division_code=REGION_DIVISION,
        institutions=tuple(directory.institutions.values()),
        practitioners=tuple(staff.practitioners),
        households=tuple(_household(members) for members in settlement.households),
        residents=tuple(_resident(person, seed, directory, today) for person in settlement.people),
    )


def bundles(region: Region) -> Iterator[dict[str, Any]]:
    """The records of all residents, one after another, each made when it is asked for."""
    return (resident.bundle for resident in region.residents)


def _register_with_family_doctors(rng: Random, people: list[Person], staff: Staff) -> None:
    """A household has one family doctor: the village doctor, or one at the community centre."""
    chosen: dict[str, SyntheticPractitioner] = {}
    for person in people:
        if person.household not in chosen:
            place = person.home.neighbourhood.first_contact
            chosen[person.household] = staff.someone(rng, place, "general")
        if person.family_doctor is None:
            person.family_doctor = chosen[person.household]


def _household(members: list[Person]) -> Household:
    keys = tuple(person.key for person in members)
    return Household(members[0].household, members[0].home.text, keys)


def _resident(person: Person, seed: int, directory: Directory, today: date) -> SyntheticResident:
    return SyntheticResident(
        key=person.key,
        name=person.name.text,
        sex=person.sex,
        birth_date=person.birth,
        death_date=person.death,
        national_id=person.national_id,
        phone=person.phone,
        owns_phone=person.owns_phone,
        address=person.home.text,
        household=person.household,
        relations=tuple(_relations(person)),
        tell=lambda: _tell(person, seed, directory, today),
    )


def _relations(person: Person) -> Iterator[Relation]:
    others = (
        ("father", person.father),
        ("mother", person.mother),
        ("spouse", person.spouse),
        ("guardian", person.guardian),
    )
    for role, other in others:
        if other is not None and other.key:
            yield Relation(role, other.key)
    for child in person.children:
        if child.key:
            yield Relation("child", child.key)


def _tell(person: Person, seed: int, directory: Directory, today: date) -> dict[str, Any]:
    life = Life(person, Random(f"{seed}/{person.key}"), directory, today)
    for begin in LEADING_STORIES.get(person.story, STORIES):
        begin(life)
    life.run()
    return {"resourceType": "Bundle", "type": "transaction", "entry": life.record.entries}
