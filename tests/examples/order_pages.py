"""The pages on which a clinician orders, in every state worth seeing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from openhealthcode.portal.clinic import views
from openhealthcode.portal.clinic.medicines import medicines_in
from openhealthcode.record.orders import EXAMINATIONS, REASONS, FindingKind, reason_name
from openhealthcode.standards import Sex
from openhealthcode.terminology.interactions import Severity

LI = views.ResidentView(name="李春兰", sex=Sex.FEMALE, birth_date=date(1959, 3, 2), age=67)
BLANK = views.OrderView(
    action="/clinic/visits/visit-reference/order",
    back="/clinic/visits/visit-reference/record",
    resident=LI,
    examinations=tuple((key, one.name[0]) for key, one in EXAMINATIONS.items()),
    medicines=medicines_in("zh-CN"),
    reasons=tuple((code, reason_name(code, "zh-CN")) for code in REASONS),
    key="8a3c5a52-4f6f-4f0e-8f0e-2d0a5f1c7a10",
)
RESULT = views.ToldView(
    kind=FindingKind.RESULT_ELSEWHERE,
    severity=Severity.MODERATE,
    title="糖化血红蛋白",
    detail="6.8 %，偏高，参考范围 4.0–6.0",
    when="2026-11-03",
    source="演示州人民医院",
    is_marked=True,
)
WARNINGS = (
    views.ToldView(
        kind=FindingKind.ALLERGY,
        severity=Severity.HIGH,
        title="青霉素",
        when="1998",
        source="黛川县人民医院",
    ),
    views.ToldView(
        kind=FindingKind.INTERACTION,
        severity=Severity.HIGH,
        title="华法林钠片",
        when="2026-10-12",
        source="演示州人民医院",
        says="大出血风险增加",
    ),
    views.ToldView(
        kind=FindingKind.SAME_CLASS,
        severity=Severity.MODERATE,
        title="<b>很长的药品名称</b>" * 6,
        when="2026-10",
        source="很长很长的医疗机构名称" * 4,
    ),
    views.ToldView(kind=FindingKind.NOT_COMPARED, severity=Severity.LOW),
)
REPEAT = replace(BLANK, examination="hba1c", told=(RESULT,))
MEDICINE = replace(
    BLANK, kind="medicine", medicine="阿莫西林", told=WARNINGS, dose="每次 1 粒", days="7"
)
ORDERS = {
    "/clinic/order": BLANK,
    "/clinic/order/done": replace(BLANK, done="examination", resident=None),
    "/clinic/order/unknown": replace(BLANK, kind="medicine", medicine="仙丹", problem="medicine"),
    "/clinic/order/alike": replace(
        BLANK,
        kind="medicine",
        medicine="axl",
        problem="medicine",
        alike=("阿莫西林", "<b>阿莫西林克拉维酸钾分散片</b>" * 3),
    ),
    "/clinic/order/days": replace(BLANK, kind="medicine", medicine="阿莫西林", problem="days"),
    "/clinic/order/nothing": replace(BLANK, problem="examination"),
    "/clinic/order/repeat": REPEAT,
    "/clinic/order/unexplained": replace(REPEAT, problem="reason", reason="changed"),
    "/clinic/order/unmarked": replace(
        REPEAT, told=(replace(RESULT, kind=FindingKind.RESULT_UNMARKED, is_marked=False),)
    ),
    "/clinic/order/medicine": MEDICINE,
}
"""By address."""
