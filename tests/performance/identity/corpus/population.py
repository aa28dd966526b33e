"""Households of one to seven with the likenesses that make people hard to tell apart.

Children bear the father's surname in 92 %, siblings share characters, twins have neighbouring ID
numbers and names that sound alike, children's telephone is a parent's, old people's often a
child's, and some adults have a brother, a sister or a twin in another household.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from performance.identity.corpus import naming
from performance.identity.corpus.people import TODAY, Numbers, Person
from performance.identity.corpus.places import Places

_FATHERS_SURNAME = 0.92
_TWIN_BIRTH = 0.0095
_ADULT_TWIN = 0.006
_HAS_SIBLING_ELSEWHERE = 0.25
_SHARED_CHARACTER = ((1970, 0.45), (1990, 0.25), (2100, 0.10))
_DOTTED_HOUSEHOLD = 0.0155
_FOREIGN = 0.004
_CALLED_OTHERWISE_BEFORE = 0.02
_FORMER_NUMBER = 0.001
_KINDS = ("single", "couple", "family", "three-generations", "one-parent", "skipped-generation")
_SHARES = (0.27, 0.33, 0.20, 0.08, 0.08, 0.04)


@dataclass(frozen=True, slots=True)
class _Sibling:
    """What an adult shares with a brother or sister of another household."""

    surname: str
    shared: str
    birth: date
    division: str
    twin: Person | None


class Population:
    """Draws households, one after another, from a seed.

    Args:
        rng: seeded; nothing else is drawn from.
        issued_twice: share of people who hold a number that somebody else holds too.
        twin_births: share of births; raised only to study twins.
    """

    def __init__(
        self, rng: Random, issued_twice: float = 0.0, twin_births: float = _TWIN_BIRTH
    ) -> None:
        self._rng = rng
        self._issued_twice = issued_twice / (_SHARES[0] * 0.32)
        self._twin_births = twin_births
        self._numbers = Numbers()
        self._places = Places(rng)
        self._siblings: list[_Sibling] = []
        self._seen: list[Person] = []
        self._people = self._households = 0

    def households(self, people: int) -> Iterator[list[Person]]:
        """Households until there are at least so many people."""
        while self._people < people:
            self._households += 1
            yield self._household()

    def _household(self) -> list[Person]:
        rng = self._rng
        kind = rng.choices(_KINDS, _SHARES)[0]
        division = self._places.division(rng)
        home = self._places.home(rng, division)
        members = getattr(self, "_" + kind.replace("-", "_"))(division)
        absent = {
            parent.key: parent
            for person in members
            for parent in (person.father, person.mother)
            if parent is not None and parent not in members
        }
        for person in (*members, *absent.values()):
            person.homes = [home, self._places.home(rng, self._places.division(rng))]
            person.phones = [self._numbers.phone(), self._numbers.phone()]
        self._share_phones(members)
        return members

    def _single(self, division: str) -> list[Person]:
        rng = self._rng
        if self._seen and rng.random() < self._issued_twice:
            other = rng.choice(self._seen)
            person = self._adult(other.number[:6], other.sex, born=other.birth)
            person.number = other.number
            return [person]
        return [self._adult(division, _any_sex(rng), age=round(rng.triangular(20, 92, 34)))]

    def _couple(self, division: str) -> list[Person]:
        age = round(self._rng.triangular(23, 88, 52))
        return self._pair(division, age)

    def _family(self, division: str) -> list[Person]:
        pair = self._pair(division, round(self._rng.triangular(24, 60, 46)))
        return [*pair, *self._children(division, *pair)]

    def _three_generations(self, division: str) -> list[Person]:
        pair = self._pair(division, round(self._rng.triangular(24, 54, 40)))
        old = self._pair(division, pair[0].age + self._rng.randint(21, 32), above=pair[0])
        return [*pair, *self._children(division, *pair), *old[: self._rng.choice((1, 2, 2))]]

    def _one_parent(self, division: str) -> list[Person]:
        pair = self._pair(division, round(self._rng.triangular(24, 60, 44)))
        parent = pair[self._rng.random() < 0.65]
        return [parent, *self._children(division, *pair)]

    def _skipped_generation(self, division: str) -> list[Person]:
        pair = self._pair(division, round(self._rng.triangular(23, 46, 36)))
        old = self._pair(division, pair[0].age + self._rng.randint(21, 30), above=pair[0])
        return [*old, *self._children(division, *pair)]

    def _pair(self, division: str, age: int, above: Person | None = None) -> list[Person]:
        """A man and a woman; ``above``: the parents of this one."""
        age = min(age, 98)
        husband = self._adult(division, "male", age, above=above)
        wife = self._adult(division, "female", max(20, age - self._rng.randint(-2, 5)))
        if above is not None:
            above.father, above.mother = husband, wife
        return [husband, wife]

    def _adult(
        self,
        division: str,
        sex: str,
        age: int = 0,
        *,
        born: date | None = None,
        above: Person | None = None,
    ) -> Person:
        rng = self._rng
        if born is None and above is None and (sibling := self._waiting(age)) is not None:
            return self._brother_or_sister(sibling, sex)
        birth = born or _day(rng, age)
        if above is not None:
            name = _family_name(above) + naming.given(rng, sex, birth.year)
            if above.is_dotted:
                name = naming.dotted(rng, sex, naming.dotted_father(rng))
            return self._person(name, sex, birth, division)
        surname, shared = naming.surname(rng), self._shared_character(sex, birth.year)
        name = surname + naming.given(rng, sex, birth.year, shared)
        if rng.random() < _DOTTED_HOUSEHOLD:
            return self._person(
                naming.dotted(rng, sex, naming.dotted_father(rng)), sex, birth, division
            )
        person = self._person(name, sex, birth, division)
        if person.kind == "01":
            self._leave_sibling(person, surname, shared)
        return person

    def _waiting(self, age: int) -> _Sibling | None:
        """A sibling about as old as the adult who is needed; the oldest of a few looked at."""
        for place in range(len(self._siblings) - 1, max(-1, len(self._siblings) - 40), -1):
            if abs((TODAY - self._siblings[place].birth).days // 365 - age) <= 1:
                return self._siblings.pop(place)
        return None

    def _leave_sibling(self, person: Person, surname: str, shared: str) -> None:
        rng = self._rng
        is_twin = rng.random() < _ADULT_TWIN
        if is_twin or rng.random() < _HAS_SIBLING_ELSEWHERE:
            apart = timedelta(0 if is_twin else rng.randint(330, 2500) * rng.choice((1, -1)))
            shared = shared or (person.name[1] if is_twin and len(person.name) > 2 else "")
            birth = min(person.birth + apart, TODAY - timedelta(days=366 * 19))
            self._siblings.append(
                _Sibling(surname, shared, birth, person.number[:6], person if is_twin else None)
            )

    def _brother_or_sister(self, of: _Sibling, sex: str) -> Person:
        taken = of.twin.name if of.twin else ""
        while _is_one_name(
            name := of.surname + naming.given(self._rng, sex, of.birth.year, of.shared), taken
        ):
            pass
        person = self._person(name, sex, of.birth, of.division, is_native=True)
        if of.twin is not None:
            person.twin, of.twin.twin = of.twin, person
        return person

    def _children(self, division: str, father: Person, mother: Person) -> list[Person]:
        rng = self._rng
        oldest = min(mother.age - 20, 29)
        if oldest < 0:
            return []
        ages = sorted(
            (
                round(rng.triangular(0, oldest, oldest * 0.55))
                for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))
            ),
            reverse=True,
        )
        children: list[Person] = []
        bears = father if rng.random() < _FATHERS_SURNAME else mother
        if bears.name.isascii():
            bears = mother if bears is father else father
        shared = self._shared_character("male", TODAY.year - oldest)
        for age in ages:
            sex, birth = _any_sex(rng), _day(rng, age)
            name = self._child_name(bears, sex, birth, shared)
            first = self._person(name, sex, birth, division, is_native=True)
            children.append(first)
            if rng.random() < self._twin_births:
                children.append(self._co_twin(division, bears, first))
        for order, child in enumerate(children, 1):
            child.father, child.mother, child.birth_order = father, mother, order
        return children

    def _child_name(self, bears: Person, sex: str, birth: date, shared: str) -> str:
        if bears.is_dotted:
            return naming.dotted(self._rng, sex, bears.name.partition("·")[0])
        return _family_name(bears) + naming.given(self._rng, sex, birth.year, shared)

    def _co_twin(self, division: str, bears: Person, first: Person) -> Person:
        """Of the same sex in two thirds, named to go together: a character or the sound shared."""
        rng = self._rng
        sex = first.sex if rng.random() < 0.67 else _other(first.sex)
        shared = ""
        if not first.is_dotted and len(first.name) > 2 and rng.random() < 0.6:
            shared = first.name[len(_family_name(bears))]
        while _is_one_name(name := self._child_name(bears, sex, first.birth, shared), first.name):
            pass
        twin = self._person(name, sex, first.birth, division, is_native=True)
        twin.twin, first.twin = first, twin
        return twin

    def _person(
        self, name: str, sex: str, birth: date, division: str, *, is_native: bool = False
    ) -> Person:
        rng = self._rng
        self._people += 1
        if not is_native and rng.random() < 0.2:
            division = self._places.division(rng)  # registered where they were born
        kind, number = "01", self._numbers.national(division, birth, sex)
        if "·" not in name and rng.random() < _FOREIGN:
            name, kind, number = self._not_of_the_mainland(name, sex, birth)
        person = Person(self._people, self._households, name, sex, birth, kind, number)
        if kind == "01" and "·" not in name and rng.random() < _CALLED_OTHERWISE_BEFORE:
            person.former_name = _family_name(person) + naming.given(rng, sex, birth.year)
        if kind == "01" and rng.random() < _FORMER_NUMBER:
            person.former_number = self._numbers.national(self._places.division(rng), birth, sex)
        if kind == "01" and person.age >= 20 and rng.random() < 0.05:
            self._seen.append(person)
        return person

    def _not_of_the_mainland(self, name: str, sex: str, birth: date) -> tuple[str, str, str]:
        rng = self._rng
        kind = rng.choice(("06", "06", "07", "03", "03", "residence"))
        digits = f"{rng.randrange(10**8):08d}"
        if kind == "06":
            return naming.in_traditional(name), kind, rng.choice("HM") + digits
        if kind == "07":
            return naming.in_traditional(name), kind, digits
        if kind == "03":
            return naming.foreign(rng, sex), kind, rng.choice("ABEGKLNPX") + digits
        division = rng.choice(("810000", "820000", "830000"))
        return naming.in_traditional(name), "01", self._numbers.national(division, birth, sex)

    def _share_phones(self, members: list[Person]) -> None:
        """All under 14 have a parent's, a third of those over 75 a younger member's."""
        rng = self._rng
        for person in members:
            grown = [other for other in members if 18 <= other.age <= 75 and other is not person]
            is_small, is_old = person.age < 14, person.age > 75
            if grown and (is_small or (is_old and rng.random() < 0.35)):
                person.phones = list(rng.choice(grown).phones)

    def _shared_character(self, sex: str, birth_year: int) -> str:
        share = next(share for until, share in _SHARED_CHARACTER if birth_year < until)
        if self._rng.random() >= share:
            return ""
        return naming.shared_character(self._rng, sex, birth_year)


def _is_one_name(left: str, right: str) -> bool:
    """Whether two names are one, however they are written: no parents give twins the same."""
    return naming.in_traditional(left) == naming.in_traditional(right)


def _family_name(person: Person) -> str:
    if person.name.isascii():
        return "安"  # a foreigner's family name, written with one character
    return person.name[:2] if person.name[:2] in _COMPOUND else person.name[:1]


_COMPOUND = frozenset(
    {"欧阳", "上官", "司马", "诸葛", "司徒", "皇甫", "尉迟", "令狐", "慕容", "夏侯"}
)


def _any_sex(rng: Random) -> str:
    return "male" if rng.random() < 0.512 else "female"


def _other(sex: str) -> str:
    return "female" if sex == "male" else "male"


def _day(rng: Random, age: int) -> date:
    """A day of birth that makes somebody so old today."""
    return TODAY - timedelta(days=round(age * 365.2425) + rng.randint(1, 364))
