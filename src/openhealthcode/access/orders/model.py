"""Who orders, and what is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from openhealthcode.record.orders import Finding
from openhealthcode.standards import HealthCodeError, PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId, PractitionerId

TYPES: Final = frozenset({"ServiceRequest", "MedicationRequest"})
"""The resource types that order something."""


@dataclass(frozen=True, slots=True)
class Prescriber:
    """A clinician who orders at a desk."""

    practitioner_id: PractitionerId
    institution_id: InstitutionId
    purpose: PurposeOfUse
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing an order is told, and the entry that is meant, as far as one is.

    Args:
        order: the place of the order among those that were compared.
        resource: the entry meant; empty where none is.
        institution_id: who filed it.
        is_filed: it lies in the record; else it is ordered beside this one.
    """

    order: int
    finding: Finding
    resource: dict[str, Any] = field(default_factory=dict, repr=False)
    institution_id: InstitutionId | None = None
    is_filed: bool = True


class RepeatUnexplained(HealthCodeError):
    """Another institution has a recognised result; a repeat needs a coded reason, explained."""

    code = "order-repeats-result"

    def __init__(self, told: Sequence[Told]) -> None:
        super().__init__()
        self.told = tuple(told)
