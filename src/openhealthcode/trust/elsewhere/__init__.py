"""Keys of issuers elsewhere, taken from the lists in which others publish them.

Start with ``read_published``: it tells the form by itself. What came in lies in a file for each
source beside the key store, so that whoever can write the database cannot make anybody believed.
"""

from openhealthcode.trust.elsewhere.did import write_did
from openhealthcode.trust.elsewhere.dsc import kid_of
from openhealthcode.trust.elsewhere.dsc import write_list as write_dsc_list
from openhealthcode.trust.elsewhere.form import PublishedForm, read_published
from openhealthcode.trust.elsewhere.model import (
    Defect,
    ElsewhereKey,
    PublishedKeys,
    UnreadableKeyList,
)
from openhealthcode.trust.elsewhere.store import accept, accepted, forget

__all__ = [
    "Defect",
    "ElsewhereKey",
    "PublishedForm",
    "PublishedKeys",
    "UnreadableKeyList",
    "accept",
    "accepted",
    "forget",
    "kid_of",
    "read_published",
    "write_did",
    "write_dsc_list",
]
