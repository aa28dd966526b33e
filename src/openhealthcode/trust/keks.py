"""The region's key-encryption keys: a new one each month, old ones destroyed.

A data key is wrapped under the current key-encryption key and re-wrapped when the month turns. A
superseded one is destroyed, at the provider too, once every copy of the key store that could
still need it is older than ``RETENTION_DAYS``: a data key destroyed before is then gone from the
copies as well.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from struct import Struct
from typing import Final
from uuid import UUID

from openhealthcode.trust.key_store import Kek, KeyStore, WrappedKey
from openhealthcode.trust.model import DestroyedKey, KeyClass, Rotation, UnknownKey
from openhealthcode.trust.provider import KeyProvider
from openhealthcode.trust.suite import KEY_BYTES, Aead, Suite, aead, seal, unseal

RETENTION_DAYS: Final = 35
_BATCH: Final = 1000
_KEK_USE: Final = "data keys"
_DATA_KEY_AAD = Struct(">8s16sB")


def unreadable_from(day: date) -> date:
    """From when on no key store of that day opens what was destroyed on it or later in its month.

    By then a copy of the root keys of that day has to be gone as well.
    """
    next_month = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return next_month + timedelta(days=RETENTION_DAYS)


class KekRing:
    """Wraps and unwraps data keys; knows which month is current."""

    def __init__(self, store: KeyStore, provider: KeyProvider, suite: Suite, today: date) -> None:
        self._store = store
        self._provider = provider
        self._suite = suite
        self._ciphers: dict[int, Aead] = {}
        self._current = store.youngest_kek() or self._begin_month(today)

    def create_data_keys(self, resident_ids: Iterable[UUID]) -> Mapping[UUID, list[WrappedKey]]:
        """Make every class's random key for those who have none yet, in one durable commit.

        Answers what was made, or nothing if anybody had a key before: then only the store knows.
        """
        with self._store.commit():
            self._refresh()
            made = {
                resident_id: [self._new(resident_id, key_class) for key_class in KeyClass]
                for resident_id in resident_ids
            }
            rows = [(resident_id, key) for resident_id, keys in made.items() for key in keys]
            is_all_new = self._store.add_data_keys(rows) == len(rows)
        return made if is_all_new else {}

    def unwrap(self, resident_id: UUID, stored: WrappedKey) -> bytes:
        """The data key itself.

        Raises:
            UnreadableSeal: the row belongs to another resident or class, or was altered.
        """
        if stored.wrapped is None:
            raise DestroyedKey
        aad = _data_key_aad(resident_id, stored.key_class)
        return unseal(self._cipher(stored.kek), aad, stored.wrapped)

    def destruction_date(self) -> date:
        """When the current month's key will be destroyed, if ``rotate`` runs daily."""
        return unreadable_from(date.fromisoformat(f"{self._current.month}-01"))

    def rotate(self, today: date) -> Rotation:
        """Begin a new month if one has begun, re-wrap, destroy what has waited long enough."""
        self._refresh()
        if self._current.month < _month(today):
            self._current = self._begin_month(today)
        rewrapped = 0
        while batch := self._rewrap_batch():
            rewrapped += batch
        return Rotation(self._current.month, rewrapped, tuple(self._destroy_expired(today)))

    def _rewrap_batch(self) -> int:
        with self._store.commit():
            older = self._store.data_keys_of_older_keks(self._current.number, _BATCH)
            self._store.rewrap_data_keys(
                (
                    resident_id,
                    self._wrap(
                        resident_id, key.key_class, key.suite, self.unwrap(resident_id, key)
                    ),
                )
                for resident_id, key in older
            )
        return len(older)

    def _destroy_expired(self, today: date) -> list[str]:
        destroyed = []
        for kek in self._store.keks():
            if kek.wrapped is None or kek.superseded_on is None:
                continue
            expires = date.fromisoformat(kek.superseded_on) + timedelta(days=RETENTION_DAYS)
            if expires <= today and self._destroy(kek):
                destroyed.append(kek.month)
        return destroyed

    def _destroy(self, kek: Kek) -> bool:
        with self._store.commit():
            if self._store.is_kek_in_use(kek.number):
                return False
            # The provider first: after a crash between the two the next run finds the row again.
            self._provider.destroy(_root_name(kek.month))
            self._store.destroy_kek(kek.number)
        self._store.wipe_journal()
        self._ciphers.pop(kek.number, None)
        return True

    def _new(self, resident_id: UUID, key_class: KeyClass) -> WrappedKey:
        key = secrets.token_bytes(KEY_BYTES)
        return self._wrap(resident_id, key_class, self._suite.value, key)

    def _wrap(self, resident_id: UUID, key_class: int, suite: str, key: bytes) -> WrappedKey:
        number = self._current.number
        aad = _data_key_aad(resident_id, key_class)
        return WrappedKey(key_class, suite, number, seal(self._cipher(number), aad, key))

    def _begin_month(self, today: date) -> Kek:
        month = _month(today)
        wrapped = self._provider.wrap(_root_name(month), _KEK_USE, secrets.token_bytes(KEY_BYTES))
        return self._store.add_kek(month, wrapped, today.isoformat())

    def _refresh(self) -> None:
        """Another process may have begun a month since."""
        self._current = self._store.youngest_kek() or self._current

    def _cipher(self, number: int) -> Aead:
        cipher = self._ciphers.get(number)
        if cipher is None:
            cipher = self._ciphers[number] = aead(Suite.AES_256_GCM, self._unwrapped(number))
        return cipher

    def _unwrapped(self, number: int) -> bytes:
        for kek in self._store.keks():
            if kek.number == number:
                if kek.wrapped is None:
                    raise DestroyedKey
                return self._provider.unwrap(_root_name(kek.month), _KEK_USE, kek.wrapped)
        raise UnknownKey


def _month(day: date) -> str:
    return f"{day.year:04d}-{day.month:02d}"


def _root_name(month: str) -> str:
    return f"kek-{month}"


def _data_key_aad(resident_id: UUID, key_class: int) -> bytes:
    return _DATA_KEY_AAD.pack(b"data key", resident_id.bytes, key_class)
