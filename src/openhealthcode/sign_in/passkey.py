"""What passkeys of residents and staff have in common: making one, answering with one, judging it.

The authenticator verifies its user (fingerprint, PIN), so that an answer stands for device and
person. Nothing of an answer is believed before the library has judged it whole.

Source: W3C Web Authentication Level 3, 7.1 and 7.2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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

from openhealthcode.sign_in.model import PasskeyRefused

_LONGEST_ANSWER: Final = 16_384
LONGEST_LABEL: Final = 64
_NOT_GOOD: Final = (WebAuthnException, ValueError, TypeError, KeyError, RecursionError)
"""What parsing and verifying raise for an answer made by no authenticator."""


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site as authenticators know it: domain, name, and the origins its pages come from."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Whom a passkey is for, as their own device shows it.

    Args:
        handle: bytes that are always the same for one person and name nobody.
        name: in the device's list of accounts.
        display_name: the same, spelt out.
    """

    handle: bytes
    name: str
    display_name: str


@dataclass(frozen=True, slots=True)
class MadePasskey:
    """A new passkey's public part."""

    credential_id: bytes
    public_key: bytes
    sign_count: int


class _Answer(msgspec.Struct, frozen=True, omit_defaults=True):
    """``PublicKeyCredential.toJSON()``: ids and texts of base64url, and a few small extras."""

    id: str
    rawId: str  # noqa: N815 - the standard's name
    type: str
    response: dict[str, str | int | list[str] | None]
    authenticatorAttachment: str | None = None  # noqa: N815 - the standard's name


_ANSWER = msgspec.json.Decoder(_Answer)


def to_make(site: RelyingParty, holder: Holder, challenge: bytes, known: Iterable[bytes]) -> str:
    """What the browser needs to make a passkey, as JSON; not on a device that has one."""
    options = generate_registration_options(
        rp_id=site.id,
        rp_name=site.name,
        user_id=holder.handle,
        user_name=holder.name,
        user_display_name=holder.display_name,
        challenge=challenge,
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
    )
    return options_to_json(options)


def to_answer(site: RelyingParty, challenge: bytes, allowed: Iterable[bytes] = ()) -> str:
    """What the browser needs to answer with a passkey, as JSON.

    Args:
        allowed: the passkeys that may answer; any it has for this site, if none is named.
    """
    options = generate_authentication_options(
        rp_id=site.id,
        challenge=challenge,
        allow_credentials=_described(allowed),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def read_made(answer: str) -> tuple[RegistrationCredential, bytes]:
    """The browser's new passkey and the challenge it names; neither is believed yet.

    Raises:
        PasskeyRefused: it is of no such shape.
    """
    try:
        credential = parse_registration_credential_json(_parsed(answer))
        return credential, _challenge(credential)
    except _NOT_GOOD:
        raise PasskeyRefused from None


def read_answer(answer: str) -> tuple[AuthenticationCredential, bytes]:
    """The browser's answer and the challenge it names; neither is believed yet.

    Raises:
        PasskeyRefused: it is of no such shape.
    """
    try:
        credential = parse_authentication_credential_json(_parsed(answer))
        return credential, _challenge(credential)
    except _NOT_GOOD:
        raise PasskeyRefused from None


def check_made(
    site: RelyingParty, credential: RegistrationCredential, challenge: bytes
) -> MadePasskey:
    """Judge a new passkey.

    Raises:
        PasskeyRefused: made for another site or challenge, without its user, or altered.
    """
    try:
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except _NOT_GOOD:
        raise PasskeyRefused from None
    return MadePasskey(verified.credential_id, verified.credential_public_key, verified.sign_count)


def check_answer(
    site: RelyingParty,
    credential: AuthenticationCredential,
    challenge: bytes,
    public_key: bytes,
    sign_count: int,
) -> int:
    """Judge an answer; answers how often the device has signed by now.

    Raises:
        PasskeyRefused: of another key, site or challenge, without its user, counted back, altered.
    """
    try:
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.id,
            expected_origin=list(site.origins),
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
    except _NOT_GOOD:
        raise PasskeyRefused from None
    return verified.new_sign_count


def _described(credential_ids: Iterable[bytes]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=each) for each in credential_ids]


def _challenge(credential: RegistrationCredential | AuthenticationCredential) -> bytes:
    return parse_client_data_json(credential.response.client_data_json).challenge


def _parsed(answer: str) -> dict[str, Any]:
    """The browser's answer as far as its shape can be told; the library judges the rest.

    Raises:
        ValueError: too deep, or not of that shape.
        PasskeyRefused: too long.
    """
    if len(answer) > _LONGEST_ANSWER:
        raise PasskeyRefused
    parsed: dict[str, Any] = msgspec.to_builtins(_ANSWER.decode(answer))
    return parsed
