"""The one door out: who looks at what, why, for how long; decided, shown and logged as one.

Start with ``disclose.disclose``; ``looking`` is the engine behind every look.
"""

from openhealthcode.access.close import (
    Closing,
    KeptCopy,
    Original,
    close_account,
    closing_proof,
    finish_closings,
    holdings,
)
from openhealthcode.access.copy import Copy, bundle, own_copy
from openhealthcode.access.counter import CounterIdentity, counter_identity
from openhealthcode.access.cross_checks import CROSS_CHECKS
from openhealthcode.access.disclose import disclose
from openhealthcode.access.emergency import break_glass, break_glass_for
from openhealthcode.access.emergency_contacts import (
    name_contact,
    own_contacts,
    remove_contact,
)
from openhealthcode.access.exposure import Exposure, exposure
from openhealthcode.access.identify import identify, presented_to
from openhealthcode.access.model import (
    Disclosure,
    InCategories,
    OneEntry,
    Preview,
    Visit,
)
from openhealthcode.access.own import own_log, own_name, own_record
from openhealthcode.access.preview import preview
from openhealthcode.access.read import Read, read_entry
from openhealthcode.access.request import request
from openhealthcode.access.review import ExaminedOverride, examine_override, judge_override
from openhealthcode.access.rights import (
    ANSWER_WITHIN,
    LONGEST_WORDS,
    AskedCorrection,
    Clerk,
    CorrectionMissing,
    OpenRequest,
    RightsAnswer,
    RightsKind,
    RightsRequest,
    answer_correction,
    ask_correction,
    correction_asked,
    days_left,
    object_to_secondary_use,
    objects_to_secondary_use,
    open_requests,
    rights_requests,
)
from openhealthcode.access.search import Cursor, Page, search_entries
from openhealthcode.audit.reading import LogLine
from openhealthcode.record.reading import Entry

__all__ = [
    "ANSWER_WITHIN",
    "CROSS_CHECKS",
    "LONGEST_WORDS",
    "AskedCorrection",
    "Clerk",
    "Closing",
    "Copy",
    "CorrectionMissing",
    "CounterIdentity",
    "Cursor",
    "Disclosure",
    "Entry",
    "ExaminedOverride",
    "Exposure",
    "InCategories",
    "KeptCopy",
    "LogLine",
    "OneEntry",
    "OpenRequest",
    "Original",
    "Page",
    "Preview",
    "Read",
    "RightsAnswer",
    "RightsKind",
    "RightsRequest",
    "Visit",
    "answer_correction",
    "ask_correction",
    "break_glass",
    "break_glass_for",
    "bundle",
    "close_account",
    "closing_proof",
    "correction_asked",
    "counter_identity",
    "days_left",
    "disclose",
    "examine_override",
    "exposure",
    "finish_closings",
    "holdings",
    "identify",
    "judge_override",
    "name_contact",
    "object_to_secondary_use",
    "objects_to_secondary_use",
    "open_requests",
    "own_contacts",
    "own_copy",
    "own_log",
    "own_name",
    "own_record",
    "presented_to",
    "preview",
    "read_entry",
    "remove_contact",
    "request",
    "rights_requests",
    "search_entries",
]
