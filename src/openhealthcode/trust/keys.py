"""All keys of an installation, opened once per process.

Root keys (provider) wrap the month's key-encryption key and the region's own keys; the month's
key wraps each resident's data keys. Only this package knows an algorithm's name.
"""

from __future__ import annotations

import secrets
import time
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import Final
from uuid import UUID

from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.transparency import NoteSigner, NoteVerifier
from openhealthcode.trust.authority import Authority, authorities
from openhealthcode.trust.checkpoint_signer import CheckpointSigner
from openhealthcode.trust.code_seal import CodeSeal
from openhealthcode.trust.identifier import IdSeal
from openhealthcode.trust.inventory import KeyInventory, inventory
from openhealthcode.trust.issuer_keys import CodeIssuer, IssuerRing
from openhealthcode.trust.keks import KekRing
from openhealthcode.trust.key_store import KeyStore
from openhealthcode.trust.marks import MarkCode, ScreenCode
from openhealthcode.trust.message_signature import MessageSigner
from openhealthcode.trust.model import (
    Destruction,
    KeyClass,
    OpenedCode,
    Rotation,
    UnknownKey,
    UnreadableSeal,
    UnsuitableKeyStore,
)
from openhealthcode.trust.national_card import KEY_BYTES as CARD_KEY_BYTES
from openhealthcode.trust.national_card import NationalCardKeys
from openhealthcode.trust.provider import FileKeyProvider, KeyProvider
from openhealthcode.trust.resident import ResidentKeys
from openhealthcode.trust.signing import P256Signer
from openhealthcode.trust.suite import (
    KEY_BYTES,
    Mac,
    Suite,
    aead,
    derive,
    mac,
    mac_sm3,
    seal,
    unseal,
)

_HELD_SECONDS: Final = 30.0
_HELD_RESIDENTS: Final = 8192
_REGION_ROOT: Final = "region"
_INDEX: Final = "blind-index"
_INDEX_SM3: Final = "blind-index-sm3"
_SESSION_AAD: Final = b"session 1"
_NATIONAL_CARD: Final = "national-card"
_PAIRWISE_BYTES: Final = 16
RESERVED_DIVISION: Final = 880_000
"""A division that does not exist: what demonstrations and tests issue codes under."""


