"""Vaccinations of a child beside the national programme: done, due, still ahead.

Start with ``schedule.py``; ``programme.toml`` is the programme, ``vaccines.toml`` says what counts.
"""

from openhealthcode.record.immunisation.model import (
    Given,
    Plan,
    PlannedDose,
    ScheduledDose,
    ScheduledPlan,
    State,
)
from openhealthcode.record.immunisation.programme import programme, programme_for
from openhealthcode.record.immunisation.schedule import schedule_of
from openhealthcode.record.immunisation.vaccine import given_in

__all__ = [
    "Given",
    "Plan",
    "PlannedDose",
    "ScheduledDose",
    "ScheduledPlan",
    "State",
    "given_in",
    "programme",
    "programme_for",
    "schedule_of",
]
