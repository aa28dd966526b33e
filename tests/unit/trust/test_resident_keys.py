"""A resident's data open only where they belong, and not at all once their key is destroyed."""

from __future__ import annotations

from uuid import UUID

import pytest

from openhealthcode.trust import (
    DestroyedKey,
    KeyClass,
    Keys,
    Suite,
    UnknownKey,
    UnreadableSeal,
    identity_aad,
    log_aad,
    record_aad,
)

LI, WANG = UUID(int=1), UUID(int=2)
ENTRY, OTHER_ENTRY = UUID(int=3), UUID(int=4)
PLACE = record_aad(LI, ENTRY, 1)
BODY = "青霉素过敏".encode()


@pytest.mark.parametrize("suite", Suite)
@pytest.mark.parametrize("key_class", KeyClass)
def test_what_was_sealed_opens_in_its_place(directory, suite, key_class):
    keys = Keys.open(directory, suite)
    sealed = keys.of(LI, create=True).seal(key_class, PLACE, BODY)
    keys.close()
    reopened = Keys.open(directory)
    assert reopened.of(LI).open(key_class, PLACE, sealed) == BODY
    reopened.close()


def test_a_sealed_text_shows_nothing_and_never_looks_the_same_twice(keys):
    li = keys.of(LI, create=True)
    first, second = (li.seal(KeyClass.RECORD, PLACE, BODY) for _ in range(2))
    assert BODY not in first
    assert first != second
    assert len(first) == 12 + len(BODY) + 16


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(record_aad(LI, ENTRY, 2), id="another version"),
        pytest.param(record_aad(LI, OTHER_ENTRY, 1), id="another entry"),
        pytest.param(record_aad(WANG, ENTRY, 1), id="another resident named"),
        pytest.param(b"", id="nowhere"),
    ],
)
def test_a_moved_or_rolled_back_text_does_not_open(keys, place):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.RECORD, PLACE, BODY)
    with pytest.raises(UnreadableSeal):
        li.open(KeyClass.RECORD, place, sealed)


def test_another_resident_s_keys_do_not_open_it(keys):
    sealed = keys.of(LI, create=True).seal(KeyClass.RECORD, PLACE, BODY)
    wang = keys.of(WANG, create=True)
    with pytest.raises(UnreadableSeal):
        wang.open(KeyClass.RECORD, PLACE, sealed)


def test_another_class_of_the_same_resident_does_not_open_it(keys):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.RECORD, PLACE, BODY)
    with pytest.raises(UnreadableSeal):
        li.open(KeyClass.LOG, PLACE, sealed)


@pytest.mark.parametrize("suite", Suite)
def test_no_changed_byte_goes_unnoticed(directory, suite):
    keys = Keys.open(directory, suite)
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.RECORD, PLACE, BODY)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(UnreadableSeal):
            li.open(KeyClass.RECORD, PLACE, bytes(changed))
    for length in range(len(sealed)):
        with pytest.raises(UnreadableSeal):
            li.open(KeyClass.RECORD, PLACE, sealed[:length])
    keys.close()


def test_the_places_of_the_classes_never_coincide():
    places = {record_aad(LI, LI, 1), log_aad(LI, 1), identity_aad(LI, "name")}
    assert len(places) == 3
    assert len({place[:7] for place in places}) == 3


def test_the_opener_of_entries_opens_each_in_its_place_only(keys):
    li = keys.of(LI, create=True)
    open_entry = li.record_opener()
    for version in (1, 2, 2**40):
        sealed = li.seal(KeyClass.RECORD, record_aad(LI, ENTRY, version), BODY)
        assert open_entry(ENTRY, version, sealed) == BODY
        for elsewhere in ((ENTRY, version + 1), (LI, version)):
            with pytest.raises(UnreadableSeal):
                open_entry(*elsewhere, sealed)
    with pytest.raises(UnreadableSeal):
        open_entry(ENTRY, 1, b"short")
    theirs = keys.of(WANG, create=True).seal(KeyClass.RECORD, record_aad(WANG, ENTRY, 1), BODY)
    with pytest.raises(UnreadableSeal):
        open_entry(ENTRY, 1, theirs)


def test_a_class_that_was_never_made_is_unknown(keys):
    li = keys.of(LI, create=True)
    del li._wrapped[KeyClass.LOG]
    li.forget(KeyClass.LOG)
    with pytest.raises(UnknownKey):
        li.seal(KeyClass.LOG, PLACE, BODY)


def test_a_log_detail_opens_under_its_own_number_only(keys):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.LOG, log_aad(LI, 7), BODY)
    for elsewhere in (log_aad(LI, 8), log_aad(WANG, 7)):
        with pytest.raises(UnreadableSeal):
            li.open(KeyClass.LOG, elsewhere, sealed)


def test_an_identity_field_opens_as_itself_only(keys):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.IDENTITY, identity_aad(LI, "phone"), BODY)
    for elsewhere in (identity_aad(LI, "name"), identity_aad(WANG, "phone")):
        with pytest.raises(UnreadableSeal):
            li.open(KeyClass.IDENTITY, elsewhere, sealed)


