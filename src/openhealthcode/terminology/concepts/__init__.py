"""Code systems (代码系统) that every release brings along, and their names in Chinese and English.

Start with ``display_of``. The codes themselves lie in ``tables``, each file with its source and
edition; what an operator's licence covers is loaded into the database, see ``loaded``.
"""

from openhealthcode.terminology.concepts.files import common_names
from openhealthcode.terminology.concepts.held import (
    canonical,
    classes_above,
    code_system,
    concept,
    display_of,
    systems,
)
from openhealthcode.terminology.concepts.model import (
    About,
    CodeSystem,
    Concept,
    Content,
    Language,
)

__all__ = [
    "About",
    "CodeSystem",
    "Concept",
    "Content",
    "Language",
    "canonical",
    "classes_above",
    "code_system",
    "common_names",
    "concept",
    "display_of",
    "systems",
]
