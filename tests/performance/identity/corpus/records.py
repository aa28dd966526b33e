"""What institutions wrote down about the people of the corpus: the records to be linked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from random import Random

from openhealthcode.standards.national_id import check_character
from performance.identity.corpus import misspelling
from performance.identity.corpus.people import TODAY, Person
from performance.identity.corpus.population import Population
from performance.identity.corpus.profiles import Profile

_HOW_MANY = ((1, 2, 3, 4, 5), (0.45, 0.28, 0.15, 0.08, 0.04))
_BEGINS = date(2014, 1, 1)
_BIRTHS_SINCE = date(2023, 7, 1)
"""When maternity wards began to register newborns."""
_REGISTERED_AT_BIRTH = 0.65
_PLACEHOLDER_PHONES = ("13800000000", "13800138000", "13000000000", "11111111111", "0")


@dataclass(frozen=True, slots=True)
class Record:
    """One registration as received, and whose it is (``person``, ``household``: the truth)."""

    record: int
    person: int
    household: int
    received: str
    kind: str
    number: str
    name: str
    sex: str
    birth_date: str
    phone: str
    address: str
    mother_number: str

    def row(self) -> tuple[object, ...]:
        return astuple(self)


COLUMNS = tuple(field.name for field in fields(Record))


def corpus(profile: Profile, *, records: int, seed: int) -> list[Record]:
    """So many records of a population, in the order in which they were received."""
    rng = Random(f"{profile.name} {seed}")
    drawn: list[tuple[str, float, tuple[object, ...]]] = []
    population = Population(rng, profile.issued_twice)
    for members in population.households(records):  # more people than needed; cut below
        for person in members:
            rows = _records_of(rng, profile, person, members)
            drawn.extend((str(row[0]), rng.random(), row) for row in rows)
        if len(drawn) >= records:
            break
    drawn = drawn[:records]
    drawn.sort(key=lambda one: one[:2])
    return [
        Record(place, row[1], row[2], row[0], *row[3:])  # type: ignore[arg-type]
        for place, (_, _, row) in enumerate(drawn, 1)
    ]


def registered_once(rng: Random, profile: Profile, person: Person) -> Record:
    """One record of a person, as if nobody else had any."""
    first = max(person.birth, _BEGINS)
    day = first + timedelta(days=rng.randint(0, (TODAY - first).days))
    row = _visit(rng, profile, person, [person], day)
    return Record(0, person.key, person.household, day.isoformat(), *row[3:])  # type: ignore[arg-type]


def _records_of(
    rng: Random, profile: Profile, person: Person, members: list[Person]
) -> Iterator[tuple[object, ...]]:
    count = rng.choices(*_HOW_MANY)[0]
    first = max(person.birth, _BEGINS)
    is_born_here = person.mother is not None and person.birth >= _BIRTHS_SINCE
    if is_born_here and rng.random() < _REGISTERED_AT_BIRTH:
        yield _at_birth(rng, profile, person)
        count -= 1
    for _ in range(count):
        day = first + timedelta(days=rng.randint(0, (TODAY - first).days))
        yield _visit(rng, profile, person, members, day)


def _at_birth(rng: Random, profile: Profile, person: Person) -> tuple[object, ...]:
    """A newborn in the hospital: no number, often no name, the mother's number beside it."""
    mother = person.mother
    if mother is None:
        raise ValueError("somebody who was born here has a mother")
    name = misspelling.written(rng, profile, person.name, "")
    if rng.random() < profile.unnamed_newborn:
        name = mother.name + _stands_for(rng, person)
    mother_number = _number(rng, profile, mother, [])[1] or mother.number
    return (
        (person.birth + timedelta(days=rng.randint(0, 3))).isoformat(),
        person.key,
        person.household,
        "",
        "",
        name,
        person.sex,
        person.birth.isoformat(),
        _phone(rng, profile, mother),
        _address(rng, profile, person),
        mother_number,
    )


def _stands_for(rng: Random, person: Person) -> str:
    child = "子" if person.sex == "male" else "女"
    if person.twin is None:
        return f"之{child}"
    is_elder = person.birth_order < person.twin.birth_order
    order = rng.choice((("大", "二"), ("长", "次")))[0 if is_elder else 1]
    return f"之{order}{child}"


