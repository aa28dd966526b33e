"""The tables, read once; every row with its FHIR concept ready."""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

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
    Range,
    Vaccine,
)
from openhealthcode.demonstration.region.tables import table
from openhealthcode.terminology import systems

Row = dict[str, str]

LOCAL_SYSTEM: Final = "https://openhealthcode.example/"
"""Stem of the demonstration's own code systems, for what has no code in a public one."""


def rows(name: str) -> Iterator[Row]:
    """The rows of a table in this folder, each a mapping by column."""
    return table(f"catalogue/{name}")


def _concept(system: str, code: str, name: str) -> Json:
    if not code:
        return {"text": name}
    return {"coding": [{"system": system, "code": code, "display": name}], "text": name}


def _loinc_or_local(row: Row, local: str) -> Json:
    if row["loinc"]:
        return _concept(systems.LOINC, row["loinc"], row["name"])
    return _concept(LOCAL_SYSTEM + local, row["key"].replace("_", "-"), row["name"])


def _range(low: str, high: str) -> Range:
    return (float(low) if low else None, float(high) if high else None)


def _diagnosis(row: Row) -> Diagnosis:
    concept = _concept(systems.ICD_10, row["icd10"], row["name"])
    return Diagnosis(row["key"], row["name"], row["specialty"], row["sensitivity"], concept)


def _drug(row: Row) -> Drug:
    concept: Json = {"text": row["product"]}
    if row["atc"]:
        coding = {"system": systems.ATC, "code": row["atc"], "display": row["substance"]}
        concept = {"coding": [coding], "text": row["product"]}
    return Drug(
        row["key"], row["product"], float(row["dose"]), row["unit"], row["rhythm"], row["route"],
        row["group"], float(row["per_kg"] or 0), float(row["step"] or 0), row["advice"], concept,
    )  # fmt: skip


def _analyte(row: Row) -> Analyte:
    return Analyte(
        row["key"], row["name"], row["unit"], row["ucum"], int(row["decimals"]),
        _range(row["male_low"], row["male_high"]), _range(row["female_low"], row["female_high"]),
        _range(row["child_low"], row["child_high"]), _loinc_or_local(row, "analyte"),
    )  # fmt: skip


def _panel(row: Row) -> Panel:
    analytes = tuple(row["analytes"].split())
    return Panel(row["key"], row["name"], analytes, _loinc_or_local(row, "panel"))


def _finding(row: Row) -> Finding:
    return Finding(row["key"], row["normal"], _loinc_or_local(row, "test"))


def _examination(row: Row) -> Examination:
    codings = [{"system": systems.DIAGNOSTIC_SERVICE, "code": c} for c in row["category"].split()]
    return Examination(
        row["key"], row["name"], row["department"], row["normal"], [{"coding": codings}],
        _loinc_or_local(row, "examination"),
    )  # fmt: skip


def _operation(row: Row) -> Operation:
    concept = _concept(systems.ICD_9_PROCEDURES, row["icd9"], row["name"])
    return Operation(row["key"], row["name"], row["device"], concept)


def _vaccine(row: Row) -> Vaccine:
    return Vaccine(
        row["key"], row["name"], float(row["dose"]), row["unit"], row["route"], row["maker"],
        int(row["shelf_months"]), row["disease"], _concept(systems.CVX, row["cvx"], row["name"]),
    )  # fmt: skip


def _formula(row: Row) -> Formula:
    name = " ".join(filter(None, (row["disease"], row["pattern"])))
    # The standard's codes differ between its editions; the words are what a prescription carries.
    coding = {"system": systems.TRADITIONAL_DISEASES, "display": name}
    return Formula(
        row["key"], row["disease"], row["pattern"], row["formula"],
        tuple(_herb(herb) for herb in row["herbs"].split()), row["tongue"], row["complaint"],
        tuple(row["conditions"].split()), row["sex"], int(row["from_age"]), int(row["to_age"]),
        bool(row["acupuncture"]), {"coding": [coding], "text": name},
    )  # fmt: skip


def _herb(text: str) -> tuple[str, int]:
    name = text.rstrip("0123456789")
    return name, int(text[len(name) :])


DIAGNOSES: Final = MappingProxyType({r["key"]: _diagnosis(r) for r in rows("diagnoses")})
DRUGS: Final = MappingProxyType({r["key"]: _drug(r) for r in rows("drugs")})
ANALYTES: Final = MappingProxyType({r["key"]: _analyte(r) for r in rows("analytes")})
PANELS: Final = MappingProxyType({r["key"]: _panel(r) for r in rows("panels")})
FINDINGS: Final = MappingProxyType({r["key"]: _finding(r) for r in rows("findings")})
EXAMINATIONS: Final = MappingProxyType({r["key"]: _examination(r) for r in rows("examinations")})
OPERATIONS: Final = MappingProxyType({r["key"]: _operation(r) for r in rows("operations")})
VACCINES: Final = MappingProxyType({r["key"]: _vaccine(r) for r in rows("vaccines")})
FORMULAS: Final = tuple(_formula(row) for row in rows("formulas"))
