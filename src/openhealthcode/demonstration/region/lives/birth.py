"""Being born: the first days of a child, as the maternity ward writes them down."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from openhealthcode.demonstration.region.chart.background import blood_group
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.immunization import vaccinate
from openhealthcode.demonstration.region.chart.medication import prescribe
from openhealthcode.demonstration.region.chart.results import measure
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.demonstration.region.growth_chart import measured_at
from openhealthcode.demonstration.region.life import Life


def begin(life: Life) -> None:
    """Whoever was born after records began begins with a birth."""
    if life.person.birth >= life.since:
        life.at(life.person.birth, partial(be_born, life))


def be_born(life: Life, day: date) -> None:
    """The ward: weight, Apgar, vitamin K, the first two vaccines, the screenings."""
    person, rng = life.person, life.rng
    place = person.home.neighbourhood.maternity
    visit = life.visit(day, place, "paediatrics", "birth", nights=4 if person.caesarean else 2)
    mode = "剖宫产" if person.caesarean else "顺产"
    problem = diagnose(visit, "liveborn_twin" if person.is_twin else "liveborn", days=0)
    sign(visit, "birth_weight", person.birth_weight)
    sign(visit, "height", measured_at("height", person, 0))
    sign(visit, "apgar_one", rng.choice((8, 9, 9, 9, 10)))
    sign(visit, "apgar_five", rng.choice((9, 10, 10)))
    mother = person.mother
    carrier = mother is not None and mother.fates.get("hepatitis_b", date.max) < day
    prescribe(visit, "vitamin_k", problem, days=1)
    if carrier:
        prescribe(visit, "hepatitis_b_globulin", problem, days=1)
    vaccinate(visit, "hepb", 1, 3)
    if person.birth_weight >= 2500:
        vaccinate(visit, "bcg")
    _screen(visit)
    note = "母亲HBsAg阳性，出生12小时内注射乙肝免疫球蛋白及乙肝疫苗；" if carrier else ""
    visit.note(
        f"孕{person.gestation}周{mode}娩出，{'男' if not person.is_female else '女'}婴，"
        f"体重{person.birth_weight} g；{note}母乳喂养，脐部无渗血。"
    )
    visit.discharge("医嘱离院")
    if rng.random() < 0.12 and day + timedelta(days=14) <= life.last_day:
        life.at(day + timedelta(days=rng.randrange(4, 8)), partial(_jaundice, life))


def _screen(visit: Visit) -> None:
    days = 2 if visit.nights < 3 else 3
    examine(visit, "hearing_screening", days=days)
    examine(visit, "newborn_screening", days=days)
    if visit.record.rng.random() < 0.6:
        blood_group(visit)


def _jaundice(life: Life, day: date) -> None:
    place = life.person.home.neighbourhood.maternity
    nights = 3
    visit = life.visit(day, place, "paediatrics", "inpatient", nights=nights)
    visit.complain("皮肤黄染2天")
    problem = diagnose(visit, "neonatal_jaundice", days=10)
    visit.concern(problem)
    measure(visit, "bilirubin", life.rng.uniform(262, 312))
    if visit.has_come(nights):
        measure(visit, "bilirubin", life.rng.uniform(120, 165), days=nights)
    visit.note("经皮胆红素18 mg/dL，蓝光照射治疗48小时，黄疸明显消退，吃奶好，反应好。")
    visit.discharge("医嘱离院")
