"""What a case is: who is asked about which accesses, and what was done about it step by step."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from openhealthcode.standards import Conflict, HealthCodeError, InvalidInput
from openhealthcode.standards.ids import InstitutionId, PractitionerId

SHORTEST_WORDS: Final = 4
LONGEST_WORDS: Final = 2000
_A_PERSONS_NUMBER: Final = re.compile(r"\d(?:[\s-]?\d){10}")
"""Eleven digits and more: a telephone, an ID number, a card."""


class NotInThisCase(Conflict):
    """This step is not open to you in this case: it has moved on, or it is not yours to take."""

    code = "not-in-this-case"


class WordsUnsuitable(InvalidInput):
    """A case needs 4 to 2,000 characters in words, without anybody's telephone or ID number."""

    code = "case-words-unsuitable"


class CaseAltered(HealthCodeError):
    """A case is not what was written; it is not shown until the database is put right."""

    code = "case-altered"


class CaseKind(StrEnum):
    """What began a case."""

    WARNING = "warning"
    RESIDENT_REPORT = "resident-report"


class Office(StrEnum):
    """In which part somebody takes a step."""

    OFFICER = "officer"
    """The institution's privacy officer."""
    SUPERVISOR = "supervisor"
    ACCUSED = "accused"
    RESIDENT = "resident"
    """Who reported an access; never named."""


class StepKind(StrEnum):
    """What is done about a case. A word once used keeps its meaning: logs hold it."""

    TAKE = "take"
    """Somebody sees to it."""
    HEAR = "hear"
    """The accused is told, and asked."""
    ANSWER = "answer"
    JUDGE = "judge"
    CONFIRM = "confirm"
    """A second person agrees with the judgement."""
    OBJECT = "object"
    """A second person does not; the region judges."""
    APPEAL = "appeal"
    SUSPEND = "suspend"
    """The account is stopped before anybody has judged, so that nothing more happens."""
    LIFT = "lift"
    """That is taken back."""


class Verdict(StrEnum):
    """What a judgement says of the accesses."""

    EXPLAINED = "explained"
    UNJUSTIFIED = "unjustified"


class Sanction(StrEnum):
    """What follows from accesses that were not justified."""

    NONE = "none"
    WARNING = "warning"
    SUSPENSION = "suspension"
    REPORT = "report"
    """Suspended, and reported to the authority or the police."""


class State(StrEnum):
    """Where a case stands."""

    OPEN = "open"
    HEARING = "hearing"
    """The accused may answer."""
    HEARD = "heard"
    """The accused answered, or let the time pass."""
    SECOND = "second"
    """Judged by somebody of the accused's own unit: a second person must agree."""
    DECIDED = "decided"
    """May be appealed against."""
    APPEALED = "appealed"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has to do with a case, in one part; a resident has neither unit nor id here."""

    office: Office
    practitioner_id: PractitionerId
    institution_id: InstitutionId | None = None
    department: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookSaid:
    """What a reported line of a log says of the look, and nothing of whose record it was.

    Args:
        because: why it was decided so, as logged; empty where the log does not say.
        entries: how many were shown.
    """

    at: datetime
    action: str
    is_refused: bool
    purpose: str
    scene: str
    because: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """Which accesses a case is about, and how it came up.

    Args:
        rule: of the warning, or empty.
        leaves: places of the accesses in the public log.
        alert_id: the warning it came of.
        resident_mark: of the one resident it is about; empty when several.
        resident_reference: the resident as only ``access`` can open it; empty if not reported.
        look: what the reported line says, for whoever judges and whoever is asked.
        others: who else looked, where it is one resident at whom many did; the accused is the latest.
    """

    rule: str = ""
    leaves: tuple[int, ...] = ()
    alert_id: UUID | None = None
    resident_mark: bytes = field(default=b"", repr=False)
    resident_reference: str = field(default="", repr=False)
    look: LookSaid | None = None
    others: tuple[PractitionerId, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says with a step: words, and a judgement if it is one."""

    words: str = field(default="", repr=False)
    verdict: Verdict | None = None
    sanction: Sanction = Sanction.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it was opened; it never changes.

    Args:
        accused: whose accesses they are.
        due_at: until when it must be judged.
    """

    case_id: UUID
    kind: CaseKind
    accused: PractitionerId
    institution_id: InstitutionId
    department: str
    about: About
    opened_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStep:
    """One thing that was done about a case.

    Args:
        until: how long the accused may answer after HEAR; until when there may be an appeal after a
            judgement or a second person's agreement. A judgement without it waits for a second.
    """

    number: int
    kind: StepKind
    office: Office
    by: UUID
    at: datetime
    said: Said = Said()
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a case stands at a moment.

    Args:
        due_at: until when the next step is due; ``None`` when nothing is.
        verdict: as it stands; not yet in force in ``SECOND``.
        judges: who judged or agreed; none of them decides an appeal.
        suspended_at: since when the account must be stopped because of this case.
    """

    state: State
    due_at: datetime | None
    is_late: bool
    verdict: Verdict | None
    sanction: Sanction
    judges: frozenset[UUID]
    suspended_at: datetime | None
    taken_by: UUID | None
    is_heard: bool
    """Whether the accused was asked, and answered or let the time pass."""
    is_judged: bool
    """Whether a judgement is in force, be it appealed against."""
    is_for_region: bool
    """Late, appealed or objected to: only the region's supervisors judge it."""


def checked_words(text: str) -> str:
    """Words of a case in one piece: no control characters, none that turn the text around.

    Raises:
        WordsUnsuitable: too short, too long, or with what looks like a person's number.
    """
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not SHORTEST_WORDS <= len(words) <= LONGEST_WORDS or _A_PERSONS_NUMBER.search(words):
        raise WordsUnsuitable
    return words


def last(steps: Sequence[CaseStep], *kinds: StepKind) -> CaseStep | None:
    """The newest step of these kinds."""
    return next((step for step in reversed(steps) if step.kind in kinds), None)
