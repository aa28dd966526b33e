"""A scanned national card: whose it is, and nothing more.

A dynamic code is taken only if this very pair of card and time was made here and not used yet. The
scheme itself binds the time to nothing: whoever has a valid code of their own can put its time behind
somebody else's number, and no key tells.
"""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from openhealthcode.database import Connection, Pool, look_up, transaction
from openhealthcode.healthcode import store as presentations
from openhealthcode.healthcode.errors import ExpiredCode, SpentCode
from openhealthcode.healthcode.model import Presentation, PresentedBy
from openhealthcode.healthcode.national_card import store, text
from openhealthcode.healthcode.national_card.model import (
    CardForm,
    CardHolder,
    NationalCard,
    SplicedCode,
    UnknownCard,
)
from openhealthcode.healthcode.redeem_signed import Scan
from openhealthcode.standards.ids import PresentationId, ResidentId
from openhealthcode.trust import Keys


async def examine_card(pool: Pool, keys: Keys, scanned: str, now: datetime) -> CardHolder:
    """Find whose card was scanned; writes nothing.

    Raises:
        UnreadableCode: no code of a national card.
        UnknownCard: nobody linked this card, or its temporary number is not ours.
        ExpiredCode: its time, or its week, is over.
        SpentCode: used before.
        UntrustedCode: a time made under another key.
        SplicedCode: a time made here, for somebody else's card.
    """
    card = text.read(scanned)
    key, code_key = store.card_key(keys, card.card_id), store.code_key(keys, card)
    async with transaction(pool, lookup=(key, code_key)) as connection:
        holder = await store.holder_of_card(connection, key)
        code = await store.stored_code(connection, code_key)
    if card.form is CardForm.STATIC:
        return _held(card, holder)
    if code is None:
        raise _refusal(keys, card, holder, now)
    if code.until <= now:
        raise ExpiredCode
    if code.redeemed_at is not None:
        raise SpentCode(code.resident_id)
    return _held(card, code.resident_id)


async def spend_card(
    connection: Connection, keys: Keys, held: CardHolder, scan: Scan, now: datetime
) -> Presentation:
    """Note the scan in the resident's transaction; a dynamic code is used up by it.

    Raises:
        SpentCode: somebody, perhaps the same scanner, was quicker.
    """
    if held.card.form is CardForm.DYNAMIC:
        code_key = store.code_key(keys, held.card)
        await look_up(connection, [code_key])
        if not await store.spend_code(connection, code_key, now):
            raise SpentCode(held.resident_id)
    presentation = Presentation(
        resident_id=held.resident_id,
        presentation_id=PresentationId(uuid4()),
        practitioner_id=scan.practitioner_id,
        institution_id=scan.institution_id,
        terminal_id=scan.terminal_id,
        purpose=scan.purpose,
        scene=scan.scene,
        presented_at=now,
        by=PresentedBy.NATIONAL_CARD,
    )
    await presentations.add_presentation(connection, presentation)
    return presentation


def _held(card: NationalCard, resident_id: ResidentId | None) -> CardHolder:
    if resident_id is None:
        raise UnknownCard
    return CardHolder(card, resident_id)


def _refusal(
    keys: Keys, card: NationalCard, holder: ResidentId | None, now: datetime
) -> UnknownCard | ExpiredCode | SplicedCode:
    """Why a code that was not made here is refused; raises ``UntrustedCode`` where no key of ours fits."""
    if card.form is CardForm.TEMPORARY:
        return UnknownCard()
    if keys.national_card.open_validity(card.validity) <= now:
        return ExpiredCode()
    return SplicedCode(holder)