def test_tokens_are_equal_for_equal_texts_of_one_resident_only(keys):
    li, wang = keys.of(LI, create=True), keys.of(WANG, create=True)
    assert li.token("code|I10") == li.token("code|I10")
    assert len(li.token("code|I10")) == 8
    assert li.token("code|I10") != li.token("code|I11")
    assert li.token("code|I10") != wang.token("code|I10")


def test_a_digest_stands_for_one_version_and_its_content(keys):
    li, wang = keys.of(LI, create=True), keys.of(WANG, create=True)
    assert len(li.digest(PLACE, BODY)) == 32
    assert li.digest(PLACE, BODY) == li.digest(PLACE, BODY)
    different = {
        li.digest(PLACE, BODY),
        li.digest(PLACE, BODY + b" "),
        li.digest(record_aad(LI, ENTRY, 2), BODY),
        li.digest(PLACE + BODY[:1], BODY[1:]),
        wang.digest(PLACE, BODY),
    }
    assert len(different) == 5


def test_a_stranger_has_no_keys_and_gets_none_unasked(keys):
    with pytest.raises(UnknownKey):
        keys.of(LI)
    keys.of(LI, create=True)
    keys.of(LI)


def test_a_destroyed_key_opens_and_seals_nothing_more(keys):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.RECORD, PLACE, BODY)
    li.token("used")
    assert keys.destroy(LI, KeyClass.RECORD).existed
    for held in (li, keys.of(LI), keys.of(LI, create=True)):
        with pytest.raises(DestroyedKey):
            held.open(KeyClass.RECORD, PLACE, sealed)
        with pytest.raises(DestroyedKey):
            held.seal(KeyClass.RECORD, PLACE, BODY)
        with pytest.raises(DestroyedKey):
            held.token("used")
        with pytest.raises(DestroyedKey):
            held.digest(PLACE, BODY)
        with pytest.raises(DestroyedKey):
            _ = held.labels
    assert not keys.destroy(LI, KeyClass.RECORD).existed


def test_the_log_stays_readable_when_the_record_is_destroyed(keys):
    li = keys.of(LI, create=True)
    sealed = li.seal(KeyClass.LOG, log_aad(LI, 1), BODY)
    keys.destroy(LI, KeyClass.RECORD)
    assert keys.of(LI).open(KeyClass.LOG, log_aad(LI, 1), sealed) == BODY


def test_a_destroyed_key_is_never_made_anew(keys):
    keys.of(LI, create=True)
    keys.destroy(LI, KeyClass.RECORD)
    keys.prepare([LI])
    with pytest.raises(DestroyedKey):
        keys.of(LI).seal(KeyClass.RECORD, PLACE, BODY)


def test_keys_prepared_for_a_load_are_the_ones_used_later(keys):
    keys.prepare([LI, WANG])
    sealed = keys.of(LI).seal(KeyClass.RECORD, PLACE, BODY)
    keys.prepare([LI, WANG])
    keys._held.clear()
    assert keys.of(LI, create=True).open(KeyClass.RECORD, PLACE, sealed) == BODY


def test_keys_prepared_for_a_load_need_not_be_read_back(keys):
    keys.hold(keys.prepare([LI, WANG]))
    assert {LI, WANG} <= keys._held.keys()
    sealed = keys.of(LI).seal(KeyClass.RECORD, PLACE, BODY)
    keys._held.clear()
    assert keys.of(LI).open(KeyClass.RECORD, PLACE, sealed) == BODY


def test_whoever_had_keys_before_keeps_them(keys):
    sealed = keys.of(LI, create=True).seal(KeyClass.RECORD, PLACE, BODY)
    keys._held.clear()
    assert not keys.prepare([LI, WANG]), "only the store knows which ones count"
    keys.hold(keys.prepare([LI, WANG]))
    assert keys.of(LI).open(KeyClass.RECORD, PLACE, sealed) == BODY


def test_few_residents_are_held_the_longest_unused_go_first(directory):
    keys = Keys.open(directory, capacity=2)
    keys.prepare([LI, WANG, ENTRY])
    li = keys.of(LI)
    keys.of(WANG)
    assert keys.of(LI) is li
    keys.of(ENTRY)
    assert list(keys._held) == [LI, ENTRY]
    keys.close()


def test_another_process_s_destroying_takes_effect_when_held_keys_run_out(directory, monkeypatch):
    here, there = Keys.open(directory), Keys.open(directory)
    sealed = here.of(LI, create=True).seal(KeyClass.RECORD, PLACE, BODY)
    there.destroy(LI, KeyClass.RECORD)
    monkeypatch.setattr("time.monotonic", lambda: float("inf"))
    with pytest.raises(DestroyedKey):
        here.of(LI).open(KeyClass.RECORD, PLACE, sealed)
    here.close()
    there.close()


def test_keys_are_looked_up_again_after_thirty_seconds_and_kept_only_if_unchanged(
    directory, monkeypatch
):
    here, there = Keys.open(directory), Keys.open(directory)
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    li = here.of(LI, create=True)
    now += 30.1
    assert here.of(LI) is li  # looked up, and still the same
    there.destroy(LI, KeyClass.RECORD)
    now += 29.9
    assert here.of(LI) is li
    now += 0.2
    assert here.of(LI) is not li
    with pytest.raises(DestroyedKey):
        here.of(LI).token("diagnosis")
    here.close()
    there.close()
