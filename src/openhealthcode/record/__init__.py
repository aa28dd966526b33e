"""A resident's lifelong record: what an entry is, what it may look like, how it is found.

Start with ``kinds.py``, the table of resource types, and ``describe.py``. ``reading`` and
``writing`` are guarded and imported by name only: by ``access`` and ``collection``.
"""

from openhealthcode.record import links
from openhealthcode.record.check import InvalidResource, UnknownResourceType, check
from openhealthcode.record.describe import betrayed_by, describe
from openhealthcode.record.kinds import KINDS, Kind
from openhealthcode.record.language import READER
from openhealthcode.record.model import Days, Description, Moments, Order, Resource, Search
from openhealthcode.record.parse import LARGEST_BODY_BYTES, MalformedJson, parse
from openhealthcode.record.search import SearchNotUnderstood, read_search, search_parameters

__all__ = [
    "KINDS",
    "LARGEST_BODY_BYTES",
    "READER",
    "Days",
    "Description",
    "InvalidResource",
    "Kind",
    "MalformedJson",
    "Moments",
    "Order",
    "Resource",
    "Search",
    "SearchNotUnderstood",
    "UnknownResourceType",
    "betrayed_by",
    "check",
    "describe",
    "links",
    "parse",
    "read_search",
    "search_parameters",
]
