"""The pages of the own record on invented values."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from examples import representation_pages
from openhealthcode.portal.resident.record import growth, results, views
from openhealthcode.record.growth import growth_of
from openhealthcode.record.immunisation import State
from openhealthcode.record.plain import Passage
from openhealthcode.record.series import series_of
from openhealthcode.standards import RecordCategory, Sex

NOW = datetime.now(UTC).replace(microsecond=0)
LONG = "新疆维吾尔自治区喀什地区黛川县人民医院（黛川县紧密型医共体总医院）"
HOSTILE = "<script>alert(1)</script>\u202eevil"
ENTRY = UUID(int=9)
LOINC = "http://loinc.org"


def _measured(code, name, value, unit, on, **more):
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": code}], "text": name},
        "effectiveDateTime": on,
        "valueQuantity": {"value": value, "unit": unit, "code": unit},
        **more,
    }


LDL = [
    _measured(
        "22748-8", "低密度脂蛋白胆固醇", value, "mmol/L", on,
        referenceRange=[{"high": {"value": 3.4, "unit": "mmol/L"}}],
    )
    for value, on in ((4.1, "2019-05-03"), (3.6, "2021-06-12"), (3.0, "2023-03-20"),
                      (2.2, "2025-02-18"), (1.7, "2026-09-18"))
]  # fmt: skip
PRESSURE = [
    {
        "resourceType": "Observation",
        "code": {"coding": [{"system": LOINC, "code": "85354-9"}], "text": "血压"},
        "effectiveDateTime": on,
        "component": [
            {
                "code": {"coding": [{"system": LOINC, "code": code}]},
                "valueQuantity": {"value": value},
            }
            for code, value in (("8480-6", high), ("8462-4", low))
        ],
    }
    for high, low, on in ((152, 94, "2026-01-03"), (146, 90, "2026-03-03"), (138, 84, "2026-06-03"))
]


def _chart(observations) -> views.ChartView:
    (series,) = series_of(observations, "zh-CN")
    return views.ChartView(
        name=series.name,
        unit=series.unit,
        readings=tuple(
            views.ReadingView(
                entry_id=ENTRY, when=one.when, text=one.text, flag=one.flag,
                reference=one.reference, source="黛川县人民医院",
            )
            for one in reversed(series.readings)
        ),
        plot=results.draw(series),
        mixed_ranges=False,
        others=(),
    )  # fmt: skip


CHART = _chart(LDL)
LISTED = views.SeriesView(
    name=CHART.name,
    unit=CHART.unit,
    latest=CHART.readings[-1],
    count=5,
    address=f"/record/results/{ENTRY}",
)
ODD = replace(
    CHART,
    plot=None,
    mixed_ranges=True,
    others=(replace(LISTED, unit="mg/dL", count=1),),
    readings=(
        replace(
            CHART.readings[0], text="阴性", flag="positive", reference="", when="2024", source=LONG
        ),
    ),
)
MEDICINE = views.MedicineView(
    entry_id=ENTRY, name="缬沙坦胶囊 80 mg", detail="每次 1 粒 · 每日 1 次", last="2026-06-03",
    source="黛川县人民医院",
)  # fmt: skip
PAST = replace(
    MEDICINE,
    name="阿莫西林胶囊 0.5 g",
    detail="",
    first="2021-03-01",
    last="2024-03-01",
    source=LONG,
)
DOSE = views.DoseView(
    disease="百日咳、白喉、破伤风", number=4, of=5, state=State.DUE, due_from=date(2026, 6, 1),
    due_before=date(2026, 12, 1), age_months=18,
)  # fmt: skip
VACCINE = views.VaccineView(
    entry_id=ENTRY, title="吸附无细胞百白破联合疫苗", detail="第 3 剂，共 5 剂，批号 20250112", when="2025-06-03",
    source="南桥社区卫生服务中心",
)  # fmt: skip
CHILD = views.VaccinationsView(
    is_child=True,
    is_birth_known=True,
    now=(
        DOSE,
        replace(DOSE, disease="麻疹、腮腺炎、风疹", number=1, of=2, state=State.LATE, age_months=8),
        replace(DOSE, disease="甲型肝炎", of=1, state=State.DECIDED, reason="发热，暂缓接种"),
        replace(DOSE, disease="甲型肝炎", of=1, state=State.DECIDED),
        replace(DOSE, disease="脊髓灰质炎", state=State.DUE, due_before=None),
    ),
    ahead=(replace(DOSE, number=5, state=State.AHEAD, age_months=72, due_from=date(2030, 12, 1)),),
    done=(
        replace(DOSE, number=1, state=State.BEFORE),
        replace(
            DOSE, number=3, state=State.GIVEN, given_on="2025-06-03", source=LONG, entry_id=ENTRY
        ),
    ),
    past=(replace(DOSE, disease="结核病", of=1, state=State.PAST, age_months=0),),
    recorded=(VACCINE, replace(VACCINE, source=LONG, detail="", when="")),
)
BORN = date(2024, 12, 1)
GROWTH = growth_of(
    [
        _measured(code, name, value, unit, (BORN + timedelta(days=days)).isoformat())
        for code, name, unit, values in (
            (
                "29463-7",
                "体重",
                "kg",
                ((0, 3.2), (31, 4.1), (92, 5.9), (183, 7.4), (366, 9.1), (550, 10.4)),
            ),
            (
                "8302-2",
                "身高",
                "cm",
                ((0, 49.5), (92, 60.8), (183, 66.9), (366, 75.1), (550, 82.0)),
            ),
            ("9843-4", "头围", "cm", ((0, 34.0),)),
        )
        for days, value in values
    ],
    BORN,
    Sex.FEMALE,
)
CHARTS = [
    views.GrowthView(
        growth=one,
        plot=growth.draw(one, " 个月"),
        rows=tuple(
            views.MeasuredView(
                entry_id=ENTRY, when=each.when, age_months=int(each.months), value=f"{each.value:g}",
                centile=round(each.centile), source="南桥社区卫生服务中心",
            )
            for each in reversed(one.points)
        ),
        sex="female",
    )
    for one in GROWTH
]  # fmt: skip
VERSION = views.VersionView(
    number=1, filed_at=NOW - timedelta(days=40), institution="黛川县人民医院", manner="transaction",
    title="血常规", detail="血红蛋白 129 g/L",
)  # fmt: skip
REPORT = views.EntryView(
    entry_id=ENTRY,
    title="胸部 CT 平扫报告",
    detail="右肺中叶小结节，建议一年后复查。",
    when="2026-06-03",
    category=RecordCategory.IMAGING,
    institution="黛川县人民医院",
    author="王敏",
    passages=(
        Passage("结论", ("右肺中叶见直径约 4 mm 的实性结节，边界清楚。\n余未见异常。",)),
        Passage(values=(("方法", "平扫，层厚 1.25 mm"), ("附件", "application/pdf，120 kB"))),
    ),
    named=(views.NamedView(entry_id=ENTRY, title="血红蛋白", detail="129 g/L"),),
    versions=(
        replace(
            VERSION,
            number=2,
            filed_at=NOW,
            manner="update",
            delivery="D-20261122-000417",
            document=ENTRY,
            person="王敏",
            title="胸部 CT 平扫报告",
        ),
        VERSION,
    ),
    series=f"/record/results/{ENTRY}",
    papers=("胸部 CT 原件.pdf",),
    prints=True,
)
WRONG = replace(
    REPORT,
    passages=(),
    named=(),
    series="",
    versions=(replace(VERSION, number=2, manner="patch", is_error=True), VERSION),
)
DELETED = replace(
    REPORT,
    versions=(replace(VERSION, number=2, manner="delete", is_deletion=True), VERSION),
    series="",
    prints=False,
)
STRANGE = replace(
    REPORT,
    title=HOSTILE,
    detail="",
    when="",
    institution="",
    author=HOSTILE,
    passages=(Passage(HOSTILE, (HOSTILE * 40,), ((HOSTILE, "x" * 300),)),),
    named=(views.NamedView(entry_id=ENTRY, title=HOSTILE, detail=HOSTILE),),
    versions=(replace(VERSION, institution="", person=HOSTILE, manner="load", title=HOSTILE),),
)
GROWN = {"is_birth_known": True, "is_child": True, "is_sex_known": True}

RESIDENT = {
    "/record/results": ("record_results", {"series": [LISTED] * 3, "query": ""}),
    "/record/results/nothing": ("record_results", {"series": [], "query": "xyz"}),
    "/record/results/none": ("record_results", {"series": [], "query": ""}),
    "/record/chart": ("record_chart", {"chart": CHART}),
    "/record/chart/pressure": ("record_chart", {"chart": _chart(PRESSURE)}),
    "/record/chart/odd": ("record_chart", {"chart": ODD}),
    "/record/medicines": ("record_medicines", {"current": [MEDICINE] * 3, "past": [PAST]}),
    "/record/medicines/none": ("record_medicines", {"current": [], "past": []}),
    "/record/vaccinations": ("record_vaccinations", {"view": CHILD}),
    "/record/vaccinations/done": ("record_vaccinations", {"view": replace(CHILD, now=())}),
    "/record/vaccinations/adult": (
        "record_vaccinations",
        {"view": views.VaccinationsView(is_child=False, is_birth_known=True, recorded=(VACCINE,))},
    ),
    "/record/vaccinations/none": (
        "record_vaccinations",
        {"view": views.VaccinationsView(is_child=False, is_birth_known=False)},
    ),
    "/record/growth": ("record_growth", {"charts": CHARTS, **GROWN}),
    "/record/growth/none": ("record_growth", {"charts": [], **GROWN, "is_birth_known": False}),
    "/record/entry": ("record_entry", {"entry": REPORT}),
    "/record/entry/wrong": ("record_entry", {"entry": WRONG}),
    "/record/entry/deleted": ("record_entry", {"entry": DELETED}),
    "/record/entry/acting": (
        "record_entry",
        {"entry": REPORT, "acting": representation_pages.YOUTH},
    ),
    "/hostile/entry": ("record_entry", {"entry": STRANGE}),
}
