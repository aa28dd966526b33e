"""Messages to telephones, and what they say.

An outbox hands a message to whoever delivers it. It is called after the transaction that made the
code has committed, and never twice for one code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from openhealthcode.standards import Phone


class CodePurpose(StrEnum):
    """What a code is for; the message says so, and a code for one is none for the other."""

    SIGN_IN = "sign-in"
    VERIFICATION = "verification"
    PHONE_CHANGE = "phone-change"
    """Read out to a clerk, who binds the phone it arrived on."""


@dataclass(frozen=True, slots=True)
class Message:
    """One text to one telephone."""

    phone: Phone
    text: str = field(repr=False)


class Outbox(Protocol):
    """Delivers messages: a gateway in production, a page beside the phone in the demonstration."""

    @property
    def codes_per_hour(self) -> int:
        """How many codes the whole installation may send through it in an hour."""

    async def send(self, message: Message) -> None:
        """Hand a message over.

        Raises:
            MessageNotSent: it was not accepted for delivery.
        """


_TEXTS: Final = {
    ("zh", CodePurpose.SIGN_IN): (
        "验证码 {code}，用于登录电子健康码，5 分钟内有效。工作人员不会向您索要，请勿告诉他人。"
    ),
    ("zh", CodePurpose.VERIFICATION): (
        "验证码 {code}，用于确认您本人的授权操作，5 分钟内有效。请勿告诉他人。"
    ),
    ("zh", CodePurpose.PHONE_CHANGE): (
        "验证码 {code}，用于在登记窗口把这部手机绑定到电子健康码，5 分钟内有效。"
        "只在您本人正在窗口办理时，才念给窗口人员。"
    ),
    ("en", CodePurpose.SIGN_IN): (
        "{code} is your code to sign in to your health record, valid for 5 minutes. "
        "Staff never ask for it: tell nobody."
    ),
    ("en", CodePurpose.PHONE_CHANGE): (
        "Code {code} binds this phone to a health record at a registration counter, valid for "
        "5 minutes. Read it out only if you are standing at the counter yourself."
    ),
    ("en", CodePurpose.VERIFICATION): (
        "Code {code} confirms that it is you who allows access, valid for 5 minutes. Tell nobody."
    ),
}


def code_message(phone: Phone, code: str, purpose: CodePurpose, language: str) -> Message:
    """The message that carries a code, in the resident's language."""
    return Message(phone, _TEXTS[_spoken(language), purpose].format(code=code))


def _spoken(language: str) -> str:
    return "en" if language.lower().startswith("en") else "zh"


def _in_words(phone: Phone, texts: Mapping[str, str], language: str) -> Message:
    """One of the messages that are the same for everybody, in the resident's language."""
    return Message(phone, texts[_spoken(language)])


_OVERRIDE_TEXTS: Final = {
    "zh": (
        "刚刚有人因紧急救治查看了您的电子健康档案。是谁、为什么、看了什么，"
        "请打开电子健康码的“谁看过”。"
    ),
    "en": (
        "Your health record was just opened in an emergency. Open your health code and see "
        "“Who looked”: who, why and what."
    ),
}


_CONTACT_TEXTS: Final = {
    "zh": (
        "{name}把您登记为紧急联系人。刚刚有人因紧急救治查看了{name}的电子健康档案，"
        "请尽快与其本人或家人联系。"
    ),
    "en": (
        "{name} named you as an emergency contact. Their health record was just opened in an "
        "emergency; please get in touch with them or their family."
    ),
}


def contact_notice(phone: Phone, masked_name: str, language: str) -> Message:
    """What an emergency contact is told at once: whom it is about, in part, and nothing else."""
    return Message(phone, _CONTACT_TEXTS[_spoken(language)].format(name=masked_name))


def override_notice(phone: Phone, language: str) -> Message:
    """What a resident is told at once when the glass was broken.

    Neither where nor what for: a lock screen is read by others.
    """
    return _in_words(phone, _OVERRIDE_TEXTS, language)


_LOOK_TEXTS: Final = {
    "zh": "有人查看了您的电子健康档案。想知道是谁，请打开电子健康码的“谁看过”。",
    "en": "Somebody looked at your health record. To see who, open your health code, “Who looked”.",
}

