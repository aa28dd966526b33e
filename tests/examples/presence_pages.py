"""The pages for residents without a phone, and those of the PIN, on invented values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.clinic.presets import ASKABLE, PRESETS
from openhealthcode.portal.pad.views import ArrivalView, HelperView, PadView, SpokenView
from openhealthcode.portal.resident.views import PersonView
from openhealthcode.standards import CertificateKind, Scene

NOW = datetime.now(UTC).replace(microsecond=0)
WANG = PersonView(
    name="王敏",
    title="医生",
    department="心内科 3 诊室",
    institution="黛川县人民医院",
    staff_number="0217",
)
ARRIVAL = ArrivalView(
    kinds=KINDS,
    scenes=tuple(PRESETS),
    chosen_scene=Scene.CONSULTATION,
    chosen_kind=CertificateKind.NATIONAL_ID,
)
ASKED = SpokenView(
    request="request-reference",
    name="李春兰",
    person=WANG,
    scene=Scene.CONSULTATION,
    sentences=(
        "黛川县人民医院心内科 3 诊室王敏将查看您的档案。",
        "用于这次看病：问诊。",
        "您可以随时收回。",
    ),
    notice="v1",
    categories=tuple(c for c in ASKABLE if c in PRESETS[Scene.CONSULTATION]),
    chosen=PRESETS[Scene.CONSULTATION],
    hours=(1, 4),
    chosen_hours=4,
    with_what_is_added=False,
    answer_by=NOW + timedelta(minutes=14),
)
LONG = replace(
    ASKED,
    name="阿卜杜热合曼·麦麦提吐尔逊·买买提伊明",
    person=replace(WANG, name="<script>alert(1)</script>\u202eevil", department=""),
    problem="wrong",
)
PAD = PadView(has_pin=True, is_over=False, is_mixed=False, keys=tuple("1234567890"))

CLINIC = {
    "/clinic/arrival": ("pad/arrival.html", {"arrival": ARRIVAL}),
    "/clinic/arrival/nobody": (
        "pad/arrival.html",
        {"arrival": replace(ARRIVAL, name="李春兰", problem="nobody")},
    ),
    "/clinic/arrival/compared": (
        "pad/arrival.html",
        {"arrival": replace(ARRIVAL, name="李春兰", problem="compared")},
    ),
    "/clinic/assisted": ("pad/assisted.html", {"asked": ASKED, "helper": HelperView()}),
    "/clinic/assisted/wrong": (
        "pad/assisted.html",
        {"asked": replace(ASKED, problem="not-you"), "helper": HelperView(account="0217")},
    ),
}
PADS = {
    "/pad": ("pad/pad.html", {"asked": ASKED, "pad": PAD}),
    "/pad/wrong": ("pad/pad.html", {"asked": LONG, "pad": PAD}),
    "/pad/mixed": (
        "pad/pad.html",
        {"asked": ASKED, "pad": replace(PAD, is_mixed=True, keys=tuple("7301952846"))},
    ),
    "/pad/none": ("pad/pad.html", {"asked": ASKED, "pad": replace(PAD, has_pin=False)}),
}


def _pin(**more):
    plain = {
        "is_set": False,
        "is_over": False,
        "wrong_left": None,
        "done": "",
        "problem_at": "",
        "problem": "",
    }
    return ("pin", plain | more)


RESIDENT = {
    "/pin": _pin(is_set=True),
    "/pin/none": _pin(),
    "/pin/over": _pin(is_over=True),
    "/pin/wrong": _pin(is_set=True, wrong_left=4, problem_at="second", problem="wrong"),
    "/pin/done": _pin(is_set=True, done="second"),
    "/step-up": (
        "step_up",
        {
            "kept": [("days", "365")],
            "has_pin": True,
            "problem": "",
            "passkey": "",
            "back": "/consents",
        },
    ),
    "/step-up/none": (
        "step_up",
        {"kept": [], "has_pin": False, "problem": "", "passkey": "", "back": "/consents"},
    ),
}
