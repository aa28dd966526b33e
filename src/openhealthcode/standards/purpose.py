"""Why somebody asks for a record. Source: HL7 v3 code system ActReason, PurposeOfUse."""

from __future__ import annotations

from enum import StrEnum


class PurposeOfUse(StrEnum):
    """The reasons this release knows; a reason it does not know is refused."""

    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    PAYMENT = "HPAYMT"
    PUBLIC_HEALTH = "PUBHLTH"
    RESIDENT_REQUEST = "PATRQT"
    FAMILY_REQUEST = "FAMRQT"
    """Asked by who acts for the resident."""
