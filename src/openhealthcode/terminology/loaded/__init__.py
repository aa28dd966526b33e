"""Code systems that an operator loads under licences of their own: LOINC, SNOMED CT, national lists.

Start with ``load``. A version is in whole or not at all, never changes, and the one loaded last holds.
"""

from openhealthcode.terminology.loaded.fhir_file import from_fhir
from openhealthcode.terminology.loaded.load import load
from openhealthcode.terminology.loaded.model import (
    LoadedVersion,
    Row,
    UnreadableCodes,
    VersionLoaded,
)
from openhealthcode.terminology.loaded.read import Delivery, about_loinc, from_csv, from_loinc
from openhealthcode.terminology.loaded.rf2 import from_rf2
from openhealthcode.terminology.loaded.store import versions
from openhealthcode.terminology.loaded.system import LoadedSystem

__all__ = [
    "Delivery",
    "LoadedSystem",
    "LoadedVersion",
    "Row",
    "UnreadableCodes",
    "VersionLoaded",
    "about_loinc",
    "from_csv",
    "from_fhir",
    "from_loinc",
    "from_rf2",
    "load",
    "versions",
]
