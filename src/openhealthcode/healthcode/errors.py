"""Why a scanned code opens nothing, each reason one that a clerk can act on."""

from __future__ import annotations

from enum import StrEnum

from openhealthcode.standards import HealthCodeError, InvalidInput, TooLarge
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import UntrustedCode


class ForeignKind(StrEnum):
    """What a scanner may meet that is not a health code shown on a phone."""

    OTHER_HEALTH_CODE = "other-health-code"
    OTHER_REGION = "other-region"
    COUNTER_CODE = "counter-code"
    NATIONAL_HEALTH_CARD = "national-health-card"
    NATIONAL_ID = "national-id"
    WECHAT_PAYMENT = "wechat-payment"
    ALIPAY_PAYMENT = "alipay-payment"
    UNIONPAY_PAYMENT = "unionpay-payment"
    INSURANCE_VOUCHER = "insurance-voucher"
    SMART_HEALTH_CARD = "smart-health-card"
    SMART_HEALTH_LINK = "smart-health-link"
    COVID_CERTIFICATE = "covid-certificate"
    WEB_ADDRESS = "web-address"


_SENTENCES = {
    ForeignKind.OTHER_HEALTH_CODE: "this kind of health code cannot be redeemed here; "
    "ask for the code on the first page of the phone",
    ForeignKind.OTHER_REGION: "this code is another region's, which alone can open it; "
    "ask for the code that works without network",
    ForeignKind.COUNTER_CODE: "this is the code of a counter, for the resident's phone to scan; "
    "ask for the code on the phone",
    ForeignKind.NATIONAL_HEALTH_CARD: "this is a national electronic health card; "
    "ask for the health code on the phone",
    ForeignKind.NATIONAL_ID: "this is an ID number; it names a person and proves no consent",
    ForeignKind.WECHAT_PAYMENT: "this is a WeChat payment code; ask for the health code",
    ForeignKind.ALIPAY_PAYMENT: "this is an Alipay payment code; ask for the health code",
    ForeignKind.UNIONPAY_PAYMENT: "this is a UnionPay payment code; ask for the health code",
    ForeignKind.INSURANCE_VOUCHER: "this is an insurance voucher, which settles and shows no record; "
    "ask for the health code",
    ForeignKind.SMART_HEALTH_CARD: "this is a SMART Health Card; ask for the health code",
    ForeignKind.SMART_HEALTH_LINK: "this is a SMART Health Link; ask for the health code",
    ForeignKind.COVID_CERTIFICATE: "this is a vaccination certificate; ask for the health code",
    ForeignKind.WEB_ADDRESS: "this is a web address; ask for the health code",
}


class UnreadableCode(HealthCodeError):
    """This is not a complete health code; scan it again."""

    code = "code-unreadable"


class ForeignCode(HealthCodeError):
    """This is a code of another kind."""

    code = "code-foreign"

    def __init__(self, kind: ForeignKind) -> None:
        super().__init__(_SENTENCES[kind])
        self.kind = kind


class ExpiredCode(HealthCodeError):
    """This code is older than a minute; ask for the one shown now."""

    code = "code-expired"


class SpentCode(HealthCodeError):
    """This code was used already; ask for the one shown now."""

    code = "code-spent"

    def __init__(self, resident_id: ResidentId | None = None) -> None:
        super().__init__()
        self.resident_id = resident_id
        """Whose it is; for their log, and no page."""


class UnknownDevice(HealthCodeError):
    """The phone that shows this code is no longer signed in."""

    code = "code-device-unknown"


class UnreadablePicture(InvalidInput):
    """This file is not a PNG or JPEG picture that can be read."""

    code = "picture-unreadable"


class PictureTooLarge(TooLarge):
    """This picture is larger than this service reads."""

    code = "picture-too-large"


class NoCodeInPicture(InvalidInput):
    """No code is to be found in this picture."""

    code = "picture-without-code"


class EarlyCode(HealthCodeError):
    """This code is dated ahead; is the clock of the phone or of this computer right?"""

    code = "code-early"


class LapsedCode(HealthCodeError):
    """This card or certificate is no longer valid; the counter gives out a new one."""

    code = "code-lapsed"


class RevokedCode(HealthCodeError):
    """This code was revoked; the phone or the counter gives out another."""

    code = "code-revoked"


class ReplayedCode(HealthCodeError):
    """This code was shown here before; ask for a new one."""

    code = "code-replayed"


class UnknownHolder(HealthCodeError):
    """This code is genuine, but whose it is is not known here; the region that issued it knows."""

    code = "code-holder-unknown"


__all__ = [
    "EarlyCode",
    "ExpiredCode",
    "ForeignCode",
    "ForeignKind",
    "LapsedCode",
    "NoCodeInPicture",
    "PictureTooLarge",
    "ReplayedCode",
    "RevokedCode",
    "SpentCode",
    "UnknownDevice",
    "UnknownHolder",
    "UnreadableCode",
    "UnreadablePicture",
    "UntrustedCode",
]
