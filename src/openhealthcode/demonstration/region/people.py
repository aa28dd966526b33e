"""A person of the region while their life is being worked out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from openhealthcode.demonstration.region.model import SyntheticPractitioner
from openhealthcode.demonstration.region.names import Name
from openhealthcode.demonstration.region.place import Home
from openhealthcode.standards import Sex

DAYS_OF_YEAR = 365.2425


@dataclass(slots=True, eq=False)
class Person:
    """Who somebody is before anything happens to them: body, family, habits, and what awaits them.

    Args:
        fates: what will befall them and on which day, by key of ``onsets.csv``.
        story: the name of a life written out by hand; empty for everybody else.
        expecting: when a child is due.
    """

    key: str
    name: Name
    sex: Sex
    birth: date
    national_id: str
    home: Home
    household: str
    death: date | None = None
    phone: str = ""
    owns_phone: bool = True
    mother: Person | None = None
    father: Person | None = None
    spouse: Person | None = None
    guardian: Person | None = None
    children: list[Person] = field(default_factory=list)
    expecting: date | None = None
    smokes: bool = False
    drinks: bool = False
    body_mass: float = 23.0
    stature: float = 0.0
    birth_weight: int = 3300
    gestation: int = 39
    caesarean: bool = False
    is_twin: bool = False
    family_doctor: SyntheticPractitioner | None = None
    fates: dict[str, date] = field(default_factory=dict)
    story: str = ""

    def age_on(self, day: date) -> float:
        """Age in years, with fractions."""
        return (day - self.birth).days / DAYS_OF_YEAR

    @property
    def is_female(self) -> bool:
        """Whether the sex recorded is female."""
        return self.sex is Sex.FEMALE

    def birthday(self, age: int) -> date:
        """The day of reaching an age; for those born on 29 February 1 March of common years."""
        try:
            return self.birth.replace(year=self.birth.year + age)
        except ValueError:
            return date(self.birth.year + age, 3, 1)
