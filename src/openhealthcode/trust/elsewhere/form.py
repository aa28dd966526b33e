"""Which form a published list of keys has, and reading it."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import Final

from openhealthcode.trust.elsewhere.did import read_did
from openhealthcode.trust.elsewhere.dsc import open_list, read_by_country, read_certificates
from openhealthcode.trust.elsewhere.jwks import read_jwks
from openhealthcode.trust.elsewhere.model import PublishedKeys, UnreadableKeyList
from openhealthcode.trust.published_key import PublishedKey

_LARGEST_BYTES: Final = 16 << 20


class PublishedForm(StrEnum):
    """How others publish their keys."""

    JWKS = "jwks"
    DSC_LIST = "dsc-list"
    DID = "did"


def read_published(
    data: bytes, now: datetime, *, address: str = "", signer: PublishedKey | None = None
) -> tuple[PublishedForm, PublishedKeys]:
    """Read a list of issuers' keys in any of the forms.

    Args:
        data: the file.
        now: keys whose certificates have ended are left out.
        address: of the issuer, for a JWK Set: without it nobody's card can name the set.
        signer: whose signature has to be on the list, for the form that can carry one.

    Raises:
        UnreadableKeyList: none of the forms, or too large.
        UntrustedSignature: not signed by ``signer``.
    """
    if len(data) > _LARGEST_BYTES:
        raise UnreadableKeyList
    try:
        text = data.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise UnreadableKeyList from None
    if text.startswith("eyJ"):
        content, is_signed = open_list(text, signer)
        return PublishedForm.DSC_LIST, _by_country(content, now, is_signed=is_signed)
    match _content(text):
        case {"keys": list(keys)} if address:
            return PublishedForm.JWKS, read_jwks(keys, address.rstrip("/"), now)
        case {"certificates": list(certificates)}:
            return PublishedForm.DSC_LIST, read_certificates(certificates, now)
        case {"dsc_trust_list": dict(countries)}:
            return PublishedForm.DSC_LIST, read_by_country(countries, now, is_signed=False)
        case {"verificationMethod": list(methods), **rest}:
            return PublishedForm.DID, read_did(methods, rest.get("proof"), now)
    raise UnreadableKeyList


def _by_country(content: dict[str, object], now: datetime, *, is_signed: bool) -> PublishedKeys:
    match content:
        case {"dsc_trust_list": dict(countries), "exp": int(ends)} if ends > now.timestamp():
            return read_by_country(countries, now, is_signed=is_signed)
    raise UnreadableKeyList


def _content(text: str) -> object:
    """JSON; the gateway's form may have a line with a signature in front."""
    if not text.startswith("{"):
        _, _, text = text.partition("\n")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableKeyList from None
