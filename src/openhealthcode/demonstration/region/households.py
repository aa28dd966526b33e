"""Who lives with whom: couples and children, grandparents who raise them, old people alone.

Families are made first and everything else follows from them: a child's birth is its mother's
delivery, a father's diabetes is his daughter's family history, a village child is reached by the
grandmother's phone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import accumulate
from random import Random
from typing import Final

from openhealthcode.demonstration.region import names
from openhealthcode.demonstration.region.names import Name
from openhealthcode.demonstration.region.numbers import NationalNumbers, PhoneNumbers
from openhealthcode.demonstration.region.people import DAYS_OF_YEAR, Person
from openhealthcode.demonstration.region.place import OTHER_DIVISIONS, Home, draw_home
from openhealthcode.standards import Sex

_FATHERS_SURNAME: Final = 0.92
_OWN_PHONE_FROM: Final = 14
_SHARES_PHONE_OVER_75: Final = 0.35
_TWIN_BIRTHS: Final = 0.012
_YOUNGEST_DAYS: Final = 5


class Settlement:
    """The region's people, household by household."""

    def __init__(self, rng: Random, today: date, phones: PhoneNumbers) -> None:
        """An empty region."""
        self.rng = rng
        self.today = today
        self.people: list[Person] = []
        self.households: list[list[Person]] = []
        self.numbers = NationalNumbers()
        self.fixed_names: set[str] = set()
        self._phones = phones

    def populate(self, count: int) -> None:
        """Add households until there are ``count`` people, the last one cut to fit."""
        if count - len(self.people) >= 8:
            self._move_in(four_generations)
        while (room := count - len(self.people)) > 0:
            pattern = self.rng.choices(_PATTERNS, cum_weights=_WEIGHTS)[0]
            if room <= 2:
                pattern = old_couple if room == 2 else widowed
            self._move_in(pattern, largest=room)

    def _move_in(self, pattern: Pattern, largest: int = 8) -> None:
        family = Family(self, draw_home(self.rng))
        pattern(family)
        if len(family.members) <= largest:
            self.settle(family)

    def settle(self, family: Family) -> None:
        """Give a family its place, keys and phones."""
        household = f"household-{len(self.households) + 1:05d}"
        for person in family.members:
            person.household = household
            if not person.key:
                person.key = f"resident-{len(self.people) + 1:05d}"
            self.people.append(person)
        self.households.append(family.members)
        self._share_phones(family.members)

    def _share_phones(self, members: list[Person]) -> None:
        adults = [p for p in members if p.age_on(self.today) >= _OWN_PHONE_FROM]
        for person in adults:
            person.phone = person.phone or self._phones.draw()
        for person in sorted(members, key=lambda member: member.birth):
            age = person.age_on(self.today)
            others = [a for a in adults if a is not person and a.owns_phone]
            shares = age < _OWN_PHONE_FROM or (
                age > 75 and not person.story and self.rng.random() < _SHARES_PHONE_OVER_75
            )
            if shares and others:
                other = person.guardian if person.guardian in others else others[0]
                person.phone, person.owns_phone = other.phone, False


