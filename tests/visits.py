"""A small world for tests: a hospital, a doctor, residents with records, and a visit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from openhealthcode import access, audit, collection, consent, registry
from openhealthcode.database import Pool, transaction
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene
from openhealthcode.standards.ids import (
    ConsentId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys

_HL7 = "http://terminology.hl7.org/CodeSystem"
LABORATORY = "http://terminology.hl7.org/CodeSystem/observation-category"
EVERYTHING = frozenset(RecordCategory)
TOLD = consent.Notice("v1", "zh-CN", ("谁可以看：黛川县人民医院的王敏。",))


def national_id(serial: int, born: str = "19590418") -> str:
    """A well-formed ID number in a county code that no county has."""
    body = f"880102{born}{serial:03d}"
    return body + check_character(body)


def patient(serial: int = 2, name: str = "李试", **more: Any) -> dict[str, Any]:
    number = national_id(serial)
    return {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:oid:2.16.156.10011.1.3", "value": number}],
        "name": [{"text": name}],
        "gender": "male" if int(number[16]) % 2 else "female",
        "birthDate": "1959-04-18",
        **more,
    }


def glucose(day: str, value: float = 5.6) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"system": LABORATORY, "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "2345-7"}], "text": "血糖"},
        "effectiveDateTime": day,
        "valueQuantity": {"value": value, "unit": "mmol/L"},
    }


def condition(code: str, text: str, day: str) -> dict[str, Any]:
    return {
        "resourceType": "Condition",
        "clinicalStatus": {"coding": [{"system": f"{_HL7}/condition-clinical", "code": "active"}]},
        "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": code}],
            "text": text,
        },
        "onsetDateTime": day,
    }


def allergy(text: str) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "clinicalStatus": {
            "coding": [{"system": f"{_HL7}/allergyintolerance-clinical", "code": "active"}]
        },
        "code": {"text": text},
        "recordedDate": "2019-05-06",
    }


def family_history(text: str) -> dict[str, Any]:
    return {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "relationship": {"text": "母亲"},
        "condition": [{"code": {"text": text}}],
        "date": "2020-01-02",
    }


def bundle(person: dict[str, Any], *resources: dict[str, Any], key: str = "p") -> dict[str, Any]:
    """A transaction Bundle: the person first, every other resource about them."""
    url = f"urn:uuid:{key}"
    entries = [{"fullUrl": url, "resource": person}]
    for place, resource in enumerate(resources):
        who = "patient" if resource["resourceType"] in BY_PATIENT else "subject"
        about = {**resource, who: {"reference": url}}
        entries.append({"fullUrl": f"{url}-{place}", "resource": about})
    for entry in entries:
        entry["request"] = {"method": "POST", "url": entry["resource"]["resourceType"]}
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


BY_PATIENT = {"AllergyIntolerance", "FamilyMemberHistory", "Immunization", "RelatedPerson"}

LIFE = (
    allergy("青霉素"),
    condition("I10", "高血压", "2014-03-02"),
    condition("F32.1", "中度抑郁发作", "2018-06-01"),
    glucose("2025-02-01"),
    glucose("2026-02-01", 6.1),
    family_history("糖尿病"),
)


@dataclass(frozen=True)
class World:
    """One hospital with one doctor."""

    pool: Pool
    keys: Keys
    hospital: InstitutionId
    wang: PractitionerId

    @property
    def source(self) -> collection.Source:
        agent = audit.Agent(audit.AgentKind.SYSTEM, self.hospital, self.hospital)
        return collection.Source(agent, self.hospital)

    async def resident(self, *resources: dict[str, Any], serial: int = 2) -> ResidentId:
        sent = bundle(patient(serial), *(resources or LIFE), key=f"resident-{serial}")
        filed = await collection.file_bundle(self.pool, self.keys, bundle=sent, source=self.source)
        return filed.resident_id

    async def ask(
        self,
        resident: ResidentId,
        categories: frozenset[RecordCategory] = EVERYTHING,
        *,
        seconds: int = 3600,
    ) -> RequestId:
        wanted = consent.Ask(
            purpose=PurposeOfUse.TREATMENT,
            scene=Scene.CONSULTATION,
            categories=categories,
            lifetime_seconds=seconds,
        )
        async with transaction(self.pool, resident=resident) as connection:
            return await consent.ask(
                connection,
                self.keys,
                resident,
                wanted,
                presentation_id=PresentationId(uuid4()),
                practitioner_id=self.wang,
                institution_id=self.hospital,
            )

    async def allow(
        self,
        resident: ResidentId,
        categories: frozenset[RecordCategory] = EVERYTHING,
        *,
        with_what_is_added: bool = False,
    ) -> tuple[ConsentId, access.Preview]:
        request = await self.ask(resident)
        preview = await access.preview(self.pool, self.keys, resident, request)
        consent_id = await consent.allow(
            self.pool,
            self.keys,
            resident,
            request,
            categories=categories,
            previewed_number=preview.number,
            notice=TOLD,
            with_what_is_added=with_what_is_added,
        )
        return consent_id, preview

    async def look(self, resident: ResidentId, **more: Any) -> access.Disclosure:
        asked = {"purpose": PurposeOfUse.TREATMENT, "practitioner_id": self.wang, **more}
        return await access.disclose(
            self.pool, self.keys, resident_id=resident, institution_id=self.hospital, **asked
        )


async def world(pool: Pool, keys: Keys) -> World:
    """Register the hospital and its doctor."""
    hospital = await registry.register_institution(
        pool,
        registry.InstitutionEntry(
            "test|hospital", registry.InstitutionKind.SECONDARY_HOSPITAL, "黛川县人民医院"
        ),
    )
    wang = await registry.register_practitioner(
        pool,
        registry.PractitionerEntry(
            "test|wang", hospital, "王敏", registry.PractitionerRole.DOCTOR, staff_number="0217"
        ),
    )
    return World(pool, keys, hospital, wang)
