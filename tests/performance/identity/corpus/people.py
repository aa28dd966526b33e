"""Who lives in the corpus: a person as they are, before anybody writes anything down."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from openhealthcode.standards.national_id import check_character

TODAY = date(2026, 7, 1)


@dataclass(slots=True, eq=False)
class Person:
    """The truth about one person.

    Args:
        kind: certificate kind by code; "" for a newborn without any.
        number: as on the certificate, valid.
        phones: the present one first, then former ones; a child's are a parent's.
        homes: the present address first, then a former one.
        former_name: what the person was called before, if they were.
        former_number: an ID number that was replaced.
        twin: the other of the pair.
    """

    key: int
    household: int
    name: str
    sex: str
    birth: date
    kind: str
    number: str
    phones: list[str] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)
    mother: Person | None = None
    father: Person | None = None
    former_name: str = ""
    former_number: str = ""
    birth_order: int = 1
    twin: Person | None = None

    @property
    def age(self) -> int:
        return (TODAY - self.birth).days * 400 // 146097

    @property
    def is_dotted(self) -> bool:
        return "·" in self.name


class Numbers:
    """Hands out ID numbers as registration offices did, and mobile numbers of a reserved series."""

    def __init__(self) -> None:
        self._next: dict[tuple[str, date, bool], int] = {}
        self._taken: set[str] = set()
        self._phones = 0

    def national(self, division: str, birth: date, sex: str) -> str:
        """The next free number of the day: twins get neighbouring ones."""
        day = (division, birth, sex == "male")
        sequence = self._next.get(day, self._first(day))
        number = ""
        while not number or number in self._taken:
            body = f"{division}{birth:%Y%m%d}{sequence % 1000:03d}"
            number = body + check_character(body)
            sequence += 2
        self._next[day] = sequence
        self._taken.add(number)
        return number

    def phone(self) -> str:
        """A number of the series 1990, none twice; the series holds ten million."""
        self._phones += 1
        return f"1990{self._phones * 7_368_787 % 10_000_000:07d}"

    @staticmethod
    def _first(day: tuple[str, date, bool]) -> int:
        """Sequences start anywhere, since offices kept blocks; the last digit tells the sex."""
        division, birth, is_male = day
        start = (int(division) * 7919 + birth.toordinal() * 104_729) % 400
        return 2 * start + is_male
