"""The plain name of a coded concept, in the reader's language where one is known."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openhealthcode.record.plain.fields import Json, mapping_of, mappings_of, text_of
from openhealthcode.record.plain.words import Language, known_name, known_words
from openhealthcode.terminology import display_of

_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
# SNOMED CT's fully specified names end in the kind of thing: "(disorder)".
_SEMANTIC_TAG = re.compile(
    r"\s*\((?:disorder|finding|procedure|situation|event|substance|product|organism|"
    r"regime/therapy|morphologic abnormality|observable entity|physical object|person|"
    r"qualifier value|medicinal product|clinical drug)\)$"
)
# LOINC's long names carry the property and the method: "[Mass/volume]", "by Test strip".
_LOINC_PARTS = re.compile(r"\s*\[[^\]]*\]|\s+by (?:Automated count|Test strip|calculation)\b")
_TERSE_SYSTEMS = frozenset({"http://loinc.org", "http://hl7.org/fhir/sid/cvx"})


def name_of(concept: object, language: Language) -> str:
    """What a CodeableConcept, a Coding or a bare string is called.

    The author's own words come first when they are in the reader's language; a laboratory's
    or a vaccine's official name gives way to its common one, which is what people say.
    """
    if isinstance(concept, str):
        text = text_of(concept)
        return known_words(text, language) or text
    concept = mapping_of(concept)
    written, codings = _written(concept), list(_codings(concept))
    in_language = next((text for text in written if is_chinese(text) == (language == "zh-CN")), "")
    if in_language and language == "zh-CN":
        return in_language
    common = _known(codings, language, terse_only=bool(in_language))
    if common or in_language:
        return common or in_language
    if written:
        return next(
            (words for text in written if (words := known_words(text, language))), written[0]
        )
    return next(_held(codings, language), "") or next(
        (text_of(coding.get("code")) for coding in codings), ""
    )


def name_with_original(concept: object, language: Language) -> str:
    """The name, and for readers of English the author's own Chinese words beside it.

    A code's common name says less than what was written: a product's form, a disease's stage.
    """
    name = name_of(concept, language)
    written = text_of(mapping_of(concept).get("text"), 120)
    if language == "en" and is_chinese(written) and name and name != written:
        return f"{name} ({written})"
    return name


def codes_of(concept: object) -> Iterator[tuple[str, str]]:
    """Every (system, code) of a concept."""
    for coding in _codings(mapping_of(concept)):
        code = coding.get("code")
        if isinstance(code, str) and code:
            system = coding.get("system")
            yield (system if isinstance(system, str) else ""), code


def code_of(concept: object) -> str:
    """The first code of a concept, for the value sets FHIR fixes itself."""
    return next((code for _, code in codes_of(concept)), "")


def is_chinese(text: str) -> bool:
    """Whether the text contains a Chinese character."""
    return _HAN.search(text) is not None


def _written(concept: Json) -> list[str]:
    texts = [concept.get("text"), concept.get("display")]
    texts += [coding.get("display") for coding in _codings(concept)]
    return [name for name in (_without_jargon(text_of(text)) for text in texts) if name]


def _codings(concept: Json) -> Iterator[Json]:
    if "coding" in concept:
        yield from mappings_of(concept["coding"])
    elif "code" in concept:
        yield concept


def _known(codings: list[Json], language: Language, *, terse_only: bool) -> str:
    names = (
        known_name(coding.get("system"), coding.get("code"), language)
        for coding in codings
        if not terse_only or coding.get("system") in _TERSE_SYSTEMS
    )
    return next((name for name in names if name), "")


def _held(codings: list[Json], language: Language) -> Iterator[str]:
    """What codes are called that came without a word: of peoples, relations, HL7's own codes."""
    for coding in codings:
        name = display_of(text_of(coding.get("system")), text_of(coding.get("code")), language)
        if name:
            yield name


def _without_jargon(name: str) -> str:
    if name.endswith(")"):
        name = _SEMANTIC_TAG.sub("", name)
    if "[" in name or " by " in name:
        name = _LOINC_PARTS.sub("", name) or name
    return name
