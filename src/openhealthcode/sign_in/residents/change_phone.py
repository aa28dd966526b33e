"""A phone is changed at the counter: a code read from the new one proves that it is in hand.

For whoever cannot sign in by themselves. What a clerk binds this way is proved twice: by the card
of the person, and by the code that arrived on the phone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from openhealthcode import audit, identity
from openhealthcode.database import Connection, Pool
from openhealthcode.sign_in.model import Attempt, BindingProof, CodeOver
from openhealthcode.sign_in.outbox import CodePurpose, Outbox
from openhealthcode.sign_in.residents.codes import accept_code, send_code
from openhealthcode.sign_in.residents.sessions import end_sessions_of
from openhealthcode.standards import InvalidInput, Phone, PurposeOfUse
from openhealthcode.standards.ids import DeviceReference, PractitionerId, ResidentId
from openhealthcode.trust import Keys


class UnbindReason(StrEnum):
    """Why a phone is unbound at a counter."""

    LOST = "lost"
    CHANGED = "changed"
    NOT_THEIRS = "not-theirs"


@dataclass(frozen=True, slots=True)
class PhoneChange:
    """A phone that is to be bound, once its code has come back."""

    resident_id: ResidentId
    clerk_id: PractitionerId
    phone: Phone = field(repr=False)


async def start_phone_change(
    pool: Pool, keys: Keys, outbox: Outbox, wanted: PhoneChange, language: str
) -> Attempt:
    """Send a code to the phone that is to be bound.

    Raises:
        InvalidInput: a number that stands for none.
        TooManyCodes, MessageNotSent: as for signing in.
    """
    if wanted.phone.is_placeholder:
        raise InvalidInput("this telephone number stands for none")
    return await send_code(
        pool,
        keys,
        outbox,
        phone=wanted.phone,
        purpose=CodePurpose.PHONE_CHANGE,
        about=msgspec.json.encode(wanted).decode(),
        language=language,
    )


async def accept_phone_change(
    pool: Pool, keys: Keys, token: str, code: str, clerk_id: PractitionerId
) -> PhoneChange:
    """Spend the code; answers what is to be bound now.

    Raises:
        WrongCode: the try is counted.
        CodeOver: used, expired, tried too often, or another clerk's.
    """
    about = await accept_code(pool, keys, token, code, CodePurpose.PHONE_CHANGE)
    wanted = msgspec.json.decode(about, type=PhoneChange)
    if wanted.clerk_id != clerk_id:
        raise CodeOver
    return wanted


async def bind_changed(
    connection: Connection, keys: Keys, wanted: PhoneChange, clerk: audit.Agent
) -> None:
    """Bind the phone whose code came back, logged; the transaction is the resident's."""
    await identity.bind_phone(
        connection, keys, wanted.resident_id, wanted.phone, PractitionerId(clerk.id)
    )
    event = audit.Event(
        action=audit.Action.PHONE_BIND,
        agent=clerk,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "proof": BindingProof.CARD_AND_PERSON.value,
            "phone": wanted.phone.masked,
            "code": True,
        },
    )
    await audit.append(connection, keys, wanted.resident_id, event)


async def unbind_in(
    connection: Connection,
    keys: Keys,
    resident_id: ResidentId,
    phone: Phone,
    clerk: audit.Agent,
    why: UnbindReason,
) -> list[DeviceReference]:
    """Unbind a phone and end its sessions in the resident's transaction, logged.

    Answers the references whose codes end with it; empty when it was not bound.
    """
    if not await identity.unbind(connection, keys, resident_id, phone):
        return []
    event = audit.Event(
        action=audit.Action.PHONE_UNBIND,
        agent=clerk,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
        detail={
            "proof": BindingProof.CARD_AND_PERSON.value,
            "phone": phone.masked,
            "why": why.value,
        },
    )
    await audit.append(connection, keys, resident_id, event)
    return await end_sessions_of(connection, keys, resident_id, phone, datetime.now(UTC))
