"""Check an entered PIN: counted first, then compared with both, whichever it is.

An entry that is right costs the same for either PIN: the same statements and two slow hashes.
"""

from __future__ import annotations

from openhealthcode import audit
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.hashing import matches
from openhealthcode.sign_in.pin import store
from openhealthcode.sign_in.pin.model import NoPin, PinLocked, PinMatch, PinOver, WrongPin
from openhealthcode.sign_in.pin.rules import digits_of
from openhealthcode.sign_in.pin.store import Hashes
from openhealthcode.standards import PurposeOfUse
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def check(
    pool: Pool, keys: Keys, resident_id: ResidentId, typed: str, at_hand_of: audit.Agent
) -> PinMatch:
    """Which PIN was entered; the answer decides what is allowed and is told to nobody.

    Args:
        pool: connections to the database.
        keys: the installation's.
        resident_id: whose PIN it should be.
        typed: what was entered; other than six digits is wrong and not counted.
        at_hand_of: whose device it was entered at; a wrong entry is logged under that name.

    Raises:
        WrongPin: neither of them; the entry is counted and logged.
        PinLocked: wrong several times in a row, a short while ago.
        PinOver: wrong too often in its life.
        NoPin: there is none.
    """
    digits = digits_of(typed)
    if digits is None:
        raise WrongPin
    async with transaction(pool, resident=resident_id) as connection:
        claimed = await store.claim_try(connection, keys, resident_id)
        standing = await store.standing(connection, resident_id)
    if standing is None:
        raise NoPin
    if claimed is None:
        raise PinOver if standing.is_over else PinLocked
    match = await match_of(keys, resident_id, digits, claimed.hashes)
    async with transaction(pool, resident=resident_id) as connection:
        if match is None:
            await audit.append(connection, keys, resident_id, _wrong(at_hand_of))
        else:
            await store.give_back(connection, resident_id, claimed.version)
    if match is None:
        raise WrongPin
    return match


async def match_of(
    keys: Keys, resident_id: ResidentId, digits: str, hashes: Hashes
) -> PinMatch | None:
    """Compare with both, always; which one it is makes no difference in time."""
    text = peppered(keys, resident_id, digits)
    is_own = await matches(text, hashes.own)
    is_second = await matches(text, hashes.second)
    if is_own:
        return PinMatch.OWN
    return PinMatch.UNDER_DURESS if is_second else None


def peppered(keys: Keys, resident_id: ResidentId, digits: str) -> str:
    """The text that is hashed: keyed, so that the database alone is not enough to guess against."""
    return keys.blind_index("pin", f"{resident_id}|{digits}").hex()


def _wrong(at_hand_of: audit.Agent) -> audit.Event:
    return audit.Event(
        action=audit.Action.PIN_ENTER,
        agent=at_hand_of,
        outcome=audit.Outcome.REFUSED,
        purpose=PurposeOfUse.RESIDENT_REQUEST,
    )
