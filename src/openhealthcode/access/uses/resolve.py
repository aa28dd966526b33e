"""One scan, several uses: each terminal is answered by its role, and no two can join their answers.

The code is redeemed once, in one transaction with the log. Only after that commit are partners
asked; what they give passes through and is kept nowhere. Whoever asks for what its terminal is not
certified for gets nothing, the code stays good, the resident reads of it and the supervisor is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from openhealthcode import audit, consent, healthcode, registry, representation, trust
from openhealthcode.access.emergency import break_glass
from openhealthcode.access.lookups import AlarmKind, raise_alarm
from openhealthcode.access.national_card import tell_of_splice
from openhealthcode.access.replayed import tell_of_replay
from openhealthcode.access.uses.model import (
    BeyondRole,
    NotGiven,
    Overridden,
    PartnerRefused,
    Partners,
    PartnerToken,
    PartnerUnavailable,
    Resolved,
    Site,
    Treated,
    Wanted,
)
from openhealthcode.access.uses.switching import Binding, bindings
from openhealthcode.consent import WAITS, Ask
from openhealthcode.database import Connection, Pool, transaction
from openhealthcode.healthcode import (
    Presentation,
    Routed,
    Scan,
    ScannedKind,
    SpentCode,
    VoucherForm,
    national_card,
)
from openhealthcode.healthcode.signed import Capability, Purpose, Verified
from openhealthcode.identity import reading as identity
from openhealthcode.registry import Partner
from openhealthcode.registry.agreements import (
    Channel,
    agreed_categories,
    is_agreed,
    party_of_partner,
)
from openhealthcode.sign_in import Outbox
from openhealthcode.sign_in.systems import ProvenTerminal
from openhealthcode.standards import (
    CodeUse,
    HealthCodeError,
    InvalidInput,
    PurposeOfUse,
    Scene,
)
from openhealthcode.standards.ids import EntryId, RequestId, ResidentId
from openhealthcode.trust import Keys

_PAIRWISE_USES: Final = (CodeUse.SETTLE, CodeUse.PAY)
_PURPOSES: Final = {
    CodeUse.TREAT: PurposeOfUse.TREATMENT,
    CodeUse.EMERGENCY: PurposeOfUse.EMERGENCY,
    CodeUse.SETTLE: PurposeOfUse.PAYMENT,
    CodeUse.PAY: PurposeOfUse.PAYMENT,
}
_BITS: Final = {
    CodeUse.TREAT: Purpose.TREAT,
    CodeUse.EMERGENCY: Purpose.EMERGENCY,
    CodeUse.SETTLE: Purpose.SETTLE,
    CodeUse.PAY: Purpose.PAY,
}
_EVERY_PURPOSE: Final = Purpose.TREAT | Purpose.SETTLE | Purpose.PAY | Purpose.EMERGENCY
_SIGNED: Final = frozenset({ScannedKind.OFFLINE, ScannedKind.PRINTED, ScannedKind.TEMPORARY})


@dataclass(frozen=True, slots=True)
class _Shown:
    """A code that is good, whose it is, and how it is spent in a transaction of theirs."""

    resident_id: ResidentId
    lookup: tuple[bytes, ...]
    spend: Callable[[Connection, Scan], Awaitable[Presentation]]
    purposes: Purpose = _EVERY_PURPOSE


async def resolve(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    partners: Partners,
    asker: ProvenTerminal,
    *,
    code: str,
    uses: Collection[CodeUse],
    wanted: Wanted | None = None,
) -> Resolved:
    """Answer a terminal that scanned something.

    Args:
        outbox: for the messages an override owes.
        partners: how insurers and payment services are reached.
        asker: who asks, proven.
        code: what was scanned.
        uses: what it is to be used for, one or several.
        wanted: what a health use asks for.

    Raises:
        InvalidInput: no use.
        BeyondRole: a use the terminal is not certified for; the code is not spent.
        ForeignCode, UnreadableCode and the other answers of redeeming: as ``healthcode`` says.
        ApprovalNeeded: as ``identify``.
        TriageTooLow: as ``break_glass``.
    """
    asked = frozenset(uses)
    if not asked:
        raise InvalidInput("a question names at least one use")
    joined = await _agreed_partners(pool)
    routed = healthcode.route(code, vouchers=_forms(joined))
    if not asked <= asker.terminal.roles:
        await _refuse(pool, keys, asker, routed, asked)
    site = await _site(pool, asker)
    forwarded = _to_forward(routed, asked, joined)
    if forwarded is not None:
        return await _forward(partners, forwarded, routed, asked, site)
    question = _Question(pool, keys, outbox, partners, asker, asked, wanted or Wanted())
    try:
        shown = await _shown(pool, keys, routed, code)
        return await _answer(question, shown, joined, site)
    except SpentCode as spent:
        await tell_of_replay(pool, keys, spent.resident_id, question.scan)
        raise
    except national_card.SplicedCode as spliced:
        by = asker.terminal.terminal_id
        await tell_of_splice(pool, keys, spliced.resident_id, question.scan, by)
        raise


@dataclass(frozen=True, slots=True)
class _Question:
    """A question of a terminal that may ask it, with the parts of the program it takes."""

    pool: Pool
    keys: Keys
    outbox: Outbox
    partners: Partners
    asker: ProvenTerminal
    asked: frozenset[CodeUse]
    wanted: Wanted

    @property
    def scan(self) -> Scan:
        """What redeeming binds to."""
        first = next(use for use in CodeUse if use in self.asked)
        is_emergency = CodeUse.EMERGENCY in self.asked
        terminal = self.asker.terminal
        return Scan(
            self.asker.operator_id,
            terminal.institution_id,
            terminal.terminal_id,
            Scene.EMERGENCY if is_emergency else self.wanted.scene,
            PurposeOfUse.EMERGENCY if is_emergency else _PURPOSES[first],
        )


async def _answer(
    question: _Question, shown: _Shown, joined: Collection[Partner], site: Site
) -> Resolved:
    keys, resident_id = question.keys, shown.resident_id
    given = {use for use in question.asked if _BITS[use] & shown.purposes}
    not_given = dict.fromkeys(question.asked - given, NotGiven.NOT_IN_CODE)
    async with transaction(question.pool, resident=resident_id, lookup=shown.lookup) as connection:
        presented = await shown.spend(connection, question.scan)
        on = await bindings(connection, keys, resident_id)
        chosen = {use: _partner_of(use, joined, on) for use in _PAIRWISE_USES if use in given}
        for use, one in chosen.items():
            if one is None:
                given.discard(use)
                not_given[use] = NotGiven.NOT_SWITCHED_ON
        await _log(connection, question, resident_id, presented, given, not_given)
        treat = await _ask(connection, question, presented) if CodeUse.TREAT in given else None
    emergency = await _override(question, presented) if CodeUse.EMERGENCY in given else None
    tokens: dict[CodeUse, PartnerToken] = {}
    for use, one in chosen.items():
        if one is not None:
            partner, binding = one
            party = party_of_partner(partner.partner_id)
            await agreed_categories(question.pool, party, PurposeOfUse.PAYMENT, Channel.PARTNER)
            await _take(
                question.partners.token(partner, binding.subject, site), use, tokens, not_given
            )
    return Resolved(treat, emergency, tokens, not_given)


async def _agreed_partners(pool: Pool) -> list[Partner]:
    """The partners in service with which an agreement is in force, if one is needed."""
    found = []
    for one in await registry.partners(pool):
        party = party_of_partner(one.partner_id)
        if await is_agreed(pool, party, PurposeOfUse.PAYMENT, Channel.PARTNER):
            found.append(one)
    return found


async def _ask(connection: Connection, question: _Question, presented: Presentation) -> Treated:
    """Put the request on the phone, in the transaction that spent the code."""
    keys, wanted, resident_id = question.keys, question.wanted, presented.resident_id
    request_id: RequestId = await consent.ask(
        connection,
        keys,
        resident_id,
        Ask(
            purpose=PurposeOfUse.TREATMENT,
            scene=wanted.scene,
            categories=wanted.categories,
            lifetime_seconds=wanted.lifetime_seconds,
        ),
        presentation_id=presented.presentation_id,
        practitioner_id=presented.practitioner_id,
        institution_id=presented.institution_id,
    )
    return Treated(
        _pseudonym(keys, presented),
        keys.seal_id(resident_id, EntryId(request_id)),
        presented.presented_at + WAITS,
    )


async def _override(question: _Question, presented: Presentation) -> Overridden:
    consent_id = await break_glass(
        question.pool,
        question.keys,
        question.outbox,
        presented,
        triage_level=question.wanted.triage_level,
        reason=question.wanted.reason,
    )
    sealed = question.keys.seal_id(presented.resident_id, EntryId(consent_id))
    return Overridden(_pseudonym(question.keys, presented), sealed)


async def _log(
    connection: Connection,
    question: _Question,
    resident_id: ResidentId,
    presented: Presentation,
    given: Collection[CodeUse],
    not_given: Mapping[CodeUse, NotGiven],
) -> None:
    """Write the uses to the resident's log; of a child, under which approval."""
    approval = None
    if any(use.is_health for use in given):
        who = await identity.demographics(connection, question.keys, resident_id)
        approval = await representation.approval_for(
            connection,
            who.birth_date,
            presented.presented_at,
            presented.institution_id,
            presented.practitioner_id,
        )
    detail = {
        "uses": sorted(given),
        "not-given": {str(use): str(why) for use, why in sorted(not_given.items())},
        "terminal": presented.terminal_id.bytes,
        "presentation": presented.presentation_id.bytes,
        **({"approval": approval.bytes} if approval else {}),
    }
    await audit.append(
        connection, question.keys, resident_id, _event(question.asker, presented.purpose, detail)
    )


