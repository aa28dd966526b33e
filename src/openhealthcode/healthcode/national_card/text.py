"""The card's codes as text: ``id:1`` static, ``id:0:time`` dynamic, ``id:9`` temporary.

The id is 64 digits of hexadecimal, the time 32. Written in capitals, read in either case.

Source: as ``trust.national_card``; ``docs/health-code-format.md``.
"""

from __future__ import annotations

import re
from typing import Final

from openhealthcode.healthcode.errors import UnreadableCode
from openhealthcode.healthcode.national_card.model import CardForm, NationalCard

_TEXT: Final = re.compile(r"([0-9A-F]{64}):(?:([19])|0:([0-9A-F]{32}))", re.ASCII | re.IGNORECASE)
_FORMS: Final = {"1": CardForm.STATIC, "9": CardForm.TEMPORARY}
_MARKS: Final = {form: mark for mark, form in _FORMS.items()}


def read(text: str) -> NationalCard:
    """Take a card's code apart.

    Raises:
        UnreadableCode: it is none, or is cut off.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise UnreadableCode
    card_id, mark, validity = found.groups()
    if mark is None:
        return NationalCard(CardForm.DYNAMIC, bytes.fromhex(card_id), bytes.fromhex(validity))
    return NationalCard(_FORMS[mark], bytes.fromhex(card_id))


def write(card: NationalCard) -> str:
    """The text of a code."""
    head = card.card_id.hex().upper()
    if card.form is CardForm.DYNAMIC:
        return f"{head}:0:{card.validity.hex().upper()}"
    return f"{head}:{_MARKS[card.form]}"
