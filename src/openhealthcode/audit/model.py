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
    LINK = "link"
    """Whoever holds a link the resident made; the id is that of the link."""


class Action(StrEnum):
    """The whole vocabulary of the log, ``subject.verb``. A word once used keeps its meaning."""

    RESIDENT_REGISTER = "resident.register"
    RESIDENT_CORRECT = "resident.correct"
    DELIVERY_EXAMINE = "delivery.examine"
    """A registrar read whom a delivery is about that waits for its ID number; in the region's own log."""
    DELIVERY_ANSWER = "delivery.answer"
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
    CARD_ISSUE = "card.issue"
    """A card or a temporary code was printed; every one from before is worthless."""
    CARD_TAKE_BACK = "card.take-back"
    CODE_CERTIFY = "code.certify"
    """A phone fetched codes to be shown without network."""
    CODE_TAKE_BACK = "code.take-back"
    CARD_LINK = "national-card.link"
    """The resident let the national electronic health card identify them here."""
    CARD_UNLINK = "national-card.unlink"
    IDENTITY_COMPARE = "identity.compare"
    """Somebody's entry was compared with another that may be the same person's."""
    IDENTITY_DISMISS = "identity.dismiss"
    """A registration that contradicts somebody's entry was looked into and not followed."""
    IDENTITY_READ = "identity.read"
    """How an entry came about was shown at a counter."""
    CODE_USE = "code.use"
    """A certified terminal asked for uses of a code: which, and which were given."""
    USE_SWITCH_ON = "use.switch-on"
    """The resident let a partner take part; the partner was told what the event says."""
    USE_SWITCH_OFF = "use.switch-off"
    PASSKEY_ADD = "passkey.add"
    PASSKEY_REMOVE = "passkey.remove"
    PIN_SET = "pin.set"
    PIN_ENTER = "pin.enter"
    PRESENCE_EXAMINE = "presence.examine"
    RECORD_FILE = "record.file"
    RECORD_DELETE = "record.delete"
    """An institution marked entries of its own as deleted; what they said stays till it is over."""
    RECORD_DISCLOSE = "record.disclose"
    RECORD_PREVIEW = "record.preview"
    RECORD_OWN_VIEW = "record.own-view"
    RECORD_COPY = "record.copy"
    RECEIPT_KEEP = "receipt.keep"
    RECORD_RELABEL = "record.relabel"
    LOG_OWN_VIEW = "log.own-view"
    LOG_SHOW = "log.show"
    GROUP_APPROVE = "group.approve"
    """The region's own: an institution may ask for the records of a group."""
    GROUP_END = "group.end"
    """The region's own: that was taken back."""
    LOG_GAP = "log.gap"
    """The region's own: a restored database lacks events whose leaves were published."""
    CONSENT_ASK = "consent.ask"
    CONSENT_GRANT = "consent.grant"
    CONSENT_REFUSE = "consent.refuse"
    CONSENT_WITHDRAW = "consent.withdraw"
    CONSENT_RESTRICT = "consent.restrict"
    CONSENT_LIFT = "consent.lift"
    CONSENT_READ = "consent.read"
    DECISION_EXAMINE = "decision.examine"
    LEAK_TRACE = "leak.trace"
    """A found file was traced: here that the log was read, in the region's own what came of it."""
    RECORD_HIDE = "record.hide"
    RECORD_REVEAL = "record.reveal"
    RECORD_SEAL = "record.seal"
    """By order of a supervisor, closed to all but its resident and emergency care."""
    RECORD_UNSEAL = "record.unseal"
    SEAL_ORDER = "seal.order"
    """The region's own: records are sealed by an order, which is lifted by two persons."""
    SEAL_LIFT = "seal.lift"
    BREACH_STEP = "breach.step"
    """The region's own: what was done about a leak, step by step."""
    BREACH_NOTIFY = "breach.notify"
    """The resident was told of a leak that concerns them, in the words of the event (PIPL 57)."""
    BREACH_TAKE_BACK = "breach.take-back"
    """Codes of a resident whom a leak concerns were taken back: on paper, as certificates, on phones."""
    AGREEMENT_STEP = "agreement.step"
    """The region's own: what handlers agreed was proposed, signed or suspended."""
    LOG_EXAMINE = "log.examine"
    """A supervisor read from a resident's log who was shown the record; nothing of the record."""
    ERASURE_READ = "erasure.read"
    ERASURE_ATTEST = "erasure.attest"
    BREAK_GLASS = "access.break-glass"
    EMERGENCY_CHOOSE = "emergency.choose"
    SHOWING_CHOOSE = "showing.choose"
    """The resident chose whether showing the code to a counter that asks is a consent."""
    EMERGENCY_CARRY = "emergency.carry"
    HEALTH_CARD_MAKE = "health-card.make"
    HEALTH_CARD_REVOKE = "health-card.revoke"
    LINK_MAKE = "link.make"
    LINK_OPEN = "link.open"
    """Somebody who holds a link opened it, or tried a wrong passcode."""
    LINK_REVOKE = "link.revoke"
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
    RESIDENT_PROTECT = "resident.protect"
    """The region's own: looks at somebody are to be watched closely, asked by one and confirmed by another."""
    STAFF_TIE = "staff.tie"
    """The personnel list says that this resident is one of the staff."""
    NOTICES_CHOOSE = "notices.choose"
    """What the resident wants to be told of looks."""
    LOOK_REPORT = "look.report"
    """The resident does not know somebody who is in their log."""
    LOOK_CONTEST = "look.contest"
    """The resident does not accept what they were answered."""
    LOOK_ANSWER = "look.answer"
    """The platform tells the resident what came of their report, or that it is late."""
    CASE_OPEN = "case.open"
    """A case about accesses that look wrong; this and its steps stand in the region's own log."""
    CASE_TAKE = "case.take"
    CASE_HEAR = "case.hear"
    CASE_ANSWER = "case.answer"
    CASE_JUDGE = "case.judge"
    CASE_CONFIRM = "case.confirm"
    CASE_OBJECT = "case.object"
    CASE_APPEAL = "case.appeal"
    CASE_SUSPEND = "case.suspend"
    CASE_LIFT = "case.lift"
    ALERT_DISMISS = "alert.dismiss"
    """An officer found that a warning means nothing."""
    RULES_PROPOSE = "rules.propose"
    """Another edition of the rules of the early warning."""
    RULES_DECIDE = "rules.decide"
    TRUST_PUBLISH = "trust.publish"
    """A list of those who may sign codes was taken over; in the region's own log."""


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


class EventsLost(HealthCodeError):
    """The database lacks events that were published; `ohc gap` records that, and it serves again."""

    code = "events-lost"

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        """How many leaves have no event here."""


class LogRolledBack(HealthCodeError):
    """The log's files are older than the database; sequencing would fork the log."""

    code = "log-rolled-back"
