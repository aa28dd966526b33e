"""Sign in with staff number, password and authenticator code.

Every failure gives the same answer after the same work: unknown number, wrong password, wrong or
used code, suspended account. Failures are counted by the number typed, whether it exists or not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.registry import Practitioner
from openhealthcode.sign_in.hashing import hashed, matches
from openhealthcode.sign_in.model import Audience, LockedForNow, SignInRefused, StaffSignedIn
from openhealthcode.sign_in.staff import rules, store
from openhealthcode.sign_in.staff.secret import open_totp
from openhealthcode.sign_in.staff.sessions import begin_session
from openhealthcode.sign_in.staff.store import Account
from openhealthcode.standards.ids import TerminalId
from openhealthcode.trust import Keys, is_outdated, totp_step

_NOBODYS_SECRET: Final = bytes(20)
_LONGEST: Final = 256


@dataclass(frozen=True, slots=True)
class Credentials:
    """What is typed to sign in."""

    staff_number: str
    password: str = field(repr=False)
    code: str = field(repr=False)


async def sign_in(
    pool: Pool, keys: Keys, typed: Credentials, audience: Audience, terminal_id: TerminalId
) -> StaffSignedIn:
    """Begin a session for one audience's pages at this terminal.

    Raises:
        SignInRefused: wrong, or an account that cannot be used; never says which.
        LockedForNow: too many failures with this staff number.
        Forbidden: all is right, but the account has no role for these pages.
    """
    account = await _proved(pool, keys, typed)
    place = audience, terminal_id
    return await begin_session(
        pool, keys, account.practitioner_id, account.roles, place, "password"
    )


async def vouch(pool: Pool, keys: Keys, typed: Credentials) -> Practitioner:
    """Who has just proved who they are, at somebody else's terminal and without a session.

    Raises:
        SignInRefused: wrong, or an account that cannot be used; never says which.
        LockedForNow: too many failures with this staff number.
    """
    account = await _proved(pool, keys, typed)
    practitioner = await registry.practitioner(pool, account.practitioner_id)
    if not practitioner.may_have_account:
        raise SignInRefused
    return practitioner


async def _proved(pool: Pool, keys: Keys, typed: Credentials) -> Account:
    number = rules.normalise_staff_number(typed.staff_number[:_LONGEST])
    if not number.isprintable() or not _is_text(typed.password):
        raise SignInRefused
    subject = keys.blind_index("staff sign-in", number)
    if not await store.claim_try(pool, subject, datetime.now(UTC)):
        raise LockedForNow
    account = await store.account_of_number(pool, number)
    is_right = await matches(typed.password, account.password_hash if account else None)
    secret = (
        open_totp(keys, account.practitioner_id, account.totp_sealed)
        if account
        else _NOBODYS_SECRET
    )
    step = totp_step(secret, _digits(typed.code), time.time())
    if account is None or not is_right or step is None:
        raise SignInRefused
    if not await store.spend_step(pool, account.practitioner_id, step):
        raise SignInRefused
    await store.forget_failures(pool, subject)
    if is_outdated(account.password_hash):
        fresh = await hashed(typed.password)
        await store.set_password(pool, account.practitioner_id, fresh)
    return account


def _is_text(password: str) -> bool:
    """Whether it can be hashed at all: not endless, and no half of a surrogate pair."""
    return len(password) <= _LONGEST and not any(
        "\ud800" <= character <= "\udfff" for character in password
    )


def _digits(typed: str) -> str:
    digits = "".join(typed[:32].split())
    return digits if digits.isascii() else ""
