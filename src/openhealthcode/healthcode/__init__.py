"""The health code (电子健康码): a pointer and a proof of presence, never a document or an authority.

It carries no name, no health information and no colour, and is no travel pass. What it opens is
decided by ``consent``. Start with ``code`` (what a phone shows) and ``redeem`` (what a scan does).
"""

from openhealthcode.healthcode.arrive import arrive_unconscious, arrive_with_card
from openhealthcode.healthcode.cards import (
    CARD_DAYS,
    GivenCode,
    card_of,
    issue_card,
    issue_temporary,
    last_day_before,
    revoke_cards,
)
from openhealthcode.healthcode.code import issue, open  # noqa: A004 - ``healthcode.open`` is the verb
from openhealthcode.healthcode.device import (
    enrol_device,
    new_device_reference,
    retire_device,
    retire_devices,
    shown_by,
)
from openhealthcode.healthcode.digits import CodeType
from openhealthcode.healthcode.errors import (
    EarlyCode,
    ExpiredCode,
    ForeignCode,
    ForeignKind,
    LapsedCode,
    NoCodeInPicture,
    PictureTooLarge,
    RevokedCode,
    SpentCode,
    UnknownDevice,
    UnknownHolder,
    UnreadableCode,
    UnreadablePicture,
    UntrustedCode,
)
from openhealthcode.healthcode.evidence import (
    LONGEST_OFFLINE_DAYS,
    DoubleUse,
    Place,
    double_uses,
    purge_acceptances,
    see_double_use,
)
from openhealthcode.healthcode.model import LIFETIME_SECONDS, Presentation, PresentedBy
from openhealthcode.healthcode.publishing import publish_list, publish_revoked
from openhealthcode.healthcode.redeem import presentation, purge_spent, redeem, spend
from openhealthcode.healthcode.redeem_short import (
    SHORT_MINUTES,
    ShownShortCode,
    examine_short,
    issue_short,
    spend_short,
)
from openhealthcode.healthcode.redeem_signed import (
    Scan,
    ShownCode,
    examine,
    examine_evidence,
    redeem_signed,
    spend_signed,
    take_evidence,
)
from openhealthcode.healthcode.router import Routed, ScannedKind, VoucherForm, refusal, route
from openhealthcode.healthcode.short import grouped
from openhealthcode.healthcode.store import was_presented_to
from openhealthcode.trust import OpenedCode

__all__ = [
    "CARD_DAYS",
    "LIFETIME_SECONDS",
    "LONGEST_OFFLINE_DAYS",
    "SHORT_MINUTES",
    "CodeType",
    "DoubleUse",
    "EarlyCode",
    "ExpiredCode",
    "ForeignCode",
    "ForeignKind",
    "GivenCode",
    "LapsedCode",
    "NoCodeInPicture",
    "OpenedCode",
    "PictureTooLarge",
    "Place",
    "Presentation",
    "PresentedBy",
    "RevokedCode",
    "Routed",
    "Scan",
    "ScannedKind",
    "ShownCode",
    "ShownShortCode",
    "SpentCode",
    "UnknownDevice",
    "UnknownHolder",
    "UnreadableCode",
    "UnreadablePicture",
    "UntrustedCode",
    "VoucherForm",
    "arrive_unconscious",
    "arrive_with_card",
    "card_of",
    "double_uses",
    "enrol_device",
    "examine",
    "examine_evidence",
    "examine_short",
    "grouped",
    "issue",
    "issue_card",
    "issue_short",
    "issue_temporary",
    "last_day_before",
    "new_device_reference",
    "open",
    "presentation",
    "publish_list",
    "publish_revoked",
    "purge_acceptances",
    "purge_spent",
    "redeem",
    "redeem_signed",
    "refusal",
    "retire_device",
    "retire_devices",
    "revoke_cards",
    "route",
    "see_double_use",
    "shown_by",
    "spend",
    "spend_short",
    "spend_signed",
    "take_evidence",
    "was_presented_to",
]
