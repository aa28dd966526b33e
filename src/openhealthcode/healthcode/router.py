"""Says what a scanned text is, before anybody tries to open it: one router for every scanner page.

It tells by form alone, asks no database and trusts nothing it reads. What it names is resolved,
forwarded or refused by whoever asked, with a sentence a clerk can act on (``refusal``).

Source: WeChat Pay (18 digits, 10-15), Alipay (16-24 digits, 25-30) and UnionPay (19 digits, 62)
payment-code rules; GB 11643-1999 and GB/T 2260; the national electronic health card's QR forms;
SMART Health Cards and Links; EU Digital COVID Certificate (``HC1:``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Final

from openhealthcode.healthcode import short
from openhealthcode.healthcode.digits import PREFIX, CodeType, decode, decode_online
from openhealthcode.healthcode.errors import ForeignCode, ForeignKind, UnreadableCode
from openhealthcode.standards import NationalId, NotANationalId, division
from openhealthcode.trust import code_region

LONGEST_SCAN: Final = 16_384
"""Some five times the longest QR code: nothing that was scanned is longer."""


class ScannedKind(StrEnum):
    """Everything a scanner may meet."""

    ONLINE = "online"
    OFFLINE = "offline"
    PRINTED = "printed"
    COUNTER = "counter"
    SHORT = "short"
    TEMPORARY = "temporary"
    NATIONAL_HEALTH_CARD = "national-health-card"
    NATIONAL_ID = "national-id"
    WECHAT_PAYMENT = "wechat-payment"
    ALIPAY_PAYMENT = "alipay-payment"
    UNIONPAY_PAYMENT = "unionpay-payment"
    INSURANCE_VOUCHER = "insurance-voucher"
    SMART_HEALTH_CARD = "smart-health-card"
    SMART_HEALTH_LINK = "smart-health-link"
    COVID_CERTIFICATE = "covid-certificate"
    WEB_ADDRESS = "web-address"
    UNREADABLE = "unreadable"
    """Nothing that is known, or a health code that arrived damaged: scan again."""


NATIVE: Final = frozenset(
    {
        ScannedKind.ONLINE,
        ScannedKind.OFFLINE,
        ScannedKind.PRINTED,
        ScannedKind.COUNTER,
        ScannedKind.SHORT,
        ScannedKind.TEMPORARY,
    }
)
"""The health codes of this format, whichever region's."""
PAYMENT: Final = frozenset(
    {
        ScannedKind.WECHAT_PAYMENT,
        ScannedKind.ALIPAY_PAYMENT,
        ScannedKind.UNIONPAY_PAYMENT,
    }
)


class CardForm(StrEnum):
    """The three forms of the national electronic health card's QR code."""

    STATIC = "static"
    DYNAMIC = "dynamic"
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True)
class VoucherForm:
    """How a region's insurer writes its e-vouchers (医保电子凭证), which nobody else can read.

    Args:
        prefix: what each begins with.
        length: of the whole text, ASCII letters and digits.
    """

    prefix: str
    length: int

    def fits(self, text: str) -> bool:
        """Whether a text is one, by its form."""
        is_plain = text.isascii() and text.isalnum()
        return is_plain and len(text) == self.length and text.startswith(self.prefix)


@dataclass(frozen=True, slots=True)
class Routed:
    """What a text is.

    Args:
        kind: by its form.
        text: as whoever reads this kind wants it: tidied, or untouched where blanks count.
        data: the bytes of a native code; empty for the short one and for everything else.
        national_id: the number, where it is one.
        card: which form of the national card.
        region: of a signed code the division, of an online one the region's number among issuers.
    """

    kind: ScannedKind
    text: str = field(repr=False)
    data: bytes = field(default=b"", repr=False)
    national_id: NationalId | None = field(default=None, repr=False)
    card: CardForm | None = None
    region: int | None = None

    @property
    def is_native(self) -> bool:
        """Whether it is a health code of this format."""
        return self.kind in NATIVE

    @property
    def is_payment(self) -> bool:
        """Whether it is a payment service's own code."""
        return self.kind in PAYMENT


def route(text: str, *, vouchers: Iterable[VoucherForm] = (), today: date | None = None) -> Routed:
    """Name what was scanned, typed or pasted.

    Args:
        text: as it came; blanks, line ends and full-width digits of an input method are forgiven.
        vouchers: the forms of the insurers that joined this region.
        today: no ID number is of somebody born later; now if not given.
    """
    if len(text) > LONGEST_SCAN:
        return Routed(ScannedKind.UNREADABLE, "")
    text = text.strip("\r\n\t\0 \ufeff")
    tidied = tidy(text)
    if tidied.isascii() and tidied.isdigit():
        found = _native(tidied) or _number(tidied, today) or _payment(tidied)
    else:
        found = _spelt(text) or _card(tidied) or _number(tidied, today)
    if found is None and any(form.fits(tidied) for form in vouchers):
        found = Routed(ScannedKind.INSURANCE_VOUCHER, tidied)
    return found or Routed(ScannedKind.UNREADABLE, tidied)


def recognise(text: str) -> ForeignKind | None:
    """What a text is where only the phone's online code is taken; nothing if nothing is known."""
    return _FOREIGN.get(route(text).kind)


def refusal(routed: Routed) -> ForeignCode | UnreadableCode:
    """What a desk that does not take this kind answers, in a sentence its clerk can act on."""
    kind = _FOREIGN.get(routed.kind)
    return UnreadableCode() if kind is None else ForeignCode(kind)


