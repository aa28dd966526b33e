"""Diseases that need no story of their own: found, treated, looked at again. ``ailments.csv``."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Final

from openhealthcode.demonstration.region.chart.conditions import diagnose, resolve
from openhealthcode.demonstration.region.chart.medication import ensure, renew_due
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.life import Life
from openhealthcode.demonstration.region.lives.orders import do_tests, order_drugs
from openhealthcode.demonstration.region.tables import table

_ROWS: Final = {row["fate"]: row for row in table("lives/ailments")}
_OVER_AFTER_DAYS: Final = {"iron_anaemia": 95, "eczema": 400}


def begin(life: Life) -> None:
    """Put each on the agenda; of those from before the record only lasting ones are told."""
    for fate, onset in life.person.fates.items():
        row = _ROWS.get(fate)
        if row is None or (fate == "eczema" and life.age(onset) > 6):
            continue
        if onset > life.since:
            life.at(onset, partial(_find, life), row)
        elif row["again_months"] and fate not in _OVER_AFTER_DAYS:
            life.tell(partial(diagnose, onset=life.remembered(onset)), row["diagnosis"])


def _find(life: Life, day: date, row: dict[str, str]) -> None:
    if row["fate"] == "allergic_rhinitis" and life.age(day) < 3:
        life.at(life.person.birthday(4), partial(_find, life), row)
        return
    if life.record.is_pregnant(day, 60):
        life.at(day + timedelta(days=400), partial(_find, life), row)
        return
    place = life.hospital(row["specialty"]) if row["level"] == "hospital" else life.first_contact
    visit = life.visit(day, place, row["specialty"])
    visit.complain(row["complaint"])
    over = _OVER_AFTER_DAYS.get(row["fate"])
    problem = diagnose(visit, row["diagnosis"])
    do_tests(visit, row["tests"], problem)
    for key in row["lasting"].split():
        ensure(visit, key, problem)
    order_drugs(visit, row["short"], problem, int(row["days"]) or 14)
    visit.note(row["note"])
    if over:
        life.at(visit.day + timedelta(days=over), partial(_over, life), problem)
    elif row["again_months"]:
        life.after(
            visit.day,
            int(row["again_months"]) * 30.4,
            partial(_again, life),
            row,
            problem,
        )


def _over(life: Life, day: date, problem: Problem) -> None:
    resolve(problem, day)
    life.record.problems.pop(problem.key, None)


def _again(life: Life, day: date, row: dict[str, str], problem: Problem) -> None:
    """Looked at again, in older years only now and then."""
    if life.is_recent(day, 2.5) or life.rng.random() < 0.3:
        visit = life.visit(day, life.hospital(row["specialty"]), row["specialty"])
        visit.complain(f"{problem.resource['code']['text']}复查")
        visit.concern(problem)
        tests = [test for test in row["tests"].split("|") if "ultrasound" in test or test == "psa:"]
        do_tests(visit, "|".join(tests))
        renew_due(visit, 120 if life.is_recent(day, 1) else 900, only=problem)
        visit.note("病情稳定，较前无明显变化，继续目前方案，定期复查。")
    if "reflux" not in row["fate"]:
        life.after(day, int(row["again_months"]) * 30.4, partial(_again, life), row, problem)
