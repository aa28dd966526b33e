"""How the demonstration's residents answer without a phone: their PINs, and one second PIN."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from openhealthcode.database import Pool
from openhealthcode.sign_in import pin
from openhealthcode.standards.ids import ResidentId
from openhealthcode.trust import Keys


@dataclass(frozen=True, slots=True)
class Pins:
    """The digits a visitor may type for somebody who does not exist."""

    own: str
    second: str = ""
    """For whoever is made to enter one; empty where there is none."""


PINS: Final[Mapping[str, Pins]] = MappingProxyType(
    {
        "li-chunlan": Pins("480271", "739105"),
        "zhang-guoqiang": Pins("628504"),
        "zhou-deshan": Pins("917346"),
    }
)
"""By key of the resident."""
NOBODYS: Final = Pins("")


async def choose_pins(pool: Pool, keys: Keys, residents: Mapping[str, ResidentId]) -> None:
    """Set the PINs, as each did on a phone or at a counter; once in the life of an installation."""
    for key, pins in PINS.items():
        resident_id = residents[key]
        if await pin.standing(pool, resident_id) is not None:
            continue
        await pin.choose(pool, keys, resident_id, pins.own)
        if pins.second:
            await pin.choose_second(pool, keys, resident_id, pins.own, pins.second)
