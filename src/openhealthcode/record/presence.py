"""What the names of an object's elements decide, before any value is looked at.

Required elements, choices made once, names nobody knows, and every invariant that only says what
has to stand beside what. Objects of one structure come in few shapes, so that what is found here is
found once for each.

Source: FHIR R4 (4.0.1), 2.6.2 (JSON), 2.6.0.3 (choices), and the invariants in ``invariants.txt``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from openhealthcode.record.structure import Structure

_LINE: Final = re.compile(r"^([\w\-]+)(\??) (\w+): (\w*) ?-> (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Companion:
    """An invariant of names: where ``element`` is, one of ``others`` has to be.

    Args:
        element: empty where it always holds.
        others: names of elements; one that begins with ``-`` must not be there.
    """

    key: str
    element: str
    others: tuple[str, ...]
    is_warning: bool

    def holds(self, bases: Collection[str]) -> bool:
        """Whether it holds among elements, choices named without their types."""
        if self.element and self.element not in bases:
            return True
        return any(
            (other[1:] not in bases) if other[0] == "-" else other in bases for other in self.others
        )

    @property
    def said(self) -> str:
        """The rule in words."""
        wanted = " or ".join(other for other in self.others if other[0] != "-")
        where = f"where there is {self.element}, " if self.element else ""
        if not wanted:
            unwanted = self.others[0][1:]
            return f"{where}there may be no {unwanted} ({self.key})"
        return f"{where}there has to be {wanted} ({self.key})"


def _read() -> dict[str, tuple[Companion, ...]]:
    text = files("openhealthcode.record").joinpath("invariants.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[Companion, ...]] = {}
    for key, mark, structure, element, others in _LINE.findall(text):
        one = Companion(key, element, tuple(others.split(" | ")), bool(mark))
        found[structure] = (*found.get(structure, ()), one)
    return found


COMPANIONS: Final = _read()
"""The invariants of names, by structure."""


def bases_of(structure: Structure, names: Collection[str]) -> frozenset[str]:
    """The elements that are there; a choice without its type, an extension as what it extends."""
    bare = (name.removeprefix("_") for name in names)
    return frozenset(structure.bases.get(name, name) for name in bare)


def missing(structure: Structure, names: Collection[str]) -> Iterator[str]:
    """Each rule about required elements and choices that these names break."""
    for name in structure.required:
        if name not in names and f"_{name}" not in names:
            yield f"{name} is required"
    there = {name.removeprefix("_") for name in names}
    for choice, is_required in structure.choices:
        made = len(there & choice)
        if made > 1:
            yield f"only one of {_named(structure, choice)} may be there"
        if is_required and not made:
            yield f"one of {_named(structure, choice)} is required"
    if names and there == {"id"} and not structure.is_resource and structure.name != "Element":
        yield "an element has a value or children besides its id (ele-1)"


def broken(structure: Structure, names: Collection[str]) -> Iterator[Companion]:
    """Each invariant of names that these break."""
    companions = COMPANIONS.get(structure.name, ())
    if companions:
        bases = bases_of(structure, names)
        yield from (each for each in companions if not each.holds(bases))


def _named(structure: Structure, choice: frozenset[str]) -> str:
    return f"{structure.bases[min(choice)]}[x]"
