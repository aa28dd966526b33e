"""The one door in: what is collected, under which rule, for whom.

Start with ``file.file_bundle``: it finds or registers the resident, checks and files every entry,
and logs it, in one transaction.
"""

from openhealthcode.collection.elements import Element
from openhealthcode.collection.file import file_bundle, file_resource
from openhealthcode.collection.load import LoadedFile, file_patiently, files_in, load
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
    SeveralResidents,
    Source,
)
from openhealthcode.collection.rule_set import RULES, RuleSet, UnknownScene
from openhealthcode.collection.rules import (
    CollectionRule,
    CollectionScene,
    Demand,
    RuledElement,
    Text,
    Verdict,
)

# fmt: off
__all__ = [
    "RULES", "BeyondRule", "BrokenReference", "BundleMalformed", "CollectionRule",
    "CollectionScene", "Demand", "Done", "Element", "Filed", "FiledBundle", "LoadedFile",
    "NeedsReview", "NotCollected", "RefusedByResident", "RuleSet", "RuledElement",
    "SeparateConsentNeeded", "SeveralResidents", "Source", "Text", "UnknownScene", "Verdict",
    "file_bundle", "file_patiently", "file_resource", "files_in", "load",
]
