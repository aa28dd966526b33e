"""The pages about what is collected on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from openhealthcode.collection import RULES, CollectionScene, ElementReport
from openhealthcode.collection.questions import Clock, Question
from openhealthcode.collection.store import Leniency
from openhealthcode.portal import layout
from openhealthcode.portal.layout import language_of
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.public import element_view
from openhealthcode.portal.public.elements import FEWEST_TOLD, AskedView, ElementPage
from openhealthcode.portal.registrar.desk import DeskView, OpenView
from openhealthcode.portal.registrar.views import report_lines
from openhealthcode.portal.resident.collecting import SceneLine, view
from openhealthcode.portal.resident.views import LooksView, LookView, PersonView
from openhealthcode.portal.reviewer.collected import LENIENT_DAYS, SenderView
from openhealthcode.portal.reviewer.office import SUPERVISOR
from openhealthcode.standards.ids import InstitutionId

NOW = datetime.now(UTC)
HOSTILE = "<b>x</b>\u202eA very long name that goes on and on"
WHY = "为什么随访要问吸不吸烟？不说会不会影响看病？" * 4
WAITING = Question(
    uuid4(), "follow-up", "smoking", WHY, NOW, NOW + timedelta(days=15), None, None, None
)
LATE = Question(
    uuid4(), "outpatient", "", HOSTILE, NOW - timedelta(days=20), NOW - timedelta(days=5),
    None, None, None,
)  # fmt: skip
ANSWERED = Question(
    uuid4(), "follow-up", "smoking", WHY, NOW - timedelta(days=3), NOW + timedelta(days=12), NOW,
    WHY, "吸烟影响降压药的选择。可以不回答，照样随访。" * 3,
)  # fmt: skip
ASIDE = Question(
    uuid4(), "follow-up", "", HOSTILE, NOW - timedelta(days=3), NOW + timedelta(days=12), NOW,
    None, "与采集规则无关。",
)  # fmt: skip
STATES = {"waiting": WAITING, "overdue": LATE, "answered": ANSWERED, "set-aside": ASIDE}
REPORT = (
    ElementReport("follow-up", "smoking", 41, 38, 0, 0, 3, kept=38),
    ElementReport("outpatient", "marital-status", 907, 0, 12, 895, 0),
    ElementReport("outpatient", "Patient.generalPractitioner", 5, 0, 5, 0, 0, missing=2),
)
WANG = PersonView(name="王敏", title="医生", department="心内科", institution="黛川市中心医院")
OFFICE = {"office": SUPERVISOR}
TYPED = {"question": WHY, "answer": "", "reason": ""}
STATIC: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/collecting/questions": (
        "public/questions",
        {
            "questions": [("慢性病随访 · 吸烟", ANSWERED)],
            "clock": Clock(1, 1, 1, 1, 1, LATE.due_at),
            "days": 15,
        },
    ),
    "/collecting/questions/none": (
        "public/questions",
        {"questions": [], "clock": Clock(0, 0, 0, 0, 0, None), "days": 15},
    ),
    **{
        f"/collecting/question/{state}": (
            "public/question",
            {"question": one, "about": "慢性病随访 · 吸烟", "state": state, "days_left": 15},
        )
        for state, one in STATES.items()
    },
    "/collecting/senders": (
        "public/senders",
        {"senders": [(HOSTILE, Leniency(InstitutionId(uuid4()), NOW, NOW + timedelta(days=30)))]},
    ),
    "/collecting/office/questions": (
        "reviewer/questions",
        OFFICE
        | {
            "questions": [("门（急）诊就诊", LATE, "overdue"), ("慢性病随访", WAITING, "waiting")],
            "is_done": True,
        },
    ),
    "/collecting/office/question": (
        "reviewer/question",
        OFFICE
        | {
            "question": WAITING,
            "about": "慢性病随访 · 吸烟",
            "state": "waiting",
            "typed": TYPED,
            "longest": (300, 2000),
            "problem": "publish",
        },
    ),
    "/collecting/desk": (
        "registrar/desk",
        {"view": None, "problem": "seen", "name": HOSTILE, "is_done": True},
    ),
}


async def _element(request: Request) -> Response:
    language, rule = language_of(request), RULES.of("follow-up")
    page = ElementPage(
        scene="follow-up",
        title=rule.title.zh,
        id="smoking",
        name="吸烟",
        ruled=element_view(rule.elements["smoking"], language),
        demand="optional",
        since=NOW.date(),
        asked=(AskedView("黛川市中心医院", 912, 41), AskedView(HOSTILE, None, 0)),
        refusals=None,
        questions=(ANSWERED,),
    )
    return _asked(request, page, problem="words")


async def _nothing(request: Request) -> Response:
    page = ElementPage(
        scene="outpatient",
        title="门（急）诊就诊",
        id="marital-status",
        name="婚姻状况",
        ruled=None,
        demand="",
        since=NOW.date(),
        asked=(),
        refusals=12,
        questions=(),
    )
    return _asked(request, page, problem="")


def _asked(request: Request, page: ElementPage, *, problem: str) -> Response:
    return layout.render(
        request, "public/element.html", page=page, fewest=FEWEST_TOLD, days=15, longest=300,
        problem=problem, typed=HOSTILE,
    )  # fmt: skip


async def _senders(request: Request) -> Response:
    lines = tuple(report_lines(request, REPORT))
    senders = [
        SenderView(InstitutionId(uuid4()), HOSTILE, lines, 12, NOW + timedelta(days=30)),
        SenderView(InstitutionId(uuid4()), "青石镇卫生院", (), 3, None),
    ]
    return layout.render(
        request, "reviewer/collected.html", office=SUPERVISOR, senders=senders,
        since=NOW.date(), lengths=LENIENT_DAYS,
    )  # fmt: skip


async def _scenes(request: Request) -> Response:
    lines = [SceneLine(s, RULES.rules[s].title.zh, 2, 1) for s in CollectionScene]
    return layout.render(request, "resident/collecting.html", scenes=lines)


async def _scene(request: Request) -> Response:
    page = view(RULES.of("outpatient"), {"allergy": False}, language_of(request))
    return layout.render(request, "resident/collecting_scene.html", page=page, is_done=True)


async def _shown(request: Request) -> Response:
    look = LookView(
        number=7, at=NOW, sentence="consent", person=WANG, scene=None, count=41, times=2,
        reason="", because="", is_override=False, has_items=True, withdrawable=None,
        is_intact=True,
    )  # fmt: skip
    looks = LooksView(people=(look,), own=(), machine=(), lines=1, older="")
    standing = (OpenView("w" * 64, WANG, NOW + timedelta(hours=3)),)
    return layout.render(
        request, "registrar/desk.html", view=DeskView("李*", looks, standing), problem="",
        name="", is_done=False,
    )  # fmt: skip


MADE = {
    "/collecting/element": _element,
    "/collecting/element/nothing": _nothing,
    "/collecting/office/collected": _senders,
    "/collecting/scenes": _scenes,
    "/collecting/scene": _scene,
    "/collecting/desk/shown": _shown,
}
PAGES = (*STATIC, *MADE)


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = STATIC[request.url.path]
        return layout.render(request, f"{template}.html", **values)

    static = [layout.page_route(path, page) for path in STATIC]
    made = [layout.page_route(path, endpoint) for path, endpoint in MADE.items()]
    return Starlette(routes=[*routes(), *static, *made])