_LOOKS_TEXTS: Final = {
    "zh": "有{count}人查看过您的电子健康档案。想知道是谁，请打开电子健康码的“谁看过”。",
    "en": "People who looked at your health record: {count}. Open your health code, “Who looked”.",
}


def look_notice(phone: Phone, language: str) -> Message:
    """What is told of one look: neither who nor where, a lock screen is read by others."""
    return _in_words(phone, _LOOK_TEXTS, language)


def looks_notice(phone: Phone, language: str, count: int) -> Message:
    """What is told of several people at once."""
    return Message(phone, _LOOKS_TEXTS[_spoken(language)].format(count=count))


_REPORT_TEXTS: Final = {
    "zh": "您反映的一次查看有了新的进展，请打开电子健康码的“谁看过”查看。",
    "en": "There is news about an access you asked about: open your health code, “Who looked”.",
}


def report_notice(phone: Phone, language: str) -> Message:
    """What a resident is told when somebody answered a report, or is late to."""
    return _in_words(phone, _REPORT_TEXTS, language)


_ASSISTED_TEXTS: Final = {
    "zh": (
        "刚刚有工作人员协助您本人作出了一次授权。如果您当时不在场，"
        "请打开电子健康码的“谁看过”收回，或到任一登记窗口办理。"
    ),
    "en": (
        "A member of staff has just helped you to allow access. If that was not you, open your "
        "health code and take it back under “Who looked”, or go to any registration counter."
    ),
}

_PIN_TEXTS: Final = {
    "zh": "您的授权密码刚刚在登记窗口重新设置。如果不是您本人办理，请尽快到任一登记窗口再次设置。",
    "en": (
        "Your PIN was just set anew at a registration counter. If that was not you, have it set "
        "again at any counter soon."
    ),
}


def assisted_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a helper's word stood for theirs."""
    return _in_words(phone, _ASSISTED_TEXTS, language)


def pin_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a counter set the PIN."""
    return _in_words(phone, _PIN_TEXTS, language)


_PHONE_TEXTS: Final = {
    "zh": (
        "您的电子健康码绑定的手机刚刚在登记窗口办理了变更。如果不是您本人办理，"
        "请尽快带证件到任一登记窗口。"
    ),
    "en": (
        "The phones of your health code were just changed at a registration counter. If that was "
        "not you, go to any counter with your card soon."
    ),
}


def phone_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a counter changed them, the unbound one too."""
    return _in_words(phone, _PHONE_TEXTS, language)


_CARD_TEXTS: Final = {
    "zh": (
        "登记窗口刚刚为您打印或作废了电子健康码卡，原来的卡立即失效。如果不是您本人办理，"
        "请尽快带证件到任一登记窗口。"
    ),
    "en": (
        "A registration counter just printed a health code card for you, or took one back; the card "
        "from before is worthless. If that was not you, go to any counter with your card soon."
    ),
}


def card_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a counter printed a card or took one back."""
    return _in_words(phone, _CARD_TEXTS, language)


_LINK_TEXTS: Final = {
    "zh": (
        "有人第一次打开了您分享的链接。请打开电子健康码查看是谁、何时；不是您想给的人，可以马上撤回。"
    ),
    "en": (
        "Somebody opened a link you shared for the first time. Open your health code to see when and "
        "who they said they are; you can take the link back at once."
    ),
}


def link_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a link was opened for the first time."""
    return _in_words(phone, _LINK_TEXTS, language)


_SEAL_TEXTS: Final = {
    "zh": (
        "您的电子健康档案已被依令临时封存，除您本人和紧急救治外谁也看不到。谁封存的、为什么、到何时，"
        "请打开电子健康码的“谁看过”。"
    ),
    "en": (
        "Your health record was sealed by order for a time: nobody but you and emergency care can "
        "see it. Open your health code and see “Who looked”: by whom, why and until when."
    ),
}

_BREACH_TEXTS: Final = {
    "zh": (
        "与您有关的健康信息可能已经泄露。泄露了哪些、原因、可能的危害、已采取的措施和您可以怎么做，"
        "请打开电子健康码查看。我们不会为此向您索要验证码或转账。"
    ),
    "en": (
        "Health information about you may have leaked. Open your health code to read what, why, "
        "what harm it may do, what was done and what you can do. Nobody will ask you for a code or "
        "money because of it."
    ),
}


