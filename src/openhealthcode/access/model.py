"""What a look asks for and what it yields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from openhealthcode.consent import ConsentRequest
from openhealthcode.identity import Demographics
from openhealthcode.record.reading import Entry
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import ConsentId, EntryId, PresentationId, ResidentId
from openhealthcode.trust import Labels


class Selection(Protocol):
    """Which entries a look concerns: the name of a statement and its parameters."""

    @property
    def statement(self) -> str:
        """A statement of ``access/queries.sql``."""

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """What the statement needs beyond the resident and the consents' known version."""

    def under(self, resident_id: ResidentId) -> Selection:
        """The same of another id of the same person."""


@dataclass(frozen=True, slots=True)
class InCategories:
    """Every current entry of some categories, newest first."""

    categories: frozenset[RecordCategory]

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "read_categories"

    def parameters(self, labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        tokens = ",".join(f'"\\\\x{labels.token_of(c).hex()}"' for c in self.categories)
        return (f"{{{tokens}}}",)

    def under(self, _resident_id: ResidentId) -> InCategories:
        """See ``Selection``."""
        return self


@dataclass(frozen=True, slots=True)
class OneEntry:
    """One entry, as it is now or as it was in a version."""

    entry_id: EntryId
    version: int | None = None

    @property
    def statement(self) -> str:
        """See ``Selection``."""
        return "read_entry"

    def parameters(self, _labels: Labels) -> tuple[object, ...]:
        """See ``Selection``."""
        return (self.entry_id, self.version)

    def under(self, _resident_id: ResidentId) -> OneEntry:
        """See ``Selection``."""
        return self


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What was shown, and the number under which the resident's log says so.

    It cannot tell that anything was withheld.

    Args:
        entries: newest first.
        number: the event in the resident's chain.
        at: when, by the database's clock.
        until: when the permission behind it ends; ``None`` when there is none.
        consent_ids: the consents it rests on.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    number: int
    at: datetime
    until: datetime | None
    consent_ids: frozenset[ConsentId]

    @property
    def is_permitted(self) -> bool:
        """Whether any permission was in force, however little there was to show."""
        return self.until is not None


@dataclass(frozen=True, slots=True)
class Preview:
    """What this person would see if all of a request were allowed, exactly as it would be shown."""

    request: ConsentRequest
    entries: tuple[Entry, ...] = field(repr=False)
    number: int
    """The event that logs this preview; an answer names it and covers nothing filed later."""
    open_already: frozenset[EntryId] = frozenset()
    """Those among them that this person sees whatever the answer is, by other consents in force."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A resident who has shown a code to this practitioner, and who that is."""

    resident_id: ResidentId
    presentation_id: PresentationId
    demographics: Demographics = field(repr=False)
    is_open: bool = False
    """Showing the code was the consent to this visit, as its resident chose."""
