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
from openhealthcode.access.cards import (
    CardAtCounter,
    CardStanding,
    PrintedCard,
    card_at_counter,
    give_card,
    give_own_card,
    own_card,
    summary_at_counter,
    take_cards_back,
    take_own_cards_back,
)
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
from openhealthcode.access.composed import SUMMARISED, Document, SummaryAsked, document, summary
from openhealthcode.access.copy import Copy, bundle, own_copy, summary_document
from openhealthcode.access.counter import CounterIdentity, counter_identity
from openhealthcode.access.cross_checks import CROSS_CHECKS
from openhealthcode.access.death import register_death, take_death_back
from openhealthcode.access.decision import ExaminedDecision, examine_decision, reference_of
from openhealthcode.access.desk import ShownAtCounter, show_at_counter, withdraw_at_counter
from openhealthcode.access.disclose import disclose
from openhealthcode.access.duplicates import (
    accept_case,
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
from openhealthcode.access.everything import Everything, Mark, everything
from openhealthcode.access.export import (
    MOST_RESIDENTS,
    Export,
    ExportedFile,
    export,
    exported_file,
    own_export,
)
from openhealthcode.access.exposure import Exposure, exposure
from openhealthcode.access.finding import Cursor, Page, SearchTooWide, Snapshot
from openhealthcode.access.given import (
    CATEGORY_SYSTEM,
    Given,
    consent_given_to,
    consents_given_to,
    give_back,
    own_consents,
)
from openhealthcode.access.hide import hidden_entries, hide_entry, reveal_entry
from openhealthcode.access.history import History, Span, Version, history
from openhealthcode.access.identify import identify, presented_to
from openhealthcode.access.latest import Latest, latest
from openhealthcode.access.log_copy import as_entries, own_log_copy
from openhealthcode.access.log_history import own_history
from openhealthcode.access.merging import merge, unmerge
from openhealthcode.access.model import (
    Disclosure,
    InCategories,
    OneEntry,
    Preview,
    Visit,
)
from openhealthcode.access.national_card import (
    has_national_card,
    identify_by_national_card,
    link_national_card,
    show_national_card,
    unlink_national_card,
)
from openhealthcode.access.notices import send_waiting as send_waiting_notices
from openhealthcode.access.offline_codes import (
    CodesHeld,
    fetch_offline_codes,
    offline_codes_held,
    revoke_offline_codes,
)
from openhealthcode.access.outdated import end_outdated as end_outdated_consents
from openhealthcode.access.own import own_log, own_name, own_record
from openhealthcode.access.own_entry import OwnVersion, own_named, own_versions
from openhealthcode.access.own_fhir import OwnEvents, own_entry_versions, own_events, own_provenance
from openhealthcode.access.particulars import Particulars, correct_at_counter
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
from openhealthcode.access.scanned import identify_scanned
from openhealthcode.access.search import search_entries
from openhealthcode.access.short import identify_short, own_short_code
from openhealthcode.access.showing import open_by_showing
from openhealthcode.access.shown import ShownLook, is_still_shown, look_shown
from openhealthcode.access.signed import HandedIn, HandedInScan, hand_in, identify_signed
from openhealthcode.access.temporary import Bound, bind_temporary, receive_temporary
from openhealthcode.access.usage import follow_uses
from openhealthcode.access.waiting import (
    WaitingDelivery,
    dismiss_waiting,
    examine_waiting,
    file_waiting,
    waiting_deliveries,
)
from openhealthcode.access.watch import alarms, topic_of_alarms, watch_presences
from openhealthcode.access.whole import Wanted
from openhealthcode.audit.reading import LogLine
from openhealthcode.record.reading import Entry

__all__ = [
    "ANSWER_WITHIN",
    "CATEGORY_SYSTEM",
    "CROSS_CHECKS",
    "LONGEST_WORDS",
    "MOST_RESIDENTS",
    "SUMMARISED",
    "ActingFor",
    "Answered",
    "Appointment",
    "AskedCorrection",
    "AskedErasure",
    "AtCounter",
    "Bound",
    "CardAtCounter",
    "CardStanding",
    "CarriedSummary",
    "Clerk",
    "Closing",
    "CodesHeld",
    "CopiesToErase",
    "Copy",
    "CorrectionMissing",
    "CounterIdentity",
    "Cursor",
    "Disclosure",
    "Document",
    "Entry",
    "Everything",
    "ExaminedDecision",
    "ExaminedOverride",
    "ExaminedPresence",
    "Export",
    "ExportedFile",
    "Exposure",
    "Given",
    "HandedIn",
    "HandedInScan",
    "History",
    "InCategories",
    "KeptCopy",
    "Latest",
    "LogLine",
    "Mark",
    "Named",
    "OneEntry",
    "Oneself",
    "OpenRequest",
    "Original",
    "OwnEvents",
    "OwnRepresentatives",
    "OwnVersion",
    "Page",
    "Particulars",
    "PhoneAtCounter",
    "PhonesAtCounter",
    "Preview",
    "PrintedCard",
    "Proposal",
    "Read",
    "Receipt",
    "Represented",
    "RightsAnswer",
    "RightsKind",
    "RightsRequest",
    "SearchTooWide",
    "ShownAtCounter",
    "ShownLook",
    "Snapshot",
    "Span",
    "Spoken",
    "Standing",
    "SummaryAsked",
    "SummaryUntrusted",
    "VerifiedSummary",
    "Version",
    "Visit",
    "WaitingDelivery",
    "Wanted",
    "accept_case",
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
    "bind_temporary",
    "break_glass",
    "break_glass_for",
    "bundle",
    "card_at_counter",
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
    "correct_at_counter",
    "correction_asked",
    "counter_identity",
    "days_left",
    "disclose",
    "dismiss_case",
    "dismiss_waiting",
    "document",
    "end_outdated_consents",
    "erasures_asked",
    "erasures_overdue",
    "everything",
    "examine_decision",
    "examine_override",
    "examine_presence",
    "examine_waiting",
    "export",
    "exported_file",
    "exposure",
    "fetch_offline_codes",
    "file_waiting",
    "finish_closings",
    "follow_uses",
    "give_back",
    "give_card",
    "give_own_card",
    "hand_in",
    "has_national_card",
    "hidden_entries",
    "hide_entry",
    "history",
    "holdings",
    "identify",
    "identify_by_card",
    "identify_by_national_card",
    "identify_scanned",
    "identify_short",
    "identify_signed",
    "identity_history",
    "is_still_shown",
    "judge_override",
    "keep_case_apart",
    "latest",
    "link_national_card",
    "look_shown",
    "may_be_counted",
    "merge",
    "merge_case",
    "name_contact",
    "object_to_secondary_use",
    "objects_to_secondary_use",
    "offline_codes_held",
    "open_by_showing",
    "open_requests",
    "own_card",
    "own_consents",
    "own_contacts",
    "own_copy",
    "own_entry_versions",
    "own_erasures",
    "own_events",
    "own_export",
    "own_history",
    "own_log",
    "own_log_copy",
    "own_name",
    "own_named",
    "own_provenance",
    "own_receipt",
    "own_record",
    "own_representatives",
    "own_short_code",
    "own_versions",
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
    "receive_temporary",
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
    "revoke_offline_codes",
    "rights_requests",
    "seal_page",
    "search_entries",
    "send_waiting_notices",
    "set_pin_at_counter",
    "show_at_counter",
    "show_national_card",
    "start_phone_change",
    "summary",
    "summary_at_counter",
    "summary_document",
    "summary_verifier_key",
    "take_back_answer",
    "take_cards_back",
    "take_death_back",
    "take_own_cards_back",
    "topic_of_alarms",
    "unbind_at_counter",
    "unlink_national_card",
    "unmerge",
    "waiting_deliveries",
    "watch_presences",
    "wish",
    "withdraw_at_counter",
]
