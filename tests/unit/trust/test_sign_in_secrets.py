"""Passwords and authenticator codes."""

from __future__ import annotations

from statistics import median
from time import process_time

import pytest

from openhealthcode.trust import (
    hash_password,
    is_outdated,
    is_password,
    totp_code,
    totp_secret,
    totp_step,
    totp_uri,
)

SECRET = b"12345678901234567890"


def test_only_the_right_password_is_right():
    stored = hash_password("正确的密码 1")
    assert is_password("正确的密码 1", stored)
    assert not is_password("正确的密码 2", stored)
    assert not is_password("", stored)


def test_the_same_password_is_stored_differently_each_time():
    assert hash_password("same") != hash_password("same")


def test_a_hash_says_how_it_was_made_and_when_it_is_outdated():
    stored = hash_password("p")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not is_outdated(stored)
    assert is_outdated(stored.replace("m=19456", "m=8192"))


def test_an_unknown_account_is_refused_as_slowly_as_a_known_one():
    stored = hash_password("p")
    durations = {stored: [], None: []}
    for _ in range(3):
        for candidate, spent in durations.items():
            began = process_time()
            assert not is_password("wrong", candidate)
            spent.append(process_time() - began)
    assert median(durations[None]) > median(durations[stored]) / 4


@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        (999_999_959, False),
        (999_999_960, True),
        (1_000_000_000, True),
        (1_000_000_049, True),
        (1_000_000_050, False),
    ],
)
def test_a_code_is_good_one_step_early_or_late(moment, accepted):
    step = totp_step(SECRET, totp_code(SECRET, 1_000_000_000), moment)
    assert step == (1_000_000_000 // 30 if accepted else None)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "000000"])
def test_a_guess_is_refused(code):
    assert totp_step(SECRET, code, 59) is None


def test_a_new_secret_has_twenty_random_bytes():
    assert len(totp_secret()) == 20
    assert totp_secret() != totp_secret()


def test_the_address_for_the_app_names_account_and_issuer():
    uri = totp_uri(SECRET, "li.na", "OpenHealthCode")
    assert uri.startswith("otpauth://totp/OpenHealthCode:li.na?")
    assert "issuer=OpenHealthCode" in uri
