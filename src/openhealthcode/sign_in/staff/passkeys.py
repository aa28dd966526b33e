"""Passkeys of staff: registered inside a session, then enough by themselves to sign in.

A passkey stands for password and code (``sign_in.passkey``). Nobody types a number to sign in, so
nothing can be probed.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.sign_in import passkey as passkeys
from openhealthcode.sign_in.challenge import new_challenge, spend_challenge
from openhealthcode.sign_in.model import Audience, PasskeyRefused, StaffSession, StaffSignedIn
from openhealthcode.sign_in.passkey import LONGEST_LABEL, Holder, RelyingParty
from openhealthcode.sign_in.staff import store
from openhealthcode.sign_in.staff.sessions import begin_session
from openhealthcode.sign_in.staff.store import Passkey
from openhealthcode.standards.ids import PractitionerId, TerminalId
from openhealthcode.trust import Keys

_SIGN_IN: Final = "passkey sign-in"


async def begin_passkey(pool: Pool, keys: Keys, site: RelyingParty, session: StaffSession) -> str:
    """What the browser needs to make a passkey for whoever is signed in, as JSON."""
    practitioner = await registry.practitioner(pool, session.practitioner_id)
    known = await store.passkeys_of(pool, session.practitioner_id)
    holder = Holder(
        session.practitioner_id.bytes,
        practitioner.staff_number or practitioner.name,
        practitioner.name,
    )
    challenge = new_challenge(keys, _for_registering(session))
    return passkeys.to_make(site, holder, challenge, known)


async def add_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, session: StaffSession, answer: str, label: str
) -> None:
    """Keep the passkey the browser made.

    Raises:
        PasskeyRefused: the answer is not good, late, repeated, or the passkey is known already.
    """
    credential, challenge = passkeys.read_made(answer)
    if not await spend_challenge(pool, keys, _for_registering(session), challenge):
        raise PasskeyRefused
    made = passkeys.check_made(site, credential, challenge)
    passkey = Passkey(session.practitioner_id, made.public_key, made.sign_count)
    at = datetime.now(UTC)
    if not await store.add_passkey(pool, made.credential_id, passkey, label[:LONGEST_LABEL], at):
        raise PasskeyRefused


def begin_passkey_sign_in(keys: Keys, site: RelyingParty) -> str:
    """What the browser needs to sign in with any passkey it has for this site, as JSON."""
    return passkeys.to_answer(site, new_challenge(keys, _SIGN_IN))


async def finish_passkey_sign_in(
    pool: Pool,
    keys: Keys,
    site: RelyingParty,
    answer: str,
    audience: Audience,
    terminal_id: TerminalId,
) -> StaffSignedIn:
    """Begin a session for whose passkey answered.

    Raises:
        PasskeyRefused: unknown passkey, or an answer that is not good, late or repeated.
        SignInRefused: the practitioner or the institution is suspended.
        Forbidden: the account has no role for these pages.
    """
    practitioner_id = await _answerer(pool, keys, site, answer)
    account = await store.account(pool, practitioner_id)
    if account is None:
        raise PasskeyRefused
    place = audience, terminal_id
    return await begin_session(pool, keys, practitioner_id, account.roles, place, "passkey")


async def _answerer(pool: Pool, keys: Keys, site: RelyingParty, answer: str) -> PractitionerId:
    credential, challenge = passkeys.read_answer(answer)
    passkey = await store.passkey(pool, credential.raw_id)
    is_asked_for = await spend_challenge(pool, keys, _SIGN_IN, challenge)
    if passkey is None or not is_asked_for:
        raise PasskeyRefused
    count = passkeys.check_answer(
        site, credential, challenge, passkey.public_key, passkey.sign_count
    )
    await store.count_signature(pool, credential.raw_id, count)
    return passkey.practitioner_id


def _for_registering(session: StaffSession) -> str:
    return f"passkey of {session.practitioner_id} in {session.session_id}"
