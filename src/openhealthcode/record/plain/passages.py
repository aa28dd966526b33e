"""An entry as a page to read: its paragraphs, its values, the papers inside it.

Where ``describe`` says in one line what an entry is, this says everything its resident can read of
it. Text of others is inert here as there; a picture or a PDF inside an entry is named, not shown.
"""

from __future__ import annotations

import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from openhealthcode.record.plain.concept import name_of
from openhealthcode.record.plain.dates import day_of, day_text
from openhealthcode.record.plain.dosage import dosage_text, instructions_of
from openhealthcode.record.plain.fields import (
    Json,
    choice_of,
    mapping_of,
    mappings_of,
    number_of,
    text_of,
)
from openhealthcode.record.plain.findings import observed_value
from openhealthcode.record.plain.quantity import number_text, quantity_text, range_text, span_text
from openhealthcode.record.plain.words import Language, joined, listed, word

LONGEST_PARAGRAPH: Final = 4000
_MOST_PARAGRAPHS: Final = 200
_MOST_LEVELS: Final = 8
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol"}
)
_NOTED: Final = frozenset({"Condition", "Procedure"})
"""Types whose notes stand in the line that says what they are, if they are few and short."""
_NOTES_IN_A_LINE: Final = 2
_IN_A_LINE: Final = 160
_CELLS: Final = frozenset({"td", "th"})
# Read in one pass, however broken: the library's reader takes a minute for 80,000 hostile characters.
_TOKEN: Final = re.compile("<[^<>]*>|[^<]+|<")
_TAG: Final = re.compile("<(/?)([A-Za-z][A-Za-z0-9]*)[^<>]*>")
_UNREAD: Final = frozenset({"script", "style"})


@dataclass(frozen=True, slots=True)
class Passage:
    """One part of an entry: a heading, paragraphs, and values by their names."""

    heading: str = field(default="", repr=False)
    paragraphs: tuple[str, ...] = field(default=(), repr=False)
    values: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.paragraphs and not self.values


@dataclass(frozen=True, slots=True)
class Paper:
    """A picture or a PDF inside an entry, as its author made it.

    Args:
        title: the author's own; "" without one.
        media_type: what it is by its first bytes, which is also what it says to be.
        data: its bytes.
    """

    title: str = field(repr=False)
    media_type: str
    data: bytes = field(repr=False)


