"""The log in plain sentences: what belongs together is one line, machines stand apart.

Pure: lines of the log in, views out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from openhealthcode.access import LogLine
from openhealthcode.audit import Action, AgentKind, Outcome
from openhealthcode.consent import Because, ConsentKind
from openhealthcode.consent.erasure import ErasureAnswer
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.views import LooksView, LookView, PersonView
from openhealthcode.standards import PurposeOfUse, Scene

_PEOPLE: Final[Mapping[str, str]] = {
    Action.RESIDENT_IDENTIFY: "identified",
    Action.RESIDENT_MATCH: "matched",
    Action.CONSENT_ASK: "asked",
    Action.CONSENT_READ: "consent-read",
    Action.DECISION_EXAMINE: "decision-examined",
    Action.PHONE_BIND: "bound",
    Action.PHONE_UNBIND: "unbound",
    Action.CODE_REISSUE: "code-reissued",
    Action.IDENTITY_COMPARE: "entry-compared",
    Action.IDENTITY_DISMISS: "entry-dismissed",
    Action.IDENTITY_READ: "entry-read",
    Action.PIN_ENTER: "pin-wrong",
    Action.PIN_SET: "pin-set-counter",
    Action.PRESENCE_EXAMINE: "presence-examined",
    Action.RECEIPT_KEEP: "receipt-kept",
    Action.CERTIFICATE_SUPERSEDE: "certificate-superseded",
    Action.CONSENT_GRANT: "assisted-grant",
    Action.CONSENT_REFUSE: "assisted-refuse",
    Action.RECORD_FILE: "filed",
    Action.OVERRIDE_EXAMINE: "override-examined",
    Action.ERASURE_READ: "erasure-read",
    Action.CONTACT_SHOW: "contacts-shown",
    Action.RECORD_RELABEL: "relabelled",
    Action.RIGHTS_READ: "right-read",
    Action.RIGHTS_ANSWER: "right-answer",
    Action.RESIDENT_REGISTER: "registered",
    Action.RESIDENT_CORRECT: "corrected",
    Action.RESIDENT_MERGE: "merged",
    Action.RESIDENT_UNMERGE: "unmerged",
    Action.RESIDENT_KEEP_APART: "kept-apart",
    Action.RESIDENT_RELATE: "related",
    Action.COLLECTION_CHOOSE: "collection-chosen",
    Action.REPRESENTATION_APPOINT: "representative-appointed",
    Action.REPRESENTATION_REVOKE: "representative-ended",
    Action.REPRESENTATION_READ: "representative-read",
    Action.DEATH_REGISTER: "death",
    Action.DEATH_TAKE_BACK: "death-taken-back",
    Action.RECORD_EXPIRE: "expired",
    Action.LOG_SHOW: "log-shown",
    Action.CONSENT_WITHDRAW: "withdrawn-at-counter",
}
_OWN: Final[Mapping[str, str]] = {
    Action.RESIDENT_SIGN_IN: "own-sign-in",
    Action.RECORD_PREVIEW: "own-view",
    Action.RECORD_OWN_VIEW: "own-view",
    Action.RECORD_COPY: "own-copy",
    Action.ACCOUNT_CLOSE: "own-close",
    Action.RIGHTS_EXERCISE: "own-right",
    Action.LOG_OWN_VIEW: "own-log",
    Action.CONSENT_GRANT: "own-grant",
    Action.CONSENT_REFUSE: "own-refuse",
    Action.CONSENT_WITHDRAW: "own-withdraw",
    Action.PIN_ENTER: "own-pin-wrong",
    Action.PIN_SET: "own-pin-set",
    Action.CONSENT_RESTRICT: "own-restrict",
    Action.CONSENT_LIFT: "own-lift",
    Action.RECORD_HIDE: "own-hide",
    Action.RECORD_REVEAL: "own-reveal",
    Action.EMERGENCY_CHOOSE: "own-emergency",
    Action.EMERGENCY_CARRY: "own-carry",
    Action.COLLECTION_CHOOSE: "own-collection",
    Action.CONTACT_NAME: "own-contact-named",
    Action.CONTACT_REMOVE: "own-contact-removed",
    Action.REPRESENTATION_APPOINT: "own-representative",
    Action.REPRESENTATION_REVOKE: "own-representative-ended",
    Action.REPRESENTATION_WISH: "own-wish",
    Action.REPRESENTATION_ACT: "own-turned",
}
_AT_THE_CLINIC: Final[Mapping[str, str]] = {
    Action.CONSENT_GRANT: "own-grant-here",
    Action.CONSENT_REFUSE: "own-refuse-here",
}
"""What the resident answered on the clinic's device."""
_ACTED: Final[Mapping[str, str]] = {
    Action.RECORD_PREVIEW: "acted-view",
    Action.RECORD_OWN_VIEW: "acted-view",
    Action.RECORD_COPY: "acted-copy",
    Action.ACCOUNT_CLOSE: "acted-close",
    Action.RIGHTS_EXERCISE: "acted-right",
    Action.LOG_OWN_VIEW: "acted-log",
    Action.CONSENT_GRANT: "acted-grant",
    Action.CONSENT_REFUSE: "acted-refuse",
    Action.CONSENT_WITHDRAW: "acted-withdraw",
    Action.CONSENT_RESTRICT: "acted-restrict",
    Action.CONSENT_LIFT: "acted-lift",
    Action.EMERGENCY_CHOOSE: "acted-emergency",
    Action.EMERGENCY_CARRY: "acted-emergency",
    Action.COLLECTION_CHOOSE: "acted-collection",
    Action.CONTACT_NAME: "acted-contact",
    Action.CONTACT_REMOVE: "acted-contact",
    Action.REPRESENTATION_ACT: "acted-turned",
}
"""What somebody did who acts for the resident."""
_ENDED_BY: Final[Mapping[str, str]] = {
    AgentKind.SYSTEM: "given-back",
    AgentKind.PLATFORM: "outdated",
}
"""How a consent ended that nobody took back."""
_WITHOUT_ITEMS: Final = (Action.RECORD_FILE, Action.RECORD_EXPIRE, Action.RECORD_RELABEL)
"""What came in or was closed is in the record, and what is over is gone: nothing to list."""

