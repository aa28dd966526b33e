"""The FHIR R4 resource types a lifelong record holds, and where each keeps day, codes and state.

One row per type; a type that has no row is refused at the door. AuditEvent is missing on purpose:
the access log is written here and by nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from openhealthcode.standards import RecordCategory


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type.

    Args:
        category: where it belongs when its codes do not say more.
        days: elements that may carry the clinical day, the most telling first; ``a.b`` descends.
        date_parameter: FHIR R4's own name of the search parameter by that day, beside ``date``.
        codes: search parameter → the element it looks into, for parameters of kind token.
        patient: the element that names the resident; empty when the type names none.
    """

    category: RecordCategory
    days: tuple[str, ...] = ()
    date_parameter: str = "date"
    codes: tuple[tuple[str, str], ...] = ()
    patient: str = "subject"


_C = RecordCategory
_STATUS = ("status", "status")
_CODE = ("code", "code")
_CATEGORY = ("category", "category")
_MEDICINE = ("code", "medicationCodeableConcept")
_EFFECTIVE = ("effectiveDateTime", "effectivePeriod.start")

KINDS: Final = MappingProxyType(
    {
        "Patient": Kind(_C.DEMOGRAPHICS, patient=""),
        "RelatedPerson": Kind(_C.DEMOGRAPHICS, patient="patient"),
        "Practitioner": Kind(_C.ADMINISTRATIVE, patient=""),
        "PractitionerRole": Kind(_C.ADMINISTRATIVE, patient=""),
        "Organization": Kind(_C.ADMINISTRATIVE, patient=""),
        "Location": Kind(_C.ADMINISTRATIVE, patient=""),
        "AllergyIntolerance": Kind(
            _C.ALLERGIES,
            ("recordedDate", "onsetDateTime", "onsetPeriod.start"),
            codes=(_CODE, ("clinical-status", "clinicalStatus"), _CATEGORY),
            patient="patient",
        ),
        "Condition": Kind(
            _C.CONDITIONS,
            ("onsetDateTime", "onsetPeriod.start", "recordedDate"),
            date_parameter="onset-date",
            codes=(_CODE, ("clinical-status", "clinicalStatus"), _CATEGORY),
        ),
        "Observation": Kind(
            _C.DOCUMENTS,
            (*_EFFECTIVE, "effectiveInstant", "issued"),
            codes=(_CODE, _CATEGORY, _STATUS),
        ),
        "DiagnosticReport": Kind(
            _C.DOCUMENTS, (*_EFFECTIVE, "issued"), codes=(_CODE, _CATEGORY, _STATUS)
        ),
        "ImagingStudy": Kind(
            _C.IMAGING,
            ("started",),
            date_parameter="started",
            codes=(_STATUS, ("modality", "modality")),
        ),
        "Specimen": Kind(
            _C.LABORATORY,
            ("collection.collectedDateTime", "collection.collectedPeriod.start", "receivedTime"),
            date_parameter="collected",
            codes=(("type", "type"), _STATUS),
        ),
        "MedicationRequest": Kind(
            _C.MEDICATION,
            ("authoredOn",),
            date_parameter="authoredon",
            codes=(_MEDICINE, _CATEGORY, _STATUS, ("intent", "intent")),
        ),
        "MedicationDispense": Kind(
            _C.MEDICATION,
            ("whenHandedOver", "whenPrepared"),
            date_parameter="whenhandedover",
            codes=(_MEDICINE, _CATEGORY, _STATUS),
        ),
        "MedicationStatement": Kind(
            _C.MEDICATION,
            (*_EFFECTIVE, "dateAsserted"),
            date_parameter="effective",
            codes=(_MEDICINE, _CATEGORY, _STATUS),
        ),
        "MedicationAdministration": Kind(
            _C.MEDICATION,
            _EFFECTIVE,
            date_parameter="effective-time",
            codes=(_MEDICINE, _STATUS),
        ),
        "Immunization": Kind(
            _C.IMMUNISATIONS,
            ("occurrenceDateTime", "recorded"),
            codes=(("vaccine-code", "vaccineCode"), ("code", "vaccineCode"), _STATUS),
            patient="patient",
        ),
        "ImmunizationRecommendation": Kind(_C.IMMUNISATIONS, ("date",), patient="patient"),
        "Encounter": Kind(
            _C.ENCOUNTERS,
            ("period.start", "period.end"),
            codes=(("class", "class"), ("type", "type"), ("reason-code", "reasonCode"), _STATUS),
        ),
        "EpisodeOfCare": Kind(
            _C.ENCOUNTERS,
            ("period.start",),
            codes=(("type", "type"), _STATUS),
            patient="patient",
        ),
        "Appointment": Kind(
            _C.ENCOUNTERS,
            ("start",),
            codes=(("service-type", "serviceType"), _STATUS),
            patient="participant.actor",
        ),
        "Procedure": Kind(
            _C.PROCEDURES,
            ("performedDateTime", "performedPeriod.start"),
            codes=(_CODE, _CATEGORY, _STATUS),
        ),
        "ServiceRequest": Kind(
            _C.PROCEDURES,
            ("authoredOn", "occurrenceDateTime", "occurrencePeriod.start"),
            date_parameter="authored",
            codes=(_CODE, _CATEGORY, _STATUS, ("intent", "intent")),
        ),
        "FamilyMemberHistory": Kind(
            _C.FAMILY_HISTORY,
            ("date",),
            codes=(("code", "condition.code"), ("relationship", "relationship"), _STATUS),
            patient="patient",
        ),
        "CarePlan": Kind(_C.CARE_PLANS, ("period.start", "created"), codes=(_CATEGORY, _STATUS)),
        "CareTeam": Kind(_C.CARE_PLANS, ("period.start",), codes=(_CATEGORY, _STATUS)),
        "Goal": Kind(
            _C.CARE_PLANS,
            ("startDate", "statusDate"),
            date_parameter="start-date",
            codes=(("lifecycle-status", "lifecycleStatus"), _CATEGORY),
        ),
        "NutritionOrder": Kind(
            _C.CARE_PLANS,
            ("dateTime",),
            date_parameter="datetime",
            codes=(_STATUS,),
            patient="patient",
        ),
        "Task": Kind(
            _C.CARE_PLANS,
            ("authoredOn",),
            date_parameter="authored-on",
            codes=(_CODE, _STATUS),
            patient="for",
        ),
        "Device": Kind(
            _C.DEVICES,
            ("manufactureDate",),
            codes=(("type", "type"), _STATUS),
            patient="patient",
        ),
        "DocumentReference": Kind(
            _C.DOCUMENTS, ("date",), codes=(("type", "type"), _CATEGORY, _STATUS)
        ),
        "Composition": Kind(_C.DOCUMENTS, ("date",), codes=(("type", "type"), _CATEGORY, _STATUS)),
        "QuestionnaireResponse": Kind(
            _C.DOCUMENTS, ("authored",), date_parameter="authored", codes=(_STATUS,)
        ),
        "Questionnaire": Kind(_C.ADMINISTRATIVE, ("date",), codes=(_STATUS,), patient=""),
        "Communication": Kind(
            _C.DOCUMENTS, ("sent", "received"), date_parameter="sent", codes=(_CATEGORY, _STATUS)
        ),
        "CommunicationRequest": Kind(
            _C.DOCUMENTS,
            ("authoredOn",),
            date_parameter="authored",
            codes=(_CATEGORY, _STATUS),
        ),
        "Coverage": Kind(
            _C.CLAIMS, ("period.start",), codes=(("type", "type"), _STATUS), patient="beneficiary"
        ),
        "Claim": Kind(
            _C.CLAIMS,
            ("created", "billablePeriod.start"),
            date_parameter="created",
            codes=(("use", "use"), _STATUS),
            patient="patient",
        ),
        "ExplanationOfBenefit": Kind(
            _C.CLAIMS,
            ("created", "billablePeriod.start"),
            date_parameter="created",
            codes=(_STATUS,),
            patient="patient",
        ),
        "Consent": Kind(
            _C.ADMINISTRATIVE, ("dateTime",), codes=(_CATEGORY, _STATUS), patient="patient"
        ),
        "Provenance": Kind(_C.ADMINISTRATIVE, ("recorded",), date_parameter="recorded", patient=""),
    }
)
"""Every type this release files, shows and searches."""
