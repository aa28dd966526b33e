"""From the entries that were shown to the clinician's record page. Pure: no clock, no database.

Results of one sitting (one institution, one day) are one line: a full blood count is one thing
that happened, not twelve.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any, Final

from openhealthcode.portal.clinic.chart import draw
from openhealthcode.portal.clinic.views import (
    EntryView,
    Measured,
    TimelineView,
    TrendView,
    YearView,
)
from openhealthcode.record.plain import (
    Language,
    PlainEntry,
    describe_plainly,
    flag_of,
    initials_of,
    observed_value,
    text_matches,
)
from openhealthcode.record.summary import Summary
from openhealthcode.standards import RecordCategory

MOST_TRENDS: Final = 12
"""Results shown above the timeline; all of them are in the timeline."""

_GATHERED: Final = frozenset({RecordCategory.LABORATORY, RecordCategory.VITAL_SIGNS})
_GATHERED_TYPES: Final = frozenset({"Observation", "DiagnosticReport"})


@dataclass(frozen=True, slots=True)
class Shown:
    """One disclosed entry: its resource, the category it was filed under, its institution's name."""

    resource: dict[str, Any] = field(repr=False)
    category: RecordCategory
    source: str


def timeline_of(
    entries: Sequence[Shown],
    language: Language,
    *,
    birth_date: date | None,
    chosen: RecordCategory | None = None,
    query: str = "",
) -> TimelineView:
    """Gather, order, filter and search; newest first, what has no date last.

    Args:
        entries: exactly what was disclosed.
        language: the language of plain words.
        birth_date: for the age beside each year.
        chosen: only this category.
        query: only entries with all these words, Chinese also by pinyin.
    """
    lines = sorted(_lines(entries, language), key=lambda line: line.when, reverse=True)
    counts = Counter(line.category for line in lines)
    found = [
        line
        for line in lines
        if (chosen is None or line.category is chosen) and _matches(line, query)
    ]
    return TimelineView(
        total=len(lines),
        found=len(found),
        counts=tuple(
            (category, counts[category]) for category in RecordCategory if counts[category]
        ),
        chosen=chosen,
        query=query,
        years=tuple(_years(found, birth_date)),
    )


def trends_of(summary: Summary) -> tuple[TrendView, ...]:
    """The most telling results with their drawings."""
    return tuple(
        TrendView(
            result=result,
            small=draw(result, width=112, height=28, margin=4),
            large=draw(result, width=560, height=128, margin=24, foot=20),
        )
        for result in summary.results[:MOST_TRENDS]
    )


def _lines(entries: Sequence[Shown], language: Language) -> Iterable[EntryView]:
    sittings: dict[tuple[str, str, RecordCategory], list[tuple[Shown, PlainEntry]]] = {}
    for shown in entries:
        plain = describe_plainly(shown.resource, language, shown.category)
        if shown.category in _GATHERED and shown.resource.get("resourceType") in _GATHERED_TYPES:
            sittings.setdefault((plain.when, shown.source, shown.category), []).append(
                (shown, plain)
            )
        else:
            yield _line(shown, plain)
    for sitting in sittings.values():
        yield _line(*sitting[0]) if len(sitting) == 1 else _gathered(sitting, language)


def _line(shown: Shown, plain: PlainEntry) -> EntryView:
    return EntryView(
        category=shown.category,
        title=plain.title,
        detail=plain.detail,
        when=plain.when,
        source=shown.source,
        by="" if plain.by == shown.source else plain.by,
        initials=initials_of(plain.title),
    )


def _gathered(sitting: Sequence[tuple[Shown, PlainEntry]], language: Language) -> EntryView:
    first = sitting[0][0]
    reports = [plain for shown, plain in sitting if shown.resource["resourceType"] != "Observation"]
    conclusions = [plain.detail for shown, plain in sitting if shown.resource.get("conclusion")]
    values = tuple(
        Measured(plain.title, observed_value(shown.resource, language), flag_of(shown.resource))
        for shown, plain in sitting
        if shown.resource["resourceType"] == "Observation"
    )
    titles = dict.fromkeys(plain.title for plain in reports)
    comma = "、" if language == "zh-CN" else ", "
    title = comma.join(titles)
    return EntryView(
        category=first.category,
        title=title,
        detail="；".join(conclusions) if language == "zh-CN" else "; ".join(conclusions),
        values=tuple(sorted(values, key=lambda value: value.flag in ("", "negative"))),
        when=sitting[0][1].when,
        source=first.source,
        by=next((plain.by for _, plain in sitting if plain.by not in ("", first.source)), ""),
        initials=initials_of(title + " ".join(value.name for value in values)),
    )


def _matches(line: EntryView, query: str) -> bool:
    if not query.strip():
        return True
    values = " ".join(f"{value.name} {value.value}" for value in line.values)
    text = f"{line.title} {line.detail} {values} {line.source} {line.by} {line.when}"
    return text_matches(text, query)


def _years(lines: Sequence[EntryView], birth_date: date | None) -> Iterable[YearView]:
    for year, members in groupby(lines, key=lambda line: line.when[:4]):
        age = int(year) - birth_date.year if year and birth_date else None
        yield YearView(
            year=year, age=age if age is not None and age >= 0 else None, entries=tuple(members)
        )
