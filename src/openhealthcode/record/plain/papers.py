"""What surrounds care: documents, bills, insurance, questionnaires, persons."""

from __future__ import annotations

from openhealthcode.record.plain.concept import name_of
from openhealthcode.record.plain.entry import Said
from openhealthcode.record.plain.fields import (
    Json,
    first_of,
    mapping_of,
    mappings_of,
    number_of,
    text_of,
)
from openhealthcode.record.plain.quantity import NO_BREAK, number_text
from openhealthcode.record.plain.words import Language, joined, listed, word, word_or


def document(resource: Json, language: Language) -> Said:
    """A document: its kind and its description; its content opens apart."""
    title = name_of(resource.get("type"), language) or word("paper.document", language)
    written = text_of(resource.get("description"))
    attachment = mapping_of(first_of(resource.get("content")).get("attachment"))
    named = text_of(attachment.get("title"), 120)
    return Said(title, written or (named if named != title else ""))


def composition(resource: Json, language: Language) -> Said:
    """A clinical document: its title and the headings of its sections."""
    title = text_of(resource.get("title")) or name_of(resource.get("type"), language)
    headings = [
        text_of(section.get("title"), 60) for section in mappings_of(resource.get("section"))
    ]
    return Said(title or word("paper.composition", language), listed(headings[:8], language))


def bill(resource: Json, language: Language) -> Said:
    """A claim or its settlement: what was charged for, and how much."""
    settled = resource.get("resourceType") == "ExplanationOfBenefit"
    items = [
        name_of(item.get("productOrService"), language)
        for item in mappings_of(resource.get("item"))
    ]
    amount = _money(first_of(resource.get("total")))
    return Said(
        word("paper.settlement" if settled else "paper.claim", language),
        joined(
            [
                listed(dict.fromkeys(items[:3]), language),
                word("paper.total", language, amount=amount) if amount else "",
            ],
            language,
        ),
    )


def coverage(resource: Json, language: Language) -> Said:
    """Whose insurance pays."""
    payer = text_of(first_of(resource.get("payor")).get("display"), 80)
    title = name_of(resource.get("type"), language) or word("paper.coverage", language)
    return Said(title, payer)


def consent_form(resource: Json, language: Language) -> Said:
    """A consent form filed as a document; it decides nothing here."""
    category = name_of(first_of(resource.get("category")), language)
    return Said(category or word("paper.consent", language))


def answers(resource: Json, language: Language) -> Said:
    """A filled questionnaire: how many questions were answered."""
    count = sum(1 for _ in mappings_of(resource.get("item")))
    title = text_of(resource.get("title")) or word("paper.answers", language)
    return Said(title, word("paper.answered", language, count=count) if count else "")


def person(resource: Json, language: Language) -> Said:
    """The person a record is about: named on pages by identity, here only marked as such."""
    del resource
    return Said(word("paper.person", language))


def contact(resource: Json, language: Language) -> Said:
    """A contact person by relation."""
    relation = first_of(resource.get("relationship"))
    return Said(word("paper.relative", language), name_of(relation, language))


def named(resource: Json, language: Language) -> Said:
    """An institution, practitioner or place by its name."""
    name = resource.get("name")
    if isinstance(name, str):
        return Said(text_of(name, 120) or str(resource.get("resourceType")))
    human = first_of(name)
    given = human.get("given")
    parts = [text_of(part, 40) for part in given] if isinstance(given, list) else []
    text = text_of(human.get("text"), 80) or " ".join([*parts, text_of(human.get("family"), 40)])
    return Said(text.strip() or other(resource, language).title)


def other(resource: Json, language: Language) -> Said:
    """A type this release has no words for: its own name, and what its code says."""
    type_name = text_of(resource.get("resourceType"), 60)
    title = word_or(f"type.{type_name}", language, type_name) or word("paper.document", language)
    return Said(title, name_of(resource.get("code"), language))


def _money(total: Json) -> str:
    money = mapping_of(total.get("amount")) or total
    number = number_of(money.get("value"))
    if number is None:
        return ""
    currency = text_of(money.get("currency"), 3)
    sign = {"CNY": "¥", "USD": "$", "EUR": "€"}.get(currency, currency + NO_BREAK)
    return f"{sign}{number_text(number)}"
