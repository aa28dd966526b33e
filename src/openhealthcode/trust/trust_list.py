"""The issuers whose codes are believed (信任列表): one signed list, kept by whoever must check offline.

The list is CBOR in the deterministic encoding: a map of the body, as bytes, and the signatures of
national roots over it, each with the root's key id. It counts when at least as many known roots as
the reader asks for have signed. Body: number 1, issued at 2 and next list due at 3 (seconds since
1970), issuers 4, lists of revoked codes 5.

An issuer's key is announced before it signs, stops signing before it stops being believed, and is
left out at once when it is compromised.

Source: our own; RFC 8949 4.2 (deterministic CBOR), Token Status List for what was revoked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Final

import cbor2

from openhealthcode.trust.cwt import UnreadableToken, read_cbor
from openhealthcode.trust.model import UnsuitableTrustList, UntrustedIssuer, UntrustedSignature
from openhealthcode.trust.signing import (
    PUBLIC_KEY_BYTES,
    CodeSigner,
    CodeVerifier,
    SignatureSuite,
    lasting_verifier_of,
)
from openhealthcode.trust.status_list import StatusList, UnreadableStatusList
from openhealthcode.trust.suite import sha256

LIFETIME: Final = timedelta(days=7)
"""How old a list may be to be believed without a mark."""
GRACE: Final = timedelta(hours=72)
"""How long after that it still identifies, marked; nothing is paid by it."""
KEY_ID_BYTES: Final = 4

_LABEL: Final = b"OHC-trust-list-v1"
_LARGEST_BYTES: Final = 16 << 20
_MOST_SIGNATURES: Final = 32
_BODY, _SIGNATURES = 1, 2


class Freshness(Enum):
    """What a list of its age is good for."""

    FRESH = auto()
    MARKED = auto()
    """Identifies, with a mark on the screen; settles and pays nothing."""
    OVER = auto()


@dataclass(frozen=True, slots=True)
class Issuer:
    """A key whose codes are believed for a time.

    Args:
        region: division code of GB/T 2260, as a number.
        key_id: the first four bytes of the key's SHA-256.
        believed_from: codes dated earlier are not this key's.
        signs_until: codes dated later are not this key's.
        believed_until: from here on nothing of it is believed.
    """

    region: int
    key_id: bytes
    suite: SignatureSuite
    public_key: bytes = field(repr=False)
    believed_from: datetime
    signs_until: datetime
    believed_until: datetime

    @property
    def verifier(self) -> CodeVerifier:
        """Checks what this issuer signed."""
        return lasting_verifier_of(self.suite, self.public_key)


@dataclass(frozen=True, slots=True)
class TrustList:
    """The issuers and their lists of revoked codes, as of one number of the list."""

    number: int
    issued_at: datetime
    issuers: Mapping[tuple[int, bytes], Issuer] = field(repr=False)
    revoked: Mapping[bytes, StatusList] = field(repr=False)
    as_of: Mapping[bytes, datetime] = field(default_factory=dict, repr=False)
    """Of which moment is what is known of an issuer, where it is another than the list's."""

    def freshness(self, now: datetime, issuer: Issuer | None = None) -> Freshness:
        """What this list is good for at a moment; of one issuer, what is known of it."""
        told_at = self.issued_at
        if issuer is not None:
            told_at = self.as_of.get(issuer.key_id, told_at)
        age = now - told_at
        if timedelta(minutes=-5) <= age <= LIFETIME:
            return Freshness.FRESH
        return Freshness.MARKED if LIFETIME < age <= LIFETIME + GRACE else Freshness.OVER

    def issuer(self, region: int, key_id: bytes, suite: int, now: datetime) -> Issuer:
        """The issuer a code names.

        Raises:
            UntrustedIssuer: not on the list, not now, or of another suite.
        """
        found = self.issuers.get((region, key_id))
        if found is None or found.suite != suite:
            raise UntrustedIssuer
        if not found.believed_from <= now < found.believed_until:
            raise UntrustedIssuer
        return found

    def is_revoked(self, issuer: Issuer, index: int) -> bool:
        """Whether the issuer took a code back; without its list all are taken as revoked."""
        listed = self.revoked.get(issuer.key_id)
        return listed is None or listed.is_revoked(index)


@dataclass(frozen=True, slots=True)
class Roots:
    """The national roots a reader was set up with, and how many of them have to sign."""

    needed: int
    keys: Mapping[bytes, tuple[SignatureSuite, bytes]]

    def __post_init__(self) -> None:
        """Refuse an arrangement that nobody or anybody fulfils."""
        if not 0 < self.needed <= len(self.keys):
            raise ValueError("between one and all of the roots have to sign")

    @classmethod
    def of(cls, needed: int, *roots: tuple[SignatureSuite, bytes]) -> Roots:
        """These public keys, so many of which are needed."""
        return cls(needed, {key_id(public): (suite, public) for suite, public in roots})


