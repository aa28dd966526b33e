"""Alerts, cases and rules of the early warning on invented values, to look at without a database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from openhealthcode.portal.reviewer.office import OFFICER, SUPERVISOR
from openhealthcode.portal.supervisor.alert_queue import AlertView, FindingView, QueueView
from openhealthcode.portal.supervisor.conduct import CaseView, StepView
from openhealthcode.portal.supervisor.rule_editions import EditionView, RuleView
from openhealthcode.supervision import alerts
from openhealthcode.supervision.alerts import AlertState
from openhealthcode.supervision.cases import (
    CaseKind,
    LookSaid,
    Office,
    Sanction,
    State,
    StepKind,
    Verdict,
)
from openhealthcode.supervision.warning import Severity, Weakened, shipped

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
HOSTILE = "<b>x</b>\u202eA very long name that goes on and on and on without end"


def finding(rule: str, severity: Severity) -> FindingView:
    """A finding as its rule says it."""
    return FindingView(
        sentence=shipped().rules[rule].sentences["zh"],
        severity=severity,
        at=NOW,
        leaves=tuple(range(120_411, 120_431)),
        marks=("3f9a10", "77c1d2"),
    )


ALERT = AlertView(
    alert_id=UUID(int=1),
    person="许文斌 0412",
    department="心内科",
    institution="黛川市中心医院",
    severity=Severity.HIGH,
    opened_at=NOW - timedelta(days=2),
    latest_at=NOW,
    told_at=NOW,
    residents=2,
    findings=tuple(
        finding(rule, severity)
        for rule, severity in (
            ("family", Severity.HIGH),
            ("after-hours", Severity.MEDIUM),
            ("repeated-look", Severity.LOW),
            ("neighbour", Severity.NOTE),
        )
    ),
    state=AlertState.OPEN,
    case_id=None,
    settled_at=None,
    settled_by="",
)
LONG = replace(ALERT, person=HOSTILE, department=HOSTILE, severity=Severity.LOW, residents=41)
SETTLED = replace(
    ALERT,
    state=AlertState.CASE,
    case_id=UUID(int=2),
    settled_at=NOW,
    settled_by="何敏 0031",
)
QUEUE = {
    "office": SUPERVISOR,
    "queue": QueueView(today=(ALERT, LONG), others=(ALERT,), waiting=7, budget=10),
    "done": "dismissed",
}
SHOWING = {
    "office": OFFICER,
    "alert": ALERT,
    "is_system": False,
    "may_dismiss": True,
    "longest": 2000,
    "problem": "",
    "typed": "",
}


def step(kind: StepKind, office: Office, words: str, **more: object) -> StepView:
    """One step as it is listed."""
    values = {"by": "何敏 0031", "verdict": None, "sanction": Sanction.NONE} | more
    return StepView(kind=kind, office=office, at=NOW, words=words, **values)  # type: ignore[arg-type]


LOOK = LookSaid(
    at=NOW - timedelta(days=4),
    action="record.disclose",
    is_refused=False,
    purpose="TREAT",
    scene="consultation",
    because="institution-allowed",
    entries=41,
)
CASE = CaseView(
    others=("葛红 0311", "林木 0312"),
    case_id=UUID(int=3),
    kind=CaseKind.WARNING,
    accused="许文斌 0412",
    institution="黛川市中心医院",
    department="心内科",
    rule="family",
    leaves=tuple(range(120_411, 120_431)),
    alert_id=UUID(int=1),
    opened_at=NOW,
    state=State.OPEN,
    due_at=NOW + timedelta(days=15),
    is_late=False,
    is_for_region=False,
    is_heard=False,
    verdict=None,
    sanction=Sanction.NONE,
    is_suspended=False,
    taken_by="",
    steps=(),
    open_to_me=(StepKind.TAKE, StepKind.HEAR, StepKind.JUDGE, StepKind.SUSPEND),
    needs_second=True,
)
REPORTED = replace(CASE, kind=CaseKind.RESIDENT_REPORT, alert_id=None, leaves=(120_411,), look=LOOK)
STEPS = (
    step(StepKind.TAKE, Office.OFFICER, ""),
    step(StepKind.SUSPEND, Office.SUPERVISOR, "停用，待核实。" + HOSTILE),
    step(StepKind.HEAR, Office.OFFICER, "请说明为什么在十一月二十日晚查阅。"),
    step(StepKind.ANSWER, Office.ACCUSED, "当晚值班，接到会诊电话。" * 6, by="许文斌 0412"),
    step(
        StepKind.JUDGE,
        Office.OFFICER,
        "没有会诊记录。",
        verdict=Verdict.UNJUSTIFIED,
        sanction=Sanction.SUSPENSION,
    ),
)
SECOND = replace(
    CASE,
    state=State.SECOND,
    steps=STEPS,
    verdict=Verdict.UNJUSTIFIED,
    sanction=Sanction.SUSPENSION,
    is_suspended=True,
    is_late=True,
    is_for_region=True,
    taken_by="何敏 0031",
    open_to_me=(StepKind.CONFIRM, StepKind.OBJECT, StepKind.LIFT),
)
DECIDED = replace(
    SECOND, state=State.DECIDED, is_late=False, is_for_region=False, open_to_me=(StepKind.APPEAL,)
)
HEARING = replace(CASE, state=State.HEARING, steps=STEPS[2:3], open_to_me=(StepKind.ANSWER,))
CLOSED = replace(DECIDED, state=State.CLOSED, due_at=None, open_to_me=(), accused=HOSTILE)
CASING = {
    "office": SUPERVISOR,
    "case": CASE,
    "verdicts": tuple(Verdict),
    "sanctions": tuple(Sanction),
    "longest": 2000,
    "problem": "",
    "typed": "",
    "is_done": False,
}
RULES = tuple(
    RuleView(
        name=rule.name,
        sentence=re.sub(r"\{[a-z]+\}", "…", rule.sentences["zh"]),
        severity=rule.severity,
        weight=rule.weight,
        thresholds=tuple(sorted(rule.thresholds.items())),
        source=rule.source,
        is_silenced=rule.name == "family",
    )
    for rule in shipped().rules.values()
)
EDITION = EditionView(
    number=4,
    author="高远 0900",
    decider="",
    reason="门诊高峰期误报较多" + HOSTILE,
    proposed_at=NOW,
    decided_at=None,
    state="proposed",
    is_mine=False,
    weaker=(
        Weakened("family", "weight", 0.85, 0.01, silences=True),
        Weakened("", "least_score", 0.6, 0.7, silences=False),
    ),
)
RULING = {
    "office": SUPERVISOR,
    "name": "2026-1",
    "rules": RULES,
    "proposed": EDITION,
    "settled": [replace(EDITION, number=3, state="approved", decider="周明 0901", decided_at=NOW)],
    "may_change": True,
    "longest": (100_000, 2000),
    "problem": "",
    "typed": (alerts.shipped_text(), ""),
}
PAGES: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/supervision/alerts": ("alerts", QUEUE),
    "/review/alerts": (
        "alerts",
        {
            "office": OFFICER,
            "queue": QueueView(today=(), others=(), waiting=0, budget=10),
            "done": "",
        },
    ),
    "/supervision/alerts/one": ("alert", SHOWING | {"office": SUPERVISOR}),
    "/review/alerts/one": ("alert", SHOWING | {"problem": "words", "typed": "好", "alert": LONG}),
    "/review/alerts/own": ("alert", SHOWING | {"may_dismiss": False, "problem": "moved"}),
    "/supervision/alerts/system": ("alert", SHOWING | {"office": SUPERVISOR, "is_system": True}),
    "/supervision/alerts/settled": ("alert", SHOWING | {"office": SUPERVISOR, "alert": SETTLED}),
    "/supervision/conduct": (
        "cases",
        {"office": SUPERVISOR, "open_cases": [CASE, SECOND], "closed_cases": [CLOSED]},
    ),
    "/review/conduct": ("cases", {"office": OFFICER, "open_cases": [], "closed_cases": []}),
    "/supervision/conduct/one": ("case", CASING),
    "/review/conduct/reported": ("case", CASING | {"office": OFFICER, "case": REPORTED}),
    "/supervision/conduct/second": (
        "case",
        CASING | {"case": SECOND, "problem": "words", "typed": "好"},
    ),
    "/review/conduct/second": (
        "case",
        CASING | {"office": OFFICER, "case": replace(SECOND, open_to_me=())},
    ),
    "/supervision/conduct/heard": (
        "case",
        CASING
        | {
            "case": replace(CASE, state=State.HEARD, is_heard=True, steps=STEPS[:4]),
            "problem": "verdict",
        },
    ),
    "/supervision/conduct/closed": ("case", CASING | {"case": CLOSED, "is_done": True}),
    "/supervision/rules": ("rules", RULING),
    "/supervision/rules/propose": (
        "rules",
        RULING | {"proposed": None, "problem": "document", "typed": ("name = 1", "好")},
    ),
    "/review/rules": ("rules", RULING | {"office": OFFICER, "may_change": False, "settled": []}),
    "/supervision/rules/4": (
        "rule_edition",
        {"office": SUPERVISOR, "edition": EDITION, "document": alerts.shipped_text()},
    ),
}
HEARINGS: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "/clinic/hearings": ("hearings", {"cases": [HEARING, DECIDED, CLOSED]}),
    "/clinic/hearings/none": ("hearings", {"cases": []}),
    "/clinic/hearings/one": (
        "hearing",
        {"case": HEARING, "longest": 2000, "problem": "words", "typed": "好", "is_done": False},
    ),
    "/clinic/hearings/decided": (
        "hearing",
        {"case": DECIDED, "longest": 2000, "problem": "", "typed": "", "is_done": True},
    ),
}
