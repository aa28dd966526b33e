"""What is asked once: allergies, the family's diseases, blood group.

FHIR AllergyIntolerance, FamilyMemberHistory, Observation. A family history names relation and
disease and never the relative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from openhealthcode.demonstration.region.catalogue import DIAGNOSES, Json
from openhealthcode.demonstration.region.catalogue.tables import LOCAL_SYSTEM
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.terminology import systems

_STATUS: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_VERIFICATION: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"
_ROLES: Final = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


@dataclass(frozen=True, slots=True)
class Allergen:
    """Something people react to; ``group`` is the drugs it rules out."""

    name: str
    atc: str
    category: str
    group: str = ""


ALLERGENS: Final = {
    "penicillin": Allergen("青霉素", "J01C", "medication", "penicillin"),
    "cephalosporin": Allergen("头孢菌素类", "J01D", "medication", "cephalosporin"),
    "sulfonamide": Allergen("磺胺类", "J01E", "medication", "sulfonamide"),
    "contrast": Allergen("碘对比剂", "V08A", "medication", "contrast"),
    "nsaid": Allergen("布洛芬", "M01AE01", "medication", "nsaid"),
    "shellfish": Allergen("虾、蟹", "", "food"),
    "peanut": Allergen("花生", "", "food"),
    "milk": Allergen("牛奶蛋白", "", "food"),
    "mango": Allergen("芒果", "", "food"),
    "dust_mite": Allergen("尘螨", "", "environment"),
}


def allergic(
    visit: Visit, key: str, reaction: str, *, severity: str = "mild", onset: str = ""
) -> None:
    """Write down an allergy.

    Args:
        severity: of the worst reaction so far: mild, moderate, severe (FHIR reaction-event-severity).
        onset: year or day of the first reaction; the visit's day if empty.
    """
    allergen = ALLERGENS[key]
    concept: Json = {"text": allergen.name}
    system = systems.ATC if allergen.atc else LOCAL_SYSTEM + "allergen"
    code = allergen.atc or key.replace("_", "-")
    concept["coding"] = [{"system": system, "code": code, "display": allergen.name}]
    if allergen.group:
        visit.record.allergies.add(allergen.group)
    when = onset or visit.day.isoformat()
    visit.record.add(
        {
            "resourceType": "AllergyIntolerance",
            "meta": visit.meta(),
            "clinicalStatus": {"coding": [{"system": _STATUS, "code": "active"}]},
            "verificationStatus": {"coding": [{"system": _VERIFICATION, "code": "confirmed"}]},
            "type": "allergy",
            "category": [allergen.category],
            "criticality": "high" if severity == "severe" else "low",
            "code": concept,
            "patient": visit.record.subject,
            "encounter": visit.encounter,
            "onsetDateTime": when,
            "recordedDate": visit.moment(6),
            "recorder": visit.author,
            "reaction": [
                {"manifestation": [{"text": reaction}], "severity": severity, "onset": when}
            ],
        }
    )


_RELATIVES: Final = {
    "FTH": "父亲",
    "MTH": "母亲",
    "BRO": "兄弟",
    "SIS": "姐妹",
    "GRFTH": "祖父",
    "GRMTH": "祖母",
}


def family_history(visit: Visit, relative: str, diagnosis: str, age: int | None = None) -> None:
    """Write down a relative's disease, and about which age it began at if that is known."""
    condition: Json = {"code": DIAGNOSES[diagnosis].concept}
    if age is not None:
        condition["onsetAge"] = {"value": age, "unit": "岁", "system": systems.UCUM, "code": "a"}
    name = _RELATIVES[relative]
    visit.record.add(
        {
            "resourceType": "FamilyMemberHistory",
            "meta": visit.meta(),
            "status": "completed",
            "patient": visit.record.subject,
            "date": visit.day.isoformat(),
            "relationship": {
                "coding": [{"system": _ROLES, "code": relative, "display": name}],
                "text": name,
            },
            "condition": [condition],
        }
    )


_GROUPS: Final = (("O", 0.3), ("A", 0.31), ("B", 0.28), ("AB", 0.11))


def blood_group(visit: Visit, group: str = "") -> None:
    """Write down the blood group, drawn with the shares of the population if none is given."""
    if not group:
        letters = visit.record.rng.choices([g for g, _ in _GROUPS], [share for _, share in _GROUPS])
        rhesus = "阴性" if visit.record.rng.random() < 0.004 else "阳性"
        group = f"{letters[0]}型，RhD{rhesus}"
    name = "ABO及RhD血型"
    visit.record.add(
        {
            "resourceType": "Observation",
            "meta": visit.meta(),
            "status": "final",
            "category": [
                {"coding": [{"system": systems.OBSERVATION_CATEGORY, "code": "laboratory"}]}
            ],
            "code": {
                "coding": [{"system": systems.LOINC, "code": "882-1", "display": name}],
                "text": name,
            },
            "subject": visit.record.subject,
            "encounter": visit.encounter,
            "effectiveDateTime": visit.moment(20),
            "performer": [visit.organization],
            "valueString": group,
        }
    )
