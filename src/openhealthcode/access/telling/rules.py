"""When a look is told. Pure: no clock, no database."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

from openhealthcode.access.telling.model import About, Looked, NoticeChoice
from openhealthcode.standards import OFFICIAL_TIME, day_of

_EVENING: Final = time(20, tzinfo=OFFICIAL_TIME)


def told_at(choice: NoticeChoice, looked: Looked) -> datetime | None:
    """From when on a look is to be told; nothing if it is not to be."""
    if choice.about is About.EMERGENCY:
        return None
    if choice.about is About.DAILY:
        return None if looked.is_refused else _evening_after(looked.at)
    is_unusual = looked.is_refused or not looked.has_code
    if choice.about is About.UNUSUAL and not is_unusual:
        return None
    return after_quiet(choice, looked.at)


def after_quiet(choice: NoticeChoice, at: datetime) -> datetime:
    """The same moment, or the end of the quiet hours it falls into."""
    if not choice.has_quiet_hours:
        return at
    local = at.astimezone(OFFICIAL_TIME)
    if not is_quiet(choice, local.hour):
        return at
    end = datetime.combine(local.date(), time(choice.quiet_until), OFFICIAL_TIME)
    return end if end > local else end + timedelta(days=1)


def is_quiet(choice: NoticeChoice, hour: int) -> bool:
    """Whether an hour of the day is quiet; quiet hours may go over midnight."""
    if choice.quiet_from <= choice.quiet_until:
        return choice.quiet_from <= hour < choice.quiet_until
    return hour >= choice.quiet_from or hour < choice.quiet_until


def _evening_after(at: datetime) -> datetime:
    evening = datetime.combine(day_of(at), _EVENING)
    return evening if evening > at else evening + timedelta(days=1)
