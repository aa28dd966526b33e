"""The entries of one record and what the next entry must know of them: problems, drugs, allergies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from openhealthcode.demonstration.region.body import Body
from openhealthcode.demonstration.region.catalogue import DIAGNOSES, Drug, Json
from openhealthcode.demonstration.region.institutions import (
    INSTITUTION_SYSTEM,
    PRACTITIONER_SYSTEM,
    Staff,
)
from openhealthcode.demonstration.region.model import SyntheticInstitution, SyntheticPractitioner
from openhealthcode.demonstration.region.people import Person


@dataclass(slots=True, eq=False)
class Problem:
    """A diagnosis in the record, open until it is resolved."""

    key: str
    url: str
    resource: Json


@dataclass(slots=True, eq=False)
class Prescription:
    """A prescription in the record; chronic ones are renewed until they are stopped."""

    drug: Drug
    dose: float
    start: date
    reason: Problem | None
    url: str
    resource: Json


@dataclass(slots=True)
class Directory:
    """Who and what entries can point to."""

    institutions: dict[str, SyntheticInstitution]
    staff: Staff


@dataclass(slots=True, eq=False)
class Record:
    """One resident's record as it grows.

    Args:
        last_day: nothing happens after it: yesterday, or the day of death.
        allergies: groups of drugs that must not be given any more.
        pregnancies: first day of each pregnancy and the day it ended.
        goals: what treatment aims below, by analyte.
        latest: the last reading of each analyte.
    """

    person: Person
    body: Body
    rng: Random
    directory: Directory
    last_day: date
    entries: list[Json] = field(default_factory=list)
    problems: dict[str, Problem] = field(default_factory=dict)
    regimen: dict[str, Prescription] = field(default_factory=dict)
    allergies: set[str] = field(default_factory=set)
    pregnancies: list[tuple[date, date]] = field(default_factory=list)
    goals: dict[str, float] = field(default_factory=dict)
    latest: dict[str, float] = field(default_factory=dict)
    patient_url: str = ""

    def add(self, resource: Json) -> str:
        """Append an entry of the transaction.

        Returns:
            its ``fullUrl``, by which other entries refer to it.
        """
        bits = f"{self.rng.getrandbits(128):032x}"
        url = f"urn:uuid:{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-a{bits[17:20]}-{bits[20:]}"
        kind = resource["resourceType"]
        self.entries.append(
            {"fullUrl": url, "resource": resource, "request": {"method": "POST", "url": kind}}
        )
        return url

    @property
    def subject(self) -> Json:
        """A reference to the resident."""
        return {"reference": self.patient_url}

    def known_problems(self, most: int = 3) -> list[Problem]:
        """The lasting problems that anybody treating this person may name, the first ones first.

        What is sensitive is left out: its source writes its own visits and nobody else does.
        """
        open_ones = [p for key, p in self.problems.items() if not DIAGNOSES[key].sensitivity]
        return open_ones[:most]

    def is_pregnant(self, day: date, margin_days: int = 30) -> bool:
        """Whether a pregnancy is under way, or nearly so: then drugs and X-rays are avoided."""
        margin = timedelta(days=margin_days)
        return any(begin - margin <= day <= end + margin for begin, end in self.pregnancies)


def institution_reference(institution: SyntheticInstitution) -> Json:
    """A conditional reference to an institution, by its key."""
    reference = f"Organization?identifier={INSTITUTION_SYSTEM}|{institution.key}"
    return {"reference": reference, "display": institution.name}


def practitioner_reference(practitioner: SyntheticPractitioner) -> Json:
    """A conditional reference to a practitioner, by their key."""
    reference = f"Practitioner?identifier={PRACTITIONER_SYSTEM}|{practitioner.key}"
    return {"reference": reference, "display": practitioner.name}
