"""The one door in: what is collected, under which rule, for whom.

Start with ``file.file_bundle``: it finds or registers the resident, checks and files every entry,
and logs it, in one transaction.
"""

from openhealthcode.collection.file import file_bundle, file_resource
from openhealthcode.collection.load import LoadedFile, file_patiently, files_in, load
from openhealthcode.collection.model import (
    BrokenReference,
    BundleMalformed,
    Done,
    Filed,
    FiledBundle,
    NeedsReview,
    SeveralResidents,
    Source,
)
from openhealthcode.collection.rules import RULES, CollectionRule

__all__ = [
    "RULES",
    "BrokenReference",
    "BundleMalformed",
    "CollectionRule",
    "Done",
    "Filed",
    "FiledBundle",
    "LoadedFile",
    "NeedsReview",
    "SeveralResidents",
    "Source",
    "file_bundle",
    "file_patiently",
    "file_resource",
    "files_in",
    "load",
]
