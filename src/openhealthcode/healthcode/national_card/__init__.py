"""The national electronic health card (电子健康卡): its codes are read and made for existing scanners.

Its static code is one number for life, which anybody who saw it can show again; the time in its
dynamic code is bound to no card. So a scan of one identifies and opens nothing, and of the dynamic
ones only those are taken that were made here, for this card, once (ADR 33). Start with ``text`` (what
the codes look like), then ``emit`` and ``redeem``.
"""

from openhealthcode.healthcode.national_card.emit import (
    Emitted,
    emit,
    emit_temporary,
    is_linked,
    link,
    unlink,
)
from openhealthcode.healthcode.national_card.main_index import (
    MainIndexRule,
    choose_main_index,
    main_index_rule,
)
from openhealthcode.healthcode.national_card.model import (
    CODE_SECONDS,
    TEMPORARY_DAYS,
    CardForm,
    CardHolder,
    NationalCard,
    NoCardForCertificate,
    NoTimeLeft,
    SplicedCode,
    UnknownCard,
)
from openhealthcode.healthcode.national_card.redeem import examine_card, spend_card
from openhealthcode.healthcode.national_card.store import purge_card_codes
from openhealthcode.healthcode.national_card.text import read, write

__all__ = [
    "CODE_SECONDS",
    "TEMPORARY_DAYS",
    "CardForm",
    "CardHolder",
    "Emitted",
    "MainIndexRule",
    "NationalCard",
    "NoCardForCertificate",
    "NoTimeLeft",
    "SplicedCode",
    "UnknownCard",
    "choose_main_index",
    "emit",
    "emit_temporary",
    "examine_card",
    "is_linked",
    "link",
    "main_index_rule",
    "purge_card_codes",
    "read",
    "spend_card",
    "unlink",
    "write",
]
