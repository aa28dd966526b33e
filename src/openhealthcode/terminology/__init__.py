"""Code systems by name, and the reviewed map of what betrays a sensitive category (敏感类别).

Start with ``sensitive.toml``, which is meant to be read and disputed by clinicians; ``sensitive``
applies it, and ``editions`` is how two reviewers replace it by an edition of their own.
"""

from openhealthcode.terminology import editions, systems
from openhealthcode.terminology.editions import in_force
from openhealthcode.terminology.map_file import read_map, row_of, write_map
from openhealthcode.terminology.model import (
    EVIDENCE,
    Difference,
    Edition,
    EditionMoved,
    EditionRecord,
    EditionState,
    MapReviewer,
    MapRow,
    MapUnreadable,
    Term,
)
from openhealthcode.terminology.sensitive import SensitiveMap, difference, packaged_map
from openhealthcode.terminology.traditional import is_traditional

__all__ = [
    "EVIDENCE",
    "Difference",
    "Edition",
    "EditionMoved",
    "EditionRecord",
    "EditionState",
    "MapReviewer",
    "MapRow",
    "MapUnreadable",
    "SensitiveMap",
    "Term",
    "difference",
    "editions",
    "in_force",
    "is_traditional",
    "packaged_map",
    "read_map",
    "row_of",
    "systems",
    "write_map",
]
