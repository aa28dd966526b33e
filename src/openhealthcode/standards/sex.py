"""The sex recorded for a resident. Source: GB/T 2261.1-2003 (0, 1, 2, 9)."""

from __future__ import annotations

from enum import StrEnum


class Sex(StrEnum):
    """The four values of GB/T 2261.1, named as FHIR's AdministrativeGender names them."""

    UNKNOWN = "unknown"
    MALE = "male"
    FEMALE = "female"
    OTHER = "other"

    @property
    def gb_code(self) -> str:
        """The one-digit code of GB/T 2261.1."""
        return {"unknown": "0", "male": "1", "female": "2", "other": "9"}[self.value]
