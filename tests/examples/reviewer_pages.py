"""The pages of the review and of emergencies on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from examples import representation_pages, restriction_pages
from openhealthcode.access import (
    AskedErasure,
    CarriedSummary,
    CopiesToErase,
    VerifiedSummary,
)
from openhealthcode.access.lookups import AlarmKind
from openhealthcode.consent import AdvanceChoice, EmergencyScope
from openhealthcode.consent.emergency import CaseState, Judgement, OverrideFigures
from openhealthcode.consent.erasure import (
    LONGEST_REASON,
    ErasureAnswer,
    ErasureRequest,
    ErasureState,
)
from openhealthcode.healthcode import picture
from openhealthcode.identity import MOST_CONTACTS, EmergencyContact, Relation
from openhealthcode.portal import layout
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.reviewer.doubled import DoubleUseView, PlaceView
from openhealthcode.portal.reviewer.lookups import AlarmView
from openhealthcode.portal.reviewer.office import OFFICER, SUPERVISOR
from openhealthcode.portal.reviewer.presence import NotedView
from openhealthcode.portal.reviewer.views import CaseView, ExaminedView
from openhealthcode.standards import Phone, SensitiveCategory
from openhealthcode.standards.ids import ConsentId, InstitutionId, ResidentId

NOW = datetime.now(UTC)
WAITING = CaseView(
    reference="w" * 64,
    author="赵启航",
    staff_number="0086",
    department="急诊科",
    institution="黛川市中心医院",
    opened_at=NOW - timedelta(hours=2),
    due_at=NOW + timedelta(hours=70),
    state=CaseState.WAITING,
    is_second=True,
)
OVERDUE = replace(
    WAITING,
    reference="o" * 64,
    author="<b>x</b>\u202eA very long name that goes on",
    opened_at=NOW - timedelta(hours=90),
    due_at=NOW - timedelta(hours=18),
    state=CaseState.OVERDUE,
    is_second=False,
)
EXAMINED = ExaminedView(
    case=WAITING, triage_level=1, reason="突发胸痛，意识不清，家属不在场" * 6, looks=2, entries=27
)
JUDGING = {
    "office": OFFICER,
    "examined": EXAMINED,
    "judgements": tuple(Judgement),
    "problem": "",
    "typed": "",
}
CHOOSING = {
    "chosen": AdvanceChoice(),
    "contacts": (EmergencyContact(uuid4(), Phone.parse("13712345671"), Relation.CHILD),),
    "most_contacts": MOST_CONTACTS,
    "relations": tuple(Relation),
    "scopes": tuple(EmergencyScope),
    "kinds": tuple(SensitiveCategory),
    "notice": "chosen",
    "problem": "",
    "typed": "",
}
ASKED = AskedErasure(
    "e" * 64, InstitutionId(uuid4()), NOW - timedelta(days=2), NOW + timedelta(days=13),
    ErasureState.WAITING,
)  # fmt: skip
LATE = replace(
    ASKED,
    public_id="l" * 64,
    asked_at=NOW - timedelta(days=20),
    due_at=NOW - timedelta(days=5),
    state=ErasureState.OVERDUE,
)
RETAINED = replace(ASKED, public_id="r" * 64, state=ErasureState.RETAINED)
ERASING = {
    "office": OFFICER,
    "copies": CopiesToErase(
        LATE, tuple(("Observation", f"{n:064}") for n in range(30)), NOW - timedelta(days=25)
    ),
    "answers": tuple(ErasureAnswer),
    "longest_reason": LONGEST_REASON,
    "problem": "",
    "typed": "",
}
NOTHING_FETCHED = CopiesToErase(RETAINED, (), None)


def requested(answer: ErasureAnswer | None, reason: str = "", *, days: int = 2) -> ErasureRequest:
    """A request as the resident reads it."""
    return ErasureRequest(
        resident_id=ResidentId(uuid4()),
        consent_id=ConsentId(uuid4()),
        institution_id=InstitutionId(uuid4()),
        asked_at=NOW - timedelta(days=days),
        due_at=NOW + timedelta(days=15 - days),
        at=NOW,
        answer=answer,
        answered_at=NOW if answer else None,
        reason=reason,
    )


OWN_ERASURES = (
    (requested(None), "黛川市中心医院", ErasureState.WAITING),
    (requested(None, days=20), "<i>x</i>\u202eA very long name that goes on", ErasureState.OVERDUE),
    (
        requested(ErasureAnswer.RETAINED, "医疗机构须依法保存病历" * 9),
        "青石镇卫生院",
        ErasureState.RETAINED,
    ),
    (requested(ErasureAnswer.ERASED), "", ErasureState.ERASED),
)
CARRIED = CarriedSummary(
    note="openhealthcode-emergency-summary-1\n" + "过敏：青霉素" * 40,
    made=NOW.date(),
    until=NOW.date() + timedelta(days=90),
    lines=(
        "欧阳诗涵\u202e，女，1958-04-03出生",
        "过敏：青霉素（高危，过敏性休克）；头孢",
        "用药：" + "；".join(f"盐酸二甲双胍缓释片 {n}.5 g 每日两次" for n in range(9)),
        "本人选择携带。可能不完整，请以询问和检查为准。",
    ),
    number=4711,
)
VERIFIED = VerifiedSummary(CARRIED.made, CARRIED.until, CARRIED.lines)
CHECKING = {"key": "region.example/log/emergency-summaries+1a2b3c4d+" + "A" * 44, "problem": ""}
LOOKUPS = tuple(
    AlarmView(
        kind=kind,
        on_day=NOW.date(),
        caller_id=uuid4(),
        caller=caller,
        institution=institution,
        times=times,
        first_at=NOW - timedelta(hours=5),
        latest_at=NOW - timedelta(minutes=5),
        seen_at=NOW if kind is AlarmKind.TOO_MANY else None,
        seen_by="高远" if kind is AlarmKind.TOO_MANY else "",
    )
    for kind, caller, institution, times in (
        (AlarmKind.CANARY, "门诊医生工作站", "黛川市中心医院", 1),
        (AlarmKind.TOO_MANY_EMPTY, "<b>x</b>\u202ea very long name of a system", "", 48_211),
        (AlarmKind.TOO_MANY_OF_ONE, "", "黛川镇卫生院", 3),
        (AlarmKind.TOO_MANY, "住院系统", "黛川市中心医院", 12),
    )
)

DOUBLED = tuple(
    DoubleUseView(
        "a" * 32,
        "b" * 32,
        PlaceView("黛川市中心医院", "王敏", NOW - timedelta(hours=5)),
        PlaceView("<b>x</b>\u202eA very long name of an institution", person, NOW),
        NOW,
        seen_at,
        "高远" if seen_at else "",
    )
    for person, seen_at in (("沈知秋", None), ("", NOW))
)

PRESSED = NotedView(
    reference="p" * 64,
    kind="duress",
    institution="黛川市中心医院",
    asked_by="王敏",
    helper="",
    answered_at=NOW,
    examined_at=None,
)
AT_A_SETTING = replace(PRESSED, institution="", asked_by="")
HELPED = replace(PRESSED, kind="assisted", helper="<b>x</b>\u202eA very long name", examined_at=NOW)

PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/review/sign-in": (
        "reviewer/sign_in",
        {"office": OFFICER, "account": "P001", "problem": "wrong"},
    ),
    "/review": (
        "reviewer/queue",
        {"office": OFFICER, "cases": (OVERDUE, WAITING), "done": "confirmed"},
    ),
    **restriction_pages.SUPERVISION,
    **representation_pages.REVIEWER,
    "/supervision/lookups": (
        "reviewer/lookups",
        {"office": SUPERVISOR, "alarms_of_lookups": LOOKUPS},
    ),
    "/supervision/lookups/none": (
        "reviewer/lookups",
        {"office": SUPERVISOR, "alarms_of_lookups": ()},
    ),
    "/supervision/doubled": ("reviewer/doubled", {"office": SUPERVISOR, "doubled": DOUBLED}),
    "/supervision/doubled/none": ("reviewer/doubled", {"office": SUPERVISOR, "doubled": ()}),
    "/supervision/alarmed": (
        "reviewer/queue",
        {"office": SUPERVISOR, "cases": (), "done": "", "new_lookups": 0, "alarms": 2},
    ),
    "/supervision/presence": (
        "reviewer/presences",
        {"office": SUPERVISOR, "noted": (PRESSED, AT_A_SETTING, HELPED), "alarms": 1},
    ),
    "/supervision": (
        "reviewer/queue",
        {"office": SUPERVISOR, "cases": (), "done": "", "new_lookups": 2},
    ),
    "/review/cases/one": ("reviewer/case", JUDGING),
    "/review/cases/again": ("reviewer/case", JUDGING | {"problem": "reason", "typed": "好"}),
    "/review/cases/over": ("reviewer/over", {"office": OFFICER}),
    "/review/erasures": (
        "reviewer/erasures",
        {"office": OFFICER, "asked": (LATE, ASKED, RETAINED), "done": "erased"},
    ),
    "/review/erasures/none": ("reviewer/erasures", {"office": OFFICER, "asked": (), "done": ""}),
    "/review/erasures/one": ("reviewer/erasure", ERASING),
    "/review/erasures/again": ("reviewer/erasure", ERASING | {"problem": "reason", "typed": "法"}),
    "/review/erasures/kept": (
        "reviewer/erasure",
        ERASING | {"copies": NOTHING_FETCHED, "answers": (ErasureAnswer.ERASED,)},
    ),
    "/supervision/erasures": (
        "reviewer/erasures_overdue",
        {"office": SUPERVISOR, "late": (LATE, ASKED), "names": {"l" * 64: "黛川市中心医院"}},
    ),
    "/erasures": ("resident/erasures", {"erasures": OWN_ERASURES}),
    "/erasures/none": ("resident/erasures", {"erasures": ()}),
    "/emergency/summary": ("resident/carried", {"chosen": AdvanceChoice()}),
    "/emergency/summary/made": (
        "resident/carried_made",
        {"carried": CARRIED, "code": Markup(picture.draw(CARRIED.note))},
    ),
    "/emergency/summary/checking": ("public/summaries", CHECKING | {"checked": None}),
    "/emergency/summary/old": (
        "public/summaries",
        CHECKING | {"checked": VERIFIED, "is_old": True},
    ),
    "/emergency/summary/bad": (
        "public/summaries",
        CHECKING | {"checked": None, "problem": "untrusted"},
    ),
    "/emergency/figures": ("reviewer/figures", {"figures": OverrideFigures(41, 3, 5, 2)}),
    "/emergency/figures/none": ("reviewer/figures", {"figures": OverrideFigures(0, 0, 0, 0)}),
    "/emergency": ("resident/emergency", CHOOSING),
    "/emergency/contacts": (
        "resident/emergency",
        CHOOSING | {"notice": "", "problem": "phone", "typed": "12"},
    ),
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"{template}.html", **values)

    async def alarm(request: Request) -> Response:
        return layout.render(request, "reviewer/alarm.html", alarms=2)

    async def live(_: Request) -> Response:
        return Response("retry: 600000\n\n", media_type="text/event-stream")

    parts = [("/supervision/alarm", alarm), ("/supervision/live", live)]
    return Starlette(
        routes=[
            *routes(),
            *(layout.page_route(path, page) for path in PAGES),
            *(layout.page_route(path, part) for path, part in parts),
        ]
    )
