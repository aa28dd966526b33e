"""All keys of an installation, opened once per process.

Root keys (provider) wrap the month's key-encryption key and the region's own keys; the month's
key wraps each resident's data keys. Only this package knows an algorithm's name.
"""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from openhealthcode.standards.ids import EntryId, ResidentId
from openhealthcode.trust.code_seal import CodeSeal
from openhealthcode.trust.identifier import IdSeal
from openhealthcode.trust.keks import KekRing
from openhealthcode.trust.key_store import KeyStore
from openhealthcode.trust.model import (
    Destruction,
    KeyClass,
    OpenedCode,
    Rotation,
    UnknownKey,
)
from openhealthcode.trust.note import NoteSigner, NoteVerifier
from openhealthcode.trust.provider import FileKeyProvider, KeyProvider
from openhealthcode.trust.resident import ResidentKeys
from openhealthcode.trust.suite import (
    KEY_BYTES,
    Mac,
    Suite,
    aead,
    derive,
    mac,
    seal,
    unseal,
)

_HELD_SECONDS: Final = 30.0
_HELD_RESIDENTS: Final = 8192
_REGION_ROOT: Final = "region"
_SESSION_AAD: Final = b"session 1"


class Keys:
    """Seals, opens, indexes and signs on behalf of one installation."""

    def __init__(
        self,
        store: KeyStore,
        provider: KeyProvider,
        *,
        suite: Suite,
        region: int,
        capacity: int,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._provider = provider
        self._clock = clock
        self._capacity = capacity
        self._held: OrderedDict[UUID, tuple[float, ResidentKeys]] = OrderedDict()
        self._indexes: dict[str, Mac] = {}
        self._keks = KekRing(store, provider, suite, self._today())
        self._ids = IdSeal(self._region_key("entry-id"))
        self._codes = CodeSeal(self._region_key("code"), region, clock)
        self._link = mac(derive(self._region_key("audit-chain"), b"chain link"))
        self._session = mac(derive(self._region_key("session"), b"session"))
        self._comparison = aead(suite, derive(self._region_key("matching"), b"comparison row"))

    @classmethod
    def open(
        cls,
        directory: Path,
        suite: Suite = Suite.AES_256_GCM,
        *,
        provider: KeyProvider | None = None,
        region: int = 0,
        capacity: int = _HELD_RESIDENTS,
        clock: Callable[[], float] = time.time,
    ) -> Keys:
        """Open a key directory, or make a new one.

        Args:
            directory: holds ``keys.sqlite`` and, unless a provider is given, ``root/*.key``.
            suite: what new data are sealed with.
            provider: where the root keys live; files in the directory by default.
            region: this region's number among the issuers of health codes, 0-2047.
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
            key = derive(self._region_key("blind-index"), b"for " + purpose.encode())
            index = self._indexes[purpose] = mac(key)
        return index(text.encode())

    def seal_id(self, resident_id: UUID, entry_id: UUID) -> str:
        """The 64 characters that name an entry to the outside; always the same."""
        return self._ids.seal(resident_id, entry_id)

    def open_id(self, text: str) -> tuple[ResidentId, EntryId]:
        """Whose entry a public id names, and which.

        Raises:
            UnreadableId: it was not issued here.
        """
        return self._ids.open(text)

    def seal_code(self, device_reference: bytes, seconds: int, purpose_hint: int = 0) -> bytes:
        """The 33 bytes of an online health code; see ``code_seal`` for the layout."""
        return self._codes.seal(device_reference, seconds, purpose_hint)

    def open_code(self, sealed: bytes) -> OpenedCode:
        """What an online health code says.

        Raises:
            UntrustedCode: another region's or day's, or altered.
        """
        return self._codes.open(sealed)

    def chain_link(self, previous: bytes, commitment: bytes) -> bytes:
        """Ties a log entry to the one before it; only the holder of the key can make one."""
        return self._link(previous + commitment)

    def checkpoint_signer(self, origin: str) -> NoteSigner:
        """Signs the log's checkpoints under the log's published name."""
        return NoteSigner(origin, derive(self._region_key("checkpoint"), b"ed25519 seed"))

    def checkpoint_verifier(self, origin: str) -> NoteVerifier:
        """Checks the log's checkpoints; others build one from the published verifier key."""
        return NoteVerifier(self.checkpoint_signer(origin).verifier_key)

    def receipt_signer(self, name: str) -> NoteSigner:
        """Signs receipts, with another key than checkpoints: neither can pass for the other."""
        return NoteSigner(name, derive(self._region_key("receipt"), b"ed25519 seed"))

    def summary_signer(self, name: str) -> NoteSigner:
        """Signs emergency summaries that residents carry, with a key for nothing else."""
        return NoteSigner(name, derive(self._region_key("emergency-summary"), b"ed25519 seed"))

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
        return unseal(self._comparison, b"comparison 1|" + resident_id.bytes, sealed)

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
