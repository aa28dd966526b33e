"""The code systems this release knows, by the URI a FHIR Coding carries.

Source: HL7 Terminology (THO) for the URIs; the object identifiers under 2.16.156.10011 are
those Chinese shared documents (WS/T 500) declare.
"""

from __future__ import annotations

from typing import Final

LOINC: Final = "http://loinc.org"
SNOMED: Final = "http://snomed.info/sct"
UCUM: Final = "http://unitsofmeasure.org"
ATC: Final = "http://www.whocc.no/atc"
RXNORM: Final = "http://www.nlm.nih.gov/research/umls/rxnorm"
CVX: Final = "http://hl7.org/fhir/sid/cvx"
ICD_10: Final = "http://hl7.org/fhir/sid/icd-10"
ICD_9_PROCEDURES: Final = "http://hl7.org/fhir/sid/icd-9-cm"
OBSERVATION_CATEGORY: Final = "http://terminology.hl7.org/CodeSystem/observation-category"
DIAGNOSTIC_SERVICE: Final = "http://terminology.hl7.org/CodeSystem/v2-0074"
SERVICE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/service-type"
CONFIDENTIALITY: Final = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

ICD_10_CN: Final = "urn:oid:2.16.156.10011.2.3.3.11"
"""Diagnosis codes by ICD-10 as Chinese shared documents name them (诊断代码表)."""

ICD_9_CM3_CN: Final = "urn:oid:2.16.156.10011.2.3.3.12"
"""Operation and procedure codes by ICD-9-CM-3 (手术(操作)代码表)."""

TRADITIONAL_DISEASES: Final = "urn:oid:2.16.156.10011.2.3.3.14"
"""Diseases and patterns of traditional Chinese medicine, GB/T 15657 (中医病证分类与代码)."""

SEX: Final = "urn:oid:2.16.156.10011.2.3.3.4"
"""GB/T 2261.1 (生理性别代码)."""

MARITAL_STATUS: Final = "urn:oid:2.16.156.10011.2.3.3.5"
"""GB/T 2261.2 (婚姻状况代码)."""

ETHNIC_GROUP: Final = "urn:oid:2.16.156.10011.2.3.3.3"
"""GB 3304 (民族类别代码)."""

FAMILY_RELATION: Final = "urn:oid:2.16.156.10011.2.3.3.8"
"""GB/T 4761 (家庭关系代码)."""

DIVISIONS: Final = "urn:openhealthcode:division"
"""GB/T 2260, also what is no more (行政区划代码); no URI of its own is known to us."""

FAMILIES: Final = {
    "icd-10": frozenset(
        {
            ICD_10,
            "http://hl7.org/fhir/sid/icd-10-cm",
            "http://hl7.org/fhir/sid/icd-10-cn",
            "urn:oid:2.16.840.1.113883.6.3",
            "urn:oid:2.16.840.1.113883.6.90",
            "urn:oid:2.16.156.10011.2.3.1.100",
            ICD_10_CN,
            f"{ICD_10_CN}.1",
            f"{ICD_10_CN}.2",
            f"{ICD_10_CN}.3",
            f"{ICD_10_CN}.5",
        }
    ),
    "icd-9-procedure": frozenset({ICD_9_PROCEDURES, ICD_9_CM3_CN}),
    "atc": frozenset({ATC, "urn:oid:2.16.840.1.113883.6.73"}),
    "loinc": frozenset({LOINC, "urn:oid:2.16.840.1.113883.6.1"}),
    "snomed": frozenset({SNOMED, "urn:oid:2.16.840.1.113883.6.96"}),
    "sensitivity": frozenset(
        {"http://terminology.hl7.org/CodeSystem/v3-ActCode", "urn:oid:2.16.840.1.113883.5.4"}
    ),
    "confidentiality": frozenset({CONFIDENTIALITY, "urn:oid:2.16.840.1.113883.5.25"}),
    "rxnorm": frozenset({RXNORM, "urn:oid:2.16.840.1.113883.6.88"}),
}
"""Every URI under which a family of codes arrives; the reviewed map names the family."""

FAMILY_OF: Final = {uri: family for family, uris in FAMILIES.items() for uri in uris}
