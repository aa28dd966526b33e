"""A resident's lifelong record: what an entry is, what it may look like, how it is found.

Start with ``kinds.py``, the table of resource types, and ``describe.py``. ``reading`` and
``writing`` are guarded and imported by name only: by ``access`` and ``collection``.
"""

from openhealthcode.record import links
from openhealthcode.record.check import InvalidResource, UnknownResourceType, check
from openhealthcode.record.describe import betrayed_by, describe, referral_key, referred_to
from openhealthcode.record.exact import read_exactly, write_exactly
from openhealthcode.record.json_patch import PatchFailed, PatchMalformed, patch
from openhealthcode.record.kinds import KINDS, Kind
from openhealthcode.record.language import READER
from openhealthcode.record.layout import laid_out
from openhealthcode.record.model import (
    Condition,
    Days,
    Description,
    Moments,
    Order,
    Parameter,
    Resource,
    Search,
    SortKey,
)
from openhealthcode.record.origin import Manner, Origin, provenance_of
from openhealthcode.record.parameters import (
    SearchNotUnderstood,
    matches,
    read_conditions,
)
from openhealthcode.record.parse import LARGEST_BODY_BYTES, MalformedJson, parse
from openhealthcode.record.periods import days_of, moments_of
from openhealthcode.record.search import ContradictorySearch, read_search, search_parameters
from openhealthcode.record.subset import WHOLE, Form, Part, part_of, read_part

__all__ = [
    "KINDS",
    "LARGEST_BODY_BYTES",
    "READER",
    "WHOLE",
    "Condition",
    "ContradictorySearch",
    "Days",
    "Description",
    "Form",
    "InvalidResource",
    "Kind",
    "MalformedJson",
    "Manner",
    "Moments",
    "Order",
    "Origin",
    "Parameter",
    "Part",
    "PatchFailed",
    "PatchMalformed",
    "Resource",
    "Search",
    "SearchNotUnderstood",
    "SortKey",
    "UnknownResourceType",
    "betrayed_by",
    "check",
    "days_of",
    "describe",
    "laid_out",
    "links",
    "matches",
    "moments_of",
    "parse",
    "part_of",
    "patch",
    "provenance_of",
    "read_conditions",
    "read_exactly",
    "read_part",
    "read_search",
    "referral_key",
    "referred_to",
    "search_parameters",
    "write_exactly",
]
