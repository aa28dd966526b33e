"""Units of measure, asked like a code system: a code is one if the grammar says so."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from openhealthcode.terminology.concepts import About, Concept
from openhealthcode.terminology.concepts.wording import matches, words_of
from openhealthcode.terminology.systems import UCUM
from openhealthcode.terminology.ucum.convert import is_unit
from openhealthcode.terminology.ucum.units import table


class UnitSystem:
    """UCUM; its codes are without number, those listed are the units of the table."""

    def __init__(self, about: About) -> None:
        self.about = about

    async def concept(self, code: str) -> Concept | None:
        """The unit of an expression; only single units have a name of their own."""
        if not is_unit(code):
            return None
        atom = table().atoms.get(code)
        return Concept(UCUM, code, atom.chinese, atom.english) if atom else Concept(UCUM, code)

    async def above(self, code: str) -> frozenset[str]:  # noqa: ARG002 - units have none
        """Units are no kinds of one another."""
        return frozenset()

    async def find(self, asked: Collection[str], below: str | None, most: int) -> list[Concept]:
        """Units of the table with words that begin so."""
        found = (each for each in _units() if not asked or matches(words_of(each), asked))
        return [each for each in found if below in {None, each.code}][:most]


def _units() -> Iterator[Concept]:
    for atom in table().atoms.values():
        yield Concept(UCUM, atom.code, atom.chinese, atom.english)
