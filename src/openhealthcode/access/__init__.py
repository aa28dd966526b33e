"""The one door out: who looks at what, why, for how long; decided, shown and logged as one.

Start with ``disclose.disclose``; ``looking`` is the engine behind every look.
"""

from openhealthcode.access.acting import (
    ActingFor,
    Oneself,
    Represented,
    act_for,
    acting_now,
    represented_by,
    resume,
)
from openhealthcode.access.answered import Answered, answered
from openhealthcode.access.carried import (
    CarriedSummary,
    SummaryUntrusted,
    VerifiedSummary,
    carry_emergency_summary,
    read_summary,
    summary_verifier_key,
)
from openhealthcode.access.close import (
    Closing,
    KeptCopy,
    Original,
    close_account,
    finish_closings,
    holdings,
)
from openhealthcode.access.copy import Copy, bundle, own_copy, summary_document
from openhealthcode.access.counter import CounterIdentity, counter_identity
from openhealthcode.access.cross_checks import CROSS_CHECKS
from openhealthcode.access.death import register_death, take_death_back
from openhealthcode.access.decision import ExaminedDecision, examine_decision, reference_of
from openhealthcode.access.desk import ShownAtCounter, show_at_counter, withdraw_at_counter
from openhealthcode.access.disclose import disclose
from openhealthcode.access.duplicates import (
    compare_case,
    dismiss_case,
    identity_history,
    keep_case_apart,
    merge_case,
    review_queue,
    take_back_answer,
)
from openhealthcode.access.emergency import break_glass, break_glass_for
from openhealthcode.access.emergency_contacts import (
    contacts_to_call,
    name_contact,
    own_contacts,
    remove_contact,
)
from openhealthcode.access.erasure import (
    AskedErasure,
    CopiesToErase,
    attest_erasure,
    copies_to_erase,
    erasures_asked,
    erasures_overdue,
    own_erasures,
)
from openhealthcode.access.exposure import Exposure, exposure
from openhealthcode.access.given import (
    CATEGORY_SYSTEM,
    Given,
    consent_given_to,
    consents_given_to,
    give_back,
    own_consents,
)
from openhealthcode.access.hide import hidden_entries, hide_entry, reveal_entry
from openhealthcode.access.identify import identify, presented_to
from openhealthcode.access.log_copy import as_entries, own_log_copy
from openhealthcode.access.merging import merge, unmerge
from openhealthcode.access.model import (
    Disclosure,
    InCategories,
    OneEntry,
    Preview,
    Visit,
)
from openhealthcode.access.notices import send_waiting as send_waiting_notices
from openhealthcode.access.outdated import end_outdated as end_outdated_consents
from openhealthcode.access.own import own_log, own_name, own_record
from openhealthcode.access.phones import (
    PhoneAtCounter,
    PhonesAtCounter,
    complete_phone_change,
    phones_at_counter,
    reissue_codes,
    start_phone_change,
    unbind_at_counter,
)
from openhealthcode.access.pins import change_pin, choose_second_pin, set_pin_at_counter
from openhealthcode.access.presence import (
    ExaminedPresence,
    Spoken,
    answer_assisted,
    answer_with_pin,
    examine_presence,
    identify_by_card,
    presences,
    refuse_in_person,
)
from openhealthcode.access.preview import preview
from openhealthcode.access.propose import (
    Proposal,
    proposal_of,
    propose_consent,
    proposed_by,
)
from openhealthcode.access.read import Read, read_entry
from openhealthcode.access.receipt import (
    Receipt,
    own_receipt,
    published_keys,
    receipt_of_closing,
    seal_page,
)
from openhealthcode.access.renumber import change_number_at_counter
from openhealthcode.access.representatives import (
    Appointment,
    AtCounter,
    Named,
    OwnRepresentatives,
    Standing,
    appoint_at_counter,
    appoint_helper,
    own_representatives,
    representatives_at_counter,
    revoke,
    revoke_at_counter,
    wish,
)
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
    may_be_counted,
    object_to_secondary_use,
    objects_to_secondary_use,
    open_requests,
    rights_requests,
)
from openhealthcode.access.search import Cursor, Page, search_entries
from openhealthcode.access.shown import ShownLook, look_shown
from openhealthcode.access.usage import follow_uses
from openhealthcode.access.watch import alarms, topic_of_alarms, watch_presences
from openhealthcode.audit.reading import LogLine
from openhealthcode.record.reading import Entry

