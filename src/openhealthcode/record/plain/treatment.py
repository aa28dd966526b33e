"""What was given and done: medicines, vaccines, procedures, devices, diets."""

from __future__ import annotations

from openhealthcode.record.plain.concept import code_of, name_of, name_with_original
from openhealthcode.record.plain.dates import day_of, day_text
from openhealthcode.record.plain.dosage import dosage_text, instructions_of
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
from openhealthcode.record.plain.quantity import number_text, quantity_text, span_text
from openhealthcode.record.plain.words import Language, joined, listed, sentences, word, word_or


def medicine_name(resource: Json, language: Language) -> str:
    """The medicine of any medication resource, also when it is contained or only referenced."""
    key, value = choice_of(resource, "medication")
    if key == "medicationReference":
        value = _referenced(resource, mapping_of(value))
    return name_with_original(value, language) or word("medicine.untitled", language)


def _referenced(resource: Json, reference: Json) -> object:
    target = str(reference.get("reference", "")).removeprefix("#")
    for contained in mappings_of(resource.get("contained")):
        if target and contained.get("id") == target:
            return contained.get("code")
    return reference.get("display")


def medication(resource: Json, language: Language) -> Said:
    """A prescription or a medicine somebody takes: how much, how often, how long, and why."""
    state = str(resource.get("status"))
    supply = mapping_of(resource.get("dispenseRequest")).get("expectedSupplyDuration")
    span = span_text(supply, language)
    reason = name_of(first_of(resource.get("reasonCode")), language)
    doses = [dosage_text(dosage, language) for dosage in instructions_of(resource)]
    return Said(
        medicine_name(resource, language),
        joined(
            [
                sentences(doses[:4], language),
                word("medicine.for_days", language, span=span) if span else "",
                word("procedure.because", language, reason=reason) if reason else "",
                word_or(f"medicine.{state}", language),
            ],
            language,
        ),
    )


def dispense(resource: Json, language: Language) -> Said:
    """A medicine handed out: the amount, and how to take it."""
    amount = quantity_text(resource.get("quantity"), language)
    span = span_text(resource.get("daysSupply"), language)
    doses = [dosage_text(dosage, language) for dosage in instructions_of(resource)]
    return Said(
        medicine_name(resource, language),
        joined(
            [
                word("medicine.handed_out", language, amount=amount) if amount else "",
                word("medicine.for_days", language, span=span) if span else "",
                sentences(doses[:4], language),
                word_or(f"medicine.{resource.get('status')}", language)
                if resource.get("status") != "completed"
                else "",
            ],
            language,
        ),
    )


def administration(resource: Json, language: Language) -> Said:
    """A medicine given by staff: the dose and the way."""
    dosage = mapping_of(resource.get("dosage"))
    return Said(
        medicine_name(resource, language),
        joined(
            [
                quantity_text(dosage.get("dose"), language) or text_of(dosage.get("text")),
                name_of(dosage.get("route"), language),
                word("medicine.given", language) if resource.get("status") == "completed" else "",
            ],
            language,
        ),
    )


def immunisation(resource: Json, language: Language) -> Said:
    """A vaccination: which dose, which lot; or why it was not given."""
    not_done = resource.get("status") == "not-done"
    reason = name_of(resource.get("statusReason"), language)
    lot = text_of(resource.get("lotNumber"), 40)
    return Said(
        name_of(resource.get("vaccineCode"), language) or word("vaccine.untitled", language),
        joined(
            [
                word("vaccine.not-done", language) if not_done else _which_dose(resource, language),
                reason,
                name_of(mapping_of(resource.get("manufacturer")).get("display"), language),
                word("vaccine.lot", language, lot=lot) if lot else "",
                word("vaccine.reaction", language) if resource.get("reaction") else "",
            ],
            language,
        ),
    )


def reason_of(resource: Json, language: Language) -> str:
    """Why something was not given or not done, as the record says."""
    return name_of(resource.get("statusReason"), language)


def immunisation_advice(resource: Json, language: Language) -> Said:
    """Which vaccines are recommended next, and by when."""
    advice = []
    for item in mappings_of(resource.get("recommendation")):
        name = name_of(first_of(item.get("vaccineCode")), language)
        day = day_of(first_of(item.get("dateCriterion")).get("value"))
        due = word_or(f"vaccine.{code_of(item.get('forecastStatus'))}", language)
        advice.append(joined([name, day_text(day, language) if day else "", due], language))
    return Said(word("vaccine.recommendation", language), sentences(advice[:8], language))


def procedure(resource: Json, language: Language) -> Said:
    """A procedure: where on the body, why, with what outcome."""
    reason = name_of(first_of(resource.get("reasonCode")), language)
    reason = reason or text_of(first_of(resource.get("reasonReference")).get("display"), 80)
    outcome = name_of(resource.get("outcome"), language)
    notes = [text_of(note.get("text"), 160) for note in mappings_of(resource.get("note"))]
    sites = [name_of(site, language) for site in mappings_of(resource.get("bodySite"))]
    return Said(
        name_with_original(resource.get("code"), language) or word("procedure.untitled", language),
        joined(
            [
                word_or(f"procedure.{resource.get('status')}", language),
                listed(sites[:3], language),
                word("procedure.because", language, reason=reason) if reason else "",
                word("procedure.outcome", language, outcome=outcome) if outcome else "",
                *notes[:2],
            ],
            language,
        ),
    )


def device(resource: Json, language: Language) -> Said:
    """A device or implant: its name and model; the serial number only in full entries."""
    names = [text_of(item.get("name"), 80) for item in mappings_of(resource.get("deviceName"))]
    held = name_of(resource.get("type"), language) or next(iter(names), "")
    used = text_of(mapping_of(resource.get("device")).get("display"), 80)
    model = text_of(resource.get("modelNumber"), 40)
    sites = name_of(resource.get("bodySite"), language)
    return Said(
        held or used or word("device.untitled", language),
        joined(
            [
                sites,
                text_of(resource.get("manufacturer"), 60),
                word("device.model", language, number=model) if model else "",
                word_or(f"device.{resource.get('status')}", language),
            ],
            language,
        ),
    )


def diet(resource: Json, language: Language) -> Said:
    """A diet order: what to eat and what to leave."""
    oral = mapping_of(resource.get("oralDiet"))
    kinds = [name_of(kind, language) for kind in mappings_of(oral.get("type"))]
    leave = [name_of(food, language) for food in mappings_of(resource.get("excludeFoodModifier"))]
    return Said(
        listed(kinds[:4], language) or word("care.diet", language),
        joined([text_of(oral.get("instruction")), listed(leave[:6], language)], language),
    )


def _which_dose(resource: Json, language: Language) -> str:
    protocol = first_of(resource.get("protocolApplied"))
    number = number_of(protocol.get("doseNumberPositiveInt"))
    written = number_text(number) if number else text_of(protocol.get("doseNumberString"), 20)
    if not written:
        return ""
    total = number_of(protocol.get("seriesDosesPositiveInt"))
    if total:
        return word("vaccine.dose_of", language, number=written, total=number_text(total))
    return word("vaccine.dose", language, number=written)
