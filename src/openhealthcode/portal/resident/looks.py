"""The log in plain sentences: what belongs together is one line, machines stand apart.

Pure: lines of the log in, views out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from openhealthcode.access import LogLine
from openhealthcode.audit import Action, AgentKind, Outcome
from openhealthcode.consent import Because, ConsentKind
from openhealthcode.consent.erasure import ErasureAnswer
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.portal.resident.views import LooksView, LookView, PersonView
from openhealthcode.standards import CodeUse, PurposeOfUse, Scene

_PEOPLE: Final[Mapping[str, str]] = {
    Action.RESIDENT_IDENTIFY: "identified",
    Action.RESIDENT_MATCH: "matched",
    Action.CONSENT_ASK: "asked",
    Action.CONSENT_READ: "consent-read",
    Action.DECISION_EXAMINE: "decision-examined",
    Action.LEAK_TRACE: "leak-traced",
    Action.RECORD_SEAL: "sealed",
    Action.RECORD_UNSEAL: "unsealed",
    Action.LOG_EXAMINE: "log-examined",
    Action.BREACH_NOTIFY: "leak-told",
    Action.PHONE_BIND: "bound",
    Action.PHONE_UNBIND: "unbound",
    Action.CODE_REISSUE: "code-reissued",
    Action.CARD_ISSUE: "card-printed",
    Action.CARD_TAKE_BACK: "card-taken-back",
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
    Action.RECORD_DELETE: "deleted",
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
    Action.LINK_OPEN: "link-opened",
    Action.RECORD_EXPIRE: "expired",
    Action.LOG_SHOW: "log-shown",
    Action.CONSENT_WITHDRAW: "withdrawn-at-counter",
    Action.LOOK_ANSWER: "look-answer-explained",
    Action.STAFF_TIE: "staff-tied",
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
    Action.USE_SWITCH_ON: "own-use-on",
    Action.USE_SWITCH_OFF: "own-use-off",
    Action.CARD_LINK: "own-card-linked",
    Action.CARD_UNLINK: "own-card-unlinked",
    Action.PASSKEY_ADD: "own-passkey-added",
    Action.PASSKEY_REMOVE: "own-passkey-removed",
    Action.CODE_CERTIFY: "own-codes-fetched",
    Action.CODE_TAKE_BACK: "own-codes-taken-back",
    Action.CARD_ISSUE: "own-card-printed",
    Action.CARD_TAKE_BACK: "own-card-taken-back",
    Action.PIN_ENTER: "own-pin-wrong",
    Action.PIN_SET: "own-pin-set",
    Action.CONSENT_RESTRICT: "own-restrict",
    Action.CONSENT_LIFT: "own-lift",
    Action.RECORD_HIDE: "own-hide",
    Action.RECORD_REVEAL: "own-reveal",
    Action.EMERGENCY_CHOOSE: "own-emergency",
    Action.SHOWING_CHOOSE: "own-showing",
    Action.EMERGENCY_CARRY: "own-carry",
    Action.HEALTH_CARD_MAKE: "own-health-card",
    Action.HEALTH_CARD_REVOKE: "own-health-card-revoked",
    Action.LINK_MAKE: "own-link",
    Action.LINK_REVOKE: "own-link-revoked",
    Action.COLLECTION_CHOOSE: "own-collection",
    Action.CONTACT_NAME: "own-contact-named",
    Action.CONTACT_REMOVE: "own-contact-removed",
    Action.REPRESENTATION_APPOINT: "own-representative",
    Action.REPRESENTATION_REVOKE: "own-representative-ended",
    Action.REPRESENTATION_WISH: "own-wish",
    Action.REPRESENTATION_ACT: "own-turned",
    Action.LOOK_REPORT: "own-asked-who",
    Action.NOTICES_CHOOSE: "own-notices",
    Action.LOOK_CONTEST: "own-contested",
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
    Action.LOOK_REPORT: "acted-asked-who",
    Action.NOTICES_CHOOSE: "acted-notices",
    Action.LOOK_CONTEST: "acted-asked-who",
}
"""What somebody did who acts for the resident."""
_SHOWN_AS: Final[Mapping[str, str]] = {
    "counter": "card-seen",
    "printed": "identified-by-card",
    "temporary": "identified-by-card",
    "short": "identified-by-short",
    "national-card": "identified-by-national-card",
}
"""What was shown in place of the phone's code."""
_ENDED_BY: Final[Mapping[tuple[str, str], str]] = {
    (Action.CONSENT_WITHDRAW, AgentKind.SYSTEM): "given-back",
    (Action.CONSENT_WITHDRAW, AgentKind.PLATFORM): "outdated",
    (Action.RECORD_UNSEAL, AgentKind.PLATFORM): "unsealed-over",
}
"""How a consent ended that nobody took back, and a seal that nobody lifted."""
_WITHOUT_ITEMS: Final = (
    Action.RECORD_FILE,
    Action.RECORD_DELETE,
    Action.RECORD_EXPIRE,
    Action.RECORD_RELABEL,
)
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
    acted = line.agent_kind in {AgentKind.REPRESENTATIVE, AgentKind.LINK}
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
        accepted_at=_accepted_at(line),
        because=_because(line),
        is_override=_is_override(line),
        has_items=bool(look.entry_ids) and line.action not in _WITHOUT_ITEMS,
        withdrawable=next(iter(standing), None),
        is_intact=all(event.is_intact for event in look.lines),
        may_ask=is_person and line.action not in {Action.RECORD_FILE, Action.RECORD_DELETE},
    )


