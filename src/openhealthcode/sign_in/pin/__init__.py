"""The resident's PIN (授权密码): six digits that prove who allows where no phone can.

Start with ``check``. There may be a second PIN for whoever is made to enter one (受迫密码); nothing
outside the seal tells whether there is. Wrong entries are counted over the PIN's whole life.
"""

from openhealthcode.sign_in.pin.check import check
from openhealthcode.sign_in.pin.choose import (
    Noting,
    Within,
    change,
    choose,
    choose_second,
    set_at_counter,
    standing,
)
from openhealthcode.sign_in.pin.model import (
    MOST_WRONG,
    NoPin,
    PinLocked,
    PinMatch,
    PinOver,
    PinStanding,
    PinUnsuitable,
    WrongPin,
)
from openhealthcode.sign_in.pin.rules import DIGITS, is_suitable

__all__ = [
    "DIGITS",
    "MOST_WRONG",
    "NoPin",
    "Noting",
    "PinLocked",
    "PinMatch",
    "PinOver",
    "PinStanding",
    "PinUnsuitable",
    "Within",
    "WrongPin",
    "change",
    "check",
    "choose",
    "choose_second",
    "is_suitable",
    "set_at_counter",
    "standing",
]
