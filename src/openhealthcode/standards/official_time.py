"""The one official time: the whole country keeps UTC+8 without summer time, so a fixed offset is exact."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Final

OFFICIAL_TIME: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
"""北京时间."""


def day_of(at: datetime) -> date:
    """The day it is, for people here, at a moment."""
    return at.astimezone(OFFICIAL_TIME).date()
