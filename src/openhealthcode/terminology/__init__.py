"""Code systems by name, and the reviewed map of what betrays a sensitive category (敏感类别).

Start with ``sensitive.toml``, which is meant to be read and disputed by clinicians;
``sensitive_categories`` applies it.
"""

from openhealthcode.terminology import systems
from openhealthcode.terminology.sensitive import (
    Edition,
    MapRow,
    edition,
    map_rows,
    sensitive_categories,
)
from openhealthcode.terminology.traditional import is_traditional

__all__ = [
    "Edition",
    "MapRow",
    "edition",
    "is_traditional",
    "map_rows",
    "sensitive_categories",
    "systems",
]
