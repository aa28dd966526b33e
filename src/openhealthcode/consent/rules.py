"""Decide what a consent allows. Pure functions: no clock, no database, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from sys import maxsize
from typing import Final

from openhealthcode.consent.model import (
    AccessRequest,
    Ask,
    ConsentKind,
    Decision,
    EntryFacts,
    Manner,
    Provision,
    Provisions,
    Refusal,
    Rule,
    Terms,
    Uses,
    Verdict,
)
from openhealthcode.standards import (
    InvalidInput,
    PurposeOfUse,
    RecordCategory,
    SensitiveCategory,
)
from openhealthcode.standards.ids import ConsentId, InstitutionId, PractitionerId

LONGEST_CONSENT = timedelta(hours=24)
USE_LASTS: Final = timedelta(hours=4)
"""A visit: what begins a use covers the same person's looks for so long."""
MOST_USES: Final = 99
_NONE: Final[frozenset[ConsentId]] = frozenset()
_THEIR_OWN: Final = frozenset({PurposeOfUse.RESIDENT_REQUEST, PurposeOfUse.FAMILY_REQUEST})
UNTIL_LIFTED: Final = datetime(9999, 1, 1, tzinfo=UTC)
LONGEST_DAYS: Final[Mapping[ConsentKind, int]] = {
    ConsentKind.STANDING: 366,
    ConsentKind.FAMILY_DOCTOR: 3 * 366,
}
"""How long a consent given ahead of any visit may last; contracts with family doctors run for
one to three years."""


def decide(request: AccessRequest, provisions: Iterable[Provision]) -> Decision:
    """Weigh a request against everything the resident has said.

    Nothing is shown unless a provision in force permits it, and one refusal in force outweighs
    any number of permissions. The order of ``provisions`` does not matter; ``Provisions`` are
    decided by faster than others.

    Source: IHE PCF 1.1, Consent Authorization Server; PIPL art. 13-15, 29.
    """
    if isinstance(provisions, Provisions):
        provisions = provisions.bearing_on(request)
    permits: list[Provision] = []
    denials: list[Provision] = []
    for provision in provisions:
        if _applies(provision, request):
            if provision.rule is Rule.DENY:
                denials.append(provision)
            elif provision.categories and (
                provision.uses is None or _is_left(provision.uses, request)
            ):
                permits.append(provision)
    return Decision(tuple(permits), tuple(denials))


def begins_uses(decision: Decision, request: AccessRequest) -> frozenset[ConsentId]:
    """The consents of which this look begins a use; whatever entries there are, so that none shows.

    ``access`` notes them in the transaction that logs the look.
    """
    limited = [permit for permit in decision.permits if permit.uses is not None]
    if not limited:
        return _NONE
    return frozenset(
        permit.consent_id
        for permit in limited
        if permit.uses is not None and not _is_under_way(permit.uses, request)
    )


def _is_left(uses: Uses, request: AccessRequest) -> bool:
    return len(uses.made) < uses.allowed or _is_under_way(uses, request)


def _is_under_way(uses: Uses, request: AccessRequest) -> bool:
    """Whether a look belongs to a use that the same person began."""
    return any(by == request.used_by and at <= request.at < at + USE_LASTS for by, at in uses.made)


def shows(decision: Decision, entry: EntryFacts) -> bool:
    """Whether this entry may be shown.

    An entry that carries closed kinds is shown only under a permission that opens each of them.
    """
    verdict = weigh(decision, entry.category, entry.sensitive)
    return is_shown(verdict, entry.day, entry.filed_number)


def weigh(
    decision: Decision, category: RecordCategory | None, sensitive: frozenset[SensitiveCategory]
) -> Verdict:
    """The provisions that bear on every entry of this category that carries these closed kinds.

    Most entries of a record share a few pairs of both, so that this is done once for each pair.
    """
    if category is None:
        return Verdict((), (), -1)
    permits = tuple(
        p for p in decision.permits if category in p.categories and sensitive <= p.sensitive
    )
    denials = tuple(
        d for d in decision.denials if category in d.categories or sensitive & d.sensitive
    )
    return Verdict(permits, denials, -1 if denials else _shown_up_to(permits))


def _shown_up_to(permits: Iterable[Provision]) -> int:
    """Up to which number these permissions show everything without a look at its day."""
    on_any_day = [p.up_to_number for p in permits if p.from_day is None and p.until_day is None]
    return max((maxsize if number is None else number for number in on_any_day), default=-1)


def is_shown(verdict: Verdict, day: date | None, filed_number: int) -> bool:
    """Whether an entry of that day, filed by that event, may be shown.

    An unknown day is never inside the days that were allowed, and always inside those refused.
    """
    for denial in verdict.denials:
        if _covers(denial, day, filed_number, unknown_day=True):
            return False
    for permit in verdict.permits:  # noqa: SIM110 - the hottest loop there is; a generator costs
        if _covers(permit, day, filed_number, unknown_day=False):
            return True
    return False


def shortened(ask: Ask, lifetime_seconds: int | None) -> Ask:
    """The same request for as long as the resident chose, never longer than was asked for.

    Raises:
        InvalidInput: for no time at all.
    """
    if lifetime_seconds is None:
        return ask
    if lifetime_seconds <= 0:
        raise InvalidInput("a consent lasts for some time")
    return replace(ask, lifetime_seconds=min(ask.lifetime_seconds, lifetime_seconds))


