"""Signed codes: what a phone shows without network, what is printed on a card, what a counter shows.

Start with ``layout`` (what they have in common) and ``verify`` (what a desk without network does).
``offline`` is type B, ``printed`` types C and F, ``counter`` type D. ``store`` knows whose they are.
"""

from openhealthcode.healthcode.signed import counter, offline, printed
from openhealthcode.healthcode.signed.counter import CounterCode
from openhealthcode.healthcode.signed.desk import Desk
from openhealthcode.healthcode.signed.issue import issue_certificates
from openhealthcode.healthcode.signed.offline import Capability, OfflineCode, Purpose
from openhealthcode.healthcode.signed.printed import PrintedCode
from openhealthcode.healthcode.signed.store import (
    EVERY_KIND,
    Holder,
    IssuedCode,
    bind_code,
    codes_of,
    draw_indexes,
    holder_of,
    purge_codes,
    record_codes,
    revoke_code,
    revoke_codes,
    revoke_codes_of_devices,
    revoked_indexes,
    spend_code,
)
from openhealthcode.healthcode.signed.verify import ReplaySet, Verified, verify, verify_counter

__all__ = [
    "EVERY_KIND",
    "Capability",
    "CounterCode",
    "Desk",
    "Holder",
    "IssuedCode",
    "OfflineCode",
    "PrintedCode",
    "Purpose",
    "ReplaySet",
    "Verified",
    "bind_code",
    "codes_of",
    "counter",
    "draw_indexes",
    "holder_of",
    "issue_certificates",
    "offline",
    "printed",
    "purge_codes",
    "record_codes",
    "revoke_code",
    "revoke_codes",
    "revoke_codes_of_devices",
    "revoked_indexes",
    "spend_code",
    "verify",
    "verify_counter",
]
