"""Passkeys of staff: registered inside a session, then enough by themselves to sign in.

The authenticator verifies its user (fingerprint, PIN), so a passkey stands for password and code.
Nobody types a number to sign in, so nothing can be probed.

Source: W3C Web Authentication Level 3, 7.1 and 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from openhealthcode import registry
from openhealthcode.database import Pool
from openhealthcode.sign_in.model import (
    Audience,
    PasskeyRefused,
    StaffSession,
    StaffSignedIn,
)
from openhealthcode.sign_in.staff import store
from openhealthcode.sign_in.staff.challenge import new_challenge, spend_challenge
from openhealthcode.sign_in.staff.sessions import begin_session
from openhealthcode.sign_in.staff.store import Passkey
from openhealthcode.standards.ids import PractitionerId, TerminalId
from openhealthcode.trust import Keys

_SIGN_IN: Final = "passkey sign-in"
_LONGEST_ANSWER: Final = 16_384
_LONGEST_LABEL: Final = 64
_NOT_GOOD: Final = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)
"""What parsing and verifying raise for an answer made by no authenticator."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site as authenticators know it: domain, name, and the origins its pages come from."""

    id: str
    name: str
    origins: tuple[str, ...]


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """``PublicKeyCredential.toJSON()``: ids and texts of base64url, and a few small extras."""

    id: str
    rawId: str  # noqa: N815 - the standard's name
    type: str
    response: dict[str, str | int | list[str] | None]
    authenticatorAttachment: str | None = None  # noqa: N815 - the standard's name


_ANSWER = msgspec.json.Decoder(_Answer)


async def begin_passkey(pool: Pool, keys: Keys, site: RelyingParty, session: StaffSession) -> str:
    """What the browser needs to make a passkey for whoever is signed in, as JSON."""
    practitioner = await registry.practitioner(pool, session.practitioner_id)
    known = await store.passkeys_of(pool, session.practitioner_id)
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=session.practitioner_id.bytes,
        user_name=practitioner.staff_number or practitioner.name,
        user_display_name=practitioner.name,
        challenge=new_challenge(keys, _for_registering(session)),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json(options)


async def add_passkey(
    pool: Pool, keys: Keys, site: RelyingParty, session: StaffSession, answer: str, label: str
) -> None:
    """Keep the passkey the browser made.

    Raises:
        PasskeyRefused: the answer is not good, late, repeated, or the passkey is known already.
    """
    try:
        credential = parse_registration_credential_json(_parsed(answer))
        challenge = await _spent(pool, keys, credential, _for_registering(session))
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except _NOT_GOOD:
        raise PasskeyRefused from None
    passkey = Passkey(session.practitioner_id, verified.credential_public_key, verified.sign_count)
    credential_id, at = verified.credential_id, datetime.now(UTC)
    if not await store.add_passkey(pool, credential_id, passkey, label[:_LONGEST_LABEL], at):
        raise PasskeyRefused


def begin_passkey_sign_in(keys: Keys, site: RelyingParty) -> str:
    """What the browser needs to sign in with any passkey it has for this site, as JSON."""
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=new_challenge(keys, _SIGN_IN),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


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
    try:
        credential = parse_authentication_credential_json(_parsed(answer))
        passkey = await store.passkey(pool, credential.raw_id)
        challenge = await _spent(pool, keys, credential, _SIGN_IN)
        if passkey is None:
            raise PasskeyRefused
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _NOT_GOOD:
        raise PasskeyRefused from None
    await store.count_signature(pool, credential.raw_id, verified.new_sign_count)
    return passkey.practitioner_id


async def _spent(
    pool: Pool,
    keys: Keys,
    credential: RegistrationCredential | AuthenticationCredential,
    purpose: str,
) -> bytes:
    challenge = parse_client_data_json(credential.response.client_data_json).challenge
    if not await spend_challenge(pool, keys, purpose, challenge):
        raise PasskeyRefused
    return challenge


def _parsed(answer: str) -> dict[str, Any]:
    """The browser's answer as far as its shape can be told; the library judges the rest.

    Raises:
        ValueError: too long, too deep, or not of that shape.
    """
    if len(answer) > _LONGEST_ANSWER:
        raise PasskeyRefused
    parsed: dict[str, Any] = msgspec.to_builtins(_ANSWER.decode(answer))
    return parsed


def _for_registering(session: StaffSession) -> str:
    return f"passkey of {session.practitioner_id} in {session.session_id}"
