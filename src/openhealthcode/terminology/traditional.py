"""Tell entries of traditional Chinese medicine (中医) from the rest of a record."""

from __future__ import annotations

import re
from collections.abc import Iterable

from openhealthcode.terminology.systems import TRADITIONAL_DISEASES

_SYSTEMS = frozenset(
    {
        TRADITIONAL_DISEASES,
        "urn:oid:2.16.156.10011.2.3.1.157",  # how a herbal drug is used (中药使用类别代码)
    }
)
# The approval number's letter Z marks a Chinese medicine (国药准字Z).
_WORDS = re.compile(
    r"中医|中药|中成药|饮片|草药|方剂|汤剂|针灸|针刺|艾灸|拔罐|推拿|刮痧|耳穴|国药准字\s*Z"
    r"|藏药|蒙药|维药|苗药|壮药|acupuncture|moxibustion|traditional chinese",
    re.IGNORECASE,
)


def is_traditional(codings: Iterable[tuple[str, str]], texts: Iterable[str]) -> bool:
    """Whether codes or words place an entry in traditional medicine.

    Args:
        codings: (system, code) pairs.
        texts: displays, titles and free text of the entry.
    """
    return any(system in _SYSTEMS for system, _ in codings) or any(
        _WORDS.search(text) for text in texts
    )