__all__ = [
    "ANSWER_WITHIN",
    "CATEGORY_SYSTEM",
    "CROSS_CHECKS",
    "LONGEST_WORDS",
    "ActingFor",
    "Answered",
    "Appointment",
    "AskedCorrection",
    "AskedErasure",
    "AtCounter",
    "CarriedSummary",
    "Clerk",
    "Closing",
    "CopiesToErase",
    "Copy",
    "CorrectionMissing",
    "CounterIdentity",
    "Cursor",
    "Disclosure",
    "Entry",
    "ExaminedDecision",
    "ExaminedOverride",
    "ExaminedPresence",
    "Exposure",
    "Given",
    "InCategories",
    "KeptCopy",
    "LogLine",
    "Named",
    "OneEntry",
    "Oneself",
    "OpenRequest",
    "Original",
    "OwnRepresentatives",
    "Page",
    "PhoneAtCounter",
    "PhonesAtCounter",
    "Preview",
    "Proposal",
    "Read",
    "Receipt",
    "Represented",
    "RightsAnswer",
    "RightsKind",
    "RightsRequest",
    "ShownAtCounter",
    "ShownLook",
    "Spoken",
    "Standing",
    "SummaryUntrusted",
    "VerifiedSummary",
    "Visit",
    "act_for",
    "acting_now",
    "alarms",
    "answer_assisted",
    "answer_correction",
    "answer_with_pin",
    "answered",
    "appoint_at_counter",
    "appoint_helper",
    "as_entries",
    "ask_correction",
    "attest_erasure",
    "break_glass",
    "break_glass_for",
    "bundle",
    "carry_emergency_summary",
    "change_number_at_counter",
    "change_pin",
    "choose_second_pin",
    "close_account",
    "compare_case",
    "complete_phone_change",
    "consent_given_to",
    "consents_given_to",
    "contacts_to_call",
    "copies_to_erase",
    "correction_asked",
    "counter_identity",
    "days_left",
    "disclose",
    "dismiss_case",
    "end_outdated_consents",
    "erasures_asked",
    "erasures_overdue",
    "examine_decision",
    "examine_override",
    "examine_presence",
    "exposure",
    "finish_closings",
    "follow_uses",
    "give_back",
    "hidden_entries",
    "hide_entry",
    "holdings",
    "identify",
    "identify_by_card",
    "identity_history",
    "judge_override",
    "keep_case_apart",
    "look_shown",
    "may_be_counted",
    "merge",
    "merge_case",
    "name_contact",
    "object_to_secondary_use",
    "objects_to_secondary_use",
    "open_requests",
    "own_consents",
    "own_contacts",
    "own_copy",
    "own_erasures",
    "own_log",
    "own_log_copy",
    "own_name",
    "own_receipt",
    "own_record",
    "own_representatives",
    "phones_at_counter",
    "presences",
    "presented_to",
    "preview",
    "proposal_of",
    "propose_consent",
    "proposed_by",
    "published_keys",
    "read_entry",
    "read_summary",
    "receipt_of_closing",
    "reference_of",
    "refuse_in_person",
    "register_death",
    "reissue_codes",
    "remove_contact",
    "representatives_at_counter",
    "represented_by",
    "request",
    "resume",
    "reveal_entry",
    "review_queue",
    "revoke",
    "revoke_at_counter",
    "rights_requests",
    "seal_page",
    "search_entries",
    "send_waiting_notices",
    "set_pin_at_counter",
    "show_at_counter",
    "start_phone_change",
    "summary_document",
    "summary_verifier_key",
    "take_back_answer",
    "take_death_back",
    "topic_of_alarms",
    "unbind_at_counter",
    "unmerge",
    "watch_presences",
    "wish",
    "withdraw_at_counter",
]
