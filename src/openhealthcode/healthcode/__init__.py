"""The health code (电子健康码): a pointer and a proof of presence, never a document or an authority.

It carries no name, no health information and no colour, and is no travel pass. What it opens is
decided by ``consent``. Start with ``code`` (what a phone shows) and ``redeem`` (what a scan does).
"""

from openhealthcode.healthcode.arrive import arrive_unconscious, arrive_with_card
from openhealthcode.healthcode.code import issue, open  # noqa: A004 - ``healthcode.open`` is the verb
from openhealthcode.healthcode.device import (
    enrol_device,
    new_device_reference,
    retire_device,
    retire_devices,
    shown_by,
)
from openhealthcode.healthcode.errors import (
    ExpiredCode,
    ForeignCode,
    ForeignKind,
    NoCodeInPicture,
    PictureTooLarge,
    SpentCode,
    UnknownDevice,
    UnreadableCode,
    UnreadablePicture,
    UntrustedCode,
)
from openhealthcode.healthcode.model import LIFETIME_SECONDS, Presentation, PresentedBy
from openhealthcode.healthcode.redeem import presentation, purge_spent, redeem, spend
from openhealthcode.trust import OpenedCode

__all__ = [
    "LIFETIME_SECONDS",
    "ExpiredCode",
    "ForeignCode",
    "ForeignKind",
    "NoCodeInPicture",
    "OpenedCode",
    "PictureTooLarge",
    "Presentation",
    "PresentedBy",
    "SpentCode",
    "UnknownDevice",
    "UnreadableCode",
    "UnreadablePicture",
    "UntrustedCode",
    "arrive_unconscious",
    "arrive_with_card",
    "enrol_device",
    "issue",
    "new_device_reference",
    "open",
    "presentation",
    "purge_spent",
    "redeem",
    "retire_device",
    "retire_devices",
    "shown_by",
    "spend",
]
