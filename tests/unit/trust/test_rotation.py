"""Each month has its own key-encryption key; destroying it empties every copy of the store."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from openhealthcode.trust import DestroyedKey, KeyClass, Keys, UnknownKey, record_aad
from openhealthcode.trust.key_store import KeyStore

LI = UUID(int=1)
PLACE = record_aad(LI, UUID(int=3), 1)


class Calendar:
    """A clock that stands still until told otherwise."""

    def __init__(self, day: str) -> None:
        self.day = day

    def __call__(self) -> float:
        return datetime.fromisoformat(self.day).replace(hour=12, tzinfo=UTC).timestamp()


@pytest.fixture
def calendar():
    return Calendar("2026-11-22")


@pytest.fixture
def keys(directory, calendar):
    opened = Keys.open(directory, clock=calendar)
    yield opened
    opened.close()


def roots(directory):
    return sorted(path.name for path in (directory / "root").iterdir())


def test_within_a_month_nothing_rotates(keys, calendar):
    keys.of(LI, create=True)
    calendar.day = "2026-11-30"
    rotation = keys.rotate()
    assert (rotation.current_month, rotation.rewrapped) == ("2026-11", 0)


def test_a_new_month_rewraps_every_data_key_and_opens_what_was_sealed(keys, calendar):
    sealed = keys.of(LI, create=True).seal(KeyClass.RECORD, PLACE, b"body")
    calendar.day = "2026-12-01"
    rotation = keys.rotate()
    assert (rotation.current_month, rotation.rewrapped) == ("2026-12", 3)
    assert keys.rotate().rewrapped == 0
    keys._held.clear()
    assert keys.of(LI).open(KeyClass.RECORD, PLACE, sealed) == b"body"


def test_more_keys_than_one_batch_are_all_rewrapped(keys, calendar):
    keys.prepare(UUID(int=number) for number in range(700))
    calendar.day = "2026-12-01"
    assert keys.rotate().rewrapped == 2100


def test_an_old_key_is_destroyed_after_thirty_five_days(keys, calendar, directory):
    sealed = keys.of(LI, create=True).seal(KeyClass.RECORD, PLACE, b"body")
    assert roots(directory) == ["kek-2026-11.key", "region.key"]
    calendar.day = "2026-12-01"
    keys.rotate()
    calendar.day = "2027-01-04"
    assert keys.rotate().destroyed_months == ()
    calendar.day = "2027-01-05"
    assert keys.rotate().destroyed_months == ("2026-11",)
    assert roots(directory) == ["kek-2026-12.key", "kek-2027-01.key", "region.key"]
    keys._held.clear()
    assert keys.of(LI).open(KeyClass.RECORD, PLACE, sealed) == b"body"


def test_a_destroyed_resident_stays_destroyed_in_a_copy_of_the_store(keys, calendar, directory):
    sealed = keys.of(LI, create=True).seal(KeyClass.RECORD, PLACE, b"body")
    copy = sqlite3.connect(directory.parent / "copy.sqlite")
    original = sqlite3.connect(directory / "keys.sqlite")
    original.backup(copy)
    copy.close()
    original.close()

    assert keys.destroy(LI, KeyClass.RECORD).unreadable_from == date(2027, 1, 5)
    calendar.day = "2026-12-01"
    keys.rotate()
    calendar.day = "2027-01-05"
    keys.rotate()

    keys.close()
    for leftover in directory.glob("keys.sqlite*"):
        leftover.unlink()
    shutil.move(directory.parent / "copy.sqlite", directory / "keys.sqlite")
    restored = Keys.open(directory, clock=calendar)
    with pytest.raises(UnknownKey):
        restored.of(LI).open(KeyClass.RECORD, PLACE, sealed)
    restored.close()


def test_a_key_still_in_use_is_not_destroyed(keys, calendar, directory):
    keys.of(LI, create=True)
    calendar.day = "2026-12-01"
    keys.rotate()
    late = sqlite3.connect(directory / "keys.sqlite")
    late.execute("UPDATE data_key SET kek = 1 WHERE key_class = 0")
    late.commit()
    late.close()
    assert keys._keks._destroy(keys._store.keks()[0]) is False
    assert "kek-2026-11.key" in roots(directory)


def test_a_process_that_slept_through_a_rotation_uses_the_new_month(directory, calendar):
    asleep, awake = (Keys.open(directory, clock=calendar) for _ in range(2))
    calendar.day = "2026-12-01"
    awake.rotate()
    asleep.of(LI, create=True)
    assert {key.kek for key in awake._store.data_keys(LI)} == {2}
    asleep.close()
    awake.close()


def test_two_processes_rotating_at_once_make_one_month(directory, calendar):
    first, second = (Keys.open(directory, clock=calendar) for _ in range(2))
    calendar.day = "2026-12-01"
    first.rotate()
    second._keks._begin_month(date(2026, 12, 1))
    assert [(kek.month, kek.superseded_on) for kek in first._store.keks()] == [
        ("2026-11", "2026-12-01"),
        ("2026-12", None),
    ]
    first.close()
    second.close()


def test_a_destroyed_data_key_leaves_no_bytes_in_the_files(keys, directory):
    keys.of(LI, create=True)
    wrapped = next(key.wrapped for key in keys._store.data_keys(LI) if key.key_class == 0)
    pieces = [wrapped[start : start + 8] for start in range(len(wrapped) - 7)]

    def stored_pieces() -> int:
        files = [path.read_bytes() for path in directory.glob("keys.sqlite*")]
        return sum(any(piece in file for file in files) for piece in pieces)

    assert stored_pieces() == len(pieces)
    keys.destroy(LI, KeyClass.RECORD)
    assert stored_pieces() == 0


def test_a_destroyed_month_says_so(keys, calendar):
    keys.of(LI, create=True)
    stored = keys._store.data_keys(LI)[0]
    calendar.day = "2026-12-01"
    keys.rotate()
    calendar.day = "2027-01-05"
    keys.rotate()
    with pytest.raises(DestroyedKey):
        keys._keks.unwrap(LI, stored)


def test_a_month_nobody_knows_says_so(keys):
    keys.of(LI, create=True)
    stored = keys._store.data_keys(LI)[0]
    with pytest.raises(UnknownKey):
        keys._keks.unwrap(LI, stored._replace(kek=77))


def test_december_is_followed_by_january(directory, calendar):
    calendar.day = "2026-12-31"
    keys = Keys.open(directory, clock=calendar)
    assert keys._keks.destruction_date() == date(2027, 2, 5)
    keys.close()


def test_a_swapped_row_does_not_open(keys, directory):
    wang = UUID(int=2)
    keys.prepare([LI, wang])
    store = KeyStore(directory / "keys.sqlite")
    ours = store.data_keys(LI)[0]
    with store.commit():
        store.rewrap_data_keys([(wang, ours)])
    store.close()
    with pytest.raises(Exception, match="altered"):
        keys.of(wang).seal(KeyClass.RECORD, PLACE, b"body")


def test_a_row_given_to_another_class_does_not_open(keys, directory):
    keys.of(LI, create=True)
    store = KeyStore(directory / "keys.sqlite")
    ours = store.data_keys(LI)[KeyClass.RECORD]
    with store.commit():
        store.rewrap_data_keys([(LI, ours._replace(key_class=KeyClass.LOG))])
    store.close()
    keys._held.clear()
    with pytest.raises(Exception, match="altered"):
        keys.of(LI).seal(KeyClass.LOG, PLACE, b"body")