def _visit(
    rng: Random, profile: Profile, person: Person, members: list[Person], day: date
) -> tuple[object, ...]:
    kind, number = _number(rng, profile, person, members)
    is_small = (day - person.birth).days < 365 * 7 and person.mother is not None
    mother = person.mother.number if is_small and person.mother and rng.random() < 0.3 else ""
    return (
        day.isoformat(),
        person.key,
        person.household,
        kind,
        number,
        misspelling.written(rng, profile, person.name, person.former_name),
        _sex(rng, profile, person.sex),
        _birth(rng, profile, person.birth),
        _phone(rng, profile, person),
        _address(rng, profile, person),
        mother,
    )


def _number(
    rng: Random, profile: Profile, person: Person, members: list[Person]
) -> tuple[str, str]:
    drawn = rng.random()
    if drawn < profile.number_missing:
        return "", ""
    drawn -= profile.number_missing
    if drawn < profile.number_wrong:
        return _wrong_number(rng, person, members)
    drawn -= profile.number_wrong
    if person.kind != "01":
        return person.kind, person.number
    if drawn < profile.number_fifteen and person.birth < date(1999, 10, 1):
        return "01", person.number[:6] + person.number[8:17]
    if person.former_number and rng.random() < profile.number_superseded:
        return "01", person.former_number
    return "01", person.number


def _wrong_number(rng: Random, person: Person, members: list[Person]) -> tuple[str, str]:
    """Mistyped, a relative's (a child under a parent's), or made up so that it passes the check."""
    number, drawn = person.number, rng.random()
    others = [one for one in members if one is not person and one.kind == "01"]
    if drawn < 0.25 and others:
        return "01", rng.choice(others).number
    if drawn < 0.35 and person.kind == "01":
        body = f"{number[:14]}{rng.randrange(1, 1000):03d}"
        return "01", body + check_character(body)
    if drawn < 0.55:
        place = rng.randrange(len(number) - 1)
        return person.kind, number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    place = rng.randrange(1, len(number))
    return person.kind, f"{number[:place]}{rng.randrange(10)}{number[place + 1 :]}"


def _birth(rng: Random, profile: Profile, birth: date) -> str:
    drawn = rng.random()
    for share, change in (
        (profile.birth_missing, lambda: ""),
        (profile.birth_wrong, lambda: _wrong_day(rng, birth)),
        (profile.birth_swapped, lambda: _swapped(birth)),
        (profile.first_of_january, lambda: f"{birth.year}-01-01"),
    ):
        if drawn < share:
            return change()
        drawn -= share
    return birth.isoformat()


def _wrong_day(rng: Random, birth: date) -> str:
    """A digit of the date, a year or a decade beside it, or the lunar date (three to seven weeks)."""
    apart = rng.choice((1, -1, 10, -10, 20, -20, 365, -365, 3652, -rng.randint(20, 50)))
    wrong = birth + timedelta(days=apart)
    return min(wrong, TODAY).isoformat()


def _swapped(birth: date) -> str:
    is_possible = birth.day <= 12
    return (
        date(birth.year, birth.day, birth.month).isoformat() if is_possible else birth.isoformat()
    )


def _sex(rng: Random, profile: Profile, sex: str) -> str:
    drawn = rng.random()
    if drawn < profile.sex_missing:
        return "unknown"
    if drawn < profile.sex_missing + profile.sex_wrong:
        return "female" if sex == "male" else "male"
    return sex


def _phone(rng: Random, profile: Profile, person: Person) -> str:
    drawn = rng.random()
    if drawn < profile.phone_missing:
        return ""
    drawn -= profile.phone_missing
    if drawn < profile.phone_placeholder:
        return rng.choice(_PLACEHOLDER_PHONES)
    phone = person.phones[drawn - profile.phone_placeholder < profile.phone_changed]
    if rng.random() < profile.phone_wrong:
        place = rng.randrange(4, 11)
        return f"{phone[:place]}{rng.randrange(10)}{phone[place + 1 :]}"
    return phone


def _address(rng: Random, profile: Profile, person: Person) -> str:
    drawn = rng.random()
    if drawn < profile.address_missing:
        return ""
    address = person.homes[drawn - profile.address_missing < profile.address_changed]
    if rng.random() < profile.address_otherwise:
        return _written_otherwise(rng, address)
    return address


def _written_otherwise(rng: Random, address: str) -> str:
    """The city left out, or block, unit and room joined by hyphens, or another word for the block."""
    drawn = rng.random()
    if drawn < 0.4:
        return address[3:]
    if drawn < 0.7:
        return address.replace("栋", "-").replace("单元", "-").replace("室", "")
    return address.replace("栋", rng.choice(("幢", "号楼"))).replace("组", "社")
