"""The whole record as a document to print and to keep: the same words as on the page."""

from __future__ import annotations

from datetime import datetime

from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.dates import exactly, known_day
from openhealthcode.portal.layout.messages import Catalogue, catalogue
from openhealthcode.portal.layout.safe_text import inert
from openhealthcode.portal.paper import Printed, copy_number, typeset
from openhealthcode.portal.resident.views import CategoryView, CopyView


async def print_copy(copy: CopyView, language: Language) -> Printed:
    """Set a record; who it is handed to has been verified and the copy logged.

    Raises:
        PrintingNotInstalled, NotPrinted: as ``typeset`` says.
    """
    said = catalogue(language)
    values: dict[str, object] = {
        "title": said.plain("rights.document.title"),
        "lead": said.plain("rights.document.lead", count=copy.total),
        "facts": _facts(copy, said),
        "columns": [said.plain(f"rights.document.{name}") for name in ("when", "what", "who")],
        "categories": [_category(one, said) for one in copy.categories],
        "empty": said.plain("rights.document.empty"),
        "unprinted": said.plain("paper.unprinted"),
        "foot": said.plain("paper.record.foot"),
        **copy_number(copy.number),
    }
    return await typeset("record", values, language=language, made_at=copy.made_at)


def _facts(copy: CopyView, said: Catalogue) -> list[dict[str, str]]:
    language = said.language
    facts = [("name", inert(copy.name))]
    if copy.birth_date:
        facts.append(("born", _day(copy.birth_date.isoformat(), language)))
    labelled = [(said.plain(f"rights.document.{kind}"), value) for kind, value in facts]
    for kind, value in copy.facts:
        is_word = kind == "sex"
        text = said.plain(f"rights.document.is.{value}") if is_word else inert(value)
        labelled.append((said.plain(f"rights.document.fact.{kind}"), text))
    labelled.append((said.plain("rights.document.made"), _moment(copy.made_at, language)))
    labelled.append((said.plain("rights.document.log"), str(copy.log_number)))
    return [{"label": label, "value": value} for label, value in labelled]


def _category(line: CategoryView, said: Catalogue) -> dict[str, object]:
    return {
        "title": said.plain(f"layout.category.{line.category}"),
        "items": [
            {
                "when": _day(item.when, said.language),
                "title": inert(item.title),
                "detail": inert(item.detail),
                "source": inert(item.source),
            }
            for item in line.items
        ],
    }


def _day(value: str, language: Language) -> str:
    return str(known_day(value, language).striptags()) if value else ""


def _moment(value: datetime, language: Language) -> str:
    return str(exactly(value, language).striptags())
