"""The clinician's pages on invented values, so that they can be looked at without a database.

``app()`` answers every page in every state worth seeing; the tests of the pages and the pictures
drawn of them share it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from markupsafe import Markup
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from examples import order_pages, presence_pages, warning_pages
from examples.clinic_life import life, long_life
from openhealthcode.healthcode import picture
from openhealthcode.portal import layout
from openhealthcode.portal.clinic import label, presets, timeline, views
from openhealthcode.portal.clinic.emergency import KINDS
from openhealthcode.portal.clinic.offline import serve_worker
from openhealthcode.portal.layout.routes import routes
from openhealthcode.record.summary import summarise
from openhealthcode.standards import PurposeOfUse, RecordCategory, Scene, Sex
from openhealthcode.trust.marks import ScreenCode

NOW = datetime.now(UTC).replace(microsecond=0)
TODAY = date(2026, 11, 22)
VISIT = "visit-reference"
ACCOUNT = UUID(int=0x5217)
SCREENS = ScreenCode(b"invented" * 4)
STAFF = views.StaffView(
    name="王敏",
    staff_number="0217",
    title="医生",
    department="心内科 3 诊室",
    institution="黛川县人民医院",
    pattern=label.pattern(SCREENS, ACCOUNT, NOW.replace(second=0)),
)
LI = views.ResidentView(name="李春兰", sex=Sex.FEMALE, birth_date=date(1959, 3, 2), age=67)
LONG = views.ResidentView(
    name="阿卜杜热合曼·麦麦提吐尔逊·买买提伊明", sex=Sex.MALE, birth_date=date(1931, 12, 31), age=94
)
HOSTILE = views.ResidentView(
    name="<script>alert(1)</script>\u202eevil", sex=Sex.UNKNOWN, birth_date=None, age=None
)
CHILD = views.ResidentView(
    name="周小满", sex=Sex.MALE, birth_date=date(2026, 9, 1), age=0, months=2
)


def recent_visits():
    def one(resident, minutes, scene, hours):
        at = NOW - timedelta(minutes=minutes)
        until = at + timedelta(hours=hours) if hours else None
        return views.RecentVisitView(
            visit=VISIT, resident=resident, scene=scene, presented_at=at, until=until
        )

    return (
        one(LI, 4, Scene.CONSULTATION, 4),
        one(LONG, 31, Scene.CONSULTATION, 4),
        one(CHILD, 55, Scene.VACCINATION, None),
        one(HOSTILE, 90, Scene.DISPENSING, 24),
    )


def asked(resident=LI, **changes):
    view = views.AskView(
        visit=VISIT,
        resident=resident,
        presented_at=NOW - timedelta(seconds=5),
        scenes=tuple(views.SceneView(scene=s, categories=c) for s, c in presets.PRESETS.items()),
        chosen_scene=Scene.CONSULTATION,
        categories=presets.ASKABLE,
        chosen=presets.PRESETS[Scene.CONSULTATION],
        lifetimes_hours=presets.LIFETIMES_HOURS,
        chosen_hours=4,
    )
    return replace(view, **changes)


def record(language, shown, *, path, resident=LI, query="", chosen=None, is_override=False):
    summary = summarise([one.resource for one in shown], TODAY, language)
    return views.RecordView(
        visit=VISIT,
        path=path,
        resident=resident,
        purpose=PurposeOfUse.EMERGENCY if is_override else PurposeOfUse.TREATMENT,
        scene=Scene.EMERGENCY if is_override else Scene.CONSULTATION,
        shown_at=NOW,
        until=NOW + timedelta(hours=3, minutes=58),
        is_override=is_override,
        log_number=288,
        summary=summary,
        trends=timeline.trends_of(summary),
        sources=tuple(one.source for one in shown),
        stale_before="2026-05-22",
        timeline=timeline.timeline_of(
            shown, language, birth_date=resident.birth_date, chosen=chosen, query=query
        ),
    )


def _page(template, **values):
    async def page(request: Request) -> Response:
        policy = layout.WITH_CAMERA if template in {"scan", "offline"} else layout.PLAIN
        return layout.render(
            request, f"clinic/{template}.html", policy=policy, staff=STAFF, **values
        )

    return page


def _whole(template, values):
    async def page(request: Request) -> Response:
        return layout.render(request, template, staff=STAFF, **values)

    return page


def _record_page(make, **values):
    async def page(request: Request) -> Response:
        language = layout.language_of(request).value
        query = request.query_params.get("q", "")
        chosen = request.query_params.get("category")
        shown = make()
        view = record(
            language,
            shown,
            path=request.url.path,
            query=query,
            chosen=chosen and RecordCategory(chosen),
            **values,
        )
        return layout.render(request, "clinic/record.html", staff=STAFF, record=view)

    return page


_SCAN = {"scenes": tuple(presets.PRESETS), "chosen_scene": Scene.CONSULTATION, "problem": None}
_OFFLINE = {
    "scenes": tuple(presets.PRESETS),
    "chosen_scene": Scene.CONSULTATION,
    "desk_reference": "sealed",
    "prepared_at": int(NOW.timestamp()),
    "summary_key": "region.example/log/emergency-summaries+00000000+AAAA",
}
_OVERRIDE = views.EmergencyView(
    visit=VISIT,
    resident=LI,
    minimum=(
        RecordCategory.ALLERGIES,
        RecordCategory.MEDICATION,
        RecordCategory.CONDITIONS,
        RecordCategory.BLOOD_TYPE,
        RecordCategory.DEVICES,
        RecordCategory.LABORATORY,
    ),
    hours=12,
)


def _counter():
    digits = "854" + "8190467257934154" * 15 + "12345678901234"
    svg = Markup(picture.draw(digits))
    return views.CounterView(
        number=3, svg=svg, digits=digits, lifetime_seconds=60, refresh_seconds=50
    )


def pages():
    """Every page by its address."""
    waiting = views.WaitingView(
        visit=VISIT,
        request="request-reference",
        resident=LI,
        scene=Scene.CONSULTATION,
        count=10,
        asked_at=NOW - timedelta(seconds=7),
        answer_by=NOW + timedelta(minutes=15),
    )
    found = {
        "/clinic/sign-in": _page("sign_in", form=views.SignInView()),
        "/clinic/sign-in/wrong": _page(
            "sign_in", form=views.SignInView(account="wangmin", problem="wrong")
        ),
        "/clinic/account": _page("account", notice="", problem="", hearings=1),
        "/clinic/account/added": _page("account", notice="added", problem="", hearings=0),
        "/clinic": _page("scan", recent=recent_visits(), **_SCAN),
        "/clinic/empty": _page("scan", recent=(), **_SCAN),
        "/clinic/expired": _page(
            "scan", recent=(), **_SCAN | {"problem": views.ProblemView(name="code-expired")}
        ),
        "/clinic/foreign": _page(
            "scan",
            recent=recent_visits(),
            **_SCAN | {"problem": views.ProblemView(name="code-foreign", kind="wechat-payment")},
        ),
        "/clinic/offline": _page("offline", **_OFFLINE),
        "/clinic/counter": _page("counter", counter=_counter()),
        "/clinic/counter/missing": _page("counter", counter=views.CounterView(number=3)),
        "/clinic/ask": _page("ask", asked=asked()),
        "/clinic/ask/long": _page("ask", asked=asked(LONG)),
        "/clinic/ask/nothing": _page(
            "ask", asked=asked(HOSTILE, chosen=frozenset(), problem="nothing")
        ),
        "/clinic/waiting": _page("waiting", waiting=waiting),
        "/clinic/waiting/elsewhere": _page(
            "waiting", waiting=replace(waiting, base="/clinic/elsewhere/880101", region="黛川县")
        ),
        "/clinic/emergency": _page("emergency", override=_OVERRIDE, kinds=KINDS),
        "/clinic/emergency/document": _page(
            "emergency", override=replace(_OVERRIDE, resident=None, visit=""), kinds=KINDS
        ),
        "/clinic/emergency/problem": _page(
            "emergency",
            override=replace(_OVERRIDE, problem="reason", reason="急", chosen_level=1),
            kinds=KINDS,
        ),
        "/clinic/record": _record_page(life),
        "/clinic/record/long": _record_page(long_life, resident=LONG),
        "/clinic/record/empty": _record_page(list, resident=CHILD),
        "/clinic/record/override": _record_page(life, is_override=True),
    }
    found |= {path: _whole(*page) for path, page in presence_pages.CLINIC.items()}
    found |= {path: _page("order", order=view) for path, view in order_pages.ORDERS.items()}
    found |= {
        path: _page(template, **values)
        for path, (template, values) in warning_pages.HEARINGS.items()
    }
    found["/clinic/ask/card"] = _page("ask", asked=asked(has_shown_card=True))
    for ending in views.Ending:
        resident = None if ending is views.Ending.CLOSED else LI
        end = views.EndingView(visit=VISIT, ending=ending, resident=resident)
        found[f"/clinic/ending/{ending}"] = _page("ending", end=end)
    return found


PATHS = tuple(pages())


def app() -> Starlette:
    """Every page under its path; posts are echoed, ``live`` is silent, ``state`` has no news."""

    async def echo(request: Request) -> Response:
        return PlainTextResponse((await request.body()).decode()[:4000])

    async def live(_: Request) -> Response:
        return Response("retry: 60000\n\n", media_type="text/event-stream")

    async def state(_: Request) -> Response:
        return Response(status_code=204)

    found = pages()
    return Starlette(
        routes=[
            *routes(),
            Route("/clinic/scan", echo, methods=["POST"]),
            Route("/clinic/offline/worker.js", serve_worker),
            Route("/trust/bundle", state),
            Route("/clinic/visits/{visit}", echo, methods=["POST"]),
            Route("/clinic/{page:path}/live", live),
            Route("/clinic/{page:path}/state", state),
            *(layout.page_route(path, page) for path, page in found.items()),
        ]
    )
