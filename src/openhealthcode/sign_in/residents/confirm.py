"""The code came back: open the record to its bound phone, and to no other."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from openhealthcode import identity
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.model import NeedsBinding, SignedIn, Subject
from openhealthcode.sign_in.outbox import CodePurpose
from openhealthcode.sign_in.residents.binding import offer_binding
from openhealthcode.sign_in.residents.codes import accept_code
from openhealthcode.sign_in.residents.sessions import begin_session
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


async def confirm(pool: Pool, keys: Keys, attempt_token: str, code: str) -> SignedIn | NeedsBinding:
    """Sign in if certificate and name agree and the phone is bound; else offer the counter.

    Unknown certificate, wrong name and unbound phone give the same answer after the same queries.

    Raises:
        WrongCode: the try is counted; five are allowed.
        CodeOver: ask for a new code.
    """
    about = await accept_code(pool, keys, attempt_token, code, CodePurpose.SIGN_IN)
    subject = msgspec.json.decode(about, type=Subject)
    named = await identity.find_named(pool, keys, subject.certificate, subject.name)
    somebody = named or ResidentId(uuid4())
    async with transaction(pool, resident=somebody) as connection:
        is_bound = await identity.phone_is_bound(connection, keys, somebody, subject.phone)
    if named is None or not is_bound:
        return await offer_binding(pool, keys, attempt_token, subject)
    async with transaction(pool, resident=named) as connection:
        return await begin_session(connection, keys, named, subject)