_FIRST_BYTES: Final = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""What is handed on; a file that begins otherwise than it says is nothing of the kind."""


def papers_in(resource: Json) -> tuple[Paper, ...]:
    """The papers inside a document or a report, in their order; what lies elsewhere is not fetched."""
    held = [
        *(mapping_of(one.get("attachment")) for one in mappings_of(resource.get("content"))),
        *mappings_of(resource.get("presentedForm")),
    ]
    if resource.get("resourceType") not in {"DocumentReference", "DiagnosticReport"}:
        return ()
    return tuple(paper for one in held if (paper := _paper(one)) is not None)


def _paper(attachment: Json) -> Paper | None:
    media_type = text_of(attachment.get("contentType"), 60).partition(";")[0].strip().lower()
    beginning = _FIRST_BYTES.get(media_type)
    data = _bytes(attachment.get("data")) if beginning else b""
    if beginning is None or not data.startswith(beginning):
        return None
    return Paper(text_of(attachment.get("title"), 120), media_type, data)


def passages_of(resource: Json, language: Language) -> tuple[Passage, ...]:
    """Everything of an entry that can be read, in the order in which it was written.

    Never fails: what is missing is left out, what is unknown is passed over.
    """
    read = _TYPES.get(str(resource.get("resourceType")))
    found = [*(read(resource, language) if read else ()), _notes(resource, language)]
    return tuple(one for one in found if not one.is_empty)


def named_in(resource: Json) -> tuple[str, ...]:
    """The local references of what a report or a document consists of, ``type/id``, once each."""
    if resource.get("resourceType") == "DiagnosticReport":
        named: Iterable[object] = mappings_of(resource.get("result"))
    elif resource.get("resourceType") == "Composition":
        sections = [section for section, _ in _sections(resource)]
        named = (one for section in sections for one in mappings_of(section.get("entry")))
    else:
        return ()
    references = (text_of(mapping_of(one).get("reference"), 120) for one in named)
    return tuple(dict.fromkeys(one for one in references if one.count("/") == 1))


def _document(resource: Json, language: Language) -> Iterator[Passage]:
    yield _paragraphs("", text_of(resource.get("description"), LONGEST_PARAGRAPH))
    for content in mappings_of(resource.get("content")):
        yield _attachment(mapping_of(content.get("attachment")), language)


def _attachment(attachment: Json, language: Language) -> Passage:
    title = text_of(attachment.get("title"), 120)
    media = text_of(attachment.get("contentType"), 60)
    if media.startswith("text/plain"):
        return Passage(title, tuple(_lines(_decoded(attachment.get("data")))))
    if media.startswith(("text/html", "application/xhtml")):
        return Passage(title, tuple(_of_markup(_decoded(attachment.get("data")))))
    if not (title or media):
        return Passage()
    size = number_of(attachment.get("size"))
    told = [
        media,
        word("page.kilobytes", language, count=max(round(size / 1000), 1)) if size else "",
    ]
    named = title or word("page.attachment", language)
    return Passage(values=((named, joined(told, language) or "—"),))


def _composition(resource: Json, language: Language) -> Iterator[Passage]:
    for section, _ in _sections(resource):
        heading = text_of(section.get("title"), 120) or name_of(section.get("code"), language)
        yield Passage(heading, tuple(_of_markup(mapping_of(section.get("text")).get("div"))))


def _sections(resource: Json) -> Iterator[tuple[Json, int]]:
    waiting = [(one, 0) for one in mappings_of(resource.get("section"))][::-1]
    while waiting:
        section, level = waiting.pop()
        yield section, level
        if level < _MOST_LEVELS:
            inner = [(one, level + 1) for one in mappings_of(section.get("section"))]
            waiting += inner[::-1]


def _report(resource: Json, language: Language) -> Iterator[Passage]:
    conclusion = text_of(resource.get("conclusion"), LONGEST_PARAGRAPH)
    codes = [name_of(code, language) for code in mappings_of(resource.get("conclusionCode"))]
    yield Passage(
        word("page.conclusion", language), tuple(one for one in (conclusion, *codes) if one)
    )
    for form in mappings_of(resource.get("presentedForm")):
        yield _attachment(form, language)


def _observation(resource: Json, language: Language) -> Iterator[Passage]:
    values = [(name_of(resource.get("code"), language), observed_value(resource, language))]
    if "component" in resource:
        values = [
            (name_of(part.get("code"), language), observed_value(part, language))
            for part in mappings_of(resource["component"])
            if "component" not in part
        ]
    ranges = (range_text(one, language) for one in mappings_of(resource.get("referenceRange")))
    method = name_of(resource.get("method"), language)
    yield Passage(
        values=tuple(
            (name, value)
            for name, value in (
                *values,
                *((word("page.reference", language), one) for one in ranges),
                (word("page.method", language), method),
            )
            if name and value
        )
    )


def _medication(resource: Json, language: Language) -> Iterator[Passage]:
    doses = [dosage_text(dosage, language) for dosage in instructions_of(resource)]
    supply = mapping_of(resource.get("dispenseRequest"))
    amount = quantity_text(supply.get("quantity") or resource.get("quantity"), language)
    span = span_text(supply.get("expectedSupplyDuration") or resource.get("daysSupply"), language)
    reasons = [name_of(one, language) for one in mappings_of(resource.get("reasonCode"))]
    yield Passage(
        values=tuple(
            (word(f"page.{key}", language), value)
            for key, value in (
                *(("dose", dose) for dose in doses),
                ("amount", amount),
                ("supply", span),
                *(("reason", reason) for reason in reasons),
            )
            if value
        )
    )


def _immunisation(resource: Json, language: Language) -> Iterator[Passage]:
    expires = day_of(resource.get("expirationDate"))
    yield Passage(
        values=tuple(
            (word(f"page.{key}", language), value)
            for key, value in (
                ("maker", text_of(mapping_of(resource.get("manufacturer")).get("display"), 80)),
                ("lot", text_of(resource.get("lotNumber"), 40)),
                ("expires", day_text(expires, language) if expires else ""),
                ("amount", quantity_text(resource.get("doseQuantity"), language)),
                ("site", name_of(resource.get("site"), language)),
            )
            if value
        )
    )


def _answers(resource: Json, language: Language) -> Iterator[Passage]:
    values: list[tuple[str, str]] = []
    waiting = [*mappings_of(resource.get("item"))][::-1]
    while waiting and len(values) < _MOST_PARAGRAPHS:
        item = waiting.pop()
        question = text_of(item.get("text"), 240) or text_of(item.get("linkId"), 60)
        answers = [*mappings_of(item.get("answer"))]
        said = [one for answer in answers if (one := _answer(answer, language))]
        if question and said:
            values.append((question, listed(said, language)))
        inner = [one for answer in answers for one in mappings_of(answer.get("item"))]
        waiting += [*mappings_of(item.get("item")), *inner][::-1]
    yield Passage(values=tuple(values))


def _answer(answer: Json, language: Language) -> str:
    key, value = choice_of(answer, "value")
    if key == "valueBoolean":
        return word("result.yes" if value is True else "result.no", language)
    if key == "valueQuantity":
        return quantity_text(value, language)
    number = number_of(value)
    if number is not None:
        return number_text(number)
    if key.startswith("valueDate"):
        return day_text(day_of(value), language) if day_of(value) else ""
    return text_of(value) if isinstance(value, str) else name_of(value, language)


def _plan(resource: Json, language: Language) -> Iterator[Passage]:
    yield _paragraphs("", text_of(resource.get("description"), LONGEST_PARAGRAPH))
    details = [mapping_of(one.get("detail")) for one in mappings_of(resource.get("activity"))]
    told = [
        text_of(one.get("description")) or name_of(one.get("code"), language) for one in details
    ]
    yield Passage(word("page.activities", language), tuple(one for one in told if one))


def _message(resource: Json, _language: Language) -> Iterator[Passage]:
    contents = [
        text_of(one.get("contentString"), LONGEST_PARAGRAPH)
        for one in mappings_of(resource.get("payload"))
    ]
    yield Passage(paragraphs=tuple(one for one in contents if one))


def _notes(resource: Json, language: Language) -> Passage:
    notes = [
        text_of(one.get("text"), LONGEST_PARAGRAPH) for one in mappings_of(resource.get("note"))
    ]
    said = resource.get("resourceType") in _NOTED and all(len(one) <= _IN_A_LINE for one in notes)
    if said and len(notes) <= _NOTES_IN_A_LINE:
        return Passage()
    return Passage(word("page.notes", language), tuple(one for one in notes if one))


def _paragraphs(heading: str, text: str) -> Passage:
    return Passage(heading, (text,) if text else ())


def _bytes(data: object) -> bytes:
    if not isinstance(data, str):
        return b""
    try:
        return b64decode(data, validate=True)
    except (NotBase64, ValueError):
        return b""


def _decoded(data: object) -> str:
    try:
        return _bytes(data).decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _lines(text: str) -> list[str]:
    lines = (text_of(line, LONGEST_PARAGRAPH) for line in text.splitlines()[: _MOST_PARAGRAPHS * 2])
    return [line for line in lines if line][:_MOST_PARAGRAPHS]


def _of_markup(markup: object) -> list[str]:
    """The text of a narrative, a block a line; its markup stays behind, well-formed or not."""
    if not isinstance(markup, str):
        return []
    told: list[str] = []
    unread = ""  # the element whose content is no text, while it is open
    for token in _TOKEN.findall(_without_comments(markup[: LONGEST_PARAGRAPH * 20])):
        tag = _TAG.match(token)
        if tag is None:
            if not unread and not token.startswith(("<!", "<?")):
                told.append(unescape(token.replace("\n", " ")))
            continue
        is_end, name = tag.group(1) == "/", tag.group(2).lower()
        if unread or name in _UNREAD:
            unread = "" if is_end and unread in ("", name) else unread or name
        elif name in _BLOCKS:
            told.append("\n")
        elif name in _CELLS and not is_end:
            told.append("  ")
    return _lines("".join(told))


def _without_comments(markup: str) -> str:
    kept, at = [], 0
    while (start := markup.find("<!--", at)) >= 0 and (end := markup.find("-->", start + 4)) >= 0:
        kept.append(markup[at:start])
        at = end + len("-->")
    return "".join([*kept, markup[at:]])


_TYPES: Final[dict[str, Callable[[Json, Language], Iterator[Passage]]]] = {
    "CarePlan": _plan,
    "Communication": _message,
    "CommunicationRequest": _message,
    "Composition": _composition,
    "DiagnosticReport": _report,
    "DocumentReference": _document,
    "Immunization": _immunisation,
    "MedicationAdministration": _medication,
    "MedicationDispense": _medication,
    "MedicationRequest": _medication,
    "MedicationStatement": _medication,
    "Observation": _observation,
    "QuestionnaireResponse": _answers,
}
