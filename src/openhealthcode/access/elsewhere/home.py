"""The home region answers another region's clinic: the same doors, the same log, the same consent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode import consent, healthcode, registry
from openhealthcode.access.disclose import disclose
from openhealthcode.access.elsewhere.model import (
    AnswerElsewhere,
    EntryElsewhere,
    Received,
    ShownElsewhere,
    State,
    Visitor,
)
from openhealthcode.access.emergency import break_glass
from openhealthcode.access.identify import presented_to
from openhealthcode.access.model import Disclosure
from openhealthcode.access.request import request
from openhealthcode.access.scanned import identify_scanned
from openhealthcode.consent import Answer, Ask, ConsentRequest
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import Presentation, Scan
from openhealthcode.identity import reading as identity
from openhealthcode.record import read_exactly
from openhealthcode.registry import (
    Institution,
    InstitutionEntry,
    InstitutionKind,
    PractitionerEntry,
    PractitionerRole,
    Region,
)
from openhealthcode.registry.agreements import Channel, agreed_categories, party_of_region
from openhealthcode.sign_in import Outbox
from openhealthcode.standards import (
    Forbidden,
    HealthCodeError,
    NotFound,
    PurposeOfUse,
    Scene,
)
from openhealthcode.standards.ids import (
    EntryId,
    InstitutionId,
    PractitionerId,
    PresentationId,
    RequestId,
    ResidentId,
)
from openhealthcode.trust import Keys

_LASTS: Final = timedelta(hours=25)
"""A day, the longest that can be asked for, and the time to answer: then a visit names nobody."""


async def receive_visitor(
    pool: Pool, keys: Keys, region: Region, visitor: Visitor, code: str, wanted: Ask
) -> Received:
    """Redeem a code that was scanned elsewhere, and put the request on the resident's phone.

    Raises:
        ForeignCode, UnreadableCode: no health code.
        as ``identify_scanned`` says of health codes.
        InvalidInput: nothing asked for, or for longer than 24 hours.
        Forbidden: this institution or practitioner is suspended here.
    """
    routed = healthcode.route(code)
    if not routed.is_native:
        raise healthcode.refusal(routed)
    who, where = await _admitted(pool, region, visitor)
    scan = Scan(who, where, visitor.terminal_id, wanted.scene)
    seen = await identify_scanned(pool, keys, routed, scan)
    presented = await presented_to(
        pool,
        seen.resident_id,
        seen.presentation_id,
        practitioner_id=who,
        terminal_id=visitor.terminal_id,
    )
    request_id = await request(pool, keys, presented, wanted)
    return Received(
        keys.seal_id(seen.resident_id, EntryId(seen.presentation_id)),
        keys.seal_id(seen.resident_id, EntryId(request_id)),
    )


async def answer_visitor(
    pool: Pool, keys: Keys, region: Region, visitor: Visitor, visit: str, asked: str
) -> AnswerElsewhere:
    """Say who showed the code and what they answered.

    Raises:
        NotFound: another's visit or request, or none.
    """
    presented = await _presented(pool, keys, region, visitor, visit)
    _, request_id = _opened(keys, asked)
    resident_id = presented.resident_id
    found = await consent.request(pool, keys, resident_id, RequestId(request_id))
    if found.presentation_id != presented.presentation_id:
        raise NotFound
    async with transaction(pool, resident=resident_id) as connection:
        who = await identity.demographics(connection, keys, resident_id)
    return AnswerElsewhere(
        who.name,
        who.sex,
        who.birth_date,
        _state(found),
        found.ask.scene,
        len(found.ask.categories),
        found.asked_at,
        found.expires_at,
        *await _in_force(pool, keys, presented, visitor),
    )


async def show_visitor(
    pool: Pool, keys: Keys, region: Region, visitor: Visitor, visit: str, *, is_emergency: bool
) -> ShownElsewhere:
    """Show what the resident's consent, or an override, opens to this visitor; logged.

    Raises:
        NotFound: another's visit, or none.
        TransferNotAgreed: no agreement with this region is in force; emergencies need none.
    """
    presented = await _presented(pool, keys, region, visitor, visit)
    scene = Scene.EMERGENCY
    if not is_emergency:
        party = party_of_region(region.division)
        await agreed_categories(pool, party, PurposeOfUse.TREATMENT, Channel.REGION)
        answered = await consent.scene_of_visit(
            pool, presented.resident_id, presented.presentation_id
        )
        scene = answered or presented.scene
    disclosed = await disclose(
        pool,
        keys,
        resident_id=presented.resident_id,
        practitioner_id=presented.practitioner_id,
        institution_id=presented.institution_id,
        purpose=PurposeOfUse.EMERGENCY if is_emergency else PurposeOfUse.TREATMENT,
        scene=scene,
    )
    entries = await _entries(pool, disclosed)
    return ShownElsewhere(entries, disclosed.number, disclosed.at, disclosed.until, scene)


async def override_for_visitor(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    region: Region,
    visitor: Visitor,
    visit: str,
    *,
    triage_level: int,
    reason: str,
) -> None:
    """Open what the resident's advance choice leaves to somebody elsewhere, and tell who is to be told.

    Nobody of the institution reviews it here: it is the supervisor's after its time.

    Raises:
        NotFound: another's visit, or none.
        TriageTooLow, InvalidInput: as ``break_glass``.
    """
    presented = await _presented(pool, keys, region, visitor, visit)
    await break_glass(pool, keys, outbox, presented, triage_level=triage_level, reason=reason)


async def _admitted(
    pool: Pool, region: Region, visitor: Visitor
) -> tuple[PractitionerId, InstitutionId]:
    """The visitor as our registry knows them: somebody from elsewhere, who can never sign in here.

    Raises:
        Forbidden: suspended here, whatever the other region says.
    """
    prefix = f"region {region.division:06d}"
    institution_id = await registry.register_institution(
        pool,
        InstitutionEntry(
            key=f"{prefix}|{visitor.institution_key}",
            kind=InstitutionKind.EXTERNAL,
            name=f"{visitor.institution}（{region.name}）",
            name_en=f"{visitor.institution_en or visitor.institution} ({region.name_en})",
            division_code=f"{region.division:06d}",
        ),
    )
    practitioner_id = await registry.register_practitioner(
        pool,
        PractitionerEntry(
            key=f"{prefix}|{visitor.institution_key}|{visitor.practitioner_key}",
            institution_id=institution_id,
            name=visitor.name,
            role=PractitionerRole.EXTERNAL,
            name_en=visitor.name_en,
            staff_number=visitor.staff_number,
            department=visitor.department,
            title=visitor.title,
        ),
    )
    if not (await registry.practitioner(pool, practitioner_id)).is_active:
        raise Forbidden
    return practitioner_id, institution_id


async def _presented(
    pool: Pool, keys: Keys, region: Region, visitor: Visitor, visit: str
) -> Presentation:
    """The presentation a question is about, if it was made to this visitor there, within a day."""
    resident_id, presentation_id = _opened(keys, visit)
    who, _ = await _admitted(pool, region, visitor)
    presented = await presented_to(
        pool,
        resident_id,
        PresentationId(presentation_id),
        practitioner_id=who,
        terminal_id=visitor.terminal_id,
    )
    if datetime.now(UTC) - presented.presented_at > _LASTS:
        raise NotFound
    return presented


def _opened(keys: Keys, name: str) -> tuple[ResidentId, EntryId]:
    try:
        resident_id, entry_id = keys.open_id(name)
        keys.of(resident_id)
    except HealthCodeError:
        raise NotFound from None
    return resident_id, entry_id


def _state(asked: ConsentRequest) -> State:
    if asked.answer is Answer.ALLOWED:
        return State.ALLOWED
    if asked.answer is not None:
        return State.REFUSED
    return State.WAITING if datetime.now(UTC) < asked.expires_at else State.OVER


async def _in_force(
    pool: Pool, keys: Keys, presented: Presentation, visitor: Visitor
) -> tuple[bool, bool]:
    """Whether the visitor has a consent now, and whether an override."""
    now = datetime.now(UTC)
    kinds = {
        one.is_override
        for one in await consent.consents(pool, keys, presented.resident_id)
        if one.is_for(presented.institution_id, presented.practitioner_id, visitor.department)
        and one.withdrawn_at is None
        and now < one.end_at
    }
    return False in kinds, True in kinds


async def _entries(pool: Pool, disclosed: Disclosure) -> tuple[EntryElsewhere, ...]:
    ids = {entry.institution_id for entry in disclosed.entries}
    known = await registry.institutions(pool, ids)
    return tuple(
        EntryElsewhere(
            read_exactly(entry.body),
            entry.category,
            # Who last wrote down the person is not told: it may be the one place that betrays.
            *("", "") if entry.type == "Patient" else _named(known.get(entry.institution_id)),
        )
        for entry in disclosed.entries
    )


def _named(institution: Institution | None) -> tuple[str, str]:
    if institution is None:
        return "", ""
    return institution.name, institution.name_en or institution.name
