"""One entry as a document to print and to keep: the same words as on its page."""

from __future__ import annotations

from datetime import UTC, datetime

from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.dates import exactly, known_day
from openhealthcode.portal.layout.messages import Catalogue, catalogue
from openhealthcode.portal.layout.safe_text import inert
from openhealthcode.portal.paper import Printed, copy_number, typeset
from openhealthcode.portal.resident.record.views import EntryView, VersionView


async def print_entry(entry: EntryView, name: str, number: str, language: Language) -> Printed:
    """Set an entry; that it was taken has been logged.

    Args:
        entry: as its page shows it.
        name: whose it is.
        number: the copy's own, which a found one is traced by.
        language: of the words around it.

    Raises:
        PrintingNotInstalled, NotPrinted: as ``typeset`` says.
    """
    said, made_at = catalogue(language), datetime.now(UTC)
    newest = entry.versions[0]
    facts = [
        ("whose", inert(name)),
        ("when", _day(entry.when, language)),
        ("institution", inert(entry.institution)),
        ("author", inert(entry.author)),
        ("kind", said.plain(f"layout.category.{entry.category}")),
        ("filed", _filed(newest, said)),
        ("made", _moment(made_at, language)),
    ]
    values: dict[str, object] = {
        "title": inert(entry.title),
        "lead": inert(entry.detail),
        "warning": said.plain("record.entry.error") if entry.is_error else "",
        "facts": [
            {"label": said.plain(f"record.paper.{key}"), "value": value}
            for key, value in facts
            if value
        ],
        "passages": [
            {
                "heading": inert(one.heading),
                "paragraphs": [inert(text) for text in one.paragraphs],
                "values": [
                    {"label": inert(label), "value": inert(value)} for label, value in one.values
                ],
            }
            for one in entry.passages
        ],
        "named": {
            "heading": said.plain("record.entry.named"),
            "rows": [
                {"label": inert(one.title), "value": inert(one.detail)} for one in entry.named
            ],
        },
        "unprinted": said.plain("paper.unprinted"),
        "foot": said.plain("record.paper.foot"),
        **copy_number(number),
    }
    return await typeset("entry", values, language=language, made_at=made_at)


def _filed(version: VersionView, said: Catalogue) -> str:
    return said.plain(
        "record.paper.version",
        number=version.number,
        when=_moment(version.filed_at, said.language),
    )


def _day(value: str, language: Language) -> str:
    return str(known_day(value, language).striptags()) if value else ""


def _moment(value: datetime, language: Language) -> str:
    return str(exactly(value, language).striptags())