def key_id(public_key: bytes) -> bytes:
    """The four bytes that name a key in a code."""
    return sha256(public_key)[:KEY_ID_BYTES]


def body_of(
    number: int,
    issued_at: datetime,
    issuers: Sequence[Issuer],
    revoked: Mapping[bytes, StatusList],
) -> bytes:
    """What the roots sign."""
    content = {
        1: number,
        2: int(issued_at.timestamp()),
        3: int((issued_at + LIFETIME).timestamp()),
        4: [_written(one) for one in issuers],
        5: {name: one.pack() for name, one in revoked.items()},
    }
    return cbor2.dumps(content, canonical=True)


def signed_by(root: CodeSigner, body: bytes) -> tuple[bytes, bytes]:
    """A root's signature of a body, with the root's key id; each root signs for itself."""
    return key_id(root.public_key), root.sign(_LABEL + body)


def assembled(body: bytes, signatures: Sequence[tuple[bytes, bytes]]) -> bytes:
    """The list as it is published."""
    return cbor2.dumps(
        {_BODY: body, _SIGNATURES: [list(one) for one in signatures]}, canonical=True
    )


def read(data: bytes, roots: Roots, *, newest: int = 0) -> TrustList:
    """Read a published list.

    Args:
        data: the file.
        roots: who has to have signed it.
        newest: the number of the list held already; an older one is not taken back.

    Raises:
        UnsuitableTrustList: damaged, not signed by enough roots, or older than that.
    """
    read_list = unsigned(_checked(data, roots))
    if read_list.number < newest:
        raise UnsuitableTrustList
    return read_list


def unsigned(body: bytes) -> TrustList:
    """What a body says that nobody has signed yet; for those about to sign it.

    Raises:
        UnsuitableTrustList: these bytes are no list.
    """
    try:
        return _list_of(_decoded(body))
    except (ValueError, OverflowError, OSError, UnreadableStatusList):
        raise UnsuitableTrustList from None


def _checked(data: bytes, roots: Roots) -> bytes:
    """The body, once enough different roots have signed it."""
    if len(data) > _LARGEST_BYTES:
        raise UnsuitableTrustList
    outer = _decoded(data)
    match outer:
        case {1: bytes(body), 2: list(signatures)} if len(signatures) <= _MOST_SIGNATURES:
            pass
        case _:
            raise UnsuitableTrustList
    good = {name for one in signatures if (name := _good(one, body, roots)) is not None}
    if len(good) < roots.needed:
        raise UnsuitableTrustList
    return body


def _good(signature: object, body: bytes, roots: Roots) -> bytes | None:
    match signature:
        case [bytes(name), bytes(signed)] if name in roots.keys:
            try:
                lasting_verifier_of(*roots.keys[name]).verify(signed, _LABEL + body)
            except UntrustedSignature:
                return None
            return name
    return None


def _decoded(data: bytes) -> object:
    """Exactly one item in the one encoding it has."""
    try:
        value = read_cbor(data)
        if cbor2.dumps(value, canonical=True) != data:
            raise UnsuitableTrustList
    except (UnreadableToken, cbor2.CBORError, ValueError, TypeError, OverflowError):
        raise UnsuitableTrustList from None
    return value


def _written(issuer: Issuer) -> list[object]:
    return [
        issuer.region,
        issuer.key_id,
        int(issuer.suite),
        issuer.public_key,
        int(issuer.believed_from.timestamp()),
        int(issuer.signs_until.timestamp()),
        int(issuer.believed_until.timestamp()),
    ]


def _list_of(content: object) -> TrustList:
    match content:
        case {1: int(number), 2: int(issued_at), 3: int(), 4: list(written), 5: dict(packed)}:
            issuers = [_issuer(one) for one in written]
            if len({one.key_id for one in issuers}) < len(issuers):
                raise UnsuitableTrustList  # what one of them revoked would count for the other
            revoked = {name: _revoked(name, one) for name, one in packed.items()}
        case _:
            raise UnsuitableTrustList
    return TrustList(
        number, _moment(issued_at), {(one.region, one.key_id): one for one in issuers}, revoked
    )


def _revoked(name: object, packed: object) -> StatusList:
    if not isinstance(name, bytes) or not isinstance(packed, bytes):
        raise UnsuitableTrustList
    return StatusList.unpack(packed)


def _issuer(written: object) -> Issuer:
    match written:
        case [int(region), bytes(name), int(suite), bytes(public), int(first), int(last), int(end)]:
            pass
        case _:
            raise UnsuitableTrustList
    if len(public) != PUBLIC_KEY_BYTES or key_id(public) != name:
        raise UnsuitableTrustList
    times = _moment(first), _moment(last), _moment(end)
    return Issuer(region, name, SignatureSuite(suite), public, *times)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
