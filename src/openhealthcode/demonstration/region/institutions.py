"""The region's institutions and the people who work in them."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import Final

from openhealthcode.demonstration.region import names
from openhealthcode.demonstration.region.model import SyntheticInstitution, SyntheticPractitioner
from openhealthcode.demonstration.region.numbers import credit_code
from openhealthcode.demonstration.region.tables import table
from openhealthcode.registry import InstitutionKind, PractitionerRole
from openhealthcode.standards import Sex

INSTITUTION_SYSTEM: Final = "https://openhealthcode.example/institution"
PRACTITIONER_SYSTEM: Final = "https://openhealthcode.example/practitioner"

_MOSTLY_WOMEN: Final = {PractitionerRole.NURSE: 0.96, PractitionerRole.REGISTRAR: 0.8}
_DOCTOR = PractitionerRole.DOCTOR

LEADING_STAFF: Final = (
    ("wang-min", "王敏", "Wang Min", "0217", _DOCTOR,
     "cardiology", "心内科", "副主任医师", "county-people"),
    ("zhao-qihang", "赵启航", "Zhao Qihang", "0086", _DOCTOR,
     "emergency", "急诊科", "副主任医师", "city-central"),
    ("lin-yue", "林月", "Lin Yue", "0031", _DOCTOR,
     "tcm", "中医科", "主治医师", "nanqiao-community"),
    ("chen-li", "陈立", "Chen Li", "0005", PractitionerRole.PHARMACIST,
     "pharmacy", "药房", "执业药师", "nanqiao-pharmacy"),
    ("sun-xiaoyan", "孙晓燕", "Sun Xiaoyan", "0412", PractitionerRole.REGISTRAR,
     "registration", "挂号收费处", "收费员", "county-people"),
)  # fmt: skip
"""The health workers the demonstration tells of, with their posts. Always there."""


def institutions() -> tuple[SyntheticInstitution, ...]:
    """All institutions; the same in every region."""
    return tuple(
        SyntheticInstitution(
            key=row["key"],
            name=row["name"],
            name_en=row["name_en"],
            kind=InstitutionKind(row["kind"]),
            division=row["division"],
            credit_code=credit_code(row["registrar"], row["division"], 1001 + place),
        )
        for place, row in enumerate(table("institutions"))
    )


class Staff:
    """Who works where, found by institution and specialty."""

    def __init__(self, rng: Random) -> None:
        """Fill every post; the leading characters take theirs first."""
        self.practitioners: list[SyntheticPractitioner] = []
        self._posts: dict[tuple[str, str], list[SyntheticPractitioner]] = defaultdict(list)
        self._numbers: dict[str, set[str]] = defaultdict(set)
        for key, name, name_en, number, role, specialty, department, title, place in LEADING_STAFF:
            self._numbers[place].add(number)
            person = SyntheticPractitioner(
                key, name, name_en, number, role, department, title, place
            )
            self._employ(person, specialty)
        for row in table("posts"):
            for title in row["titles"].split():
                self._employ(self._draw(rng, row, title), row["specialty"])

    def _employ(self, practitioner: SyntheticPractitioner, specialty: str) -> None:
        self.practitioners.append(practitioner)
        self._posts[practitioner.institution, specialty].append(practitioner)

    def _draw(self, rng: Random, row: dict[str, str], title: str) -> SyntheticPractitioner:
        role, place = PractitionerRole(row["role"]), row["institution"]
        sex = Sex.FEMALE if rng.random() < _MOSTLY_WOMEN.get(role, 0.45) else Sex.MALE
        born = (
            1964 + rng.randrange(14)
            if title.startswith(("主任", "副主任"))
            else 1976 + rng.randrange(22)
        )
        name = names.Name(names.draw_surname(rng), names.draw_given(rng, sex, born))
        return SyntheticPractitioner(
            key=f"{place}-{len(self._numbers[place]) + 1:02d}",
            name=name.text,
            name_en=name.romanised,
            staff_number=self._number(rng, place),
            role=role,
            department=row["department"],
            title=title,
            institution=place,
        )

    def _number(self, rng: Random, place: str) -> str:
        while (number := f"{rng.randrange(1, 900):04d}") in self._numbers[place]:
            pass
        self._numbers[place].add(number)
        return number

    def has(self, institution: str, specialty: str) -> bool:
        """Whether the institution has that specialty."""
        return (institution, specialty) in self._posts

    def someone(self, rng: Random, institution: str, specialty: str) -> SyntheticPractitioner:
        """Somebody of a specialty, else of general practice, else anybody of the institution."""
        found = self._posts.get((institution, specialty)) or self._posts.get(
            (institution, "general")
        )
        return rng.choice(found or [p for p in self.practitioners if p.institution == institution])

    def one(self, key: str) -> SyntheticPractitioner:
        """The practitioner of that key."""
        return next(p for p in self.practitioners if p.key == key)
