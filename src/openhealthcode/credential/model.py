"""What health cards and certificates state, in whichever form: person, doses, emergency summary.

The intersection of the forms: a value that a form has no place for is told as a ``Loss`` when it is
written or read, never dropped in silence.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True, slots=True)
class Coded:
    """A code of a system, or words where there is none.

    Args:
        system: address of the code system; empty if there are words only.
        text: what it says to people.
    """

    system: str = ""
    code: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """About whom: name and birth date to compare with a document, nothing else.

    Args:
        name: as it is written where the person comes from.
        family: the family name, where the parts are told apart.
        given: the given names.
        birth_date: as precise as it was written: ``2024``, ``2024-02`` or ``2024-02-29``.
        sex: ``female``, ``male``, ``other``, ``unknown`` or nothing.
    """

    name: str = field(default="", repr=False)
    family: str = field(default="", repr=False)
    given: tuple[str, ...] = field(default=(), repr=False)
    birth_date: str = field(default="", repr=False)
    sex: str = ""

    @property
    def called(self) -> str:
        """The name as one text."""
        return self.name or " ".join([*self.given, self.family]).strip()


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose of a vaccine that was given.

    Args:
        day: as precise as it was written.
        number: of this dose in its series, 0 if nobody says.
        of: how many doses the series has, 0 if nobody says.
        by: who gave it, or vouches that it was given.
    """

    vaccine: Coded
    day: str = ""
    lot: str = ""
    maker: str = ""
    disease: Coded = Coded()
    number: int = 0
    of: int = 0
    by: str = ""


class Part(StrEnum):
    """The parts of an emergency summary."""

    ALLERGIES = "allergies"
    BLOOD = "blood"
    MEDICATION = "medication"
    PROBLEMS = "problems"
    IMPLANTS = "implants"
    CONTACTS = "contacts"


@dataclass(frozen=True, slots=True)
class Item:
    """One line of an emergency summary.

    Args:
        note: dose, reaction, stage, or what kind of contact.
        since: a day as precise as it was written.
        is_high_risk: of an allergy.
    """

    what: Coded = field(repr=False)
    note: str = field(default="", repr=False)
    since: str = ""
    is_high_risk: bool = False


@dataclass(frozen=True, slots=True)
class Emergency:
    """What matters in an emergency; an empty part says that nothing is known, not that it is none."""

    allergies: tuple[Item, ...] = ()
    blood: tuple[Item, ...] = ()
    medication: tuple[Item, ...] = ()
    problems: tuple[Item, ...] = ()
    implants: tuple[Item, ...] = ()
    contacts: tuple[Item, ...] = ()
    no_known_allergy: bool = False

    def of(self, part: Part) -> tuple[Item, ...]:
        """The lines of one part."""
        items: tuple[Item, ...] = getattr(self, part.value)
        return items

    def with_items(self, part: Part, items: tuple[Item, ...]) -> Emergency:
        """The same with other lines in one part."""
        changed: dict[str, Any] = {part.value: items}
        return replace(self, **changed)


@dataclass(frozen=True, slots=True)
class Statement:
    """Everything one card or certificate states."""

    person: Person
    doses: tuple[Dose, ...] = ()
    emergency: Emergency | None = None


class LossReason(StrEnum):
    """Why something of the original is not in what was made of it."""

    NO_PLACE = "no-place"
    """The other form has no place for it."""
    NOT_UNDERSTOOD = "not-understood"
    """We do not know this element, or not this value of it."""
    NO_ROOM = "no-room"
    """It would not fit into one QR code."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Something that was left out, by the name of its element; never its value."""

    element: str
    reason: LossReason


class Form(StrEnum):
    """The form of a card or certificate."""

    HEALTH_CARD = "shc"
    """SMART Health Card: ``shc:/`` and digits, or a JWS."""
    CERTIFICATE = "hc1"
    """Electronic health certificate: ``HC1:`` and base 45."""


@dataclass(frozen=True, slots=True)
class Read:
    """A card or certificate that was checked.

    Args:
        form: which it is.
        issuer: who vouches, by the name on our list.
        issued_at: from when on.
        expires_at: until when; None where it says nothing.
        statement: what it states.
        losses: what it states besides, which we do not show.
        kid: the name of the key that signed.
        rid: what its issuer would revoke it by; empty if it cannot.
    """

    form: Form
    issuer: str
    issued_at: datetime
    expires_at: datetime | None
    statement: Statement
    losses: tuple[Loss, ...]
    kid: str
    rid: str = ""
