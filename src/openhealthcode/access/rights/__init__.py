"""What residents ask for about their record: corrections with a clock, objection to other uses.

``model`` says what can be asked, ``correction`` and ``secondary_use`` are the rights themselves.
Seeing, copying and closing need no answer of anybody: ``own``, ``copy`` and ``close`` beside this.
"""

from openhealthcode.access.rights.correction import (
    answer_correction,
    ask_correction,
    correction_asked,
    open_requests,
)
from openhealthcode.access.rights.model import (
    ANSWER_WITHIN,
    LONGEST_WORDS,
    AskedCorrection,
    Clerk,
    CorrectionMissing,
    OpenRequest,
    RightsAnswer,
    RightsKind,
    RightsRequest,
    days_left,
)
from openhealthcode.access.rights.requests import rights_requests
from openhealthcode.access.rights.secondary_use import (
    may_be_counted,
    object_to_secondary_use,
    objects_to_secondary_use,
)
from openhealthcode.access.rights.store import take_back_all

__all__ = [
    "ANSWER_WITHIN",
    "LONGEST_WORDS",
    "AskedCorrection",
    "Clerk",
    "CorrectionMissing",
    "OpenRequest",
    "RightsAnswer",
    "RightsKind",
    "RightsRequest",
    "answer_correction",
    "ask_correction",
    "correction_asked",
    "days_left",
    "may_be_counted",
    "object_to_secondary_use",
    "objects_to_secondary_use",
    "open_requests",
    "rights_requests",
    "take_back_all",
]
