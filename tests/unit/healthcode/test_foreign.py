"""What a scanner meets besides health codes, each told by name."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from openhealthcode import healthcode
from openhealthcode.healthcode import (
    ForeignCode,
    ForeignKind,
    UnreadableCode,
    UntrustedCode,
    short,
)
from openhealthcode.healthcode.digits import CodeType, encode
from openhealthcode.trust import Keys

_NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    opened = Keys.open(tmp_path_factory.mktemp("keys") / "keys")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("134567890123456789", ForeignKind.WECHAT_PAYMENT),
        ("2876543210987654", ForeignKind.ALIPAY_PAYMENT),
        ("2512345678901234", ForeignKind.ALIPAY_PAYMENT),
        ("108801299901010012", ForeignKind.WECHAT_PAYMENT),
        ("301234567890123456789012", ForeignKind.ALIPAY_PAYMENT),
        ("6212345678901234567", ForeignKind.UNIONPAY_PAYMENT),
        ("11010519491231002X", ForeignKind.NATIONAL_ID),
        ("11010519491231002x", ForeignKind.NATIONAL_ID),
        ("A" * 64 + ":1", ForeignKind.NATIONAL_HEALTH_CARD),
        ("0f" * 32 + ":0:" + "AB" * 16, ForeignKind.NATIONAL_HEALTH_CARD),
        ("0f" * 32 + ":9", ForeignKind.NATIONAL_HEALTH_CARD),
        ("shc:/5676290952432060346029243740", ForeignKind.SMART_HEALTH_CARD),
        ("shlink:/eyJ1cmwi", ForeignKind.SMART_HEALTH_LINK),
        ("https://viewer.example/#shlink:/eyJ1cmwi", ForeignKind.SMART_HEALTH_LINK),
        ("HC1:6BFOXN%TSMAHN-H", ForeignKind.COVID_CERTIFICATE),
        ("https://example.org/a?b=c", ForeignKind.WEB_ADDRESS),
        (encode(CodeType.PRINTED, bytes(96)), ForeignKind.OTHER_HEALTH_CODE),
        (encode(CodeType.OFFLINE, bytes(203)), ForeignKind.OTHER_HEALTH_CODE),
        (short.written(1), ForeignKind.OTHER_HEALTH_CODE),
        (encode(CodeType.COUNTER, bytes(104)), ForeignKind.COUNTER_CODE),
        ("https://example.org/" + "a" * 65, ForeignKind.WEB_ADDRESS),  # as long as a health code
    ],
)
def test_a_foreign_code_is_refused_by_its_name(keys, text, kind):
    with pytest.raises(ForeignCode) as refused:
        healthcode.open(keys, text, _NOW)
    assert refused.value.kind is kind
    assert text not in str(refused.value)


def test_a_payment_code_that_happens_to_check_is_no_id_number(keys):
    text = "134567890123456781"  # the check character of GB 11643 matches, the date does not exist
    with pytest.raises(ForeignCode) as refused:
        healthcode.open(keys, text, _NOW)
    assert refused.value.kind is ForeignKind.WECHAT_PAYMENT


@pytest.mark.parametrize("text", ["", " ", "hello", "1234", "851", "9" * 85, "85" * 4000, "\ud800"])
def test_anything_else_is_called_unreadable(keys, text):
    with pytest.raises(UnreadableCode):
        healthcode.open(keys, text, _NOW)


def test_every_kind_has_a_sentence_of_its_own():
    assert len({str(ForeignCode(kind)) for kind in ForeignKind}) == len(ForeignKind)


@pytest.mark.parametrize(
    "as_scanned",
    [
        lambda text: f"  {text}\r\n",
        lambda text: " ".join(text[start : start + 17] for start in range(0, 85, 17)),
        lambda text: text.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
    ],
    ids=["white space around", "in groups", "through an input method"],
)
def test_what_scanners_add_is_forgiven(keys, as_scanned):
    text = healthcode.issue(keys, b"a phone.", _NOW)
    assert healthcode.open(keys, as_scanned(text), _NOW).device_reference == b"a phone."


def test_our_own_form_under_other_keys_is_untrusted_and_not_foreign(keys):
    with pytest.raises(UntrustedCode):
        healthcode.open(keys, encode(CodeType.ONLINE, bytes(33)), _NOW)