async def _refuse(
    pool: Pool, keys: Keys, asker: ProvenTerminal, routed: Routed, asked: frozenset[CodeUse]
) -> None:
    """Tell the supervisor, and the resident if the code says who that is; then refuse.

    Raises:
        BeyondRole: always.
    """
    terminal = asker.terminal
    await raise_alarm(pool, AlarmKind.BEYOND_ROLE, terminal.terminal_id, terminal.institution_id)
    try:
        shown = await _shown(pool, keys, routed, routed.text)
    except HealthCodeError:
        raise BeyondRole from None  # nobody's code, or none that is good: nobody to tell
    detail = {"uses": sorted(asked), "terminal": terminal.terminal_id.bytes}
    purpose = _PURPOSES[next(use for use in CodeUse if use in asked - terminal.roles)]
    event = _event(asker, purpose, detail, audit.Outcome.REFUSED)
    async with transaction(pool, resident=shown.resident_id) as connection:
        await audit.append(connection, keys, shown.resident_id, event)
    raise BeyondRole


def _event(
    asker: ProvenTerminal,
    purpose: PurposeOfUse,
    detail: Mapping[str, object],
    outcome: audit.Outcome = audit.Outcome.DONE,
) -> audit.Event:
    institution_id = asker.terminal.institution_id
    return audit.Event(
        action=audit.Action.CODE_USE,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, asker.operator_id, institution_id),
        outcome=outcome,
        purpose=purpose,
        detail=detail,
    )