class Keys:
    """Seals, opens, indexes and signs on behalf of one installation."""

    def __init__(
        self,
        store: KeyStore,
        provider: KeyProvider,
        *,
        suite: Suite,
        region: int,
        division: int,
        capacity: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._provider = provider
        self.suite = suite
        """What new data are sealed with."""
        self.issuers = IssuerRing(store, provider, division, clock)
        """The region's keys for signed codes."""
        self._clock = clock
        self._capacity = capacity
        self._held: OrderedDict[UUID, tuple[float, ResidentKeys]] = OrderedDict()
        self._indexes: dict[str, Mac] = {}
        self._keks = KekRing(store, provider, suite, self._today())
        self._ids = IdSeal(self._region_key("entry-id"))
        self._codes = CodeSeal(self._region_key("code"), region, clock, suite)
        self._link = mac(derive(self._region_key("audit-chain"), b"chain link"))
        self._session = mac(derive(self._region_key("session"), b"session"))
        compared = derive(self._region_key("matching"), b"comparison row")
        former = Suite.AES_256_GCM if suite.is_national else Suite.SM4_GCM
        self._comparison = aead(suite, compared)
        self._comparison_before = aead(former, compared)
        """Opens what was sealed before the suite was changed."""

    @classmethod
    def open(
        cls,
        directory: Path,
        suite: Suite = Suite.AES_256_GCM,
        *,
        provider: KeyProvider | None = None,
        region: int = 0,
        division: int = RESERVED_DIVISION,
        capacity: int = _HELD_RESIDENTS,
        clock: Callable[[], float] = time.time,
    ) -> Keys:
        """Open a key directory, or make a new one.

        Args:
            directory: holds ``keys.sqlite`` and, unless a provider is given, ``root/*.key``.
            suite: what new data are sealed with.
            provider: where the root keys live; files in the directory by default.
            region: this region's number among the issuers of health codes, 0-2047.
            division: this region's division code (GB/T 2260), as signed codes name it.
            capacity: residents whose opened keys are held in memory at the most.
            clock: seconds since 1970.

        Raises:
            UnsuitableKeyStore: root keys readable by others, or of another key store.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        store = KeyStore(directory / "keys.sqlite")
        try:
            return cls(
                store,
                provider or FileKeyProvider(directory / "root"),
                suite=suite,
                region=region,
                division=division,
                capacity=capacity,
                clock=clock,
            )
        except BaseException:
            store.close()
            raise

    def close(self) -> None:
        """Forget every opened key and close the key store."""
        self._held.clear()
        self._store.close()

    def of(self, resident_id: UUID, *, create: bool = False) -> ResidentKeys:
        """A resident's keys; fetch them anew for each request, they are held for 30 seconds.

        Args:
            resident_id: whose.
            create: make the keys of a new resident, durably, before they are handed out.

        Raises:
            UnknownKey: there are none and ``create`` is not given.
        """
        held = self._held.get(resident_id)
        if held is not None and held[0] > time.monotonic():
            self._held.move_to_end(resident_id)
            return held[1]
        return self._load(resident_id, create=create)

    def prepare(self, resident_ids: Iterable[UUID]) -> Mapping[UUID, ResidentKeys]:
        """Make the keys of many new residents in one durable commit, ahead of a load.

        Waits for the disk, so it may be called in a thread of its own. Answers what was made for
        ``hold``, or nothing if any of them had keys before.
        """
        return {
            resident_id: ResidentKeys(resident_id, {key.key_class: key for key in made}, self._keks)
            for resident_id, made in self._keks.create_data_keys(resident_ids).items()
        }

    def hold(self, prepared: Mapping[UUID, ResidentKeys]) -> None:
        """Have what was prepared at hand; it need not be read back."""
        for resident_id, keys in prepared.items():
            self._hold(resident_id, keys)

    def destroy(self, resident_id: UUID, *key_classes: KeyClass) -> Destruction:
        """Destroy classes of a resident's keys together; what was sealed under them is gone.

        At once in this process; other processes notice within 30 seconds. Copies of the key store
        made before can open it until the answer's date.
        """
        existed = self._store.destroy_data_keys(resident_id, key_classes)
        held = self._held.pop(resident_id, None)
        if held is not None:
            for key_class in key_classes:
                held[1].forget(key_class)
        return Destruction(existed, self._keks.destruction_date())

    def rotate(self) -> Rotation:
        """Run daily: begin the month's key, re-wrap the data keys, destroy expired ones."""
        return self._keks.rotate(self._today())

    def blind_index(self, purpose: str, text: str) -> bytes:
        """32 bytes to find an identifier by; different purposes cannot be joined."""
        index = self._indexes.get(purpose)
        if index is None:
            name, keyed = self._index_function()
            key = derive(self._region_key(name), b"for " + purpose.encode())
            index = self._indexes[purpose] = keyed(key)
        return index(text.encode())

    def _index_function(self) -> tuple[str, Callable[[bytes], Mac]]:
        """The region's key of indexes, and the function it was made for.

        An installation keeps the function it began with, whatever its suite becomes: under another
        nobody registered would be found again.
        """
        functions = {_INDEX: mac, _INDEX_SM3: mac_sm3}
        begun = [name for name in functions if self._store.region_key(name) is not None]
        name = begun[0] if begun else _INDEX_SM3 if self.suite.is_national else _INDEX
        return name, functions[name]

    def seal_id(self, resident_id: UUID, entry_id: UUID) -> str:
        """The 64 characters that name an entry to the outside; always the same."""
        return self._ids.seal(resident_id, entry_id)

    def open_id(self, text: str) -> tuple[ResidentId, EntryId]:
        """Whose entry a public id names, and which.

        Raises:
            UnreadableId: it was not issued here.
        """
        return self._ids.open(text)

    @property
    def region(self) -> int:
        """This region's number among the issuers of online codes."""
        return self._codes.region

    def seal_code(self, device_reference: bytes, seconds: int, purpose_hint: int = 0) -> bytes:
        """The 33 bytes of an online health code; see ``code_seal`` for the layout."""
        return self._codes.seal(device_reference, seconds, purpose_hint)

    def open_code(self, sealed: bytes) -> OpenedCode:
        """What an online health code says.

        Raises:
            UntrustedCode: another region's or day's, or altered.
        """
        return self._codes.open(sealed)

    def code_issuer(self, moment: datetime) -> CodeIssuer:
        """The region's key that signs codes at a moment.

        Raises:
            NoCodeIssuer: no trust list names one of the region's keys for this moment.
        """
        return self.issuers.at(moment)

    @property
    def directory(self) -> Path:
        """Where the key store lies, and beside it whose lists are believed."""
        return self._store.folder

    def inventory(self) -> KeyInventory:
        """Which keys there are, by name, age and number; for an evaluation."""
        return inventory(self._store)

    @property
    def authorities(self) -> Mapping[str, Authority]:
        """Whose trust lists this installation believes, read anew."""
        return authorities(self.directory)

    def newest_list(self, authority: str) -> int:
        """The highest number of an authority's lists that was ever taken here."""
        return self._store.newest_list(authority)

    def remember_list(self, authority: str, number: int) -> None:
        """Take no list of this authority any more that has a lower number."""
        self._store.remember_list(authority, number)

    @property
    def national_card(self) -> NationalCardKeys:
        """Makes ids and validities of the national electronic health card."""
        both = self._region_key(_NATIONAL_CARD)
        return NationalCardKeys(both[:CARD_KEY_BYTES], both[CARD_KEY_BYTES:])

    def adopt_national_card(self, security: bytes, protection: bytes) -> None:
        """Take over the keys the card's scheme gave this region, before any card was made.

        Raises:
            UnsuitableKeyStore: not two keys of SM4, or cards were made under others already.
        """
        both = security + protection
        if len(security) != CARD_KEY_BYTES or len(protection) != CARD_KEY_BYTES:
            raise UnsuitableKeyStore("a key of the national card has sixteen bytes")
        wrapped = self._provider.wrap(_REGION_ROOT, _NATIONAL_CARD, both)
        self._store.add_region_key(_NATIONAL_CARD, wrapped)
        if self._region_key(_NATIONAL_CARD) != both:
            raise UnsuitableKeyStore("national cards were made under other keys already")

    def chain_link(self, previous: bytes, commitment: bytes) -> bytes:
        """Ties a log entry to the one before it; only the holder of the key can make one."""
        return self._link(previous + commitment)

    def checkpoint_signer(self, origin: str) -> CheckpointSigner:
        """Signs the log's checkpoints under the log's published name, never two that disagree."""
        seed = derive(self._region_key("checkpoint"), b"ed25519 seed")
        return CheckpointSigner(origin, seed, self._store)

    def checkpoint_verifier(self, origin: str) -> NoteVerifier:
        """Checks the log's checkpoints; others build one from the published verifier key."""
        return NoteVerifier(self.checkpoint_signer(origin).verifier_key)

    def receipt_signer(self, name: str) -> NoteSigner:
        """Signs receipts, with another key than checkpoints: neither can pass for the other."""
        return NoteSigner(name, derive(self._region_key("receipt"), b"ed25519 seed"))

    def summary_signer(self, name: str) -> NoteSigner:
        """Signs emergency summaries that residents carry, with a key for nothing else."""
        return NoteSigner(name, derive(self._region_key("emergency-summary"), b"ed25519 seed"))

    def card_signer(self) -> P256Signer:
        """Signs health cards and certificates for readers elsewhere, with a key for nothing else."""
        return P256Signer.derived(self._region_key("health-card"), b"health cards 1")

    @cached_property
    def marks(self) -> MarkCode:
        """The bits that files handed over carry, and where; who has them can accuse anybody."""
        return MarkCode(derive(self._region_key("marks"), b"marks"))

    @cached_property
    def screens(self) -> ScreenCode:
        """The faint cells of staff's screens; who has them can accuse anybody, too."""
        return ScreenCode(derive(self._region_key("marks"), b"screens"))

    def partner_signer(self, name: str) -> MessageSigner:
        """Signs what is asked of insurers and payment services, with a key for nothing else."""
        return MessageSigner.of_seed(name, derive(self._region_key("partners"), b"ed25519 seed"))

    def pairwise(self, sector: str, resident_id: UUID, salt: bytes = b"") -> str:
        """How one partner knows a resident: the same each time, and not how any other does.

        Args:
            sector: the partner or institution the name is for.
            resident_id: whose.
            salt: destroyed when the resident leaves, so that whoever comes back is somebody new.

        Source: OpenID Connect Core 1.0, 8.1 (pairwise identifiers).
        """
        name = self.blind_index(f"pairwise {sector}", f"{resident_id}|{salt.hex()}")
        return urlsafe_b64encode(name[:_PAIRWISE_BYTES]).decode().rstrip("=")

    def seal_comparison(self, resident_id: UUID, row: bytes) -> bytes:
        """What two registrations are compared by: under the region's key, not the resident's.

        A look-up opens the rows of a dozen residents within a millisecond. So destroying a
        resident's keys does not make such a row unreadable: it is deleted then.
        """
        return seal(self._comparison, b"comparison 1|" + resident_id.bytes, row)

    def open_comparison(self, resident_id: UUID, sealed: bytes) -> bytes:
        """What ``seal_comparison`` sealed.

        Raises:
            UnreadableSeal: another resident's or installation's, or altered.
        """
        aad = b"comparison 1|" + resident_id.bytes
        try:
            return unseal(self._comparison, aad, sealed)
        except UnreadableSeal:
            return unseal(self._comparison_before, aad, sealed)

    def seal_session(self, token: str, text: str) -> bytes:
        """Encrypt what a session knows so that only who brings its token opens it."""
        key = self._session(token.encode())
        return seal(aead(Suite.AES_256_GCM, key), _SESSION_AAD, text.encode())

    def open_session(self, token: str, sealed: bytes) -> str:
        """What ``seal_session`` sealed.

        Raises:
            UnreadableSeal: another session's token, or altered.
        """
        key = self._session(token.encode())
        return unseal(aead(Suite.AES_256_GCM, key), _SESSION_AAD, sealed).decode()

    def _load(self, resident_id: UUID, *, create: bool) -> ResidentKeys:
        stored = self._store.data_keys(resident_id)
        if not stored and create:
            self._keks.create_data_keys([resident_id])
            stored = self._store.data_keys(resident_id)
        if not stored:
            raise UnknownKey
        held = self._held.get(resident_id)
        if held is not None and held[1].are_still(stored):
            keys = held[1]  # looked up anew and unchanged: need not be opened anew
        else:
            keys = ResidentKeys(resident_id, {key.key_class: key for key in stored}, self._keks)
        self._hold(resident_id, keys)
        return keys

    def _hold(self, resident_id: UUID, keys: ResidentKeys) -> None:
        self._held[resident_id] = (time.monotonic() + _HELD_SECONDS, keys)
        self._held.move_to_end(resident_id)
        if len(self._held) > self._capacity:
            self._held.popitem(last=False)

    def _region_key(self, name: str) -> bytes:
        stored = self._store.region_key(name)
        if stored is None:
            new = secrets.token_bytes(KEY_BYTES)
            wrapped = self._provider.wrap(_REGION_ROOT, name, new)
            stored = self._store.add_region_key(name, wrapped)
        return self._provider.unwrap(_REGION_ROOT, name, stored)

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()
