"""The summary of a record: allergies, problems, medication, results, immunisations.

Pure functions over exactly the entries that may be shown. ``model.py`` says what a summary
holds, ``compose.py`` how it comes about.
"""

from openhealthcode.record.summary.compose import summarise
from openhealthcode.record.summary.medication import (
    MEDICATION_TYPES,
    medication_of,
    past_medication_of,
)
from openhealthcode.record.summary.model import (
    Allergy,
    Done,
    Medicine,
    PastMedicine,
    Point,
    Problem,
    Relative,
    Result,
    Summary,
    Vaccine,
)

__all__ = [
    "MEDICATION_TYPES",
    "Allergy",
    "Done",
    "Medicine",
    "PastMedicine",
    "Point",
    "Problem",
    "Relative",
    "Result",
    "Summary",
    "Vaccine",
    "medication_of",
    "past_medication_of",
    "summarise",
]
