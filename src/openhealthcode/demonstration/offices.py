"""Who reviews overrides in the demonstration: they treat nobody, so that no life tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from openhealthcode.demonstration.region import LEADING, Region, SyntheticPractitioner
from openhealthcode.registry import InstitutionKind, PractitionerRole

PARTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "privacy-officer": "he-jing",
        "supervisor": "gao-yuan",
        "second-supervisor": "fang-lan",
        "auditor": "qiu-shi",
    }
)
"""Part in the demonstration → key of who plays it."""


def office_holders(region: Region) -> tuple[SyntheticPractitioner, ...]:
    """The privacy officer where the emergency doctor works, and the region's supervisors and auditor."""
    ward = next(
        each.institution
        for each in region.practitioners
        if each.key == LEADING["emergency-physician"]
    )
    authority = next(
        each.key for each in region.institutions if each.kind is InstitutionKind.DISEASE_CONTROL
    )
    return (
        _holder("privacy-officer", "何静", "He Jing", "P001", ward),
        _holder("supervisor", "高远", "Gao Yuan", "S001", authority),
        _holder("second-supervisor", "方岚", "Fang Lan", "S002", authority),
        _holder("auditor", "裘石", "Qiu Shi", "A001", authority),
    )


def _holder(
    part: str, name: str, name_en: str, staff_number: str, institution: str
) -> SyntheticPractitioner:
    return SyntheticPractitioner(
        key=PARTS[part],
        name=name,
        name_en=name_en,
        staff_number=staff_number,
        role=PractitionerRole.OFFICER,
        department="",
        title="",
        institution=institution,
    )
