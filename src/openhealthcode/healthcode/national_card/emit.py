"""Making a card's codes for scanners that know no other, at the resident's own wish."""

from __future__ import annotations

import random
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from openhealthcode.database import Connection
from openhealthcode.healthcode.national_card import store, text
from openhealthcode.healthcode.national_card.main_index import main_index
from openhealthcode.healthcode.national_card.model import (
    CODE_SECONDS,
    TEMPORARY_DAYS,
    CardForm,
    NationalCard,
    NoCardForCertificate,
    NoTimeLeft,
)
from openhealthcode.standards import Certificate, CertificateKind, Conflict
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import CARD_ID_BYTES, Keys

_OF_THE_TABLE: Final = (
    CertificateKind.NATIONAL_ID,
    CertificateKind.PASSPORT,
    CertificateKind.OFFICER,
    CertificateKind.HONG_KONG_MACAO_PERMIT,
    CertificateKind.TAIWAN_PERMIT,
)
"""Kinds the national table has a code for and that name one person, the first that is there."""
_TRIES: Final = 12


@dataclass(frozen=True, slots=True)
class Emitted:
    """A code to be shown.

    Args:
        until: from then on it is not taken here; None for the static code, which never ends.
    """

    text: str = field(repr=False)
    form: CardForm
    until: datetime | None


async def link(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    certificates: Iterable[Certificate],
    name: str,
    now: datetime,
) -> None:
    """Let a resident's national card identify them here, in the resident's transaction.

    Raises:
        NoCardForCertificate: the resident has no certificate a card can be made of.
        Conflict: another resident linked the same card.
    """
    key = store.card_key(keys, _card_id(keys, certificates, name))
    await store.remove_cards(connection, resident_id)  # of a number or name that changed
    await store.add_card(connection, key, resident_id, now)
    if await store.holder_of_card(connection, key) != resident_id:
        raise Conflict


async def unlink(connection: Connection, resident_id: ResidentId) -> None:
    """Let no national card identify this resident any more, in the resident's transaction."""
    await store.remove_cards(connection, resident_id)


async def is_linked(connection: Connection, resident_id: ResidentId) -> bool:
    """Whether a national card identifies this resident here."""
    return await store.has_card(connection, resident_id)


async def emit(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    certificates: Iterable[Certificate],
    name: str,
    form: CardForm,
    now: datetime,
) -> Emitted:
    """Make the code of a linked card, in the resident's transaction.

    Args:
        form: static, or dynamic: then for a minute or two and one use.

    Raises:
        NoCardForCertificate: the resident has no certificate a card can be made of.
        NoTimeLeft: as many are shown as there are seconds.
    """
    card_id = _card_id(keys, certificates, name)
    if form is CardForm.STATIC:
        return Emitted(text.write(NationalCard(form, card_id)), form, None)
    until, validity = await _time_of_its_own(connection, keys, now)
    card = NationalCard(CardForm.DYNAMIC, card_id, validity)
    return await _noted(connection, keys, resident_id, card, until)


async def emit_temporary(
    connection: Connection, keys: Keys, resident_id: ResidentId, now: datetime
) -> Emitted:
    """Make a number for a week that has nothing in common with any other, in place of the last."""
    card = NationalCard(CardForm.TEMPORARY, secrets.token_bytes(CARD_ID_BYTES))
    until = (now + timedelta(days=TEMPORARY_DAYS)).replace(microsecond=0)
    return await _noted(connection, keys, resident_id, card, until)


async def _time_of_its_own(
    connection: Connection, keys: Keys, now: datetime
) -> tuple[datetime, bytes]:
    """A time that no other card has: put behind another number, it makes no code that exists."""
    later = range(CODE_SECONDS, 2 * CODE_SECONDS)
    for seconds in random.SystemRandom().sample(later, _TRIES):
        until = now.replace(microsecond=0) + timedelta(seconds=seconds)
        validity = keys.national_card.validity(until)
        if await store.take_time(connection, store.time_key(keys, validity), until):
            return until, validity
    raise NoTimeLeft


async def _noted(
    connection: Connection, keys: Keys, resident_id: ResidentId, card: NationalCard, until: datetime
) -> Emitted:
    key = store.code_key(keys, card)
    await store.add_code(connection, key, resident_id, card.form, until)
    return Emitted(text.write(card), card.form, until)


def _card_id(keys: Keys, certificates: Iterable[Certificate], name: str) -> bytes:
    held = {certificate.kind: certificate for certificate in certificates}
    for kind in _OF_THE_TABLE:
        if kind in held:
            index = main_index(held[kind], name)
            return keys.national_card.card_id(index, kind, held[kind].number)
    raise NoCardForCertificate
