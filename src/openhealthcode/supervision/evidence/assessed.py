"""The personal information protection impact assessment, from the rules that are loaded.

Source: PIPL 55, 56: purpose and manner lawful, proper and necessary; effect on rights and risk; whether
what protects is lawful, works and fits the risk. What a person has to judge is left to be filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from openhealthcode.collection import RULES, CollectionRule, Demand, RuledElement
from openhealthcode.database import Pool
from openhealthcode.registry.agreements import Agreement
from openhealthcode.registry.agreements import agreements as all_agreements
from openhealthcode.supervision.evidence.listed import cell, table

_TO_JUDGE: Final = (
    "Is each purpose lawful, proper and necessary?",
    "What could happen to a resident, how likely, how grave?",
    "Do the measures of `docs/security.md` fit that risk?",
)


async def agreements(pool: Pool) -> list[Agreement]:
    """What was agreed with others and is in force today."""
    today = datetime.now(UTC).date()
    return [one for one in await all_agreements(pool) if one.is_in_force(today)]


def impact(agreed: Sequence[Agreement]) -> str:
    """The assessment as a text: what is collected and why, what is handed over, what is to judge."""
    rules = sorted(RULES.rules.values(), key=lambda rule: rule.scene)
    parts = [
        "# Personal information protection impact assessment\n",
        "Made from the collection rules and sharing agreements that are loaded (PIPL 55, 56).\n",
        "## What is collected, by occasion\n",
        *(_rule(rule) for rule in rules),
        "## What is handed to others\n",
        _agreements(agreed),
        "## For a person to judge and sign\n",
        *(f"- {question} ____\n" for question in _TO_JUDGE),
    ]
    return "\n".join(parts)


def _rule(rule: CollectionRule) -> str:
    head = f"### {rule.title.zh} · {rule.title.en} (`{rule.reference}`)\n\n{rule.who.en} {rule.why.en}\n"
    wanted = rule.of_demand(Demand.REQUIRED, Demand.OPTIONAL)
    return f"{head}\n{_elements(wanted)}"


def _elements(wanted: Iterable[RuledElement]) -> str:
    rows = [
        (
            one.element.zh,
            one.demand.value,
            one.reason.en,
            one.basis.en if one.is_verified else f"{one.basis.en} (as commonly cited)",
            _kept(one),
            "consent alone" if one.is_by_consent else "law",
        )
        for one in wanted
    ]
    return table(("element", "demanded", "why", "by which law", "kept", "rests on"), rows)


def _kept(one: RuledElement) -> str:
    if one.retention_years is None:
        return "while registered"
    return f"{one.retention_years} years" if one.retention_years else "never"


def _agreements(agreed: Sequence[Agreement]) -> str:
    if not agreed:
        return "No sharing agreement is in force.\n"
    rows = [
        (
            one.title,
            one.party,
            ", ".join(sorted(one.purposes)),
            ", ".join(sorted(one.categories)),
            ", ".join(sorted(one.channels)),
            one.legal_basis,
            one.impact_assessment,
            ", ".join(one.sub_processors),
            f"{one.starts_on} to {one.ends_on}",
        )
        for one in agreed
    ]
    head = ("agreement", "party", "purposes", "elements", "ways", "legal basis", "assessment",
            "sub-processors", "term")  # fmt: skip
    return table(head, [tuple(map(cell, row)) for row in rows])
