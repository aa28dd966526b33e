"""CBOR signed by an issuer elsewhere (COSE_Sign1), as health certificates use it; strict, by hand.

The key id of the protected header outweighs that of the unprotected one; an algorithm counts only
where it is protected. Two equal keys in a map, or a tag other than those of dates, is refused.

Source: RFC 9052, 4.2 and 4.4 (Sign1, Sig_structure); RFC 8392 (CWT); Electronic Health Certificate
specification 1.0.5, 2.5 (key identifier).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final, NoReturn

import cbor2

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.published_key import Algorithm
from openhealthcode.trust.signing import P256Signer

_SIGN1_TAG: Final = 18
_CWT_TAG: Final = 61
_ALGORITHM, _CRITICAL, _KEY_ID = 1, 2, 4
_CONTEXT: Final = "Signature1"
_MOST_DEPTH: Final = 16


class UnreadableToken(HealthCodeError):
    """This is no signed CBOR of the expected form."""

    code = "token-unreadable"


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A signed token taken apart; not yet believed.

    Args:
        algorithm: of the protected header.
        key_id: of the protected header, else of the unprotected one.
        payload: the bytes that were signed.
        signed: what the signature is over, with its context.
        signature: as the algorithm writes it.
    """

    algorithm: Algorithm
    key_id: bytes
    payload: bytes = field(repr=False)
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)


def read_token(data: bytes) -> SignedToken:
    """Take a token apart, tagged or not.

    Raises:
        UnreadableToken: another form, an algorithm we do not believe, or no key id.
    """
    item = read_cbor(data, is_tagged=True)
    for tag in (_CWT_TAG, _SIGN1_TAG):
        if isinstance(item, cbor2.CBORTag) and item.tag == tag:
            item = item.value
    match item:
        case [bytes(protected), Mapping() as unprotected, bytes(payload), bytes(signature)]:
            header = read_cbor(protected) if protected else {}
        case _:
            raise UnreadableToken
    if not isinstance(header, dict) or _CRITICAL in header:
        raise UnreadableToken
    key_id = header.get(_KEY_ID, unprotected.get(_KEY_ID))
    try:
        algorithm = Algorithm(header.get(_ALGORITHM))
    except ValueError:
        raise UnreadableToken from None
    if not isinstance(key_id, bytes):
        raise UnreadableToken
    return SignedToken(algorithm, key_id, payload, _signed(protected, payload), signature)


def sign_token(signer: P256Signer, key_id: bytes, payload: bytes) -> bytes:
    """A tagged token by ES256."""
    protected = cbor2.dumps({_ALGORITHM: Algorithm.ES256.value, _KEY_ID: key_id}, canonical=True)
    signature = signer.sign(_signed(protected, payload))
    return cbor2.dumps(cbor2.CBORTag(_SIGN1_TAG, [protected, {}, payload, signature]))


def read_cbor(data: bytes, *, is_tagged: bool = False) -> object:
    """Exactly one item.

    Args:
        is_tagged: lets the item itself carry a tag, as a signed token does.

    Raises:
        UnreadableToken: damaged, followed by something, too deep, a key twice in a map, or a tag
            no certificate needs.
    """
    stream = BytesIO(data)
    try:
        decoder = cbor2.CBORDecoder(
            stream,
            max_depth=_MOST_DEPTH,
            allow_duplicate_keys=False,
            semantic_decoders=_REFUSED,
            tag_hook=_keep_signed if is_tagged else _refuse,
        )
        item: object = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError):
        raise UnreadableToken from None
    if stream.tell() != len(data):
        raise UnreadableToken
    return item


def _refuse(*_: object) -> NoReturn:
    raise ValueError("a tag no certificate needs")


def _keep_signed(tag: cbor2.CBORTag, _is_immutable: bool) -> cbor2.CBORTag:  # noqa: FBT001 - as the decoder calls it
    """Leave the tags of a signed token where they are."""
    return tag if tag.tag in {_SIGN1_TAG, _CWT_TAG} else _refuse()


_REFUSED: Final = dict.fromkeys(
    (
        2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 43_000, 55_799,
    ),
    _refuse,
)  # fmt: skip
"""Every tag the decoder gives a meaning to, but those of dates (0, 1, 1004): large numbers take long to
work with, shared references make an item hold itself."""


def _signed(protected: bytes, payload: bytes) -> bytes:
    return cbor2.dumps([_CONTEXT, protected, b"", payload])
