"""The one door in: what is collected, under which rule, for whom.

Start with ``file.file_bundle``: it finds or registers the resident, checks and files every entry,
and logs it, in one transaction.
"""

from openhealthcode.collection.apart import relabel
from openhealthcode.collection.canaries import plant_canaries
from openhealthcode.collection.choose import choices_of, choose
from openhealthcode.collection.correct import Correction, correct
from openhealthcode.collection.elements import Element, Input
from openhealthcode.collection.entry_request import operations_in
from openhealthcode.collection.feed import Suggested, suggest_merge
from openhealthcode.collection.file import file_bundle
from openhealthcode.collection.form import LANGUAGES, Filled, Problem, fields, fill
from openhealthcode.collection.holding import (
    Destroyed,
    destroy_expired,
    followed_up_to,
    forget,
    note_use,
)
from openhealthcode.collection.intake import IntakeClosed, open_intake
from openhealthcode.collection.load import LoadedFile, file_patiently, files_in, load
from openhealthcode.collection.merging import (
    Owe,
    merge,
    not_same,
    relate,
    unmerge,
    withdraw_not_same,
)
from openhealthcode.collection.merging import (
    history as merge_history,
)
from openhealthcode.collection.minimise import SCENE
from openhealthcode.collection.model import (
    BeyondRule,
    BrokenReference,
    BundleMalformed,
    Done,
    Filed,
    FiledBundle,
    ForeignReference,
    NeedsReview,
    NotCollected,
    NotDeletable,
    Parameters,
    PatientDiffers,
    RefusedByResident,
    RequiredMissing,
    Resource,
    SeparateConsentNeeded,
    SetAside,
    SeveralMatches,
    SeveralResidents,
    Source,
    VersionConflict,
)
from openhealthcode.collection.patient import CERTIFICATE_KIND, registration_of
from openhealthcode.collection.register import Registered, register
from openhealthcode.collection.rereading import Rereading, last_rereading, reread
from openhealthcode.collection.rule_set import RULES, RuleSet, UnknownScene
from openhealthcode.collection.rules import (
    CollectionRule,
    CollectionScene,
    Demand,
    RuledElement,
    Text,
    Verdict,
)
from openhealthcode.collection.store import Asked, Leniency
from openhealthcode.collection.supersede import supersede
from openhealthcode.collection.supervise import (
    asked_by,
    be_lenient,
    count_up,
    lenient_senders,
    over_collection,
    over_collections,
    refusals,
)
from openhealthcode.collection.tally import ElementReport
from openhealthcode.collection.temporary import Arrived, ask_to_merge, register_temporary
from openhealthcode.collection.waiting import (
    DeliverySetAside,
    Settled,
    Waiting,
    hold_waiting,
    put_right,
    settle_waiting,
    waiting_for,
    wrong_numbers,
)
from openhealthcode.collection.write import (
    Which,
    delete,
    file_resource,
    is_own_entry,
    patch,
    update,
)

# fmt: off
__all__ = [
    "CERTIFICATE_KIND",
    "LANGUAGES",
    "RULES",
    "SCENE",
    "Arrived",
    "Asked",
    "BeyondRule",
    "BrokenReference",
    "BundleMalformed",
    "CollectionRule",
    "CollectionScene",
    "Correction",
    "DeliverySetAside",
    "Demand",
    "Destroyed",
    "Done",
    "Element",
    "ElementReport",
    "Filed",
    "FiledBundle",
    "Filled",
    "ForeignReference",
    "Input",
    "IntakeClosed",
    "Leniency",
    "LoadedFile",
    "NeedsReview",
    "NotCollected",
    "NotDeletable",
    "Owe",
    "Parameters",
    "PatientDiffers",
    "Problem",
    "RefusedByResident",
    "Registered",
    "RequiredMissing",
    "Rereading",
    "Resource",
    "RuleSet",
    "RuledElement",
    "SeparateConsentNeeded",
    "SetAside",
    "Settled",
    "SeveralMatches",
    "SeveralResidents",
    "Source",
    "Suggested",
    "Text",
    "UnknownScene",
    "Verdict",
    "VersionConflict",
    "Waiting",
    "Which",
    "ask_to_merge",
    "asked_by",
    "be_lenient",
    "choices_of",
    "choose",
    "correct",
    "count_up",
    "delete",
    "destroy_expired",
    "fields",
    "file_bundle",
    "file_patiently",
    "file_resource",
    "files_in",
    "fill",
    "followed_up_to",
    "forget",
    "hold_waiting",
    "is_own_entry",
    "last_rereading",
    "lenient_senders",
    "load",
    "merge",
    "merge_history",
    "not_same",
    "note_use",
    "open_intake",
    "operations_in",
    "over_collection",
    "over_collections",
    "patch",
    "plant_canaries",
    "put_right",
    "refusals",
    "register",
    "register_temporary",
    "registration_of",
    "relabel",
    "relate",
    "reread",
    "settle_waiting",
    "suggest_merge",
    "supersede",
    "unmerge",
    "update",
    "waiting_for",
    "withdraw_not_same",
    "wrong_numbers",
]
