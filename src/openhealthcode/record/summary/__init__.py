"""The summary of a record: allergies, problems, medication, results, immunisations.

Pure functions over exactly the entries that may be shown. ``model.py`` says what a summary
holds, ``compose.py`` how it comes about.
"""

from openhealthcode.record.summary.compose import summarise
from openhealthcode.record.summary.model import (
    Allergy,
    Done,
    Medicine,
    Point,
    Problem,
    Relative,
    Result,
    Summary,
    Vaccine,
)

__all__ = [
    "Allergy",
    "Done",
    "Medicine",
    "Point",
    "Problem",
    "Relative",
    "Result",
    "Summary",
    "Vaccine",
    "summarise",
]
