"""What one health code is used for (一码多用): each use has terminals of its own."""

from __future__ import annotations

from enum import StrEnum


class CodeUse(StrEnum):
    """A use of a code, and at the same time the role of a terminal that may ask for it."""

    TREAT = "treat"
    """Care (就诊): a request to see the record, which the resident answers."""
    SETTLE = "settle"
    """Settlement with the insurer (医保结算)."""
    PAY = "pay"
    """Payment (支付)."""
    EMERGENCY = "emergency"
    """The override of somebody who cannot answer (急救)."""

    @property
    def is_health(self) -> bool:
        """Whether it leads to a record."""
        return self in {CodeUse.TREAT, CodeUse.EMERGENCY}
