"""What the pages for residents without a phone show, as plain frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from openhealthcode.portal.resident.views import PersonView
from openhealthcode.standards import CertificateKind, RecordCategory, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalView:
    """The form for somebody whose card is in the clinician's hand."""

    kinds: tuple[CertificateKind, ...]
    scenes: tuple[Scene, ...]
    chosen_scene: Scene
    chosen_kind: CertificateKind
    name: str = field(default="", repr=False)
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenView:
    """A request on the clinic's device, and how it would be answered: nothing of the record."""

    request: str
    name: str = field(repr=False)
    person: PersonView
    scene: Scene
    sentences: tuple[str, ...]
    """The notice."""
    notice: str
    """Its version."""
    categories: tuple[RecordCategory, ...]
    chosen: frozenset[RecordCategory]
    hours: tuple[int, ...]
    chosen_hours: int
    with_what_is_added: bool
    answer_by: datetime
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PadView:
    """The keys, and whether there is a PIN to enter."""

    has_pin: bool
    is_over: bool
    is_mixed: bool
    keys: tuple[str, ...]
    """The ten digits in the order of the keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelperView:
    """What was typed of the helper, without what is secret."""

    account: str = ""
    companion: str = field(default="", repr=False)
