"""A PIN is changed or set: the region hears how, the phones that it was, in the same transaction.

Which PIN was entered as the one before leaves a line as an answer does, whichever it was.
"""

from __future__ import annotations

from uuid import uuid4

from openhealthcode import audit
from openhealthcode.access import notices
from openhealthcode.access.presence import holder_of
from openhealthcode.consent.presence import Means, Presence, note
from openhealthcode.database import Connection, Pool
from openhealthcode.sign_in import BindingProof, Outbox, StaffSession, pin, pin_notice
from openhealthcode.sign_in.pin import Noting, PinMatch
from openhealthcode.standards import Certificate
from openhealthcode.standards.ids import ConsentId, ResidentId
from openhealthcode.trust import Keys


async def change_pin(
    pool: Pool, keys: Keys, resident_id: ResidentId, before: str, typed: str
) -> None:
    """Replace the PIN that is entered as the one before; under duress that is the second.

    Raises:
        WrongPin, PinLocked, PinOver, NoPin, PinUnsuitable: as ``pin.change`` says.
    """
    await pin.change(pool, keys, resident_id, before, typed, _noting(keys, resident_id))


async def choose_second_pin(
    pool: Pool, keys: Keys, resident_id: ResidentId, before: str, typed: str | None
) -> None:
    """Set, replace or, with ``None``, drop the second PIN; under duress nothing changes.

    Raises:
        WrongPin, PinLocked, PinOver, NoPin, PinUnsuitable: as ``pin.choose_second`` says.
    """
    await pin.choose_second(pool, keys, resident_id, before, typed, _noting(keys, resident_id))


async def set_pin_at_counter(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    certificate: Certificate,
    name: str,
    *,
    typed: str,
    clerk: StaffSession,
    proof: BindingProof,
) -> None:
    """Set the PIN of whoever stands at the counter with their card; their phones are told.

    Raises:
        NotFound: nobody is registered under this number with this name.
        TooManyAttempts: more cards than one desk receives.
        PinUnsuitable: not six digits, or too easy to guess.
        Forbidden: the session is no registrar's.
    """
    resident_id = await holder_of(pool, keys, certificate, name, clerk)
    owed: list[notices.Notice] = []

    async def tell(connection: Connection, logged: audit.Appended) -> None:
        owed.extend(await notices.owe(connection, keys, resident_id, logged, pin_notice))

    await pin.set_at_counter(pool, keys, resident_id, typed, clerk, proof, tell)
    await notices.hand_over(pool, outbox, owed)


def _noting(keys: Keys, resident_id: ResidentId) -> Noting:
    """Leaves the line the region reads: of one shape, whichever PIN was entered."""

    async def leave(match: PinMatch, connection: Connection, logged: audit.Appended) -> None:
        is_pressed = match is PinMatch.UNDER_DURESS
        presence = Presence(means=Means.PIN_SETTING, is_under_duress=is_pressed)
        own_number = ConsentId(uuid4())
        await note(connection, keys, resident_id, own_number, presence, (None, None), logged.at)

    return leave
