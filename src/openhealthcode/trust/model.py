"""What trust hands out and refuses: classes of keys, opened codes, and why something stays shut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import IntEnum
from typing import Final, NamedTuple

from openhealthcode.standards import HealthCodeError


class KeyClass(IntEnum):
    """What a resident's data key protects; each class can be destroyed without the others."""

    RECORD = 0
    """Health data, their search index and their digests."""
    LOG = 1
    """The readable part of the access log, kept as long as the law asks."""
    IDENTITY = 2
    """Names, numbers, addresses, phones."""


class UnknownKey(HealthCodeError):
    """There is no key for these data."""

    code = "key-unknown"


class DestroyedKey(UnknownKey):
    """The key for these data was destroyed; they cannot be read again."""

    code = "key-destroyed"


class UnreadableSeal(HealthCodeError):
    """These sealed data were altered, or belong somewhere else."""

    code = "seal-unreadable"


class UnreadableId(HealthCodeError):
    """This identifier was not issued here."""

    code = "id-unreadable"


class UntrustedCode(HealthCodeError):
    """This code was not sealed here, or not lately."""

    code = "code-untrusted"


class UntrustedSignature(HealthCodeError):
    """The signature is not one of the key that should have made it."""

    code = "signature-untrusted"


class UntrustedIssuer(HealthCodeError):
    """The trust list does not know this issuer, or not for this time."""

    code = "issuer-untrusted"


class UnsuitableTrustList(HealthCodeError):
    """The trust list is damaged, not signed by enough roots, or older than one held already."""

    code = "trust-list-unsuitable"


class StaleTrustList(HealthCodeError):
    """The trust list is too old to rely on; connect once to renew it."""

    code = "trust-list-stale"


class UnavailableSuite(HealthCodeError):
    """No libcrypto on this computer can sign by SM2; install OpenSSL 3 or choose another suite."""

    code = "suite-unavailable"


class UnsuitableKeyStore(HealthCodeError):
    """The key directory cannot be used as it is."""

    code = "key-store-unsuitable"


CODE_EPOCH: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""The seconds inside an online health code count from here."""


class OpenedCode(NamedTuple):
    """What an online health code says once it is opened: which phone showed it, and when."""

    mark: bytes
    """Sixteen bytes no other code shares, which name nobody: what is noted of a code that is spent."""
    device_reference: bytes
    """Eight bytes, random per enrolment of a phone."""
    seconds: int
    """When it was sealed: seconds since 2020-01-01 UTC."""
    nonce: bytes
    """Two random bytes; two codes of one phone and second differ by them."""
    purpose_hint: int
    """One byte the phone chose; a hint to the counter, never an authority."""

    @property
    def issued_at(self) -> datetime:
        """When the phone was given this code, to the second."""
        return CODE_EPOCH + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Rotation:
    """What one run of ``Keys.rotate`` did."""

    current_month: str
    rewrapped: int
    destroyed_months: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Destruction:
    """A destroyed data key, and from when on no copy of the key store can open it either."""

    existed: bool
    unreadable_from: date
