"""The end of a life: what the record says last."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.results import panel
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives.orders import draw

_CAUSES = (
    ("copd", "copd_exacerbation", "respiratory", "慢阻肺急性加重、呼吸衰竭"),
    ("coronary", "heart_failure", "cardiology", "冠心病、心力衰竭"),
    ("stroke", "pneumonia", "neurology", "脑梗死后卧床、坠积性肺炎"),
    ("", "pneumonia", "respiratory", "重症肺炎、多器官功能衰竭"),
)


def begin(life: Life) -> None:
    """The last stay in hospital of somebody who has died."""
    death = life.person.death
    if death is not None:
        nights = life.rng.randrange(4, 12)
        life.at(death - timedelta(days=nights + 1), partial(_last_stay, life), nights)


def _last_stay(life: Life, day: date, nights: int) -> None:
    fates = life.person.fates
    _, diagnosis, specialty, cause = next(row for row in _CAUSES if not row[0] or row[0] in fates)
    visit = life.visit(day, life.hospital(specialty), specialty, "inpatient", nights=nights)
    visit.complain("气促、意识模糊1天")
    diagnose(visit, diagnosis)
    sign(visit, "oxygen", life.rng.randrange(78, 87))
    panel(visit, "blood_count", draw(visit, "bacterial"))
    panel(
        visit,
        "kidney",
        {"creatinine": life.rng.uniform(160, 260), "urea": life.rng.uniform(14, 22)},
    )
    if "sick_sinus" not in life.record.problems:
        examine(visit, "chest_ct", "双肺多发斑片状渗出、实变影，双侧胸腔积液。")
    visit.note(
        f"积极抢救治疗后病情仍进行性加重，家属要求不行有创抢救，临床死亡。死亡原因：{cause}。"
    )
    visit.discharge("死亡")
    for prescription in life.record.regimen.values():
        prescription.resource["status"] = "stopped"
        prescription.resource["statusReason"] = {"text": "患者死亡"}
        prescription.resource["dispenseRequest"]["validityPeriod"]["end"] = visit.day.isoformat()
    life.record.regimen.clear()
