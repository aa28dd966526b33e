"""Text written by others, made unable to disturb the page around it.

HTML is escaped by the templates; what remains is Unicode that reorders or
hides its neighbours: a name holding a right-to-left override could make
"refused" read as something else.

Source: Unicode UAX #9 (bidirectional formatting characters), UTR #36 section 2.
"""

from __future__ import annotations

import unicodedata

_REORDERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def inert(text: str) -> str:
    """Drop control and reordering characters; line ends and tabs become spaces."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(filter(None, map(_harmless, text)))


def _harmless(character: str) -> str:
    if character in "\n\r\t\u2028\u2029":
        return " "
    if character in _REORDERING or unicodedata.category(character) in {"Cc", "Cs"}:
        return ""
    return character


def masked_name(name: str) -> str:
    """A name somebody who knows the person recognises and nobody else learns: ``李**``."""
    shown = inert(name).strip()
    return shown[:1] + "*" * min(max(len(shown) - 1, 1), 3)
