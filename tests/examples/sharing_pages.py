"""The pages of links and health cards, on invented values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from markupsafe import Markup

from credentials import BOTH, NOW, Issuing
from openhealthcode.access.carried import CardContent, MadeCard, OwnCard
from openhealthcode.access.links import LinkContent, OwnLink
from openhealthcode.credential import Form, Loss, LossReason, Read
from openhealthcode.healthcode import picture
from openhealthcode.portal.resident.views import ItemView, PickableView
from openhealthcode.standards import RecordCategory
from openhealthcode.standards.ids import EntryId

HOSTILE = "<script>alert(1)</script>\u202e"
TODAY = datetime.now(UTC).replace(microsecond=0)
TEXT = "https://health.example/shl#shlink:/" + "eyJ1cmwiOiJodHRwczovL2hlYWx0aC5leGFtcGxlL3NobC8" * 4
OPEN = OwnLink(
    link_id=UUID(int=1),
    content=LinkContent.SUMMARY,
    label="给广州张医生看的健康摘要",
    text=TEXT,
    made_at=TODAY - timedelta(days=2),
    until=TODAY + timedelta(days=5),
    revoked_at=None,
    attempts_left=8,
    is_long_term=True,
    is_direct=False,
    with_closed=True,
    opened=(
        (TODAY, "广州某某诊所 张医生", True),
        (TODAY - timedelta(hours=3), "不认识的人", False),
    ),
)
TRIED = replace(OPEN, link_id=UUID(int=2), attempts_left=0, label="", opened=())
OVER = replace(TRIED, link_id=UUID(int=3), attempts_left=None, until=TODAY - timedelta(days=1))
REVOKED = replace(OPEN, link_id=UUID(int=4), revoked_at=TODAY, content=LinkContent.ENTRIES)
CARD = OwnCard(UUID(int=5), CardContent.VACCINATIONS, Form.HEALTH_CARD, TODAY, None, None)
CARDS = [
    CARD,
    replace(CARD, card_id=UUID(int=6), revoked_at=TODAY),
    replace(CARD, form=Form.CERTIFICATE, content=CardContent.EMERGENCY, until=TODAY),
]
PAGE = {
    "links": [OPEN, TRIED, OVER, REVOKED],
    "cards": CARDS,
    "contents": tuple(CardContent),
    "forms": tuple(Form),
    "done": "",
    "problem": "",
}
_ISSUED = Issuing().issue(Form.HEALTH_CARD, BOTH)
MADE = MadeCard(
    UUID(int=5), replace(_ISSUED, losses=(Loss("doses", LossReason.NO_ROOM),)), number=17
)
_NEW = {"days": (1, 7, 30, 366), "lines": (), "picking": False, "problem": ""}
_LINE = ItemView(
    title="青霉素", detail="皮疹", when="2019-05-06", source="", category=RecordCategory.ALLERGIES
)
_PICKING = _NEW | {
    "picking": True,
    "lines": ((RecordCategory.ALLERGIES, [PickableView(EntryId(UUID(int=9)), _LINE)]),),
}
_CODE = Markup(picture.draw(TEXT))
_CARD = {
    "made": MADE,
    "content": CardContent.EMERGENCY,
    "form": Form.HEALTH_CARD,
    "code": Markup(picture.draw(_ISSUED.text)),
    "issuer": "health.example",
}
CHECKED = Read(
    Form.HEALTH_CARD, "health.example", NOW, NOW + timedelta(days=90), BOTH,
    (Loss("Observation", LossReason.NOT_UNDERSTOOD), Loss("Patient.address", LossReason.NOT_UNDERSTOOD)),
    "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s", "rid",
)  # fmt: skip
RESIDENT = {
    "/sharing": ("sharing", PAGE),
    "/sharing/none": ("sharing", PAGE | {"links": [], "cards": [], "done": "link"}),
    "/sharing/no-dose": ("sharing", PAGE | {"links": [], "cards": [], "problem": "no-dose"}),
    "/sharing/new": ("link_new", _NEW),
    "/sharing/new/problem": ("link_new", _NEW | {"problem": "problem"}),
    "/sharing/new/pick": ("link_new", _PICKING),
    "/sharing/link": ("link", {"link": OPEN, "code": _CODE}),
    "/sharing/card": ("card_made", _CARD),
    "/sharing/checked": ("public/credentials", {"checked": CHECKED, "problem": ""}),
    "/hostile/sharing": (
        "sharing",
        PAGE | {"links": [replace(OPEN, label=HOSTILE, opened=((TODAY, HOSTILE, True),))]},
    ),
}
