"""Orders that seal records: placed by one supervisor at once, lifted by two, over by themselves.

Whose records they are only ``access`` knows; here is who ordered, why, until when and how many.
Start with ``order.place``.
"""

from openhealthcode.supervision.sealing.model import (
    MOST_NAMED,
    NotToLift,
    Order,
    OrderState,
    state_of,
)
from openhealthcode.supervision.sealing.order import (
    Why,
    ask_to_lift,
    end_due,
    examine,
    lift,
    order,
    orders,
    place,
    place_again,
)

__all__ = [
    "MOST_NAMED",
    "NotToLift",
    "Order",
    "OrderState",
    "Why",
    "ask_to_lift",
    "end_due",
    "examine",
    "lift",
    "order",
    "orders",
    "place",
    "place_again",
    "state_of",
]
