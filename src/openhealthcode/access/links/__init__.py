"""What residents share by a link (健康链接): made, opened by whoever holds it, listed, revoked.

Nothing is kept ready: each opening is a look at the record of that moment, decided, logged with
whoever the opener says to be, and encrypted under the key that is in the link. Start with ``open``.
"""

from openhealthcode.access.links.make import make_link, own_links, revoke_link
from openhealthcode.access.links.model import (
    LONGEST_DAYS,
    MOST_LINKS,
    MOST_WRONG,
    LinkContent,
    LinkOver,
    LinkTerms,
    MadeLink,
    OpenedLink,
    OwnLink,
    WrongPasscode,
)
from openhealthcode.access.links.open import FHIR, keep_file, link_file, open_link, purge_links
from openhealthcode.access.links.store import revoke_all

__all__ = [
    "FHIR",
    "LONGEST_DAYS",
    "MOST_LINKS",
    "MOST_WRONG",
    "LinkContent",
    "LinkOver",
    "LinkTerms",
    "MadeLink",
    "OpenedLink",
    "OwnLink",
    "WrongPasscode",
    "keep_file",
    "link_file",
    "make_link",
    "open_link",
    "own_links",
    "purge_links",
    "revoke_all",
    "revoke_link",
]