_OVERRIDE: Final = (Action.BREAK_GLASS.value, PurposeOfUse.EMERGENCY.value)


@dataclass(frozen=True, slots=True)
class Look:
    """Events that one person made of one thing, newest first."""

    lines: tuple[LogLine, ...]

    @property
    def newest(self) -> LogLine:
        """The event the look is known by."""
        return self.lines[0]

    @property
    def entry_ids(self) -> frozenset[UUID]:
        """Which entries were seen or filed, in all events together."""
        return frozenset(
            UUID(bytes=item[0]) for line in self.lines for item in line.detail.get("items", ())
        )

    @property
    def reason(self) -> str:
        """Why the glass was broken, in the practitioner's words; else empty."""
        return next(
            (str(line.detail["reason"]) for line in self.lines if "reason" in line.detail), ""
        )


def together(lines: Iterable[LogLine]) -> list[Look]:
    """Events of one person under the same consents are one look; others stand alone."""
    looks: dict[object, list[LogLine]] = {}
    for line in lines:
        looks.setdefault(_belongs_to(line), []).append(line)
    return [Look(tuple(events)) for events in looks.values()]


def looks_view(
    looks: Sequence[Look], known: Acquaintances, in_force: frozenset[UUID], older: str
) -> LooksView:
    """The page: people, the resident's own steps, machines."""
    kinds: dict[str, list[LookView]] = {"people": [], "own": [], "machine": []}
    for look in looks:
        kinds[_kind(look.newest)].append(_view(look, known, in_force))
    return LooksView(
        people=tuple(kinds["people"]),
        own=tuple(kinds["own"]),
        machine=tuple(kinds["machine"]),
        lines=sum(len(look.lines) for look in looks),
        older=older,
    )


