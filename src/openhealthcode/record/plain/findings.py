"""What was found: observations, reports, images, diagnoses, allergies, family history."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from openhealthcode.record.plain.concept import code_of, is_chinese, name_of, name_with_original
from openhealthcode.record.plain.dates import day_of, day_text, end_of
from openhealthcode.record.plain.entry import Said
from openhealthcode.record.plain.fields import (
    Json,
    choice_of,
    first_of,
    mapping_of,
    mappings_of,
    number_of,
    text_of,
)
from openhealthcode.record.plain.quantity import (
    NO_BREAK,
    number_text,
    quantity_text,
    range_text,
    span_text,
)
from openhealthcode.record.plain.words import (
    Language,
    joined,
    listed,
    sentences,
    word,
    word_or,
)

SYSTOLIC: Final = "8480-6"
DIASTOLIC: Final = "8462-4"

_FLAGS: Final = {
    "H": "high", "HU": "high", "HH": "critically_high", "L": "low", "LU": "low",
    "LL": "critically_low", "A": "abnormal", "AA": "abnormal", "POS": "positive",
    "DET": "positive", "NEG": "negative", "ND": "negative",
}  # fmt: skip
_ALLERGY_TO: Final = re.compile(r"^Allergy to (?:an? )?|\s*\(animal\)|\s+allergy$", re.IGNORECASE)


def observation(resource: Json, language: Language) -> Said:
    """An observation: its name, and its value with unit, flag and reference range."""
    title = name_of(resource.get("code"), language) or word("result.untitled", language)
    range_written = first_of(resource.get("referenceRange"))
    reference = range_text(range_written, language) or text_of(range_written.get("text"), 80)
    state = str(resource.get("status"))
    return Said(
        title,
        joined(
            [
                observed_value(resource, language) or word("result.none", language),
                _flag_word(resource, language),
                word("result.reference", language, range=reference) if reference else "",
                word_or(f"result.{state}", language),
            ],
            language,
        ),
    )


def observed_value(observation: Json, language: Language) -> str:
    """The value of an observation or of one of its components, in words."""
    pressure = blood_pressure(observation)
    if pressure is not None:
        return f"{pressure[0]:.0f}/{pressure[1]:.0f}{NO_BREAK}mmHg"
    key, value = choice_of(observation, "value")
    if key:
        return _value_text(key, value, language)
    parts = mappings_of(observation.get("component"))
    return listed(
        (
            f"{name_of(part.get('code'), language)}{NO_BREAK}{observed_value(part, language)}"
            for part in parts
            if "component" not in part
        ),
        language,
    )


def blood_pressure(observation: Json) -> tuple[float, float] | None:
    """Systolic and diastolic pressure in mmHg of one observation, if it holds both."""
    if "component" not in observation:
        return None
    found: dict[str, float] = {}
    for part in mappings_of(observation["component"]):
        number = number_of(mapping_of(part.get("valueQuantity")).get("value"))
        code = code_of(part.get("code"))
        if number is not None and code in (SYSTOLIC, DIASTOLIC):
            found[code] = number
    return (found[SYSTOLIC], found[DIASTOLIC]) if len(found) == 2 else None


def flag_of(observation: Json) -> str:
    """How a result stands: ``high``, ``critically_low``, ``abnormal`` ...; "" when normal or unsaid.

    The laboratory's own interpretation counts; the reference range is consulted only without it.
    """
    written = code_of(first_of(observation.get("interpretation")))
    if written:
        return _FLAGS.get(written, "")
    number = number_of(mapping_of(observation.get("valueQuantity")).get("value"))
    if number is None:
        return ""
    low, high = limits_of(observation)
    if high is not None and number > high:
        return "high"
    return "low" if low is not None and number < low else ""


def limits_of(observation: Json) -> tuple[float | None, float | None]:
    """The lower and upper end of the first reference range."""
    written = first_of(observation.get("referenceRange"))
    low = number_of(mapping_of(written.get("low")).get("value"))
    return low, number_of(mapping_of(written.get("high")).get("value"))


def report(resource: Json, language: Language) -> Said:
    """A diagnostic report: its conclusion, else the names of what was measured."""
    title = name_of(resource.get("code"), language) or word("result.report", language)
    conclusion = text_of(resource.get("conclusion")) or listed(
        (name_of(code, language) for code in mappings_of(resource.get("conclusionCode"))), language
    )
    results = [name_of(item, language) for item in mappings_of(resource.get("result"))]
    return Said(title, conclusion or listed(results[:12], language))


def imaging_study(resource: Json, language: Language) -> Said:
    """An imaging study: the kind of picture and the part of the body."""
    series = first_of(resource.get("series"))
    modality = mapping_of(series.get("modality")) or first_of(resource.get("modality"))
    kind = word_or(f"modality.{modality.get('code')}", language) or name_of(modality, language)
    part = name_of(series.get("bodySite"), language)
    title = text_of(resource.get("description")) or joined([part, kind], language)
    number = number_of(resource.get("numberOfInstances"))
    images = ""
    if number:
        key = "result.image" if number == 1 else "result.images"
        images = word(key, language, count=number_text(number))
    shown = kind if kind not in title else ""
    return Said(title or word("result.imaging", language), joined([shown, images], language))


def specimen(resource: Json, language: Language) -> Said:
    """A specimen: what was taken and from where."""
    title = name_of(resource.get("type"), language) or word("result.specimen", language)
    return Said(title, name_of(mapping_of(resource.get("collection")).get("bodySite"), language))


def condition(resource: Json, language: Language) -> Said:
    """A diagnosis: its name, stage and whether it still stands."""
    title = name_with_original(resource.get("code"), language) or word("problem.untitled", language)
    verification = code_of(resource.get("verificationStatus"))
    clinical = code_of(resource.get("clinicalStatus"))
    end = day_of(resource.get("abatementDateTime")) or end_of(resource.get("abatementPeriod"))
    until = word("problem.until", language, day=day_text(end, language)) if end else ""
    notes = [text_of(note.get("text"), 160) for note in mappings_of(resource.get("note"))]
    return Said(
        title,
        joined(
            [
                word_or(f"problem.{verification}", language),
                word_or(f"problem.{clinical}", language),
                until,
                name_of(resource.get("severity"), language),
                name_of(first_of(resource.get("stage")).get("summary"), language),
                listed(_sites(resource, language), language),
                *notes[:2],
            ],
            language,
        ),
    )


def allergy(resource: Json, language: Language) -> Said:
    """An allergy: the substance, what it did, how dangerous it is."""
    verification = code_of(resource.get("verificationStatus"))
    clinical = code_of(resource.get("clinicalStatus"))
    return Said(
        allergen(resource, language),
        joined(
            [
                reactions(resource, language),
                word_or(f"allergy.{resource.get('criticality')}", language),
                word("allergy.intolerance", language)
                if resource.get("type") == "intolerance"
                else "",
                word_or(f"allergy.{verification}", language),
                word_or(f"allergy.{clinical}", language),
            ],
            language,
        ),
    )


def allergen(resource: Json, language: Language) -> str:
    """The substance a resident is allergic to, without the words "allergy to"."""
    reaction = first_of(resource.get("reaction"))
    name = name_of(resource.get("code"), language) or name_of(reaction.get("substance"), language)
    if not name:
        return word("allergy.untitled", language)
    if is_chinese(name):
        return name.removesuffix("过敏") or name
    plain = _ALLERGY_TO.sub("", name).strip()
    return plain[:1].upper() + plain[1:] if plain else name


def reactions(resource: Json, language: Language) -> str:
    """What happened on contact, with the severity of each reaction."""
    said = []
    for reaction in mappings_of(resource.get("reaction")):
        signs = listed(
            (name_of(sign, language) for sign in mappings_of(reaction.get("manifestation"))),
            language,
        ) or text_of(reaction.get("description"), 120)
        severity = word_or(f"allergy.{reaction.get('severity')}", language)
        brackets = "（{}）" if language == "zh-CN" else " ({})"
        said.append(signs + brackets.format(severity) if signs and severity else signs or severity)
    return listed(said[:4], language)


def family_history(resource: Json, language: Language) -> Said:
    """A relative by relation only, and the diseases; never the relative's name."""
    relation = resource.get("relationship")
    title = word_or(f"family.{code_of(relation)}", language) or name_of(relation, language)
    diseases = []
    for item in mappings_of(resource.get("condition")):
        name = name_of(item.get("code"), language)
        at = _at_age(item, language)
        brackets = "（{}）" if language == "zh-CN" else " ({})"
        diseases.append(name + brackets.format(at) if name and at else name)
    died = resource.get("deceasedBoolean") is True or "deceasedAge" in resource
    return Said(
        title or word("family.untitled", language),
        sentences(
            [listed(diseases[:8], language), word("family.died", language) if died else ""],
            language,
        ),
    )


