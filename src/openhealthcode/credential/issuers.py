"""Whose cards and certificates are believed: our own keys, and those of issuers on the list.

A card names its issuer's address and a key; a certificate a key alone, by eight bytes of which
several keys may be named: each is tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from openhealthcode.trust import PublishedKey, sha256

CERTIFICATE_KEY_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Issuer:
    """Somebody whose signature counts.

    Args:
        name: as people know them.
        key: what verifies.
        kid: the name of the key as cards write it; for certificates eight bytes.
        address: of the issuer, as cards name it; empty for issuers of certificates.
        revoked: what the issuer took back: the identifier, and before when (None for ever).
    """

    name: str
    key: PublishedKey = field(repr=False)
    kid: str | bytes
    address: str = ""
    revoked: Mapping[str, datetime | None] = field(default_factory=dict, repr=False)

    def has_revoked(self, rid: str, issued_at: datetime) -> bool:
        """Whether a card was taken back: any of that name, or those issued before a moment."""
        if not rid or rid not in self.revoked:
            return False
        before = self.revoked[rid]
        return before is None or issued_at < before


class Issuers:
    """The list a card or certificate is checked against."""

    def __init__(self, listed: Iterable[Issuer] = ()) -> None:
        self._cards: dict[tuple[str, str], Issuer] = {}
        self._certificates: dict[bytes, list[Issuer]] = {}
        for one in listed:
            if isinstance(one.kid, bytes):
                self._certificates.setdefault(one.kid, []).append(one)
            else:
                self._cards[one.address, one.kid] = one

    def of_card(self, address: str, kid: str) -> Issuer | None:
        """Who signs cards at an address with a key of this name."""
        return self._cards.get((address, kid))

    def of_certificate(self, key_id: bytes) -> Sequence[Issuer]:
        """Everybody with a key of this name."""
        return self._certificates.get(key_id, ())

    def __add__(self, other: Issuers) -> Issuers:
        """Both lists as one."""
        return Issuers([*self, *other])

    def __iter__(self) -> Iterator[Issuer]:
        yield from self._cards.values()
        for listed in self._certificates.values():
            yield from listed


def certificate_key_id(encoded: bytes) -> bytes:
    """The name of a key in certificates: of its X.509 certificate, or of the bare key, in DER."""
    return sha256(encoded)[:CERTIFICATE_KEY_ID_BYTES]