async def _shown(pool: Pool, keys: Keys, routed: Routed, code: str) -> _Shown:
    """Open a code without spending it.

    Raises:
        as ``resolve`` says of redeeming.
    """
    now = datetime.now(UTC)
    if routed.kind in _SIGNED:
        return await _signed(pool, keys, routed, now)
    if routed.kind is ScannedKind.SHORT:
        return await _short(pool, keys, routed, now)
    if routed.kind is ScannedKind.NATIONAL_HEALTH_CARD:
        return await _national_card(pool, keys, routed, now)
    opened = healthcode.open(keys, code, now)
    resident_id = await healthcode.shown_by(pool, opened)

    async def spend(connection: Connection, scan: Scan) -> Presentation:
        return await healthcode.spend(
            connection,
            opened,
            resident_id=resident_id,
            practitioner_id=scan.practitioner_id,
            institution_id=scan.institution_id,
            terminal_id=scan.terminal_id,
            purpose=scan.purpose,
            scene=scan.scene,
            now=now,
        )

    return _Shown(resident_id, (opened.mark,), spend)


async def _national_card(pool: Pool, keys: Keys, routed: Routed, now: datetime) -> _Shown:
    """A card that anybody may have seen: it says who, so that the phone can be asked, and no more."""
    held = await national_card.examine_card(pool, keys, routed.text, now)

    async def spend(connection: Connection, scan: Scan) -> Presentation:
        return await national_card.spend_card(connection, keys, held, scan, now)

    return _Shown(held.resident_id, (), spend, Purpose.TREAT)