def tidy(text: str) -> str:
    """Without blanks, and with the digits of a Chinese input method told as plain ones."""
    return "".join(text.split()).translate(_HALF_WIDTH)


_HALF_WIDTH: Final = str.maketrans("０１２３４５６７８９", "0123456789")
_FOREIGN: Final[Mapping[ScannedKind, ForeignKind]] = {
    ScannedKind.OFFLINE: ForeignKind.OTHER_HEALTH_CODE,
    ScannedKind.PRINTED: ForeignKind.OTHER_HEALTH_CODE,
    ScannedKind.TEMPORARY: ForeignKind.OTHER_HEALTH_CODE,
    ScannedKind.SHORT: ForeignKind.OTHER_HEALTH_CODE,
    ScannedKind.COUNTER: ForeignKind.COUNTER_CODE,
    **{
        kind: ForeignKind(kind.value)
        for kind in ScannedKind
        if kind not in {*NATIVE, ScannedKind.UNREADABLE}
    },
}


def _matching(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.ASCII | re.IGNORECASE | re.DOTALL)


_SPELT: Final = (
    (ScannedKind.SMART_HEALTH_CARD, _matching(r"shc:/.*")),
    (ScannedKind.SMART_HEALTH_LINK, _matching(r"(https?://\S+#)?shlink:/.*")),
    (ScannedKind.COVID_CERTIFICATE, _matching(r"HC1:.*")),
    (ScannedKind.WEB_ADDRESS, _matching(r"(https?://|www\.)\S+")),
)
"""What says itself what it is; base45 has blanks that count."""
_NATIVE: Final[Mapping[str, tuple[ScannedKind, int]]] = {
    CodeType.ONLINE: (ScannedKind.ONLINE, 85),
    CodeType.OFFLINE: (ScannedKind.OFFLINE, 497),
    CodeType.PRINTED: (ScannedKind.PRINTED, 238),
    CodeType.COUNTER: (ScannedKind.COUNTER, 257),
    CodeType.SHORT: (ScannedKind.SHORT, short.TEXT_DIGITS),
    CodeType.TEMPORARY: (ScannedKind.TEMPORARY, 238),
}
_CARD: Final = _matching(r"[0-9a-f]{64}:(?:(1)|(0:[0-9a-f]{32})|(9))")
_PAYMENT: Final = (
    (ScannedKind.WECHAT_PAYMENT, re.compile(r"1[0-5][0-9]{16}")),
    (ScannedKind.ALIPAY_PAYMENT, re.compile(r"(2[5-9]|30)[0-9]{14,22}")),
    (ScannedKind.UNIONPAY_PAYMENT, re.compile(r"62[0-9]{17}")),
)
_WECHAT_PROVINCES: Final = frozenset({"11", "12", "13", "14", "15"})
"""Provinces whose ID numbers begin as WeChat's codes do."""
_PAYMENT_ALONE: Final = frozenset({"10", "25", "26", "27", "28", "29", "30"})
"""No province has these codes."""
_EARLIEST_BIRTH: Final = date(1900, 1, 1)


def _spelt(text: str) -> Routed | None:
    for kind, pattern in _SPELT:
        if pattern.fullmatch(text):
            return Routed(kind, text)
    return None


def _native(digits: str) -> Routed | None:
    """A code of this format; a damaged one is unreadable and nothing else."""
    known = _NATIVE.get(digits[:3])
    if known is None:
        return None if digits[:2] != PREFIX else Routed(ScannedKind.UNREADABLE, digits)
    kind, length = known
    try:
        if len(digits) != length:
            raise UnreadableCode
        if kind is ScannedKind.SHORT:
            short.read(digits)
            return Routed(kind, digits)
        if kind is ScannedKind.ONLINE:
            data = decode_online(digits)
            return Routed(kind, digits, data, region=code_region(data))
        data = decode(digits, CodeType(digits[:3]))
    except UnreadableCode:
        return Routed(ScannedKind.UNREADABLE, digits)
    return Routed(kind, digits, data, region=int.from_bytes(data[2:5]))


def _card(text: str) -> Routed | None:
    found = _CARD.fullmatch(text)
    if found is None:
        return None
    form = (CardForm.STATIC, CardForm.DYNAMIC, CardForm.TEMPORARY)[(found.lastindex or 1) - 1]
    return Routed(ScannedKind.NATIONAL_HEALTH_CARD, text, card=form)


def _number(text: str, today: date | None) -> Routed | None:
    """An ID number, if its check character, its date and its place all say so.

    One in eleven payment codes of eighteen digits has the check character, one in twenty-four
    thousand of all also a date; where the first digits could be either, the county must exist too.
    """
    if len(text) != 18 or text[:2] in _PAYMENT_ALONE:
        return None
    try:
        number = NationalId.parse(text)
    except NotANationalId:
        return None
    born = number.birth_date
    if not _EARLIEST_BIRTH <= born <= (today or datetime.now(UTC).date()):
        return None
    could_be_payment = text[:2] in _WECHAT_PROVINCES and text.isdigit()
    if could_be_payment and not _is_county(number.division_code, born):
        return None
    return Routed(ScannedKind.NATIONAL_ID, number.number, national_id=number)


def _payment(digits: str) -> Routed | None:
    for kind, pattern in _PAYMENT:
        if pattern.fullmatch(digits):
            return Routed(kind, digits)
    return None


@lru_cache(maxsize=4096)
def _is_county(division_code: str, born: date) -> bool:
    return division.examine(division_code, born) is None
