"""The kinds of entries a record is divided into, and those that are closed unless opened apart.

Both lists are closed and published: an entry of a kind a release does not know is not shown.
Source: our own division, along the FHIR R4 resource types and the US/IPS section names;
sensitive categories after PIPL 28 and the resident's own choice.
"""

from __future__ import annotations

from enum import StrEnum


class RecordCategory(StrEnum):
    """What a resident sees and switches on the phone, one line each."""

    DEMOGRAPHICS = "demographics"
    ALLERGIES = "allergies"
    CONDITIONS = "conditions"
    MEDICATION = "medication"
    LABORATORY = "laboratory"
    IMAGING = "imaging"
    VITAL_SIGNS = "vital-signs"
    IMMUNISATIONS = "immunisations"
    ENCOUNTERS = "encounters"
    PROCEDURES = "procedures"
    DEVICES = "devices"
    BLOOD_TYPE = "blood-type"
    FAMILY_HISTORY = "family-history"
    SOCIAL_HISTORY = "social-history"
    CARE_PLANS = "care-plans"
    TRADITIONAL_MEDICINE = "traditional-medicine"
    DOCUMENTS = "documents"
    CLAIMS = "claims"
    ADMINISTRATIVE = "administrative"


class SensitiveCategory(StrEnum):
    """What stays closed even under a general consent."""

    MENTAL_HEALTH = "mental-health"
    HIV_AND_STI = "hiv-and-sti"
    SUBSTANCE_USE = "substance-use"
    GENETIC = "genetic"
    REPRODUCTIVE = "reproductive"
    ABUSE = "abuse"
    UNREAD = "unread"
    """What nobody here could read (scans, pictures, files), or its author restricted unexplained."""
    CHOSEN = "chosen"
    """What the resident added to the closed part."""
