"""Which keys there are: names, kinds, ages and numbers; nothing of a key itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from openhealthcode.trust.key_store import KeyStore
from openhealthcode.trust.model import KeyClass


@dataclass(frozen=True, slots=True)
class DataKeys:
    """The residents' keys of one class and suite: how many, and how many of them are destroyed."""

    key_class: str
    suite: str
    count: int
    destroyed: int


@dataclass(frozen=True, slots=True)
class MonthKey:
    """A month's key-encryption key, and what became of it."""

    month: str
    superseded_on: str | None
    is_destroyed: bool


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key for signed codes, by its public name."""

    key_id: str
    made_at: datetime
    is_destroyed: bool


@dataclass(frozen=True, slots=True)
class KeyInventory:
    """Everything the key store holds, by name and number."""

    region: tuple[str, ...]
    months: tuple[MonthKey, ...]
    signing: tuple[SigningKey, ...]
    residents: tuple[DataKeys, ...]


def inventory(store: KeyStore) -> KeyInventory:
    """Go through the store; no key is unwrapped."""
    return KeyInventory(
        region=tuple(store.region_key_names()),
        months=tuple(
            MonthKey(one.month, one.superseded_on, one.wrapped is None) for one in store.keks()
        ),
        signing=tuple(
            SigningKey(
                one.key_id.hex(), datetime.fromtimestamp(one.made_at, UTC), one.wrapped is None
            )
            for one in store.issuer_keys()
        ),
        residents=tuple(
            DataKeys(KeyClass(key_class).name.lower(), suite, count, count - kept)
            for key_class, suite, count, kept in store.count_data_keys()
        ),
    )
