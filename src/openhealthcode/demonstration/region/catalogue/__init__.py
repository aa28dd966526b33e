"""What the synthetic lives are told in: diagnoses, drugs, tests, vaccines, operations, formulas.

The tables are CSV files meant to be read and disputed by clinicians; ``tables`` reads them once
and prepares the FHIR fragments that never change.
"""

from openhealthcode.demonstration.region.catalogue.model import (
    Analyte,
    Diagnosis,
    Drug,
    Examination,
    Finding,
    Formula,
    Json,
    Operation,
    Panel,
    Rhythm,
    Vaccine,
)
from openhealthcode.demonstration.region.catalogue.rhythms import RHYTHMS, ROUTES
from openhealthcode.demonstration.region.catalogue.tables import (
    ANALYTES,
    DIAGNOSES,
    DRUGS,
    EXAMINATIONS,
    FINDINGS,
    FORMULAS,
    OPERATIONS,
    PANELS,
    VACCINES,
    rows,
)

__all__ = [
    "ANALYTES",
    "DIAGNOSES",
    "DRUGS",
    "EXAMINATIONS",
    "FINDINGS",
    "FORMULAS",
    "OPERATIONS",
    "PANELS",
    "RHYTHMS",
    "ROUTES",
    "VACCINES",
    "Analyte",
    "Diagnosis",
    "Drug",
    "Examination",
    "Finding",
    "Formula",
    "Json",
    "Operation",
    "Panel",
    "Rhythm",
    "Vaccine",
    "rows",
]
