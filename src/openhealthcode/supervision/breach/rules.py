"""Where a leak's case stands and how its clocks run. Pure functions over values."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Final
from uuid import UUID

from openhealthcode.standards import InvalidInput
from openhealthcode.supervision.breach.model import (
    BreachState,
    BreachStep,
    Clocks,
    StepKind,
    Suspect,
    What,
)

SHORTEST_WORDS: Final = 2
LONGEST_WORDS: Final = 1_000


def _read() -> Mapping[str, timedelta]:
    text = files("openhealthcode.supervision.breach").joinpath("clocks.toml").read_text("utf-8")
    return {name: timedelta(hours=one["hours"]) for name, one in tomllib.loads(text).items()}


CLOCKS: Final = _read()
"""How long there is, by what is due."""


def check(what: What, at: datetime) -> None:
    """Refuse a case that a notice could not be made of, or whose span makes no sense.

    Raises:
        InvalidInput: which of them.
    """
    if any(not SHORTEST_WORDS <= len(text.strip()) <= LONGEST_WORDS for text in what.words):
        raise InvalidInput("kinds, cause, harm, measures, advice and contact are told in words")
    if not what.since < what.until:
        raise InvalidInput("a span begins before it ends")
    if what.known_at > at or what.since > at:
        raise InvalidInput("what is known was known before now")


def concerns(what: What, practitioner_id: UUID) -> bool:
    """Whether somebody may know of a case: never who it leaked through."""
    return not (what.suspect is Suspect.PRACTITIONER and what.agent_id == practitioner_id)


def state_of(steps: Sequence[BreachStep]) -> BreachState:
    """Open, to be closed by a second person, or closed."""
    kinds = {step.kind for step in steps}
    if StepKind.CLOSE in kinds:
        return BreachState.CLOSED
    return BreachState.CLOSE_ASKED if StepKind.ASK_CLOSE in kinds else BreachState.OPEN


def clocks(what: What, steps: Sequence[BreachStep], at: datetime) -> Clocks:
    """The clocks at a moment; residents count as told once everybody concerned is."""
    report_due, notify_due = (what.known_at + CLOCKS[name] for name in ("report", "notify"))
    reported = next((step.at for step in steps if step.kind is StepKind.REPORT), None)
    told = (step.at for step in steps if step.kind is StepKind.NOTIFY and step.done >= step.of)
    notified = next(told, None)
    return Clocks(
        report_due_at=report_due,
        reported_at=reported,
        is_report_late=(reported or at) > report_due,
        notify_due_at=notify_due,
        notified_at=notified,
        is_notice_late=(notified or at) > notify_due,
    )
