"""The resident as the record's first entry: FHIR Patient.

Ethnic group, marriage, occupation and education are left out: nothing here needs them.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.demonstration.region.catalogue import Json
from openhealthcode.demonstration.region.chart.record import (
    Record,
    institution_reference,
    practitioner_reference,
)
from openhealthcode.demonstration.region.people import Person
from openhealthcode.demonstration.region.place import REGION_NAME

NATIONAL_ID_SYSTEM: Final = "urn:oid:2.16.156.10011.1.3"
_RELATIONS: Final = "http://terminology.hl7.org/CodeSystem/v2-0131"


def introduce(record: Record) -> None:
    """Write the resident down; every other entry points here."""
    person = record.person
    home = person.home
    patient: Json = {
        "resourceType": "Patient",
        "identifier": [
            {"use": "official", "system": NATIONAL_ID_SYSTEM, "value": person.national_id}
        ],
        "active": person.death is None,
        "name": [
            {
                "use": "official",
                "text": person.name.text,
                "family": person.name.surname,
                "given": [person.name.given],
            }
        ],
        "telecom": [{"system": "phone", "value": person.phone, "use": "mobile"}],
        "gender": person.sex.value,
        "birthDate": person.birth.isoformat(),
        "address": [
            {
                "use": "home",
                "text": home.text,
                "line": [home.neighbourhood.town + home.line],
                "city": REGION_NAME,
                "district": home.neighbourhood.district,
                "country": "CN",
            }
        ],
        "managingOrganization": institution_reference(
            record.directory.institutions[home.neighbourhood.centre]
        ),
    }
    if person.death is not None:
        patient["deceasedDateTime"] = person.death.isoformat()
    if person.family_doctor is not None:
        patient["generalPractitioner"] = [practitioner_reference(person.family_doctor)]
    if contact := _contact(person):
        patient["contact"] = [contact]
    record.patient_url = record.add(patient)


def _contact(person: Person) -> Json:
    """Who is told in an emergency: guardian, spouse or a grown child in the region."""
    adult_children = [child for child in person.children if child.phone and child.owns_phone]
    spouse = person.spouse if person.spouse and person.spouse.death is None else None
    closest = person.guardian or spouse or next(iter(adult_children), None) or person.mother
    if closest is None or not closest.phone or closest is person:
        return {}
    relation = "监护人" if closest is person.guardian else "家属"
    code = "N" if closest is person.guardian else "C"
    return {
        "relationship": [
            {"coding": [{"system": _RELATIONS, "code": code}], "text": relation},
        ],
        "name": {"text": closest.name.text},
        "telecom": [{"system": "phone", "value": closest.phone, "use": "mobile"}],
    }