def breach_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told of a leak: that there was one, and where it is told."""
    return _in_words(phone, _BREACH_TEXTS, language)


_TAKEN_BACK_TEXTS: Final = {
    "zh": (
        "因一起与您有关的信息泄露，为防止他人冒用，您的部分健康码凭证（打印的卡、证书或手机登录）已停用。"
        "哪些已停用、怎样重新领取，请打开电子健康码的“谁看过”。您作出的授权不变。"
    ),
    "en": (
        "Because of a leak that concerns you, some of what shows your health code (printed card, "
        "certificates or signed-in phones) no longer works, so that nobody else can use it. Open "
        "your health code and see “Who looked”. What you allowed stands."
    ),
}


def taken_back_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when codes were taken back after a leak."""
    return _in_words(phone, _TAKEN_BACK_TEXTS, language)


_UNSEAL_TEXTS: Final = {
    "zh": "对您电子健康档案的封存已经解除，您以前的授权恢复有效。详情请看“谁看过”。",
    "en": (
        "Your health record is no longer sealed; what you allowed before counts again. See “Who "
        "looked” for more."
    ),
}


def seal_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when the record was sealed by order: not why."""
    return _in_words(phone, _SEAL_TEXTS, language)


def unseal_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a seal was lifted or ended."""
    return _in_words(phone, _UNSEAL_TEXTS, language)


_DUTY_TEXT: Final = (
    "电子健康码值班提醒：有一次在场授权需要立即查看，请登录监管页面“当面作出的授权”。"
    " · On duty: an answer given in person needs you now; see the supervisor's pages."
)


def duty_notice(phone: Phone) -> Message:
    """What whoever is on duty for the region is told: neither who nor where nor what."""
    return Message(phone, _DUTY_TEXT)


_PROPOSAL_TEXTS: Final = {
    "zh": (
        "有机构请求您授权。请打开电子健康码查看是谁、为什么、看什么，同意或不同意由您决定；"
        "不回答也不影响就医。"
    ),
    "en": (
        "An institution asks for your consent. Open your health code to see who, why and what; "
        "yes or no is up to you, and no answer costs you no care."
    ),
}


def proposal_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a system proposes a consent: not who, nor what."""
    return _in_words(phone, _PROPOSAL_TEXTS, language)


_MERGE_TEXTS: Final = {
    "zh": (
        "登记窗口认定您有不止一份登记，现已合并查看。如果其中有不属于您的内容，"
        "请尽快到任一登记窗口撤销合并。"
    ),
    "en": (
        "A registration counter found that you are registered more than once; your entries are now "
        "seen together. If something in them is not yours, have it undone at any counter soon."
    ),
}

_UNMERGE_TEXTS: Final = {
    "zh": "您的登记曾与另一份登记合并查看，现已撤销合并，各自分开。详情请看“谁看过”。",
    "en": (
        "Your registration had been merged with another entry; that has been undone, and the two "
        "are separate again. See “Who looked” for more."
    ),
}


def merge_notice(phone: Phone, language: str) -> Message:
    """What the phones of merged entries are told; it names nobody and no other entry."""
    return _in_words(phone, _MERGE_TEXTS, language)


def unmerge_notice(phone: Phone, language: str) -> Message:
    """What the phones of entries are told that are separate again."""
    return _in_words(phone, _UNMERGE_TEXTS, language)


_OUTDATED_TEXTS: Final = {
    "zh": (
        "您以前给出的一份长期授权，因处理目的、方式或内容有变化，已自动结束。"
        "愿意的话，请打开电子健康码重新授权；不授权也不影响就医。"
    ),
    "en": (
        "A consent you gave ahead has ended by itself, because its purpose, manner or contents "
        "changed. If you like, give it anew in your health code; not doing so costs you no care."
    ),
}


def outdated_notice(phone: Phone, language: str) -> Message:
    """What a resident's phones are told when a consent ended because its notice was outdated."""
    return _in_words(phone, _OUTDATED_TEXTS, language)
