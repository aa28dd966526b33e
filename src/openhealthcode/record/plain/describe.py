"""The one table from FHIR resource types to words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from openhealthcode.record.kinds import KINDS
from openhealthcode.record.placing import category_of
from openhealthcode.record.plain import care, findings, papers, treatment
from openhealthcode.record.plain.concept import code_of
from openhealthcode.record.plain.dates import when_of
from openhealthcode.record.plain.entry import PlainEntry, Said
from openhealthcode.record.plain.fields import Json, mapping_of, mappings_of, text_of
from openhealthcode.record.plain.words import Language
from openhealthcode.standards.category import RecordCategory

_Describe = Callable[[Json, Language], Said]

_TYPES: Final[dict[str, _Describe]] = {
    "AllergyIntolerance": findings.allergy,
    "Appointment": care.appointment,
    "CarePlan": care.plan,
    "CareTeam": care.team,
    "Claim": papers.bill,
    "ClinicalImpression": findings.finding_by_text,
    "Communication": care.message,
    "CommunicationRequest": care.message,
    "Composition": papers.composition,
    "Condition": findings.condition,
    "Consent": papers.consent_form,
    "Coverage": papers.coverage,
    "Device": treatment.device,
    "DeviceUseStatement": treatment.device,
    "DiagnosticReport": findings.report,
    "DocumentReference": papers.document,
    "Encounter": care.encounter,
    "EpisodeOfCare": care.episode,
    "ExplanationOfBenefit": papers.bill,
    "FamilyMemberHistory": findings.family_history,
    "Goal": care.goal,
    "ImagingStudy": findings.imaging_study,
    "Immunization": treatment.immunisation,
    "ImmunizationRecommendation": treatment.immunisation_advice,
    "MedicationAdministration": treatment.administration,
    "MedicationDispense": treatment.dispense,
    "MedicationRequest": treatment.medication,
    "MedicationStatement": treatment.medication,
    "NutritionOrder": treatment.diet,
    "Observation": findings.observation,
    "Organization": papers.named,
    "Patient": papers.person,
    "Practitioner": papers.named,
    "Procedure": treatment.procedure,
    "QuestionnaireResponse": papers.answers,
    "RelatedPerson": papers.contact,
    "RiskAssessment": findings.finding_by_text,
    "ServiceRequest": care.order,
    "Specimen": findings.specimen,
    "Task": care.task,
}

# Who did it, by the name each type has for that person.
_AUTHORS: Final = (
    "requester", "recorder", "asserter", "performer", "participant", "author", "informationSource",
)  # fmt: skip


def describe_plainly(
    resource: Json, language: Language, kind: RecordCategory | None = None
) -> PlainEntry:
    """Say what an entry is in words its resident and any clinician understand.

    Never fails: what is missing is left out, what is unknown keeps its type's name.

    Args:
        resource: one FHIR R4 resource.
        language: the language to speak; what the author wrote stays in the author's.
        kind: the category the entry was filed under; worked out again when not given.
    """
    describe = _TYPES.get(str(resource.get("resourceType")), papers.other)
    title, detail = describe(resource, language)
    return PlainEntry(
        title=title,
        detail=detail,
        when=when_of(resource),
        kind=kind or _category(resource),
        by=_author(resource),
    )


def is_entered_in_error(resource: Json) -> bool:
    """Whether its author took an entry back: it stays, and says that it is wrong."""
    verification = code_of(resource.get("verificationStatus"))
    return "entered-in-error" in (resource.get("status"), verification)


def _category(resource: Json) -> RecordCategory:
    kind = KINDS.get(str(resource.get("resourceType")))
    if kind is None:
        return RecordCategory.DOCUMENTS
    try:
        return category_of(resource, kind.category)
    except (AttributeError, KeyError, TypeError):  # it expects what the door has checked
        return kind.category


def _author(resource: Json) -> str:
    for reference in _references(resource):
        if name := text_of(reference.get("display"), 60):
            return name
    return ""


def _references(resource: Json) -> Iterator[Json]:
    for key in _AUTHORS:
        for item in mappings_of(resource.get(key)):
            yield item
            yield mapping_of(item.get("actor") or item.get("individual"))
