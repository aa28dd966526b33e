"""Allergies: a rash after a tablet, swollen lips after a meal; written down once, heeded always."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.background import allergic
from openhealthcode.demonstration.region.chart.conditions import diagnose
from openhealthcode.demonstration.region.chart.medication import prescribe, stop, suitable
from openhealthcode.demonstration.region.life import Life

_DRUGS: Final = (
    ("penicillin", 0.045, "amoxicillin", "躯干、四肢散在红色斑丘疹伴瘙痒", "mild"),
    ("cephalosporin", 0.018, "cefuroxime", "全身风团、瘙痒", "moderate"),
    ("nsaid", 0.006, "ibuprofen", "眼睑及口唇水肿", "moderate"),
)
_TOLD: Final = (
    ("penicillin", 0.035, "皮试阳性", "mild"),
    ("penicillin", 0.008, "过敏性休克", "severe"),
    ("sulfonamide", 0.012, "固定性药疹", "moderate"),
    ("shellfish", 0.02, "口周皮疹、腹痛", "mild"),
    ("mango", 0.012, "口唇肿胀、口周皮疹", "mild"),
    ("dust_mite", 0.02, "喷嚏、流涕、眼痒", "mild"),
)
_IN_CHILDHOOD: Final = (
    ("milk", 0.025, 0.4, "进食后面部风团、呕吐", "moderate"),
    ("peanut", 0.008, 2.5, "进食后口唇水肿、全身风团、喘息", "severe"),
    ("shellfish", 0.012, 5.0, "进食后口周红斑、风团", "mild"),
)


def begin(life: Life) -> None:
    """Draw what somebody will react to."""
    person, rng = life.person, life.rng
    if person.story:
        return
    grown = person.birthday(16)
    told = [row for row in _TOLD if rng.random() < row[1]]
    if person.birth < life.since and told and grown < life.since:
        key, _, reaction, severity = told[0]
        year = rng.randrange(max(person.birth.year + 12, life.since.year - 25), life.since.year)
        life.tell(partial(allergic, severity=severity, onset=str(year)), key, reaction)
        return
    for group, share, drug, reaction, severity in _DRUGS:
        if rng.random() < share:
            span = max((life.last_day - max(life.since, grown)).days - 30, 1)
            day = max(life.since, grown) + timedelta(days=rng.randrange(span) + 20)
            life.at(day, partial(_react, life), (group, drug, reaction, severity))
            return
    for key, share, age, reaction, severity in _IN_CHILDHOOD:
        day = person.birth + timedelta(days=round(age * 365.25 * rng.uniform(0.9, 1.4)))
        if rng.random() < share and day > life.since:
            life.at(day, partial(_eat, life), key, reaction, severity)
            return


def _react(life: Life, day: date, what: tuple[str, str, str, str]) -> None:
    """A drug is given for a sore throat, and two days later the skin says no."""
    group, drug, reaction, severity = what
    if not suitable(life.record, day, drug):
        return
    first = life.visit(day, life.first_contact, "general")
    first.complain("咽痛、发热2天")
    sore = diagnose(first, "tonsillitis", days=7)
    given = prescribe(first, drug, sore, days=7)
    life.record.regimen[drug] = given
    first.note("扁桃体Ⅱ度肿大，咽充血。否认药物过敏史。")

    def rash(later: date) -> None:
        visit = life.visit(later, life.hospital("dermatology"), "dermatology")
        visit.complain("服药后皮疹、瘙痒1天")
        problem = diagnose(visit, "drug_rash", days=8)
        stop(visit, drug, "过敏反应")
        allergic(visit, group, reaction, severity=severity)
        prescribe(visit, "loratadine", problem, days=5)
        visit.note(f"{reaction}，无胸闷、喉头不适。停用可疑药物，已登记过敏史，今后禁用同类药物。")

    life.at(max(first.day, day) + timedelta(days=2), rash)


def _eat(life: Life, day: date, key: str, reaction: str, severity: str) -> None:
    specialty = "emergency" if severity == "severe" else "paediatrics"
    kind = "emergency" if severity == "severe" else "outpatient"
    visit = life.visit(day, life.hospital(specialty), specialty, kind)
    visit.complain("进食后皮疹1小时")
    problem = diagnose(visit, "urticaria", days=3)
    allergic(visit, key, reaction, severity=severity)
    if life.age(visit.day) > 1:
        prescribe(visit, "cetirizine_drops", problem, days=3)
    visit.note(f"{reaction}，处理后缓解。已登记过敏史，严格回避，随身携带提示卡。")
