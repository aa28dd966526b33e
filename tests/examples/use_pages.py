"""The page of what a code is used for, on invented values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from openhealthcode.portal.resident.uses import PartnerView, UseView
from openhealthcode.registry import Joining
from openhealthcode.standards import CodeUse
from openhealthcode.standards.ids import PartnerId

NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "新疆维吾尔自治区喀什地区黛川县人民医院（黛川县紧密型医共体总医院）"
HOSTILE = "<script>alert(1)</script>\u202e"

INSURER = PartnerView(
    partner_id=PartnerId(UUID(int=1)),
    name="黛川县医疗保障局",
    use=CodeUse.SETTLE,
    joining=Joining.FUSION,
    since=NOW - timedelta(days=3),
    address="",
)
PAYMENT = replace(
    INSURER,
    partner_id=PartnerId(UUID(int=2)),
    name="黛川支付",
    use=CodeUse.PAY,
    joining=Joining.BINDING,
    since=None,
)
OWN_CODE = replace(
    PAYMENT,
    partner_id=PartnerId(UUID(int=3)),
    name="黛川支付付款码",
    joining=Joining.SWITCHING,
    address="/somewhere/else",
)
USED = UseView(
    at=NOW,
    institution="黛川县人民医院",
    uses=(CodeUse.TREAT, CodeUse.SETTLE),
    not_given=(CodeUse.PAY,),
    is_refused=False,
)
REFUSED = replace(USED, institution=LONG, uses=(CodeUse.TREAT,), not_given=(), is_refused=True)
PAGE = {
    "partners": [INSURER, PAYMENT, OWN_CODE],
    "used": [USED, REFUSED, replace(USED, institution="", uses=())],
    "done": "",
    "wrong": None,
    "problem": "",
}
RESIDENT = {
    "/uses": ("uses", PAGE),
    "/uses/on": ("uses", PAGE | {"done": "on"}),
    "/uses/wrong": ("uses", PAGE | {"wrong": PAYMENT.partner_id, "problem": "number"}),
    "/uses/refused": ("uses", PAGE | {"wrong": PAYMENT.partner_id, "problem": "refused"}),
    "/uses/none": ("uses", PAGE | {"partners": [], "used": [], "done": "off-untold"}),
    "/hostile/uses": (
        "uses",
        PAGE
        | {
            "partners": [replace(INSURER, name=HOSTILE), replace(PAYMENT, name=HOSTILE)],
            "used": [replace(USED, institution=HOSTILE)],
        },
    ),
}
