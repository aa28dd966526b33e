"""What a list of some age is still good for: the one table, for every desk and every partner."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import Final

from openhealthcode.trust.trust_list import Freshness


class CodeAim(StrEnum):
    """What a desk wants of a code that it can check without network."""

    IDENTIFY = "identify"
    SETTLE = "settle"
    PAY = "pay"


class Reliance(Enum):
    """Whether what a list says may be relied on."""

    FULL = "full"
    MARKED = "marked"
    """Yes, and the screen says that the list is old."""
    NONE = "none"


POLICY: Final[Mapping[Freshness, Mapping[CodeAim, Reliance]]] = MappingProxyType(
    {
        Freshness.FRESH: {
            CodeAim.IDENTIFY: Reliance.FULL,
            CodeAim.SETTLE: Reliance.FULL,
            CodeAim.PAY: Reliance.FULL,
        },
        Freshness.MARKED: {
            CodeAim.IDENTIFY: Reliance.MARKED,
            CodeAim.SETTLE: Reliance.NONE,
            CodeAim.PAY: Reliance.NONE,
        },
        Freshness.OVER: {
            CodeAim.IDENTIFY: Reliance.NONE,
            CodeAim.SETTLE: Reliance.NONE,
            CodeAim.PAY: Reliance.NONE,
        },
    }
)


def reliance(freshness: Freshness, aim: CodeAim) -> Reliance:
    """How far a list of this freshness is relied on for this."""
    return POLICY[freshness][aim]