def _view(look: Look, known: Acquaintances, in_force: frozenset[UUID]) -> LookView:
    line = look.newest
    is_person = line.agent_kind == AgentKind.PRACTITIONER
    is_system = line.agent_kind == AgentKind.SYSTEM
    acted = line.agent_kind == AgentKind.REPRESENTATIVE
    standing = _consents(line) & in_force if is_person else frozenset()
    return LookView(
        number=line.number,
        at=line.at,
        sentence=_sentence(look),
        person=_who(line, known) if is_person or is_system or acted else None,
        scene=Scene(line.scene) if line.scene in set(Scene) else None,
        count=len(look.entry_ids),
        times=sum(event.action == Action.RECORD_DISCLOSE for event in look.lines),
        reason=look.reason,
        because=_because(line),
        is_override=_is_override(line),
        has_items=bool(look.entry_ids) and line.action not in _WITHOUT_ITEMS,
        withdrawable=next(iter(standing), None),
        is_intact=all(event.is_intact for event in look.lines),
    )


def _who(line: LogLine, known: Acquaintances) -> PersonView:
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return known.representative(line.agent_id)
    return known.person(line.agent_id, line.institution_id)


def _sentence(look: Look) -> str:
    line = look.newest
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return _ACTED.get(line.action, "acted-other")
    return _own_sentence(line) if line.agent_kind == AgentKind.RESIDENT else _others(look)


def _own_sentence(line: LogLine) -> str:
    ahead = line.detail.get("kind") in {ConsentKind.STANDING, ConsentKind.FAMILY_DOCTOR}
    if line.action == Action.CONSENT_GRANT and ahead:
        return "own-grant-ahead"
    if line.detail.get("terminal"):
        return _AT_THE_CLINIC.get(line.action, "other")
    return _OWN.get(line.action, "other")


def _others(look: Look) -> str:
    line = look.newest
    if line.action in {Action.RECORD_DISCLOSE, Action.BREAK_GLASS}:
        return _looked(look)
    if line.action == Action.OVERRIDE_REVIEW:
        objected = line.detail.get("judgement") == "objected"
        return "override-objected" if objected else "override-confirmed"
    return _by_whom_or_how(line) or _PEOPLE.get(line.action, "other")


def _by_whom_or_how(line: LogLine) -> str:
    """What is said otherwise by who did it, or how it went; else empty."""
    if line.action == Action.CONTACT_SHOW and line.outcome == Outcome.REFUSED:
        return "contacts-refused"
    if line.action == Action.CONSENT_WITHDRAW:
        return _ENDED_BY.get(line.agent_kind, _PEOPLE[line.action])
    if line.action == Action.CONSENT_ASK and line.agent_kind == AgentKind.SYSTEM:
        return "proposed"
    if line.action == Action.ERASURE_ATTEST:
        return f"erasure-{line.detail.get('answer', ErasureAnswer.ERASED)}"
    if line.action == Action.RESIDENT_IDENTIFY and line.detail.get("counter"):
        return "card-seen"
    return ""


def _because(line: LogLine) -> str:
    """Why it was decided so; empty in lines of a release that did not say."""
    said = str(line.detail.get("because", ""))
    return said if said in set(Because) else ""


def _looked(look: Look) -> str:
    if look.newest.action == Action.BREAK_GLASS and look.newest.outcome == Outcome.REFUSED:
        return "override-refused"
    if _is_override(look.newest):
        return "override" if look.reason else "override-continued"
    if look.newest.outcome == Outcome.REFUSED:
        return "refused"
    if look.newest.agent_kind == AgentKind.SYSTEM:
        return "read"
    return "consent"


def _is_override(line: LogLine) -> bool:
    return line.action in _OVERRIDE or (
        line.action == Action.RECORD_DISCLOSE and line.purpose in _OVERRIDE
    )


def _kind(line: LogLine) -> str:
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return "people"
    if line.agent_kind == AgentKind.PRACTITIONER and line.action != Action.RECORD_FILE:
        return "people"
    return "own" if line.agent_kind == AgentKind.RESIDENT else "machine"


def _consents(line: LogLine) -> frozenset[UUID]:
    one = [line.detail["consent"]] if "consent" in line.detail else []
    return frozenset(UUID(bytes=found) for found in (*line.detail.get("consents", ()), *one))


def _belongs_to(line: LogLine) -> object:
    consents = _consents(line)
    if line.action in {Action.RECORD_DISCLOSE, Action.BREAK_GLASS} and consents:
        return (line.agent_id, consents)
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return (line.agent_id, line.action, line.at.date())
    return line.number
