"""What the pages of closed matters show, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from openhealthcode.portal.resident.views import ItemView, PersonView
from openhealthcode.registry import Institution, InstitutionKind, Practitioner
from openhealthcode.standards import RecordCategory, SensitiveCategory


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionView:
    """Something a resident keeps closed, to whom, and since when."""

    consent_id: UUID
    person: PersonView | None
    """``None``: to everybody, or to a kind of institution."""
    institution_kind: InstitutionKind | None
    is_everything: bool
    categories: tuple[RecordCategory, ...]
    sensitive: tuple[SensitiveCategory, ...]
    in_emergencies: bool
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictionFormView:
    """What can be closed, and to whom."""

    institution: Institution | None
    departments: tuple[str, ...]
    staff: tuple[Practitioner, ...]
    institution_kinds: tuple[InstitutionKind, ...]
    categories: tuple[RecordCategory, ...]
    kinds: tuple[SensitiveCategory, ...]
    problem: str = ""


class ClosableView(NamedTuple):
    """One entry, and the id by which it is closed."""

    entry_id: UUID
    item: ItemView
