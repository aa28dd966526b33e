"""Sessions, what leads to them, and why somebody is not let in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.standards import Certificate, HealthCodeError, Phone, TooManyAttempts
from openhealthcode.standards.ids import (
    DeviceReference,
    InstitutionId,
    PractitionerId,
    ResidentId,
    SystemId,
    TerminalId,
)

FRESH: Final = timedelta(minutes=5)
"""How long a verification on the phone counts as made just now."""


class TooManyCodes(TooManyAttempts):
    """Too many codes were asked for; wait a minute, an hour or until tomorrow."""

    code = "too-many-codes"


class WrongCode(HealthCodeError):
    """The code is not the one that was sent."""

    code = "wrong-code"


class CodeOver(HealthCodeError):
    """This code was used, tried too often, or is older than five minutes; ask for a new one."""

    code = "code-over"


class MessageNotSent(HealthCodeError):
    """The message could not be sent; try again in a minute."""

    code = "message-not-sent"


class BindingUnknown(HealthCodeError):
    """This number cannot be completed: unknown, over, or not agreeing with the register."""

    code = "binding-unknown"


class SignedOut(HealthCodeError):
    """Sign in first."""

    code = "signed-out"


class SignInRefused(HealthCodeError):
    """Staff number, password or code is wrong, or the account cannot be used."""

    code = "sign-in-refused"


class LockedForNow(TooManyAttempts):
    """Too many failed attempts for this staff number; wait some minutes."""

    code = "locked-for-now"


class AccountUnsuitable(HealthCodeError):
    """An account like this cannot be made."""

    code = "account-unsuitable"


class PasskeyRefused(HealthCodeError):
    """This passkey is not known here, or its answer is not good."""

    code = "passkey-refused"


class Role(StrEnum):
    """What an account is for; one account may have several."""

    CLINICIAN = "clinician"
    REGISTRAR = "registrar"
    PRIVACY_OFFICER = "privacy-officer"
    """Reviews the institution's overrides."""
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    """Reads figures, rules and queues, and runs checks; changes nothing, and has no other role."""
    ADMINISTRATOR = "administrator"


class Audience(StrEnum):
    """Whose pages a staff session opens; each needs the role beside it."""

    CLINIC = "clinic"
    REGISTRAR = "registrar"
    PRIVACY_OFFICER = "privacy-officer"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"

    @property
    def role(self) -> Role:
        """The role an account needs for these pages."""
        return Role.CLINICIAN if self is Audience.CLINIC else Role(self.value)


class BindingProof(StrEnum):
    """What a clerk saw before binding a phone to a record."""

    CARD_AND_PERSON = "card-and-person"
    """The card in the hand of the person it shows."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A code is on its way; ``token`` is the browser's half of it, kept in a cookie."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Subject:
    """Who somebody says to be, kept sealed under the attempt's token until it is settled."""

    certificate: Certificate
    name: str = field(repr=False)
    phone: Phone
    language: str = "zh-CN"


@dataclass(frozen=True, slots=True)
class NeedsBinding:
    """The phone is not bound to that record; the number is told to a clerk, card in hand.

    The same whether there is such a record or not. ``topic`` is announced when it is done.
    """

    number: str = field(repr=False)
    expires_at: datetime
    topic: str


@dataclass(frozen=True, slots=True)
class PendingBinding:
    """What a clerk's number stands for; the name to compare with the card is ``access``'s to show."""

    resident_id: ResidentId
    masked_phone: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ResidentSession:
    """A resident signed in on one phone; name and phone are readable with the token only."""

    session_id: UUID
    resident_id: ResidentId
    device_reference: DeviceReference = field(repr=False)
    name: str = field(repr=False)
    phone: Phone
    started_at: datetime
    verified_at: datetime
    expires_at: datetime

    def is_fresh(self, at: datetime) -> bool:
        """Whether a code was entered within the last five minutes, as allowing needs."""
        return timedelta(0) <= at - self.verified_at <= FRESH


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """One of a resident's sessions, for the list from which it can be ended."""

    session_id: UUID
    started_at: datetime
    verified_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A resident's session and the token that opens it."""

    token: str = field(repr=False)
    session: ResidentSession


@dataclass(frozen=True, slots=True)
class StaffSession:
    """A practitioner signed in at one terminal, for one audience's pages."""

    session_id: UUID
    practitioner_id: PractitionerId
    institution_id: InstitutionId
    audience: Audience
    roles: frozenset[Role]
    terminal_id: TerminalId
    started_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StaffSignedIn:
    """A practitioner's session and the token that opens it, at the same terminal only."""

    token: str = field(repr=False)
    session: StaffSession


@dataclass(frozen=True, slots=True)
class Scope:
    """One SMART v2 system scope: which resources, and which of c r u d s."""

    resource: str
    permissions: frozenset[str]

    def __str__(self) -> str:
        letters = "".join(letter for letter in "cruds" if letter in self.permissions)
        return f"system/{self.resource}.{letters}"

    def permits(self, resource: str, permission: str) -> bool:
        """Whether this scope alone permits that."""
        return self.resource in {"*", resource} and permission in self.permissions


@dataclass(frozen=True, slots=True)
class SystemAccess:
    """What a bearer of an access token may do; never more than its institution may."""

    system_id: SystemId
    institution_id: InstitutionId
    scopes: frozenset[Scope]

    def permits(self, resource: str, permissions: Collection[str]) -> bool:
        """Whether every one of these letters (c r u d s) is permitted on this resource type."""
        return all(
            any(scope.permits(resource, permission) for scope in self.scopes)
            for permission in permissions
        )


@dataclass(frozen=True, slots=True)
class AccessToken:
    """The answer of the token endpoint (RFC 6749, 5.1)."""

    token: str = field(repr=False)
    expires_in_seconds: int
    scope: str
