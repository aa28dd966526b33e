"""The auditor's pages on invented values, to look at without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response

from examples.supervisor_pages import DASHBOARD
from openhealthcode.collection import RULES
from openhealthcode.consent.emergency import OverrideFigures
from openhealthcode.portal import layout
from openhealthcode.portal.auditor.checks import CheckView
from openhealthcode.portal.auditor.report import Report
from openhealthcode.portal.layout.routes import routes
from openhealthcode.portal.reviewer.office import AUDITOR
from openhealthcode.registry.agreements import Agreement, Channel, Volume
from openhealthcode.standards import PurposeOfUse, RecordCategory
from openhealthcode.supervision.agreements import PartyStanding
from openhealthcode.supervision.alerts import AlertFigures
from openhealthcode.supervision.checks import Check, Outcome, Run
from openhealthcode.supervision.summaries import Measure

NOW = datetime.now(UTC)
SOMEBODY = UUID(int=7)
SOUND = Run(Check.LOG, SOMEBODY, NOW, NOW, Outcome(1_204_411, {}))
FOUND = replace(SOUND, check=Check.CASES, outcome=Outcome(31, {"case-altered": 1, "case-late": 2}))
CHECKS = tuple(
    CheckView(
        check, {Check.LOG: SOUND, Check.CASES: FOUND}.get(check), "裘石 A001", check is Check.RULES
    )
    for check in Check
)
AGREED = Agreement(
    agreement_id=SOMEBODY,
    party="institution-1",
    title="检验结果互认",
    purposes=frozenset({PurposeOfUse.TREATMENT}),
    categories=frozenset({RecordCategory.LABORATORY}),
    channels=frozenset(Channel),
    legal_basis="<b>x</b>\u202e个人信息保护法第十三条",
    impact_assessment="2026-03",
    sub_processors=(),
    starts_on=date(2026, 1, 1),
    ends_on=date(2028, 1, 1),
    proposed_by=SOMEBODY,
    proposed_at=NOW,
    signed_by=UUID(int=8),
    signed_at=NOW,
)
VOLUMES = ((next(iter(Channel)), Volume(1_204, NOW)),)
PARTIES = (
    PartyStanding(
        party="institution-1", name="黛川市中心医院", name_en="", applications=("HIS", "LIS"),
        editions=(AGREED,), volumes=VOLUMES,
    ),
    PartyStanding(
        party="partner-2", name="A party with a rather long name that goes on", name_en="",
        applications=(), editions=(), volumes=VOLUMES,
    ),
)  # fmt: skip
REPORT = Report(
    month="2026-10",
    first_week=date(2026, 10, 5),
    end_week=date(2026, 11, 2),
    made_at=NOW,
    totals={one: 1_000 + 37 * place for place, one in enumerate(Measure)},
    overrides=OverrideFigures(412, 9, 31, 4),
    checks=CHECKS,
    warnings=AlertFigures(
        opened=41,
        open_now=3,
        dismissed=30,
        cases=8,
        oldest_open=NOW - timedelta(days=2),
        edition="2026-11",
        silenced=("volume",),
        behind_leaves=0,
    ),
    parties=14,
    not_agreed=1,
    head="log.example/region\n1204411\n"
    + "k" * 43
    + "=\n\n— log.example/region "
    + "s" * 90
    + "\n",
)
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/audit": ("auditor/checks", {"checks": CHECKS}),
    "/audit/dashboard": ("supervisor/dashboard", DASHBOARD),
    "/audit/flows": (
        "auditor/flows",
        {
            "rules": [(rule, rule.title.zh, rule.who.zh) for rule in RULES.rules.values()],
            "parties": PARTIES,
            "today": date(2026, 11, 22),
        },
    ),
    "/audit/flows/none": (
        "auditor/flows",
        {"rules": [], "parties": (), "today": date(2026, 11, 22)},
    ),
    "/audit/report": ("auditor/report", {"report": REPORT}),
    "/audit/report/none": (
        "auditor/report",
        {"report": replace(REPORT, totals={}, head="", checks=())},
    ),
}


def app() -> Starlette:
    """Every page under its path."""

    async def page(request: Request) -> Response:
        template, values = PAGES[request.url.path]
        return layout.render(request, f"{template}.html", **{**values, "office": AUDITOR})

    return Starlette(routes=[*routes(), *(layout.page_route(path, page) for path in PAGES)])
