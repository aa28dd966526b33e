"""Everything an entry says, in codes and in words, and whether it also says what cannot be read.

What betrays is looked for in all of it: narratives, notes, extensions, texts inside attachments.
What cannot be read (a scan, a picture, a PDF, a file elsewhere, an unknown encoding) may say
anything, so that an entry with such a part is never taken for harmless.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Final

from openhealthcode.record.model import Resource
from openhealthcode.record.parse import MalformedJson, parse
from openhealthcode.record.structure import STRUCTURES
from openhealthcode.standards import TooLarge
from openhealthcode.terminology import systems

NOT_LANGUAGE: Final = frozenset(
    """
    resourceType id system code reference status value unit url uri use version versionId data
    lastUpdated contentType language hash uid linkId intent priority mode kind type category
    comparator currency gender family given prefix suffix line city district postalCode country
    profile start end authoredOn issued recorded recordedDate date created sent received when
    birthDate implicitRules questionnaire instantiatesUri instantiatesCanonical path operator
    criticality lifecycleStatus docStatus durationUnit periodUnit dayOfWeek daysOfWeek serialNumber
    lotNumber deviceIdentifier distinctIdentifier carrierHRF carrierAIDC effectiveDateTime
    performedDateTime onsetDateTime occurrenceDateTime valueDateTime valueCode valueUri valueUrl
    valueOid valueUuid valueCanonical valueDate valueInstant valueTime valueId valueBase64Binary
    whenHandedOver whenPrepared started
    """.split()  # noqa: SIM905 - a list of words reads better as one
)
"""Elements that hold no words of a language. Every other string is read, also of elements to come."""

READER: Final = "2"
"""Which way of reading this is: raise it when the same entry may be read differently, so that what
was filed before is read again."""

_READABLE: Final = frozenset(
    f"{major}/{minor}"
    for major, minors in (
        ("text", "plain html xml csv markdown cda+xml"),
        ("application", "xml xhtml+xml fhir+xml hl7-v3+xml cda+xml json fhir+json"),
    )
    for minor in minors.split()
)
_PACKED: Final = (b"%PDF", b"%!PS", b"{\\rtf")
"""Formats that could pass for text, but do not hold their words as such."""
_ATTACHMENTS: Final = frozenset(
    name
    for structure in STRUCTURES.values()
    for name, rule in structure.rules.items()
    if rule.type == "Attachment"
)
_NOT_DOCUMENTS: Final = ({"origin", "period"}, {"who", "when"})
"""What else has ``data``: SampledData, the digits of a curve, and Signature."""
_DEEPEST_ATTACHMENT: Final = 2
_TAG: Final = re.compile(r"<[^>]*>")
_ATTRIBUTE: Final = re.compile(r"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_EMBEDDED: Final = re.compile(
    r"<\s*(?:img|image|svg|object|embed|iframe|picture|video|audio)\b|;base64,"
    r"|\brepresentation\s*=\s*[\"']B64|<!ENTITY",
    re.IGNORECASE,
)
"""Pictures and files inside a text, and entities whose words stand elsewhere."""
_CONTROL: Final = re.compile(r"[\x00-\x08\x0e-\x1f]")
_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([\w\-]+)", re.IGNORECASE)
_DECLARED: Final = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([\w\-]+)")
_ENCODINGS: Final = frozenset(
    {"gb2312", "gbk", "gb18030", "big5", "utf-16", "utf-16le", "utf-16be"}
)
_MARKS: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(slots=True)
class Language:
    """What an entry says.

    ``codings`` are (system URI, code) pairs. ``is_whole`` is False when part of the entry could
    not be read, or when its author restricted it without saying why.
    """

    codings: set[tuple[str, str]] = field(default_factory=set)
    texts: set[str] = field(default_factory=set, repr=False)
    is_whole: bool = True


def language_of(resource: Resource) -> Language:
    """Gather every coding and every piece of language, however deep, extensions included."""
    said = Language()
    _gather(resource, said, 0)
    confidentiality = resource.get("confidentiality")  # of a Composition: a code without a system
    if confidentiality.__class__ is str:
        said.codings.add((systems.CONFIDENTIALITY, str(confidentiality)))
    return said


def _gather(value: Resource, said: Language, depth: int) -> None:
    code = value.get("code")
    if code.__class__ is str:
        said.codings.add((value.get("system", ""), str(code)))
    for name, inner in value.items():
        for each in inner if inner.__class__ is list else (inner,):
            if each.__class__ is dict:
                _gather(each, said, depth)
                if name in _ATTACHMENTS and "url" in each and "data" not in each:
                    said.is_whole = False  # whoever follows it reads what we cannot
            elif each.__class__ is str and name not in NOT_LANGUAGE:
                if "<" in each or "&" in each or "base64," in each:
                    _take(each, said)
                else:
                    said.texts.add(each)
            elif name == "valueBase64Binary":
                said.is_whole = False
    if "data" in value and not any(names <= value.keys() for names in _NOT_DOCUMENTS):
        _open(value, said, depth)


def _take(text: str, said: Language) -> None:
    """Take a text as its reader sees it, and with what stands inside its tags.

    A word may be cut in two by a tag or spelt in numbers; a comment, a title, or the ``displayName``
    of a shared document is seen by whoever opens the source.
    """
    said.texts.add(unescape(_TAG.sub("", text)))
    inside = [tag for tag in _TAG.findall(text) if "=" in tag or "!" in tag]
    if inside:
        said.texts.add(unescape(" ".join(inside)))
    if _EMBEDDED.search(text):
        said.is_whole = False


def _open(attachment: Resource, said: Language, depth: int) -> None:
    """Read an attachment that is a text; what is none makes the entry one not wholly read."""
    type_, _, parameters = str(attachment.get("contentType", "")).lower().partition(";")
    text = None
    if type_.strip() in _READABLE and depth < _DEEPEST_ATTACHMENT:
        text = _decoded(str(attachment["data"]), parameters)
    if text is None:
        said.is_whole = False
    elif "json" in type_:
        try:
            _gather(parse(text.encode()), said, depth + 1)
        except (MalformedJson, TooLarge):
            said.is_whole = False
    else:
        _take(text, said)
        said.codings.update(_codings_in(text))


def _decoded(data: str, parameters: str) -> str | None:
    """The text of an attachment, or None if these bytes are no text we know how to read."""
    try:
        content = b64decode(data)
    except ValueError:
        return None
    if content.lstrip().startswith(_PACKED):
        return None
    for encoding in _encodings(content, parameters):
        try:
            text = content.decode(encoding)
        except UnicodeError:
            continue
        if not _CONTROL.search(text):
            return text
    return None


def _encodings(content: bytes, parameters: str) -> Iterator[str]:
    """How to try reading, likeliest first: hardly any other text passes for UTF-8."""
    yield _MARKS.get(content[:2], "utf-8-sig")
    declared = {each.lower() for each in _CHARSET.findall(parameters)}
    declared |= {each.decode().lower() for each in _DECLARED.findall(content[:200])}
    yield from declared & _ENCODINGS
    yield "gb18030"


def _codings_in(text: str) -> Iterator[tuple[str, str]]:
    """Codes that stand as attributes, as in shared documents (CDA, 共享文档)."""
    for tag in _TAG.findall(text):
        if "code" in tag:
            found = {name: unescape(a or b) for name, a, b in _ATTRIBUTE.findall(tag)}
            if "code" in found:
                yield _uri(found.get("codeSystem", found.get("system", ""))), found["code"]


def _uri(system: str) -> str:
    return f"urn:oid:{system}" if system[:1].isdigit() else system
