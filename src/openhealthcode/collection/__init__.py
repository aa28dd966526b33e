"""The one door in: what is collected, under which rule, for whom.

Start with ``file.file_bundle``: it finds or registers the resident, checks and files every entry,
and logs it, in one transaction.
"""

from openhealthcode.collection.choose import choices_of, choose
from openhealthcode.collection.elements import Element, Input
from openhealthcode.collection.file import file_bundle, file_resource
from openhealthcode.collection.form import LANGUAGES, Filled, Problem, fields, fill
from openhealthcode.collection.load import LoadedFile, file_patiently, files_in, load
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
    SeparateConsentNeeded,
    SetAside,
    SeveralResidents,
    Source,
)
from openhealthcode.collection.register import register
from openhealthcode.collection.rule_set import RULES, RuleSet, UnknownScene
from openhealthcode.collection.rules import (
    CollectionRule,
    CollectionScene,
    Demand,
    RuledElement,
    Text,
    Verdict,
)
from openhealthcode.collection.store import ElementReport
from openhealthcode.collection.supervise import be_lenient, over_collection

# fmt: off
__all__ = [
    "LANGUAGES", "RULES", "SCENE", "BeyondRule", "BrokenReference", "BundleMalformed",
    "CollectionRule", "CollectionScene", "Demand", "Done", "Element", "ElementReport", "Filed",
    "FiledBundle", "Filled", "Input", "LoadedFile", "NeedsReview", "NotCollected", "Problem",
    "RefusedByResident", "RuleSet", "RuledElement", "SeparateConsentNeeded", "SetAside",
    "SeveralResidents", "Source", "Text", "UnknownScene", "Verdict", "be_lenient", "choices_of",
    "choose", "fields", "file_bundle", "file_patiently", "file_resource", "files_in", "fill",
    "load", "over_collection", "register",
]
