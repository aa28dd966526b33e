"""The online health code opens in its own region and on its own day, unaltered, or not at all."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.exceptions import InvalidTag

from openhealthcode.trust import (
    SEALED_CODE_BYTES,
    Keys,
    OpenedCode,
    Suite,
    UntrustedCode,
    code_region,
    code_seconds,
)
from openhealthcode.trust.sm4_siv import Sm4Siv

PHONE = b"phone-01"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = NOON

    def __call__(self) -> float:
        return self.at.timestamp()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(directory, clock):
    opened = Keys.open(directory, region=1234, clock=clock)
    yield opened
    opened.close()


def test_a_code_says_which_phone_and_when(keys):
    sealed = keys.seal_code(PHONE, code_seconds(NOON), 3)
    assert len(sealed) == SEALED_CODE_BYTES == 33
    opened = keys.open_code(sealed)
    assert isinstance(opened, OpenedCode)
    assert opened.device_reference == PHONE
    assert opened.seconds == code_seconds(NOON)
    assert opened.purpose_hint == 3
    assert len(opened.nonce) == 2


def test_times_count_from_2020():
    assert code_seconds(datetime(2020, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1


def test_two_codes_of_one_phone_and_second_share_no_sealed_byte_run(keys):
    codes = {keys.seal_code(PHONE, code_seconds(NOON)) for _ in range(20)}
    assert len(codes) > 18  # two random bytes: a repeat is possible, not usual
    assert len({code[2:10] for code in codes}) == len(codes)


def test_the_key_id_names_the_region_to_everyone(keys):
    assert code_region(keys.seal_code(PHONE, code_seconds(NOON))) == 1234


def test_no_changed_byte_opens(keys):
    sealed = keys.seal_code(PHONE, code_seconds(NOON))
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 0x80
        with pytest.raises(UntrustedCode):
            keys.open_code(bytes(changed))


@pytest.mark.parametrize("length", [0, 1, 2, 32, 34])
def test_a_code_of_another_length_does_not_open(keys, length):
    sealed = keys.seal_code(PHONE, code_seconds(NOON)) + b"\0"
    with pytest.raises(UntrustedCode):
        keys.open_code(sealed[:length])


def test_another_region_s_code_does_not_open(keys, tmp_path, clock):
    other = Keys.open(tmp_path / "other", region=1235, clock=clock)
    sealed = other.seal_code(PHONE, code_seconds(NOON))
    other.close()
    with pytest.raises(UntrustedCode):
        keys.open_code(sealed)


def test_a_code_sealed_under_another_region_s_keys_but_our_number_does_not_open(
    keys, tmp_path, clock
):
    impostor = Keys.open(tmp_path / "other", region=1234, clock=clock)
    sealed = impostor.seal_code(PHONE, code_seconds(NOON))
    impostor.close()
    with pytest.raises(UntrustedCode):
        keys.open_code(sealed)


def test_midnight_between_sealing_and_opening_does_no_harm(keys, clock):
    before = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
    clock.at = before
    sealed = keys.seal_code(PHONE, code_seconds(before))
    clock.at = before + timedelta(seconds=2)
    assert keys.open_code(sealed).device_reference == PHONE


@pytest.mark.parametrize("days", [2, 31, 32, 64, 400])
def test_an_old_day_s_code_does_not_open_even_when_its_key_id_comes_round(keys, clock, days):
    sealed = keys.seal_code(PHONE, code_seconds(NOON))
    clock.at = NOON + timedelta(days=days)
    with pytest.raises(UntrustedCode):
        keys.open_code(sealed)


def test_each_day_has_its_own_key(keys, clock):
    today = keys.seal_code(PHONE, code_seconds(NOON))
    clock.at = NOON + timedelta(days=32)
    later = keys.seal_code(PHONE, code_seconds(clock.at))
    assert later[:2] == today[:2]
    assert keys.open_code(later).device_reference == PHONE


def test_a_phone_s_clock_a_week_off_gets_no_code(keys):
    with pytest.raises(UntrustedCode):
        keys.seal_code(PHONE, code_seconds(NOON + timedelta(days=7)))


@pytest.mark.parametrize("region", [-1, 2048])
def test_a_region_number_has_eleven_bits(tmp_path, region):
    with pytest.raises(ValueError, match="eleven"):
        Keys.open(tmp_path / "keys", region=region)


@pytest.fixture
def national_keys(tmp_path, clock):
    opened = Keys.open(tmp_path / "national", Suite.SM4_GCM, region=1234, clock=clock)
    yield opened
    opened.close()


def test_a_code_of_the_national_algorithms_says_the_same(national_keys):
    sealed = national_keys.seal_code(PHONE, code_seconds(NOON), 3)
    assert len(sealed) == SEALED_CODE_BYTES
    opened = national_keys.open_code(sealed)
    assert (opened.device_reference, opened.purpose_hint) == (PHONE, 3)
    assert opened.seconds == code_seconds(NOON)


def test_every_changed_byte_of_it_is_refused(national_keys):
    sealed = national_keys.seal_code(PHONE, code_seconds(NOON))
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(UntrustedCode):
            national_keys.open_code(bytes(changed))


def test_one_suite_does_not_open_the_others_codes(tmp_path, clock):
    with closing(Keys.open(tmp_path / "one", region=1234, clock=clock)) as keys:
        sealed = keys.seal_code(PHONE, code_seconds(NOON))
    national = Keys.open(tmp_path / "one", Suite.SM4_GCM, region=1234, clock=clock)
    with closing(national) as keys, pytest.raises(UntrustedCode):
        keys.open_code(sealed)


@pytest.mark.parametrize("length", [0, 1, 15, 16, 20])
def test_what_is_too_short_or_made_up_does_not_open(length):
    with pytest.raises(InvalidTag):
        Sm4Siv(bytes(64)).decrypt(bytes(length), [b"aa"])
