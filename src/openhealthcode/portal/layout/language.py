"""The language a page speaks: what the person chose here, else what their browser asks for."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language every page, message and date exists in."""

    CHINESE = "zh-CN"
    ENGLISH = "en"


def choose(chosen: str | None, accepted: str) -> Language:
    """Decide the language of a page; Chinese when nothing better is known.

    Args:
        chosen: what the person picked on a page before, kept in a cookie.
        accepted: the browser's ``Accept-Language`` header.
    """
    if chosen in set(Language):
        return Language(chosen)
    for tag in _by_preference(accepted):
        primary = tag.partition("-")[0]
        if primary == "zh":
            return Language.CHINESE
        if primary == "en":
            return Language.ENGLISH
    return Language.CHINESE


def _by_preference(accepted: str) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for part in accepted[:400].split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if tag and weight > 0:
            weighted.append((weight, tag))
    # sorted is stable, so equal weights keep the browser's order
    return [tag for _, tag in sorted(weighted, key=lambda pair: -pair[0])]
