"""Sealing (封存): by order of a supervisor a record is closed to all but its resident and emergency care.

A denial like any other, written in the transaction that changes the resident's chain: no look that
was decided before commits afterwards. Start with ``place.seal``.
"""

from openhealthcode.consent.seal.model import (
    LONGEST_SEAL,
    LONGEST_WORDS,
    RecordSeal,
    SealOrder,
    SealReason,
)
from openhealthcode.consent.seal.place import is_sealed, seal, seals, unseal
from openhealthcode.consent.seal.rules import check_order, provisions_of_a_seal
from openhealthcode.consent.seal.store import residents_sealed

__all__ = [
    "LONGEST_SEAL",
    "LONGEST_WORDS",
    "RecordSeal",
    "SealOrder",
    "SealReason",
    "check_order",
    "is_sealed",
    "provisions_of_a_seal",
    "residents_sealed",
    "seal",
    "seals",
    "unseal",
]