def finding_by_text(resource: Json, language: Language) -> Said:
    """A clinical assessment or a risk assessment, in its author's summary."""
    is_risk = resource.get("resourceType") == "RiskAssessment"
    title = name_of(resource.get("code"), language)
    prediction = first_of(resource.get("prediction"))
    summary = text_of(resource.get("summary")) or text_of(resource.get("description"))
    return Said(
        title or word("care.risk" if is_risk else "care.impression", language),
        joined([summary, name_of(prediction.get("outcome"), language)], language),
    )


def _value_text(key: str, value: object, language: Language) -> str:
    if key in _VALUES:
        return _VALUES[key](value, language)
    number = number_of(value)
    return number_text(number) if number is not None else name_of(value, language)


def _truth(value: object, language: Language) -> str:
    return word("result.yes" if value is True else "result.no", language)


def _ratio(value: object, language: Language) -> str:
    ratio = mapping_of(value)
    sides = [quantity_text(ratio.get(side), language) for side in ("numerator", "denominator")]
    return ":".join(side for side in sides if side)


def _day(value: object, language: Language) -> str:
    day = day_of(value)
    return day_text(day, language) if day else ""


_VALUES: Final[dict[str, Callable[[object, Language], str]]] = {
    "valueBoolean": _truth,
    "valueCodeableConcept": name_of,
    "valueDateTime": _day,
    "valuePeriod": _day,
    "valueQuantity": quantity_text,
    "valueRange": range_text,
    "valueRatio": _ratio,
}


def _at_age(item: Json, language: Language) -> str:
    age = mapping_of(item.get("onsetAge"))
    years = number_of(age.get("value"))
    if years is not None and age.get("code", "a") == "a":
        return word("family.at_years", language, years=number_text(years))
    said = span_text(age, language) or text_of(item.get("onsetString"), 40)
    return word("family.at_age", language, age=said) if said else ""


def _flag_word(resource: Json, language: Language) -> str:
    flag = flag_of(resource)
    return word(f"result.{flag}", language) if flag else ""


def _sites(resource: Json, language: Language) -> list[str]:
    return [name_of(site, language) for site in mappings_of(resource.get("bodySite"))][:3]
