"""Days, moments and ages as people say them, in the region's one official time.

The whole country keeps UTC+8 without summer time, so a fixed offset is exact
and needs no time-zone database on the machine.
"""

from __future__ import annotations

from datetime import date, datetime

from markupsafe import Markup

from openhealthcode.portal.layout.language import Language
from openhealthcode.standards import OFFICIAL_TIME, day_of

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_THIN_SPACE = "\u2009"


def day(value: date, language: Language, *, today: date) -> Markup:
    """A day; the year is named only when it is not this one."""
    return _element(value.isoformat(), _day_text(value, language, today))


def moment(value: datetime, language: Language, *, now: datetime) -> Markup:
    """A moment; today and yesterday are called so."""
    local, today = value.astimezone(OFFICIAL_TIME), day_of(now)
    words = _near_day(local.date(), language, today) or _day_text(local.date(), language, today)
    return _element(local.isoformat(timespec="seconds"), f"{words} {local:%H:%M}")


def exactly(value: datetime, language: Language) -> Markup:
    """A moment on paper, which is read in other years: with its year and to the minute."""
    local = value.astimezone(OFFICIAL_TIME)
    words = Markup("{} {:%H:%M}").format(
        known_day(f"{local:%Y-%m-%d}", language).striptags(), local
    )
    return _element(local.isoformat(timespec="seconds"), words)


def clock(value: datetime) -> Markup:
    """The time of day alone, where the day is plain from the context."""
    local = value.astimezone(OFFICIAL_TIME)
    return _element(local.isoformat(timespec="seconds"), f"{local:%H:%M}")


def until(value: datetime, language: Language, *, now: datetime) -> Markup:
    """An end: the time alone when it is today, else the moment."""
    is_today = day_of(value) == day_of(now)
    return clock(value) if is_today else moment(value, language, now=now)


def known_day(value: str, language: Language, *, with_year: bool = True) -> Markup:
    """A day as precisely as it is known: ``2019``, ``2019-05`` or ``2019-05-03``; else nothing."""
    try:
        numbers = [int(part) for part in value.split("-")]
        date(*[*numbers, 1, 1][:3])
    except (ValueError, TypeError):
        return Markup()
    year, month, day_of_month = (*numbers, 0, 0)[:3]
    year = year if with_year else 0
    if language is Language.CHINESE:
        units = zip((year, month, day_of_month), "年月日", strict=True)
        words = _THIN_SPACE.join(f"{number}{_THIN_SPACE}{unit}" for number, unit in units if number)
    else:
        named = (day_of_month, _MONTHS[month - 1] if month else "", year)
        words = " ".join(str(part) for part in named if part)
    return _element(value, words)


def age(birth: date, *, today: date) -> int:
    """Completed years of life; somebody born on 29 February turns older on 1 March."""
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _day_text(value: date, language: Language, today: date) -> str:
    same_year = value.year == today.year
    if language is Language.CHINESE:
        pieces = [] if same_year else [f"{value.year}", "年"]
        pieces += [f"{value.month}", "月", f"{value.day}", "日"]
        return _THIN_SPACE.join(pieces)
    return f"{value.day} {_MONTHS[value.month - 1]}" + ("" if same_year else f" {value.year}")


def _near_day(value: date, language: Language, today: date) -> str | None:
    ago = (today - value).days
    words = {
        Language.CHINESE: {-1: "明天", 0: "今天", 1: "昨天"},
        Language.ENGLISH: {-1: "tomorrow", 0: "today", 1: "yesterday"},
    }
    return words[language].get(ago)


def _element(machine: str, words: str) -> Markup:
    return Markup('<time class="keep" datetime="{}">{}</time>').format(machine, words)
