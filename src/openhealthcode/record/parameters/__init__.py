"""Search parameters of FHIR R4: what they are, how they are read, what fits them.

Start with ``search_parameters.txt`` beside this folder, the table; ``read`` makes conditions of what
is asked, ``conditions`` says whether a resource meets them. All of it is pure: it looks at parsed
JSON that somebody else has opened.
"""

from openhealthcode.record.parameters.conditions import ALONE, matches
from openhealthcode.record.parameters.include import (
    brought_along,
    name_of,
    read_include,
    referred_to,
)
from openhealthcode.record.parameters.order import Place, arranged, place_in
from openhealthcode.record.parameters.paths import literal
from openhealthcode.record.parameters.read import (
    LONGEST_VALUE,
    Reading,
    SearchNotUnderstood,
    UnknownParameter,
    alternatives,
    parameter_of,
    read_condition,
    read_conditions,
)
from openhealthcode.record.parameters.table import PARAMETERS
from openhealthcode.record.parameters.values import Codes

__all__ = [
    "ALONE",
    "LONGEST_VALUE",
    "PARAMETERS",
    "Codes",
    "Place",
    "Reading",
    "SearchNotUnderstood",
    "UnknownParameter",
    "alternatives",
    "arranged",
    "brought_along",
    "literal",
    "matches",
    "name_of",
    "parameter_of",
    "place_in",
    "read_condition",
    "read_conditions",
    "read_include",
    "referred_to",
]
