"""Send a code and accept it once: six digits, five minutes, five tries.

A code is stored as a keyed hash over attempt, phone and code; the attempt's token exists in the
browser only, and seals what the attempt is about.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Final

from openhealthcode.database import Pool, transaction
from openhealthcode.sign_in import limits
from openhealthcode.sign_in.model import Attempt, CodeOver, TooManyCodes, WrongCode
from openhealthcode.sign_in.outbox import CodePurpose, Outbox, code_message
from openhealthcode.sign_in.residents import store
from openhealthcode.sign_in.token import TokenKind, new_token, token_key
from openhealthcode.standards import Phone
from openhealthcode.trust import Keys

_LIFETIME: Final = timedelta(minutes=5)
_DIGITS: Final = 6


async def send_code(
    pool: Pool,
    keys: Keys,
    outbox: Outbox,
    *,
    phone: Phone,
    purpose: CodePurpose,
    about: str,
    language: str,
) -> Attempt:
    """Send a fresh code and keep ``about`` sealed until it is entered.

    Raises:
        TooManyCodes: one a minute, five an hour and ten a day for each phone, and as many an
            hour altogether as the outbox may send.
        MessageNotSent: the outbox did not take it.
    """
    token, code = new_token(), f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    attempt_key = token_key(keys, TokenKind.ATTEMPT, token)
    at = datetime.now(UTC)
    async with transaction(pool, lookup=(attempt_key,)) as connection:
        subject = keys.blind_index("codes per phone", phone.number)
        if not await limits.take(connection, subject, limits.CODES_PER_PHONE, at):
            raise TooManyCodes
        if not await limits.take_of_hour(connection, "code", outbox.codes_per_hour, at):
            raise TooManyCodes("the service has sent as many codes as it may this hour")
        await store.add_code(
            connection,
            attempt_key,
            _code_hash(keys, token, phone, code),
            purpose,
            at + _LIFETIME,
            keys.seal_session(token, f"{phone.number}\n{about}"),
        )
    await outbox.send(code_message(phone, code, purpose, language))
    return Attempt(token, at + _LIFETIME)


async def accept_code(pool: Pool, keys: Keys, token: str, code: str, purpose: CodePurpose) -> str:
    """Spend the code of an attempt; answers what the attempt is about.

    Raises:
        WrongCode: not this one; the try is counted.
        CodeOver: used, expired, tried five times, or no such attempt.
    """
    attempt_key = token_key(keys, TokenKind.ATTEMPT, token)
    async with transaction(pool, lookup=(attempt_key,)) as connection:
        sealed = await store.sealed_of_attempt(connection, attempt_key, purpose)
        if sealed is None:
            raise CodeOver
        number, _, about = keys.open_session(token, sealed).partition("\n")
        code_hash = _code_hash(keys, token, Phone(number), _digits(code))
        is_right = await store.try_code(connection, attempt_key, code_hash, datetime.now(UTC))
    # Only now, after the try is committed: an error inside would have taken it back.
    if is_right is None:
        raise CodeOver
    if not is_right:
        raise WrongCode
    return about


def _code_hash(keys: Keys, token: str, phone: Phone, code: str) -> bytes:
    return keys.blind_index("sign-in code", f"{token}|{phone.number}|{code}")


def _digits(typed: str) -> str:
    """What was typed, as the six digits it may be; anything else is no code and counts as wrong."""
    digits = "".join(unicodedata.normalize("NFKC", typed[:32]).split())
    return digits if digits.isascii() and digits.isdigit() else ""