async def _signed(pool: Pool, keys: Keys, routed: Routed, now: datetime) -> _Shown:
    """A code that was shown without network, or is on paper; what it is good for it says itself."""
    trusted = await trust.current(pool, keys)
    shown = await healthcode.examine(pool, keys, routed.text, trusted, now)

    async def spend(connection: Connection, scan: Scan) -> Presentation:
        return await healthcode.spend_signed(connection, keys, shown, scan, now)

    return _Shown(shown.resident_id, (), spend, _good_for(shown.verified))


def _good_for(verified: Verified) -> Purpose:
    """What a signed code was shown for, as far as its certificate goes; an old list never pays.

    Whoever cannot answer has not chosen what for: an override is the practitioner's to answer for.
    """
    purposes = verified.purposes | Purpose.EMERGENCY
    if verified.is_marked or Capability.SETTLE not in verified.capabilities:
        purposes &= ~Purpose.SETTLE
    if verified.is_marked or Capability.PAY not in verified.capabilities:
        purposes &= ~Purpose.PAY
    return purposes


async def _short(pool: Pool, keys: Keys, routed: Routed, now: datetime) -> _Shown:
    """A code that was read aloud, and perhaps overheard: it says who, so that the phone is asked."""
    shown = await healthcode.examine_short(pool, keys, routed.text, now)

    async def spend(connection: Connection, scan: Scan) -> Presentation:
        return await healthcode.spend_short(connection, keys, shown, scan, now)

    return _Shown(shown.resident_id, (), spend, Purpose.TREAT)


def _forms(joined: Collection[Partner]) -> list[VoucherForm]:
    """The forms of the partners' own codes that scanners may meet."""
    return [
        VoucherForm(one.voucher_prefix, one.voucher_length) for one in joined if one.voucher_length
    ]


def _to_forward(
    routed: Routed, asked: frozenset[CodeUse], joined: Collection[Partner]
) -> tuple[Partner, CodeUse] | None:
    """Whose own code this is, if it is asked for nothing but that partner's use.

    Raises:
        ForeignCode: it is a partner's, and asked for something else.
    """
    if routed.kind is ScannedKind.INSURANCE_VOUCHER:
        use = CodeUse.SETTLE
    elif routed.is_payment:
        use = CodeUse.PAY
    else:
        return None
    for one in joined:
        is_theirs = use is CodeUse.PAY or VoucherForm(one.voucher_prefix, one.voucher_length).fits(
            routed.text
        )
        if asked == {use} and one.use is use and is_theirs:
            return one, use
    raise healthcode.refusal(routed)


async def _forward(
    partners: Partners,
    whose: tuple[Partner, CodeUse],
    routed: Routed,
    asked: frozenset[CodeUse],
    site: Site,
) -> Resolved:
    """Hand a partner's own code on; it names nobody to us, hence nobody's log."""
    partner, use = whose
    tokens: dict[CodeUse, PartnerToken] = {}
    not_given: dict[CodeUse, NotGiven] = {}
    if use in asked:
        await _take(partners.forward(partner, routed.text, site), use, tokens, not_given)
    return Resolved(tokens=tokens, not_given=not_given)


async def _take(
    given: Awaitable[PartnerToken],
    use: CodeUse,
    tokens: dict[CodeUse, PartnerToken],
    not_given: dict[CodeUse, NotGiven],
) -> None:
    try:
        tokens[use] = await given
    except PartnerUnavailable:
        not_given[use] = NotGiven.PARTNER_UNAVAILABLE
    except PartnerRefused:
        not_given[use] = NotGiven.PARTNER_REFUSED


def _partner_of(
    use: CodeUse, joined: Collection[Partner], on: Mapping[UUID, Binding]
) -> tuple[Partner, Binding] | None:
    """The partner of a kind that the resident let take part; the first of several."""
    for one in joined:
        binding = on.get(one.partner_id)
        if one.use is use and binding is not None and binding.is_joined:
            return one, binding
    return None


async def _site(pool: Pool, asker: ProvenTerminal) -> Site:
    place = await registry.institution(pool, asker.terminal.institution_id)
    known_by = place.credit_code.text if place.credit_code else str(place.institution_id)
    return Site(known_by, place.name)


def _pseudonym(keys: Keys, presented: Presentation) -> str:
    return keys.pairwise(f"institution {presented.institution_id}", presented.resident_id)
