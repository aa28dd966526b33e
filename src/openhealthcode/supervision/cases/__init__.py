"""Cases about accesses that look wrong: hearing, judgement, sanction, appeal (违规调阅案件).

A warning or a resident's report becomes a case. Its steps are only ever added, each also an event of
the region's own log; ``rules`` says from them where a case stands and who may do what next, and
nobody has a say in the own case. Start with ``open_case`` and ``take_step``.
"""

from openhealthcode.supervision.cases.model import (
    LONGEST_WORDS,
    About,
    Case,
    CaseAltered,
    CaseKind,
    CaseStep,
    LookSaid,
    NotInThisCase,
    Office,
    Person,
    Said,
    Sanction,
    Standing,
    State,
    StepKind,
    Verdict,
    WordsUnsuitable,
)
from openhealthcode.supervision.cases.opening import open_case, open_case_within
from openhealthcode.supervision.cases.read import (
    CaseRead,
    case,
    cases_for,
    cases_numbered,
    cases_of_mark,
    hearings_of,
)
from openhealthcode.supervision.cases.rules import (
    concerns,
    is_of_unit,
    is_own_unit,
    standing,
    steps_open_to,
)
from openhealthcode.supervision.cases.stepping import Taken, take_step, take_step_within

__all__ = [
    "LONGEST_WORDS", "About", "Case", "CaseAltered", "CaseKind", "CaseRead", "CaseStep", "LookSaid", "NotInThisCase", "Office",
    "Person", "Said", "Sanction", "Standing", "State", "StepKind", "Taken", "Verdict", "WordsUnsuitable",
    "case", "cases_for", "cases_numbered", "cases_of_mark", "concerns", "hearings_of", "is_of_unit", "is_own_unit", "open_case",
    "open_case_within", "standing", "steps_open_to", "take_step", "take_step_within",
]  # fmt: skip
