"""The one door in: what is collected, under which rule, for whom.

Start with ``file.file_bundle``: it finds or registers the resident, checks and files every entry,
and logs it, in one transaction.
"""

from openhealthcode.collection.apart import relabel
from openhealthcode.collection.canaries import plant_canaries
from openhealthcode.collection.choose import choices_of, choose
from openhealthcode.collection.correct import Correction, correct
from openhealthcode.collection.elements import Element, Input
from openhealthcode.collection.feed import Suggested, suggest_merge
from openhealthcode.collection.file import file_bundle, file_resource
from openhealthcode.collection.form import LANGUAGES, Filled, Problem, fields, fill
from openhealthcode.collection.holding import (
    Destroyed,
    destroy_expired,
    followed_up_to,
    forget,
    note_use,
)
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
    NeedsReview,
    NotCollected,
    RefusedByResident,
    RequiredMissing,
    SeparateConsentNeeded,
    SetAside,
    SeveralResidents,
    Source,
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

# fmt: off
__all__ = [
    "CERTIFICATE_KIND", "LANGUAGES", "RULES", "SCENE", "Asked", "BeyondRule", "BrokenReference", "BundleMalformed",
    "CollectionRule", "CollectionScene", "Correction", "Demand", "Destroyed", "Done", "Element",
    "ElementReport", "Filed", "FiledBundle", "Filled", "Input", "Leniency", "LoadedFile",
    "NeedsReview", "NotCollected", "Owe", "Problem", "RefusedByResident", "Registered", "RequiredMissing", "Rereading",
    "RuleSet", "RuledElement", "SeparateConsentNeeded", "SetAside", "SeveralResidents", "Source",
    "Suggested", "Text", "UnknownScene", "Verdict", "asked_by", "be_lenient", "choices_of", "choose", "correct",
    "count_up", "destroy_expired", "fields", "file_bundle", "file_patiently", "file_resource",
    "files_in", "fill", "followed_up_to", "forget", "last_rereading", "lenient_senders", "load", "merge", "merge_history",
    "not_same", "note_use", "over_collection", "over_collections", "plant_canaries", "refusals", "register", "registration_of", "relabel", "relate",
    "reread", "suggest_merge", "supersede", "unmerge", "withdraw_not_same",
]
