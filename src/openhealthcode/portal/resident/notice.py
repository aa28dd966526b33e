"""The notice before a consent (PIPL 17, 30): who, why, what, how, how long, which rights."""

from __future__ import annotations

from typing import Final

from openhealthcode.consent import ConsentRequest, Manner, Notice, Terms
from openhealthcode.portal.layout import Language
from openhealthcode.portal.layout.messages import catalogue
from openhealthcode.portal.resident.entries import CATEGORIES
from openhealthcode.portal.resident.people import Acquaintances
from openhealthcode.standards import RecordCategory

VERSION: Final = "v2"
"""Of the sentences under ``consent.notice``. Other words are another version: consents keep theirs,
and a page that was opened with the older words shows the newer ones before it takes anything."""
_HOUR: Final = 3600


def notice_of(terms: Terms, known: Acquaintances) -> Notice:
    """What the resident is told before giving this consent, in the language of the page."""
    language = known.language
    say = catalogue(language).plain
    base = f"consent.notice.{VERSION}"
    between = ", " if language is Language.ENGLISH else "、"
    categories = _enumerated(terms.categories, language)
    what = say(f"{base}.what", categories=categories)
    if terms.sensitive:
        kinds = between.join(say(f"emergency.kind.{kind}") for kind in sorted(terms.sensitive))
        what = say(f"{base}.what-sensitive", categories=categories, kinds=kinds)
    manner = "keep" if terms.manner is Manner.KEEP else "view"
    sentences = (
        say(f"{base}.who", recipient=_recipient(terms, known)),
        say(f"{base}.why-{terms.kind}"),
        what,
        *([say(f"{base}.sensitive")] if terms.sensitive else []),
        say(f"{base}.manner-{manner}"),
        say(f"{base}.how-long", count=terms.days),
        *([say(f"{base}.uses", count=terms.uses)] if terms.uses else []),
        say(f"{base}.rights"),
    )
    return Notice(VERSION, language.value, sentences)


def notice_of_visit(asked: ConsentRequest, known: Acquaintances) -> Notice:
    """What the resident is told beside a request at a visit; the switches say the rest."""
    language = known.language
    say = catalogue(language).plain
    base = f"consent.notice.{VERSION}"
    person = known.asking(asked)
    recipient = _joined(language, person.institution, person.department, person.name)
    sentences = (
        say(f"{base}.who", recipient=recipient),
        say(f"{base}.why-visit", scene=say(f"layout.scene.{asked.ask.scene}")),
        say(f"{base}.what-visit", categories=_enumerated(asked.ask.categories, language)),
        say(f"{base}.manner-{'keep' if asked.ask.manner is Manner.KEEP else 'view'}"),
        say(f"{base}.how-long-visit", count=max(1, asked.ask.lifetime_seconds // _HOUR)),
        say(f"{base}.rights"),
    )
    return Notice(VERSION, language.value, sentences)


def _enumerated(categories: frozenset[RecordCategory], language: Language) -> str:
    between = ", " if language is Language.ENGLISH else "、"
    say = catalogue(language).plain
    return between.join(
        say(f"layout.category.{category}") for category in CATEGORIES if category in categories
    )


def _recipient(terms: Terms, known: Acquaintances) -> str:
    institution = known.institution(terms.institution_id)
    if terms.practitioner_id is not None:
        person = known.person(terms.practitioner_id, terms.institution_id)
        return _joined(known.language, institution, person.department, person.name)
    return _joined(known.language, institution, terms.department or "")


def _joined(language: Language, *names: str) -> str:
    return (", " if language is Language.ENGLISH else " ").join(name for name in names if name)
