"""Read an expression of units, ``mmol/L`` or ``10*9/L``, by the grammar of UCUM.

Case is significant. Square brackets belong to names, braces hold remarks that mean nothing.

Source: The Unified Code for Units of Measure, version 2.1, 2.1 (grammar, clauses 3 to 15).
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.terminology.ucum.units import ONE, Atom, Unit, power, table, times

LONGEST: Final = 128
_DEEPEST: Final = 16
_LARGEST_EXPONENT: Final = 40
_ANNOTATION: Final = re.compile(r"\{[!-z|~ ]*\}")
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_EXPONENT: Final = re.compile(r"[+-]?[0-9]{1,3}")
# A name of a unit: anything up to an operator; within square brackets, anything up to their end.
_SYMBOL: Final = re.compile(
    r"(?:10[*^](?![*^])|(?:[A-Za-z%'\"_]|\[[!-Z^-z|~]*\])(?:[A-Za-z%'\"_]|\[[!-Z^-z|~]*\]|[0-9](?=[A-Za-z_\[]))*)"
)


class InvalidUnit(HealthCodeError):
    """This is no unit of measure that UCUM's grammar and our table of units know."""

    code = "unit-invalid"


@lru_cache(maxsize=2048)
def parse(text: str) -> Unit:
    """What an expression is worth.

    Raises:
        InvalidUnit: it does not follow the grammar, or names a unit that is not in the table.
    """
    if not 0 < len(text) <= LONGEST:
        raise InvalidUnit("a unit has 1 to 128 characters")
    reader = _Reader(text)
    unit = reader.main_term()
    if reader.at != len(text):
        raise InvalidUnit("the unit ends with what belongs to no unit")
    return unit


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0

    def main_term(self) -> Unit:
        """A term, perhaps below one: ``/min``."""
        if self._takes("/"):
            return times(ONE, self._term(), -1)
        return self._term()

    def _term(self) -> Unit:
        unit = self._component()
        while True:
            if self._takes("."):
                unit = _product(unit, self._component(), 1)
            elif self._takes("/"):
                unit = _product(unit, self._component(), -1)
            else:
                return unit

    def _component(self) -> Unit:
        if self._takes("("):
            self.depth += 1
            if self.depth > _DEEPEST:
                raise InvalidUnit("the unit has too many parentheses")
            unit = self.main_term()
            if not self._takes(")"):
                raise InvalidUnit("a parenthesis is not closed")
            self.depth -= 1
            return unit
        if self._match(_ANNOTATION):
            return ONE
        symbol = _SYMBOL.match(self.text, self.at)
        if symbol:
            self.at = symbol.end()
            unit = self._raised(_simple(symbol[0]))
        else:
            unit = Unit(Fraction(self._digits()), ())
        self._match(_ANNOTATION)
        return unit

    def _raised(self, unit: Unit) -> Unit:
        exponent = self._match(_EXPONENT)
        if not exponent:
            return unit
        if unit.scale or abs(int(exponent)) > _LARGEST_EXPONENT:
            raise InvalidUnit("this unit cannot be raised to that power")
        return power(unit, int(exponent))

    def _digits(self) -> str:
        digits = self._match(_DIGITS)
        if not digits or not int(digits):
            raise InvalidUnit("a unit is expected")
        return digits

    def _match(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if not found:
            return ""
        self.at = found.end()
        return found[0]

    def _takes(self, character: str) -> bool:
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False


def _product(one: Unit, other: Unit, sign: int) -> Unit:
    if one.scale or other.scale:
        raise InvalidUnit("a scale with its own zero stands alone")
    return times(one, other, sign)


def _simple(symbol: str) -> Unit:
    """A unit, or a prefix and a metric unit."""
    atoms, prefixes = table()
    atom = atoms.get(symbol)
    if atom is not None:
        return _worth(atom)
    for length in (1, 2):
        factor, atom = prefixes.get(symbol[:length]), atoms.get(symbol[length:])
        if factor is not None and atom is not None and atom.is_metric:
            worth = _worth(atom)
            if worth.scale:
                raise InvalidUnit("a scale with its own zero takes no prefix")
            return Unit(factor * worth.factor, worth.dimensions)
    raise InvalidUnit("this unit is not in the table")


def _worth(atom: Atom) -> Unit:
    if atom.kind == "base" or (atom.kind == "arbitrary" and not atom.value):
        return Unit(Fraction(1), ((atom.code, 1),))
    number, _, expression = atom.value.partition(" ")
    unit = parse(expression)
    scale = atom.kind if atom.kind in {"Celsius", "Fahrenheit"} else ""
    return Unit(Fraction(number) * unit.factor, unit.dimensions, scale)
