"""Says what a scanned text is when it is not a health code: a clerk needs a sentence, not a beep.

Source: WeChat Pay (18 digits, 10-15), Alipay (16-24 digits, 25-30), UnionPay (19 digits, 62)
payment-code rules; GB 11643-1999; the national electronic health card's QR forms; SMART Health
Cards and Links; EU Digital COVID Certificate.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime

from openhealthcode.healthcode.digits import PREFIX
from openhealthcode.healthcode.errors import ForeignKind
from openhealthcode.standards import NationalId, NotANationalId

_EARLIEST_BIRTH = date(1900, 1, 1)


def recognise(text: str) -> ForeignKind | None:
    """Name what a text is, or nothing if it is none of the codes known here.

    Args:
        text: as scanned, without surrounding white space. Half of all WeChat codes have the length
            of an ID number and one in eleven even its check digit, so an ID number's date is
            looked at before its length is believed.
    """
    for kind, is_one in _KINDS:
        if is_one(text):
            return kind
    return None


def _is_national_id(text: str) -> bool:
    try:
        born = NationalId.parse(text).birth_date
    except NotANationalId:
        return False
    return _EARLIEST_BIRTH <= born <= datetime.now(UTC).date()


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return lambda text: compiled.fullmatch(text) is not None


_KINDS: tuple[tuple[ForeignKind, Callable[[str], bool]], ...] = (
    (ForeignKind.NATIONAL_ID, _is_national_id),
    (ForeignKind.OTHER_HEALTH_CODE, _matching(rf"{PREFIX}(5\d{{21}}|[2346]\d{{40,500}})")),
    (ForeignKind.NATIONAL_HEALTH_CARD, _matching(r"[0-9a-f]{64}:(1|9|0:[0-9a-f]{32})")),
    (ForeignKind.WECHAT_PAYMENT, _matching(r"1[0-5]\d{16}")),
    (ForeignKind.ALIPAY_PAYMENT, _matching(r"(2[5-9]|30)\d{14,22}")),
    (ForeignKind.UNIONPAY_PAYMENT, _matching(r"62\d{17}")),
    (ForeignKind.SMART_HEALTH_CARD, _matching(r"shc:/.*")),
    (ForeignKind.SMART_HEALTH_LINK, _matching(r"(https?://\S+#)?shlink:/.*")),
    (ForeignKind.COVID_CERTIFICATE, _matching(r"HC1:.*")),
    (ForeignKind.WEB_ADDRESS, _matching(r"(https?://|www\.)\S+")),
)
