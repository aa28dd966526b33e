"""The national electronic health card: identifying by a scan of one, and showing one's own.

A scan tells name, sex and birth date to the practitioner at the terminal, and is logged; it opens
nothing. What more, the resident decides on the phone or with the PIN, as after every card.
"""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from openhealthcode import audit
from openhealthcode.access.lookups import AlarmKind, raise_alarm
from openhealthcode.access.model import Visit
from openhealthcode.access.signed import identified
from openhealthcode.database import Pool, transaction
from openhealthcode.healthcode import Scan, national_card
from openhealthcode.healthcode.national_card import CardForm, Emitted, SplicedCode
from openhealthcode.identity import reading as identity
from openhealthcode.sign_in import limits
from openhealthcode.standards import PurposeOfUse, TooManyAttempts
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def identify_by_national_card(pool: Pool, keys: Keys, scanned: str, scan: Scan) -> Visit:
    """Say who a scanned national card belongs to: name, sex, birth date; nothing more.

    A code whose time was put behind somebody else's number is refused, and that somebody reads of it.

    Raises:
        UnreadableCode, UnknownCard, ExpiredCode, SpentCode, UntrustedCode, SplicedCode: as
            ``national_card.examine_card`` says.
        TooManyAttempts: more cards than one desk receives.
        ApprovalNeeded: a child under 14, and this institution approves who sees children's records.
    """
    now = datetime.now(UTC)
    counted = keys.blind_index("cards per practitioner", str(scan.practitioner_id))
    if not await limits.take(pool, counted, limits.CARDS_PER_PRACTITIONER, now):
        raise TooManyAttempts
    try:
        held = await national_card.examine_card(pool, keys, scanned, now)
    except SplicedCode as spliced:
        await tell_of_splice(pool, keys, spliced.resident_id, scan, scan.practitioner_id)
        raise
    async with transaction(pool, resident=held.resident_id) as connection:
        presented = await national_card.spend_card(connection, keys, held, scan, now)
        return await identified(connection, keys, presented, {"form": held.card.form.value})


async def link_national_card(pool: Pool, keys: Keys, resident_id: ResidentId) -> None:
    """Let the resident's national card identify them here from now on; logged.

    Raises:
        NoCardForCertificate: the resident has no certificate a card can be made of.
        Conflict: another resident linked the same card.
    """
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, _own(resident_id, is_linked=True))
        who = await identity.demographics(connection, keys, resident_id)
        await national_card.link(
            connection, keys, resident_id, who.certificates, who.name, datetime.now(UTC)
        )


async def unlink_national_card(pool: Pool, keys: Keys, resident_id: ResidentId) -> None:
    """Let no national card identify the resident any more, from the next scan on; logged."""
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, _own(resident_id, is_linked=False))
        await national_card.unlink(connection, resident_id)


async def has_national_card(pool: Pool, resident_id: ResidentId) -> bool:
    """Whether the resident's national card identifies them here."""
    async with transaction(pool, resident=resident_id) as connection:
        return await national_card.is_linked(connection, resident_id)


async def show_national_card(
    pool: Pool, keys: Keys, resident_id: ResidentId, form: CardForm
) -> Emitted | None:
    """The code of one's own card to be shown to a scanner; nothing unless the card is linked.

    Raises:
        NoCardForCertificate: the certificate the card was made of is not there any more.
        TooManyAttempts: more codes than a page on show asks for.
    """
    now = datetime.now(UTC)
    counted = keys.blind_index("codes of national card", str(resident_id))
    if not await limits.take(pool, counted, limits.CARD_CODES_PER_RESIDENT, now):
        raise TooManyAttempts
    async with transaction(pool, resident=resident_id) as connection:
        if not await national_card.is_linked(connection, resident_id):
            return None
        if form is CardForm.TEMPORARY:
            return await national_card.emit_temporary(connection, keys, resident_id, now)
        who = await identity.demographics(connection, keys, resident_id)
        return await national_card.emit(
            connection, keys, resident_id, who.certificates, who.name, form, now
        )


def _own(resident_id: ResidentId, *, is_linked: bool) -> audit.Event:
    action = audit.Action.CARD_LINK if is_linked else audit.Action.CARD_UNLINK
    return audit.Event(
        action=action,
        agent=audit.Agent(audit.AgentKind.RESIDENT, resident_id),
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )


async def tell_of_splice(
    pool: Pool, keys: Keys, resident_id: ResidentId | None, scan: Scan, scanned_by: UUID
) -> None:
    """Tell the supervisor, and in the log whose number it was, that a spliced code was refused.

    Args:
        resident_id: whose number; nobody's if nobody linked it.
        scanned_by: the practitioner or the terminal, as the supervisor's page names them.
    """
    await raise_alarm(pool, AlarmKind.SPLICED, scanned_by, scan.institution_id)
    if resident_id is None:
        return
    event = audit.Event(
        action=audit.Action.RESIDENT_IDENTIFY,
        agent=audit.Agent(audit.AgentKind.PRACTITIONER, scan.practitioner_id, scan.institution_id),
        outcome=audit.Outcome.REFUSED,
        purpose=scan.purpose,
        scene=scan.scene,
        detail={"by": "national-card", "spliced": True},
    )
    async with transaction(pool, resident=resident_id) as connection:
        await audit.append(connection, keys, resident_id, event)