class Family:
    """A household being formed under one roof."""

    def __init__(self, settlement: Settlement, home: Home) -> None:
        """An empty home."""
        self.settlement = settlement
        self.rng = settlement.rng
        self.home = home
        self.members: list[Person] = []
        self.is_dotted = settlement.rng.random() < 0.012

    def adult(self, sex: Sex, age: float, *, lives_here: bool = True) -> Person:
        """Somebody of about that age in years."""
        birth = self.settlement.today - timedelta(
            days=round((age + self.rng.random()) * DAYS_OF_YEAR)
        )
        name = self._own_name(
            lambda: self._name(sex, birth, names.draw_surname(self.rng), "", None)
        )
        return self._born(name, sex, birth, lives_here=lives_here)

    def couple(self, age: float) -> tuple[Person, Person]:
        """A husband of about that age and his wife."""
        husband = self.adult(Sex.MALE, age)
        wife = self.adult(Sex.FEMALE, max(20.5, age - self.rng.choice((-1, 0, 1, 2, 2, 3, 4))))
        marry(husband, wife)
        return husband, wife

    def children_of(self, father: Person, mother: Person, stay_until: float = 22) -> list[Person]:
        """The couple's children who still live at home; those who left are not residents."""
        born: list[Person] = []
        age = min(max(self.rng.gauss(25.6, 2.8), 20.6), 36)
        for another in (0.94, 0.5, 0.06):
            birth = mother.birth + timedelta(days=round(age * DAYS_OF_YEAR))
            youngest = self.settlement.today - timedelta(days=_YOUNGEST_DAYS)
            if birth > youngest or age > 40 or self.rng.random() > another:
                break
            at_home = (self.settlement.today - birth).days / DAYS_OF_YEAR < stay_until
            if at_home:
                born += self.births(father, mother, birth)
            age += self.rng.uniform(2.2, 6.5)
        return born

    def births(self, father: Person, mother: Person, birth: date) -> list[Person]:
        """A child, or now and then two."""
        is_twin = self.rng.random() < _TWIN_BIRTHS
        caesarean = is_twin or self.rng.random() < 0.42
        shared = names.generation_character(self.rng, Sex.MALE, birth.year) if is_twin else ""
        sex = Sex.MALE if self.rng.random() < 0.525 else Sex.FEMALE
        children: list[Person] = []
        for _ in range(2 if is_twin else 1):
            child = self._child(father, mother, birth, sex, shared)
            child.is_twin, child.caesarean = is_twin, caesarean
            child.gestation = (
                36 if is_twin else self.rng.choice((37, 38, 38, 39, 39, 39, 40, 40, 41))
            )
            usual = 2500 if is_twin else 2200 + (child.gestation - 32) * 155
            child.birth_weight = 10 * round(min(max(self.rng.gauss(usual, 340), 2050), 4350) / 10)
            children.append(child)
        if is_twin:
            children[1].national_id = self.settlement.numbers.next_to(children[0].national_id, sex)
        return children

    def _child(self, father: Person, mother: Person, birth: date, sex: Sex, shared: str) -> Person:
        surname = (father if self.rng.random() < _FATHERS_SURNAME else mother).name.surname
        siblings = [c for c in mother.children if c.sex is sex and len(c.name.given) == 2]
        if not shared and siblings and self.rng.random() < 0.3:
            shared = siblings[0].name.given[0]
        child = self._born(
            self._own_name(lambda: self._name(sex, birth, surname, shared, father)), sex, birth
        )
        self.adopt(child, father, mother)
        return child

    def _name(
        self, sex: Sex, birth: date, surname: str, shared: str, father: Person | None
    ) -> Name:
        if self.is_dotted:
            return names.draw_dotted(self.rng, sex, father.name.given if father else "")
        return Name(surname, names.draw_given(self.rng, sex, birth.year, shared))

    def _own_name(self, draw: Callable[[], Name]) -> Name:
        """Nobody is named like somebody of the same house, nor like a leading character."""
        taken = {person.name.text for person in self.members} | self.settlement.fixed_names
        while (name := draw()).text in taken or name.given == name.surname:
            pass
        return name

    def adopt(self, child: Person, father: Person | None, mother: Person | None) -> None:
        """Write parents and child into each other's relations."""
        child.father, child.mother = father, mother
        child.guardian = mother or father
        for parent in (father, mother):
            if parent is not None:
                parent.children.append(child)

    def _born(self, name: Name, sex: Sex, birth: date, *, lives_here: bool = True) -> Person:
        rng = self.rng
        own = self.home.neighbourhood.division
        division = own if rng.random() < 0.86 else rng.choice(OTHER_DIVISIONS)
        number = self.settlement.numbers.draw(rng, division, birth, sex)
        person = Person("", name, sex, birth, number, self.home, "")
        is_adult = person.age_on(self.settlement.today) >= 18
        male = sex is Sex.MALE
        person.smokes = is_adult and rng.random() < (0.5 if male else 0.025)
        person.drinks = is_adult and rng.random() < (0.36 if male else 0.03)
        person.body_mass = min(max(rng.gauss(23.8 if male else 23.1, 2.9), 17.6), 33.5)
        person.stature = min(max(rng.gauss(0, 1), -2.2), 2.2)
        if lives_here:
            self.members.append(person)
        return person


Pattern = Callable[[Family], None]


def marry(husband: Person, wife: Person) -> None:
    """Write the spouses into each other's relations."""
    husband.spouse, wife.spouse = wife, husband


def nuclear(family: Family) -> None:
    """Parents and their children; sometimes one is on the way."""
    father, mother = family.couple(family.rng.uniform(24, 52))
    family.children_of(father, mother)
    expect(family, mother)


def expect(family: Family, mother: Person) -> None:
    """Now and then a child is due within the next seven months."""
    today = family.settlement.today
    recent = any(child.age_on(today) < 1.8 for child in mother.children)
    if 22 < mother.age_on(today) < 37 and not recent and family.rng.random() < 0.07:
        mother.expecting = today + timedelta(days=family.rng.randrange(20, 200))


