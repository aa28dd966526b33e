"""Laws of the online code: every genuine one opens, nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openhealthcode import healthcode
from openhealthcode.healthcode import ExpiredCode, ForeignCode, UnreadableCode, UntrustedCode
from openhealthcode.healthcode.digits import CodeType, check_digit, decode, decode_online, encode
from openhealthcode.standards import HealthCodeError
from openhealthcode.trust import Keys

_NOW = datetime(2026, 11, 22, 8, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    opened = Keys.open(tmp_path_factory.mktemp("keys") / "keys", clock=_NOW.timestamp)
    yield opened
    opened.close()


@given(st.sampled_from(CodeType), st.binary(max_size=210))
def test_bytes_come_back_as_they_were(code_type, data):
    assert decode(encode(code_type, data), code_type) == data


@given(st.lists(st.integers(2**56 - 9, 2**56 + 9) | st.integers(0, 10**17 - 1), max_size=4))
def test_whatever_is_read_is_written_the_same_way_again(chunks):
    body = "".join(f"{chunk:017}" for chunk in chunks)
    text = f"851{check_digit('851' + body)}{body}"
    if any(chunk >= 2**56 for chunk in chunks):
        with pytest.raises(UnreadableCode):
            decode(text, CodeType.ONLINE)
    else:
        assert encode(CodeType.ONLINE, decode(text, CodeType.ONLINE)) == text


def _read(reader, text):
    try:
        return reader(text)
    except UnreadableCode as refused:
        return str(refused)


@given(st.binary(min_size=33, max_size=33), st.data())
def test_the_written_out_reader_agrees_with_the_strict_one_on_every_text(data, drawn):
    text = list(encode(CodeType.ONLINE, data))
    for place in drawn.draw(st.lists(st.integers(0, 84), max_size=4)):
        text[place] = drawn.draw(st.sampled_from("0123456789 aAfF_+-\t\n９٣"))
    cut = drawn.draw(st.none() | st.sampled_from([-1, 20, 3]))
    changed = "".join(text[:cut]) + drawn.draw(st.just("") | st.sampled_from([" ", "0", "00"]))
    assert _read(decode_online, changed) == _read(lambda t: decode(t, CodeType.ONLINE), changed)


@given(st.text("0123456789", min_size=81, max_size=81), st.integers(0, 2), st.integers(1, 9))
def test_another_head_is_refused_though_the_check_digit_would_match_ours(body, place, difference):
    head = list("851")
    head[place] = str((int(head[place]) + difference) % 10)
    with pytest.raises(UnreadableCode):
        decode_online(f"{''.join(head)}{check_digit('851' + body)}{body}")


@given(st.text("0123456789", min_size=79, max_size=79), st.integers(0, 39))
def test_white_space_inside_is_refused_though_the_rest_would_check(digits, pair):
    body = f"{digits[: 2 * pair + 1]}  {digits[2 * pair + 1 :]}"
    with pytest.raises(UnreadableCode):
        decode_online(f"851{check_digit('851' + digits)}{body}")


@given(st.lists(st.integers(2**56 - 3, 2**56 + 3), min_size=4, max_size=4), st.integers(0, 9))
def test_both_readers_refuse_the_same_numbers(chunks, last):
    body = "".join(f"{chunk:017}" for chunk in chunks) + f"{2**40 - 5 + last:013}"
    text = f"851{check_digit('851' + body)}{body}"
    assert _read(decode_online, text) == _read(lambda t: decode(t, CodeType.ONLINE), text)


@given(st.binary(min_size=33, max_size=33), st.integers(0, 84), st.integers(1, 9))
def test_any_one_wrong_digit_is_found_before_a_key_is_used(data, place, difference):
    text = encode(CodeType.ONLINE, data)
    wrong = str((int(text[place]) + difference) % 10)
    with pytest.raises(UnreadableCode):
        decode(text[:place] + wrong + text[place + 1 :], CodeType.ONLINE)


@given(st.binary(min_size=8, max_size=8), st.integers(0, 59), st.integers(0, 255))
def test_a_code_opens_for_the_minute_after_it_was_issued(keys, reference, age, hint):
    text = healthcode.issue(keys, reference, _NOW, purpose_hint=hint)
    opened = healthcode.open(keys, text, _NOW + timedelta(seconds=age))
    assert (opened.device_reference, opened.purpose_hint) == (reference, hint)
    assert opened.issued_at == _NOW


@given(st.integers(60, 3 * 86400))
def test_a_code_opens_at_no_later_time(keys, age):
    text = healthcode.issue(keys, b"a phone.", _NOW)
    with pytest.raises(ExpiredCode):
        healthcode.open(keys, text, _NOW + timedelta(seconds=age))


def test_the_last_instant_of_the_minute_is_not_included(keys):
    text = healthcode.issue(keys, b"a phone.", _NOW)
    healthcode.open(keys, text, _NOW + timedelta(seconds=60, microseconds=-1))
    for moment in (_NOW + timedelta(seconds=60), _NOW - timedelta(microseconds=1)):
        with pytest.raises(ExpiredCode):
            healthcode.open(keys, text, moment)


@given(st.integers(0, 32), st.integers(0, 7))
def test_any_one_flipped_bit_makes_a_code_untrusted(keys, place, bit):
    """Or another region's, where it is the region's number that changed."""
    sealed = bytearray(decode(healthcode.issue(keys, b"a phone.", _NOW), CodeType.ONLINE))
    sealed[place] ^= 1 << bit
    names_another = int.from_bytes(sealed[:2]) >> 5 != keys.region
    with pytest.raises(ForeignCode if names_another else UntrustedCode):
        healthcode.open(keys, encode(CodeType.ONLINE, bytes(sealed)), _NOW)


@given(st.binary(min_size=33, max_size=33))
def test_random_bytes_open_nothing(keys, data):
    with pytest.raises((UntrustedCode, ForeignCode)):
        healthcode.open(keys, encode(CodeType.ONLINE, data), _NOW)


def test_two_codes_of_one_phone_share_no_digit_by_rule(keys):
    issued = {healthcode.issue(keys, b"a phone.", _NOW) for _ in range(40)}
    assert len(issued) > 37  # two random bytes: of one second two may be the same, six hardly
    beyond_the_key_number = {decode(text, CodeType.ONLINE)[2:] for text in issued}
    for column in zip(*beyond_the_key_number, strict=True):
        assert len(set(column)) > 1


def test_another_installation_trusts_no_code_of_this_one(keys, tmp_path):
    other = Keys.open(tmp_path / "other", clock=_NOW.timestamp)
    with pytest.raises(UntrustedCode):
        healthcode.open(other, healthcode.issue(keys, b"a phone.", _NOW), _NOW)
    other.close()


@given(st.text(max_size=200))
def test_no_text_whatever_does_more_than_be_refused(keys, text):
    with pytest.raises(HealthCodeError):
        healthcode.open(keys, text, _NOW)
