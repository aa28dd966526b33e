"""What a list of others holds, and what had to be put right while reading it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.published_key import PublishedKey


class UnreadableKeyList(HealthCodeError):
    """This is no list of issuers' keys that can be read."""

    code = "key-list-unreadable"


class Defect(StrEnum):
    """What is known to be wrong in published lists; each is put right, or the key left out."""

    LEADING_ZERO = "leading-zero"
    """A coordinate has a zero too many in front, as signed big numbers are written."""
    PADDING = "padding"
    """Base64 with too much, too little or another alphabet's padding."""
    FRAGMENT = "fragment"
    """The key's name in the method's address is not that of the key; the key's own counts."""
    KEY_ID = "key-id"
    """The name is not the one that follows from the certificate; the published name counts."""
    COORDINATES = "coordinates"
    """The key beside the certificate is another than the one in it; the certificate's counts."""
    NO_CERTIFICATE = "no-certificate"
    """Only a bare key: until when it holds and what it may sign is not said."""
    CERTIFICATE_OVER = "certificate-over"
    """Left out: its certificate has ended."""
    AUTHORITY = "authority"
    """Left out: a key that signs certificates and not documents."""
    REFERENCE = "reference"
    """Left out: another document's name where a key should be; it has to be fetched by itself."""
    UNSUITABLE = "unsuitable"
    """Left out: damaged, or of a kind that is not believed."""
    DUPLICATE = "duplicate"
    """Left out: stands in the list before."""
    PROOF_FORM = "proof-form"
    """The list's signature is in DER where the standard has two numbers of 32 bytes."""
    UNSIGNED = "unsigned"
    """Nobody's signature over the list was checked; what vouches for it is where it came from."""


@dataclass(frozen=True, slots=True)
class ElsewhereKey:
    """One issuer's key.

    Args:
        name: whose it is, as the list says: a country, a participant, an address.
        kid: how cards name it; eight bytes where certificates of vaccination do.
        address: of the issuer, where cards name one; else empty.
    """

    name: str
    kid: str | bytes
    key: PublishedKey = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """A list that was read: its keys, and what had to be put right, by the name of the key."""

    keys: tuple[ElsewhereKey, ...]
    defects: tuple[tuple[str, Defect], ...]


class Reading:
    """Gathers keys and defects while a list is read."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str | bytes, bytes], ElsewhereKey] = {}
        self._defects: list[tuple[str, Defect]] = []

    def note(self, name: str, defect: Defect) -> None:
        """Something was put right, or left out."""
        self._defects.append((name, defect))

    def take(self, key: ElsewhereKey) -> None:
        """A key that is believed."""
        place = (key.address, key.kid, key.key.spki)
        if place in self._keys:
            self.note(_shown(key.kid), Defect.DUPLICATE)
        self._keys.setdefault(place, key)

    def done(self) -> PublishedKeys:
        """All of it."""
        return PublishedKeys(tuple(self._keys.values()), tuple(self._defects))


def _shown(kid: str | bytes) -> str:
    return kid.hex() if isinstance(kid, bytes) else kid
