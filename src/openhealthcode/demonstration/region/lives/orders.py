"""What a row of a table orders: tests and drugs, written in one short notation.

Tests are separated by ``|``. ``temperature:38.0-39.2``
measures fever; ``blood_count:bacterial`` is a panel
with a pattern of values; ``chest_xray:…`` an examination with its conclusion;
``influenza_antigen:阳性`` a test with its word; ``operation:…`` a small procedure. A leading ``?``
means that only every second doctor orders it. Drugs are separated by blanks, alternatives by
``/``: the first that this person may be given.
"""

from __future__ import annotations

from typing import Final

from openhealthcode.demonstration.region.catalogue import DRUGS, EXAMINATIONS, FINDINGS, PANELS
from openhealthcode.demonstration.region.chart.examinations import examine
from openhealthcode.demonstration.region.chart.medication import prescribe, suitable
from openhealthcode.demonstration.region.chart.procedures import perform
from openhealthcode.demonstration.region.chart.record import Problem
from openhealthcode.demonstration.region.chart.results import find, measure, panel
from openhealthcode.demonstration.region.chart.visit import Visit
from openhealthcode.demonstration.region.chart.vital_signs import sign
from openhealthcode.registry import InstitutionKind

Pattern = dict[str, tuple[float, float]]

PATTERNS: Final[dict[str, Pattern]] = {
    "bacterial": {"wbc": (11.4, 17.2), "neutrophils": (78, 90)},
    "viral": {"wbc": (4.6, 6.9), "neutrophils": (41, 52)},
    "anaemia": {"haemoglobin": (82, 103)},
    "fatty": {"alt": (56, 98), "ast": (38, 58)},
    "low": {"ferritin": (4, 10)},
}
_CRP: Final = {"bacterial": (24, 88), "raised": (12, 30)}


def do_tests(visit: Visit, orders: str, reason: Problem | None = None) -> dict[str, str]:
    """Carry out the tests of a row.

    Returns:
        what the visit's note may quote, such as the temperature.
    """
    quotes: dict[str, str] = {}
    for order in filter(None, orders.split("|")):
        name, _, detail = order.removeprefix("?").partition(":")
        if order.startswith("?") and visit.record.rng.random() < 0.55:
            continue
        if name == "temperature":
            fever = round(visit.record.rng.uniform(*map(float, detail.split("-"))), 1)
            sign(visit, "temperature", fever)
            quotes["temperature"] = f"{fever:.1f}"
        else:
            _do(visit, name, detail, reason)
    return quotes


def _do(visit: Visit, name: str, detail: str, reason: Problem | None) -> None:
    rng = visit.record.rng
    if visit.institution.kind is InstitutionKind.VILLAGE_CLINIC and name != "operation":
        return  # a village clinic has no laboratory
    if name == "operation":
        perform(visit, detail, reason)
    elif name in EXAMINATIONS:
        examine(visit, name, detail)
    elif name in FINDINGS:
        find(visit, name, detail)
    elif name == "crp":
        panel(visit, name, {"crp": round(rng.uniform(*_CRP[detail]), 1)})
    elif name in PANELS:
        panel(visit, name, draw(visit, detail))
    else:
        measure(visit, name, float(detail))


def draw(visit: Visit, pattern: str) -> dict[str, float]:
    """Values of a pattern such as ``bacterial``; nothing for ``normal`` or none."""
    ranges = PATTERNS.get(pattern, {})
    return {key: visit.record.rng.uniform(low, high) for key, (low, high) in ranges.items()}


def order_drugs(visit: Visit, drugs: str, reason: Problem, days: int) -> list[str]:
    """Prescribe the drugs of a row for so many days.

    Returns:
        the products prescribed.
    """
    chosen = [suitable(visit.record, visit.day, alternatives) for alternatives in drugs.split()]
    kept = [key for key in chosen if key and key not in visit.record.regimen]
    for key in kept:
        prescribe(visit, key, reason, days=_course(key, days))
    return [DRUGS[key].product for key in kept]


_COURSES: Final = {"azithromycin": 3, "azithromycin_granules": 3, "oseltamivir": 5}


def _course(key: str, days: int) -> int:
    if DRUGS[key].rhythm == "ONCE":
        return 1
    return _COURSES.get(key, max(days, 3))