def _who(line: LogLine, known: Acquaintances) -> PersonView:
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return known.representative(line.agent_id)
    if line.agent_kind == AgentKind.LINK:
        return PersonView(name=str(line.detail.get("recipient", "")), institution="")
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
    if line.action == Action.CONSENT_GRANT and "presentation" in line.detail:
        return "own-grant-by-showing"
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
    if line.action == Action.CODE_USE:
        return _used(line)
    if line.action == Action.LOOK_ANSWER:
        return _answered(line)
    if line.action == Action.BREACH_TAKE_BACK:
        return "-".join(["codes-taken-back", *sorted(line.detail.get("codes", ()))])
    return _by_whom_or_how(line) or _PEOPLE.get(line.action, "other")


def _by_whom_or_how(line: LogLine) -> str:
    """What is said otherwise by who did it, or how it went; else empty."""
    if line.action == Action.CONTACT_SHOW and line.outcome == Outcome.REFUSED:
        return "contacts-refused"
    if (line.action, line.agent_kind) in _ENDED_BY:
        return _ENDED_BY[line.action, line.agent_kind]
    if line.action == Action.CONSENT_ASK and line.agent_kind == AgentKind.SYSTEM:
        return "proposed"
    if line.action == Action.LINK_OPEN and line.outcome == Outcome.REFUSED:
        return "link-refused"
    if line.action == Action.ERASURE_ATTEST:
        return f"erasure-{line.detail.get('answer', ErasureAnswer.ERASED)}"
    return _shown_as(line) if line.action == Action.RESIDENT_IDENTIFY else ""


def _shown_as(line: LogLine) -> str:
    if line.detail.get("spliced"):
        return "national-card-spliced"
    if line.detail.get("spent"):
        return "shown-again"
    if "accepted" in line.detail:
        return _handed_in(line)
    counter = "counter" if line.detail.get("counter") else ""
    return _SHOWN_AS.get(counter or str(line.detail.get("by")), "")


def _handed_in(line: LogLine) -> str:
    """What a desk accepted without network and told the region later."""
    if line.outcome == Outcome.REFUSED:
        return "handed-in-revoked"
    return "handed-in-doubled" if line.detail.get("doubled") else "handed-in"


def _answered(line: LogLine) -> str:
    """What came of the resident's question about somebody."""
    if line.detail.get("late"):
        return "look-answer-late"
    return f"look-answer-{line.detail.get('verdict', 'explained')}"


def _accepted_at(line: LogLine) -> datetime | None:
    accepted = line.detail.get("accepted")
    return datetime.fromtimestamp(accepted, UTC) if isinstance(accepted, int) else None


def _used(line: LogLine) -> str:
    """For what a terminal used the code, of what it was given."""
    if line.outcome == Outcome.REFUSED:
        return "used-refused"
    given = [use for use in CodeUse if use in line.detail.get("uses", ())]
    if CodeUse.EMERGENCY in given:
        return "used-emergency"
    return f"used-{'-'.join(given)}" if given else "used-nothing"


def _because(line: LogLine) -> str:
    """Why it was decided so; empty in lines of a release that did not say."""
    said = str(line.detail.get("because", ""))
    return said if said in set(Because) else ""


def _looked(look: Look) -> str:
    if look.newest.action == Action.BREAK_GLASS and look.newest.outcome == Outcome.REFUSED:
        return "override-refused"
    if _is_override(look.newest):
        return "override" if look.reason else "override-continued"
    if _is_comparison(look.newest):
        return "compared" if look.entry_ids else "compared-nothing"
    if look.newest.outcome == Outcome.REFUSED:
        return "refused"
    if look.newest.agent_kind == AgentKind.SYSTEM:
        return "read"
    return "consent"


def _is_comparison(line: LogLine) -> bool:
    """Whether a system looked only because it filed an order; a clinician's belongs to the visit."""
    return line.agent_kind == AgentKind.SYSTEM and line.detail.get("ordering") is True


def _is_override(line: LogLine) -> bool:
    return line.action in _OVERRIDE or (
        line.action == Action.RECORD_DISCLOSE and line.purpose in _OVERRIDE
    )


def _kind(line: LogLine) -> str:
    if line.agent_kind in {AgentKind.REPRESENTATIVE, AgentKind.LINK}:
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
        return (line.agent_id, consents, _is_comparison(line))
    if line.agent_kind == AgentKind.REPRESENTATIVE:
        return (line.agent_id, line.action, line.at.date())
    return line.number
