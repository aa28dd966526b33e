"""The region's own keys for signed codes: made, announced, signing, retired, destroyed.

A key is made long before it signs, so that every verifier has it on a list by then. When it signs
is not for this installation to say: the trust list does, and what it says is written here when a
list is published. A key no list names signs nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from openhealthcode.standards import HealthCodeError
from openhealthcode.trust.key_store import KeyStore, StoredIssuerKey
from openhealthcode.trust.model import DestroyedKey, UnknownKey
from openhealthcode.trust.provider import KeyProvider
from openhealthcode.trust.signing import CodeSigner, SignatureSuite, signer_of
from openhealthcode.trust.suite import KEY_BYTES, sha256
from openhealthcode.trust.trust_list import Issuer, TrustList, key_id

_ROOT: Final = "region"
_LABEL: Final = b"code issuer"


class NoCodeIssuer(HealthCodeError):
    """This region has no key on the trust list that signs codes now."""

    code = "code-issuer-missing"


@dataclass(frozen=True, slots=True)
class CodeIssuer:
    """The region's key that signs codes at a moment; on the trust list, hence believed.

    Args:
        region: division code of GB/T 2260, as a number.
        key_id: the first four bytes of the public key's SHA-256, as codes name it.
        signer: holds the private key.
        believed_until: what it signs has to end by then: nobody believes it any longer.
    """

    region: int
    key_id: bytes
    signer: CodeSigner
    believed_until: datetime

    @property
    def suite(self) -> SignatureSuite:
        """How it signs."""
        return self.signer.suite


@dataclass(frozen=True, slots=True)
class OwnKey:
    """One of the region's keys as the installation knows it; times are None until a list says."""

    key_id: bytes
    suite: SignatureSuite
    public_key: bytes = field(repr=False)
    made_at: datetime
    listed: Issuer | None
    is_destroyed: bool

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the public key, as people compare it."""
        return fingerprint(self.public_key)


def fingerprint(public_key: bytes) -> str:
    """The SHA-256 of a public key in groups of four, as people read it out to each other."""
    digits = sha256(public_key).hex()
    return " ".join(digits[at : at + 4] for at in range(0, len(digits), 4))


class IssuerRing:
    """Makes, keeps and uses the region's keys for signed codes."""

    def __init__(
        self, store: KeyStore, provider: KeyProvider, region: int, clock: Callable[[], float]
    ) -> None:
        self._store = store
        self._provider = provider
        self._clock = clock
        self._signers: dict[bytes, CodeSigner] = {}
        self.region = region

    def make(self, suite: SignatureSuite = SignatureSuite.ES256) -> OwnKey:
        """Make a key, durably; it signs once a list that names it is published."""
        secret = secrets.token_bytes(KEY_BYTES)
        public = signer_of(suite, secret, _LABEL).public_key
        name = key_id(public)
        wrapped = self._provider.wrap(_ROOT, _use(name), secret)
        made_at = int(self._clock())
        stored = StoredIssuerKey(name, int(suite), public, wrapped, made_at, None, None, None)
        self._store.add_issuer_key(stored)
        return self._own(stored)

    def own_keys(self) -> list[OwnKey]:
        """All of them, the oldest first; destroyed ones too."""
        return [self._own(stored) for stored in self._store.issuer_keys()]

    def follow(self, listed: TrustList) -> None:
        """Take over when each key signs, as a list says it that is now published."""
        times: Mapping[bytes, tuple[int, int, int]] = {
            one.key_id: (
                int(one.believed_from.timestamp()),
                int(one.signs_until.timestamp()),
                int(one.believed_until.timestamp()),
            )
            for one in listed.issuers.values()
            if one.region == self.region
        }
        self._store.schedule_issuer_keys(times)

    def at(self, moment: datetime) -> CodeIssuer:
        """The key that signs codes at a moment: of those that may, the newest.

        Raises:
            NoCodeIssuer: none is on the list for this moment.
        """
        stored = self._store.signing_issuer_key(int(moment.timestamp()))
        if stored is None or stored.believed_until is None:
            raise NoCodeIssuer
        until = datetime.fromtimestamp(stored.believed_until, UTC)
        return CodeIssuer(self.region, stored.key_id, self._signer(stored), until)

    def signer(self, name: bytes) -> CodeSigner:
        """One of the keys by its id, for signing its own list of revoked codes.

        Raises:
            UnknownKey, DestroyedKey: it is not ours, or not any more.
        """
        for stored in self._store.issuer_keys():
            if stored.key_id == name:
                return self._signer(stored)
        raise UnknownKey

    def destroy(self, name: bytes) -> None:
        """Wipe a private key that others may know; at once in this process, then in all.

        Raises:
            UnknownKey: it is not ours.
        """
        if not self._store.destroy_issuer_key(name):
            raise UnknownKey
        self._signers.pop(name, None)

    def _signer(self, stored: StoredIssuerKey) -> CodeSigner:
        if stored.wrapped is None:
            raise DestroyedKey
        signer = self._signers.get(stored.key_id)
        if signer is None:
            secret = self._provider.unwrap(_ROOT, _use(stored.key_id), stored.wrapped)
            signer = signer_of(SignatureSuite(stored.suite), secret, _LABEL)
            self._signers[stored.key_id] = signer
        return signer

    def _own(self, stored: StoredIssuerKey) -> OwnKey:
        name, suite = stored.key_id, SignatureSuite(stored.suite)
        listed = None
        if stored.signs_from is not None:
            times = (stored.signs_from, stored.signs_until or 0, stored.believed_until or 0)
            moments = (datetime.fromtimestamp(one, UTC) for one in times)
            listed = Issuer(self.region, name, suite, stored.public_key, *moments)
        made_at = datetime.fromtimestamp(stored.made_at, UTC)
        return OwnKey(name, suite, stored.public_key, made_at, listed, stored.wrapped is None)


def _use(name: bytes) -> str:
    return f"code issuer {name.hex()}"
