"""The pages of a resident's rights on invented values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from openhealthcode.access import Exposure
from openhealthcode.portal.public.views import LogView
from openhealthcode.portal.resident import views
from openhealthcode.standards import RecordCategory

NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "新疆维吾尔自治区喀什地区黛川县人民医院（黛川县紧密型医共体总医院）"

ASKED = views.AskedView(
    institution="黛川县人民医院",
    words="我对青霉素不过敏",
    asked_at=NOW - timedelta(days=4),
    due_at=NOW + timedelta(days=11),
    days_left=11,
    answer="",
    answered_at=None,
    reason="",
)
RIGHTS = views.RightsView(
    exposure=Exposure(217, 4, 2, 41),
    closed=3,
    asked=(
        ASKED,
        replace(ASKED, institution=LONG, days_left=-2, due_at=NOW - timedelta(days=2)),
        replace(ASKED, answer="refused", answered_at=NOW, reason="皮试阳性，见 2019 年病历"),
        replace(ASKED, answer="accepted", answered_at=NOW),
    ),
    objects=True,
    days=15,
)
NOTHING = replace(RIGHTS, exposure=Exposure(0, 0, 0, 0), closed=0, asked=(), objects=False)
HOLDERS = (
    views.HolderView(institution="黛川县人民医院", entries=120),
    views.HolderView(institution=LONG, entries=97),
)
CLOSED = views.ClosedView(
    number=412,
    at=NOW,
    commitment="9f506563b9c34c85f28f1ff1964673605b2c0c83c7667082fc5455c7f8867635",
    entries=217,
    originals=HOLDERS,
    copies=HOLDERS[1:],
    unreadable_from=date(2027, 1, 5),
    proof="c2sp.org/tlog-proof@v1\nindex 5\n",
)
ITEM = views.ItemView(
    title="青霉素", detail="皮疹", when="2019-05-06", source=LONG, category=RecordCategory.ALLERGIES
)
KEY = "log.example/receipts+7787c665+AWkaeTrlS5dwXBbm18tBKgLp7edjLzEfVCzH6fTSvYEj"
LOG_VIEW = LogView(
    name="ohc.test/log",
    keys=(KEY, KEY.replace("+", "/receipts+", 1)),
    policy=f"log {KEY}\nquorum none\n",
    witnesses=("witness.example/north", "见证.example/南方", "a-very-long-name.witness.example"),
)


RESIDENT = {
    "/rights": ("rights", {"rights": RIGHTS}),
    "/rights/nothing": ("rights", {"rights": NOTHING}),
    "/rights/correct": (
        "correctable",
        {
            "lines": [
                views.CorrectableView(
                    category=RecordCategory.ALLERGIES, entries=((UUID(int=4), ITEM),)
                )
            ]
        },
    ),
    "/rights/correct/one": (
        "correct",
        {"item": ITEM, "days": 15, "problem": "words", "words": "不对"},
    ),
    "/rights/close": (
        "closing",
        {"holders": HOLDERS, "total": 217, "problem": "not-understood", "whose": "x"},
    ),
    "/rights/closed": ("closed", {"closed": CLOSED, "file": "cmVjZWlwdA"}),
    "/rights/closed/later": (
        "closed",
        {"closed": replace(CLOSED, proof="", copies=()), "file": ""},
    ),
    "/receipts": ("public/receipts", {"keys": (KEY, KEY)}),
    "/receipts/none": ("public/receipts", {"keys": ()}),
    "/log": ("public/log", {"view": (LOG_VIEW, 1_234_567), "log_address": "https://ohc.test/log"}),
    "/log/unwatched": (
        "public/log",
        {"view": (replace(LOG_VIEW, witnesses=()), 1), "log_address": "https://ohc.test/log"},
    ),
    "/log/none": ("public/log", {"view": None}),
}
