"""How care was organised: visits, plans, goals, orders, appointments, messages."""

from __future__ import annotations

from openhealthcode.record.plain.concept import code_of, codes_of, is_chinese, name_of
from openhealthcode.record.plain.entry import Said
from openhealthcode.record.plain.fields import Json, first_of, mapping_of, mappings_of, text_of
from openhealthcode.record.plain.repeat import REPEAT_REASON, repeat_text
from openhealthcode.record.plain.words import Language, joined, listed, word, word_or


def encounter(resource: Json, language: Language) -> Said:
    """A visit: its kind and department, the reason and the diagnosis."""
    kind = word_or(f"encounter.{code_of(resource.get('class'))}", language)
    named = name_of(first_of(resource.get("type")), language)
    department = name_of(resource.get("serviceType"), language)
    reasons = [name_of(reason, language) for reason in mappings_of(resource.get("reasonCode"))]
    diagnoses = [
        text_of(mapping_of(item.get("condition")).get("display"), 80)
        for item in mappings_of(resource.get("diagnosis"))
    ]
    title = _visit_title(kind, named, department, language)
    rest = [name for name in (named, department, kind) if name and name not in title]
    wrote = [*dict.fromkeys([*reasons[:3], *diagnoses[:4]])]
    return Said(
        title,
        joined(
            [
                listed(wrote, language),
                *rest[:1],
                word_or(f"encounter.{resource.get('status')}", language),
            ],
            language,
        ),
    )


def episode(resource: Json, language: Language) -> Said:
    """A stretch of care for one problem."""
    diagnoses = [
        text_of(mapping_of(item.get("condition")).get("display"), 80)
        for item in mappings_of(resource.get("diagnosis"))
    ]
    title = name_of(first_of(resource.get("type")), language)
    return Said(title or word("encounter.episode", language), listed(diagnoses[:4], language))


def plan(resource: Json, language: Language) -> Said:
    """A care plan: what it is about and what it asks to be done."""
    title = text_of(resource.get("title")) or name_of(first_of(resource.get("category")), language)
    activities = [
        name_of(mapping_of(item.get("detail")).get("code"), language)
        or text_of(mapping_of(item.get("detail")).get("description"), 120)
        for item in mappings_of(resource.get("activity"))
    ]
    return Said(
        title or word("care.plan", language),
        joined(
            [
                text_of(resource.get("description")),
                listed(dict.fromkeys(activities[:6]), language),
                word_or(f"care.{resource.get('status')}", language),
            ],
            language,
        ),
    )


def team(resource: Json, language: Language) -> Said:
    """A care team: who belongs to it."""
    members = [
        text_of(mapping_of(item.get("member")).get("display"), 60)
        for item in mappings_of(resource.get("participant"))
    ]
    title = text_of(resource.get("name")) or word("care.team", language)
    return Said(title, listed(members[:8], language))


def goal(resource: Json, language: Language) -> Said:
    """A goal, and how near it is."""
    title = name_of(resource.get("description"), language) or word("care.goal", language)
    achieved = code_of(resource.get("achievementStatus"))
    return Said(title, word_or(f"care.{achieved}", language))


def order(resource: Json, language: Language) -> Said:
    """An order or a referral: what was asked for and why."""
    title = name_of(resource.get("code"), language)
    again = repeat_text(resource, language)
    written = (
        one
        for one in mappings_of(resource.get("reasonCode"))
        if all(system != REPEAT_REASON for system, _ in codes_of(one))
    )
    reason = name_of(next(written, {}), language)
    kind = name_of(first_of(resource.get("category")), language)
    return Said(
        title or kind or word("care.order", language),
        joined(
            [
                word("procedure.because", language, reason=reason) if reason else "",
                again,
                text_of(resource.get("patientInstruction")),
                word_or(f"care.{resource.get('status')}", language),
            ],
            language,
        ),
    )


def appointment(resource: Json, language: Language) -> Said:
    """An appointment: for what, and whether it stands."""
    title = name_of(first_of(resource.get("serviceType")), language)
    title = title or name_of(resource.get("appointmentType"), language)
    return Said(
        title or word("care.appointment", language),
        joined(
            [
                text_of(resource.get("description")),
                word_or(f"care.{resource.get('status')}", language),
            ],
            language,
        ),
    )


def task(resource: Json, language: Language) -> Said:
    """Something to be done."""
    title = name_of(resource.get("code"), language) or word("care.task", language)
    state = word_or(f"care.{resource.get('status')}", language)
    return Said(title, joined([text_of(resource.get("description")), state], language))


def message(resource: Json, language: Language) -> Said:
    """A message between people who care for the resident."""
    title = name_of(resource.get("topic"), language)
    title = title or name_of(first_of(resource.get("category")), language)
    contents = [text_of(item.get("contentString")) for item in mappings_of(resource.get("payload"))]
    return Said(title or word("care.message", language), joined(contents[:2], language))


def _visit_title(kind: str, named: str, department: str, language: Language) -> str:
    if named and is_chinese(named) == (language == "zh-CN"):
        return named
    if department and kind:
        return f"{department}{kind}" if language == "zh-CN" else f"{kind}, {department}"
    return department or kind or named or word("encounter.untitled", language)
