"""What the log says: who did what to whose record, why, and with what outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from openhealthcode.standards import Conflict, HealthCodeError, NotFound, PurposeOfUse, Scene
from openhealthcode.standards.ids import InstitutionId


class AgentKind(StrEnum):
    """Who acted."""

    RESIDENT = "resident"
    PRACTITIONER = "practitioner"
    SYSTEM = "system"
    PLATFORM = "platform"
    REPRESENTATIVE = "representative"
    """Somebody who acts for the resident; the id is that of the representation."""


class Action(StrEnum):
    """The whole vocabulary of the log, ``subject.verb``. A word once used keeps its meaning."""

    RESIDENT_REGISTER = "resident.register"
    RESIDENT_CORRECT = "resident.correct"
    CERTIFICATE_SUPERSEDE = "certificate.supersede"
    """One of the resident's certificates took another's place."""
    RESIDENT_IDENTIFY = "resident.identify"
    RESIDENT_MATCH = "resident.match"
    """An institution's system that could name somebody found them in the master index."""
    RESIDENT_SIGN_IN = "resident.sign-in"
    RESIDENT_MERGE = "resident.merge"
    RESIDENT_UNMERGE = "resident.unmerge"
    RESIDENT_KEEP_APART = "resident.keep-apart"
    RESIDENT_RELATE = "resident.relate"
    PHONE_BIND = "phone.bind"
    PHONE_UNBIND = "phone.unbind"
    CODE_REISSUE = "code.reissue"
    IDENTITY_COMPARE = "identity.compare"
    """Somebody's entry was compared with another that may be the same person's."""
    IDENTITY_DISMISS = "identity.dismiss"
    """A registration that contradicts somebody's entry was looked into and not followed."""
    IDENTITY_READ = "identity.read"
    """How an entry came about was shown at a counter."""
    PIN_SET = "pin.set"
    PIN_ENTER = "pin.enter"
    PRESENCE_EXAMINE = "presence.examine"
    RECORD_FILE = "record.file"
    RECORD_DISCLOSE = "record.disclose"
    RECORD_PREVIEW = "record.preview"
    RECORD_OWN_VIEW = "record.own-view"
    RECORD_COPY = "record.copy"
    RECEIPT_KEEP = "receipt.keep"
    RECORD_RELABEL = "record.relabel"
    LOG_OWN_VIEW = "log.own-view"
    LOG_SHOW = "log.show"
    CONSENT_ASK = "consent.ask"
    CONSENT_GRANT = "consent.grant"
    CONSENT_REFUSE = "consent.refuse"
    CONSENT_WITHDRAW = "consent.withdraw"
    CONSENT_RESTRICT = "consent.restrict"
    CONSENT_LIFT = "consent.lift"
    CONSENT_READ = "consent.read"
    DECISION_EXAMINE = "decision.examine"
    RECORD_HIDE = "record.hide"
    RECORD_REVEAL = "record.reveal"
    ERASURE_READ = "erasure.read"
    ERASURE_ATTEST = "erasure.attest"
    BREAK_GLASS = "access.break-glass"
    EMERGENCY_CHOOSE = "emergency.choose"
    EMERGENCY_CARRY = "emergency.carry"
    COLLECTION_CHOOSE = "collection.choose"
    RECORD_EXPIRE = "record.expire"
    OVERRIDE_EXAMINE = "override.examine"
    OVERRIDE_REVIEW = "override.review"
    CONTACT_NAME = "emergency-contact.name"
    CONTACT_REMOVE = "emergency-contact.remove"
    CONTACT_SHOW = "emergency-contact.show"
    ACCOUNT_CLOSE = "account.close"
    REPRESENTATION_APPOINT = "representation.appoint"
    REPRESENTATION_REVOKE = "representation.revoke"
    REPRESENTATION_ACT = "representation.act"
    REPRESENTATION_READ = "representation.read"
    REPRESENTATION_WISH = "representation.wish"
    DEATH_REGISTER = "death.register"
    DEATH_TAKE_BACK = "death.take-back"
    RIGHTS_EXERCISE = "rights.exercise"
    RIGHTS_READ = "rights.read"
    RIGHTS_ANSWER = "rights.answer"


class Outcome(StrEnum):
    """Whether what was asked for was done."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Agent:
    """Who acts: an id, never a name. ``institution_id`` is theirs, if they have one."""

    kind: AgentKind
    id: UUID
    institution_id: InstitutionId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened to one resident's record.

    ``detail`` is sealed under the resident's log key before it is stored; its keys are those of
    the action (``items``: entry id, version and digest of each entry; ``consents``; ``reason`` …)
    and its values plain msgpack values.
    """

    action: Action
    agent: Agent
    outcome: Outcome = Outcome.DONE
    purpose: PurposeOfUse | None = None
    scene: Scene | None = None
    detail: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ChainState:
    """A resident's chain before the next event: its next number, last link, consent version."""

    next_number: int
    head: bytes
    consent_version: int


@dataclass(frozen=True, slots=True)
class Appended:
    """Where and when an event was logged."""

    number: int
    at: datetime


class SealedEvent(NamedTuple):
    """An event as stored, in the order of the table's columns and of the statement ``write``."""

    resident_id: UUID
    number: int
    recorded_at: datetime
    action: str
    outcome: str
    purpose: str | None
    scene: str | None
    agent_kind: str
    agent_id: UUID
    institution_id: UUID | None
    detail: bytes
    salt: bytes
    commitment: bytes
    link: bytes
    """Also the chain's new head."""


class Writing(NamedTuple):
    """An event to be written if its chain is still as it was read."""

    sealed: SealedEvent
    consent_version: int
    """As read with the chain."""
    changes_consent: bool = False
    """Also count a new version of the resident's consents."""


class Pending(NamedTuple):
    """An event that waits for its leaf in the tree."""

    resident_id: UUID
    number: int
    commitment: bytes


class UnknownChain(NotFound):
    """There is no log for this resident here."""


class ChainMoved(Conflict):
    """Other events were logged for this resident at the same moment; try again."""


class LogDamaged(HealthCodeError):
    """The log's files are not what its checkpoint promises."""

    code = "log-damaged"


class LogRolledBack(HealthCodeError):
    """The log's files are older than the database; sequencing would fork the log."""

    code = "log-rolled-back"
