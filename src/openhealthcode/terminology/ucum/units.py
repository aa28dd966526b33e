"""The table of units and prefixes, read once, and what a unit is worth in base units."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

Dimensions = tuple[tuple[str, int], ...]
"""Base units with their exponents, in the order of their names, none of them zero."""


class Atom(NamedTuple):
    """A unit of the table."""

    code: str
    kind: str
    value: str
    chinese: str
    english: str

    @property
    def is_metric(self) -> bool:
        """Whether prefixes may stand before it."""
        return self.kind in {"base", "metric", "Celsius"} or self.code in _PREFIXED_ARBITRARY


class Unit(NamedTuple):
    """What an expression is worth: a factor, what it measures, and the scale if it has an own zero."""

    factor: Fraction
    dimensions: Dimensions
    scale: str = ""


class Table(NamedTuple):
    """Units and prefixes by their codes."""

    atoms: Mapping[str, Atom]
    prefixes: Mapping[str, Fraction]


_PREFIXED_ARBITRARY: Final = frozenset({"[iU]", "[IU]", "B", "B[SPL]", "Np"})
ONE: Final = Unit(Fraction(1), ())


@cache
def table() -> Table:
    """The table of ``units.txt``."""
    text = files("openhealthcode.terminology.ucum").joinpath("units.txt").read_text("utf-8")
    prefixes, _, units = text.partition("-prefixes\n")[2].partition("-units\n")
    atoms = [Atom(*line.split("\t")) for line in units.splitlines()]
    return Table(
        {atom.code: atom for atom in atoms},
        {
            code: Fraction(value)
            for code, value in (line.split("\t") for line in prefixes.splitlines())
        },
    )


def times(one: Unit, other: Unit, sign: int = 1) -> Unit:
    """The product of two units, or with ``sign`` -1 their quotient."""
    exponents = dict(one.dimensions)
    for name, exponent in other.dimensions:
        exponents[name] = exponents.get(name, 0) + sign * exponent
    dimensions = tuple(sorted((name, each) for name, each in exponents.items() if each))
    return Unit(one.factor * other.factor**sign, dimensions)


def power(unit: Unit, exponent: int) -> Unit:
    """A unit multiplied by itself."""
    dimensions = tuple((name, each * exponent) for name, each in unit.dimensions if exponent)
    return Unit(unit.factor**exponent, dimensions)