def three_generations(family: Family) -> None:
    """A couple with children and his parents, sometimes hers."""
    father, mother = family.couple(family.rng.uniform(26, 46))
    family.children_of(father, mother)
    expect(family, mother)
    _grandparents(family, father if family.rng.random() < 0.85 else mother)


def _grandparents(family: Family, child: Person) -> None:
    rng, age = family.rng, child.age_on(family.settlement.today)
    both = rng.random() < (0.85 if age < 40 else 0.5)
    grandmother = family.adult(Sex.FEMALE, age + rng.uniform(21, 28))
    grandfather = family.adult(
        Sex.MALE, grandmother.age_on(family.settlement.today) + rng.uniform(0, 4), lives_here=both
    )
    _lend_surname(child, grandfather)
    marry(grandfather, grandmother)
    family.adopt(child, grandfather if both else None, grandmother)
    child.guardian = None
    if not both:
        grandmother.spouse = None


def _lend_surname(child: Person, father: Person) -> None:
    if not child.name.is_dotted:
        father.name = Name(child.name.surname, father.name.given)


def left_behind(family: Family) -> None:
    """Grandparents who raise grandchildren while the parents work far away."""
    rng = family.rng
    grandfather, grandmother = family.couple(rng.uniform(54, 72))
    father = family.adult(
        Sex.MALE,
        max(23, grandmother.age_on(family.settlement.today) - rng.uniform(22, 27)),
        lives_here=False,
    )
    mother = family.adult(
        Sex.FEMALE, father.age_on(family.settlement.today) - 1.5, lives_here=False
    )
    _lend_surname(father, grandfather)
    father.name = Name(grandfather.name.surname, father.name.given)
    for child in family.children_of(father, mother, stay_until=15):
        child.father = child.mother = None
        child.guardian = grandmother


def old_couple(family: Family) -> None:
    """Husband and wife whose children have left."""
    family.couple(family.rng.uniform(57, 86))


def widowed(family: Family) -> None:
    """Somebody old and alone; the record of a spouse who died lately is still there."""
    rng = family.rng
    sex = Sex.FEMALE if rng.random() < 0.75 else Sex.MALE
    widow = family.adult(sex, rng.uniform(66, 95))
    if rng.random() < 0.35 and len(family.settlement.people) > 20:
        other = Sex.MALE if sex is Sex.FEMALE else Sex.FEMALE
        dead = family.adult(other, widow.age_on(family.settlement.today) + rng.uniform(0, 4))
        dead.death = family.settlement.today - timedelta(days=rng.randrange(40, 1300))
        marry(*((dead, widow) if sex is Sex.FEMALE else (widow, dead)))


def single(family: Family) -> None:
    """A young person who works here."""
    sex = Sex.MALE if family.rng.random() < 0.55 else Sex.FEMALE
    family.adult(sex, family.rng.uniform(20, 36))


def with_adult_child(family: Family) -> None:
    """Parents and a grown child who has not moved out."""
    father, mother = family.couple(family.rng.uniform(46, 60))
    family.children_of(father, mother, stay_until=31)


def one_parent(family: Family) -> None:
    """A mother or father alone with the children."""
    rng = family.rng
    father, mother = family.couple(rng.uniform(30, 48))
    family.children_of(father, mother)
    gone, stays = (father, mother) if rng.random() < 0.75 else (mother, father)
    family.members.remove(gone)
    stays.spouse = None
    for child in stays.children:
        child.guardian = stays
        if child.father is gone:
            child.father = None
        else:
            child.mother = None


def four_generations(family: Family) -> None:
    """A newborn, its parents, grandparents and a great-grandmother past ninety."""
    rng, today = family.rng, family.settlement.today
    father, mother = family.couple(rng.uniform(26, 29))
    family.births(father, mother, today - timedelta(days=rng.randrange(_YOUNGEST_DAYS, 25)))
    grandmother = family.adult(Sex.FEMALE, rng.uniform(51, 54))
    grandfather = family.adult(Sex.MALE, rng.uniform(54, 57))
    marry(grandfather, grandmother)
    _lend_surname(father, grandfather)
    family.adopt(father, grandfather, grandmother)
    father.guardian = None
    eldest = family.adult(Sex.FEMALE, rng.uniform(90, 94))
    family.adopt(grandfather, None, eldest)
    grandfather.guardian = None


_SHARES: Final[dict[Pattern, int]] = {
    nuclear: 34,
    three_generations: 17,
    left_behind: 7,
    old_couple: 13,
    widowed: 8,
    single: 9,
    with_adult_child: 9,
    one_parent: 3,
    four_generations: 1,
}
_PATTERNS: Final = list(_SHARES)
_WEIGHTS: Final = list(accumulate(_SHARES.values()))
