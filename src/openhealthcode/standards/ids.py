"""Identifiers as distinct types, so that one cannot be passed where another is meant.

All are random UUIDs that say nothing about what they name and are never reused.
"""

from __future__ import annotations

from typing import NewType
from uuid import UUID

ResidentId = NewType("ResidentId", UUID)
"""A resident (居民), stable for life; survives merges."""

EntryId = NewType("EntryId", UUID)
"""One entry of a record; its versions share it."""

InstitutionId = NewType("InstitutionId", UUID)
"""A health institution (医疗卫生机构)."""

PractitionerId = NewType("PractitionerId", UUID)
"""A health worker (医疗卫生人员)."""

TerminalId = NewType("TerminalId", UUID)
"""A browser or scanner at which staff signed in, or a certified terminal."""

SystemId = NewType("SystemId", UUID)
"""An institution's information system, a client of the FHIR interface."""

PartnerId = NewType("PartnerId", UUID)
"""An insurer or a payment service that joined the region's code."""

DeviceReference = NewType("DeviceReference", bytes)
"""Eight random bytes that name a resident's enrolled phone inside a health code."""

PresentationId = NewType("PresentationId", UUID)
"""A health code presented to a practitioner and redeemed."""

RequestId = NewType("RequestId", UUID)
"""A practitioner's request to see a record."""

ConsentId = NewType("ConsentId", UUID)
"""What a resident allowed or refused in one answer."""

RepresentationId = NewType("RepresentationId", UUID)
"""One person appointed to act for a resident (代办关系)."""

MergeId = NewType("MergeId", UUID)
"""One decision of a registrar that two entries of the master index are one person (合并)."""
