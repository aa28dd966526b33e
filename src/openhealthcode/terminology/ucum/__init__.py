"""Units of measure (计量单位): whether a code is one (UCUM), and quantities in other units.

Start with ``convert``.
"""

from openhealthcode.terminology.ucum.convert import are_comparable, convert, is_unit
from openhealthcode.terminology.ucum.parse import InvalidUnit, parse
from openhealthcode.terminology.ucum.system import UnitSystem
from openhealthcode.terminology.ucum.units import Unit

__all__ = [
    "InvalidUnit",
    "Unit",
    "UnitSystem",
    "are_comparable",
    "convert",
    "is_unit",
    "parse",
]
