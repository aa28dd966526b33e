"""Signed codes: what a phone shows without network, what is printed on a card, what a counter shows.

Start with ``layout`` (what they have in common) and ``verify`` (what a desk without network does).
``offline`` is type B, ``printed`` types C and F, ``counter`` type D.
"""

from openhealthcode.healthcode.signed import counter, offline, printed
from openhealthcode.healthcode.signed.counter import CounterCode
from openhealthcode.healthcode.signed.offline import Capability, OfflineCode, Purpose
from openhealthcode.healthcode.signed.printed import PrintedCode
from openhealthcode.healthcode.signed.verify import ReplaySet, Verified, verify, verify_counter

__all__ = [
    "Capability",
    "CounterCode",
    "OfflineCode",
    "PrintedCode",
    "Purpose",
    "ReplaySet",
    "Verified",
    "counter",
    "offline",
    "printed",
    "verify",
    "verify_counter",
]
