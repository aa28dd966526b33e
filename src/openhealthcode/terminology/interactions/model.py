"""Two medicines, what they do together, and which table says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from openhealthcode.standards import HealthCodeError


class Severity(StrEnum):
    """How grave something is: FHIR R4, value set detectedissue-severity."""

    HIGH = "high"
    MODERATE = "moderate"
    LOW = "low"


class InteractionsUnreadable(HealthCodeError):
    """The file is no table of interactions."""

    code = "interactions-unreadable"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Two medicines or classes of them, what they do together (Chinese, English), who says so."""

    one: str
    other: str
    severity: Severity
    says: tuple[str, str]
    source: str


@dataclass(frozen=True, slots=True)
class InteractionTable:
    """Which table is in force."""

    edition: str
    pairs: int
    loaded_at: datetime | None = None
    """None of the table that this release brings."""