def provisions_of_an_answer(
    ask: Ask,
    *,
    consent_id: ConsentId,
    institution_id: InstitutionId,
    practitioner_id: PractitionerId | None,
    allowed: frozenset[RecordCategory],
    previewed_number: int,
    with_what_is_added: bool,
    at: datetime,
) -> tuple[Provision, ...]:
    """The provisions that say exactly what the resident answered.

    Never more than was asked for, never longer than 24 hours, only for whoever asked, and
    only what was filed up to the preview unless the resident added what comes during the visit.
    """
    return (
        Provision(
            consent_id=consent_id,
            rule=Rule.PERMIT,
            purpose=ask.purpose,
            categories=allowed & ask.categories,
            institution_id=institution_id,
            practitioner_id=practitioner_id,
            manner=ask.manner,
            up_to_number=None if with_what_is_added else previewed_number,
            start_at=at,
            end_at=at + min(timedelta(seconds=ask.lifetime_seconds), LONGEST_CONSENT),
        ),
    )


def check_terms(terms: Terms) -> None:
    """Refuse terms that no consent can have.

    Raises:
        InvalidInput: nothing allowed, no or too long a time, or a recipient named twice over.
    """
    if not terms.categories:
        raise InvalidInput("nothing was allowed")
    if not 0 < terms.days <= LONGEST_DAYS.get(terms.kind, 0):
        raise InvalidInput("such a consent lasts from one day to the longest of its kind")
    if bool(terms.sensitive) is not (terms.added_to is not None):
        raise InvalidInput("sensitive matters are opened by a consent of their own")
    if terms.uses is not None and not 0 < terms.uses <= MOST_USES:
        raise InvalidInput("a consent is for one visit to ninety-nine, or for all there are")
    if terms.department is not None and terms.practitioner_id is not None:
        raise InvalidInput("a consent names a department or a person, not both")


def provisions_of_terms(
    terms: Terms, *, consent_id: ConsentId, at: datetime
) -> tuple[Provision, ...]:
    """The provision that says exactly these terms: for care, from now on, new entries included."""
    return (
        Provision(
            consent_id=consent_id,
            rule=Rule.PERMIT,
            purpose=PurposeOfUse.TREATMENT,
            categories=terms.categories,
            sensitive=terms.sensitive,
            institution_id=terms.institution_id,
            practitioner_id=terms.practitioner_id,
            department=terms.department,
            manner=terms.manner,
            start_at=at,
            end_at=at + timedelta(days=terms.days),
            uses=Uses(terms.uses) if terms.uses is not None else None,
        ),
    )


def check_refusal(refusal: Refusal) -> None:
    """Refuse what closes nothing, or names a recipient twice over.

    Raises:
        InvalidInput: which of them.
    """
    if not refusal.categories and not refusal.sensitive:
        raise InvalidInput("nothing was closed")
    if refusal.institution_kind is not None and refusal.institution_id is not None:
        raise InvalidInput("a refusal names an institution or a kind of institution, not both")
    if refusal.department is not None and refusal.practitioner_id is not None:
        raise InvalidInput("a refusal names a department or a person, not both")
    if refusal.institution_id is None and (refusal.department or refusal.practitioner_id):
        raise InvalidInput("a department or a person is named with the institution")


def provisions_of_a_refusal(
    refusal: Refusal, *, consent_id: ConsentId, at: datetime
) -> tuple[Provision, ...]:
    """A denial for each purpose others may have, until it is lifted; the residents' own stays."""
    purposes = [purpose for purpose in PurposeOfUse if purpose not in _THEIR_OWN]
    if not refusal.in_emergencies:
        purposes.remove(PurposeOfUse.EMERGENCY)
    return tuple(
        Provision(
            consent_id=consent_id,
            rule=Rule.DENY,
            purpose=purpose,
            categories=refusal.categories,
            sensitive=refusal.sensitive,
            institution_id=refusal.institution_id,
            practitioner_id=refusal.practitioner_id,
            department=refusal.department,
            institution_kind=refusal.institution_kind,
            start_at=at,
            end_at=UNTIL_LIFTED,
        )
        for purpose in purposes
    )


def _applies(provision: Provision, request: AccessRequest) -> bool:
    """Whether a provision is about this request.

    What is not known of the request is outside every permission and inside every refusal.
    """
    if not provision.start_at <= request.at < provision.end_at:
        return False
    refuses = provision.rule is Rule.DENY
    for limit, asked in (
        (provision.practitioner_id, request.practitioner_id),
        (provision.institution_id, request.institution_id),
        (provision.purpose, request.purpose),
        (provision.department, request.department),
        (provision.institution_kind, request.institution_kind),
    ):
        if limit is not None and limit != asked and not (refuses and asked is None):
            return False
    scenes, scene = provision.scenes, request.scene
    if scenes is not None and scene not in scenes and not (refuses and scene is None):
        return False
    enough = Manner.VIEW if refuses else Manner.KEEP
    return provision.manner is request.manner or provision.manner is enough


def _covers(
    provision: Provision, day: date | None, filed_number: int, *, unknown_day: bool
) -> bool:
    if provision.up_to_number is not None and filed_number > provision.up_to_number:
        return False
    if provision.from_day is None and provision.until_day is None:
        return True
    if day is None:
        return unknown_day
    return (provision.from_day is None or provision.from_day <= day) and (
        provision.until_day is None or day < provision.until_day
    )
