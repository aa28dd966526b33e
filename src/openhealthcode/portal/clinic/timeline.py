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

_GATHERED: Final = {
    "Observation": "results",
    "DiagnosticReport": "results",
    "MedicationRequest": "prescribed",
    "MedicationDispense": "dispensed",
}
"""Types of which one sitting makes one line, and which belong to the same line."""
_RESULTS: Final = frozenset({RecordCategory.LABORATORY, RecordCategory.VITAL_SIGNS})
# Of one day and one institution: first the visit, then what was found, then what was given.
_PLACES: Final = {
    RecordCategory.ENCOUNTERS: 0,
    RecordCategory.CONDITIONS: 1,
    RecordCategory.ALLERGIES: 1,
    RecordCategory.VITAL_SIGNS: 2,
    RecordCategory.LABORATORY: 3,
    RecordCategory.IMAGING: 3,
    RecordCategory.MEDICATION: 5,
    RecordCategory.TRADITIONAL_MEDICINE: 5,
}
_ELSEWHERE: Final = 4


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
    lines = sorted(_lines(entries, language), key=lambda line: (line.source, _place(line)))
    lines.sort(key=lambda line: line.when, reverse=True)
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
            small=draw(result, width=96, height=28, margin=4),
            large=draw(result, width=560, height=128, margin=24, foot=20),
        )
        for result in summary.results[:MOST_TRENDS]
    )


def _place(line: EntryView) -> int:
    return _PLACES.get(line.category, _ELSEWHERE)


def _lines(entries: Sequence[Shown], language: Language) -> Iterable[EntryView]:
    sittings: dict[tuple[str, ...], list[tuple[Shown, PlainEntry]]] = {}
    for shown in entries:
        plain = describe_plainly(shown.resource, language, shown.category)
        kind = _GATHERED.get(str(shown.resource.get("resourceType")), "")
        if not plain.when or not kind or (kind == "results" and shown.category not in _RESULTS):
            yield _line(shown, plain)
        else:
            key = (plain.when, shown.source, shown.category, kind)
            sittings.setdefault(key, []).append((shown, plain))
    for (_, _, _, kind), sitting in sittings.items():
        if len(sitting) == 1:
            yield _line(*sitting[0])
        elif kind == "results":
            yield _results(sitting, language)
        else:
            yield _medicines(sitting, kind)


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


def _results(sitting: Sequence[tuple[Shown, PlainEntry]], language: Language) -> EntryView:
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


def _medicines(sitting: Sequence[tuple[Shown, PlainEntry]], kind: str) -> EntryView:
    first, plain = sitting[0]
    values = tuple(Measured(one.title, one.detail) for _, one in sitting)
    return EntryView(
        category=first.category,
        gathered=kind,
        title="",
        values=values,
        when=plain.when,
        source=first.source,
        by=next((one.by for _, one in sitting if one.by not in ("", first.source)), ""),
        initials=initials_of(" ".join(value.name for value in values)),
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
