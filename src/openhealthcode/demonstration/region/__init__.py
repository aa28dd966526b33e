"""A synthetic region (合成区域): people who do not exist, with lives that could have been lived.

``generate(seed, today)`` makes institutions, health workers, households and residents, each
resident with a lifelong record as a FHIR R4 transaction Bundle. Families come first
(``households``), then what will befall whom (``fates``), then each life as it unfolds (``life``,
``lives``). Everything is drawn from the seed; nothing here reads a clock, a file outside this
folder or a database.
"""

from openhealthcode.demonstration.region.generate import bundles, generate
from openhealthcode.demonstration.region.institutions import (
    INSTITUTION_SYSTEM,
    PRACTITIONER_SYSTEM,
)
from openhealthcode.demonstration.region.leading import LEADING
from openhealthcode.demonstration.region.model import (
    Household,
    Region,
    Relation,
    SyntheticInstitution,
    SyntheticPractitioner,
    SyntheticResident,
)

__all__ = [
    "INSTITUTION_SYSTEM",
    "LEADING",
    "PRACTITIONER_SYSTEM",
    "Household",
    "Region",
    "Relation",
    "SyntheticInstitution",
    "SyntheticPractitioner",
    "SyntheticResident",
    "bundles",
    "generate",
]
