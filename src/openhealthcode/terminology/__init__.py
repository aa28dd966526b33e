"""Code systems (代码系统) and what their codes mean; the map of what betrays a sensitive category.

Start with ``display_of`` and ``find``. ``concepts`` are the codes every release holds, ``loaded`` those
an operator brings; ``value_sets``, ``concept_maps`` and ``ucum`` are made of them. ``sensitive.toml`` is
meant to be read and disputed by clinicians; ``sensitive`` applies it, and ``editions`` is how two
reviewers replace it by an edition of their own (敏感类别).
"""

from openhealthcode.terminology import editions, systems
from openhealthcode.terminology.concepts import (
    Concept,
    classes_above,
    code_system,
    concept,
    display_of,
)
from openhealthcode.terminology.concepts.system import SystemUnknown, concept_in
from openhealthcode.terminology.concepts.wording import initials_of, words_asked
from openhealthcode.terminology.editions import in_force
from openhealthcode.terminology.find import find
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
from openhealthcode.terminology.resolve import all_systems, system_of
from openhealthcode.terminology.sensitive import SensitiveMap, difference, packaged_map
from openhealthcode.terminology.spelling import as_read
from openhealthcode.terminology.traditional import is_traditional
from openhealthcode.terminology.validate import (
    CodeUnknown,
    Verdict,
    known,
    look_up,
    subsumes,
    validate,
    validate_in,
)

__all__ = [
    "EVIDENCE",
    "CodeUnknown",
    "Concept",
    "Difference",
    "Edition",
    "EditionMoved",
    "EditionRecord",
    "EditionState",
    "MapReviewer",
    "MapRow",
    "MapUnreadable",
    "SensitiveMap",
    "SystemUnknown",
    "Term",
    "Verdict",
    "all_systems",
    "as_read",
    "classes_above",
    "code_system",
    "concept",
    "concept_in",
    "difference",
    "display_of",
    "editions",
    "find",
    "in_force",
    "initials_of",
    "is_traditional",
    "known",
    "look_up",
    "packaged_map",
    "read_map",
    "row_of",
    "subsumes",
    "system_of",
    "systems",
    "validate",
    "validate_in",
    "words_asked",
    "write_map",
]
