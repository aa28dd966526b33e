"""One router for everything a scanner meets: what each text is, and what it is not."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode import healthcode
from openhealthcode.healthcode import ForeignCode, ForeignKind, UnreadableCode, short
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.healthcode.router import (
    LONGEST_SCAN,
    NATIVE,
    PAYMENT,
    CardForm,
    ScannedKind,
    VoucherForm,
    refusal,
    route,
)
from openhealthcode.standards import NationalId, division
from openhealthcode.standards.national_id import check_character
from openhealthcode.trust import Keys

CARD = "0f" * 32
TODAY = date(2026, 11, 22)
VOUCHER = VoucherForm("EC", 28)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (encode(CodeType.ONLINE, bytes(33)), ScannedKind.ONLINE),
        (encode(CodeType.OFFLINE, bytes(203)), ScannedKind.OFFLINE),
        (encode(CodeType.PRINTED, bytes(96)), ScannedKind.PRINTED),
        (encode(CodeType.COUNTER, bytes(104)), ScannedKind.COUNTER),
        (short.written(7), ScannedKind.SHORT),
        (encode(CodeType.TEMPORARY, bytes(96)), ScannedKind.TEMPORARY),
        (f"{CARD}:1", ScannedKind.NATIONAL_HEALTH_CARD),
        (f"{CARD.upper()}:0:{'Ab' * 16}", ScannedKind.NATIONAL_HEALTH_CARD),
        (f"{CARD}:9", ScannedKind.NATIONAL_HEALTH_CARD),
        (f"{CARD}:2", ScannedKind.UNREADABLE),
        (f"{CARD}:0", ScannedKind.UNREADABLE),
        ("88010219590418002x", ScannedKind.NATIONAL_ID),
        ("880102195904180021", ScannedKind.UNREADABLE),
        ("100000000000000000", ScannedKind.WECHAT_PAYMENT),
        ("159999999999999999", ScannedKind.WECHAT_PAYMENT),
        ("169999999999999999", ScannedKind.UNREADABLE),
        ("13000000000000000", ScannedKind.UNREADABLE),
        ("2500000000000000", ScannedKind.ALIPAY_PAYMENT),
        ("309999999999999999999999", ScannedKind.ALIPAY_PAYMENT),
        ("3099999999999999999999999", ScannedKind.UNREADABLE),
        ("3100000000000000", ScannedKind.UNREADABLE),
        ("6200000000000000000", ScannedKind.UNIONPAY_PAYMENT),
        ("620000000000000000", ScannedKind.UNREADABLE),
        ("EC" + "7a" * 13, ScannedKind.INSURANCE_VOUCHER),
        ("EC" + "7a" * 12, ScannedKind.UNREADABLE),
        ("EC" + "7-" * 13, ScannedKind.UNREADABLE),
        ("shc:/567629", ScannedKind.SMART_HEALTH_CARD),
        ("shlink:/eyJ1", ScannedKind.SMART_HEALTH_LINK),
        ("https://viewer.example/a#shlink:/eyJ1", ScannedKind.SMART_HEALTH_LINK),
        ("HC1:6BF OXN%TS", ScannedKind.COVID_CERTIFICATE),
        ("https://example.org/a", ScannedKind.WEB_ADDRESS),
        ("www.example.org", ScannedKind.WEB_ADDRESS),
        ("", ScannedKind.UNREADABLE),
        ("8", ScannedKind.UNREADABLE),
        ("857" + "0" * 82, ScannedKind.UNREADABLE),
        ("你好", ScannedKind.UNREADABLE),
        ("x" * (LONGEST_SCAN + 1), ScannedKind.UNREADABLE),
    ],
)
def test_each_text_is_told_by_its_form(text, kind):
    assert route(text, vouchers=[VOUCHER], today=TODAY).kind is kind


def number(body: str) -> str:
    return body + check_character(body)


def test_an_id_number_has_a_check_character_a_date_and_where_it_could_pay_a_county():
    elsewhere = number("88010219590418002")
    routed = route(elsewhere, today=TODAY)
    assert routed.kind is ScannedKind.NATIONAL_ID
    assert routed.national_id == NationalId.parse(elsewhere)
    county = number("11010519491231004")
    assert county.isdigit()
    assert route(county, today=TODAY).kind is ScannedKind.NATIONAL_ID
    no_county = next(
        text for last in range(100) if (text := number(f"11990019491231{last:03}")).isdigit()
    )
    assert NationalId.parse(no_county)
    assert route(no_county, today=TODAY).kind is ScannedKind.WECHAT_PAYMENT
    with_letter = next(
        text for last in range(100) if (text := number(f"11990019491231{last:03}")).endswith("X")
    )
    assert route(with_letter.lower(), today=TODAY).kind is ScannedKind.NATIONAL_ID
    unborn = next(
        text for last in range(100) if (text := number(f"11010520261123{last:03}")).isdigit()
    )
    assert route(unborn, today=TODAY).kind is ScannedKind.WECHAT_PAYMENT
    assert route(unborn, today=date(2026, 11, 23)).kind is ScannedKind.NATIONAL_ID
    no_province = next(
        text for last in range(100) if (text := number(f"10010519491231{last:03}")).isdigit()
    )
    assert route(no_province, today=TODAY).kind is ScannedKind.WECHAT_PAYMENT
    too_old = number("88010218991231001")
    assert route(too_old, today=TODAY).kind is ScannedKind.UNREADABLE


def test_without_a_day_today_is_meant():
    tomorrow = number(f"880102{datetime.now(UTC).year + 1}0101001")
    assert route(tomorrow).kind is ScannedKind.UNREADABLE
    assert route(number("88010219590418002")).kind is ScannedKind.NATIONAL_ID


@pytest.mark.parametrize(
    ("text", "form"),
    [
        (f"{CARD}:1", CardForm.STATIC),
        (f"{CARD}:0:{CARD[:32]}", CardForm.DYNAMIC),
        (f"{CARD}:9", CardForm.TEMPORARY),
    ],
)
def test_the_national_card_says_in_which_form_it_is(text, form):
    assert route(text).card is form


def test_a_signed_code_names_its_region_and_an_online_one_its_number():
    data = bytes([0x12, 1]) + (880102).to_bytes(3) + bytes(198)
    assert route(encode(CodeType.OFFLINE, data)).region == 880102
    assert route(encode(CodeType.ONLINE, (77 << 5).to_bytes(2) + bytes(31))).region == 77
    assert route(short.written(5)).region is None


def test_what_a_scanner_or_an_input_method_adds_is_forgiven_but_not_in_base45():
    text = encode(CodeType.ONLINE, bytes(33))
    spaced = f"\ufeff{text[:40]} {text[40:]}\r\n".translate(str.maketrans("012", "０１２"))
    assert route(spaced) == route(text)
    assert route("HC1:AB CD\r\n").text == "HC1:AB CD"


@given(st.binary(min_size=33, max_size=33), st.integers(0, 84), st.integers(1, 9))
def test_a_native_code_with_a_wrong_digit_is_damaged_and_nothing_else(data, place, more):
    text = encode(CodeType.ONLINE, data)
    wrong = str((int(text[place]) + more) % 10)
    routed = route(text[:place] + wrong + text[place + 1 :])
    assert routed.kind is ScannedKind.UNREADABLE


@given(st.text(max_size=600))
def test_nothing_that_is_scanned_upsets_it(text):
    assert route(text).kind in ScannedKind


@pytest.mark.parametrize("kind", sorted(set(ScannedKind) - {ScannedKind.ONLINE}))
def test_every_kind_is_refused_with_a_sentence_of_its_own(kind):
    refused = refusal(healthcode.Routed(kind, ""))
    if kind is ScannedKind.UNREADABLE:
        assert isinstance(refused, UnreadableCode)
    else:
        assert isinstance(refused, ForeignCode)
        assert "ask for" in str(refused) or kind is ScannedKind.NATIONAL_ID


def test_another_regions_online_code_is_refused_by_name(tmp_path):
    here, there = (Keys.open(tmp_path / str(one), region=one) for one in (3, 4))
    now = datetime.now(UTC)
    code = healthcode.issue(there, healthcode.new_device_reference(), now)
    with pytest.raises(ForeignCode) as refused:
        healthcode.open(here, code, now)
    assert refused.value.kind is ForeignKind.OTHER_REGION
    here.close()
    there.close()


@pytest.mark.parametrize(
    ("family", "kinds", "most"),
    [
        ("wechat-with-province", {ScannedKind.WECHAT_PAYMENT}, 1),
        ("alipay", {ScannedKind.ALIPAY_PAYMENT}, 0),
    ],
)
def test_payment_codes_are_hardly_ever_taken_for_somebody(family, kinds, most):
    drawn = random.Random(20261122)
    first = ("11", "12", "13", "14", "15") if family.startswith("wechat") else ("25", "28", "30")
    misrouted = 0
    for _ in range(20_000):
        digits = drawn.choice(first) + "".join(drawn.choices("0123456789", k=16))
        misrouted += route(digits, today=TODAY).kind not in kinds
    assert misrouted <= most


def test_native_codes_and_payments_are_told_apart():
    assert route(short.written(5)).is_native
    assert not route(short.written(5)).is_payment
    assert route("130000000000000000").is_payment
    assert not route("130000000000000000").is_native
    assert not NATIVE & PAYMENT
    assert all(route(f"{one}0101{'19590418'}0021").kind in PAYMENT for one in ("10", "25", "30"))
    assert division.examine("110105", date(1949, 12, 31)) is None
