"""A fresh code inside a session: allowing needs one not older than five minutes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from openhealthcode import audit
from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in.model import Attempt, CodeOver, ResidentSession, SignedOut
from openhealthcode.sign_in.outbox import CodePurpose, Outbox
from openhealthcode.sign_in.residents import store
from openhealthcode.sign_in.residents.codes import accept_code, send_code
from openhealthcode.sign_in.residents.sessions import session, signed_in
from openhealthcode.sign_in.token import TokenKind, token_key
from openhealthcode.trust import Keys


async def start_verification(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    token: str,
    *,
    language: str = "zh-CN",
) -> Attempt:
    """Send a code to the phone this session was begun with.

    Raises:
        SignedOut: the token opens no session.
        TooManyCodes: as for signing in, and counted together with it.
        MessageNotSent: the message was not accepted for delivery.
    """
    current = await _live(pool, keys, token)
    return await send_code(
        pool,
        keys,
        outbox,
        phone=current.phone,
        purpose=CodePurpose.VERIFICATION,
        about=str(current.session_id),
        language=language,
    )


async def verify_again(
    pool: Pool, keys: Keys, token: str, attempt_token: str, code: str
) -> ResidentSession:
    """Accept the code and answer the session, now freshly verified.

    Raises:
        SignedOut: the token opens no session.
        WrongCode: the try is counted.
        CodeOver: ask for a new code; also when it was sent for another session.
    """
    current = await _live(pool, keys, token)
    about = await accept_code(pool, keys, attempt_token, code, CodePurpose.VERIFICATION)
    if about != str(current.session_id):
        raise CodeOver
    session_key = token_key(keys, TokenKind.RESIDENT, token)
    resident_id, at = current.resident_id, datetime.now(UTC)
    async with transaction(pool, resident=resident_id, lookup=(session_key,)) as connection:
        if not await store.verify_session(connection, session_key, at):
            raise SignedOut
        await audit.append(connection, keys, resident_id, signed_in(resident_id, again=True))
    return replace(current, verified_at=at)


async def _live(pool: Pool, keys: Keys, token: str) -> ResidentSession:
    current = await session(pool, keys, token)
    if current is None:
        raise SignedOut
    return current
