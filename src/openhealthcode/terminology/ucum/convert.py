"""Say a quantity in another unit of the same kind, exactly."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction
from typing import Final

from openhealthcode.terminology.ucum.parse import InvalidUnit, parse
from openhealthcode.terminology.ucum.units import Unit

_ZEROS: Final = {"Celsius": Fraction("273.15"), "Fahrenheit": Fraction("459.67") * 5 / 9}
"""Where a scale's own zero lies, in kelvin."""
_PRECISION: Final = Context(prec=15)


def is_unit(code: str) -> bool:
    """Whether a code is a unit of UCUM that is known here."""
    try:
        parse(code)
    except InvalidUnit:
        return False
    return True


def are_comparable(one: str, other: str) -> bool:
    """Whether quantities in these units measure the same kind of thing.

    Raises:
        InvalidUnit: one of them is none.
    """
    return parse(one).dimensions == parse(other).dimensions


def convert(value: Decimal, unit: str, wanted: str) -> Decimal | None:
    """A quantity in another unit, to fifteen digits; None if that measures something else.

    What is counted in moles has no mass here: nobody said of which substance.

    Raises:
        InvalidUnit: one of the units is none.
    """
    given, asked = parse(unit), parse(wanted)
    if given.dimensions != asked.dimensions:
        return None
    worth = _from_zero(Fraction(value) * given.factor, given)
    exact = (worth - _zero(asked)) / asked.factor
    quotient = _PRECISION.divide(Decimal(exact.numerator), Decimal(exact.denominator))
    return Decimal(format(quotient.normalize(_PRECISION), "f"))


def _from_zero(worth: Fraction, unit: Unit) -> Fraction:
    return worth + _zero(unit)


def _zero(unit: Unit) -> Fraction:
    return _ZEROS.get(unit.scale, Fraction(0))
